//! Requests whose signature is in the address.

use crate::drafts::{link, now, plain};
use crate::stage::{Draft, Stage};
use crate::store_folder::stored;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_as_good_as_who_made_it_for_as_long_as_it_says() {
    let stage = Stage::new().await;
    let host = [("host", "localhost")];
    let get = |target: &str, at: (i64, u32)| {
        plain(
            ("GET", &link(("GET", target), &[], at, &stage.reader)),
            &host,
            b"",
        )
    };
    for (sentence, draft, status, code) in [
        ("a link", get("/reports/q1.csv", (now(), 60)), 200, ""),
        (
            "an answer as the link says",
            get(
                "/reports/q1.csv?response-content-type=text%2Fx",
                (now(), 60),
            ),
            200,
            "",
        ),
        (
            "what its maker may not read",
            get("/payroll/salaries.csv", (now(), 60)),
            403,
            "AccessDenied",
        ),
        (
            "too late",
            get("/reports/q1.csv", (now() - 3_600, 60)),
            403,
            "AccessDenied",
        ),
        (
            "too early",
            get("/reports/q1.csv", (now() + 3_600, 60)),
            403,
            "AccessDenied",
        ),
        (
            "longer than a week",
            get("/reports/q1.csv", (now(), 604_801)),
            400,
            "AuthorizationQueryParametersError",
        ),
        (
            "another object",
            {
                let mut draft = get("/reports/q1.csv", (now(), 60));
                draft.target = draft.target.replace("q1.csv", "q2.csv");
                draft
            },
            403,
            "SignatureDoesNotMatch",
        ),
        (
            "a header of AWS's that is not signed",
            get("/reports/q1.csv", (now(), 60)).header("x-amz-checksum-mode", "ENABLED"),
            403,
            "AccessDenied",
        ),
        (
            "a parameter that is not signed",
            {
                let mut draft = get("/reports/q1.csv", (now(), 60));
                draft.target.push_str("&response-content-type=text%2Fhtml");
                draft
            },
            403,
            "SignatureDoesNotMatch",
        ),
    ] {
        let answer = stage.send(&draft).await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{sentence}: {}",
            answer.text
        );
    }
    let overridden = get(
        "/reports/q1.csv?response-content-type=text%2Fx",
        (now(), 60),
    );
    let overridden = stage.send(&overridden).await;
    assert!(
        overridden.text.contains("content-type: text/x\r\n"),
        "{}",
        overridden.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_36_and_37_a_link_to_put_puts_what_was_meant() {
    let stage = Stage::new().await;
    let length = [("host", "localhost"), ("content-length", "4")];
    let target = |target: &str, more: &[(&str, &str)]| {
        link(("PUT", target), more, (now(), 60), &stage.reader)
    };
    let put = plain(("PUT", &target("/reports/linked", &[])), &length, b"body");
    assert_eq!(stage.send(&put).await.status, 200);
    let typed = [("content-type", "text/csv")];
    let put = plain(("PUT", &target("/reports/typed", &typed)), &length, b"body");
    let typed = stage
        .send(&put.clone().header("content-type", "text/csv"))
        .await;
    assert_eq!(typed.status, 200, "{}", typed.text);
    let other = stage.send(&put.header("content-type", "text/html")).await;
    assert_eq!(other.code(), "SignatureDoesNotMatch", "{}", other.text);
    let copy = plain(("PUT", &target("/reports/stolen", &[])), &length, b"body")
        .header("x-amz-copy-source", "/payroll/salaries.csv");
    let copy = stage.send(&copy).await;
    assert_eq!(
        (copy.status, copy.code()),
        (403, "AccessDenied"),
        "{}",
        copy.text
    );
    // Both kinds of a signature at once.
    let signed = Draft::s3("PUT", "/reports/both", b"body", &stage.reader);
    let both = signed.to(&target("/reports/both", &[]));
    let both = stage.send(&both).await;
    assert_eq!(both.status, 400, "{}", both.text);
    assert_eq!(
        stored(&stage, "reports", &stage.root).await,
        ["linked", "q1.csv", "typed"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn signature_version_2_is_told_which_one_is_meant() {
    let stage = Stage::new().await;
    let expires = now() + 60;
    let query = format!("/reports/q1.csv?AWSAccessKeyId=AKIAX&Signature=x&Expires={expires}");
    let host = [("host", "localhost")];
    for draft in [
        plain(("GET", &query), &host, b""),
        plain(("GET", "/reports/q1.csv"), &host, b"").header("authorization", "AWS AKIAX:x="),
    ] {
        let answer = stage.send(&draft).await;
        assert_eq!(
            (answer.status, answer.code(), answer.element("Message")),
            (
                400,
                "InvalidRequest",
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
            ),
            "{}",
            answer.text
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_40_signature_version_4a_is_for_a_set_of_regions() {
    let stage = Stage::in_regions(&["us-east-1"]).await;
    for (set, status, code) in [
        ("*", 200, ""),
        ("us-east-1", 200, ""),
        ("eu-west-1,us-east-*", 200, ""),
        ("eu-west-1", 400, "AuthorizationHeaderMalformed"),
    ] {
        let (date, hash) = (sigv4::amz_date(now()), sigv4::sign::payload_hash(b""));
        let mut headers = vec![
            ("host", "localhost"),
            ("x-amz-date", date.as_str()),
            ("x-amz-content-sha256", hash.as_str()),
            ("x-amz-region-set", set),
        ];
        headers.extend(
            stage
                .reader
                .token
                .as_deref()
                .map(|token| ("x-amz-security-token", token)),
        );
        let request = sigv4::sign::Request {
            method: "GET",
            target: "/reports/q1.csv",
            headers: &headers,
            payload_hash: &hash,
        };
        let secret = sigv4::SecretKey::new(stage.reader.secret.clone());
        let seal =
            sigv4::sign::authorization_v4a(&request, &stage.reader.id, &secret, "s3").unwrap();
        headers.push(("authorization", &seal));
        let get = plain(("GET", "/reports/q1.csv"), &headers, b"");
        let answer = stage.send(&get).await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{set}: {}",
            answer.text
        );
        let moved = stage.send(&get.to("/reports/q2.csv")).await;
        assert_eq!(
            moved.code(),
            "SignatureDoesNotMatch",
            "{set}: {}",
            moved.text
        );
    }
}
