//! Calls that wait for an issuer: what a new provider's thumbprint is asked for, and what may
//! happen meanwhile.

use std::io::Write as _;
use std::sync::Arc;

use crate::issuer::{Manner, TestIssuer};
use crate::issuers::{endless, private, refused};
use crate::stage::{Draft, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_without_thumbprints_gets_that_of_the_top_certificate() {
    let stage = Stage::with(private()).await;
    let issuer = TestIssuer::new(Manner::Good).await;
    let url = wire::percent::encode(&issuer.url);
    let made = stage
        .root_iam(&format!(
            "Action=CreateOpenIDConnectProvider&Url={url}&ClientIDList.member.1=x"
        ))
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    let listed = |arn: String| {
        let form = format!(
            "Action=GetOpenIDConnectProvider&OpenIDConnectProviderArn={}",
            wire::percent::encode(&arn)
        );
        let stage = &stage;
        async move { stage.root_iam(&form).await }
    };
    assert!(listed(issuer.arn()).await.text.contains(&issuer.top));
    let local = stage
        .server
        .environment
        .issuer
        .replace("https://", "arn:aws:iam::000000000000:oidc-provider/");
    assert_eq!(
        listed(local).await.text.matches("<member>").count(),
        2,
        "a client id, and the thumbprint of the local authority"
    );
    let mut gone = TestIssuer::new(Manner::Good).await;
    let url = wire::percent::encode(&gone.url);
    gone.stop().await;
    let refused_form =
        format!("Action=CreateOpenIDConnectProvider&Url={url}&ClientIDList.member.1=x");
    refused(
        &stage.root_iam(&refused_form).await,
        "OpenIdIdpCommunicationError",
        "openid-configuration",
        "nobody is there",
    );
    let tried = stage.root_iam(&format!("{refused_form}&Colour=red")).await;
    assert_eq!(
        tried.code(),
        "ValidationError",
        "what is refused anyway asks nobody"
    );
}

/// Permitted before the issuer was asked, forbidden while it kept everybody waiting: nothing is
/// made.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_caller_hangs_up_is_on_record() {
    let stage = Stage::with(endless()).await;
    let hole = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let host = format!("localhost:{}", hole.local_addr().unwrap().port());
    let form =
        format!("Action=CreateOpenIDConnectProvider&Version=2010-05-08&Url=https%3A%2F%2F{host}");
    let mut bytes = Draft::form("iam", &form, &stage.root).bytes();
    let close = b"connection: close\r\n";
    let place = bytes
        .windows(close.len())
        .position(|part| part == close)
        .unwrap();
    bytes.drain(place..place + close.len());
    let mut caller = std::net::TcpStream::connect(stage.address).unwrap();
    caller.write_all(&bytes).unwrap();
    let held = hole.accept().await.unwrap();
    drop(caller);
    // The issuer would be asked for another hour.
    stage.recorded(&format!("oidc-provider/{host}")).await;
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_30_a_write_that_waited_is_decided_over_what_it_changes() {
    waits_while_it_is_forbidden("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_30_so_is_one_that_takes_long_to_decide() {
    let everything =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    // A session with a policy of its own is decided over beside the workers.
    waits_while_it_is_forbidden(&format!("&Policy={}", wire::percent::encode(everything))).await;
}

/// A write that waits for an issuer while the caller loses its permission. `more` is of the
/// exchange that the caller comes from.
async fn waits_while_it_is_forbidden(more: &str) {
    let stage = Arc::new(Stage::with(private()).await);
    let issuer = TestIssuer::new(Manner::Good).await;
    let behind = issuer.host().to_owned();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (came, go) = (
        Arc::new(tokio::sync::Notify::new()),
        Arc::new(tokio::sync::Notify::new()),
    );
    let (coming, going) = (Arc::clone(&came), Arc::clone(&go));
    tokio::spawn(async move {
        let (mut outer, _) = listener.accept().await.unwrap();
        coming.notify_one();
        going.notified().await;
        let mut inner = tokio::net::TcpStream::connect(behind).await.unwrap();
        drop(tokio::io::copy_bidirectional(&mut outer, &mut inner).await);
    });

    let everything =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let put = |name: &'static str, document: String| {
        let stage = Arc::clone(&stage);
        async move {
            let parameters = [
                ("RoleName", "reporting"),
                ("PolicyName", name),
                ("PolicyDocument", document.as_str()),
            ];
            assert_eq!(
                stage
                    .iam("PutRolePolicy", &parameters, &stage.root)
                    .await
                    .status,
                200
            );
        }
    };
    put("may", everything.to_owned()).await;
    let token = stage.token("reports", "reporting").await;
    let caller = stage
        .exchange_for("arn:aws:iam::000000000000:role/reporting", &token, more)
        .await
        .credentials();
    let url = format!("https://localhost:{port}");
    let asking = {
        let (stage, url) = (Arc::clone(&stage), url.clone());
        tokio::spawn(async move {
            stage
                .iam("CreateOpenIDConnectProvider", &[("Url", &url)], &caller)
                .await
        })
    };
    came.notified().await;
    put("mayNot", everything.replace("Allow", "Deny")).await;
    go.notify_one();
    let answer = asking.await.unwrap();
    assert_eq!(answer.code(), "AccessDenied", "{}", answer.text);
    let providers = stage
        .iam("ListOpenIDConnectProviders", &[], &stage.root)
        .await;
    assert!(
        !providers.text.contains(&format!("localhost:{port}")),
        "{}",
        providers.text
    );
}
