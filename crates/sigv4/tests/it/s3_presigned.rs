//! S3's presigned URLs: good for as long as they say, and every way to spoil one.

use sigv4::sign::{Request, presigned};
use sigv4::{AuthType, Payload, QueryFlaw, Refusal, SecretKey};

use crate::{AMZ_DATE, EMPTY, NOW, SECRET, Sent};

fn url(
    target: &str,
    headers: &[(&str, &str)],
    hash: &str,
    token: Option<&str>,
    expires: u32,
) -> Sent {
    let request = Request {
        method: "GET",
        target,
        headers,
        payload_hash: hash,
    };
    let secret = SecretKey::new(SECRET.to_owned());
    let scope = ("us-east-1", "s3");
    let target = presigned(
        &request,
        "AKIDEXAMPLE",
        &secret,
        token,
        scope,
        (AMZ_DATE, expires),
    );
    Sent {
        method: "GET".to_owned(),
        target: target.unwrap(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

fn plain() -> Sent {
    url(
        "/b/k?response-content-type=text%2Fplain",
        &[("host", "localhost")],
        "UNSIGNED-PAYLOAD",
        Some("to/ken+=="),
        3_600,
    )
}

fn verify(sent: &Sent, now: i64) -> Result<(), Refusal> {
    sent.verify(Payload::Declared, now).map(drop)
}

#[test]
fn a_url_is_good_for_as_long_as_it_says() {
    let sent = plain();
    let (authenticated, proof) = sent.verify(Payload::Declared, NOW).unwrap();
    assert_eq!(authenticated.auth_type(), AuthType::Query);
    assert_eq!(authenticated.auth_type().as_str(), "REST-QUERY-STRING");
    assert_eq!(authenticated.signed_at(), NOW);
    assert!(proof.is_unsigned());
    for (sentence, now, expected) in [
        (
            "a little before, of a clock that is fast",
            NOW - 900,
            Ok(()),
        ),
        (
            "too early",
            NOW - 901,
            Err(Refusal::NotYet {
                signed_at: NOW,
                now: NOW - 901,
            }),
        ),
        ("long after, but not too long", NOW + 3_600, Ok(())),
        (
            "a second too late",
            NOW + 3_601,
            Err(Refusal::Expired {
                until: NOW + 3_600,
                now: NOW + 3_601,
            }),
        ),
    ] {
        assert_eq!(verify(&sent, now), expected, "{sentence}");
    }
    let week = url(
        "/b/k",
        &[("host", "localhost")],
        "UNSIGNED-PAYLOAD",
        None,
        604_800,
    );
    assert_eq!(verify(&week, NOW + 604_800), Ok(()));
}

#[test]
fn the_body_of_a_url_is_the_signed_one_where_one_is_signed() {
    let headers = [("host", "localhost"), ("x-amz-content-sha256", EMPTY)];
    let (_, proof) = url("/b/k", &headers, EMPTY, None, 60)
        .verify(Payload::Declared, NOW)
        .unwrap();
    assert!(!proof.is_unsigned());
    assert_eq!(proof.whole(b"x").err(), Some(Refusal::BodyHash));
    let in_query = format!("/b/k?X-Amz-Content-Sha256={EMPTY}");
    let (_, proof) = url(&in_query, &[("host", "localhost")], EMPTY, None, 60)
        .verify(Payload::Declared, NOW)
        .unwrap();
    assert_eq!(proof.whole(b"x").err(), Some(Refusal::BodyHash));
    let unsigned = "/b/k?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD";
    let sent = url(
        unsigned,
        &[("host", "localhost")],
        "UNSIGNED-PAYLOAD",
        None,
        60,
    );
    assert!(sent.verify(Payload::Declared, NOW).unwrap().1.is_unsigned());
    // Said twice it must be said alike.
    let sent = url(unsigned, &headers, EMPTY, None, 60);
    assert_eq!(verify(&sent, NOW), Err(Refusal::ContentHash));
}

#[test]
fn attack_36_a_url_takes_no_chunks() {
    let kind = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    let headers = [
        ("host", "localhost"),
        ("x-amz-content-sha256", kind),
        ("x-amz-decoded-content-length", "5"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    ];
    let sent = url("/b/k", &headers, kind, None, 60);
    assert_eq!(
        verify(&sent, NOW),
        Err(Refusal::StreamingPayload(kind.to_owned()))
    );
    // Nor does it become another kind by a header that is added.
    for (name, value) in &headers[1..] {
        let mut sent = plain();
        sent.headers.push(((*name).to_owned(), (*value).to_owned()));
        assert_eq!(
            verify(&sent, NOW),
            Err(Refusal::NotSigned((*name).to_owned()))
        );
    }
}

#[test]
fn attack_36_a_url_with_a_second_set_of_credentials() {
    for (name, value) in [
        ("authorization", "AWS4-HMAC-SHA256 x"),
        ("x-amz-date", AMZ_DATE),
        ("x-amz-security-token", "t"),
    ] {
        let mut sent = plain();
        sent.headers.push((name.to_owned(), value.to_owned()));
        assert_eq!(verify(&sent, NOW), Err(Refusal::TwoPlaces), "{name}");
    }
    for word in ["AWSAccessKeyId=AKIDEXAMPLE", "Signature=x"] {
        let mut sent = plain();
        sent.target.push_str(&format!("&{word}"));
        assert_eq!(verify(&sent, NOW), Err(Refusal::TwoPlaces), "{word}");
    }
}

#[test]
fn attack_37_headers_that_a_url_does_not_sign() {
    for name in ["x-amz-copy-source", "x-amz-acl", "x-amz-meta-a"] {
        let mut sent = plain();
        sent.headers
            .push((name.to_owned(), "/payroll/salaries".to_owned()));
        assert_eq!(verify(&sent, NOW), Err(Refusal::NotSigned(name.to_owned())));
    }
    let mut range = plain();
    range
        .headers
        .push(("range".to_owned(), "bytes=0-1".to_owned()));
    assert_eq!(
        verify(&range, NOW),
        Ok(()),
        "other headers need not be signed"
    );
}

#[test]
fn attack_39_times_that_a_url_may_not_have() {
    let edited = |from: &str, to: &str| {
        let mut sent = plain();
        assert!(sent.target.contains(from));
        sent.target = sent.target.replacen(from, to, 1);
        verify(&sent, NOW)
    };
    for (text, flaw) in [
        ("0", QueryFlaw::Zero),
        ("000000", QueryFlaw::Zero),
        ("-1", QueryFlaw::Negative),
        ("-99999999999999999999", QueryFlaw::Negative),
        ("604801", QueryFlaw::TooLong),
        ("0000003600", QueryFlaw::TooLong),
        ("9223372036854775808", QueryFlaw::TooLong),
        ("99999999999999999999", QueryFlaw::TooLong),
        ("", QueryFlaw::NoNumber),
        ("-", QueryFlaw::NoNumber),
        ("6e1", QueryFlaw::NoNumber),
        ("%2B60", QueryFlaw::NoNumber),
        ("60.0", QueryFlaw::NoNumber),
    ] {
        let result = edited("X-Amz-Expires=3600", &format!("X-Amz-Expires={text}"));
        assert_eq!(result, Err(Refusal::Query(flaw)), "{text}");
    }
    let longer = edited("X-Amz-Expires=3600", "X-Amz-Expires=3601");
    assert_eq!(longer, Err(Refusal::Mismatch));
    let later = edited("X-Amz-Date=20150830T123600Z", "X-Amz-Date=20150830T123601Z");
    assert_eq!(later, Err(Refusal::Mismatch));
    let day = edited("X-Amz-Date=20150830", "X-Amz-Date=20150831");
    let (scope, of) = ("20150830".to_owned(), "20150831".to_owned());
    assert_eq!(day, Err(Refusal::QueryDate { scope, day: of }));
    for date in ["", "2015-08-30T12:36:00Z", "20150231T000000Z"] {
        let result = edited("X-Amz-Date=20150830T123600Z", &format!("X-Amz-Date={date}"));
        assert_eq!(result, Err(Refusal::Query(QueryFlaw::Date)), "{date}");
    }
}

#[test]
fn parameters_of_a_url_that_are_missing_or_of_another_form() {
    let edited = |from: &str, to: &str| {
        let mut sent = plain();
        assert!(sent.target.contains(from), "{from}");
        sent.target = sent.target.replacen(from, to, 1);
        verify(&sent, NOW)
    };
    for name in [
        "Algorithm",
        "Credential",
        "Date",
        "Expires",
        "SignedHeaders",
        "Signature",
    ] {
        for other in [
            format!("X-Amx-{name}="),
            format!("x-amz-{}=", name.to_lowercase()),
        ] {
            let result = edited(&format!("X-Amz-{name}="), &other);
            assert_eq!(result, Err(Refusal::Query(QueryFlaw::Missing)), "{other}");
        }
    }
    for (from, to, expected) in [
        (
            "AWS4-HMAC-SHA256",
            "AWS4-ECDSA-P256-SHA256",
            QueryFlaw::Algorithm,
        ),
        ("aws4_request", "aws5_request", QueryFlaw::Terminator),
        ("%2Fus-east-1", "", QueryFlaw::Malformed),
        (
            "SignedHeaders=host",
            "SignedHeaders=Host",
            QueryFlaw::Malformed,
        ),
        (
            "X-Amz-Signature=",
            "X-Amz-Signature=0",
            QueryFlaw::Malformed,
        ),
    ] {
        assert_eq!(edited(from, to), Err(Refusal::Query(expected)), "{to}");
    }
    let longer = edited("X-Amz-Expires", "x-amz-date=20150830T123600Z&X-Amz-Expires");
    assert_eq!(
        longer,
        Err(Refusal::Query(QueryFlaw::Missing)),
        "a date in another case"
    );
    let token = edited("to%2Fken", "to%2Fkex");
    assert_eq!(token, Err(Refusal::Mismatch));
}

#[test]
fn what_a_url_overrides_is_signed() {
    let mut added = plain();
    added
        .target
        .push_str("&response-content-disposition=attachment");
    assert_eq!(verify(&added, NOW), Err(Refusal::Mismatch));
    // Headers that an SDK puts into the query are signed there, and told to whoever reads the call.
    let hoisted = url(
        "/b/k?x-amz-acl=private",
        &[("host", "localhost")],
        "UNSIGNED-PAYLOAD",
        None,
        60,
    );
    assert_eq!(verify(&hoisted, NOW), Ok(()));
    assert!(!sigv4::is_signature_word("x-amz-acl"));
    assert!(
        sigv4::is_signature_word("X-Amz-Content-Sha256") && sigv4::is_signature_word("X-Amz-Date")
    );
}

#[test]
fn attack_38_a_url_without_its_host_signed() {
    let mut sent = url("/b/k", &[("x-other", "1")], "UNSIGNED-PAYLOAD", None, 60);
    sent.headers
        .push(("host".to_owned(), "localhost".to_owned()));
    assert_eq!(
        verify(&sent, NOW),
        Err(Refusal::NotSigned("host".to_owned()))
    );
    let mut elsewhere = plain();
    elsewhere.set("host", "payroll.localhost");
    assert_eq!(verify(&elsewhere, NOW), Err(Refusal::Mismatch));
}
