//! The AWS Load Balancer Controller's permissions: ours in `examples/` decide as the published
//! policy does.

use policy::{
    AccountId, Arn, Context, Document, Layers, Policies, Principal, Question, Strictness, Values,
    answer, decide,
};
use serde_json::Value;

/// Resources that the controller's calls touch, and two that they must not.
const RESOURCES: [&str; 12] = [
    "*",
    "arn:aws:ec2:us-east-1:000000000000:security-group/sg-1",
    "arn:aws:ec2:us-east-1:000000000000:subnet/subnet-1",
    "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/a/1",
    "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/a/1",
    "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/a/1",
    "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/1/2",
    "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/net/a/1/2",
    "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener-rule/app/a/1/2/3",
    "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener-rule/net/a/1/2/3",
    "arn:aws:iam::000000000000:role/aws-service-role/elasticloadbalancing.amazonaws.com/X",
    "arn:aws:s3:::payroll/salaries.csv",
];

/// Tags and creating calls, as the controller sends them and as it must not.
fn contexts() -> Vec<Context> {
    let keys: [(&str, &[&str]); 5] = [
        ("aws:RequestTag/elbv2.k8s.aws/cluster", &["demo"]),
        ("aws:ResourceTag/elbv2.k8s.aws/cluster", &["demo"]),
        ("ec2:CreateAction", &["CreateSecurityGroup"]),
        ("elasticloadbalancing:CreateAction", &["CreateTargetGroup"]),
        (
            "iam:AWSServiceName",
            &["elasticloadbalancing.amazonaws.com"],
        ),
    ];
    keys.iter()
        .fold(vec![Context::new()], |all, (key, values)| {
            let with = |value: &&str| {
                all.iter()
                    .map(|context| {
                        let mut context = context.clone();
                        context.insert(*key, Values::One((*value).to_owned()));
                        context
                    })
                    .collect::<Vec<_>>()
            };
            let more: Vec<Context> = values.iter().flat_map(with).collect();
            all.iter().cloned().chain(more).collect()
        })
}

#[test]
fn the_example_decides_as_the_published_policy() {
    let Some(path) = testkit::data(
        "aws-load-balancer-controller/iam_policy.json",
        "the controller's published policy",
    ) else {
        return;
    };
    let published = std::fs::read_to_string(path).unwrap();
    let ours = include_str!("../../examples/load-balancer-controller-policy.json");
    let read = |name, text: &str| {
        Policies::from(
            Document::read(name, text, Strictness::Write(policy::Kind::Identity)).unwrap(),
        )
    };
    let (theirs, ours_read) = (read("published", &published), read("ours", ours));
    let mut actions = vec![
        "iam:CreateRole".to_owned(),
        "s3:GetObject".to_owned(),
        "ec2:RunInstances".to_owned(),
    ];
    for text in [published.as_str(), ours] {
        let json: Value = serde_json::from_str(text).unwrap();
        for statement in json["Statement"].as_array().unwrap() {
            match &statement["Action"] {
                Value::String(one) => actions.push(one.clone()),
                many => actions.extend(
                    many.as_array()
                        .unwrap()
                        .iter()
                        .map(|one| one.as_str().unwrap().to_owned()),
                ),
            }
        }
    }
    actions.sort();
    actions.dedup();
    let account = AccountId::parse("000000000000").unwrap();
    let session =
        Arn::parse("arn:aws:sts::000000000000:assumed-role/aws-load-balancer-controller/s")
            .unwrap();
    let principal = Principal::Session {
        role: None,
        session,
    };
    let (mut asked, mut allowed) = (0, 0);
    for context in contexts() {
        for action in &actions {
            for resource in RESOURCES {
                let question = Question {
                    principal: &principal,
                    action,
                    resource,
                    resource_account: Some(&account),
                    context: &context,
                };
                let verdict = |policies| {
                    let layers = Layers {
                        identity: Some(policies),
                        ..Layers::default()
                    };
                    let slow = decide(&question, &layers).verdict;
                    assert_eq!(
                        answer(&question, &layers).verdict,
                        slow,
                        "the engines over {action} on {resource}"
                    );
                    slow
                };
                let (one, other) = (verdict(&theirs), verdict(&ours_read));
                assert_eq!(one, other, "{action} on {resource} with {context:?}");
                asked += 1;
                allowed += usize::from(one == policy::Verdict::Allowed);
            }
        }
    }
    assert!(
        asked > 20_000 && allowed > 5_000 && allowed < asked,
        "{asked} questions, {allowed} allowed: too few to mean anything"
    );
}
