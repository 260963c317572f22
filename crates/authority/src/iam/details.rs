//! GetAccountAuthorizationDetails: every role and policy of the account, whole, on pages that run
//! through both.

use std::collections::BTreeMap;

use wire::xml::Writer;

use super::answer::{self, Answer, none};
use super::managed::{self, Managed};
use super::operation::{Context, Result, reads};
use super::usage::Usage;
use super::{instance_profile, policy, policy_version};
use crate::form::Form;
use crate::iso8601::iso8601;
use crate::world::{InstanceProfile, LoadedRole, World};

/// One entry of a page.
enum Entry<'a> {
    Role(&'a LoadedRole),
    Policy(Managed<'a>),
}

impl Entry<'_> {
    /// Roles come first, then policies by ARN.
    fn key(&self) -> String {
        match self {
            Self::Role(it) => format!("1 {}", it.role.name.to_lowercase()),
            Self::Policy(Managed::Own(it)) => format!("2 {}", it.policy.arn),
            Self::Policy(Managed::Aws(arn, _)) => format!("2 {arn}"),
        }
    }
}

pub(super) fn get(at: &Context<'_>, input: &Form<'_>) -> Result {
    let filter = input.list("Filter");
    let page = input.page()?;
    let wants = |kind: &str| filter.is_empty() || filter.contains(&kind);
    let usage = Usage::of(at.world, at.account);
    let roles = at
        .world
        .roles(at.account)
        .filter(|_| wants("Role"))
        .map(Entry::Role);
    let own = at
        .world
        .policies(at.account)
        .filter(|_| wants("LocalManagedPolicy"))
        .map(|it| Entry::Policy(Managed::Own(it)));
    // Of AWS's policies those that are in use.
    let aws = usage
        .policies()
        .filter(|arn| wants("AWSManagedPolicy") && arn.account() == "aws");
    let aws = aws.filter_map(|arn| managed::by_arn(at, arn).map(Entry::Policy));
    let mut entries: Vec<Entry<'_>> = roles.chain(own).chain(aws).collect();
    entries.sort_by_cached_key(Entry::key);
    let (shown, marker) = page.of(entries.into_iter(), Entry::key);
    let (mut roles, mut policies) = (Vec::new(), Vec::new());
    for entry in shown {
        match entry {
            Entry::Role(it) => roles.push(it),
            Entry::Policy(it) => policies.push(it),
        }
    }
    // Once for all roles: a search for each would make the answer grow with roles times profiles.
    let mut profiles: BTreeMap<String, Vec<&InstanceProfile>> = BTreeMap::new();
    for profile in at.world.instance_profiles(at.account) {
        if let Some(role) = &profile.role {
            profiles
                .entry(role.to_lowercase())
                .or_default()
                .push(profile);
        }
    }
    reads(Answer::with("GetAccountAuthorizationDetails", |xml| {
        none(xml, "UserDetailList");
        none(xml, "GroupDetailList");
        let with_profiles = roles.into_iter().map(|it| {
            (
                it,
                profiles
                    .remove(&it.role.name.to_lowercase())
                    .unwrap_or_default(),
            )
        });
        xml.list("RoleDetailList", with_profiles, |member, (it, profiles)| {
            write_role(member, at.world, it, &profiles)
        })
        .list("Policies", policies, |member, it| {
            write_policy(member, &it, &usage)
        });
        answer::page_end(xml, marker.as_deref());
    }))
}

fn write_role(xml: &mut Writer, world: &World, found: &LoadedRole, profiles: &[&InstanceProfile]) {
    let role = &found.role;
    xml.text("Path", &role.path)
        .text("RoleName", &role.name)
        .text("RoleId", &role.id)
        .text("Arn", role.arn.as_str())
        .text("CreateDate", &iso8601(role.created))
        .text(
            "AssumeRolePolicyDocument",
            &wire::percent::encode(found.trust_text()),
        );
    xml.list("InstanceProfileList", profiles, |member, it| {
        instance_profile::write(member, world, it)
    })
    .list(
        "RolePolicyList",
        &role.inline,
        |member, (name, document)| {
            member
                .text("PolicyName", name)
                .text("PolicyDocument", &wire::percent::encode(document));
        },
    )
    .list("AttachedManagedPolicies", &role.attached, answer::attached);
    answer::boundary(xml, role.boundary.as_ref());
    answer::tags(xml, &role.tags);
    // There and empty, as for a role that never was used: uses are not kept.
    xml.element("RoleLastUsed", |_| {});
}

fn write_policy(xml: &mut Writer, found: &Managed<'_>, usage: &Usage<'_>) {
    match found {
        Managed::Own(it) => {
            policy::write(xml, &it.policy, usage);
            xml.list(
                "PolicyVersionList",
                &it.policy.versions,
                |member, version| {
                    policy_version::write(
                        member,
                        version,
                        version.number == it.policy.default_version,
                        true,
                    );
                },
            );
        }
        Managed::Aws(arn, known) => {
            managed::write(xml, arn, &known.path, &known.version, usage);
            xml.list("PolicyVersionList", [known], |member, known| {
                managed::write_version(member, &known.version, Some(&known.document));
            });
        }
    }
}
