//! GetObject and HeadObject.

use super::{Answer, Stage, ask, call};

const ETAG: &str = "\"5d41402abc4b2a76b9719d911017c592\"";
pub(super) const DATE: &str = "Tue, 14 Nov 2023 22:13:20 GMT";
/// CRC-64/NVME of `hello`.
pub(super) const CRC64: &str = "M3eFcAZSQlc=";

pub(super) async fn hello() -> Stage {
    let stage = Stage::new().await;
    let headers = [
        ("cache-control", "no-store"),
        ("content-disposition", "attachment"),
        ("content-encoding", "gzip,aws-chunked"),
        ("content-language", "fr"),
        ("content-type", "text/plain"),
        ("expires", "Thu, 01 Dec 1994 16:00:00 GMT"),
        ("x-amz-meta-a", "1"),
        ("x-amz-tagging", "k=v&l=w"),
    ];
    stage
        .send("PUT", "/box/hello", &headers, b"hello")
        .await
        .is(200, "");
    stage.send("PUT", "/box/bare", &[], b"").await.is(200, "");
    stage
}

#[tokio::test]
async fn an_object_comes_back_with_what_was_said_of_it() {
    let stage = hello().await;
    for method in ["GET", "HEAD"] {
        let answer = stage.send(method, "/box/hello", &[], b"").await;
        answer.is(200, "");
        for (name, value) in [
            ("etag", Some(ETAG)),
            ("last-modified", Some(DATE)),
            ("accept-ranges", Some("bytes")),
            ("content-length", Some("5")),
            ("content-type", Some("text/plain")),
            ("content-encoding", Some("gzip")),
            ("content-language", Some("fr")),
            ("content-disposition", Some("attachment")),
            ("cache-control", Some("no-store")),
            ("expires", Some("Thu, 01 Dec 1994 16:00:00 GMT")),
            ("x-amz-meta-a", Some("1")),
            ("x-amz-tagging-count", Some("2")),
            ("content-range", None),
            ("x-amz-version-id", None),
            ("x-amz-checksum-crc64nvme", None),
            ("x-amz-mp-parts-count", None),
        ] {
            assert_eq!(answer.header(name), value, "{method} {name}");
        }
        let body: &[u8] = if method == "GET" { b"hello" } else { b"" };
        assert_eq!(answer.body, body);
    }
    let bare = stage.send("GET", "/box/bare", &[], b"").await;
    bare.is(200, "");
    assert_eq!(bare.header("content-type"), Some("binary/octet-stream"));
    assert_eq!(bare.header("content-length"), Some("0"));
    assert_eq!(bare.header("x-amz-tagging-count"), None);
    stage
        .send("GET", "/box/none", &[], b"")
        .await
        .is(404, "Missing");
}

#[tokio::test]
async fn how_many_tags_is_told_to_who_may_read_them() {
    let stage = hello().await;
    let mut asked = ask(call("GET", "/box/hello", &[], b""));
    asked.context.tells_tags = false;
    let answer = stage.answer(asked, None).await;
    assert_eq!(
        (answer.status, answer.header("x-amz-tagging-count")),
        (200, None)
    );
}

#[tokio::test]
async fn other_headers_for_who_asks() {
    let stage = hello().await;
    let target = "/box/hello?response-content-type=a%2Fb&response-cache-control=private&response-expires=x&response-content-disposition=inline&response-content-encoding=br&response-content-language=de";
    let answer = stage.send("GET", target, &[], b"").await;
    for (name, value) in [
        ("content-type", "a/b"),
        ("cache-control", "private"),
        ("expires", "x"),
        ("content-disposition", "inline"),
        ("content-encoding", "br"),
        ("content-language", "de"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn ranges() {
    let stage = hello().await;
    for (sentence, range, status, content_range, body) in [
        ("the first two", "bytes=0-1", 206, Some("bytes 0-1/5"), "he"),
        (
            "from the second on",
            "bytes=1-",
            206,
            Some("bytes 1-4/5"),
            "ello",
        ),
        ("the last two", "bytes=-2", 206, Some("bytes 3-4/5"), "lo"),
        (
            "more than there is",
            "bytes=3-99",
            206,
            Some("bytes 3-4/5"),
            "lo",
        ),
        ("all of it", "bytes=0-", 206, Some("bytes 0-4/5"), "hello"),
        ("another unit", "lines=0-1", 200, None, "hello"),
        ("turned round", "bytes=3-1", 200, None, "hello"),
        ("no numbers", "bytes=a-b", 200, None, "hello"),
    ] {
        let answer = stage
            .send("GET", "/box/hello", &[("range", range)], b"")
            .await;
        let found = (answer.status, answer.header("content-range"), answer.text());
        assert_eq!(found, (status, content_range, body), "{sentence}");
        assert_eq!(
            answer.header("content-length"),
            Some(body.len().to_string().as_str())
        );
    }
    for (target, range) in [
        ("/box/hello", "bytes=5-"),
        ("/box/hello", "bytes=-0"),
        ("/box/bare", "bytes=0-"),
    ] {
        let answer = stage.send("GET", target, &[("range", range)], b"").await;
        answer.is(416, "InvalidRange");
        let size = if target == "/box/bare" {
            "bytes */0"
        } else {
            "bytes */5"
        };
        assert_eq!(
            answer.header("content-range"),
            Some(size),
            "{target} {range}"
        );
    }
}

#[tokio::test]
async fn conditions() {
    let stage = hello().await;
    let later = "Wed, 15 Nov 2023 22:13:20 GMT";
    let before = "Mon, 13 Nov 2023 22:13:20 GMT";
    let other = "\"0\"";
    for (sentence, headers, status, code) in [
        ("the expected one", vec![("if-match", ETAG)], 200, ""),
        (
            "another one",
            vec![("if-match", other)],
            412,
            "PreconditionFailed",
        ),
        (
            "known to the caller",
            vec![("if-none-match", ETAG)],
            304,
            "",
        ),
        ("not known", vec![("if-none-match", other)], 200, ""),
        (
            "changed since",
            vec![("if-modified-since", before)],
            200,
            "",
        ),
        (
            "not changed since",
            vec![("if-modified-since", DATE)],
            304,
            "",
        ),
        (
            "not changed since a time to come, which nobody knows",
            vec![("if-modified-since", later)],
            200,
            "",
        ),
        (
            "changed, and should not be",
            vec![("if-unmodified-since", before)],
            412,
            "PreconditionFailed",
        ),
        (
            "not changed, as wanted",
            vec![("if-unmodified-since", later)],
            200,
            "",
        ),
        (
            "the ETag goes before the date",
            vec![("if-match", ETAG), ("if-unmodified-since", before)],
            200,
            "",
        ),
        (
            "both say unchanged",
            vec![("if-none-match", ETAG), ("if-modified-since", before)],
            304,
            "",
        ),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = stage.send(method, "/box/hello", &headers, b"").await;
            assert_eq!(
                (answer.status, answer.code.as_str()),
                (status, code),
                "{sentence}"
            );
            if status == 304 {
                assert_eq!(answer.header("etag"), Some(ETAG), "{sentence}");
                assert_eq!(answer.header("last-modified"), Some(DATE), "{sentence}");
                assert_eq!(
                    answer.header("cache-control"),
                    Some("no-store"),
                    "{sentence}"
                );
                assert!(answer.body.is_empty(), "{sentence}");
            }
        }
    }
}

#[tokio::test]
async fn checksums_are_told_where_they_are_of_what_is_answered() {
    let stage = hello().await;
    let sum = |answer: &Answer| answer.header("x-amz-checksum-crc64nvme").map(str::to_owned);
    let asked = ("x-amz-checksum-mode", "ENABLED");
    let whole = stage.send("GET", "/box/hello", &[asked], b"").await;
    assert_eq!(sum(&whole).as_deref(), Some(CRC64));
    assert_eq!(whole.header("x-amz-checksum-type"), Some("FULL_OBJECT"));
    let some = stage
        .send("GET", "/box/hello", &[asked, ("range", "bytes=0-1")], b"")
        .await;
    assert_eq!((some.status, sum(&some)), (206, None), "of other bytes");
    let part = stage
        .send("HEAD", "/box/hello?partNumber=1", &[asked], b"")
        .await;
    assert_eq!((part.status, sum(&part).as_deref()), (206, Some(CRC64)));
    assert_eq!(
        part.header("x-amz-mp-parts-count"),
        None,
        "it was not uploaded in parts"
    );
    stage
        .send("GET", "/box/hello?partNumber=2", &[], b"")
        .await
        .is(416, "InvalidPartNumber");
}
