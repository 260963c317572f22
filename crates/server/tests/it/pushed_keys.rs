//! Pushed keys: a cluster's key set given to one provider, after which nobody is asked for it. Attack 20 of
//! docs/threats.md: whoever gets hold of the issuer's name gets nothing.

use serde_json::json;
use server::{IssuerAccess, Reach};
use token::{Algorithm, SigningKey, public_jwks};

use crate::issuer::{Manner, TestIssuer};
use crate::issuers::{exchange, refused, register};
use crate::stage::{Draft, Stage};

const NO_KEY: &str = "Couldn't retrieve verification key";

fn put(issuer: &TestIssuer, jwks: &str) -> String {
    let (arn, jwks) = (wire::percent::encode(&issuer.arn()), wire::percent::encode(jwks));
    format!("Action=PutOpenIDConnectProviderKeys&OpenIDConnectProviderArn={arn}&JWKS={jwks}")
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_20_pushed_keys_are_believed_and_the_issuer_is_not_asked() {
    let stage = Stage::with(IssuerAccess { reach: Reach::Private, ..IssuerAccess::default() }).await;
    let issuer = TestIssuer::new(Manner::Good).await;
    register(&stage, &issuer, &issuer.top).await;
    let cluster = SigningKey::generate(Algorithm::Rs256).unwrap();
    let (ours, served) = (issuer.token_by(&cluster, json!({})), issuer.token());

    let pushed = stage.root_iam(&put(&issuer, &public_jwks(&[&cluster]))).await;
    assert_eq!(pushed.status, 200, "{}", pushed.text);
    assert_eq!(exchange(&stage, &issuer, &ours).await.status, 200);
    refused(&exchange(&stage, &issuer, &served).await, "InvalidIdentityToken", NO_KEY, "who serves the name has no say");
    assert_eq!(issuer.connections(), 0);

    // Other keys end what the first ones proved, at once.
    let next = SigningKey::generate(Algorithm::Rs256).unwrap();
    assert_eq!(stage.root_iam(&put(&issuer, &public_jwks(&[&next]))).await.status, 200);
    refused(&exchange(&stage, &issuer, &ours).await, "InvalidIdentityToken", NO_KEY, "a token that was verified before");

    // What is refused changes nothing.
    for (sentence, jwks) in
        [("no JSON", "x"), ("no keys", "{\"keys\":[]}"), ("the wrong kind", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}]}")]
    {
        assert_eq!(stage.root_iam(&put(&issuer, jwks)).await.code(), "ValidationError", "{sentence}");
    }
    assert_eq!(exchange(&stage, &issuer, &issuer.token_by(&next, json!({}))).await.status, 200);

    // Keys of one provider are no other's.
    let other = TestIssuer::new(Manner::Good).await;
    register(&stage, &other, &other.top).await;
    refused(&exchange(&stage, &other, &other.token_by(&next, json!({}))).await, "InvalidIdentityToken", NO_KEY, "another provider");

    let arn = wire::percent::encode(&issuer.arn());
    let withdrawn = format!("Action=DeleteOpenIDConnectProviderKeys&OpenIDConnectProviderArn={arn}");
    assert_eq!(stage.root_iam(&withdrawn).await.status, 200);
    assert_eq!(stage.root_iam(&withdrawn).await.code(), "NoSuchEntity");
    assert_eq!(exchange(&stage, &issuer, &served).await.status, 200, "fetched again");
    assert_eq!(issuer.key_sets(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_iam_action_together_does_not_push_keys() {
    let stage = Stage::new().await;
    let issuer = TestIssuer::new(Manner::Good).await;
    register(&stage, &issuer, &issuer.top).await;
    let form = format!("{}&Version=2010-05-08", put(&issuer, &issuer.jwks()));
    let allow = |actions: &str| {
        let policy = format!(
            "{{\"Version\":\"2012-10-17\",\"Statement\":{{\"Effect\":\"Allow\",\"Action\":{actions},\"Resource\":\"*\"}}}}"
        );
        format!("Action=PutRolePolicy&RoleName=reporting&PolicyName=more&PolicyDocument={}", wire::percent::encode(&policy))
    };
    assert_eq!(stage.root_iam(&allow("[\"iam:*\",\"sts:*\"]")).await.status, 200);
    let denied = stage.send(&Draft::form("iam", &form, &stage.reader)).await;
    assert_eq!((denied.status, denied.code()), (403, "AccessDenied"), "{}", denied.text);
    assert!(denied.element("Message").contains("podpass:PutOpenIDConnectProviderKeys"), "{}", denied.text);
    assert_eq!(stage.root_iam(&allow("\"podpass:PutOpenIDConnectProviderKeys\"")).await.status, 200);
    let allowed = stage.send(&Draft::form("iam", &form, &stage.reader)).await;
    assert_eq!(allowed.status, 200, "{}", allowed.text);
    assert_eq!(exchange(&stage, &issuer, &issuer.token()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_pushes_through_the_control_socket() {
    let stage = Stage::new().await;
    let issuer = TestIssuer::new(Manner::Good).await;
    register(&stage, &issuer, &issuer.top).await;
    let ask = |jwks: serde_json::Value| json!({ "provider": issuer.arn(), "jwks": jwks }).to_string();
    let pushed = stage.control("POST", "/provider-keys", &ask(json!(issuer.jwks()))).await;
    assert!(pushed.status == 200 && pushed.text.contains("{\"keys\":1,\"rejected\":[]}"), "{}", pushed.text);
    assert_eq!(exchange(&stage, &issuer, &issuer.token()).await.status, 200);
    let bad = stage.control("POST", "/provider-keys", &ask(json!("{}"))).await;
    assert!(bad.status == 422 && bad.text.contains("list `keys`"), "{}", bad.text);
    assert_eq!(stage.control("POST", "/provider-keys", &ask(json!(null))).await.status, 200);
    refused(&exchange(&stage, &issuer, &issuer.token()).await, "InvalidIdentityToken", NO_KEY, "withdrawn, and not to be fetched");
    let unknown = json!({ "provider": "arn:aws:iam::000000000000:oidc-provider/x.example", "jwks": issuer.jwks() });
    assert_eq!(stage.control("POST", "/provider-keys", &unknown.to_string()).await.status, 422);
    assert_eq!(issuer.connections(), 0);
}
