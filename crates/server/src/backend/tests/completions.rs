//! CompleteMultipartUpload: what it refuses, and how it composes checksums.

use super::Stage;
use super::uploads::{Begun, MEBIBYTE};

#[tokio::test]
async fn a_completion_that_fails_changes_nothing() {
    let stage = Stage::new().await;
    stage.send("PUT", "/box/k", &[], b"old").await.is(200, "");
    let upload = Begun::new(&stage, &[]).await;
    let five = vec![1; 5 * MEBIBYTE];
    let (one, two, three) = (
        upload.etag(1, &five).await,
        upload.etag(2, b"2").await,
        upload.etag(3, b"3").await,
    );
    let wrong = "\"00000000000000000000000000000000\"";
    for (sentence, headers, parts, status, code) in [
        (
            "a part that is not there",
            vec![],
            vec![(1, one.as_str()), (4, one.as_str())],
            400,
            "InvalidPart",
        ),
        ("another ETag", vec![], vec![(1, wrong)], 400, "InvalidPart"),
        (
            "one below 5 MiB that is not the last",
            vec![],
            vec![(1, &one), (2, &two), (3, &three)],
            400,
            "EntityTooSmall",
        ),
        (
            "another size",
            vec![("x-amz-mp-object-size", "1")],
            vec![(1, one.as_str())],
            400,
            "InvalidRequest",
        ),
        (
            "another checksum",
            vec![("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")],
            vec![(1, one.as_str())],
            400,
            "BadDigest",
        ),
        (
            "another kind of checksum",
            vec![("x-amz-checksum-type", "COMPOSITE")],
            vec![(1, one.as_str())],
            400,
            "InvalidRequest",
        ),
        (
            "there is an object",
            vec![("if-none-match", "*")],
            vec![(1, one.as_str())],
            412,
            "PreconditionFailed",
        ),
        (
            "there is another object",
            vec![("if-match", wrong)],
            vec![(1, one.as_str())],
            412,
            "PreconditionFailed",
        ),
    ] {
        let parts: Vec<(u16, &str, &str)> = parts
            .into_iter()
            .map(|(number, etag)| (number, etag, ""))
            .collect();
        let answer = upload.complete(&headers, &parts).await;
        assert_eq!(
            (answer.status, answer.code.as_str()),
            (status, code),
            "{sentence}: {}",
            answer.says
        );
        assert_eq!(
            stage.send("GET", "/box/k", &[], b"").await.text(),
            "old",
            "{sentence}"
        );
    }
    upload
        .complete(&[], &[(1, &one, ""), (3, &three, "")])
        .await
        .is(200, "");
    assert_eq!(
        stage
            .send("HEAD", "/box/k", &[], b"")
            .await
            .header("content-length"),
        Some("5242881")
    );
}

#[tokio::test]
async fn checksums_of_parts_are_composed_as_was_asked() {
    let stage = Stage::new().await;
    for (algorithm, kind, header, element) in [
        (
            "SHA256",
            "COMPOSITE",
            "x-amz-checksum-sha256",
            "ChecksumSHA256",
        ),
        (
            "CRC32",
            "COMPOSITE",
            "x-amz-checksum-crc32",
            "ChecksumCRC32",
        ),
        (
            "CRC32",
            "FULL_OBJECT",
            "x-amz-checksum-crc32",
            "ChecksumCRC32",
        ),
        (
            "CRC32C",
            "FULL_OBJECT",
            "x-amz-checksum-crc32c",
            "ChecksumCRC32C",
        ),
        (
            "CRC64NVME",
            "FULL_OBJECT",
            "x-amz-checksum-crc64nvme",
            "ChecksumCRC64NVME",
        ),
    ] {
        use base64::Engine as _;
        let encode = |bytes: Vec<u8>| base64::engine::general_purpose::STANDARD.encode(bytes);
        let checksum = catalog::s3::Checksum::from_name(algorithm).unwrap();
        let upload = Begun::new(
            &stage,
            &[
                ("x-amz-checksum-algorithm", algorithm),
                ("x-amz-checksum-type", kind),
            ],
        )
        .await;
        let body = b"hello";
        let sum = encode(checksum.of(body));
        upload.part(1, &[], body).await.is(400, "InvalidRequest");
        let part = upload.part(1, &[(header, &sum)], body).await;
        part.is(200, "");
        assert_eq!(part.header(header), Some(sum.as_str()));
        let listed = stage
            .send("GET", &format!("/box/k?uploadId={}", upload.id), &[], b"")
            .await;
        assert_eq!(
            (listed.one(element), listed.one("ChecksumType").as_deref()),
            (Some(sum.clone()), Some(kind))
        );
        let etag = part.header("etag").unwrap();
        let without = upload.complete(&[], &[(1, etag, "")]).await;
        if kind == "COMPOSITE" {
            without.is(400, "InvalidRequest");
            assert!(
                without
                    .says
                    .contains("must include the checksum for each part"),
                "{}",
                without.says
            );
            let more = format!(
                "<{element}>{}</{element}>",
                encode(vec![0; checksum.length()])
            );
            upload
                .complete(&[], &[(1, etag, &more)])
                .await
                .is(400, "InvalidPart");
            let more = format!("<{element}>{sum}</{element}>");
            let done = upload.complete(&[], &[(1, etag, &more)]).await;
            let expected = format!("{}-1", encode(checksum.of(&checksum.of(body))));
            assert_eq!(
                (done.status, done.one(element)),
                (200, Some(expected.clone())),
                "{algorithm}"
            );
            let head = stage
                .send("HEAD", "/box/k", &[("x-amz-checksum-mode", "ENABLED")], b"")
                .await;
            assert_eq!(
                (head.header(header), head.header("x-amz-checksum-type")),
                (Some(expected.as_str()), Some("COMPOSITE"))
            );
            let one = stage
                .send(
                    "GET",
                    "/box/k?partNumber=1",
                    &[("x-amz-checksum-mode", "ENABLED")],
                    b"",
                )
                .await;
            assert_eq!(
                (one.header(header), one.header("x-amz-checksum-type")),
                (Some(sum.as_str()), Some("COMPOSITE")),
                "a part's own, of the object's type"
            );
        } else {
            assert_eq!(
                (without.status, without.one(element)),
                (200, Some(sum)),
                "{algorithm}"
            );
        }
    }
}

#[tokio::test]
async fn parts_with_an_additional_checksum_are_numbered_from_one_on() {
    let stage = Stage::new().await;
    let five = vec![1; 5 * MEBIBYTE];
    for (algorithm, numbers, expected) in [
        ("CRC32", [1, 2], (200, "")),
        ("CRC32", [1, 3], (400, "InvalidPartOrder")),
        ("CRC32", [2, 3], (400, "InvalidPartOrder")),
        ("CRC64NVME", [2, 3], (200, "")),
    ] {
        use base64::Engine as _;
        let checksum = catalog::s3::Checksum::from_name(algorithm).unwrap();
        let sum = |body: &[u8]| base64::engine::general_purpose::STANDARD.encode(checksum.of(body));
        let upload = Begun::new(
            &stage,
            &[
                ("x-amz-checksum-algorithm", algorithm),
                ("x-amz-checksum-type", "FULL_OBJECT"),
            ],
        )
        .await;
        let mut parts = Vec::new();
        for (number, body) in numbers.into_iter().zip([five.as_slice(), b"end"]) {
            let sum = sum(body);
            let part = upload
                .part(number, &[(checksum.header(), &sum)], body)
                .await;
            part.is(200, "");
            parts.push((number, part.header("etag").unwrap().to_owned()));
        }
        let parts: Vec<_> = parts
            .iter()
            .map(|(number, etag)| (*number, etag.as_str(), ""))
            .collect();
        let done = upload.complete(&[], &parts).await;
        assert_eq!(
            (done.status, done.code.as_str()),
            expected,
            "{algorithm} {numbers:?}"
        );
    }
}
