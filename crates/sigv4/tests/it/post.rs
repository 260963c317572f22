//! Forms: the signature of a policy document, and every way to spoil it.

use std::collections::BTreeMap;

use sigv4::sign::post_signature;
use sigv4::{PostClaim, Refusal, SecretKey};

use crate::{AMZ_DATE, NOW, SECRET};

/// `{"expiration":"2015-08-30T13:36:00Z","conditions":[]}`
const POLICY: &str = "eyJleHBpcmF0aW9uIjoiMjAxNS0wOC0zMFQxMzozNjowMFoiLCJjb25kaXRpb25zIjpbXX0=";

fn form() -> BTreeMap<&'static str, String> {
    let secret = SecretKey::new(SECRET.to_owned());
    let signature = post_signature(POLICY, AMZ_DATE, &secret, "us-east-1").unwrap();
    BTreeMap::from([
        ("policy", POLICY.to_owned()),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256".to_owned()),
        (
            "x-amz-credential",
            "AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request".to_owned(),
        ),
        ("x-amz-date", AMZ_DATE.to_owned()),
        ("x-amz-security-token", "the-token".to_owned()),
        ("x-amz-signature", signature),
    ])
}

fn read(form: &BTreeMap<&str, String>) -> Result<Option<PostClaim>, Refusal> {
    PostClaim::read(|name| form.get(name).map(String::as_str))
}

fn verify(form: &BTreeMap<&str, String>, now: i64) -> Result<(), Refusal> {
    let claim = read(form)?.expect("a signature");
    claim
        .verify(&SecretKey::new(SECRET.to_owned()), now)
        .map(drop)
}

#[test]
fn a_form_tells_who_signed_and_shows_no_secret() {
    let claim = read(&form()).unwrap().unwrap();
    assert_eq!(claim.access_key_id().as_str(), "AKIDEXAMPLE");
    assert_eq!(claim.scope().region, "us-east-1");
    assert_eq!(claim.session_token(), Some("the-token"));
    assert_eq!(claim.policy(), POLICY);
    let shown = format!("{claim:?}");
    assert!(
        shown.contains("AKIDEXAMPLE") && !shown.contains("the-token"),
        "{shown}"
    );
    assert_eq!(
        read(&BTreeMap::new()).map(|claim| claim.is_none()),
        Ok(true)
    );
}

#[test]
fn attack_39_a_form_is_good_for_a_week_at_most() {
    for (sentence, now, expected) in [
        ("at once", NOW, Ok(())),
        ("by a clock that is slow", NOW - 900, Ok(())),
        (
            "too early",
            NOW - 901,
            Err(Refusal::NotYet {
                signed_at: NOW,
                now: NOW - 901,
            }),
        ),
        ("a week later", NOW + 604_800, Ok(())),
        (
            "after that",
            NOW + 604_801,
            Err(Refusal::Expired {
                until: NOW + 604_800,
                now: NOW + 604_801,
            }),
        ),
    ] {
        assert_eq!(verify(&form(), now), expected, "{sentence}");
    }
}

#[test]
fn attack_47_forms_with_another_signature_document_or_scope() {
    let with = |name: &'static str, value: &str| {
        let mut form = form();
        form.insert(name, value.to_owned());
        verify(&form, NOW)
    };
    for (sentence, result, expected) in [
        (
            "another document",
            with("policy", "e30="),
            Refusal::Mismatch,
        ),
        (
            "another signature",
            with("x-amz-signature", &"0".repeat(64)),
            Refusal::Mismatch,
        ),
        (
            "a signature of another form",
            with("x-amz-signature", "0"),
            Refusal::Form("x-amz-signature"),
        ),
        (
            "another region",
            with(
                "x-amz-credential",
                "AKIDEXAMPLE/20150830/eu-west-1/s3/aws4_request",
            ),
            Refusal::Mismatch,
        ),
        (
            "another service",
            with(
                "x-amz-credential",
                "AKIDEXAMPLE/20150830/us-east-1/sts/aws4_request",
            ),
            Refusal::Form("x-amz-credential"),
        ),
        (
            "another end",
            with(
                "x-amz-credential",
                "AKIDEXAMPLE/20150830/us-east-1/s3/aws5_request",
            ),
            Refusal::Form("x-amz-credential"),
        ),
        (
            "no key id",
            with(
                "x-amz-credential",
                "akid/20150830/us-east-1/s3/aws4_request",
            ),
            Refusal::AccessKeyId(Some("akid".to_owned())),
        ),
        (
            "another algorithm",
            with("x-amz-algorithm", "AWS4-ECDSA-P256-SHA256"),
            Refusal::Algorithm("AWS4-ECDSA-P256-SHA256".to_owned()),
        ),
        (
            "no date",
            with("x-amz-date", "today"),
            Refusal::Form("x-amz-date"),
        ),
        (
            "another day",
            with("x-amz-date", "20150831T000000Z"),
            Refusal::ScopeDate {
                scope: "20150830".to_owned(),
                day: "20150831".to_owned(),
            },
        ),
        (
            "version 2 beside it",
            with("awsaccesskeyid", "AKIDEXAMPLE"),
            Refusal::TwoPlaces,
        ),
    ] {
        assert_eq!(result, Err(expected), "{sentence}");
    }
    for name in [
        "policy",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-signature",
    ] {
        let mut form = form();
        form.remove(name);
        assert_eq!(
            verify(&form, NOW),
            Err(Refusal::Form(name)),
            "without {name}"
        );
    }
    let version_2 = BTreeMap::from([
        ("awsaccesskeyid", "AKID".to_owned()),
        ("signature", "x".to_owned()),
    ]);
    assert_eq!(read(&version_2).err(), Some(Refusal::V2));
    let nobody = BTreeMap::from([("policy", POLICY.to_owned())]);
    assert_eq!(read(&nobody).err(), Some(Refusal::Form("x-amz-signature")));
}
