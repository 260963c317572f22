//! A role's permissions: managed policies attached to it, and inline ones.

use ::policy::{Arn, Kind};

use super::answer::{self, Answer};
use super::input;
use super::operation::{Context, Result, limit, no_such_entity, reads, writes};
use super::quotas;
use super::{policy, role};
use crate::form::Form;
use crate::world::{Change, Entity, Role};

pub(super) fn attach(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = role::find_own(at, input)?;
    let policy = policy::attachable(at, input)?;
    let answer = Answer::empty("AttachRolePolicy");
    // Twice is no error and counts once.
    if found.role.attached.contains(&policy) {
        return reads(answer);
    }
    if found.role.attached.len() >= quotas::POLICIES_OF_ROLE {
        return Err(limit(format!(
            "Cannot exceed quota for PoliciesPerRole: {}",
            quotas::POLICIES_OF_ROLE
        )));
    }
    let mut role = found.role.clone();
    role.attached.push(policy);
    keep(role, answer)
}

pub(super) fn detach(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = role::find_own(at, input)?;
    let arn = input.policy_arn("PolicyArn", at.account)?;
    let mut role = found.role.clone();
    // By ARN and not by what it resolves to: one that is gone must still be detachable.
    role.attached.retain(|attached| *attached != arn);
    if role.attached.len() == found.role.attached.len() {
        return Err(no_such_entity(format!("Policy {arn} was not found.")));
    }
    keep(role, Answer::empty("DetachRolePolicy"))
}

pub(super) fn attached(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = role::find(at, input)?;
    let page = input.page()?;
    let prefix = input.path_prefix();
    // `policy/PATH/NAME`, as the ARN has it.
    fn split(arn: &Arn) -> Option<(&str, &str)> {
        arn.resource().strip_prefix("policy")?.rsplit_once('/')
    }
    let mut policies: Vec<_> = found
        .role
        .attached
        .iter()
        .filter_map(|arn| Some((split(arn)?, arn)))
        .collect();
    policies.retain(|((folder, _), _)| format!("{folder}/").starts_with(prefix));
    policies.sort_by_key(|((_, name), _)| name.to_lowercase());
    let (policies, marker) = page.of(policies.into_iter(), |((_, name), _)| name.to_lowercase());
    reads(Answer::with("ListAttachedRolePolicies", |xml| {
        xml.list("AttachedPolicies", policies, |member, ((_, name), arn)| {
            member
                .text("PolicyName", name)
                .text("PolicyArn", arn.as_str());
        });
        answer::page_end(xml, marker.as_deref());
    }))
}

pub(super) fn put(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = role::find_own(at, input)?;
    let name = input.required("PolicyName")?;
    let document = input.document("PolicyDocument", Kind::Identity, quotas::INLINE_POLICY_SIZE)?;
    let mut role = found.role.clone();
    // In its place before anything is counted: a text that replaces another costs the difference.
    role.inline.insert(name.to_owned(), document);
    // AWS counts without white space. The second bound is ours, since blanks are stored all the
    // same.
    let together: usize = role.inline.values().map(|text| input::size(text)).sum();
    let with_blanks: usize = role.inline.values().map(String::len).sum();
    if together > quotas::INLINE_POLICY_SIZE
        || with_blanks > quotas::INLINE_POLICY_SIZE * input::WITH_BLANKS
    {
        return Err(limit(format!(
            "Maximum policy size of {} bytes exceeded for role {}",
            quotas::INLINE_POLICY_SIZE,
            role.name
        )));
    }
    keep(role, Answer::empty("PutRolePolicy"))
}

pub(super) fn get(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = role::find(at, input)?;
    let name = input.required("PolicyName")?;
    let document = found.role.inline.get(name).ok_or_else(|| missing(name))?;
    reads(Answer::with("GetRolePolicy", |xml| {
        xml.text("RoleName", &found.role.name)
            .text("PolicyName", name)
            .text("PolicyDocument", &wire::percent::encode(document));
    }))
}

pub(super) fn list(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = role::find(at, input)?;
    let page = input.page()?;
    let (names, marker) = page.of(found.role.inline.keys(), |name| (*name).clone());
    reads(Answer::with("ListRolePolicies", |xml| {
        xml.list("PolicyNames", names, |member, name| {
            member.raw_text(name);
        });
        answer::page_end(xml, marker.as_deref());
    }))
}

pub(super) fn delete(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = role::find_own(at, input)?;
    let name = input.required("PolicyName")?;
    let mut role = found.role.clone();
    role.inline.remove(name).ok_or_else(|| missing(name))?;
    keep(role, Answer::empty("DeleteRolePolicy"))
}

fn missing(name: &str) -> wire::Fault {
    no_such_entity(format!("The role policy with name {name} cannot be found."))
}

fn keep(role: Role, answer: Answer) -> Result {
    writes(Change::put(Entity::Role(role)), answer)
}
