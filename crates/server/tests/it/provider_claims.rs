//! Claims that STS makes condition keys of for the providers that it knows: a Deny on one of them
//! holds.

use serde_json::{Value, json};
use token::{Algorithm, SigningKey, public_jwks, sign_claims};

use crate::stage::Stage;

const ISSUER: &str = "token.actions.githubusercontent.com";

/// A trust policy that admits what `sub` says and denies on one condition.
fn trust(condition: &Value) -> String {
    let principal =
        json!({ "Federated": format!("arn:aws:iam::000000000000:oidc-provider/{ISSUER}") });
    let audience = json!({ "StringEquals": { format!("{ISSUER}:aud"): "sts.amazonaws.com" } });
    let action = "sts:AssumeRoleWithWebIdentity";
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": principal, "Action": action, "Condition": audience },
        { "Effect": "Deny", "Principal": principal, "Action": action, "Condition": condition },
    ] })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_55_a_deny_on_a_claim_that_sts_knows_holds() {
    let stage = Stage::new().await;
    let key = SigningKey::generate(Algorithm::Rs256).unwrap();
    let arn = format!("arn:aws:iam::000000000000:oidc-provider/{ISSUER}");
    let root = &stage.root;
    let iam = async |action: &str, parameters: &[(&str, &str)]| {
        let answer = stage.iam(action, parameters, root).await;
        assert_eq!(answer.status, 200, "{action} {}", answer.text);
    };
    let (url, thumbprint) = (format!("https://{ISSUER}"), "a".repeat(40));
    let provider = [
        ("Url", &*url),
        ("ClientIDList.member.1", "sts.amazonaws.com"),
        ("ThumbprintList.member.1", &*thumbprint),
    ];
    iam("CreateOpenIDConnectProvider", &provider).await;
    iam(
        "PutOpenIDConnectProviderKeys",
        &[
            ("OpenIDConnectProviderArn", &arn),
            ("JWKS", &public_jwks(&[&key])),
        ],
    )
    .await;
    let document = trust(&json!({ "StringEquals": { format!("{ISSUER}:actor"): "mallory" } }));
    iam(
        "CreateRole",
        &[("RoleName", "ci"), ("AssumeRolePolicyDocument", &document)],
    )
    .await;
    iam(
        "TagRole",
        &[
            ("RoleName", "ci"),
            ("Tags.member.1.Key", "env"),
            ("Tags.member.1.Value", "prod"),
        ],
    )
    .await;

    let exchange = async |more: Value| {
        let now = server::clock::now();
        let mut claims = json!({ "iss": url, "sub": "repo:o/r:ref:refs/heads/main", "aud": "sts.amazonaws.com", "iat": now, "exp": now + 600 });
        claims
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let token = sign_claims(&key, claims.as_object().unwrap()).unwrap();
        stage
            .exchange_for("arn:aws:iam::000000000000:role/ci", &token, "")
            .await
    };
    assert_eq!(exchange(json!({ "actor": "alice" })).await.status, 200);
    assert_eq!(
        exchange(json!({})).await.status,
        200,
        "a claim that is not there is a key that is not there"
    );
    assert_eq!(
        exchange(json!({ "actor": "mallory" })).await.code(),
        "AccessDenied"
    );
    assert_eq!(
        exchange(json!({ "actor": ["mallory"] })).await.code(),
        "AccessDenied",
        "what cannot be read is not missing"
    );

    for (condition, code) in [
        (
            json!({ "StringNotEquals": { format!("{ISSUER}:repository_id"): "42" } }),
            "",
        ),
        (
            json!({ "StringNotEquals": { format!("{ISSUER}:repository_id"): "43" } }),
            "AccessDenied",
        ),
        (
            json!({ "StringEquals": { "iam:ResourceTag/env": "prod" } }),
            "AccessDenied",
        ),
        (
            json!({ "StringEquals": { "aws:ResourceTag/env": "prod" } }),
            "AccessDenied",
        ),
        (
            json!({ "StringEquals": { format!("{ISSUER}:run_id"): "1" } }),
            "",
        ),
    ] {
        iam(
            "UpdateAssumeRolePolicy",
            &[("RoleName", "ci"), ("PolicyDocument", &trust(&condition))],
        )
        .await;
        let answer = exchange(json!({ "repository_id": 42, "run_id": "1" })).await;
        assert_eq!(answer.code(), code, "{condition} {}", answer.text);
    }
}
