//! Uploads in parts.

use super::{Answer, Stage};

pub(super) const MEBIBYTE: usize = 1024 * 1024;

pub(super) struct Begun<'a> {
    stage: &'a Stage,
    pub(super) id: String,
}

impl<'a> Begun<'a> {
    pub(super) async fn new(stage: &'a Stage, headers: &[(&str, &str)]) -> Self {
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

    pub(super) async fn part(&self, number: u16, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let target = format!("/box/k?partNumber={number}&uploadId={}", self.id);
        self.stage.send("PUT", &target, headers, body).await
    }

    pub(super) async fn etag(&self, number: u16, body: &[u8]) -> String {
        let answer = self.part(number, &[], body).await;
        answer.is(200, "");
        answer.header("etag").unwrap().to_owned()
    }

    pub(super) async fn complete(
        &self,
        headers: &[(&str, &str)],
        parts: &[(u16, &str, &str)],
    ) -> Answer {
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
        listed.all("ChecksumCRC64NVME").get(1).map(String::as_str),
        Some("AAAAAAAAAAA="),
        "the one that S3 adds"
    );
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
    let none = stage
        .send(
            "GET",
            "/box/k?attributes",
            &[
                ("x-amz-object-attributes", "ObjectParts"),
                ("x-amz-max-parts", "0"),
            ],
            b"",
        )
        .await;
    assert_eq!(
        (none.one("IsTruncated").as_deref(), none.all("PartNumber")),
        (Some("false"), vec![]),
        "nobody is asked to go on for ever"
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
