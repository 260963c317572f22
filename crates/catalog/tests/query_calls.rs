//! Every call of the query services names what it is about.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use catalog::{EntityKind, Service, Target, Template, Unmapped, query};
use policy::Values;
use wire::Words;

#[test]
fn query_calls_name_their_resource() {
    let read = |service, text: &str| query::call(service, Words::read(text).unwrap());
    let iam = |text: &str| read(Service::Iam, &format!("{text}&Version=2010-05-08"));
    let iam_target = |resource: &str| Target::Template(Template::of_account("iam", resource));
    for (text, action, target) in [
        (
            "Action=GetRole&RoleName=r",
            "iam:GetRole",
            Target::Entity {
                kind: EntityKind::Role,
                name: "r".into(),
            },
        ),
        (
            "Action=CreateRole&RoleName=r&Path=%2Fa%2F",
            "iam:CreateRole",
            iam_target("role/a/r"),
        ),
        (
            "Action=CreatePolicy&PolicyName=p",
            "iam:CreatePolicy",
            iam_target("policy/p"),
        ),
        (
            "Action=GetPolicy&PolicyArn=arn",
            "iam:GetPolicy",
            Target::Written("arn".into()),
        ),
        (
            "Action=CreateOpenIDConnectProvider&Url=https%3A%2F%2Fi.example",
            "iam:CreateOpenIDConnectProvider",
            iam_target("oidc-provider/i.example"),
        ),
        ("Action=ListRoles", "iam:ListRoles", Target::Everything),
    ] {
        let call = iam(text).unwrap();
        assert_eq!(
            (
                call.asks().next().unwrap().action.as_ref(),
                &call.asks().next().unwrap().target
            ),
            (action, &target)
        );
    }
    let keys = |text: &str| iam(text).unwrap().asks().next().unwrap().context.clone();
    let attach = keys(
        "Action=AttachRolePolicy&RoleName=r&PolicyArn=arn&PermissionsBoundary=forged&Tags.member.1.Key=k&Tags.member.1.Value=v",
    );
    assert_eq!(attach.get("iam:PolicyARN"), Some(&"arn".into()));
    assert_eq!(
        attach.get("iam:PermissionsBoundary"),
        None,
        "the role's boundary is the account's to say"
    );
    assert_eq!(
        attach.get("aws:RequestTag/k"),
        None,
        "the action knows no tags"
    );
    assert_eq!(
        keys("Action=GetPolicy&PolicyArn=arn").get("iam:PolicyARN"),
        None
    );
    let tag = keys("Action=TagRole&RoleName=r&Tags.member.1.Key=k&Tags.member.1.Value=v");
    assert_eq!(tag.get("aws:RequestTag/k"), Some(&"v".into()));
    assert_eq!(
        tag.get("aws:TagKeys"),
        Some(&Values::Many(vec!["k".into()]))
    );
    let untag = keys("Action=UntagRole&RoleName=r&TagKeys.member.1=k&TagKeys.member.2=l");
    assert_eq!(
        untag.get("aws:TagKeys"),
        Some(&Values::Many(vec!["k".into(), "l".into()]))
    );
    assert!(matches!(
        iam("Action=GetRole"),
        Err(Unmapped::Missing("RoleName"))
    ));
    assert!(matches!(
        iam("Action=CreateUser&UserName=u"),
        Err(Unmapped::Action { .. })
    ));
    assert!(matches!(
        read(Service::Iam, "Action=ListRoles&Version=2011-06-15"),
        Err(Unmapped::Action { .. })
    ));
    assert!(matches!(
        read(Service::Sts, "Action=ListRoles&Version=2011-06-15"),
        Err(Unmapped::Action { .. })
    ));
    assert!(read(Service::Sts, "Action=GetCallerIdentity&Version=2011-06-15").is_ok());
}
