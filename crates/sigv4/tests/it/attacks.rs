//! Attacks 37 to 45 and 50 of docs/threats.md, as far as a signature check can meet them.

use sigv4::{Claim, Payload, QueryFlaw, Refusal};

use crate::{AMZ_DATE, EMPTY, NOW, Sent};

fn refusal(sent: &Sent) -> Refusal {
    sent.verify(Payload::Declared, NOW)
        .expect_err("it was accepted")
}

#[test]
fn the_plain_request_is_accepted() {
    assert!(
        Sent::s3_get("/reports/q1.csv?x-id=GetObject")
            .verify(Payload::Declared, NOW)
            .is_ok()
    );
}

#[test]
fn attack_36_credentials_in_two_places() {
    for query in [
        "X-Amz-Signature=0",
        "%58-Amz-Signature=0",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    ] {
        let mut sent = Sent::s3_get("/b/k");
        sent.target = format!("/b/k?{query}");
        assert_eq!(refusal(&sent), Refusal::TwoPlaces, "{query}");
        sent.headers.retain(|(name, _)| name != "authorization");
        // Its date is still there: whoever reads one may not see the other.
        assert_eq!(refusal(&sent), Refusal::TwoPlaces, "{query}");
        sent.headers.retain(|(name, _)| name != "x-amz-date");
        let missing = Refusal::Query(QueryFlaw::Missing);
        assert_eq!(refusal(&sent), missing, "{query}");
    }
}

#[test]
fn attack_37_unsigned_amz_headers() {
    for name in [
        "x-amz-copy-source",
        "x-amz-security-token",
        "x-amz-meta-a",
        "x-amz-acl",
    ] {
        let mut sent = Sent::s3_get("/b/k");
        sent.headers
            .push((name.to_owned(), "/payroll/salaries".to_owned()));
        assert_eq!(refusal(&sent), Refusal::NotSigned(name.to_owned()));
    }
}

#[test]
fn attack_38_signed_headers_without_host_absent_doubled_or_out_of_order() {
    let mut hostless = Sent::signed(
        "GET",
        "/b",
        &[("x-amz-content-sha256", EMPTY), ("x-amz-date", AMZ_DATE)],
        "s3",
        EMPTY,
    );
    hostless
        .headers
        .push(("host".to_owned(), "localhost".to_owned()));
    assert_eq!(refusal(&hostless), Refusal::NotSigned("host".to_owned()));

    let mut absent = Sent::s3_get("/b");
    absent.edit_authorization(|text| {
        text.replace("SignedHeaders=host;", "SignedHeaders=host;range;")
    });
    assert_eq!(refusal(&absent), Refusal::Absent("range".to_owned()));

    for (sentence, names) in [
        (
            "out of order",
            "SignedHeaders=x-amz-date;host;x-amz-content-sha256",
        ),
        (
            "twice",
            "SignedHeaders=host;host;x-amz-content-sha256;x-amz-date",
        ),
        (
            "in capitals",
            "SignedHeaders=Host;x-amz-content-sha256;x-amz-date",
        ),
        ("an empty one", "SignedHeaders=host;;x-amz-date"),
        ("none", "SignedHeaders="),
    ] {
        let mut sent = Sent::s3_get("/b");
        sent.edit_authorization(|text| {
            text.replace("SignedHeaders=host;x-amz-content-sha256;x-amz-date", names)
        });
        assert!(
            matches!(refusal(&sent), Refusal::Malformed(_)),
            "{sentence}"
        );
    }
    for name in [
        "host",
        "x-amz-date",
        "x-amz-content-sha256",
        "authorization",
    ] {
        let mut sent = Sent::s3_get("/b");
        let again = sent
            .headers
            .iter()
            .find(|(found, _)| found == name)
            .unwrap()
            .clone();
        sent.headers.push(again);
        assert_eq!(refusal(&sent), Refusal::DuplicateHeader(name.to_owned()));
    }
    let two = [
        ("host", "localhost"),
        ("x-amz-content-sha256", EMPTY),
        ("x-amz-date", AMZ_DATE),
        ("x-amz-meta-a", "1"),
    ];
    let mut reordered = Sent::signed("GET", "/b", &two, "s3", EMPTY);
    reordered
        .headers
        .insert(0, ("x-amz-meta-a".to_owned(), "2".to_owned()));
    assert_eq!(refusal(&reordered), Refusal::Mismatch);
}

#[test]
fn attack_39_dates_that_disagree() {
    let mut scope = Sent::s3_get("/b");
    scope.edit_authorization(|text| text.replace("/20150830/", "/20150831/"));
    assert!(matches!(refusal(&scope), Refusal::ScopeDate { .. }));
    for date in [
        "",
        "2015-08-30T12:36:00Z",
        "20150830T123600",
        "20150231T000000Z",
    ] {
        let mut sent = Sent::s3_get("/b");
        sent.set("x-amz-date", date);
        assert_eq!(refusal(&sent), Refusal::Date, "{date}");
    }
    let mut dateless = Sent::s3_get("/b");
    dateless.headers.retain(|(name, _)| name != "x-amz-date");
    dateless.headers.push((
        "date".to_owned(),
        "Sun, 30 Aug 2015 12:36:00 GMT".to_owned(),
    ));
    assert_eq!(refusal(&dateless), Refusal::Date);
}

#[test]
fn attack_40_scopes_of_another_region_service_or_end() {
    for (from, to, payload) in [
        ("/us-east-1/", "/eu-west-1/", Payload::Declared),
        ("/s3/", "/sts/", Payload::Buffered(sigv4::sha256(b""))),
    ] {
        let mut sent = Sent::s3_get("/b");
        sent.edit_authorization(|text| text.replace(from, to));
        assert_eq!(
            sent.verify(payload, NOW).err(),
            Some(Refusal::Mismatch),
            "{to}"
        );
    }
    for (from, to, expected) in [
        ("aws4_request", "aws5_request", Refusal::Terminator),
        (
            "/us-east-1/",
            "/*/",
            Refusal::Malformed("the credential scope has another form"),
        ),
        (
            "/s3/aws4",
            "/s3/extra/aws4",
            Refusal::Malformed(
                "Credential is not of the form AKID/DATE/REGION/SERVICE/aws4_request",
            ),
        ),
        ("AWS4-HMAC", "AWS4-ECDSA-P256", Refusal::RegionSet),
        (
            "AWS4-HMAC-SHA256",
            "AWS4-HMAC-SHA512",
            Refusal::Algorithm("AWS4-HMAC-SHA512".into()),
        ),
    ] {
        let mut sent = Sent::s3_get("/b");
        sent.edit_authorization(|text| text.replace(from, to));
        assert_eq!(refusal(&sent), expected, "{to}");
    }
}

#[test]
fn attack_42_and_35_payloads_that_are_not_what_was_signed() {
    for (hash, expected) in [
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", Refusal::DecodedLength),
        // Without its trailer there is nothing left to check.
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", Refusal::TrailerName),
        (
            "STREAMING-UNSIGNED-PAYLOAD",
            Refusal::StreamingPayload("STREAMING-UNSIGNED-PAYLOAD".into()),
        ),
        // The chunks' algorithm is the request's.
        (
            "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
            Refusal::StreamingPayload("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD".into()),
        ),
        ("UNSIGNED-payload", Refusal::ContentHash),
        ("", Refusal::ContentHash),
    ] {
        let headers = [
            ("host", "h"),
            ("x-amz-content-sha256", hash),
            ("x-amz-date", AMZ_DATE),
        ];
        assert_eq!(
            refusal(&Sent::signed("PUT", "/b/k", &headers, "s3", hash)),
            expected
        );
    }
    let headers = [
        ("host", "h"),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("x-amz-date", AMZ_DATE),
    ];
    let (_, proof) = Sent::signed("PUT", "/b/k", &headers, "s3", "UNSIGNED-PAYLOAD")
        .verify(Payload::Declared, NOW)
        .unwrap();
    assert!(proof.is_unsigned());
    let unsigned = Sent::signed("POST", "/", &headers, "iam", "UNSIGNED-PAYLOAD");
    assert!(
        unsigned
            .verify(Payload::Buffered(sigv4::sha256(b"Action=X")), NOW)
            .is_err(),
        "other services have no unsigned payload"
    );
    assert_eq!(
        unsigned.verify(Payload::Declared, NOW).err(),
        Some(Refusal::ContentHash),
        "nor a declared one"
    );
}

#[test]
fn attack_44_paths_are_signed_as_they_are_decoded() {
    for other in [
        "/b/../payroll/k",
        "/b/%2e%2e/payroll/k",
        "/b//k",
        "/b/./k",
        "/b%2Fk%00",
        "/b/K",
    ] {
        let mut sent = Sent::s3_get("/b/k");
        sent.target = other.to_owned();
        assert_eq!(refusal(&sent), Refusal::Mismatch, "{other}");
    }
    // One spelling of the same key and another are the same key to signer, policies and backend
    // alike.
    let mut sent = Sent::s3_get("/b/a%20b~");
    sent.target = "/b/a%20b%7E".to_owned();
    assert!(sent.verify(Payload::Declared, NOW).is_ok());
}

#[test]
fn attack_45_query_strings_that_two_readers_understand_differently() {
    for (other, expected) in [
        // A `+` is a blank to one reader and itself to another, so it is not read at all.
        ("/b?list-type=2&prefix=a+b", Refusal::Target),
        ("/b?list-type=2", Refusal::Mismatch),
        ("/b?list-type=2&prefix=a%20b&prefix=c", Refusal::Mismatch),
        ("/b?prefix=a%20b;list-type=2", Refusal::Mismatch),
    ] {
        let mut sent = Sent::s3_get("/b?list-type=2&prefix=a%20b");
        sent.target = other.to_owned();
        assert_eq!(refusal(&sent), expected, "{other}");
    }
}

#[test]
fn malformed_authorization_headers() {
    let algorithm = |name: &str| Refusal::Algorithm(name.into());
    let whole = "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    for (text, expected) in [
        (String::new(), algorithm("")),
        (
            "AWS4-HMAC-SHA256".to_owned(),
            Refusal::Malformed("a part has no value"),
        ),
        (
            "AWS4-HMAC-SHA256 Credential=x".to_owned(),
            Refusal::Malformed("SignedHeaders is missing"),
        ),
        ("AWS AKID:sig".to_owned(), Refusal::V2),
        ("Basic Zm9v".to_owned(), algorithm("Basic")),
        (
            format!("{whole}, Signature=0"),
            Refusal::Malformed("a part is given twice"),
        ),
        (
            format!("{whole}, More=1"),
            Refusal::Malformed("a part is not known"),
        ),
    ] {
        let mut sent = Sent::s3_get("/b");
        sent.set("authorization", &text);
        assert_eq!(refusal(&sent), expected, "{text}");
    }
    let long = format!("AWS4-HMAC-SHA256 {}", "a".repeat(9000));
    let mut sent = Sent::s3_get("/b");
    sent.set("authorization", &long);
    assert!(matches!(refusal(&sent), Refusal::Malformed(_)));
    // A key of another form is no mistake of the header's: nobody has it.
    for id in ["A", "test", "akid"] {
        let mut sent = Sent::s3_get("/b");
        let credential = format!("Credential={id}/20150830/us-east-1/s3/aws4_request");
        sent.set(
            "authorization",
            &format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"),
        );
        assert_eq!(refusal(&sent), Refusal::AccessKeyId(Some(id.to_owned())));
    }
}

#[test]
fn attack_51_signed_headers_are_no_more_than_fields_can_be() {
    let of = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("a{number:03}")).collect();
        let mut sent = Sent::s3_get("/b");
        sent.edit_authorization(|text| {
            text.replace("=host;", &format!("={};host;", names.join(";")))
        });
        refusal(&sent)
    };
    // Three are there already.
    assert_eq!(of(97), Refusal::Absent("a000".to_owned()));
    assert_eq!(of(98), Refusal::Malformed("SignedHeaders are too many"));
}

#[test]
fn refusals_show_no_signature_and_no_secret() {
    let mut sent = Sent::s3_get("/b");
    let signature = sent
        .headers
        .iter()
        .find(|(name, _)| name == "authorization")
        .unwrap()
        .1
        .split("Signature=")
        .nth(1)
        .unwrap()
        .to_owned();
    sent.set("x-amz-content-sha256", &"0".repeat(64));
    let refusal = refusal(&sent);
    for text in [
        refusal.to_string(),
        format!("{refusal:?}"),
        refusal.fault(wire::Family::S3).text,
        refusal.fault(wire::Family::Query).text,
    ] {
        assert!(
            !text.contains(&signature) && !text.contains(crate::SECRET),
            "{text}"
        );
    }
}

#[test]
fn a_claim_tells_what_it_says_and_shows_no_secret() {
    let mut sent = Sent::s3_get("/b/k");
    sent.headers
        .push(("x-amz-security-token".to_owned(), "the-token".to_owned()));
    let claim = Claim::read(&sent.head().unwrap()).unwrap().unwrap();
    assert_eq!(
        (claim.access_key_id().as_str(), claim.session_token()),
        ("AKIDEXAMPLE", Some("the-token"))
    );
    assert_eq!(
        (
            claim.scope().region.as_str(),
            claim.scope().service.as_str()
        ),
        ("us-east-1", "s3")
    );
    assert!(!claim.is_presigned());
    let (shown, signature) = (
        format!("{claim:?}"),
        sent.headers[3].1.rsplit('=').next().unwrap(),
    );
    assert!(
        shown.contains("AKIDEXAMPLE") && !shown.contains("the-token") && !shown.contains(signature),
        "{shown}"
    );
    let (_, proof) = Sent::s3_get("/b/k").verify(Payload::Declared, NOW).unwrap();
    assert!(!proof.is_unsigned());
}

#[test]
fn edges_of_an_authorization_header() {
    let malformed = |edit: &dyn Fn(&str) -> String| {
        let mut sent = Sent::s3_get("/b/k");
        sent.edit_authorization(edit);
        matches!(refusal(&sent), Refusal::Malformed(_))
    };
    assert!(malformed(&|text| text.replace("/20150830/", "/2015083x/")));
    assert!(malformed(&|text| text.replace("/20150830/", "/2015083/")));
    // One digit more or less, and a digit in capitals.
    assert!(malformed(&|text| format!("{text}0")));
    assert!(malformed(&|text| text[..text.len() - 1].to_owned()));
    assert!(malformed(&|text| format!("{}A", &text[..text.len() - 1])));
    let of_length = |length: usize| {
        let mut sent = Sent::s3_get("/b/k");
        sent.edit_authorization(|text| text.replacen(' ', &" ".repeat(length + 1 - text.len()), 1));
        assert_eq!(sent.headers[3].1.len(), length);
        sent.verify(Payload::Declared, NOW).map(drop)
    };
    assert_eq!(
        (of_length(8_192), of_length(8_193)),
        (Ok(()), Err(Refusal::Malformed("it is too long")))
    );
}

#[test]
fn attack_36_version_2_does_not_hide_in_the_query_string() {
    for query in [
        "Signature=x",
        "AWSAccessKeyId=x",
        "a=b&Signature=x",
        "%53ignature=x",
    ] {
        let mut sent = Sent::s3_get("/b/k");
        sent.target = format!("/b/k?{query}");
        assert_eq!(refusal(&sent), Refusal::TwoPlaces, "{query}");
        sent.headers.retain(|(name, _)| name != "authorization");
        assert_eq!(refusal(&sent), Refusal::V2, "{query}");
    }
}

#[test]
fn attack_50_a_wrong_signature_is_the_same_refusal_wherever_it_differs() {
    let sent = Sent::s3_get("/b/k");
    let place = sent.header("authorization").len() - 64;
    for at in [0, 31, 63] {
        let mut changed = sent.clone();
        changed.edit_authorization(|text| {
            let digit = if &text[place + at..=place + at] == "0" {
                "1"
            } else {
                "0"
            };
            format!("{}{digit}{}", &text[..place + at], &text[place + at + 1..])
        });
        assert_eq!(refusal(&changed), Refusal::Mismatch, "{at}");
    }
    let other = sent.verify_by("another secret", Payload::Declared, NOW);
    assert_eq!(other.err(), Some(Refusal::Mismatch));
}

#[test]
fn attack_50_a_kept_key_is_of_its_secret_and_scope_only() {
    let keys = sigv4::DerivedKeys::default();
    let verify = |sent: &Sent, secret: &str| {
        let head = sent.head().unwrap();
        let claim = Claim::read(&head).unwrap().unwrap();
        let secret = sigv4::SecretKey::new(secret.to_owned());
        claim
            .verify_with(&head, Payload::Declared, &secret, NOW, &keys)
            .map(drop)
    };
    let sent = Sent::s3_get("/b/k");
    for _ in 0..3 {
        assert_eq!(verify(&sent, crate::SECRET), Ok(()));
        assert_eq!(verify(&sent, "another secret"), Err(Refusal::Mismatch));
    }
    let mut elsewhere = sent.clone();
    elsewhere.edit_authorization(|text| text.replace("/us-east-1/", "/eu-west-1/"));
    assert_eq!(verify(&elsewhere, crate::SECRET), Err(Refusal::Mismatch));
    let mut other = sent;
    other.target = "/b/other".to_owned();
    assert_eq!(verify(&other, crate::SECRET), Err(Refusal::Mismatch));
}
