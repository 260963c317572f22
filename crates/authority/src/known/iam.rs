//! IAM: every operation with every parameter that a condition key comes from.

use catalog::aws::Catalogue;
use catalog::{Service, query};
use wire::{Words, percent};

use super::Class::{Absent, Supplied, Unknown};
use super::{NOW, Row, action, assert_class, class, documented, peer, session, world};
use crate::grant;

const NOT_YET: &str = "what is about to be made has no tags";
const GONE: &str = "the role was deleted at once, and its tags with it";
const NO_USERS: &str = "there are no users";

const ROWS: &[Row] = &[
    ("aws:RequestTag/${TagKey}", &[], Supplied),
    ("aws:TagKeys", &[], Supplied),
    ("iam:PolicyARN", &[], Supplied),
    ("iam:PermissionsBoundary", &[], Supplied),
    ("iam:PassedToService", &[], Supplied),
    ("iam:AssociatedResourceArn", &[], Supplied),
    ("iam:AWSServiceName", &[], Supplied),
    (
        "iam:RoleTemplateARN",
        &[],
        Absent("there are no role templates"),
    ),
    (
        "aws:ResourceTag/${TagKey}",
        &[
            "CreateRole",
            "CreatePolicy",
            "CreateOpenIDConnectProvider",
            "CreateInstanceProfile",
            "CreateServiceLinkedRole",
        ],
        Absent(NOT_YET),
    ),
    (
        "iam:ResourceTag/${TagKey}",
        &["CreateRole", "CreateServiceLinkedRole"],
        Absent(NOT_YET),
    ),
    (
        "aws:ResourceTag/${TagKey}",
        &["GetServiceLinkedRoleDeletionStatus"],
        Absent(GONE),
    ),
    (
        "iam:ResourceTag/${TagKey}",
        &["GetServiceLinkedRoleDeletionStatus"],
        Absent(GONE),
    ),
    ("aws:ResourceTag/${TagKey}", &["GetUser"], Absent(NO_USERS)),
    ("iam:ResourceTag/${TagKey}", &["GetUser"], Absent(NO_USERS)),
    ("aws:ResourceTag/${TagKey}", &[], Supplied),
    ("iam:ResourceTag/${TagKey}", &[], Supplied),
];

/// Which resource type an action is asked about, where the reference has several.
const TYPES: &[&str] = &[
    "role",
    "policy",
    "oidc-provider",
    "user",
    "instance-profile",
];

fn form(operation: &str) -> Words {
    let new = if operation.starts_with("Create") {
        "new"
    } else {
        ""
    };
    let role = if new.is_empty() { "r" } else { new };
    let mut text = format!("Action={operation}&Version=2010-05-08");
    for (name, value) in [
        ("RoleName", role),
        ("PolicyArn", "arn:aws:iam::000000000000:policy/p"),
        ("PolicyName", "new"),
        (
            "OpenIDConnectProviderArn",
            "arn:aws:iam::000000000000:oidc-provider/i.example",
        ),
        ("Url", "https://new.example"),
        ("UserName", "u"),
        ("PolicySourceArn", "arn:aws:iam::000000000000:role/r"),
        ("PermissionsBoundary", "arn:aws:iam::000000000000:policy/p"),
        (
            "InstanceProfileName",
            if new.is_empty() { "ip" } else { new },
        ),
        ("AWSServiceName", "autoscaling.amazonaws.com"),
        (
            "DeletionTaskId",
            "task/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling/1",
        ),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
        ("TagKeys.member.1", "team"),
    ] {
        text.push_str(&format!("&{name}={}", percent::encode(value)));
    }
    Words::read(&text).unwrap()
}

#[test]
fn every_documented_key_of_iam_is_in_its_class() {
    let (aws, world) = (Catalogue::load(), world());
    let operations = query::operations(Service::Iam);
    assert!(operations.len() >= 55, "{operations:?}");
    for operation in operations {
        let call = query::call(Service::Iam, form(operation))
            .unwrap_or_else(|unmapped| panic!("{operation}: {unmapped}"));
        let contexts = grant::contexts(&world, &session("i.example"), &call, &peer(), NOW);
        for (ask, context) in call
            .asks()
            .zip(&contexts)
            .filter(|(ask, _)| !ask.action.starts_with("podpass:"))
        {
            let (service, action) = action(&aws, &ask.action);
            for key in documented(service, action, TYPES) {
                assert_class(
                    class(ROWS, operation, &key),
                    context,
                    &key,
                    &format!("{operation}, {}", ask.action),
                );
            }
        }
    }
}

#[test]
fn whose_a_policy_of_aws_is_is_not_told() {
    let words =
        Words::read("Action=GetPolicy&Version=2010-05-08&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess").unwrap();
    let call = query::call(Service::Iam, words).unwrap();
    let contexts = grant::contexts(&world(), &session("i.example"), &call, &peer(), NOW);
    assert_class(Unknown, &contexts[0], "aws:ResourceAccount", "GetPolicy");
}
