//! The account as a whole: its root user, its summary. There are no users, groups or aliases here,
//! and it says so.

use super::answer::{self, Answer};
use super::operation::{Context, Result, no_such_entity, reads};
use super::quotas;
use crate::form::{Form, validation};
use crate::iso8601::iso8601;

/// Without a name it is who asks. A role's session is no user, and Terraform knows AWS's words for
/// that.
pub(super) fn user(at: &Context<'_>, input: &Form<'_>) -> Result {
    if let Some(name) = input.maybe("UserName") {
        return Err(no_such_entity(format!(
            "The user with name {name} cannot be found."
        )));
    }
    // A role's session is no user, and IAM says so in these words.
    if !at.by_root {
        return Err(validation(
            "Must specify userName when calling with non-User credentials",
        ));
    }
    reads(Answer::with("GetUser", |xml| {
        xml.element("User", |xml| {
            // The model wants path and name, so that typed clients fail without; when the account
            // was made is not kept.
            xml.text("Path", "/")
                .text("UserName", "root")
                .text("UserId", at.account.as_str())
                .text(
                    "Arn",
                    &format!("arn:{}:iam::{}:root", at.partition, at.account),
                )
                .text("CreateDate", &iso8601(0));
        });
    }))
}

pub(super) fn users(_: &Context<'_>, input: &Form<'_>) -> Result {
    nothing(input, "ListUsers", "Users")
}

pub(super) fn groups(_: &Context<'_>, input: &Form<'_>) -> Result {
    nothing(input, "ListGroups", "Groups")
}

pub(super) fn aliases(_: &Context<'_>, input: &Form<'_>) -> Result {
    nothing(input, "ListAccountAliases", "AccountAliases")
}

fn nothing(input: &Form<'_>, operation: &'static str, list: &str) -> Result {
    input.page()?;
    reads(Answer::with(operation, |xml| {
        answer::none(xml, list);
        answer::page_end(xml, None);
    }))
}

pub(super) fn summary(at: &Context<'_>, _: &Form<'_>) -> Result {
    let world = at.world;
    let versions = world
        .policies(at.account)
        .map(|it| it.policy.versions.len())
        .sum();
    let root_keys = usize::from(
        world
            .account(at.account)
            .is_some_and(|it| it.root_key.is_some()),
    );
    // What cannot be made here has a quota of 0: a client that compares the two stops before it
    // tries.
    let entries: [(&str, usize); 29] = [
        ("Users", 0),
        ("UsersQuota", 0),
        ("Groups", 0),
        ("GroupsQuota", 0),
        ("ServerCertificates", 0),
        ("ServerCertificatesQuota", 0),
        ("AccessKeysPerUserQuota", 0),
        ("SigningCertificatesPerUserQuota", 0),
        ("MFADevices", 0),
        ("MFADevicesInUse", 0),
        ("AccountMFAEnabled", 0),
        ("AccountAccessKeysPresent", root_keys),
        ("AccountPasswordPresent", 0),
        ("AccountSigningCertificatesPresent", 0),
        ("InstanceProfiles", world.instance_profile_count(at.account)),
        ("InstanceProfilesQuota", quotas::INSTANCE_PROFILES),
        ("Providers", world.providers(at.account).count()),
        ("Roles", world.roles(at.account).count()),
        ("RolesQuota", quotas::ROLES),
        ("AssumeRolePolicySizeQuota", quotas::TRUST_POLICY_SIZE),
        ("RolePolicySizeQuota", quotas::INLINE_POLICY_SIZE),
        ("AttachedPoliciesPerRoleQuota", quotas::POLICIES_OF_ROLE),
        ("Policies", world.policies(at.account).count()),
        ("PoliciesQuota", quotas::POLICIES),
        ("PolicySizeQuota", quotas::POLICY_SIZE),
        ("PolicyVersionsInUse", versions),
        (
            "PolicyVersionsInUseQuota",
            quotas::POLICIES * quotas::VERSIONS_OF_POLICY,
        ),
        ("VersionsPerPolicyQuota", quotas::VERSIONS_OF_POLICY),
        ("GlobalEndpointTokenVersion", 1),
    ];
    reads(Answer::with("GetAccountSummary", |xml| {
        xml.element("SummaryMap", |map| {
            for (key, value) in entries {
                map.element("entry", |entry| {
                    entry.text("key", key).text("value", &value.to_string());
                });
            }
        });
    }))
}
