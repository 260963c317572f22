//! The gate: what is read is what was granted, and a body is stored only when it is the one that
//! was signed.

use std::path::Path;

use crate::stage::{Credentials, Draft, Stage, records_in};

fn stored(stage: &Stage, bucket: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(stage.server.data_dir().join("s3").join(bucket))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn leftovers(root: &Path) -> usize {
    std::fs::read_dir(root)
        .unwrap()
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with(".tmp.")
        })
        .count()
}

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
    let (denied, dots) = (Some((403, "AccessDenied")), Some((400, "InvalidArgument")));
    let no_bucket = Some((400, "InvalidBucketName"));
    for (target, expected) in [
        ("/payroll/salaries.csv", denied),
        ("/reports/../payroll/salaries.csv", dots),
        ("/reports/%2e%2e/payroll/salaries.csv", dots),
        ("/reports/%2E%2E/payroll/salaries.csv", dots),
        ("/reports/..%2fpayroll/salaries.csv", dots),
        ("/reports%2f..%2fpayroll/salaries.csv", no_bucket),
        ("/reports%2F%2E%2E%2Fpayroll%2Fsalaries.csv", no_bucket),
        ("/reports/./../payroll/salaries.csv", dots),
        ("/reports//../payroll/salaries.csv", dots),
        ("//payroll/salaries.csv", no_bucket),
        ("/./payroll/salaries.csv", no_bucket),
        ("/reports/..%5cpayroll/salaries.csv", dots),
        // Decoded once it is a key of `reports` like any other, and there is none of that name.
        (
            "/reports/%252e%252e/payroll/salaries.csv",
            Some((404, "NoSuchKey")),
        ),
        // What is not UTF-8 cannot even be signed; it is sent under another signature below.
        ("/reports/%c0%ae%c0%ae/payroll/salaries.csv", None),
        ("/reports/x/../../payroll/salaries.csv", dots),
        ("/PAYROLL/salaries.csv", no_bucket),
        ("/%70ayroll/salaries.csv", denied),
        ("/reports/salaries.csv%00/../../payroll/salaries.csv", dots),
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
        ("x-amz-content-sha256", 400, "InvalidRequest"),
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
    assert_eq!(stored(&stage, "reports"), ["q1.csv"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_42_a_body_whose_hash_or_checksum_does_not_hold_leaves_nothing() {
    let stage = Stage::new().await;
    let root = stage.server.data_dir().join("s3");
    let mut wrong = Draft::s3("PUT", "/reports/new", b"signed body", &stage.reader);
    wrong.body = b"another one".to_vec();
    let answer = stage.send(&wrong).await;
    assert_eq!(
        (answer.status, answer.code()),
        (400, "XAmzContentSHA256Mismatch"),
        "{}",
        answer.text
    );

    let mut over = Draft::s3("PUT", "/reports/q1.csv", b"x2", &stage.reader);
    over.body = b"x3".to_vec();
    assert_eq!(stage.send(&over).await.code(), "XAmzContentSHA256Mismatch");
    assert!(
        stage
            .send(&Draft::s3("GET", "/reports/q1.csv", b"", &stage.reader))
            .await
            .text
            .ends_with("q1"),
        "the old object is still the old one"
    );

    for (name, value, code) in [
        ("content-md5", "XUFAKrxLKna5cZ2REBfFkg==", "BadDigest"),
        ("x-amz-checksum-crc32", "AAAAAA==", "BadDigest"),
        (
            "x-amz-checksum-sha256",
            "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
            "BadDigest",
        ),
        ("x-amz-checksum-crc32", "zzz", "InvalidDigest"),
        ("x-amz-checksum-unheard", "AAAA", "InvalidDigest"),
    ] {
        let draft = Draft::signed(
            "PUT",
            "/reports/new",
            "s3",
            &[(name, value)],
            b"not hello",
            None,
            &stage.reader,
        );
        let answer = stage.send(&draft).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, code),
            "{name}: {}",
            answer.text
        );
    }
    assert_eq!(leftovers(&root), 0);
    let short = stage.halt(&Draft::s3(
        "PUT",
        "/reports/new",
        b"0123456789",
        &stage.reader,
    ));
    arriving(&stage, 1).await;
    // The client hangs up in the middle of the body.
    drop(short);
    arriving(&stage, 0).await;
    assert_eq!(stored(&stage, "reports"), ["q1.csv"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_35_and_42_payloads_that_are_not_signed() {
    let stage = Stage::new().await;
    let unsigned = Draft::signed(
        "PUT",
        "/reports/loopback",
        "s3",
        &[],
        b"x",
        Some("UNSIGNED-PAYLOAD"),
        &stage.reader,
    );
    assert_eq!(
        stage.send(&unsigned).await.status,
        200,
        "loopback protects it"
    );
    for kind in [
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    ] {
        let draft = Draft::signed(
            "PUT",
            "/reports/chunks",
            "s3",
            &[],
            b"1\r\nx\r\n0\r\n\r\n",
            Some(kind),
            &stage.reader,
        );
        assert_eq!(stage.send(&draft).await.status, 501, "{kind}");
    }
    assert_eq!(stored(&stage, "reports"), ["loopback", "q1.csv"]);
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
async fn uploads_belong_to_their_key_and_folders_do_not_collide() {
    let stage = Stage::new().await;
    let started = stage
        .send(&Draft::s3(
            "POST",
            "/reports/big?uploads",
            b"",
            &stage.reader,
        ))
        .await;
    let id = started.element("UploadId").to_owned();
    assert!(!id.is_empty(), "{}", started.text);
    let part = |key: &str| {
        Draft::s3(
            "PUT",
            &format!("/{key}?partNumber=1&uploadId={id}"),
            b"part",
            &stage.root,
        )
    };
    assert_eq!(
        stage.send(&part("payroll/other")).await.code(),
        "NoSuchUpload"
    );
    assert_eq!(
        stage.send(&part("reports/other")).await.code(),
        "NoSuchUpload"
    );
    assert_eq!(stage.send(&part("reports/big")).await.status, 200);
    for (target, code) in [
        ("/reports/q1.csv/inside", "InvalidRequest"),
        ("/nowhere/x", "NoSuchBucket"),
        (&format!("/reports/{}", "k".repeat(250)), "KeyTooLongError"),
    ] {
        assert_eq!(
            stage
                .send(&Draft::s3("PUT", target, b"x", &stage.root))
                .await
                .code(),
            code,
            "{target}"
        );
    }
    assert_eq!(
        stage
            .send(&Draft::s3("DELETE", "/reports", b"", &stage.root))
            .await
            .code(),
        "BucketNotEmpty"
    );
    assert_eq!(
        stage
            .send(&Draft::s3("PUT", "/reports", b"", &stage.root))
            .await
            .code(),
        "BucketAlreadyOwnedByYou"
    );
    assert_eq!(stored(&stage, "reports"), ["q1.csv"]);
    drop(stage.folder);
}

/// Waits until the store has so many bodies on their way.
async fn arriving(stage: &Stage, bodies: usize) {
    for _ in 0..1_500 {
        if leftovers(&stage.server.data_dir().join("s3")) == bodies {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("never {bodies} bodies on their way");
}

/// Files of the store beside the buckets, uploads' records among them.
fn beside(stage: &Stage) -> Vec<String> {
    let root = stage.server.data_dir().join("s3");
    let mut names = Vec::new();
    for folder in [root.join(".podpass-uploads"), root] {
        let entries = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .map(Result::unwrap);
        names.extend(
            entries
                .filter(|entry| entry.file_type().unwrap().is_file())
                .map(|entry| entry.file_name().to_string_lossy().into_owned()),
        );
    }
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_52_a_slow_body_never_arrives_in_the_next_owners_bucket() {
    let stage = Stage::new().await;
    let (_, their_root) = stage.account("aws").await;
    let call = |method: &'static str, target: String, by: &Credentials| {
        let (stage, draft) = (&stage, Draft::s3(method, &target, b"", by));
        async move {
            let answer = stage.send(&draft).await;
            (answer.status, answer.code().to_owned())
        }
    };
    assert_eq!(call("PUT", "/swap".to_owned(), &stage.root).await.0, 200);
    let started = stage
        .send(&Draft::s3("POST", "/swap/big?uploads", b"", &stage.root))
        .await;
    let id = started.element("UploadId").to_owned();
    for target in [
        "/swap/evil".to_owned(),
        format!("/swap/big?partNumber=1&uploadId={id}"),
    ] {
        let slow = stage.halt(&Draft::s3("PUT", &target, &[b'x'; 1000], &stage.root));
        arriving(&stage, 1).await;
        assert_eq!(
            call("DELETE", "/swap".to_owned(), &stage.root).await,
            (409, "OperationAborted".to_owned()),
            "{target}"
        );
        // Whoever may not act learns nothing of who is at work.
        assert_eq!(
            call("DELETE", "/swap".to_owned(), &their_root).await,
            (403, "AccessDenied".to_owned())
        );
        assert_eq!(
            call("PUT", "/swap".to_owned(), &their_root).await,
            (409, "BucketAlreadyExists".to_owned())
        );
        // Strangers, and others in the bucket, go on.
        assert_eq!(
            call("PUT", "/swap/other".to_owned(), &stage.root).await.0,
            200
        );
        assert_eq!(
            call("DELETE", "/swap/other".to_owned(), &stage.root)
                .await
                .0,
            204
        );
        assert_eq!(call("PUT", "/theirs".to_owned(), &their_root).await.0, 200);
        assert_eq!(
            call("DELETE", "/theirs".to_owned(), &their_root).await.0,
            204
        );
        assert_eq!(slow.go_on().await.status, 200, "{target}");
    }
    assert_eq!(
        call("DELETE", "/swap/evil".to_owned(), &stage.root).await.0,
        204
    );
    assert_eq!(call("DELETE", "/swap".to_owned(), &stage.root).await.0, 204);
    assert_eq!(call("PUT", "/swap".to_owned(), &their_root).await.0, 200);
    assert!(stored(&stage, "swap").is_empty());
    for (method, target) in [
        ("PUT", "/swap/evil".to_owned()),
        ("PUT", format!("/swap/big?partNumber=2&uploadId={id}")),
        ("DELETE", "/swap".to_owned()),
    ] {
        assert_eq!(
            call(method, target.clone(), &stage.root).await,
            (403, "AccessDenied".to_owned()),
            "{target}"
        );
    }
    assert!(
        stage
            .send(&Draft::s3("GET", "/", b"", &their_root))
            .await
            .text
            .contains("<Name>swap</Name>")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_hangs_up_lets_go_of_the_bucket() {
    let stage = Stage::new().await;
    assert_eq!(
        stage
            .send(&Draft::s3("PUT", "/left", b"", &stage.root))
            .await
            .status,
        200
    );
    let slow = stage.halt(&Draft::s3("PUT", "/left/x", &[b'x'; 1000], &stage.root));
    arriving(&stage, 1).await;
    drop(slow);
    arriving(&stage, 0).await;
    for _ in 0..1_500 {
        if stage
            .send(&Draft::s3("DELETE", "/left", b"", &stage.root))
            .await
            .status
            == 204
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the bucket is held by nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_bucket_outlives_it() {
    let stage = Stage::new().await;
    let (_, their_root) = stage.account("aws").await;
    let kept = stage
        .send(&Draft::s3("POST", "/reports/big?uploads", b"", &stage.root))
        .await
        .element("UploadId")
        .to_owned();
    let before = beside(&stage);
    assert_eq!(
        stage
            .send(&Draft::s3("PUT", "/swap", b"", &stage.root))
            .await
            .status,
        200
    );
    let id = stage
        .send(&Draft::s3("POST", "/swap/big?uploads", b"", &stage.root))
        .await
        .element("UploadId")
        .to_owned();
    let part = |bucket: &str, id: &str, by| {
        Draft::s3(
            "PUT",
            &format!("/{bucket}/big?partNumber=1&uploadId={id}"),
            b"part",
            by,
        )
    };
    assert_eq!(
        stage.send(&part("swap", &id, &stage.root)).await.status,
        200
    );
    let copy = [("x-amz-copy-source", "/reports/q1.csv")];
    let copied = stage
        .send(&Draft::signed(
            "PUT",
            "/swap/copy",
            "s3",
            &copy,
            b"",
            None,
            &stage.root,
        ))
        .await;
    assert_eq!(copied.status, 200, "{}", copied.text);
    assert_eq!(
        stage
            .send(&Draft::s3("DELETE", "/swap/copy", b"", &stage.root))
            .await
            .status,
        204
    );
    assert_eq!(
        stage
            .send(&Draft::s3("DELETE", "/swap", b"", &stage.root))
            .await
            .status,
        204
    );
    assert_eq!(
        beside(&stage),
        before,
        "uploads, parts and side files are gone, other buckets' are not"
    );
    for by in [&their_root, &stage.root] {
        assert_eq!(
            stage.send(&Draft::s3("PUT", "/swap", b"", by)).await.status,
            200
        );
        assert_eq!(
            stage.send(&part("swap", &id, by)).await.code(),
            "NoSuchUpload"
        );
        assert_eq!(
            stage
                .send(&Draft::s3("DELETE", "/swap", b"", by))
                .await
                .status,
            204
        );
    }
    assert_eq!(
        stage
            .send(&part("reports", &kept, &stage.root))
            .await
            .status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_nobody_owns_are_nobodys_to_inherit() {
    let stage = Stage::new().await;
    let left = stage.server.data_dir().join("s3/left");
    std::fs::create_dir_all(left.join("folder")).unwrap();
    std::fs::write(left.join("folder/x"), "x").unwrap();
    let create = || Draft::s3("PUT", "/left", b"", &stage.root);
    assert_eq!(stage.send(&create()).await.code(), "BucketAlreadyExists");
    std::fs::remove_file(left.join("folder/x")).unwrap();
    assert_eq!(
        stage.send(&create()).await.status,
        200,
        "the refused one left no record"
    );
}

/// Both accounts remove and create one bucket at once: whoever is told that it is made has it.
#[tokio::test(flavor = "multi_thread")]
async fn attack_52_a_delete_never_takes_the_next_owners_bucket() {
    let stage = Stage::new().await;
    let (_, their_root) = stage.account("aws").await;
    let [create, delete] =
        ["PUT", "DELETE"].map(|method| Draft::s3(method, "/race", b"", &stage.root));
    let [theirs, remove] =
        ["PUT", "DELETE"].map(|method| Draft::s3(method, "/race", b"", &their_root));
    for _ in 0..20 {
        assert_eq!(stage.send(&create).await.status, 200);
        let many = async {
            let deletes = tokio::join!(
                stage.send(&delete),
                stage.send(&delete),
                stage.send(&delete),
                stage.send(&delete)
            );
            assert!(
                [&deletes.0, &deletes.1, &deletes.2, &deletes.3]
                    .iter()
                    .any(|answer| answer.status == 204)
            );
        };
        let made = async {
            for _ in 0..1000 {
                if stage.send(&theirs).await.status == 200 {
                    return;
                }
            }
            panic!("the name never became free");
        };
        tokio::join!(many, made);
        assert_eq!(stage.send(&theirs).await.code(), "BucketAlreadyOwnedByYou");
        assert!(stored(&stage, "race").is_empty());
        assert_eq!(stage.send(&remove).await.status, 204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_hangs_up_leaves_a_record_all_the_same() {
    let stage = Stage::new().await;
    let slow = stage.halt(&Draft::s3(
        "PUT",
        "/reports/unheard",
        &[b'x'; 1000],
        &stage.root,
    ));
    arriving(&stage, 1).await;
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
    let slow = stage.halt(&Draft::s3(
        "PUT",
        "/reports/half",
        &[b'x'; 1000],
        &stage.root,
    ));
    arriving(&stage, 1).await;
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
        ("prefix=%2Fsecret%2F&max-keys=1", 501, 0),
        ("prefix=%2F%2Fsecret%2F&max-keys=1", 501, 0),
        ("max-keys=2", 403, 0),
        ("max-keys=-1", 501, 0),
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
        assert_eq!(
            call(method, name, value).await.code(),
            "NotImplemented",
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

/// 400 bodies of a session that is denied everything held 750 MB.
#[tokio::test(flavor = "multi_thread")]
async fn attack_57_stalled_bodies_hold_their_accounts_share_and_no_more() {
    const SHARE: usize = 16 * 1024 * 1024;
    let stage = Stage::new().await;
    let (_, other) = stage.account("aws").await;
    assert_eq!(
        stage
            .send(&Draft::s3("PUT", "/theirs", b"", &other))
            .await
            .status,
        200
    );
    let delete = |bucket: &str, by: &Credentials| {
        Draft::s3(
            "POST",
            &format!("/{bucket}?delete"),
            b"<Delete><Object><Key>x</Key></Object></Delete>",
            by,
        )
    };
    let long = format!(
        "<Delete><Object><Key>{}</Key></Object></Delete>",
        "x".repeat(2 * 1024 * 1024 - 100)
    );
    let long = Draft::s3("POST", "/payroll?delete", long.as_bytes(), &stage.reader).bytes();
    let held = async |bytes: usize| {
        for _ in 0..1_500 {
            if stage.server.buffered_bytes() == bytes {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!(
            "{} bytes are held, not {bytes}",
            stage.server.buffered_bytes()
        );
    };
    let mut stalled = Vec::new();
    for _ in 0..8 {
        let mut stream = tokio::net::TcpStream::connect(stage.address).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, &long[..long.len() - 1])
            .await
            .unwrap();
        stalled.push(stream);
    }
    // Each is counted by the length that it said.
    let length = long.len() - long.windows(4).position(|it| it == b"\r\n\r\n").unwrap() - 4;
    held(8 * length).await;
    // Nothing more has room, however little of it came.
    let (head, _) = long.split_at(long.len() - length + 100);
    let mut begun = Vec::new();
    for _ in 0..392 {
        let mut stream = tokio::net::TcpStream::connect(stage.address).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, head)
            .await
            .unwrap();
        begun.push(stream);
        assert!(stage.server.buffered_bytes() <= SHARE);
    }
    for stream in &mut begun {
        let mut text = String::new();
        tokio::io::AsyncReadExt::read_to_string(stream, &mut text)
            .await
            .unwrap();
        assert!(
            text.starts_with("HTTP/1.1 503 ") && text.contains("<Code>SlowDown</Code>"),
            "{text}"
        );
    }
    assert_eq!(stage.server.buffered_bytes(), 8 * length);
    // Others are served meanwhile: an account of its own, forms, and reads of the same one.
    assert_eq!(stage.send(&delete("theirs", &other)).await.status, 200);
    assert_eq!(stage.root_iam("Action=ListRoles").await.status, 200);
    assert_eq!(
        stage
            .send(&Draft::s3("GET", "/reports/q1.csv", b"", &stage.reader))
            .await
            .status,
        200
    );
    drop(stalled);
    held(0).await;
    assert_eq!(
        stage.send(&delete("reports", &stage.root)).await.status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_anyway_sends_no_body_first() {
    let stage = Stage::new().await;
    let body = vec![b'x'; 100_000];
    let complete = Draft::s3("POST", "/payroll/x?uploadId=1", &body, &stage.reader);
    let form = Draft::form("iam", "Action=ListRoles", &stage.root);
    let stranger = Credentials {
        id: "ASIAAAAAAAAAAAAAAAAA".to_owned(),
        ..stage.reader.clone()
    };
    let many = |by: &Credentials| Draft::s3("POST", "/reports?delete", &body, by);
    for (sentence, draft, code) in [
        ("no policy allows it", complete, "AccessDenied"),
        ("an unknown key", many(&stranger), "InvalidAccessKeyId"),
        (
            "a header that was changed",
            many(&stage.root).header("x-amz-content-sha256", &"0".repeat(64)),
            "SignatureDoesNotMatch",
        ),
        (
            "a parameter that is not known",
            many(&stage.root).to("/reports?delete&x=1"),
            "SignatureDoesNotMatch",
        ),
        (
            "a length that is too long",
            many(&stage.root).header("content-length", "3000000"),
            "InvalidRequest",
        ),
        (
            "a form that is too long",
            form.clone().header("content-length", "70000"),
            "RequestEntityTooLarge",
        ),
        (
            "a form with a query string",
            form.header("content-length", "1000")
                .to("/?Action=ListRoles"),
            "InvalidRequest",
        ),
    ] {
        // Not a byte of the body comes, and the answer does.
        let answer = stage
            .raw(
                Draft {
                    body: Vec::new(),
                    ..draft
                }
                .bytes(),
            )
            .await;
        assert_eq!(answer.code(), code, "{sentence}: {}", answer.text);
    }
    // A session whose role is gone is refused whatever it would delete.
    assert_eq!(
        stage
            .root_iam("Action=DeleteRolePolicy&RoleName=reporting&PolicyName=p")
            .await
            .status,
        200
    );
    assert_eq!(
        stage
            .root_iam("Action=DeleteRole&RoleName=reporting")
            .await
            .status,
        200
    );
    let answer = stage
        .raw(
            Draft {
                body: Vec::new(),
                ..many(&stage.reader)
            }
            .bytes(),
        )
        .await;
    assert_eq!(
        (answer.status, stage.server.buffered_bytes()),
        (403, 0),
        "{}",
        answer.text
    );
}
