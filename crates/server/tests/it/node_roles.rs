//! What controllers of nodes and load balancers ask of IAM, under the policies that their guides
//! give them: instance profiles (Karpenter) and service-linked roles (AWS Load Balancer
//! Controller).

use crate::stage::{Answer, Stage};

const EC2: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// Gives the pod's role these statements and nothing else.
async fn allow(stage: &Stage, statements: &str) {
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let put = [
        ("RoleName", "reporting"),
        ("PolicyName", "p"),
        ("PolicyDocument", policy.as_str()),
    ];
    let answer = stage.iam("PutRolePolicy", &put, &stage.root).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

fn outcome(answer: &Answer) -> &str {
    if answer.status == 200 {
        "done"
    } else {
        answer.code()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_54_a_role_in_a_profile_is_a_role_that_was_passed() {
    let stage = Stage::new().await;
    for (action, parameters) in [
        (
            "CreateRole",
            &[("RoleName", "nodes"), ("AssumeRolePolicyDocument", EC2)][..],
        ),
        (
            "CreateRole",
            &[("RoleName", "admin"), ("AssumeRolePolicyDocument", EC2)],
        ),
        ("CreateInstanceProfile", &[("InstanceProfileName", "pool")]),
    ] {
        assert_eq!(
            stage.iam(action, parameters, &stage.root).await.status,
            200,
            "{action}"
        );
    }
    let profiles = r#"{"Effect":"Allow","Action":["iam:AddRoleToInstanceProfile","iam:RemoveRoleFromInstanceProfile"],"Resource":"arn:aws:iam::000000000000:instance-profile/pool"}"#;
    let pass = |condition: &str| {
        format!(
            r#"{profiles},{{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::000000000000:role/nodes","Condition":{condition}}}"#
        )
    };
    let deny = |condition: &str| {
        format!(
            r#"{},{{"Effect":"Deny","Action":"iam:PassRole","Resource":"*","Condition":{condition}}}"#,
            pass("{}")
        )
    };
    for (sentence, statements, role, expected) in [
        (
            "the profile alone",
            profiles.to_owned(),
            "nodes",
            "AccessDenied",
        ),
        (
            "the role alone",
            pass("{}").replace(profiles, "").replacen(',', "", 1),
            "nodes",
            "AccessDenied",
        ),
        ("both", pass("{}"), "nodes", "done"),
        (
            "both, for another role",
            pass("{}"),
            "admin",
            "AccessDenied",
        ),
        (
            "a role that is not there",
            pass("{}"),
            "none",
            "AccessDenied",
        ),
        (
            "to EC2",
            pass(r#"{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#),
            "nodes",
            "done",
        ),
        (
            "to another service",
            pass(r#"{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}"#),
            "nodes",
            "AccessDenied",
        ),
        (
            "for the account's instances",
            pass(
                r#"{"StringEquals":{"iam:AssociatedResourceArn":"arn:aws:ec2:*:000000000000:instance/*"}}"#,
            ),
            "nodes",
            "done",
        ),
        (
            "for those of an account by another name",
            pass(
                r#"{"ArnLike":{"iam:AssociatedResourceArn":"arn:aws:ec2:*:111111111111:instance/*"}}"#,
            ),
            "nodes",
            "AccessDenied",
        ),
        (
            "not to EC2",
            deny(r#"{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#),
            "nodes",
            "AccessDenied",
        ),
        (
            "to EC2 only",
            deny(r#"{"StringNotEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#),
            "nodes",
            "done",
        ),
    ] {
        allow(&stage, &statements).await;
        let add = [("InstanceProfileName", "pool"), ("RoleName", role)];
        let answer = stage
            .iam("AddRoleToInstanceProfile", &add, &stage.reader)
            .await;
        assert_eq!(outcome(&answer), expected, "{sentence}: {}", answer.text);
        if expected == "done" {
            let answer = stage
                .iam("RemoveRoleFromInstanceProfile", &add, &stage.reader)
                .await;
            assert_eq!(
                answer.status, 200,
                "{sentence}: to take it out needs no passing: {}",
                answer.text
            );
        }
    }
}

/// The conditions of Karpenter's controller policy, reduced to one tag.
#[tokio::test(flavor = "multi_thread")]
async fn profiles_are_kept_apart_by_their_tags() {
    let stage = Stage::new().await;
    allow(
        &stage,
        r#"{"Effect":"Allow","Action":["iam:CreateInstanceProfile","iam:TagInstanceProfile"],"Resource":"arn:aws:iam::000000000000:instance-profile/*","Condition":{"StringEquals":{"aws:RequestTag/cluster":"one"}}},{"Effect":"Allow","Action":["iam:DeleteInstanceProfile","iam:GetInstanceProfile"],"Resource":"arn:aws:iam::000000000000:instance-profile/*","Condition":{"StringEquals":{"aws:ResourceTag/cluster":"one"}}}"#,
    )
    .await;
    let other = [
        ("InstanceProfileName", "other"),
        ("Tags.member.1.Key", "cluster"),
        ("Tags.member.1.Value", "two"),
    ];
    assert_eq!(
        stage
            .iam("CreateInstanceProfile", &other, &stage.root)
            .await
            .status,
        200
    );
    let tagged = [
        ("InstanceProfileName", "mine"),
        ("Tags.member.1.Key", "cluster"),
        ("Tags.member.1.Value", "one"),
    ];
    for (sentence, action, parameters, expected) in [
        (
            "without the tag",
            "CreateInstanceProfile",
            &tagged[..1],
            "AccessDenied",
        ),
        (
            "with another's",
            "CreateInstanceProfile",
            &[("InstanceProfileName", "third"), other[1], other[2]],
            "AccessDenied",
        ),
        ("with the tag", "CreateInstanceProfile", &tagged, "done"),
        ("read", "GetInstanceProfile", &tagged[..1], "done"),
        (
            "another's",
            "GetInstanceProfile",
            &other[..1],
            "AccessDenied",
        ),
        (
            "delete another's",
            "DeleteInstanceProfile",
            &other[..1],
            "AccessDenied",
        ),
        (
            "delete one's own",
            "DeleteInstanceProfile",
            &tagged[..1],
            "done",
        ),
    ] {
        let answer = stage.iam(action, parameters, &stage.reader).await;
        assert_eq!(outcome(&answer), expected, "{sentence}: {}", answer.text);
    }
}

/// The statement is the controller's own; and the ARN that is asked about is the role's to come.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_linked_role_is_made_for_the_service_that_a_policy_names() {
    let stage = Stage::new().await;
    let by_name = r#"{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole","Resource":"*","Condition":{"StringEquals":{"iam:AWSServiceName":"elasticloadbalancing.amazonaws.com"}}}"#;
    let by_arn = r#"{"Effect":"Allow","Action":"iam:*ServiceLinkedRole*","Resource":"arn:aws:iam::*:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot*"}"#;
    for (sentence, statement, service, expected) in [
        (
            "by name",
            by_name,
            "elasticloadbalancing.amazonaws.com",
            "done",
        ),
        ("another", by_name, "spot.amazonaws.com", "AccessDenied"),
        (
            "one that is not known",
            by_name,
            "elasticloadbalancing.amazonaws.com.example",
            "AccessDenied",
        ),
        ("by ARN", by_arn, "spot.amazonaws.com", "done"),
        (
            "another by ARN",
            by_arn,
            "spotfleet.amazonaws.com",
            "AccessDenied",
        ),
    ] {
        allow(&stage, statement).await;
        let answer = stage
            .iam(
                "CreateServiceLinkedRole",
                &[("AWSServiceName", service)],
                &stage.reader,
            )
            .await;
        assert_eq!(outcome(&answer), expected, "{sentence}: {}", answer.text);
    }
    let spot = [("RoleName", "AWSServiceRoleForEC2Spot")];
    let balancers = [("RoleName", "AWSServiceRoleForElasticLoadBalancing")];
    assert_eq!(
        outcome(
            &stage
                .iam("DeleteServiceLinkedRole", &balancers, &stage.reader)
                .await
        ),
        "AccessDenied"
    );
    assert_eq!(
        outcome(&stage.iam("DeleteRole", &spot, &stage.root).await),
        "UnmodifiableEntity",
        "not even for root"
    );
    let gone = stage
        .iam("DeleteServiceLinkedRole", &spot, &stage.reader)
        .await;
    let task = [("DeletionTaskId", gone.element("DeletionTaskId"))];
    let status = stage
        .iam("GetServiceLinkedRoleDeletionStatus", &task, &stage.reader)
        .await;
    assert_eq!(
        status.element("Status"),
        "SUCCEEDED",
        "{} {}",
        gone.text,
        status.text
    );
    let theirs = task[0]
        .1
        .replace("spot.amazonaws.com", "spotfleet.amazonaws.com");
    for (sentence, task) in [
        ("a task about another role", theirs.as_str()),
        ("what is no task", "x"),
    ] {
        let answer = stage
            .iam(
                "GetServiceLinkedRoleDeletionStatus",
                &[("DeletionTaskId", task)],
                &stage.reader,
            )
            .await;
        assert_eq!(
            outcome(&answer),
            "AccessDenied",
            "{sentence}: {}",
            answer.text
        );
    }
    // Another account knows nothing of the task.
    let (_, their_root) = stage.account("aws").await;
    let answer = stage
        .iam("GetServiceLinkedRoleDeletionStatus", &task, &their_root)
        .await;
    assert_eq!(outcome(&answer), "NoSuchEntity", "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_outlive_the_server() {
    let stage = Stage::new().await;
    for (action, parameters) in [
        (
            "CreateInstanceProfile",
            &[("InstanceProfileName", "pool"), ("Path", "/k/")][..],
        ),
        (
            "AddRoleToInstanceProfile",
            &[("InstanceProfileName", "pool"), ("RoleName", "reporting")],
        ),
        (
            "CreateServiceLinkedRole",
            &[("AWSServiceName", "eks.amazonaws.com")],
        ),
    ] {
        assert_eq!(
            stage.iam(action, parameters, &stage.root).await.status,
            200,
            "{action}"
        );
    }
    let stage = stage.restarted(|_| {}).await;
    let profile = stage
        .iam(
            "GetInstanceProfile",
            &[("InstanceProfileName", "POOL")],
            &stage.root,
        )
        .await;
    assert_eq!(
        (profile.element("Path"), profile.element("RoleName")),
        ("/k/", "reporting"),
        "{}",
        profile.text
    );
    let role = [("RoleName", "AWSServiceRoleForAmazonEKS")];
    assert_eq!(
        outcome(&stage.iam("DeleteRole", &role, &stage.root).await),
        "UnmodifiableEntity"
    );
}
