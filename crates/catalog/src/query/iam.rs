//! IAM's operations: the action that each asks for, its resource, and the condition keys that come
//! with it.

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
/// shows it, needs AWS's nearest action too: pushed keys stand in the place of what a thumbprint
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
    if let Some(value) = value {
        context.insert(key, Values::One(value.to_owned()));
    }
}

fn tags(context: &mut Context, form: &Words) {
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
    if !keys.is_empty() {
        context.insert("aws:TagKeys", Values::Many(keys));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Catalogue;
    use crate::{EntityKind, Service, query};

    /// No row can lack AWS's companion by its type; that none of ours is written elsewhere is seen
    /// in the sources themselves.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test reads the sources")]
    fn every_action_of_our_own_asks_for_one_of_awss() {
        let aws = Catalogue::load();
        for (operation, own, companion, names) in &OWN {
            let (service, action) = aws
                .action(companion)
                .unwrap_or_else(|| panic!("{operation}: {companion}"));
            assert_eq!(
                *companion,
                format!("{}:{}", service.prefix, action.name),
                "{operation}"
            );
            assert_eq!(*own, format!("podpass:{operation}"));
            assert_eq!(
                action.wildcard_only(),
                matches!(names, Names::Nothing),
                "{operation}"
            );
            let form =
                format!("Action={operation}&Version=2010-05-08&OpenIDConnectProviderArn=arn");
            let call = query::call(Service::Iam, Words::read(&form).unwrap()).unwrap();
            let asked: Vec<_> = call
                .asks()
                .map(|ask| (ask.action.as_ref(), &ask.target))
                .collect();
            let target = crate::Target::Written("arn".to_owned());
            assert_eq!(asked, [(*own, &target), (*companion, &target)]);
        }
        let mut written = Vec::new();
        let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .unwrap();
        for one in std::fs::read_dir(crates).unwrap() {
            sources(&one.unwrap().path().join("src"), &mut written);
        }
        written.sort();
        written.dedup();
        let mut known: Vec<String> = OWN.iter().map(|(_, own, ..)| (*own).to_owned()).collect();
        known.sort();
        assert_eq!(written, known);
    }

    /// Every action with our prefix that a source names in quotes.
    #[expect(clippy::disallowed_methods, reason = "a test reads the sources")]
    fn sources(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let names = text
                    .split("\"podpass:")
                    .skip(1)
                    .filter_map(|rest| rest.split('"').next());
                let actions = names.filter(|name| {
                    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric())
                });
                found.extend(actions.map(|name| format!("podpass:{name}")));
            }
        }
    }

    #[test]
    fn who_makes_with_tags_or_passes_a_role_is_asked_for_that_too() {
        let aws = Catalogue::load();
        let asked = |text: &str| {
            let call = query::call(
                Service::Iam,
                Words::read(&format!("{text}&Version=2010-05-08")).unwrap(),
            )
            .unwrap();
            call.asks()
                .map(|ask| (ask.action.clone(), ask.target.clone(), ask.context.clone()))
                .collect::<Vec<_>>()
        };
        for (operation, ..) in ROWS.iter().filter(|(name, ..)| name.starts_with("Create")) {
            let tagged = format!(
                "Action={operation}&RoleName=n&PolicyName=n&InstanceProfileName=n&Url=n&PolicyArn=n&AWSServiceName=n&Tags.member.1.Key=k&Tags.member.1.Value=v"
            );
            let takes_tags = ROWS
                .iter()
                .any(|(name, _, _, brings)| name == operation && brings.contains(&Brings::Tags));
            let asked = asked(&tagged);
            assert_eq!(asked.len(), if takes_tags { 2 } else { 1 }, "{operation}");
            for (action, target, context) in asked.iter().skip(1) {
                let (_, known) = aws.action(action).unwrap_or_else(|| panic!("{action}"));
                assert!(
                    known.levels.contains(&crate::aws::Level::Tagging),
                    "{action}"
                );
                assert!(
                    *target == asked[0].1 && context.get("aws:RequestTag/k").is_some(),
                    "{action}"
                );
            }
        }
        let (_, pass) = aws.action("iam:PassRole").unwrap();
        assert_eq!(
            pass.keys,
            ["iam:AssociatedResourceArn", "iam:PassedToService"]
        );
        let add = asked("Action=AddRoleToInstanceProfile&InstanceProfileName=p&RoleName=r");
        let targets: Vec<_> = add
            .iter()
            .map(|(action, target, _)| (action.as_ref(), target.clone()))
            .collect();
        assert_eq!(
            targets,
            [
                (
                    "iam:AddRoleToInstanceProfile",
                    Target::entity(EntityKind::InstanceProfile, "p")
                ),
                ("iam:PassRole", Target::entity(EntityKind::Role, "r"))
            ]
        );
        assert_eq!(
            add[1].2.get("iam:PassedToService"),
            Some(&"ec2.amazonaws.com".into())
        );
    }

    #[test]
    fn every_row_is_as_the_reference_has_it() {
        let aws = Catalogue::load();
        for (operation, name, names, brings) in &ROWS {
            let (service, action) = aws
                .action(name)
                .unwrap_or_else(|| panic!("{operation}: {name}"));
            assert_eq!(
                (format!("{}:{}", service.prefix, action.name), *name),
                ((*name).to_owned(), *name)
            );
            // What has no resource type in the reference must not ask for a resource, or no policy
            // could allow it by name.
            assert_eq!(
                action.wildcard_only(),
                matches!(names, Names::Nothing),
                "{operation}"
            );
            let has = |key: &str| action.keys.iter().any(|found| found == key);
            let brings = |one: &[Brings]| brings.iter().any(|it| one.contains(it));
            for (key, ones) in [
                ("iam:PolicyARN", &[Brings::PolicyArn][..]),
                (
                    "iam:PermissionsBoundary",
                    &[Brings::NewBoundary, Brings::RoleBoundary],
                ),
                ("iam:AWSServiceName", &[Brings::ServiceName]),
                ("aws:RequestTag/${TagKey}", &[Brings::Tags]),
                ("aws:TagKeys", &[Brings::Tags, Brings::TagKeys]),
            ] {
                assert_eq!(has(key), brings(ones), "{operation} {key}");
            }
        }
    }
}
