//! Bodies: one is stored only when it is the one that was signed, and those that never end take no
//! more than their account's share.

use crate::stage::{Credentials, Draft, Stage};
use crate::store_folder::{settled, stored};

#[tokio::test(flavor = "multi_thread")]
async fn attack_42_a_body_whose_hash_or_checksum_does_not_hold_leaves_nothing() {
    let stage = Stage::new().await;
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
        ("x-amz-checksum-crc32", "zzz", "InvalidRequest"),
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
    settled(&stage, 0).await;
    let short = stage
        .halt(&Draft::s3(
            "PUT",
            "/reports/new",
            &[b'x'; 300_000],
            &stage.reader,
        ))
        .await;
    // The client hangs up in the middle of the body.
    drop(short);
    settled(&stage, 0).await;
    assert_eq!(stored(&stage, "reports", &stage.root).await, ["q1.csv"]);
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
    assert_eq!(
        stored(&stage, "reports", &stage.root).await,
        ["loopback", "q1.csv"]
    );
}

/// 400 bodies of a session that is denied everything held 750 MB.
/// Whoever may write one object has as many uploads as an account may have, and ends none of them.
#[tokio::test(flavor = "multi_thread")]
async fn attack_57_uploads_that_do_not_end_keep_no_reader_waiting() {
    /// Of one account (`limits.rs`).
    const UPLOADS: usize = 128;
    let stage = Stage::new().await;
    let slow = Draft::s3("PUT", "/reports/slow", &[b'x'; 1000], &stage.root);
    let mut halted = Vec::new();
    for _ in 0..UPLOADS {
        halted.push(stage.halt(&slow).await);
    }
    for (method, target, status) in [
        ("GET", "/reports/q1.csv", 200),
        ("GET", "/reports?list-type=2", 200),
        ("GET", "/reports?publicAccessBlock", 200),
        ("DELETE", "/reports/q1.csv", 204),
    ] {
        let draft = Draft::s3(method, target, b"", &stage.root);
        let answer = tokio::time::timeout(std::time::Duration::from_secs(10), stage.send(&draft));
        let found = answer.await.map(|answer| answer.status);
        assert_eq!(found.ok(), Some(status), "{method} {target}");
    }
    for upload in halted {
        assert_eq!(upload.go_on().await.status, 200);
    }
}

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
    // Each is counted by the length that it declares.
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
