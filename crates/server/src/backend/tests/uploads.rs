//! Uploads in parts.

use super::{Answer, Stage};

const MEBIBYTE: usize = 1024 * 1024;

struct Begun<'a> {
    stage: &'a Stage,
    id: String,
}

impl<'a> Begun<'a> {
    async fn new(stage: &'a Stage, headers: &[(&str, &str)]) -> Self {
        let answer = stage.send("POST", "/box/k?uploads", headers, b"").await;
        answer.is(200, "");
        assert_eq!(
            (
                answer.one("Bucket").as_deref(),
                answer.one("Key").as_deref()
            ),
            (Some("box"), Some("k"))
        );
        Self {
            stage,
            id: answer.one("UploadId").unwrap(),
        }
    }

    async fn part(&self, number: u16, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let target = format!("/box/k?partNumber={number}&uploadId={}", self.id);
        self.stage.send("PUT", &target, headers, body).await
    }

    async fn etag(&self, number: u16, body: &[u8]) -> String {
        let answer = self.part(number, &[], body).await;
        answer.is(200, "");
        answer.header("etag").unwrap().to_owned()
    }

    async fn complete(&self, headers: &[(&str, &str)], parts: &[(u16, &str, &str)]) -> Answer {
        let parts: String = parts
            .iter()
            .map(|(number, etag, more)| {
                format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{more}</Part>")
            })
            .collect();
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        self.stage
            .send(
                "POST",
                &format!("/box/k?uploadId={}", self.id),
                headers,
                body,
            )
            .await
    }
}

#[tokio::test]
async fn an_upload_becomes_an_object() {
    let stage = Stage::new().await;
    let upload = Begun::new(
        &stage,
        &[
            ("content-type", "a/b"),
            ("x-amz-meta-a", "1"),
            ("x-amz-tagging", "k=v"),
        ],
    )
    .await;
    let five = vec![1; 5 * MEBIBYTE];
    // Any ascending numbers: S3 does not ask for 1, 2, 3.
    let (second, last, unused) = (
        upload.etag(7, &five).await,
        upload.etag(10_000, b"end").await,
        upload.etag(8, b"").await,
    );
    assert_eq!(unused, "\"d41d8cd98f00b204e9800998ecf8427e\"");
    let listed = stage
        .send(
            "GET",
            &format!("/box/k?uploadId={}&max-parts=2", upload.id),
            &[],
            b"",
        )
        .await;
    assert_eq!(listed.all("PartNumber"), ["7", "8"]);
    assert_eq!(
        (
            listed.one("IsTruncated").as_deref(),
            listed.one("NextPartNumberMarker").as_deref()
        ),
        (Some("true"), Some("8"))
    );
    let rest = stage
        .send(
            "GET",
            &format!("/box/k?uploadId={}&part-number-marker=8", upload.id),
            &[],
            b"",
        )
        .await;
    assert_eq!(
        (rest.all("PartNumber"), rest.all("Size")),
        (vec!["10000".to_owned()], vec!["3".to_owned()])
    );
    assert!(rest.text().contains("<Initiator><ID>arn:aws:iam::111122223333:role/writer</ID></Initiator><Owner><ID>111122223333</ID></Owner>"));
    let done = upload
        .complete(
            &[("x-amz-mp-object-size", &(5 * MEBIBYTE + 3).to_string())],
            &[(7, &second, ""), (10_000, &last, "")],
        )
        .await;
    done.is(200, "");
    assert_eq!(
        done.one("Location").as_deref(),
        Some("http://s3.localhost/box/k")
    );
    let etag = done.one("ETag").unwrap();
    assert!(etag.ends_with("-2&quot;"), "{etag}");
    assert_eq!(done.one("ChecksumType").as_deref(), Some("FULL_OBJECT"));
    let whole = stage
        .send("GET", "/box/k", &[("x-amz-checksum-mode", "ENABLED")], b"")
        .await;
    let mut expected = five;
    expected.extend_from_slice(b"end");
    assert!(whole.body == expected);
    assert_eq!(
        (
            whole.header("content-type"),
            whole.header("x-amz-meta-a"),
            whole.header("x-amz-tagging-count")
        ),
        (Some("a/b"), Some("1"), Some("1"))
    );
    assert_eq!(
        whole.header("x-amz-checksum-crc64nvme").map(str::to_owned),
        done.one("ChecksumCRC64NVME")
    );
    let sum = catalog::s3::Checksum::Crc64Nvme.of(&expected);
    assert_eq!(
        catalog::s3::Checksum::Crc64Nvme
            .decode(whole.header("x-amz-checksum-crc64nvme").unwrap())
            .unwrap(),
        sum
    );
    let part = stage.send("GET", "/box/k?partNumber=2", &[], b"").await;
    assert_eq!(
        (
            part.status,
            part.text(),
            part.header("x-amz-mp-parts-count")
        ),
        (206, "end", Some("2"))
    );
    assert_eq!(
        part.header("content-range"),
        Some("bytes 5242880-5242882/5242883")
    );
    stage
        .send("GET", "/box/k?partNumber=3", &[], b"")
        .await
        .is(416, "InvalidPartNumber");
    let across = stage
        .send("GET", "/box/k", &[("range", "bytes=5242879-5242880")], b"")
        .await;
    assert_eq!(across.body.as_ref(), b"\x01e");
    // Over: there is no such upload any more, and the object stays.
    upload
        .complete(&[], &[(7, &second, "")])
        .await
        .is(404, "NoSuchUpload");
    assert_eq!(
        stage
            .send("GET", "/box?uploads", &[], b"")
            .await
            .all("Upload")
            .len(),
        0
    );
    let attributes = stage
        .send(
            "GET",
            "/box/k?attributes",
            &[
                ("x-amz-object-attributes", "ObjectParts"),
                ("x-amz-max-parts", "1"),
            ],
            b"",
        )
        .await;
    for (element, value) in [
        ("PartsCount", "2"),
        ("PartNumberMarker", "0"),
        ("NextPartNumberMarker", "1"),
        ("MaxParts", "1"),
        ("IsTruncated", "true"),
        ("PartNumber", "1"),
        ("Size", "5242880"),
    ] {
        assert_eq!(attributes.one(element).as_deref(), Some(value), "{element}");
    }
}

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
async fn uploads_that_are_not_there() {
    let stage = Stage::new().await;
    let upload = Begun::new(&stage, &[]).await;
    upload.part(1, &[], b"x").await.is(200, "");
    stage
        .send(
            "DELETE",
            &format!("/box/k?uploadId={}", upload.id),
            &[],
            b"",
        )
        .await
        .is(204, "");
    let complete = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>";
    let open = Begun::new(&stage, &[]).await;
    for (sentence, key, id) in [
        ("ended", "k", upload.id.as_str()),
        ("another key's", "other", open.id.as_str()),
        ("of no form", "k", "../../x"),
    ] {
        let id = wire::percent::encode(id);
        for (method, target, body) in [
            ("PUT", format!("/box/{key}?partNumber=1&uploadId={id}"), "x"),
            ("GET", format!("/box/{key}?uploadId={id}"), ""),
            ("POST", format!("/box/{key}?uploadId={id}"), complete),
            ("DELETE", format!("/box/{key}?uploadId={id}"), ""),
        ] {
            let answer = stage.send(method, &target, &[], body).await;
            assert_eq!(
                (answer.status, answer.code.as_str()),
                (404, "NoSuchUpload"),
                "{sentence} {method}"
            );
        }
    }
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
            assert_eq!(one.header(header), Some(sum.as_str()), "a part's own");
        } else {
            assert_eq!(
                (without.status, without.one(element)),
                (200, Some(sum)),
                "{algorithm}"
            );
        }
    }
}
