//! Pushed keys: a cluster's key set given to one provider, after which nobody is asked for it.
//! Attack 20 of docs/threats.md: whoever gets hold of the issuer's name gets nothing.

use serde_json::json;
use server::{IssuerAccess, Reach};
use token::{Algorithm, SigningKey, public_jwks};

use crate::issuer::{Manner, TestIssuer};
use crate::issuers::{exchange, refused, register};
use crate::stage::{Draft, Stage};

const NO_KEY: &str = "Couldn't retrieve verification key";

fn put(issuer: &TestIssuer, jwks: &str) -> String {
    let (arn, jwks) = (
        wire::percent::encode(&issuer.arn()),
        wire::percent::encode(jwks),
    );
    format!("Action=PutOpenIDConnectProviderKeys&OpenIDConnectProviderArn={arn}&JWKS={jwks}")
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_20_pushed_keys_are_believed_and_the_issuer_is_not_asked() {
    let stage = Stage::with(IssuerAccess {
        reach: Reach::Private,
        ..IssuerAccess::default()
    })
    .await;
    let issuer = TestIssuer::new(Manner::Good).await;
    register(&stage, &issuer, &issuer.top).await;
    let cluster = SigningKey::generate(Algorithm::Rs256).unwrap();
    let (ours, served) = (issuer.token_by(&cluster, json!({})), issuer.token());

    let pushed = stage
        .root_iam(&put(&issuer, &public_jwks(&[&cluster])))
        .await;
    assert_eq!(pushed.status, 200, "{}", pushed.text);
    assert_eq!(exchange(&stage, &issuer, &ours).await.status, 200);
    refused(
        &exchange(&stage, &issuer, &served).await,
        "InvalidIdentityToken",
        NO_KEY,
        "who serves the name has no say",
    );
    assert_eq!(issuer.connections(), 0);

    // Other keys end what the first ones proved, at once.
    let next = SigningKey::generate(Algorithm::Rs256).unwrap();
    assert_eq!(
        stage
            .root_iam(&put(&issuer, &public_jwks(&[&next])))
            .await
            .status,
        200
    );
    refused(
        &exchange(&stage, &issuer, &ours).await,
        "InvalidIdentityToken",
        NO_KEY,
        "a token that was verified before",
    );

    // What is refused changes nothing.
    for (sentence, jwks) in [
        ("no JSON", "x"),
        ("no keys", "{\"keys\":[]}"),
        (
            "the wrong kind",
            "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}]}",
        ),
    ] {
        assert_eq!(
            stage.root_iam(&put(&issuer, jwks)).await.code(),
            "ValidationError",
            "{sentence}"
        );
    }
    assert_eq!(
        exchange(&stage, &issuer, &issuer.token_by(&next, json!({})))
            .await
            .status,
        200
    );

    // Keys of one provider are no other's.
    let other = TestIssuer::new(Manner::Good).await;
    register(&stage, &other, &other.top).await;
    refused(
        &exchange(&stage, &other, &other.token_by(&next, json!({}))).await,
        "InvalidIdentityToken",
        NO_KEY,
        "another provider",
    );

    let arn = wire::percent::encode(&issuer.arn());
    let withdrawn =
        format!("Action=DeleteOpenIDConnectProviderKeys&OpenIDConnectProviderArn={arn}");
    assert_eq!(stage.root_iam(&withdrawn).await.status, 200);
    assert_eq!(stage.root_iam(&withdrawn).await.code(), "NoSuchEntity");
    assert_eq!(
        exchange(&stage, &issuer, &served).await.status,
        200,
        "fetched again"
    );
    assert_eq!(issuer.key_sets(), 1);
}

/// Attack 53: who pushes keys is whom the account believes, so a policy that means to give nothing
/// of IAM must not give this.
#[tokio::test(flavor = "multi_thread")]
async fn attack_53_pushed_keys_need_our_action_and_iams() {
    let stage = Stage::new().await;
    let issuer = TestIssuer::new(Manner::Good).await;
    register(&stage, &issuer, &issuer.top).await;
    let push = format!("{}&Version=2010-05-08", put(&issuer, &issuer.jwks()));
    let arn = wire::percent::encode(&issuer.arn());
    let withdraw = format!(
        "Action=DeleteOpenIDConnectProviderKeys&Version=2010-05-08&OpenIDConnectProviderArn={arn}"
    );
    const OWN: &str = "podpass:PutOpenIDConnectProviderKeys";
    const AWS: &str = "iam:UpdateOpenIDConnectProviderThumbprint";
    const POWER_USER: &str = "arn:aws:iam::aws:policy/PowerUserAccess";
    let everything_but_iam = r#"{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"}"#;
    let allow =
        |actions: &str| format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":"*"}}"#);
    let both = allow(r#"["podpass:*","iam:UpdateOpenIDConnectProviderThumbprint"]"#);
    // What is attached, what is inline, the boundary; and the action that is missing.
    for (sentence, attached, inline, boundary, missing) in [
        ("PowerUserAccess", Some(POWER_USER), None, None, Some(AWS)),
        (
            "everything, and a Deny of IAM",
            None,
            Some(everything_but_iam),
            None,
            Some(AWS),
        ),
        (
            "everything, within PowerUserAccess",
            None,
            Some(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#),
            Some(POWER_USER),
            Some(AWS),
        ),
        (
            "all of IAM",
            None,
            Some(r#"{"Effect":"Allow","Action":["iam:*","sts:*"],"Resource":"*"}"#),
            None,
            Some(OWN),
        ),
        (
            "our action alone",
            None,
            Some(allow(r#""podpass:*""#).as_str()),
            None,
            Some(AWS),
        ),
        (
            "AWS's action alone",
            None,
            Some(allow(&format!("\"{AWS}\"")).as_str()),
            None,
            Some(OWN),
        ),
        ("both", None, Some(both.as_str()), None, None),
        (
            "both, within PowerUserAccess",
            None,
            Some(both.as_str()),
            Some(POWER_USER),
            Some(AWS),
        ),
    ] {
        let inline = inline
            .map(|statements| format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#));
        let role = ("RoleName", "reporting");
        let mut setup = Vec::new();
        setup.extend(attached.map(|arn| ("AttachRolePolicy", vec![role, ("PolicyArn", arn)])));
        setup.extend(inline.as_deref().map(|text| {
            (
                "PutRolePolicy",
                vec![role, ("PolicyName", "more"), ("PolicyDocument", text)],
            )
        }));
        setup.extend(boundary.map(|arn| {
            (
                "PutRolePermissionsBoundary",
                vec![role, ("PermissionsBoundary", arn)],
            )
        }));
        for (action, parameters) in setup {
            let made = stage.iam(action, &parameters, &stage.root).await;
            assert_eq!(made.status, 200, "{sentence}: {}", made.text);
        }
        for form in [&push, &withdraw] {
            let answer = stage.send(&Draft::form("iam", form, &stage.reader)).await;
            match missing {
                None => assert_eq!(answer.status, 200, "{sentence}: {}", answer.text),
                Some(missing) => {
                    let missing = if form == &withdraw {
                        missing.replace("Put", "Delete")
                    } else {
                        missing.to_owned()
                    };
                    assert_eq!(
                        (answer.status, answer.code()),
                        (403, "AccessDenied"),
                        "{sentence}: {}",
                        answer.text
                    );
                    assert!(
                        answer.element("Message").contains(&missing),
                        "{sentence}: {}",
                        answer.text
                    );
                }
            }
        }
        let mut undo = vec![("DeleteRolePermissionsBoundary", vec![role])];
        undo.extend(attached.map(|arn| ("DetachRolePolicy", vec![role, ("PolicyArn", arn)])));
        undo.extend(
            inline
                .is_some()
                .then(|| ("DeleteRolePolicy", vec![role, ("PolicyName", "more")])),
        );
        for (action, parameters) in undo {
            assert_eq!(
                stage.iam(action, &parameters, &stage.root).await.status,
                200,
                "{sentence}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_pushes_through_the_control_socket() {
    let stage = Stage::new().await;
    let issuer = TestIssuer::new(Manner::Good).await;
    register(&stage, &issuer, &issuer.top).await;
    let ask =
        |jwks: serde_json::Value| json!({ "provider": issuer.arn(), "jwks": jwks }).to_string();
    let pushed = stage
        .control("POST", "/provider-keys", &ask(json!(issuer.jwks())))
        .await;
    assert!(
        pushed.status == 200 && pushed.text.contains("{\"keys\":1,\"rejected\":[]}"),
        "{}",
        pushed.text
    );
    assert_eq!(exchange(&stage, &issuer, &issuer.token()).await.status, 200);
    let bad = stage
        .control("POST", "/provider-keys", &ask(json!("{}")))
        .await;
    assert!(
        bad.status == 422 && bad.text.contains("list `keys`"),
        "{}",
        bad.text
    );
    assert_eq!(
        stage
            .control("POST", "/provider-keys", &ask(json!(null)))
            .await
            .status,
        200
    );
    refused(
        &exchange(&stage, &issuer, &issuer.token()).await,
        "InvalidIdentityToken",
        NO_KEY,
        "withdrawn, and not to be fetched",
    );
    let unknown = json!({ "provider": "arn:aws:iam::000000000000:oidc-provider/x.example", "jwks": issuer.jwks() });
    assert_eq!(
        stage
            .control("POST", "/provider-keys", &unknown.to_string())
            .await
            .status,
        422
    );
    assert_eq!(issuer.connections(), 0);
}
