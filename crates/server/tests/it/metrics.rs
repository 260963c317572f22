//! What the server counts of itself: true, readable line by line, and of no use to whoever is
//! curious about somebody else.

use std::collections::BTreeMap;

use server::{IssuerAccess, Reach};
use tokio::io::AsyncWriteExt as _;

use crate::issuer::{Manner, TestIssuer};
use crate::issuers::{self, register};
use crate::stage::{Answer, Draft, Stage, exchange_bytes};

/// Every series with its value.
type Series = BTreeMap<String, u64>;

async fn ask(stage: &Stage, method: &str, target: &str) -> Answer {
    let request =
        format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stage
        .raw_to(stage.server.metrics.unwrap(), request.into_bytes())
        .await
}

async fn scrape(stage: &Stage) -> (String, Series) {
    let answer = ask(stage, "GET", "/metrics").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let (head, body) = answer.text.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains("content-type: text/plain; version=0.0.4; charset=utf-8"),
        "{head}"
    );
    (body.to_owned(), read(body))
}

/// Reads the text as its format is written down: each line is HELP, then TYPE of a family, then
/// that family's samples, and nothing else. A counter's name ends in `_total`, and no series is
/// told twice.
fn read(body: &str) -> Series {
    assert!(body.ends_with('\n'));
    let (mut series, mut helped, mut family) = (Series::new(), String::new(), String::new());
    let mut families = Vec::new();
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(
                !help.is_empty() && !families.contains(&name.to_owned()),
                "{line}"
            );
            helped = name.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, helped, "a family is described right before it");
            assert!(
                name.starts_with("podpass_")
                    && name
                        .bytes()
                        .all(|byte| byte == b'_' || byte.is_ascii_lowercase()),
                "{line}"
            );
            assert_eq!(
                kind,
                if name.ends_with("_total") {
                    "counter"
                } else {
                    "gauge"
                },
                "{line}"
            );
            family = name.to_owned();
            families.push(family.clone());
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let (of, labels) = name.strip_suffix('}').unwrap().split_once('{').unwrap();
            assert_eq!(of, family, "{line}");
            for label in labels.split(',') {
                let (label, value) = label.split_once('=').unwrap();
                let value = value
                    .strip_prefix('"')
                    .and_then(|value| value.strip_suffix('"'))
                    .unwrap();
                let plain = |text: &str| {
                    text.bytes()
                        .all(|byte| byte == b'-' || byte.is_ascii_lowercase())
                };
                assert!(
                    !label.is_empty() && plain(label) && !value.is_empty() && plain(value),
                    "{line}"
                );
            }
            assert!(
                series
                    .insert(name.to_owned(), value.parse().unwrap())
                    .is_none(),
                "{line} is told twice"
            );
        }
    }
    assert_eq!(families.len(), 8, "{families:?}");
    series
}

/// What went up since then, and by how much; connections aside, whose ends nobody waits for.
fn risen(before: &Series, after: &Series) -> Vec<(String, u64)> {
    assert!(
        before.keys().eq(after.keys()),
        "the series are the same whatever is asked"
    );
    let pairs = after
        .iter()
        .map(|(name, value)| (name, value - before[name].min(*value)));
    let pairs = pairs.filter(|(name, more)| *more > 0 && !name.contains("connections"));
    pairs
        .map(|(name, more)| (name.trim_start_matches("podpass_").to_owned(), more))
        .collect()
}

/// Counts that rise by themselves, until they are what they should be.
async fn until(stage: &Stage, name: &str, expected: u64) {
    let mut seen = 0;
    for _ in 0..1_500 {
        seen = scrape(stage).await.1[name];
        if seen == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("`{name}` is {seen}, expected {expected}");
}

fn exchange(role: &str, token: &str) -> Vec<u8> {
    let role = wire::percent::encode(&format!("arn:aws:iam::000000000000:role/{role}"));
    let form = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={role}&RoleSessionName=test&WebIdentityToken={token}"
    );
    exchange_bytes(&form, "")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_decision_is_counted_once_by_outcome_and_link() {
    let stage = Stage::with_metrics(IssuerAccess::default()).await;
    let (reporting, payroll) = (
        stage.token("reports", "reporting").await,
        stage.token("payments", "payroll").await,
    );
    let get = |target: &str| Draft::s3("GET", target, b"", &stage.reader).bytes();
    let forged = Draft::s3("GET", "/reports/q1.csv", b"", &stage.reader).to("/reports/q2.csv");
    let make = "Action=CreateRole&RoleName=next&Version=2010-05-08&AssumeRolePolicyDocument=";
    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}}"#;
    let make = Draft::form(
        "iam",
        &format!("{make}{}", wire::percent::encode(trust)),
        &stage.root,
    );
    let (_, mut before) = scrape(&stage).await;
    for (sentence, bytes, status, expected) in [
        (
            "allowed",
            get("/reports/q1.csv"),
            200,
            &["decisions_total{outcome=\"allowed\",link=\"permissions\"}"][..],
        ),
        (
            "denied",
            get("/payroll/salaries.csv"),
            403,
            &["decisions_total{outcome=\"denied\",link=\"permissions\"}"],
        ),
        (
            "exchanged",
            exchange("reporting", &reporting),
            200,
            &["decisions_total{outcome=\"allowed\",link=\"trust-policy\"}"],
        ),
        (
            "not trusted",
            exchange("reporting", &payroll),
            403,
            &["decisions_total{outcome=\"denied\",link=\"trust-policy\"}"],
        ),
        (
            "no token",
            exchange("reporting", "not-a-token"),
            400,
            &["decisions_total{outcome=\"denied\",link=\"token\"}"],
        ),
        (
            "forged",
            forged.bytes(),
            403,
            &["decisions_total{outcome=\"denied\",link=\"credentials\"}"],
        ),
        (
            "written",
            make.bytes(),
            200,
            &[
                "decisions_total{outcome=\"allowed\",link=\"permissions\"}",
                "ledger_writes_total{outcome=\"kept\"}",
            ],
        ),
        (
            "there already",
            make.bytes(),
            409,
            &["decisions_total{outcome=\"allowed\",link=\"permissions\"}"],
        ),
    ] {
        let answer = stage.raw(bytes).await;
        assert_eq!(answer.status, status, "{sentence}: {}", answer.text);
        let (_, after) = scrape(&stage).await;
        let expected: Vec<(String, u64)> = expected
            .iter()
            .map(|name| ((*name).to_owned(), 1))
            .collect();
        assert_eq!(risen(&before, &after), expected, "{sentence}");
        before = after;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_counted_by_face_while_they_are_open_and_when_they_are_refused() {
    let stage = Stage::with_metrics(IssuerAccess::default()).await;
    let series = |what: &str, face: &str| format!("podpass_connections_{what}{{face=\"{face}\"}}");
    let (api, issuer) = (series("open", "api"), series("refused_total", "issuer"));
    until(&stage, &api, 0).await;
    let (_, before) = scrape(&stage).await;
    let mut held = tokio::net::TcpStream::connect(stage.address).await.unwrap();
    until(&stage, &api, 1).await;
    let port: u16 = stage
        .server
        .environment
        .issuer
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let plain = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".to_vec();
    stage.raw_to(([127, 0, 0, 1], port).into(), plain).await;
    until(&stage, &issuer, 1).await;
    held.shutdown().await.unwrap();
    until(&stage, &api, 0).await;
    let (_, after) = scrape(&stage).await;
    let rise = |name: String| after[&name] - before[&name];
    assert_eq!(
        (
            rise(series("accepted_total", "api")),
            rise(series("accepted_total", "issuer"))
        ),
        (1, 1)
    );
    assert_eq!(
        (
            rise(series("refused_total", "api")),
            rise(series("accepted_total", "control"))
        ),
        (0, 0)
    );
    assert!(after[&series("open", "metrics")] >= 1, "the one that asks");
}

#[tokio::test(flavor = "multi_thread")]
async fn fetches_are_counted_by_what_was_fetched_and_how_it_ended() {
    let stage = Stage::with_metrics(IssuerAccess {
        reach: Reach::Private,
        ..IssuerAccess::default()
    })
    .await;
    let (good, bad) = (
        TestIssuer::new(Manner::Good).await,
        TestIssuer::new(Manner::Status(404)).await,
    );
    let other = TestIssuer::new(Manner::Good).await;
    register(&stage, &good, &good.top).await;
    register(&stage, &bad, &bad.top).await;
    let (_, before) = scrape(&stage).await;
    for _ in 0..2 {
        assert_eq!(
            issuers::exchange(&stage, &good, &good.token()).await.status,
            200
        );
    }
    assert_eq!(
        issuers::exchange(&stage, &bad, &bad.token()).await.status,
        400
    );
    let url = wire::percent::encode(&other.url);
    let made = stage
        .root_iam(&format!(
            "Action=CreateOpenIDConnectProvider&Url={url}&ClientIDList.member.1=x"
        ))
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    let (_, after) = scrape(&stage).await;
    let mut fetches = risen(&before, &after);
    fetches.retain(|(name, _)| name.starts_with("fetches"));
    let one = |kind: &str, outcome: &str| {
        (
            format!("fetches_total{{kind=\"{kind}\",outcome=\"{outcome}\"}}"),
            1,
        )
    };
    assert_eq!(
        fetches,
        [
            one("keys", "fetched"),
            one("keys", "status"),
            one("thumbprint", "fetched")
        ]
    );
}

/// The labels are closed lists, so there is no place for it; this says what must never be there.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_and_nothing_of_a_callers_choosing_is_told() {
    let stage = Stage::with_metrics(IssuerAccess::default()).await;
    let token = stage.token("reports", "reporting").await;
    let (text, before) = scrape(&stage).await;
    let (lines, word) = (text.lines().count(), "zebra");
    for draft in [
        Draft::s3("GET", &format!("/{word}/{word}"), b"", &stage.reader).header("user-agent", word),
        Draft::form(
            "iam",
            &format!("Action={word}&Version=2010-05-08"),
            &stage.root,
        ),
        Draft::form(
            "sts",
            &format!("Action={word}&Version=2011-06-15"),
            &stage.reader,
        ),
        Draft::signed_for(
            word,
            ("GET", "/reports/q1.csv"),
            "s3",
            &[],
            b"",
            None,
            &stage.reader,
        ),
        Draft::signed("GET", "/", word, &[], b"", None, &stage.root),
    ] {
        stage.send(&draft).await;
    }
    stage.raw(exchange(word, &token)).await;
    stage.raw(exchange("reporting", word)).await;
    assert_eq!(ask(&stage, "GET", &format!("/{word}")).await.status, 404);
    let (text, after) = scrape(&stage).await;
    let decisions: u64 = risen(&before, &after).iter().map(|(_, more)| more).sum();
    assert_eq!(
        (decisions, text.lines().count()),
        (7, lines),
        "counted, and no line more"
    );
    let (root, reader) = (&stage.root, &stage.reader);
    let secrets = [
        &root.id,
        &root.secret,
        &reader.id,
        &reader.secret,
        reader.token.as_ref().unwrap(),
        &token,
    ];
    for word in secrets.into_iter().map(String::as_str).chain([
        word,
        "arn:",
        "000000000000",
        "report",
        "payroll",
        "serviceaccount",
    ]) {
        assert!(!text.contains(word), "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_endpoint_answers_and_only_when_it_is_asked_for() {
    let stage = Stage::with_metrics(IssuerAccess::default()).await;
    for (method, target, status) in [
        ("GET", "/", 404),
        ("POST", "/metrics", 405),
        ("PUT", "/metrics", 405),
        ("GET", "/metrics?x", 200),
    ] {
        assert_eq!(
            ask(&stage, method, target).await.status,
            status,
            "{method} {target}"
        );
    }
    let foreign =
        b"GET /metrics HTTP/1.1\r\nhost: metrics.attacker.example\r\nconnection: close\r\n\r\n"
            .to_vec();
    let answer = stage.raw_to(stage.server.metrics.unwrap(), foreign).await;
    assert_eq!(
        answer.status, 400,
        "a name of somebody else's that leads here: {}",
        answer.text
    );
    assert_eq!(Stage::new().await.server.metrics, None, "off by default");
}
