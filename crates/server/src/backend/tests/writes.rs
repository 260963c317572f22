//! PutObject.

use authority::refusal::BodyFailure;
use bytes::Bytes;

use super::{Stage, ask, call, upload};

const MD5: &str = "XUFAKrxLKna5cZ2REBfFkg==";
const SUMS: [(&str, &str); 5] = [
    ("x-amz-checksum-crc32", "NhCmhg=="),
    ("x-amz-checksum-crc32c", "mnG7TA=="),
    ("x-amz-checksum-crc64nvme", "M3eFcAZSQlc="),
    ("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
    (
        "x-amz-checksum-sha256",
        "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
    ),
];

#[tokio::test]
async fn what_a_write_answers() {
    let stage = Stage::new().await;
    let answer = stage.send("PUT", "/box/k", &[], b"hello").await;
    answer.is(200, "");
    assert_eq!(
        answer.header("etag"),
        Some("\"5d41402abc4b2a76b9719d911017c592\"")
    );
    assert_eq!(
        answer.header("x-amz-checksum-crc64nvme"),
        Some("M3eFcAZSQlc="),
        "S3's default"
    );
    assert_eq!(answer.header("x-amz-checksum-type"), Some("FULL_OBJECT"));
    assert!(answer.body.is_empty());
}

#[tokio::test]
async fn checksums_of_every_algorithm_are_compared_and_kept() {
    let stage = Stage::new().await;
    for (name, right) in SUMS {
        let answer = stage
            .send("PUT", "/box/k", &[(name, right)], b"hello")
            .await;
        answer.is(200, "");
        assert_eq!(answer.header(name), Some(right));
        let read = stage
            .send("HEAD", "/box/k", &[("x-amz-checksum-mode", "ENABLED")], b"")
            .await;
        assert_eq!(read.header(name), Some(right));
        let wrong = stage
            .send("PUT", "/box/k2", &[(name, right)], b"hellO")
            .await;
        wrong.is(400, "BadDigest");
        assert!(
            wrong
                .says
                .ends_with("you specified did not match the calculated checksum."),
            "{}",
            wrong.says
        );
        stage
            .send("GET", "/box/k2", &[], b"")
            .await
            .is(404, "Missing");
    }
    stage
        .send("PUT", "/box/k", &[("content-md5", MD5)], b"hello")
        .await
        .is(200, "");
    let wrong = stage
        .send("PUT", "/box/k", &[("content-md5", MD5)], b"hellO")
        .await;
    wrong.is(400, "BadDigest");
    assert_eq!(
        wrong.says,
        "The Content-MD5 you specified did not match what we received."
    );
    assert_eq!(
        stage.send("GET", "/box/k", &[], b"").await.text(),
        "hello",
        "the old one stays"
    );
}

#[tokio::test]
async fn attack_35_a_checksum_behind_the_body_is_compared() {
    let stage = Stage::new().await;
    for (name, right) in SUMS {
        let put = |value: Option<&'static str>| {
            let trailers: Vec<(&'static str, &str)> =
                value.map(|value| (name, value)).into_iter().collect();
            let asked = ask(call("PUT", "/box/k", &[("x-amz-trailer", name)], b""));
            let body = upload(
                vec![Bytes::from_static(b"hel"), Bytes::from_static(b"lo")],
                &trailers,
                None,
            );
            (asked, body)
        };
        let (asked, body) = put(Some(right));
        let answer = stage.answer(asked, Some(body)).await;
        answer.is(200, "");
        assert_eq!(answer.header(name), Some(right));
        let (asked, body) = put(Some(if name.contains("crc64") {
            "AAAAAAAAAAA="
        } else {
            "AAAA"
        }));
        let answer = stage.answer(asked, Some(body)).await;
        let code = if name.contains("crc64") {
            "BadDigest"
        } else {
            "InvalidRequest"
        };
        assert_eq!((answer.status, answer.code.as_str()), (400, code), "{name}");
        let (asked, body) = put(None);
        stage
            .answer(asked, Some(body))
            .await
            .is(400, "InvalidRequest");
    }
}

#[tokio::test]
async fn attack_42_a_body_whose_proof_fails_leaves_nothing() {
    let stage = Stage::new().await;
    let mebibyte = Bytes::from(vec![7; 1 << 20]);
    for (sentence, pieces) in [
        ("before anything came", vec![]),
        ("after a little", vec![Bytes::from_static(b"hello")]),
        ("after much", vec![mebibyte.clone(), mebibyte]),
    ] {
        let body = upload(pieces, &[], Some(BodyFailure::Hash));
        let answer = stage
            .answer(ask(call("PUT", "/box/k", &[], b"")), Some(body))
            .await;
        assert_eq!(
            (answer.status, answer.code.as_str()),
            (0, "Hash"),
            "{sentence}"
        );
        stage
            .send("GET", "/box/k", &[], b"")
            .await
            .is(404, "Missing");
    }
}

#[tokio::test]
async fn lengths_are_what_was_announced_and_at_most_five_gibibytes() {
    let stage = Stage::new().await;
    let put = async |length| {
        let mut body = upload(vec![Bytes::from_static(b"hello")], &[], None);
        body.length = Some(length);
        stage
            .answer(ask(call("PUT", "/box/k", &[], b"")), Some(body))
            .await
    };
    put(5).await.is(200, "");
    put(4).await.is(400, "IncompleteBody");
    put(6).await.is(400, "IncompleteBody");
    put(5 * 1024 * 1024 * 1024 + 1)
        .await
        .is(400, "EntityTooLarge");
}

#[tokio::test]
async fn conditional_writes() {
    let stage = Stage::new().await;
    stage
        .send("PUT", "/box/there", &[], b"hello")
        .await
        .is(200, "");
    let etag = "\"5d41402abc4b2a76b9719d911017c592\"";
    for (sentence, key, headers, status, code) in [
        (
            "a new one where there is none",
            "new",
            ("if-none-match", "*"),
            200,
            "",
        ),
        (
            "a new one where there is one",
            "there",
            ("if-none-match", "*"),
            412,
            "PreconditionFailed",
        ),
        (
            "another than expected",
            "there",
            ("if-match", "\"0\""),
            412,
            "PreconditionFailed",
        ),
        (
            "none where one is expected",
            "none",
            ("if-match", etag),
            404,
            "Missing",
        ),
        ("the expected one", "there", ("if-match", etag), 200, ""),
    ] {
        let answer = stage
            .send("PUT", &format!("/box/{key}"), &[headers], b"bye")
            .await;
        assert_eq!(
            (answer.status, answer.code.as_str()),
            (status, code),
            "{sentence}"
        );
    }
}

/// Of writers that all want to be the first, one is: each looks again when it stores.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_first_writers_is_the_first() {
    let stage = std::sync::Arc::new(Stage::new().await);
    let mut writers = Vec::new();
    for _ in 0..16 {
        let stage = std::sync::Arc::clone(&stage);
        writers.push(tokio::spawn(async move {
            stage
                .send("PUT", "/box/lock", &[("if-none-match", "*")], b"x")
                .await
                .status
        }));
    }
    let mut won = 0;
    for writer in writers {
        match writer.await.unwrap() {
            200 => won += 1,
            status => assert_eq!(status, 412),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn attack_44_keys_of_every_spelling_stay_apart() {
    let stage = Stage::new().await;
    let keys = [
        "a", "a/", "a/b", "a//b", "/a", "//", ".", "..", "../a", "a/../b", "a+b", "a b", "a%2Fb",
        "é", "\\", "\u{1}", "\u{7f}", "\n", "&<>\"'", "~*()!", "🦀", "a?b#c",
    ];
    for key in keys {
        let target = format!("/box/{}", wire::percent::encode_path(key));
        stage.send("PUT", &target, &[], key).await.is(200, "");
    }
    for key in keys {
        let target = format!("/box/{}", wire::percent::encode_path(key));
        let answer = stage.send("GET", &target, &[], b"").await;
        assert_eq!((answer.status, answer.text()), (200, key));
    }
    let listed = stage
        .send("GET", "/box?list-type=2&encoding-type=url", &[], b"")
        .await;
    let mut sorted = keys;
    sorted.sort_unstable();
    let decoded: Vec<String> = listed
        .all("Key")
        .iter()
        .map(|key| wire::percent::decode(key, true).unwrap().to_string())
        .collect();
    assert_eq!(decoded, sorted);
}
