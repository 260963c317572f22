//! The gate: what is read is what was granted, and what was granted is on record. Bodies and
//! buckets have files of their own.

use crate::stage::{Credentials, Draft, Stage, records_in};
use crate::store_folder::stored;

#[tokio::test(flavor = "multi_thread")]
async fn attack_44_payroll_through_reports_in_many_spellings() {
    let stage = Stage::new().await;
    assert!(
        stage
            .send(&Draft::s3("GET", "/reports/q1.csv", b"", &stage.reader))
            .await
            .text
            .ends_with("q1")
    );
    let (denied, no_bucket) = (
        Some((403, "AccessDenied")),
        Some((400, "InvalidBucketName")),
    );
    // Whatever it is called, it is a key of `reports`, and there is none of that name.
    let missing = Some((404, "NoSuchKey"));
    for (target, expected) in [
        ("/payroll/salaries.csv", denied),
        ("/reports/../payroll/salaries.csv", missing),
        ("/reports/%2e%2e/payroll/salaries.csv", missing),
        ("/reports/%2E%2E/payroll/salaries.csv", missing),
        ("/reports/..%2fpayroll/salaries.csv", missing),
        ("/reports%2f..%2fpayroll/salaries.csv", no_bucket),
        ("/reports%2F%2E%2E%2Fpayroll%2Fsalaries.csv", no_bucket),
        ("/reports/./../payroll/salaries.csv", missing),
        ("/reports//../payroll/salaries.csv", missing),
        ("//payroll/salaries.csv", no_bucket),
        ("/./payroll/salaries.csv", no_bucket),
        ("/reports/..%5cpayroll/salaries.csv", missing),
        ("/reports/%252e%252e/payroll/salaries.csv", missing),
        // What is not UTF-8 cannot even be signed; it is sent under another signature below.
        ("/reports/%c0%ae%c0%ae/payroll/salaries.csv", None),
        ("/reports/x/../../payroll/salaries.csv", missing),
        ("/PAYROLL/salaries.csv", no_bucket),
        ("/%70ayroll/salaries.csv", denied),
        (
            "/reports/salaries.csv%00/../../payroll/salaries.csv",
            Some((400, "InvalidArgument")),
        ),
    ] {
        if let Some(expected) = expected {
            let answer = stage
                .send(&Draft::s3("GET", target, b"", &stage.reader))
                .await;
            assert_eq!(
                (answer.status, answer.code()),
                expected,
                "{target}: {}",
                answer.text
            );
        }
        // Signed for another target than the one that is sent.
        let answer = stage
            .send(&Draft::s3("GET", "/reports/q1.csv", b"", &stage.reader).to(target))
            .await;
        let moved = if expected.is_some() {
            (403, "SignatureDoesNotMatch")
        } else {
            (400, "InvalidURI")
        };
        assert_eq!(
            (answer.status, answer.code()),
            moved,
            "{target}: {}",
            answer.text
        );
    }
    // And each is its own object, beside the one that it could be taken for.
    let odd = [
        "..",
        "../payroll/salaries.csv",
        "/",
        "//",
        "a//b",
        "./q1.csv",
        "q1.csv/",
        "a b+c%&\u{e9}",
    ];
    for key in odd {
        let target = format!("/reports/{}", wire::percent::encode_path(key));
        let put = Draft::s3("PUT", &target, key.as_bytes(), &stage.reader);
        let put = stage.send(&put).await;
        assert_eq!(put.status, 200, "{key}: {}", put.text);
    }
    for key in odd {
        let target = format!("/reports/{}", wire::percent::encode_path(key));
        let got = stage
            .send(&Draft::s3("GET", &target, b"", &stage.reader))
            .await;
        assert_eq!((got.status, got.body()), (200, key), "{key}: {}", got.text);
    }
    for (target, content) in [
        ("/payroll/salaries.csv", "salaries"),
        ("/reports/q1.csv", "q1"),
    ] {
        let got = stage
            .send(&Draft::s3("GET", target, b"", &stage.root))
            .await;
        assert_eq!(got.body(), content, "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_37_headers_added_or_dropped() {
    let stage = Stage::new().await;
    let put = || Draft::s3("PUT", "/reports/new", b"", &stage.reader);
    let copied = stage
        .send(&put().header("x-amz-copy-source", "/payroll/salaries.csv"))
        .await;
    assert_eq!((copied.status, copied.code()), (403, "AccessDenied"));
    for (name, status, code) in [
        ("x-amz-date", 403, "AccessDenied"),
        ("x-amz-content-sha256", 403, "AccessDenied"),
        ("x-amz-security-token", 403, "InvalidAccessKeyId"),
        ("host", 400, "InvalidRequest"),
    ] {
        let mut draft = put();
        draft.headers.retain(|(found, _)| found != name);
        let answer = stage.send(&draft).await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{name}: {}",
            answer.text
        );
    }
    assert_eq!(stored(&stage, "reports", &stage.root).await, ["q1.csv"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_25_credentials_of_two_sessions_mixed() {
    let stage = Stage::new().await;
    let other = stage
        .exchange(&stage.token("reports", "reporting").await)
        .await
        .credentials();
    let (reader, root) = (|| stage.reader.clone(), || stage.root.clone());
    let (token, text) = (|| other.token.clone(), other.token.clone().unwrap());
    // One answer for every pair of an id and a token that no session ever had: which of the two is
    // known is not told.
    let unknown = (403, "InvalidAccessKeyId");
    let mixes = [
        (
            "the token of another session",
            Credentials {
                token: token(),
                ..reader()
            },
            unknown,
        ),
        (
            "the secret of another session",
            Credentials {
                secret: other.secret.clone(),
                ..reader()
            },
            (403, "SignatureDoesNotMatch"),
        ),
        (
            "the key id of another session",
            Credentials {
                id: other.id.clone(),
                ..reader()
            },
            unknown,
        ),
        (
            "a session without its token",
            Credentials {
                token: None,
                ..reader()
            },
            unknown,
        ),
        (
            "root with a session's token",
            Credentials {
                token: token(),
                ..root()
            },
            (400, "InvalidToken"),
        ),
        (
            "a token cut short",
            Credentials {
                token: Some(text[..text.len() - 4].to_owned()),
                ..other.clone()
            },
            unknown,
        ),
        (
            "a token with a changed letter",
            Credentials {
                token: Some(text.replacen('A', "B", 3)),
                ..other.clone()
            },
            unknown,
        ),
        (
            "a key id that nobody has",
            Credentials {
                id: "AKIANOBODY0000000000".to_owned(),
                token: None,
                ..other.clone()
            },
            unknown,
        ),
    ];
    assert_eq!(
        stage
            .send(&Draft::s3("GET", "/reports/q1.csv", b"", &other))
            .await
            .status,
        200
    );
    for (sentence, credentials, expected) in mixes {
        let answer = stage
            .send(&Draft::s3("GET", "/reports/q1.csv", b"", &credentials))
            .await;
        assert_eq!(
            (answer.status, answer.code()),
            expected,
            "{sentence}: {}",
            answer.text
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_hangs_up_leaves_a_record_all_the_same() {
    let stage = Stage::new().await;
    let slow = stage
        .halt(&Draft::s3(
            "PUT",
            "/reports/unheard",
            &[b'x'; 1000],
            &stage.root,
        ))
        .await;
    drop(slow);
    let records = stage.recorded("arn:aws:s3:::reports/unheard").await;
    let record = records
        .lines()
        .find(|line| line.contains("arn:aws:s3:::reports/unheard"))
        .unwrap();
    assert!(
        record.contains("arn:aws:iam::000000000000:root"),
        "and it says who: {record}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_granted_before_a_stop_is_on_record_after_it() {
    let stage = Stage::new().await;
    let slow = stage
        .halt(&Draft::s3(
            "PUT",
            "/reports/half",
            &[b'x'; 1000],
            &stage.root,
        ))
        .await;
    assert_eq!(
        stage
            .send(&Draft::s3("GET", "/reports/q1.csv", b"", &stage.reader))
            .await
            .status,
        200
    );
    let data_dir = stage.server.data_dir().to_owned();
    stage.server.stop().await;
    let records = records_in(&data_dir);
    for object in ["q1.csv", "half"] {
        assert!(
            records.contains(&format!("\"arn:aws:s3:::reports/{object}\"")),
            "{object}: {records}"
        );
    }
    drop(slow);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_47_a_listing_is_of_the_prefix_that_was_decided_over() {
    let stage = Stage::new().await;
    assert_eq!(
        stage
            .send(&Draft::s3("PUT", "/reports/secret/plan", b"x", &stage.root))
            .await
            .status,
        200
    );
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:ListBucket","Resource":"*","Condition":{"StringLike":{"s3:prefix":"secret/*"}}},{"Effect":"Deny","Action":"s3:ListBucket","Resource":"*","Condition":{"NumericGreaterThan":{"s3:max-keys":"1"}}}]}"#;
    let put = [
        ("RoleName", "reporting"),
        ("PolicyName", "narrow"),
        ("PolicyDocument", policy),
    ];
    assert_eq!(
        stage.iam("PutRolePolicy", &put, &stage.root).await.status,
        200
    );
    for (query, status, keys) in [
        ("prefix=q&max-keys=1", 200, 1),
        ("prefix=secret%2F&max-keys=1", 403, 0),
        // Another prefix, which no key has.
        ("prefix=%2Fsecret%2F&max-keys=1", 200, 0),
        ("prefix=%2F%2Fsecret%2F&max-keys=1", 200, 0),
        ("max-keys=2", 403, 0),
        ("max-keys=-1", 400, 0),
    ] {
        for list in ["", "list-type=2&"] {
            let answer = stage
                .send(&Draft::s3(
                    "GET",
                    &format!("/reports?{list}{query}"),
                    b"",
                    &stage.reader,
                ))
                .await;
            assert_eq!(
                (answer.status, answer.text.matches("<Key>").count()),
                (status, keys),
                "{list}{query}: {}",
                answer.text
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_done_on_a_condition_is_not_done_without_it() {
    let stage = Stage::new().await;
    let call = async |method: &str, name: &str, value: &str| {
        let body = if method == "PUT" { &b"new"[..] } else { b"" };
        stage
            .send(&Draft::signed(
                method,
                "/reports/q1.csv",
                "s3",
                &[(name, value)],
                body,
                None,
                &stage.root,
            ))
            .await
    };
    for (method, name, value) in [
        ("PUT", "if-none-match", "*"),
        ("PUT", "if-match", "\"0\""),
        ("DELETE", "if-match", "\"0\""),
    ] {
        let answer = call(method, name, value).await;
        assert_eq!(
            (answer.status, answer.code()),
            (412, "PreconditionFailed"),
            "{method} {name}"
        );
    }
    let whole = stage
        .send(&Draft::s3("GET", "/reports/q1.csv", b"", &stage.root))
        .await;
    assert!(
        whole.text.ends_with("q1"),
        "it is the old one: {}",
        whole.text
    );
    let tag = whole
        .text
        .lines()
        .find_map(|line| line.strip_prefix("etag: "))
        .unwrap();
    for (name, value, status) in [
        ("if-match", tag, 200),
        ("if-match", "*", 200),
        ("if-match", &format!("\"0\", {tag}"), 200),
        ("if-match", "\"0\"", 412),
        ("if-none-match", tag, 304),
        ("if-none-match", "*", 304),
        ("if-none-match", "\"0\"", 200),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = call(method, name, value).await;
            assert_eq!(
                answer.status, status,
                "{method} {name}: {value}: {}",
                answer.text
            );
            assert_eq!(
                answer.text.ends_with("q1"),
                method == "GET" && status == 200,
                "{method} {name}: {value}"
            );
        }
    }
}

/// Ten session policies made 304 kB of evidence of one denied GET, and 215 of them replaced the
/// whole log.
#[tokio::test(flavor = "multi_thread")]
async fn attack_60_what_one_denial_writes_is_bounded() {
    let stage = Stage::new().await;
    let names = [
        "ReadOnlyAccess",
        "SecurityAudit",
        "job-function/ViewOnlyAccess",
        "AmazonVPCFullAccess",
        "AmazonEC2FullAccess",
        "AmazonS3ReadOnlyAccess",
        "AmazonECS_FullAccess",
        "job-function/NetworkAdministrator",
        "AmazonRDSFullAccess",
        "AmazonSageMakerFullAccess",
    ];
    let more: String = names
        .iter()
        .enumerate()
        .map(|(place, name)| {
            format!(
                "&PolicyArns.member.{}.arn=arn:aws:iam::aws:policy/{name}",
                place + 1
            )
        })
        .collect();
    let token = stage.token("reports", "reporting").await;
    let session = stage
        .exchange_for("arn:aws:iam::000000000000:role/reporting", &token, &more)
        .await
        .credentials();
    let (_, other) = stage.account("aws").await;
    let other = stage.send(&Draft::s3("GET", "/", b"", &other)).await;
    let id = other
        .text
        .lines()
        .find_map(|line| line.strip_prefix("x-amz-request-id: "))
        .unwrap();
    for number in 0..10 {
        let denied = stage
            .send(&Draft::s3(
                "PUT",
                &format!("/reports/{number}"),
                b"x",
                &session,
            ))
            .await;
        assert_eq!(
            (denied.status, denied.code()),
            (403, "AccessDenied"),
            "{}",
            denied.text
        );
    }
    let records = stage.recorded("arn:aws:s3:::reports/9").await;
    let denials: Vec<&str> = records
        .lines()
        .filter(|line| line.contains("\"asked\"") && line.contains("s3:::reports/"))
        .collect();
    let long: Vec<usize> = denials
        .iter()
        .filter(|line| line.contains("leftOut"))
        .map(|line| line.len())
        .collect();
    assert_eq!(long.len(), 10, "{}", records.len());
    assert!(
        long.iter().all(|length| (4_000..17_000).contains(length)),
        "{long:?}"
    );
    assert_eq!(
        stage
            .control("GET", &format!("/decisions/{id}"), "")
            .await
            .status,
        200
    );
    assert!(
        stage
            .server
            .data_dir()
            .join("decisions/000000000000.jsonl")
            .exists()
    );
}
