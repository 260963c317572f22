//! Uploads from a browser's form.

use serde_json::json;

use crate::drafts::form;
use crate::stage::{Draft, Stage};
use crate::store_folder::{settled, stored};

#[tokio::test(flavor = "multi_thread")]
async fn attack_47_a_form_uploads_what_its_signer_allowed() {
    let stage = Stage::new().await;
    let by = Some(&stage.reader);
    let into = |bucket: &str| json!([{ "bucket": bucket }, ["starts-with", "$key", "up/"]]);
    let up = || (600, into("reports"));
    let sized = |most: u64| {
        (
            600,
            json!([{ "bucket": "reports" }, ["starts-with", "$key", ""], ["content-length-range", 1, most]]),
        )
    };
    let key = ("key", "up/a.csv");
    for (sentence, draft, status, code) in [
        (
            "a form",
            form("/reports", up(), &[key], b"abc", by),
            204,
            "",
        ),
        (
            "the file's own name",
            form("/reports", up(), &[("key", "up/${filename}")], b"abc", by),
            204,
            "",
        ),
        (
            "within its range",
            form("/reports", sized(3), &[("key", "sized")], b"abc", by),
            204,
            "",
        ),
        (
            "beyond its range",
            form("/reports", sized(2), &[("key", "large")], b"abc", by),
            400,
            "EntityTooLarge",
        ),
        (
            "below its range",
            form("/reports", sized(2), &[("key", "small")], b"", by),
            400,
            "EntityTooSmall",
        ),
        (
            "beyond its range by far",
            form(
                "/reports",
                sized(2),
                &[("key", "huge")],
                &[b'x'; 600_000],
                by,
            ),
            400,
            "EntityTooLarge",
        ),
        (
            "a document that is over",
            form("/reports", (-60, into("reports")), &[key], b"abc", by),
            403,
            "AccessDenied",
        ),
        (
            "a key that it does not allow",
            form("/reports", up(), &[("key", "q1.csv")], b"abc", by),
            403,
            "AccessDenied",
        ),
        (
            "a document for another bucket",
            form("/reports", (600, into("payroll")), &[key], b"abc", by),
            403,
            "AccessDenied",
        ),
        (
            "another bucket than the document's",
            form("/payroll", up(), &[key], b"abc", by),
            403,
            "AccessDenied",
        ),
        (
            "what the signer may not",
            form("/payroll", (600, into("payroll")), &[key], b"abc", by),
            403,
            "AccessDenied",
        ),
        (
            "a field that no condition covers",
            form("/reports", up(), &[key, ("x-amz-meta-a", "1")], b"abc", by),
            403,
            "AccessDenied",
        ),
        (
            "nobody's form",
            form("/reports", up(), &[key], b"abc", None),
            403,
            "AccessDenied",
        ),
        (
            "too much before the file",
            form(
                "/reports",
                up(),
                &[key, ("x-ignore-a", &"x".repeat(21_000))],
                b"abc",
                by,
            ),
            400,
            "MaxPostPreDataLengthExceededError",
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
    let mut spoilt = form("/reports", up(), &[key], b"abc", by);
    let at = spoilt
        .body
        .windows(9)
        .position(|it| it == b"name=\"pol")
        .unwrap()
        + 30;
    spoilt.body[at] ^= 1;
    let spoilt = stage.send(&spoilt).await;
    assert_eq!(spoilt.status, 403, "{}", spoilt.text);
    settled(&stage, 0).await;
    assert_eq!(
        stored(&stage, "reports", &stage.root).await,
        ["q1.csv", "sized", "up/a.csv", "up/table.csv"]
    );
    let got = stage
        .send(&Draft::s3(
            "GET",
            "/reports/up/table.csv",
            b"",
            &stage.reader,
        ))
        .await;
    assert!(got.text.ends_with("\r\n\r\nabc"), "{}", got.text);
    let records = stage.recorded("arn:aws:s3:::reports/up/a.csv").await;
    assert!(records.contains("s3:PostObject"), "{records}");
}
