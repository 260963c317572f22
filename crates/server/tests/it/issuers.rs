//! Keys of any issuer: fetched within bounds, believed for a reason, kept for a while. Attacks 14
//! to 18 of docs/threats.md.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use server::{IssuerAccess, Pace, Reach};

use crate::issuer::{Certificate, Manner, TestIssuer};
use crate::stage::{Answer, Stage};

pub(crate) const NO_KEY: &str =
    "Couldn't retrieve verification key from your identity provider,  please reference";

pub(crate) const THUMBPRINT: &str = "certificate doesn't match configured thumbprint";

/// The pace of production.
pub(crate) fn private() -> IssuerAccess {
    IssuerAccess {
        reach: Reach::Private,
        ..IssuerAccess::default()
    }
}

/// Failures and fetches are remembered for as long as any test runs; what takes too long is given
/// up soon.
fn mindful() -> IssuerAccess {
    let hour = Duration::from_secs(3600);
    let pace = Pace {
        between: hour,
        failed: hour,
        failed_most: hour,
        ..Pace::default()
    };
    IssuerAccess {
        patience: Duration::from_secs(3),
        pace,
        ..private()
    }
}

/// A fetch that hangs, hangs for as long as any test.
pub(crate) fn endless() -> IssuerAccess {
    IssuerAccess {
        patience: Duration::from_secs(3600),
        ..private()
    }
}

/// An issuer is asked again soon. Keys hold for longer than any test: what time does to them is
/// tried in `cached.rs`.
fn eager() -> IssuerAccess {
    let soon = Duration::from_millis(500);
    IssuerAccess {
        pace: Pace {
            between: soon,
            failed: soon,
            failed_most: soon,
            ..Pace::default()
        },
        ..private()
    }
}

/// Sends a token until its answer is what is wanted, which may take until the issuer is asked
/// again.
async fn until(
    stage: &Stage,
    issuer: &TestIssuer,
    token: &str,
    sentence: &str,
    wanted: impl Fn(&Answer) -> bool,
) {
    let mut answer = exchange(stage, issuer, token).await;
    for _ in 0..1_500 {
        if wanted(&answer) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        answer = exchange(stage, issuer, token).await;
    }
    panic!("{sentence}: {}", answer.text);
}

pub(crate) async fn register(stage: &Stage, issuer: &TestIssuer, thumbprint: &str) {
    let (url, host) = (wire::percent::encode(&issuer.url), issuer.host());
    let made = stage.root_iam(&format!("Action=CreateOpenIDConnectProvider&Url={url}&ClientIDList.member.1=sts.amazonaws.com&ThumbprintList.member.1={thumbprint}")).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let port = host.split(':').nth(1).unwrap();
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Federated": issuer.arn() },
        "Action": "sts:AssumeRoleWithWebIdentity", "Condition": { "StringEquals": { format!("{host}:sub"): "build" } } }] });
    let document = wire::percent::encode(&trust.to_string());
    let made = stage
        .root_iam(&format!(
            "Action=CreateRole&RoleName=ci-{port}&AssumeRolePolicyDocument={document}"
        ))
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
}

pub(crate) async fn exchange(stage: &Stage, issuer: &TestIssuer, token: &str) -> Answer {
    stage
        .exchange_as(
            &format!("ci-{}", issuer.host().split(':').nth(1).unwrap()),
            token,
        )
        .await
}

#[track_caller]
pub(crate) fn refused(answer: &Answer, code: &str, words: &str, sentence: &str) {
    let told = answer.element("Message");
    assert!(
        answer.status == 400 && answer.code() == code && told.contains(words),
        "{sentence}: {}",
        answer.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn any_issuer_serves_and_its_keys_are_fetched_once() {
    let stage = Arc::new(Stage::with(private()).await);
    let issuer = Arc::new(TestIssuer::new(Manner::Good).await);
    register(&stage, &issuer, &issuer.top).await;
    assert_eq!(
        issuer.connections(),
        0,
        "a provider with a thumbprint is made without asking its issuer"
    );
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let (stage, issuer) = (Arc::clone(&stage), Arc::clone(&issuer));
        crowd.spawn(async move { exchange(&stage, &issuer, &issuer.token()).await });
    }
    while let Some(answer) = crowd.join_next().await {
        let answer = answer.unwrap();
        assert_eq!(
            (answer.status, answer.element("Provider")),
            (200, issuer.arn().as_str()),
            "{}",
            answer.text
        );
    }
    assert_eq!(
        (issuer.key_sets(), issuer.connections()),
        (1, 2),
        "thirty at once share one fetch of two documents"
    );
    // Where the account knows two providers, each has its own keys: this key proves nothing for the
    // local issuer.
    let theirs = issuer.token_by(
        &issuer.key(),
        json!({ "iss": stage.server.environment.issuer, "sub": "system:serviceaccount:reports:reporting" }),
    );
    refused(
        &stage.exchange(&theirs).await,
        "InvalidIdentityToken",
        NO_KEY,
        "attack 4, a key of another provider",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_20_a_certificate_is_believed_for_an_authority_or_a_thumbprint_only() {
    let stage = Stage::with(private()).await;
    for (sentence, certificate, pin, works) in [
        ("the top of the chain", Certificate::Good, "top", true),
        ("the leaf", Certificate::Good, "leaf", true),
        ("another thumbprint", Certificate::Good, "0", false),
        (
            "expired, its authority pinned",
            Certificate::Expired,
            "top",
            false,
        ),
        (
            "expired, pinned itself",
            Certificate::Expired,
            "leaf",
            false,
        ),
        ("another name", Certificate::OtherName, "top", false),
    ] {
        let issuer = TestIssuer::with(Manner::Good, certificate).await;
        let zeros = "0".repeat(40);
        let thumbprint = match pin {
            "top" => &issuer.top,
            "leaf" => &issuer.leaf,
            _ => &zeros,
        };
        register(&stage, &issuer, thumbprint).await;
        let answer = exchange(&stage, &issuer, &issuer.token()).await;
        if works {
            assert_eq!(answer.status, 200, "{sentence}: {}", answer.text);
        } else {
            refused(&answer, "InvalidIdentityToken", THUMBPRINT, sentence);
            assert_eq!(issuer.key_sets(), 0, "{sentence}: nothing was asked");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_15_hostile_documents_are_refused_in_time_and_remembered() {
    let stage = Stage::with(mindful()).await;
    let own = "https://localhost:1/keys".to_owned();
    for (manner, code, words) in [
        (Manner::Huge, "InvalidIdentityToken", NO_KEY),
        (Manner::ManyKeys, "InvalidIdentityToken", NO_KEY),
        (Manner::TooManyKeys, "InvalidIdentityToken", NO_KEY),
        (Manner::SameKid, "InvalidIdentityToken", NO_KEY),
        (Manner::Html, "InvalidIdentityToken", NO_KEY),
        (Manner::Gzip, "InvalidIdentityToken", NO_KEY),
        (
            Manner::Redirects("/.well-known/openid-configuration".to_owned()),
            "InvalidIdentityToken",
            NO_KEY,
        ),
        (
            Manner::Redirects("https://issuer.example/".to_owned()),
            "InvalidIdentityToken",
            NO_KEY,
        ),
        (Manner::Status(404), "InvalidIdentityToken", NO_KEY),
        (
            Manner::Status(503),
            "IDPCommunicationError",
            "could not be reached",
        ),
        (
            Manner::Breaks,
            "IDPCommunicationError",
            "could not be reached",
        ),
        (
            Manner::KeysAt(own),
            "IDPCommunicationError",
            "could not be reached",
        ),
        (
            Manner::Drips,
            "IDPCommunicationError",
            "could not be reached",
        ),
    ] {
        let sentence = format!("{manner:?}");
        let issuer = TestIssuer::new(manner).await;
        register(&stage, &issuer, &issuer.top).await;
        // The client of the stage waits for half a minute: what has no bound of its own has no
        // answer.
        refused(
            &exchange(&stage, &issuer, &issuer.token()).await,
            code,
            words,
            &sentence,
        );
        let connections = issuer.connections();
        assert!(connections <= 2, "{sentence}: {connections}");
        refused(
            &exchange(&stage, &issuer, &issuer.token()).await,
            code,
            words,
            &sentence,
        );
        assert_eq!(
            issuer.connections(),
            connections,
            "{sentence}: a failure is remembered"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_16_names_that_lead_inside_are_not_followed() {
    // As shipped: a name that leads to loopback is not asked, whatever certificate would wait
    // there.
    let stage = Stage::new().await;
    let issuer = TestIssuer::new(Manner::Good).await;
    register(&stage, &issuer, &issuer.top).await;
    refused(
        &exchange(&stage, &issuer, &issuer.token()).await,
        "InvalidIdentityToken",
        NO_KEY,
        "a name of a private address",
    );
    let url = wire::percent::encode(&TestIssuer::new(Manner::Good).await.url);
    let made = stage
        .root_iam(&format!(
            "Action=CreateOpenIDConnectProvider&Url={url}&ClientIDList.member.1=x"
        ))
        .await;
    assert!(
        !made.text.contains("127.0.0.1"),
        "where the name leads is not told: {}",
        made.text
    );
    refused(
        &made,
        "OpenIdIdpCommunicationError",
        "openid-configuration",
        "nor for a thumbprint",
    );
    assert_eq!(issuer.connections(), 0);
    // Even where private networks may be asked, a discovery document leads to no metadata service
    // and to no other port.
    let stage = Stage::with(private()).await;
    for place in [
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:169.254.169.254]/latest/meta-data",
        "https://[fd00:ec2::254]/latest/meta-data",
        "https://0.0.0.0/keys",
        "https://10.0.0.1:6443/keys",
        "http://localhost/keys",
        "file:///etc/passwd",
        "https://user@localhost/keys",
    ] {
        let issuer = TestIssuer::new(Manner::KeysAt(place.to_owned())).await;
        register(&stage, &issuer, &issuer.top).await;
        refused(
            &exchange(&stage, &issuer, &issuer.token()).await,
            "InvalidIdentityToken",
            NO_KEY,
            place,
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_17_a_discovery_document_of_another_issuer_is_not_believed() {
    let stage = Stage::with(private()).await;
    let probe = TestIssuer::new(Manner::Good).await;
    for change in ["/", "HTTPS", "http", "other"] {
        let issuer = TestIssuer::new(Manner::Good).await;
        issuer.becomes(Manner::Names(match change {
            "/" => format!("{}/", issuer.url),
            "HTTPS" => issuer.url.replace("localhost", "LOCALHOST"),
            "http" => issuer.url.replace("https", "http"),
            _ => probe.url.clone(),
        }));
        register(&stage, &issuer, &issuer.top).await;
        refused(
            &exchange(&stage, &issuer, &issuer.token()).await,
            "InvalidIdentityToken",
            NO_KEY,
            change,
        );
        assert_eq!(issuer.key_sets(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_14_a_flood_of_unknown_key_ids_is_one_fetch() {
    let stage = Stage::with(mindful()).await;
    let issuer = TestIssuer::new(Manner::Good).await;
    register(&stage, &issuer, &issuer.top).await;
    assert_eq!(exchange(&stage, &issuer, &issuer.token()).await.status, 200);
    for _ in 0..50 {
        let stranger = token::SigningKey::generate(token::Algorithm::Es256).unwrap();
        let answer = exchange(&stage, &issuer, &issuer.token_by(&stranger, json!({}))).await;
        refused(&answer, "InvalidIdentityToken", NO_KEY, "an unknown key id");
    }
    assert_eq!(
        issuer.key_sets(),
        1,
        "for a while after a fetch nobody is asked again"
    );
    assert_eq!(
        exchange(&stage, &issuer, &issuer.token()).await.status,
        200,
        "and known keys go on"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_14_an_issuer_that_drips_does_not_hold_everybody() {
    let stage = Arc::new(Stage::with(endless()).await);
    let issuer = Arc::new(TestIssuer::new(Manner::Drips).await);
    register(&stage, &issuer, &issuer.top).await;
    let mut crowd = tokio::task::JoinSet::new();
    let token = issuer.token();
    for _ in 0..100 {
        let (stage, issuer, token) = (Arc::clone(&stage), Arc::clone(&issuer), token.clone());
        crowd.spawn(async move { exchange(&stage, &issuer, &token).await });
    }
    for _ in 0..36 {
        let answer = crowd.join_next().await.unwrap().unwrap();
        refused(
            &answer,
            "IDPCommunicationError",
            "could not be reached",
            "64 wait, the others are told at once",
        );
    }
    assert!(
        crowd.try_join_next().is_none(),
        "the fetch goes on, and 64 wait for it"
    );
    assert_eq!(issuer.connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_14_an_account_that_asks_hosts_that_never_answer_delays_no_other() {
    let stage = Arc::new(Stage::with(endless()).await);
    let issuer = TestIssuer::new(Manner::Good).await;
    register(&stage, &issuer, &issuer.top).await;
    // Connections are taken by the kernel, and nothing is ever sent back.
    let hole = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let url = format!("https://localhost:{}", hole.local_addr().unwrap().port());
    let (_, their_root) = stage.account("aws").await;
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (stage, url, root) = (Arc::clone(&stage), url.clone(), their_root.clone());
        crowd.spawn(async move {
            let parameters = [("Url", url.as_str()), ("ClientIDList.member.1", "x")];
            stage
                .iam("CreateOpenIDConnectProvider", &parameters, &root)
                .await
        });
    }
    for _ in 0..38 {
        let answer = crowd.join_next().await.unwrap().unwrap();
        assert_eq!(
            answer.code(),
            "OpenIdIdpCommunicationError",
            "two hang, the others are told at once: {}",
            answer.text
        );
    }
    let answer = exchange(&stage, &issuer, &issuer.token()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let fresh = TestIssuer::new(Manner::Good).await;
    let made = [("Url", fresh.url.as_str()), ("ClientIDList.member.1", "x")];
    let made = stage
        .iam("CreateOpenIDConnectProvider", &made, &stage.root)
        .await;
    assert_eq!(
        made.status, 200,
        "nor a look of another account: {}",
        made.text
    );
    assert!(
        crowd.try_join_next().is_none(),
        "the two looks hang all the while"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_18_a_new_key_is_found_at_once_and_a_removed_one_stops_with_the_next_set() {
    let stage = Stage::with(eager()).await;
    let issuer = TestIssuer::new(Manner::Good).await;
    register(&stage, &issuer, &issuer.top).await;
    let old = issuer.key();
    let long_lived = issuer.token();
    assert_eq!(exchange(&stage, &issuer, &long_lived).await.status, 200);
    let new = issuer.rotate();
    let by_new = || issuer.token_by(&new, json!({}));
    until(
        &stage,
        &issuer,
        &by_new(),
        "found by its unknown id",
        |answer| answer.status == 200,
    )
    .await;
    assert_eq!(
        exchange(&stage, &issuer, &long_lived).await.status,
        200,
        "the issuer has both"
    );
    // A token that names a key that was never there makes the server ask for the next set.
    let stranger = token::SigningKey::generate(token::Algorithm::Es256).unwrap();
    let strange = issuer.token_by(&stranger, json!({}));
    issuer.drop_oldest_key();
    let seen = issuer.key_sets();
    until(&stage, &issuer, &strange, "the next set", |answer| {
        answer.status == 400 && issuer.key_sets() > seen
    })
    .await;
    for (sentence, token) in [
        ("verified before", long_lived),
        ("never seen", issuer.token_by(&old, json!({}))),
    ] {
        refused(
            &exchange(&stage, &issuer, &token).await,
            "InvalidIdentityToken",
            NO_KEY,
            sentence,
        );
    }
    assert_eq!(exchange(&stage, &issuer, &by_new()).await.status, 200);
    // While the issuer fails, keys that it had go on.
    issuer.becomes(Manner::Status(503));
    for _ in 0..3 {
        let seen = issuer.connections();
        until(&stage, &issuer, &strange, "a failure", |answer| {
            answer.status == 400 && issuer.connections() > seen
        })
        .await;
        assert_eq!(
            exchange(&stage, &issuer, &by_new()).await.status,
            200,
            "it fails"
        );
    }
    // What it lost while it was away is lost when it is back.
    issuer.rotate();
    issuer.drop_oldest_key();
    issuer.becomes(Manner::Good);
    let seen = issuer.key_sets();
    until(&stage, &issuer, &strange, "back again", |answer| {
        answer.status == 400 && issuer.key_sets() > seen
    })
    .await;
    refused(
        &exchange(&stage, &issuer, &by_new()).await,
        "InvalidIdentityToken",
        NO_KEY,
        "back again",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_down_is_worth_a_retry() {
    let stage = Stage::with(eager()).await;
    let issuer = TestIssuer::new(Manner::Breaks).await;
    register(&stage, &issuer, &issuer.top).await;
    let reached = "could not be reached";
    refused(
        &exchange(&stage, &issuer, &issuer.token()).await,
        "IDPCommunicationError",
        reached,
        "it hangs up",
    );
    issuer.becomes(Manner::Good);
    until(
        &stage,
        &issuer,
        &issuer.token(),
        "and then it is up",
        |answer| answer.status == 200,
    )
    .await;
    let mut gone = TestIssuer::new(Manner::Good).await;
    register(&stage, &gone, &gone.top).await;
    let token = gone.token();
    gone.stop().await;
    refused(
        &exchange(&stage, &gone, &token).await,
        "IDPCommunicationError",
        reached,
        "nobody listens",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_verified_still_has_to_be_its_providers() {
    let stage = Stage::with(private()).await;
    let issuer = TestIssuer::new(Manner::Good).await;
    register(&stage, &issuer, &issuer.top).await;
    let long = issuer.token();
    for _ in 0..2 {
        assert_eq!(exchange(&stage, &issuer, &long).await.status, 200);
    }
    // The trust policy is asked each time, whoever verified the token before.
    assert_eq!(stage.exchange(&long).await.code(), "AccessDenied");
    // The same provider, made anew for other audiences.
    let arn = wire::percent::encode(&issuer.arn());
    assert_eq!(
        stage
            .root_iam(&format!(
                "Action=DeleteOpenIDConnectProvider&OpenIDConnectProviderArn={arn}"
            ))
            .await
            .status,
        200
    );
    refused(
        &exchange(&stage, &issuer, &long).await,
        "InvalidIdentityToken",
        "No OpenIDConnect provider found",
        "deleted",
    );
    let url = wire::percent::encode(&issuer.url);
    let again = format!(
        "Action=CreateOpenIDConnectProvider&Url={url}&ClientIDList.member.1=other&ThumbprintList.member.1={}",
        issuer.top
    );
    assert_eq!(stage.root_iam(&again).await.status, 200);
    refused(
        &exchange(&stage, &issuer, &long).await,
        "InvalidIdentityToken",
        "Incorrect token audience",
        "made anew",
    );
    assert_eq!(issuer.key_sets(), 2, "and its keys were fetched anew");
}
