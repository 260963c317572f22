//! CopyObject and UploadPartCopy.

use super::Stage;

async fn source() -> Stage {
    let stage = Stage::new().await;
    let headers = [
        ("content-type", "text/plain"),
        ("x-amz-meta-a", "1"),
        ("x-amz-tagging", "k=v"),
    ];
    stage
        .send("PUT", "/box/from", &headers, b"hello")
        .await
        .is(200, "");
    stage
}

#[tokio::test]
async fn a_copy_is_what_its_source_is_or_what_is_said() {
    let stage = source().await;
    let from = ("x-amz-copy-source", "box/from");
    let answer = stage.send("PUT", "/box/to", &[from], b"").await;
    answer.is(200, "");
    assert_eq!(
        answer.text().split_once("06-03-01/\">").unwrap().1,
        "<LastModified>2023-11-14T22:13:20.000Z</LastModified><ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag><ChecksumCRC64NVME>M3eFcAZSQlc=</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType></CopyObjectResult>"
    );
    let copied = stage.send("GET", "/box/to", &[], b"").await;
    assert_eq!(
        (
            copied.text(),
            copied.header("x-amz-meta-a"),
            copied.header("content-type"),
            copied.header("x-amz-tagging-count")
        ),
        ("hello", Some("1"), Some("text/plain"), Some("1"))
    );
    let replaced = [
        from,
        ("x-amz-metadata-directive", "REPLACE"),
        ("x-amz-meta-b", "2"),
        ("x-amz-tagging-directive", "REPLACE"),
        ("x-amz-tagging", ""),
    ];
    stage
        .send("PUT", "/box/to", &replaced, b"")
        .await
        .is(200, "");
    let copied = stage.send("GET", "/box/to", &[], b"").await;
    assert_eq!(
        (
            copied.text(),
            copied.header("x-amz-meta-a"),
            copied.header("x-amz-meta-b"),
            copied.header("content-type"),
            copied.header("x-amz-tagging-count")
        ),
        ("hello", None, Some("2"), Some("binary/octet-stream"), None)
    );
    let summed = [from, ("x-amz-checksum-algorithm", "SHA1")];
    let answer = stage.send("PUT", "/box/to", &summed, b"").await;
    assert_eq!(
        answer.one("ChecksumSHA1").as_deref(),
        Some("qvTGHdzF6KLavt4PO0gs2a6pQ00=")
    );
}

#[tokio::test]
async fn copies_that_are_refused() {
    let stage = source().await;
    let etag = "\"5d41402abc4b2a76b9719d911017c592\"";
    let from = ("x-amz-copy-source", "box/from");
    stage.send("PUT", "/box/there", &[], b"x").await.is(200, "");
    for (sentence, target, headers, status, code) in [
        (
            "onto itself with new metadata",
            "/box/from",
            vec![from, ("x-amz-metadata-directive", "REPLACE")],
            200,
            "",
        ),
        (
            "no source",
            "/box/to",
            vec![("x-amz-copy-source", "box/none")],
            404,
            "Missing",
        ),
        (
            "no bucket of the source",
            "/box/to",
            vec![("x-amz-copy-source", "none/from")],
            404,
            "NoSuchBucket",
        ),
        (
            "the source is the expected one",
            "/box/to",
            vec![from, ("x-amz-copy-source-if-match", etag)],
            200,
            "",
        ),
        (
            "the source is another",
            "/box/to",
            vec![from, ("x-amz-copy-source-if-match", "\"0\"")],
            412,
            "PreconditionFailed",
        ),
        (
            "the source is known: no 304 for a copy",
            "/box/to",
            vec![from, ("x-amz-copy-source-if-none-match", etag)],
            412,
            "PreconditionFailed",
        ),
        (
            "the target is there",
            "/box/there",
            vec![from, ("if-none-match", "*")],
            412,
            "PreconditionFailed",
        ),
        (
            "the target is another",
            "/box/there",
            vec![from, ("if-match", etag)],
            412,
            "PreconditionFailed",
        ),
    ] {
        let answer = stage.send("PUT", target, &headers, b"").await;
        assert_eq!(
            (answer.status, answer.code.as_str()),
            (status, code),
            "{sentence}: {}",
            answer.says
        );
    }
}

#[tokio::test]
async fn a_part_is_copied_whole_or_in_a_range() {
    let stage = source().await;
    let begun = stage.send("POST", "/box/to?uploads", &[], b"").await;
    let upload = begun.one("UploadId").unwrap();
    let target = format!("/box/to?partNumber=1&uploadId={upload}");
    let from = ("x-amz-copy-source", "box/from");
    for (sentence, range, status, code, etag) in [
        (
            "all of it",
            None,
            200,
            "",
            "5d41402abc4b2a76b9719d911017c592",
        ),
        (
            "a byte",
            Some("bytes=0-0"),
            200,
            "",
            "2510c39011c5be704182423e3a695e91",
        ),
        (
            "more than there is",
            Some("bytes=0-5"),
            400,
            "InvalidArgument",
            "",
        ),
        (
            "none of what there is",
            Some("bytes=5-6"),
            400,
            "InvalidRequest",
            "",
        ),
    ] {
        let headers: Vec<_> = [
            Some(from),
            range.map(|range| ("x-amz-copy-source-range", range)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let answer = stage.send("PUT", &target, &headers, b"").await;
        assert_eq!(
            (answer.status, answer.code.as_str()),
            (status, code),
            "{sentence}"
        );
        if status == 200 {
            assert_eq!(
                answer.one("ETag"),
                Some(format!("&quot;{etag}&quot;")),
                "{sentence}"
            );
        }
    }
    let listed = stage
        .send("GET", &format!("/box/to?uploadId={upload}"), &[], b"")
        .await;
    assert_eq!(
        listed.all("Size"),
        ["1"],
        "a number that is sent again is replaced"
    );
    let unknown = "/box/to?partNumber=1&uploadId=00000000000000000000000000000000";
    stage
        .send("PUT", unknown, &[from], b"")
        .await
        .is(404, "NoSuchUpload");
}
