//! What a tenant has, alike in every account, for tests of what another can find of it.

use crate::stage::{Answer, Credentials, Draft, Stage};

pub(crate) const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":"*"}]}"#;

/// What a tenant has, alike in every account.
pub(crate) async fn furnish(
    stage: &Stage,
    partition: &str,
    account: &str,
    root: &Credentials,
    bucket: &str,
) {
    let issuer = &stage.server.environment.issuer;
    let host = issuer.trim_start_matches("https://");
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"arn:{partition}:iam::{account}:oidc-provider/{host}"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringEquals":{{"{host}:sub":"system:serviceaccount:reports:reporting","{host}:aud":"sts.amazonaws.com"}}}}}}]}}"#
    );
    for (action, parameters) in [
        (
            "CreateOpenIDConnectProvider",
            vec![
                ("Url", issuer.as_str()),
                ("ClientIDList.member.1", "sts.amazonaws.com"),
            ],
        ),
        (
            "CreateRole",
            vec![
                ("RoleName", "reporting"),
                ("AssumeRolePolicyDocument", &trust),
            ],
        ),
        (
            "PutRolePolicy",
            vec![
                ("RoleName", "reporting"),
                ("PolicyName", "read"),
                ("PolicyDocument", READ),
            ],
        ),
        (
            "CreateRole",
            vec![("RoleName", "own"), ("AssumeRolePolicyDocument", &trust)],
        ),
        (
            "PutRolePolicy",
            vec![
                ("RoleName", "own"),
                ("PolicyName", "own"),
                ("PolicyDocument", READ),
            ],
        ),
        (
            "CreatePolicy",
            vec![("PolicyName", "own"), ("PolicyDocument", READ)],
        ),
        (
            "CreateInstanceProfile",
            vec![("InstanceProfileName", "own")],
        ),
    ] {
        let answer = stage.iam(action, &parameters, root).await;
        assert_eq!(answer.status, 200, "{action}: {}", answer.text);
    }
    for (target, body) in [(format!("/{bucket}"), ""), (format!("/{bucket}/x"), "x")] {
        let answer = stage
            .send(&Draft::s3("PUT", &target, body.as_bytes(), root))
            .await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text);
    }
}

/// An answer without what differs between any two: the request's id, the date, and the name that
/// was asked for.
pub(crate) fn bare(answer: &Answer, name: &str) -> String {
    let (head, body) = answer.text.split_once("\r\n\r\n").unwrap();
    let body = body
        .replace(answer.element("RequestId"), "-")
        .replace(name, "NAME");
    format!("{} {body}", head.lines().next().unwrap())
}

pub(crate) const READ_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::000000000000:oidc-provider/x.example"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"x.example:sub":"a"}}}]}"#;
