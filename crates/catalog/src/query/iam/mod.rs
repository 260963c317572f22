//! IAM's operations: the action that each asks for, its resource, and the condition keys that go
//! with it.

#[cfg(test)]
mod tests;

use policy::{Context, Values};
use wire::Words;

use super::target::Names;
use crate::call::Ask;
use crate::target::Target;

/// Where a condition key of a row comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Brings {
    /// `iam:PolicyARN`, the policy that the call names.
    PolicyArn,
    /// `iam:PermissionsBoundary`, the boundary that the call sets.
    NewBoundary,
    /// `iam:PermissionsBoundary`, the boundary that the role has: see [`reads_boundary`].
    RoleBoundary,
    /// `iam:AWSServiceName`, the service that the call names.
    ServiceName,
    /// `aws:RequestTag/...` and `aws:TagKeys`, by the tags that the call sets.
    Tags,
    /// `aws:TagKeys`, by the keys that the call takes away.
    TagKeys,
}

pub(super) type Row = (&'static str, &'static str, Names, &'static [Brings]);

const NONE: &[Brings] = &[];
const BOUNDED: &[Brings] = &[Brings::RoleBoundary];
const ATTACHES: &[Brings] = &[Brings::RoleBoundary, Brings::PolicyArn];
const TAGS: &[Brings] = &[Brings::Tags];
const UNTAGS: &[Brings] = &[Brings::TagKeys];

/// Operation, action, resource and keys (Service authorization reference, "Actions defined by AWS
/// IAM").
pub(super) const ROWS: [Row; 65] = [
    (
        "CreateOpenIDConnectProvider",
        "iam:CreateOpenIDConnectProvider",
        Names::NewProvider,
        TAGS,
    ),
    (
        "GetOpenIDConnectProvider",
        "iam:GetOpenIDConnectProvider",
        Names::Provider,
        NONE,
    ),
    (
        "ListOpenIDConnectProviders",
        "iam:ListOpenIDConnectProviders",
        Names::Nothing,
        NONE,
    ),
    (
        "DeleteOpenIDConnectProvider",
        "iam:DeleteOpenIDConnectProvider",
        Names::Provider,
        NONE,
    ),
    (
        "UpdateOpenIDConnectProviderThumbprint",
        "iam:UpdateOpenIDConnectProviderThumbprint",
        Names::Provider,
        NONE,
    ),
    (
        "AddClientIDToOpenIDConnectProvider",
        "iam:AddClientIDToOpenIDConnectProvider",
        Names::Provider,
        NONE,
    ),
    (
        "RemoveClientIDFromOpenIDConnectProvider",
        "iam:RemoveClientIDFromOpenIDConnectProvider",
        Names::Provider,
        NONE,
    ),
    (
        "TagOpenIDConnectProvider",
        "iam:TagOpenIDConnectProvider",
        Names::Provider,
        TAGS,
    ),
    (
        "UntagOpenIDConnectProvider",
        "iam:UntagOpenIDConnectProvider",
        Names::Provider,
        UNTAGS,
    ),
    (
        "ListOpenIDConnectProviderTags",
        "iam:ListOpenIDConnectProviderTags",
        Names::Provider,
        NONE,
    ),
    ("CreatePolicy", "iam:CreatePolicy", Names::NewPolicy, TAGS),
    ("GetPolicy", "iam:GetPolicy", Names::Policy, NONE),
    ("ListPolicies", "iam:ListPolicies", Names::Nothing, NONE),
    ("DeletePolicy", "iam:DeletePolicy", Names::Policy, NONE),
    (
        "CreatePolicyVersion",
        "iam:CreatePolicyVersion",
        Names::Policy,
        NONE,
    ),
    (
        "GetPolicyVersion",
        "iam:GetPolicyVersion",
        Names::Policy,
        NONE,
    ),
    (
        "ListPolicyVersions",
        "iam:ListPolicyVersions",
        Names::Policy,
        NONE,
    ),
    (
        "SetDefaultPolicyVersion",
        "iam:SetDefaultPolicyVersion",
        Names::Policy,
        NONE,
    ),
    (
        "DeletePolicyVersion",
        "iam:DeletePolicyVersion",
        Names::Policy,
        NONE,
    ),
    (
        "ListEntitiesForPolicy",
        "iam:ListEntitiesForPolicy",
        Names::Policy,
        NONE,
    ),
    ("TagPolicy", "iam:TagPolicy", Names::Policy, TAGS),
    ("UntagPolicy", "iam:UntagPolicy", Names::Policy, UNTAGS),
    ("ListPolicyTags", "iam:ListPolicyTags", Names::Policy, NONE),
    (
        "CreateRole",
        "iam:CreateRole",
        Names::NewRole,
        &[Brings::NewBoundary, Brings::Tags],
    ),
    ("GetRole", "iam:GetRole", Names::Role, BOUNDED),
    ("ListRoles", "iam:ListRoles", Names::Nothing, NONE),
    ("UpdateRole", "iam:UpdateRole", Names::Role, BOUNDED),
    (
        "UpdateRoleDescription",
        "iam:UpdateRoleDescription",
        Names::Role,
        BOUNDED,
    ),
    (
        "UpdateAssumeRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        Names::Role,
        BOUNDED,
    ),
    (
        "PutRolePermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
        Names::Role,
        &[Brings::NewBoundary],
    ),
    (
        "DeleteRolePermissionsBoundary",
        "iam:DeleteRolePermissionsBoundary",
        Names::Role,
        BOUNDED,
    ),
    ("DeleteRole", "iam:DeleteRole", Names::Role, BOUNDED),
    ("TagRole", "iam:TagRole", Names::Role, TAGS),
    ("UntagRole", "iam:UntagRole", Names::Role, UNTAGS),
    ("ListRoleTags", "iam:ListRoleTags", Names::Role, NONE),
    (
        "AttachRolePolicy",
        "iam:AttachRolePolicy",
        Names::Role,
        ATTACHES,
    ),
    (
        "DetachRolePolicy",
        "iam:DetachRolePolicy",
        Names::Role,
        ATTACHES,
    ),
    (
        "ListAttachedRolePolicies",
        "iam:ListAttachedRolePolicies",
        Names::Role,
        NONE,
    ),
    ("PutRolePolicy", "iam:PutRolePolicy", Names::Role, BOUNDED),
    ("GetRolePolicy", "iam:GetRolePolicy", Names::Role, NONE),
    (
        "ListRolePolicies",
        "iam:ListRolePolicies",
        Names::Role,
        NONE,
    ),
    (
        "DeleteRolePolicy",
        "iam:DeleteRolePolicy",
        Names::Role,
        BOUNDED,
    ),
    (
        "CreateServiceLinkedRole",
        "iam:CreateServiceLinkedRole",
        Names::ServiceLinkedRole,
        &[Brings::ServiceName],
    ),
    (
        "DeleteServiceLinkedRole",
        "iam:DeleteServiceLinkedRole",
        Names::Role,
        NONE,
    ),
    (
        "GetServiceLinkedRoleDeletionStatus",
        "iam:GetServiceLinkedRoleDeletionStatus",
        Names::DeletionTask,
        NONE,
    ),
    (
        "CreateInstanceProfile",
        "iam:CreateInstanceProfile",
        Names::NewInstanceProfile,
        TAGS,
    ),
    (
        "GetInstanceProfile",
        "iam:GetInstanceProfile",
        Names::InstanceProfile,
        NONE,
    ),
    (
        "DeleteInstanceProfile",
        "iam:DeleteInstanceProfile",
        Names::InstanceProfile,
        NONE,
    ),
    (
        "AddRoleToInstanceProfile",
        "iam:AddRoleToInstanceProfile",
        Names::InstanceProfile,
        NONE,
    ),
    (
        "RemoveRoleFromInstanceProfile",
        "iam:RemoveRoleFromInstanceProfile",
        Names::InstanceProfile,
        NONE,
    ),
    (
        "ListInstanceProfiles",
        "iam:ListInstanceProfiles",
        Names::Nothing,
        NONE,
    ),
    (
        "ListInstanceProfilesForRole",
        "iam:ListInstanceProfilesForRole",
        Names::Role,
        NONE,
    ),
    (
        "TagInstanceProfile",
        "iam:TagInstanceProfile",
        Names::InstanceProfile,
        TAGS,
    ),
    (
        "UntagInstanceProfile",
        "iam:UntagInstanceProfile",
        Names::InstanceProfile,
        UNTAGS,
    ),
    (
        "ListInstanceProfileTags",
        "iam:ListInstanceProfileTags",
        Names::InstanceProfile,
        NONE,
    ),
    ("GetUser", "iam:GetUser", Names::User, NONE),
    ("ListUsers", "iam:ListUsers", Names::Nothing, NONE),
    ("ListGroups", "iam:ListGroups", Names::Nothing, NONE),
    (
        "ListAccountAliases",
        "iam:ListAccountAliases",
        Names::Nothing,
        NONE,
    ),
    (
        "GetAccountSummary",
        "iam:GetAccountSummary",
        Names::Nothing,
        NONE,
    ),
    (
        "GetAccountAuthorizationDetails",
        "iam:GetAccountAuthorizationDetails",
        Names::Nothing,
        NONE,
    ),
    (
        "GetContextKeysForCustomPolicy",
        "iam:GetContextKeysForCustomPolicy",
        Names::Nothing,
        NONE,
    ),
    (
        "GetContextKeysForPrincipalPolicy",
        "iam:GetContextKeysForPrincipalPolicy",
        Names::Source,
        NONE,
    ),
    (
        "SimulateCustomPolicy",
        "iam:SimulateCustomPolicy",
        Names::Nothing,
        NONE,
    ),
    (
        "SimulatePrincipalPolicy",
        "iam:SimulatePrincipalPolicy",
        Names::Source,
        NONE,
    ),
];

/// An operation of our own: its action, AWS's action that must be allowed as well, and the resource
/// of both.
pub(super) type OwnRow = (&'static str, &'static str, &'static str, Names);

/// What is not AWS's. A prefix of its own keeps `iam:*` of a policy written for AWS from granting
/// it; but `NotAction: iam:*` and a `Deny` of `iam:*` beside `Allow *` leave our prefix out just as
/// well, and mean to give nothing of IAM. So whatever changes who is trusted or what is allowed, or
/// shows it, needs AWS's nearest action too: pushed keys replace what a thumbprint
/// vouches for. To show a decision would need `iam:SimulatePrincipalPolicy`; only the owner's
/// socket does.
pub(super) const OWN: [OwnRow; 2] = [
    (
        "PutOpenIDConnectProviderKeys",
        "podpass:PutOpenIDConnectProviderKeys",
        "iam:UpdateOpenIDConnectProviderThumbprint",
        Names::Provider,
    ),
    (
        "DeleteOpenIDConnectProviderKeys",
        "podpass:DeleteOpenIDConnectProviderKeys",
        "iam:UpdateOpenIDConnectProviderThumbprint",
        Names::Provider,
    ),
];

/// The action that is asked beside that of an operation which makes something, when the call brings
/// tags.
pub(super) fn tagging(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "CreateRole" => "iam:TagRole",
        "CreatePolicy" => "iam:TagPolicy",
        "CreateOpenIDConnectProvider" => "iam:TagOpenIDConnectProvider",
        "CreateInstanceProfile" => "iam:TagInstanceProfile",
        _ => return None,
    })
}

/// Who puts a role into an instance profile passes it to EC2 (IAM API reference,
/// AddRoleToInstanceProfile). The service's name is this one in China too, where launching an
/// instance asks with another (aws/karpenter-provider-aws#6843). The third key of the question,
/// `iam:AssociatedResourceArn`, has the account in it, which only the gate knows.
pub(super) fn passing_to_ec2(role: Target) -> Ask {
    let mut context = Context::new();
    put(
        &mut context,
        "iam:PassedToService",
        Some("ec2.amazonaws.com"),
    );
    Ask {
        context,
        ..Ask::new("iam:PassRole", role)
    }
}

/// Whether the action is asked with the boundary that the role has, which only the account knows.
pub fn reads_boundary(action: &str) -> bool {
    ROWS.iter()
        // Read from the table itself, so that a new row cannot be forgotten here.
        .any(|(_, asked, _, brings)| *asked == action && brings.contains(&Brings::RoleBoundary))
}

/// The condition keys that the call itself brings.
pub(super) fn context(brings: &[Brings], form: &Words) -> Context {
    let mut context = Context::new();
    for one in brings {
        match one {
            Brings::PolicyArn => put(&mut context, "iam:PolicyARN", form.get("PolicyArn")),
            Brings::NewBoundary => put(
                &mut context,
                "iam:PermissionsBoundary",
                form.get("PermissionsBoundary"),
            ),
            // The account's to tell: `authority/src/resource/entity.rs` fills it in.
            Brings::RoleBoundary => {}
            Brings::ServiceName => put(
                &mut context,
                "iam:AWSServiceName",
                form.get("AWSServiceName"),
            ),
            Brings::Tags => tags(&mut context, form),
            Brings::TagKeys => keys(
                &mut context,
                form.members("TagKeys")
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
            ),
        }
    }
    context
}

fn put(context: &mut Context, key: &str, value: Option<&str>) {
    // A parameter that is not sent brings no key: an empty one would be a value to
    // `StringNotEquals`.
    if let Some(value) = value {
        context.insert(key, Values::One(value.to_owned()));
    }
}

fn tags(context: &mut Context, form: &Words) {
    // Keys first, values where both are there: a tag without a value is refused when the form is
    // checked, and its key is asked about all the same.
    let tags = form.structures("Tags", ["Key", "Value"]);
    keys(
        context,
        tags.iter()
            .filter_map(|[key, _]| key.map(str::to_owned))
            .collect(),
    );
    for [key, value] in tags {
        if let (Some(key), Some(value)) = (key, value) {
            context.insert(
                format!("aws:RequestTag/{key}"),
                Values::One(value.to_owned()),
            );
        }
    }
}

fn keys(context: &mut Context, keys: Vec<String>) {
    // Absent when no key is named: `Null` tells that from a list.
    if !keys.is_empty() {
        context.insert("aws:TagKeys", Values::Many(keys));
    }
}
