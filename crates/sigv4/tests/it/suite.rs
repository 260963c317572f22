//! The AWS signing test suite: every header-form case that can reach a verifier verifies, and no
//! mutation of it does.

use std::path::{Path, PathBuf};
use std::process::Command;

use sigv4::{Payload, Refusal, sha256};

use crate::{NOW, Sent};

/// Cases that the reader refuses before any signature is looked at, or that we refuse on purpose.
const REFUSED: [(&str, &str); 6] = [
    (
        "get-header-value-multiline",
        "folded header lines are not read (RFC 9112 section 5.2)",
    ),
    ("get-space-normalized", "a blank in the target is not read"),
    ("get-utf8", "bytes beyond ASCII in the target are not read"),
    (
        "get-vanilla-utf8-query",
        "bytes beyond ASCII in the target are not read",
    ),
    (
        "post-sts-header-after",
        "the session token is added unsigned, which could change whose request it is",
    ),
    (
        "get-vanilla-query-unreserved",
        "in some editions the target holds characters that are not read",
    ),
];

pub(crate) fn packaged(version: &str) -> PathBuf {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1"])
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let package = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|package| package["name"] == "aws-sigv4")
        .unwrap();
    Path::new(package["manifest_path"].as_str().unwrap())
        .parent()
        .unwrap()
        .join("aws-signing-test-suite")
        .join(version)
}

fn read_case(folder: &Path) -> Option<(Sent, Vec<u8>)> {
    let context: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("context.json")).ok()?).unwrap();
    // Without normalisation only S3 signs, and the suite's service is not S3.
    if context["normalize"] != true {
        return None;
    }
    let text = std::fs::read_to_string(folder.join("header-signed-request.txt"))
        .ok()?
        .replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let first = lines.next()?;
    let (method, rest) = first.split_once(' ')?;
    let target = rest.strip_suffix(" HTTP/1.1")?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    Some((
        Sent {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
        },
        body.trim_end_matches('\n').as_bytes().to_vec(),
    ))
}

/// Returns how many cases verified, and the names of those that were refused.
pub(crate) fn run(root: &Path) -> (usize, Vec<String>) {
    let (mut verified, mut not_read) = (0, Vec::new());
    let mut folders: Vec<_> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    for folder in folders {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let Some((sent, body)) = read_case(&folder) else {
            continue;
        };
        let payload = Payload::Buffered(sha256(&body));
        let result = sent.verify(payload, NOW);
        if REFUSED.iter().any(|(refused, _)| *refused == name) && result.is_err() {
            not_read.push(name);
            continue;
        }
        result.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        verified += 1;
        mutations(&name, &sent, payload);
    }
    (verified, not_read)
}

fn mutations(name: &str, sent: &Sent, payload: Payload) {
    let refused = |sent: &Sent, payload: Payload, what: &str| {
        assert!(
            sent.verify(payload, NOW).is_err(),
            "{name}: {what} was accepted"
        )
    };
    let authorization = sent
        .headers
        .iter()
        .find(|(header, _)| header == "authorization")
        .unwrap()
        .1
        .clone();
    let signed = authorization
        .split("SignedHeaders=")
        .nth(1)
        .unwrap()
        .split(',')
        .next()
        .unwrap()
        .to_owned();
    for header in signed.split(';') {
        let mut changed = sent.clone();
        let value = changed
            .headers
            .iter()
            .find(|(found, _)| found == header)
            .unwrap()
            .1
            .clone();
        changed.set(header, &format!("{value}x"));
        refused(&changed, payload, header);
        let mut dropped = sent.clone();
        dropped.headers.retain(|(found, _)| found != header);
        refused(&dropped, payload, "a dropped header");
    }
    let mut path = sent.clone();
    path.target = format!("/x{}", sent.target);
    refused(&path, payload, "another path");
    let mut query = sent.clone();
    query.target.push_str(if sent.target.contains('?') {
        "&x=1"
    } else {
        "?x=1"
    });
    refused(&query, payload, "another query");
    let mut method = sent.clone();
    method.method = "PUT".to_owned();
    refused(&method, payload, "another method");
    refused(
        sent,
        Payload::Buffered(sha256(b"another body")),
        "another body",
    );
    // All of an HMAC; of an ECDSA signature as much.
    for place in authorization.len() - 64..authorization.len() {
        let mut changed = sent.clone();
        changed.edit_authorization(|text| {
            let digit = if &text[place..=place] == "0" {
                "1"
            } else {
                "0"
            };
            format!("{}{digit}{}", &text[..place], &text[place + 1..])
        });
        refused(&changed, payload, "another signature");
    }
    assert!(
        matches!(sent.verify(payload, NOW + 901), Err(Refusal::Skewed { signed_at, now }) if signed_at < now)
    );
    assert!(
        matches!(sent.verify(payload, NOW - 901), Err(Refusal::Skewed { signed_at, now }) if signed_at > now)
    );
}

#[test]
fn the_packaged_suite_verifies() {
    let (verified, refused) = run(&packaged("v4"));
    assert!(verified >= 26, "only {verified} cases verified");
    // The last is of other editions.
    let expected: Vec<&str> = REFUSED
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| *name != "get-vanilla-query-unreserved")
        .collect();
    assert_eq!(refused, expected);
}

#[test]
fn the_published_suite_verifies() {
    let Some(root) = testkit::data(
        "sigv4-suite/v4",
        "the signing suite as AWS publishes it; the packaged one runs",
    ) else {
        return;
    };
    let (verified, _) = run(&root);
    assert!(verified >= 20, "only {verified} cases verified");
}
