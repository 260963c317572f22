//! Roles as teams have them: ten of AWS's managed policies; ten of fifteen statements each, alone
//! and under every limit there is.

use serde_json::{Value, json};

use super::{Case, policy};

/// Services with three actions that change something.
const SERVICES: [(&str, [&str; 3]); 10] = [
    ("s3", ["PutObject", "DeleteObject", "RestoreObject"]),
    ("dynamodb", ["PutItem", "UpdateItem", "DeleteItem"]),
    ("sqs", ["SendMessage", "DeleteMessage", "PurgeQueue"]),
    ("sns", ["Publish", "Subscribe", "Unsubscribe"]),
    ("kms", ["Decrypt", "Encrypt", "ReEncryptFrom"]),
    (
        "secretsmanager",
        ["PutSecretValue", "UpdateSecret", "RotateSecret"],
    ),
    (
        "logs",
        ["PutLogEvents", "PutRetentionPolicy", "DeleteLogStream"],
    ),
    (
        "lambda",
        ["InvokeFunction", "UpdateFunctionCode", "PublishVersion"],
    ),
    ("kinesis", ["PutRecord", "PutRecords", "MergeShards"]),
    ("ssm", ["PutParameter", "SendCommand", "StartSession"]),
];

/// What nodes, pods and pipelines are often given.
const AWS: [&str; 10] = [
    "AmazonS3ReadOnlyAccess",
    "AmazonEC2ReadOnlyAccess",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryReadOnly",
    "CloudWatchAgentServerPolicy",
    "AmazonDynamoDBFullAccess",
    "AmazonSQSFullAccess",
    "AmazonSSMManagedInstanceCore",
    "SecretsManagerReadWrite",
];

pub(super) fn cases() -> Vec<Case> {
    let managed: Vec<String> = SERVICES
        .iter()
        .map(|(service, writes)| policy(&fifteen(service, writes)))
        .collect();
    // The ninth policy's fourteenth statement.
    let stream = "arn:aws:kinesis:eu-west-1:111111111111:team-13/orders";
    let case = |name, resource: &str| {
        Case::identity(name, managed.clone(), "kinesis:PutRecord", resource)
            .with("aws:RequestedRegion", "eu-west-1")
            .with("aws:PrincipalTag/team", "team-13")
            .with("aws:ResourceTag/team", "team-77")
            .with("aws:SecureTransport", "true")
    };
    let under_limits = |case: Case| {
        let (boundary, session, scps) = limits();
        Case {
            boundary: Some(boundary),
            session: Some(session),
            scps,
            ..case
        }
    };
    let elsewhere = "arn:aws:kinesis:eu-west-1:111111111111:team-99/orders";
    let read = |name: &&str| {
        catalog::aws::managed_policy(&format!("arn:aws:iam::aws:policy/{name}"))
            .map(|it| it.document)
    };
    let aws: Vec<String> = AWS.iter().filter_map(read).collect();
    assert_eq!(
        aws.len(),
        AWS.len(),
        "a managed policy is not in the catalogue"
    );
    let queue = "arn:aws:sqs:eu-west-1:111111111111:orders";
    vec![
        Case::identity(
            "8 ten of AWS's, allowed",
            aws.clone(),
            "sqs:SendMessage",
            queue,
        ),
        Case::identity("8 ten of AWS's, denied", aws, "sns:Publish", queue).denied(),
        under_limits(case("6 role under limits, allowed", stream)),
        under_limits(case("6 role under limits, denied", elsewhere)).denied(),
        case("7 role, ten policies, allowed", stream),
        case("7 role, ten policies, denied", elsewhere).denied(),
    ]
}

fn fifteen(service: &str, writes: &[&str; 3]) -> Vec<Value> {
    let named = |actions: &[&str]| {
        actions
            .iter()
            .map(|action| format!("{service}:{action}"))
            .collect::<Vec<_>>()
    };
    (0..15)
        .map(|n| {
            let (team, home) = (format!("team-{n}"), format!("arn:aws:{service}:*:111111111111:team-{n}"));
            match n % 5 {
                0 => json!({
                    "Effect": "Allow", "Action": named(&["Get*", "List*", "Describe*"]), "Resource": format!("{home}/*"),
                }),
                1 => json!({
                    "Effect": "Allow", "Action": named(writes), "Resource": "*",
                    "Condition": { "StringEquals": { "aws:ResourceTag/team": team } },
                }),
                2 => json!({
                    "Effect": "Allow", "Action": named(&["Create*", "Tag*"]), "Resource": "*",
                    "Condition": { "StringLike": { "aws:RequestTag/env": ["dev-*", "test-*"] } },
                }),
                3 => json!({
                    "Effect": "Allow", "Action": named(writes),
                    "Resource": [format!("{home}/orders"), format!("{home}/returns"), format!("{home}/archive/*")],
                }),
                _ => json!({
                    "Effect": "Allow", "Action": named(&["*"]), "Resource": format!("{home}/scratch/*"),
                    "Condition": { "StringEquals": { "aws:PrincipalTag/team": team } },
                }),
            }
        })
        .collect()
}

/// Boundary, session policy, and two levels of service control policies.
fn limits() -> (String, String, Vec<String>) {
    let services: Vec<String> = SERVICES
        .iter()
        .map(|(service, _)| format!("{service}:*"))
        .collect();
    let everything = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let boundary = policy(&[
        json!({ "Effect": "Deny", "Action": ["iam:*", "organizations:*"], "Resource": "*" }),
        json!({ "Effect": "Allow", "Action": services, "Resource": "*" }),
    ]);
    let session = policy(&[json!({
        "Effect": "Allow", "Action": ["kinesis:*", "kms:Decrypt"], "Resource": "arn:aws:kinesis:*:111111111111:*",
        "Condition": { "StringEquals": { "aws:SecureTransport": "true" } },
    })]);
    let regions = policy(&[
        json!({
            "Effect": "Deny", "NotAction": ["iam:*", "sts:*", "support:*"], "Resource": "*",
            "Condition": { "StringNotEquals": { "aws:RequestedRegion": "eu-west-1" } },
        }),
        everything.clone(),
    ]);
    (boundary, session, vec![policy(&[everything]), regions])
}
