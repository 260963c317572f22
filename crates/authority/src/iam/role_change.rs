//! Changes of a role: description, longest session, trust policy, permissions boundary.

use ::policy::Kind;

use super::answer::{self, Answer};
use super::operation::{Context, Result, reads, writes};
use super::quotas;
use super::role;
use crate::form::Form;
use crate::world::{Change, Entity, Role};

/// What is not sent stays: Terraform sends the longest session alone. Of a service-linked role only
/// the description is not the service's (IAM user guide, "Edit a service-linked role description").
pub(super) fn update(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = if input.maybe("MaxSessionDuration").is_some() {
        role::find_own(at, input)?
    } else {
        role::find(at, input)?
    };
    let mut role = found.role.clone();
    if let Some(text) = input.description() {
        role.description = Some(text);
    }
    role.max_session = input
        .number("MaxSessionDuration")?
        .unwrap_or(role.max_session);
    writes(
        Change::put(Entity::Role(role)),
        Answer::with("UpdateRole", |_| {}),
    )
}

pub(super) fn description(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = role::find(at, input)?;
    input.required("Description")?;
    let role = Role {
        description: input.description(),
        ..found.role.clone()
    };
    let answer = Answer::with("UpdateRoleDescription", |xml| {
        xml.element("Role", |xml| {
            role::brief(xml, &role, found.trust_text());
            xml.maybe("Description", role.description.as_deref());
            answer::boundary(xml, role.boundary.as_ref());
            answer::some_tags(xml, &role.tags);
        });
    });
    writes(Change::put(Entity::Role(role)), answer)
}

pub(super) fn trust(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = role::find_own(at, input)?;
    let given = input.document("PolicyDocument", Kind::Trust, quotas::TRUST_POLICY_SIZE)?;
    let role = Role {
        // Bound to unique ids when it is written: later the name may be somebody else's.
        trust: role::bind_trust(at, &given)?,
        ..found.role.clone()
    };
    writes(
        Change::put(Entity::Role(role)),
        Answer::empty("UpdateAssumeRolePolicy"),
    )
}

pub(super) fn put_boundary(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = role::find_own(at, input)?;
    // To `boundary` an absent one means none; here that would take the boundary away.
    input.required("PermissionsBoundary")?;
    let role = Role {
        boundary: role::boundary(at, input)?,
        ..found.role.clone()
    };
    writes(
        Change::put(Entity::Role(role)),
        Answer::empty("PutRolePermissionsBoundary"),
    )
}

/// A role without boundary has none to lose.
pub(super) fn delete_boundary(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = role::find_own(at, input)?;
    let answer = Answer::empty("DeleteRolePermissionsBoundary");
    if found.role.boundary.is_none() {
        return reads(answer);
    }
    writes(
        Change::put(Entity::Role(Role {
            boundary: None,
            ..found.role.clone()
        })),
        answer,
    )
}
