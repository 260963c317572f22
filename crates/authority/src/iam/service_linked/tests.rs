//! A service's role is made once, and changed by nobody.

use super::super::tests::{DOCUMENT, TRUST, account, call, world};
use super::*;
use crate::world::World;

const BALANCERS: &str = "AWSServiceRoleForElasticLoadBalancing";

fn done(world: &World, words: &[(&str, &str)]) -> (World, String) {
    call(world, words).unwrap_or_else(|fault| panic!("{words:?}: {fault}"))
}

fn made(service: &str) -> (World, String) {
    done(
        &world(),
        &[
            ("Action", "CreateServiceLinkedRole"),
            ("AWSServiceName", service),
        ],
    )
}

fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let rest = xml
        .split_once(&format!("<{name}>"))
        .map_or("", |(_, rest)| rest);
    rest.split_once(&format!("</{name}>"))
        .map_or("", |(found, _)| found)
}

#[test]
fn a_service_gets_its_role_once() {
    let (world, xml) = made("elasticloadbalancing.amazonaws.com");
    assert_eq!(
        (element(&xml, "Path"), element(&xml, "RoleName")),
        (
            "/aws-service-role/elasticloadbalancing.amazonaws.com/",
            BALANCERS
        )
    );
    let role = &world.role(&account(), BALANCERS).unwrap().role;
    assert_eq!(
        role.attached.iter().map(Arn::as_str).collect::<Vec<_>>(),
        ["arn:aws:iam::aws:policy/aws-service-role/AWSElasticLoadBalancingServiceRolePolicy"]
    );
    assert!(
        world
            .grants(world.role(&account(), BALANCERS).unwrap())
            .is_ok()
    );
    assert!(
        role.trust
            .contains(r#""Principal":{"Service":["elasticloadbalancing.amazonaws.com"]}"#),
        "{}",
        role.trust
    );
    let create = |service: &str, suffix: &str| {
        let more = if suffix.is_empty() {
            vec![]
        } else {
            vec![("CustomSuffix", suffix)]
        };
        let words = [
            &[
                ("Action", "CreateServiceLinkedRole"),
                ("AWSServiceName", service),
            ],
            more.as_slice(),
        ]
        .concat();
        call(&world, &words).map(|(_, xml)| element(&xml, "RoleName").to_owned())
    };
    for (sentence, service, suffix, expected) in [
        (
            "a second time",
            "elasticloadbalancing.amazonaws.com",
            "",
            Err(
                "InvalidInput 400 Service role name AWSServiceRoleForElasticLoadBalancing has been taken in this account, please try a different suffix.",
            ),
        ),
        (
            "a suffix where there may be one role only",
            "ecs.amazonaws.com",
            "x",
            Err("InvalidInput 400 Custom suffix is not allowed for ecs.amazonaws.com"),
        ),
        (
            "a suffix where there may be several",
            "autoscaling.amazonaws.com",
            "blue",
            Ok("AWSServiceRoleForAutoScaling_blue"),
        ),
        (
            "a suffix that makes the name too long",
            "autoscaling.amazonaws.com",
            &"b".repeat(40),
            Err(
                "InvalidInput 400 The role name AWSServiceRoleForAutoScaling_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb has more than 64 characters.",
            ),
        ),
        (
            "a service that has none",
            "ec2.amazonaws.com",
            "",
            Err("InvalidInput 400 ec2.amazonaws.com is not known to have a service-linked role."),
        ),
        (
            "a service in another case",
            "Spot.amazonaws.com",
            "",
            Err("InvalidInput 400 Spot.amazonaws.com is not known to have a service-linked role."),
        ),
    ] {
        assert_eq!(
            create(service, suffix).as_deref().map_err(String::as_str),
            expected,
            "{sentence}"
        );
    }
    let path = "/aws-service-role/elasticloadbalancing.amazonaws.com/";
    let ordinary = [
        ("Action", "CreateRole"),
        ("RoleName", "n"),
        ("Path", path),
        ("AssumeRolePolicyDocument", TRUST),
    ];
    let expected = "InvalidInput 400 Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles";
    assert_eq!(
        call(&world, &ordinary).map(|(_, xml)| xml),
        Err(expected.to_owned())
    );
    // Its policy is longer than any that is read: the role comes without, and can be used by
    // nobody here.
    let (world, _) = made("support.amazonaws.com");
    assert!(
        world
            .role(&account(), "AWSServiceRoleForSupport")
            .unwrap()
            .role
            .attached
            .is_empty()
    );
}

/// What a service may do is not to be had by whoever may attach a policy, nor is it a boundary.
#[test]
fn attack_63_policies_of_services_are_for_their_own_roles() {
    let (world, _) = made("elasticloadbalancing.amazonaws.com");
    let (world, _) = done(
        &world,
        &[
            ("Action", "CreateRole"),
            ("RoleName", "plain"),
            ("AssumeRolePolicyDocument", TRUST),
        ],
    );
    let arn = "arn:aws:iam::aws:policy/aws-service-role/AWSElasticLoadBalancingServiceRolePolicy";
    let attach = |arn| {
        call(
            &world,
            &[
                ("Action", "AttachRolePolicy"),
                ("RoleName", "plain"),
                ("PolicyArn", arn),
            ],
        )
        .map(drop)
    };
    let expected =
        "PolicyNotAttachable 400 Cannot attach a Service Role Policy to a Customer Role.";
    assert_eq!(attach(arn), Err(expected.to_owned()));
    assert_eq!(
        attach("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"),
        Ok(()),
        "made for customers' roles"
    );
    let boundary = ("PermissionsBoundary", arn);
    for words in [
        &[
            ("Action", "PutRolePermissionsBoundary"),
            ("RoleName", "plain"),
            boundary,
        ][..],
        &[
            ("Action", "CreateRole"),
            ("RoleName", "bounded"),
            ("AssumeRolePolicyDocument", TRUST),
            boundary,
        ],
    ] {
        let expected =
            format!("NoSuchEntity 404 Scope ARN: {arn} does not exist or is not attachable.");
        assert_eq!(call(&world, words).map(drop), Err(expected), "{words:?}");
    }
}

/// Every operation that takes a role's name: who may read, tag and describe it, and nothing
/// else.
#[test]
fn nobody_changes_what_is_a_services() {
    let (world, _) = made("elasticloadbalancing.amazonaws.com");
    let (world, _) = done(
        &world,
        &[
            ("Action", "CreateInstanceProfile"),
            ("InstanceProfileName", "n"),
        ],
    );
    let given = |operation: &str| -> Vec<(&str, &str)> {
        let more: &[(&str, &str)] = match operation {
            "AttachRolePolicy" | "DetachRolePolicy" => {
                &[("PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess")]
            }
            "PutRolePolicy" => &[("PolicyName", "x"), ("PolicyDocument", DOCUMENT)],
            "DeleteRolePolicy" => &[("PolicyName", "x")],
            "UpdateAssumeRolePolicy" => &[("PolicyDocument", TRUST)],
            "PutRolePermissionsBoundary" => {
                &[("PermissionsBoundary", "arn:aws:iam::000000000000:policy/p")]
            }
            "UpdateRole" => &[("MaxSessionDuration", "7200"), ("Description", "d")],
            "UpdateRoleDescription" => &[("Description", "d")],
            "TagRole" => &[("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")],
            "UntagRole" => &[("TagKeys.member.1", "k")],
            "AddRoleToInstanceProfile" | "RemoveRoleFromInstanceProfile" => {
                &[("InstanceProfileName", "n")]
            }
            _ => &[],
        };
        more.to_vec()
    };
    let may = [
        "TagRole",
        "UntagRole",
        "UpdateRoleDescription",
        "DeleteServiceLinkedRole",
    ];
    let mut refused = Vec::new();
    for operation in catalog::query::operations(catalog::Service::Iam)
        .into_iter()
        .filter(|name| !crate::iam::only_reads(name) && *name != "CreateRole")
    {
        // An operation without RoleName does not know the parameter.
        let words = [
            &[("Action", operation), ("RoleName", BALANCERS)],
            given(operation).as_slice(),
        ]
        .concat();
        match call(&world, &words) {
            Ok(_) => assert!(may.contains(&operation), "{operation} changed it"),
            Err(fault)
                if fault.contains("is not known to this operation")
                    || fault.contains("must not be null") =>
            {
                assert!(
                    !operation.contains("Role") || operation.starts_with("Create"),
                    "{operation}: {fault}"
                );
            }
            Err(fault) => {
                let expected = format!(
                    "UnmodifiableEntity 400 Cannot perform the operation on the protected role '{BALANCERS}' - this role is only modifiable by AWS"
                );
                assert_eq!(fault, expected, "{operation}");
                refused.push(operation);
            }
        }
    }
    assert_eq!(refused.len(), 11, "{refused:?}");
    let described = [
        ("Action", "UpdateRole"),
        ("RoleName", BALANCERS),
        ("Description", "d"),
    ];
    let (world, _) = done(&world, &described);
    assert_eq!(
        world
            .role(&account(), BALANCERS)
            .unwrap()
            .role
            .description
            .as_deref(),
        Some("d")
    );
}

#[test]
fn it_is_deleted_at_once_and_the_task_is_known() {
    let (world, _) = made("elasticloadbalancing.amazonaws.com");
    let (gone, xml) = done(
        &world,
        &[
            ("Action", "DeleteServiceLinkedRole"),
            ("RoleName", BALANCERS),
        ],
    );
    assert!(gone.role(&account(), BALANCERS).is_none());
    let task = element(&xml, "DeletionTaskId").to_owned();
    let head = format!("task/aws-service-role/elasticloadbalancing.amazonaws.com/{BALANCERS}/");
    let uuid = task.strip_prefix(&head).unwrap();
    let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12], "{uuid}");
    let status = |world: &World, id: &str| {
        let answer = call(
            world,
            &[
                ("Action", "GetServiceLinkedRoleDeletionStatus"),
                ("DeletionTaskId", id),
            ],
        );
        answer.map_or_else(
            |fault| fault.split(' ').next().unwrap().to_owned(),
            |(_, xml)| element(&xml, "Status").to_owned(),
        )
    };
    assert_eq!(status(&gone, &task), "SUCCEEDED");
    assert_eq!(
        status(&world, &task),
        "SUCCEEDED",
        "also once another has its name"
    );
    let first = uuid.chars().next().unwrap();
    let other = uuid.replacen(first, if first == '0' { "1" } else { "0" }, 1);
    for (sentence, id, expected) in [
        ("another task", format!("{head}{other}"), "NoSuchEntity"),
        (
            "a task of another role",
            task.replace(BALANCERS, "AWSServiceRoleForECS"),
            "NoSuchEntity",
        ),
        (
            "a task of another service",
            task.replace("elasticloadbalancing", "ecs"),
            "NoSuchEntity",
        ),
        ("no UUID", format!("{head}x"), "NoSuchEntity"),
        ("in other letters", task.replace('-', ""), "InvalidInput"),
        ("no task", "x".to_owned(), "InvalidInput"),
    ] {
        assert_eq!(status(&gone, &id), expected, "{sentence}: {id}");
    }
    for (sentence, role) in [
        ("an ordinary role", "r"),
        ("a role that is not there", "none"),
    ] {
        let answer = call(
            &world,
            &[("Action", "DeleteServiceLinkedRole"), ("RoleName", role)],
        );
        assert!(
            answer.is_err_and(|fault| fault.starts_with("NoSuchEntity 404 ")),
            "{sentence}"
        );
    }
}
