//! Presigned GetCallerIdentity, as aws-iam-authenticator sends it: signed by AWS's own signer, and
//! every way to spoil it.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use sigv4::{Claim, Payload, Refusal, sha256};
use wire::Words;

use crate::{NOW, SECRET, Sent};

const ASK: &str = "/?Action=GetCallerIdentity&Version=2011-06-15";

/// Signed by AWS's signer for `service`, with the header that names the cluster.
fn presigned(service: &str, token: Option<&str>) -> Sent {
    let identity = Credentials::new(
        "AKIDEXAMPLE",
        SECRET,
        token.map(str::to_owned),
        None,
        "test",
    )
    .into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(60));
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs());
    let params = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name(service)
        .time(time)
        .settings(settings);
    let params = params.build().unwrap().into();
    let headers = [("host", "localhost"), ("x-k8s-aws-id", "cluster-1")];
    let request = SignableRequest::new(
        "GET",
        format!("http://localhost{ASK}"),
        headers.into_iter(),
        SignableBody::Bytes(b""),
    )
    .unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let (_, words) = instructions.into_parts();
    let words = words
        .iter()
        .map(|(name, value)| format!("&{name}={}", wire::percent::encode(value)))
        .collect::<String>();
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Sent {
        method: "GET".to_owned(),
        target: format!("{ASK}{words}"),
        headers,
    }
}

fn verify(sent: &Sent, now: i64) -> Result<(), Refusal> {
    sent.verify(Payload::Buffered(sha256(b"")), now).map(drop)
}

fn edited(edit: impl Fn(&mut String)) -> Result<(), Refusal> {
    let mut sent = presigned("sts", Some("to/ken+=="));
    edit(&mut sent.target);
    verify(&sent, NOW)
}

#[test]
fn what_aws_presigns_verifies_for_fifteen_minutes() {
    for token in [None, Some("to/ken+==")] {
        let sent = presigned("sts", token);
        // X-Amz-Expires says 60: STS does not look at it.
        for now in [NOW - 900, NOW, NOW + 61, NOW + 900] {
            assert_eq!(verify(&sent, now), Ok(()), "{token:?} {now}");
        }
        for now in [NOW - 901, NOW + 901] {
            assert!(matches!(verify(&sent, now), Err(Refusal::Skewed { .. })));
        }
    }
}

#[test]
fn what_we_presign_is_what_aws_presigns() {
    let (theirs, headers) = (
        presigned("sts", Some("to/ken+==")),
        [("host", "localhost"), ("x-k8s-aws-id", "cluster-1")],
    );
    let hash = sigv4::sign::payload_hash(b"");
    let request = sigv4::sign::Request {
        method: "GET",
        target: ASK,
        headers: &headers,
        payload_hash: &hash,
    };
    let secret = sigv4::SecretKey::new(SECRET.into());
    let scope = ("us-east-1", "sts");
    let ours = sigv4::sign::presigned(
        &request,
        "AKIDEXAMPLE",
        &secret,
        Some("to/ken+=="),
        scope,
        (crate::AMZ_DATE, 60),
    )
    .unwrap();
    let words = |target: &str| {
        let mut words: Vec<String> = target.split('&').map(str::to_owned).collect();
        words.sort();
        words
    };
    assert_eq!(words(&ours), words(&theirs.target));
}

#[test]
fn attack_34_and_45_presigned_requests_that_mean_two_things() {
    let replaced = |from: &str, to: &str| edited(|target| *target = target.replacen(from, to, 1));
    let added = |more: &str| edited(|target| target.push_str(more));
    assert_eq!(added(""), Ok(()));
    for (sentence, result) in [
        (
            "another action",
            replaced("GetCallerIdentity", "GetAccessKeyInfo"),
        ),
        (
            "another date",
            replaced("X-Amz-Date=20150830T123600Z", "X-Amz-Date=20150830T123601Z"),
        ),
        (
            "another expiry",
            replaced("X-Amz-Expires=60", "X-Amz-Expires=61"),
        ),
        ("another token", replaced("to%2Fken", "to%2Fkex")),
        ("a word more", added("&x=1")),
        (
            "an action more, in another case",
            added("&action=AssumeRole"),
        ),
        ("a word less", replaced("&Version=2011-06-15", "")),
    ] {
        assert_eq!(result, Err(Refusal::Mismatch), "{sentence}");
    }
    for (more, name) in [
        ("&Action=AssumeRole", "Action"),
        ("&%41ction=AssumeRole", "Action"),
        ("&X-Amz-Date=20150830T123600Z", "X-Amz-Date"),
        ("&X-Amz-Credential=AKIDOTHER", "X-Amz-Credential"),
        ("&X-Amz-Signature=0", "X-Amz-Signature"),
        ("&X%2DAmz%2DSignature=0", "X-Amz-Signature"),
        ("&X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders"),
    ] {
        assert_eq!(
            added(more),
            Err(Refusal::DuplicateWord(name.to_owned())),
            "{more}"
        );
    }
    for (sentence, result) in [
        (
            "a word of the signature in another case",
            added("&x-amz-date=20150830T123600Z"),
        ),
        (
            "a word that no signature has",
            added("&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"),
        ),
        ("no date", replaced("X-Amz-Date=", "X-Amz-Dat=")),
        ("no signature", replaced("X-Amz-Signature=", "X-Sig=")),
        (
            "no signed headers",
            replaced("X-Amz-SignedHeaders=", "X-Headers="),
        ),
    ] {
        assert!(
            matches!(result, Err(Refusal::Malformed(_))),
            "{sentence}: {result:?}"
        );
    }
    assert_eq!(
        replaced(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256"
        ),
        Err(Refusal::Algorithm("AWS4-ECDSA-P256-SHA256".to_owned()))
    );
    assert_eq!(added("&a=%zz"), Err(Refusal::Target));
}

#[test]
fn attack_39_expiry_that_is_no_number_of_seconds() {
    for text in [
        "0",
        "-1",
        "604801",
        "99999999999999999999",
        "",
        "6e1",
        "%2B60",
        "60.0",
    ] {
        let result = edited(|target| {
            *target = target.replacen("X-Amz-Expires=60", &format!("X-Amz-Expires={text}"), 1)
        });
        assert_eq!(result, Err(Refusal::Expires), "{text}");
    }
}

#[test]
fn attack_36_a_presigned_request_with_a_second_set_of_credentials() {
    for (name, value) in [
        ("authorization", "AWS4-HMAC-SHA256 x"),
        ("x-amz-date", "20150830T123600Z"),
        ("x-amz-security-token", "t"),
    ] {
        let mut sent = presigned("sts", None);
        sent.headers.push((name.to_owned(), value.to_owned()));
        assert_eq!(verify(&sent, NOW), Err(Refusal::TwoPlaces), "{name}");
    }
    let mut version_2 = presigned("sts", None);
    version_2
        .target
        .push_str("&AWSAccessKeyId=AKIDEXAMPLE&Signature=x");
    assert!(verify(&version_2, NOW).is_err());
}

#[test]
fn attack_37_and_38_headers_of_a_presigned_request() {
    let mut other_cluster = presigned("sts", None);
    other_cluster.set("x-k8s-aws-id", "cluster-2");
    assert_eq!(verify(&other_cluster, NOW), Err(Refusal::Mismatch));
    let mut no_cluster = presigned("sts", None);
    no_cluster
        .headers
        .retain(|(name, _)| name != "x-k8s-aws-id");
    assert_eq!(
        verify(&no_cluster, NOW),
        Err(Refusal::Absent("x-k8s-aws-id".to_owned()))
    );
    let mut two_clusters = presigned("sts", None);
    two_clusters
        .headers
        .push(("x-k8s-aws-id".to_owned(), "cluster-2".to_owned()));
    assert_eq!(verify(&two_clusters, NOW), Err(Refusal::Mismatch));
    let mut unsigned = presigned("sts", None);
    unsigned
        .headers
        .push(("x-amz-meta-a".to_owned(), "1".to_owned()));
    assert_eq!(
        verify(&unsigned, NOW),
        Err(Refusal::NotSigned("x-amz-meta-a".to_owned()))
    );
}

#[test]
fn other_services_are_not_presigned() {
    for service in ["iam", "execute-api"] {
        assert_eq!(
            verify(&presigned(service, None), NOW),
            Err(Refusal::Presigned),
            "{service}"
        );
    }
}

#[test]
fn a_presigned_form_is_read_without_its_signature() {
    let head = presigned("sts", Some("to/ken+==")).head().unwrap();
    let claim = Claim::read(&head).unwrap().unwrap();
    assert!(claim.is_presigned());
    assert_eq!(claim.session_token(), Some("to/ken+=="));
    let form = sigv4::without_signature(&Words::read(head.target.raw_query()).unwrap());
    let left: Vec<_> = form.iter().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(left, ["Action", "Version"]);
}
