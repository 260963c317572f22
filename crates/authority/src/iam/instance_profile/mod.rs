//! Instance profiles: what EC2 takes a role from. Each holds one role at most.

#[cfg(test)]
mod tests;

use ::policy::Arn;
use wire::Fault;
use wire::xml::Writer;

use super::answer::{self, Answer};
use super::held_roles::{HOLDS_ROLE, holds, with_role};
use super::operation::{
    Context, Result, already_exists, conflict, limit, no_such_entity, reads, writes,
};
use super::quotas;
use super::role;
use crate::entropy::Entropy;
use crate::form::{Form, validation};
use crate::ids::{self, Kind as Id};
use crate::iso8601::iso8601;
use crate::world::{Change, Entity, InstanceProfile, Key, World};

pub(super) fn create(at: &Context<'_>, input: &Form<'_>, entropy: &mut Entropy) -> Result {
    let name = input.required("InstanceProfileName")?;
    let path = input.path();
    let tags = input.tags()?;
    if at.world.instance_profile(at.account, name).is_some() {
        return Err(already_exists(format!(
            "Instance Profile {name} already exists."
        )));
    }
    if at.world.instance_profile_count(at.account) >= quotas::INSTANCE_PROFILES {
        return Err(limit(format!(
            "Cannot exceed quota for InstanceProfilesPerAccount: {}",
            quotas::INSTANCE_PROFILES
        )));
    }
    let arn = Arn::parse(&format!(
        "arn:{}:iam::{}:instance-profile{path}{name}",
        at.partition, at.account
    ))
    .map_err(|error| validation(error.to_string()))?;
    let profile = InstanceProfile {
        account: at.account.clone(),
        arn,
        name: name.to_owned(),
        path: path.to_owned(),
        id: ids::unique_id(Id::InstanceProfile, at.account, entropy.draw()),
        role: None,
        tags,
        created: at.now,
    };
    let answer = Answer::with("CreateInstanceProfile", |xml| {
        xml.element("InstanceProfile", |xml| {
            write(xml, at.world, &profile);
            answer::some_tags(xml, &profile.tags);
        });
    });
    writes(Change::put(Entity::InstanceProfile(profile)), answer)
}

pub(super) fn get(at: &Context<'_>, input: &Form<'_>) -> Result {
    let profile = find(at, input)?;
    reads(Answer::with("GetInstanceProfile", |xml| {
        xml.element("InstanceProfile", |xml| {
            write(xml, at.world, profile);
            answer::tags(xml, &profile.tags);
        });
    }))
}

pub(super) fn delete(at: &Context<'_>, input: &Form<'_>) -> Result {
    let profile = find(at, input)?;
    if profile.role.is_some() {
        return Err(conflict(HOLDS_ROLE));
    }
    let key = Key::InstanceProfile {
        account: at.account.clone(),
        name: profile.name.to_lowercase(),
    };
    writes(Change::Remove(key), Answer::empty("DeleteInstanceProfile"))
}

pub(super) fn add_role(at: &Context<'_>, input: &Form<'_>) -> Result {
    let profile = find(at, input)?;
    let role = &role::find_own(at, input)?.role;
    if profile.role.is_some() {
        return Err(limit(
            "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
        ));
    }
    let profile = InstanceProfile {
        role: Some(role.name.clone()),
        ..profile.clone()
    };
    writes(
        Change::put(Entity::InstanceProfile(profile)),
        Answer::empty("AddRoleToInstanceProfile"),
    )
}

pub(super) fn remove_role(at: &Context<'_>, input: &Form<'_>) -> Result {
    let profile = find(at, input)?;
    let role = &role::find_own(at, input)?.role;
    if !holds(profile, &role.name) {
        return Err(no_such_entity(format!(
            "Role {} in Instance Profile {} cannot be found.",
            role.name, profile.name
        )));
    }
    let profile = InstanceProfile {
        role: None,
        ..profile.clone()
    };
    writes(
        Change::put(Entity::InstanceProfile(profile)),
        Answer::empty("RemoveRoleFromInstanceProfile"),
    )
}

pub(super) fn list(at: &Context<'_>, input: &Form<'_>) -> Result {
    let prefix = input.path_prefix();
    let shown = at
        .world
        .instance_profiles(at.account)
        .filter(|it| it.path.starts_with(prefix));
    some(at, input, "ListInstanceProfiles", shown)
}

pub(super) fn list_for_role(at: &Context<'_>, input: &Form<'_>) -> Result {
    let role = &role::find(at, input)?.role;
    some(
        at,
        input,
        "ListInstanceProfilesForRole",
        with_role(at.world, at, &role.name),
    )
}

fn some<'a>(
    at: &Context<'_>,
    input: &Form<'_>,
    operation: &'static str,
    shown: impl Iterator<Item = &'a InstanceProfile>,
) -> Result {
    let (profiles, marker) = input.page()?.of(shown, |it| it.name.to_lowercase());
    reads(Answer::with(operation, |xml| {
        xml.list("InstanceProfiles", profiles, |member, it| {
            write(member, at.world, it)
        });
        answer::page_end(xml, marker.as_deref());
    }))
}

/// The profile that the call names.
pub(super) fn find<'a>(
    at: &Context<'a>,
    input: &Form<'_>,
) -> std::result::Result<&'a InstanceProfile, Fault> {
    let name = input.required("InstanceProfileName")?;
    let found = at.world.instance_profile(at.account, name);
    found.ok_or_else(|| no_such_entity(format!("Instance Profile {name} cannot be found.")))
}

/// A profile without its tags, as lists have it, and the role in it as CreateRole shows one.
pub(super) fn write(xml: &mut Writer, world: &World, profile: &InstanceProfile) {
    xml.text("Path", &profile.path)
        .text("InstanceProfileName", &profile.name)
        .text("InstanceProfileId", &profile.id)
        .text("Arn", profile.arn.as_str())
        .text("CreateDate", &iso8601(profile.created));
    // By name: the role in a profile cannot be deleted, so the name still means that one.
    let roles = profile
        .role
        .iter()
        .filter_map(|name| world.role(&profile.account, name));
    xml.list("Roles", roles, |member, it| {
        role::brief(member, &it.role, it.trust_text())
    });
}
