//! Roles.

use ::policy::{Arn, Kind};
use wire::Fault;
use wire::xml::Writer;

use super::answer::{self, Answer};
use super::operation::{
    Context, Result, already_exists, conflict, limit, no_such_entity, reads, writes,
};
use super::quotas;
use super::{held_roles, policy, protected};
use crate::entropy::Entropy;
use crate::form::{Form, validation};
use crate::ids::{self, Kind as Id};
use crate::iso8601::iso8601;
use crate::lifetime;
use crate::world::{Change, Entity, Key, LoadedRole, Role};

pub(super) fn create(at: &Context<'_>, input: &Form<'_>, entropy: &mut Entropy) -> Result {
    let name = input.required("RoleName")?;
    let path = input.path();
    let trust = input.document(
        "AssumeRolePolicyDocument",
        Kind::Trust,
        quotas::TRUST_POLICY_SIZE,
    )?;
    let description = input.description();
    let max_session = input
        .number("MaxSessionDuration")?
        .unwrap_or(lifetime::LEAST_OF_ROLE);
    let boundary = boundary(at, input)?;
    let tags = input.tags()?;
    // Before the name is looked up: below that path nothing is anybody's to make (docs/threats.md,
    // 54).
    protected::keep_out(path)?;
    if at.world.role(at.account, name).is_some() {
        return Err(already_exists(format!(
            "Role with name {name} already exists."
        )));
    }
    room(at)?;
    // Last of the checks, since it reads other roles: an error about one of them comes only when
    // all else is right.
    let trust_kept = bind_trust(at, &trust)?;
    let role = Role {
        trust: trust_kept,
        description,
        max_session,
        boundary,
        tags,
        ..new(at, path, name, entropy)?
    };
    let answer = Answer::with("CreateRole", |xml| {
        // Description and longest session are not repeated here, as recordings of the service
        // show.
        xml.element("Role", |xml| {
            // As it was given: unique ids are how it is kept, not how it is shown.
            brief(xml, &role, &trust);
            answer::boundary(xml, role.boundary.as_ref());
            answer::some_tags(xml, &role.tags);
        });
    });
    writes(Change::put(Entity::Role(role)), answer)
}

/// Whether the account may have one more.
pub(super) fn room(at: &Context<'_>) -> std::result::Result<(), Fault> {
    if at.world.role_count(at.account) >= quotas::ROLES {
        return Err(limit(format!(
            "Cannot exceed quota for RolesPerAccount: {}",
            quotas::ROLES
        )));
    }
    Ok(())
}

/// A role that nobody may become yet, and that may do nothing.
pub(super) fn new(
    at: &Context<'_>,
    path: &str,
    name: &str,
    entropy: &mut Entropy,
) -> std::result::Result<Role, Fault> {
    let arn = Arn::parse(&format!(
        "arn:{}:iam::{}:role{path}{name}",
        at.partition, at.account
    ))
    .map_err(|error| validation(error.to_string()))?;
    Ok(Role {
        account: at.account.clone(),
        arn,
        name: name.to_owned(),
        path: path.to_owned(),
        id: ids::unique_id(Id::Role, at.account, entropy.draw()),
        trust: String::new(),
        description: None,
        max_session: lifetime::LEAST_OF_ROLE,
        boundary: None,
        attached: Vec::new(),
        inline: Default::default(),
        tags: Default::default(),
        created: at.now,
    })
}

pub(super) fn get(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = find(at, input)?;
    reads(Answer::with("GetRole", |xml| {
        xml.element("Role", |xml| {
            write(xml, &found.role, found.trust_text());
            answer::boundary(xml, found.role.boundary.as_ref());
            answer::some_tags(xml, &found.role.tags);
            xml.element("RoleLastUsed", |_| {});
        });
    }))
}

pub(super) fn list(at: &Context<'_>, input: &Form<'_>) -> Result {
    let page = input.page()?;
    let prefix = input.path_prefix();
    let shown = at
        .world
        .roles(at.account)
        .filter(|it| it.role.path.starts_with(prefix));
    let (roles, marker) = page.of(shown, |it| it.role.name.to_lowercase());
    reads(Answer::with("ListRoles", |xml| {
        xml.list("Roles", roles, |member, it| {
            write(member, &it.role, it.trust_text())
        });
        answer::page_end(xml, marker.as_deref());
    }))
}

pub(super) fn delete(at: &Context<'_>, input: &Form<'_>) -> Result {
    let role = &find_own(at, input)?.role;
    // Nothing goes with a role by itself: what is attached is taken off by whoever attached it, as
    // on AWS.
    if held_roles::with_role(at.world, at, &role.name)
        .next()
        .is_some()
    {
        return Err(conflict(held_roles::HOLDS_ROLE));
    }
    if !role.attached.is_empty() {
        return Err(conflict(
            "Cannot delete entity, must detach all policies first.",
        ));
    }
    if !role.inline.is_empty() {
        return Err(conflict(
            "Cannot delete entity, must delete policies first.",
        ));
    }
    let key = Key::Role {
        account: at.account.clone(),
        name: role.name.to_lowercase(),
    };
    writes(Change::Remove(key), Answer::empty("DeleteRole"))
}

/// The role that the call names, to be changed: a service-linked one is its service's.
pub(super) fn find_own<'a>(
    at: &Context<'a>,
    input: &Form<'_>,
) -> std::result::Result<&'a LoadedRole, Fault> {
    let found = find(at, input)?;
    protected::leave_alone(&found.role)?;
    Ok(found)
}

/// The role that the call names.
pub(super) fn find<'a>(
    at: &Context<'a>,
    input: &Form<'_>,
) -> std::result::Result<&'a LoadedRole, Fault> {
    let name = input.required("RoleName")?;
    at.world.role(at.account, name).ok_or_else(|| missing(name))
}

pub(super) fn missing(name: &str) -> Fault {
    no_such_entity(format!("The role with name {name} cannot be found."))
}

/// A trust policy as it is kept: whoever it names must be here.
pub(super) fn bind_trust(at: &Context<'_>, given: &str) -> std::result::Result<String, Fault> {
    at.world.bind_trust(given).map_err(|unknown| {
        let text = format!("Invalid principal in policy: \"AWS\":\"{}\"", unknown.0);
        Fault::new("MalformedPolicyDocument", 400, text)
    })
}

pub(super) fn boundary(
    at: &Context<'_>,
    input: &Form<'_>,
) -> std::result::Result<Option<Arn>, Fault> {
    if input.maybe("PermissionsBoundary").is_none() {
        return Ok(None);
    }
    let arn = input.policy_arn("PermissionsBoundary", at.account)?;
    let found = at
        .world
        .managed_policy(at.account, &arn)
        .filter(|_| !policy::is_a_services(&arn))
        .map(|_| arn.clone());
    found.map(Some).ok_or_else(|| {
        no_such_entity(format!(
            "Scope ARN: {arn} does not exist or is not attachable."
        ))
    })
}

/// A role as lists have it, without boundary and tags.
pub(super) fn write(xml: &mut Writer, role: &Role, trust: &str) {
    brief(xml, role, trust);
    xml.maybe("Description", role.description.as_deref())
        .text("MaxSessionDuration", &role.max_session.to_string());
}

/// What every answer has of a role.
pub(super) fn brief(xml: &mut Writer, role: &Role, trust: &str) {
    xml.text("Path", &role.path)
        .text("RoleName", &role.name)
        .text("RoleId", &role.id)
        .text("Arn", role.arn.as_str())
        .text("CreateDate", &iso8601(role.created))
        .text("AssumeRolePolicyDocument", &wire::percent::encode(trust));
}
