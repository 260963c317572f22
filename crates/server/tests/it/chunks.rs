//! Bodies in signed and unsigned chunks, with trailers, and within chunks of HTTP's own.

use sigv4::sign::{ChunkSigner, unsigned_chunks};

use crate::drafts::{in_chunks, in_http_chunks, with_body};
use crate::stage::{Draft, Stage};
use crate::store_folder::{settled, stored};

const SIGNED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const SIGNED_TRAILER: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
const UNSIGNED_TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const TRAILER: [(&str, &str); 1] = [("x-amz-trailer", "x-amz-checksum-crc32")];
/// CRC-32 of 20,000 times `x`.
const CRC: &str = "x-amz-checksum-crc32";

fn crc(of: &[u8]) -> String {
    use base64::Engine as _;
    let sum = catalog::s3::Checksum::Crc32.of(of);
    base64::engine::general_purpose::STANDARD.encode(sum)
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_of_every_kind_are_one_object() {
    let stage = Stage::new().await;
    let content = vec![b'x'; 20_000];
    let (first, second) = content.split_at(8_192 * 2);
    let sum = crc(&content);
    let signed = |signer: &mut ChunkSigner| {
        [signer.chunk(first), signer.chunk(second), signer.end(&[])].concat()
    };
    let with_trailer = |signer: &mut ChunkSigner| {
        [
            signer.chunk(first),
            signer.chunk(second),
            signer.end(&[(CRC, &sum)]),
        ]
        .concat()
    };
    let unsigned = |_: &mut ChunkSigner| unsigned_chunks(&[first, second], &[(CRC, &sum)]);
    let length = content.len();
    let by = &stage.reader;
    let drafts = [
        (
            "signed",
            in_chunks("/reports/a", (SIGNED, length), &[], by, signed),
        ),
        (
            "signed trailer",
            in_chunks(
                "/reports/b",
                (SIGNED_TRAILER, length),
                &TRAILER,
                by,
                with_trailer,
            ),
        ),
        (
            "unsigned trailer",
            in_chunks(
                "/reports/c",
                (UNSIGNED_TRAILER, length),
                &TRAILER,
                by,
                unsigned,
            ),
        ),
    ];
    for (sentence, draft) in drafts {
        for (framing, draft) in [("length", draft.clone()), ("chunks", in_http_chunks(draft))] {
            let answer = stage.send(&draft).await;
            assert_eq!(
                answer.status, 200,
                "{sentence} in {framing}: {}",
                answer.text
            );
            let path = draft.target.as_str();
            let got = stage.send(&Draft::s3("GET", path, b"", by)).await;
            assert!(got.body().as_bytes() == content, "{sentence} in {framing}");
            assert!(
                !got.text.contains("aws-chunked"),
                "{sentence}: it is a coding of the way"
            );
            let checksum = Draft::signed(
                "HEAD",
                path,
                "s3",
                &[("x-amz-checksum-mode", "ENABLED")],
                b"",
                None,
                by,
            );
            let checksum = stage.send(&checksum).await;
            assert_eq!(
                checksum.text.contains(&format!("{CRC}: {sum}\r\n")),
                sentence != "signed",
                "{sentence}: {}",
                checksum.text
            );
        }
    }
    // Without either a length or that of what is in the chunks there is nothing to go by.
    let endless = in_http_chunks(Draft::s3("PUT", "/reports/d", &content, by));
    let endless = stage.send(&endless).await;
    assert_eq!(
        (endless.status, endless.code()),
        (411, "MissingContentLength"),
        "{}",
        endless.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_41_chunks_that_are_not_as_they_were_signed() {
    let stage = Stage::new().await;
    let (one, two, sum) = (
        vec![b'1'; 8_192],
        vec![b'2'; 8_192],
        crc(&[[b'1'; 8_192], [b'2'; 8_192]].concat()),
    );
    let (length, by) = (one.len() + two.len(), &stage.reader);
    type Made<'a> = Box<dyn FnOnce(&mut ChunkSigner) -> Vec<u8> + 'a>;
    let parts =
        |signer: &mut ChunkSigner| [signer.chunk(&one), signer.chunk(&two), signer.end(&[])];
    let trailed = |signer: &mut ChunkSigner| {
        [
            signer.chunk(&one),
            signer.chunk(&two),
            signer.end(&[(CRC, &sum)]),
        ]
    };
    let signed: [(&str, usize, Made<'_>, u16, &str); 9] = [
        (
            "swapped",
            length,
            Box::new(|s| {
                let [a, b, end] = parts(s);
                [b, a, end].concat()
            }),
            403,
            "SignatureDoesNotMatch",
        ),
        (
            "one dropped",
            length,
            Box::new(|s| {
                let [a, _, end] = parts(s);
                [a, end].concat()
            }),
            400,
            "IncompleteBody",
        ),
        (
            "one twice",
            length,
            Box::new(|s| {
                let [a, b, end] = parts(s);
                [a.clone(), a, b, end].concat()
            }),
            403,
            "SignatureDoesNotMatch",
        ),
        (
            "no last chunk",
            length,
            Box::new(|s| {
                let [a, b, _] = parts(s);
                [a, b].concat()
            }),
            400,
            "IncompleteBody",
        ),
        (
            "another length",
            length + 1,
            Box::new(|s| parts(s).concat()),
            400,
            "IncompleteBody",
        ),
        (
            "a shorter length",
            length - 1,
            Box::new(|s| parts(s).concat()),
            400,
            "IncompleteBody",
        ),
        (
            "a changed byte",
            length,
            Box::new(|s| {
                let mut all = parts(s).concat();
                all[200] ^= 1;
                all
            }),
            403,
            "SignatureDoesNotMatch",
        ),
        (
            "more behind the end",
            length,
            Box::new(|s| [parts(s).concat(), b"x".to_vec()].concat()),
            400,
            "IncompleteBody",
        ),
        (
            "a size that overflows",
            length,
            Box::new(|s| {
                let [a, b, end] = parts(s);
                [b"ffffffffffffffff".to_vec(), a[4..].to_vec(), b, end].concat()
            }),
            400,
            "IncompleteBody",
        ),
    ];
    for (sentence, decoded, body, status, code) in signed {
        let draft = in_chunks("/reports/chunks", (SIGNED, decoded), &[], by, body);
        let answer = stage.send(&draft).await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{sentence}: {}",
            answer.text
        );
    }
    type Announced<'a> = &'a [(&'a str, &'a str)];
    let trailers: [(&str, Announced<'_>, Made<'_>, u16, &str); 3] = [
        (
            "a trailer that was not announced",
            &[("x-amz-trailer", "x-amz-checksum-sha256")],
            Box::new(|s| trailed(s).concat()),
            400,
            "MalformedTrailerError",
        ),
        (
            "no trailer",
            &TRAILER,
            Box::new(|s| parts(s).concat()),
            400,
            "MalformedTrailerError",
        ),
        (
            "a trailer that is not signed",
            &TRAILER,
            Box::new(|s| {
                let [a, b, end] = trailed(s);
                let text = String::from_utf8(end).unwrap();
                let (before, _) = text.split_once("x-amz-trailer-signature").unwrap();
                [a, b, format!("{before}\r\n").into_bytes()].concat()
            }),
            400,
            "MalformedTrailerError",
        ),
    ];
    for (sentence, announced, body, status, code) in trailers {
        let draft = in_chunks(
            "/reports/chunks",
            (SIGNED_TRAILER, length),
            announced,
            by,
            body,
        );
        let answer = stage.send(&draft).await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{sentence}: {}",
            answer.text
        );
    }
    settled(&stage, 0).await;
    assert_eq!(stored(&stage, "reports", &stage.root).await, ["q1.csv"]);
}

/// Where the chunks are not signed the head still is, and the checksum still counts.
#[tokio::test(flavor = "multi_thread")]
async fn attack_35_an_unsigned_trailer_skips_nothing() {
    let stage = Stage::new().await;
    let body = |sum: &str| unsigned_chunks(&[b"hello"], &[(CRC, sum)]);
    let put = |target: &str, sum: &str| {
        let sum = body(sum);
        in_chunks(
            target,
            (UNSIGNED_TRAILER, 5),
            &TRAILER,
            &stage.reader,
            |_| sum,
        )
    };
    let right = crc(b"hello");
    for (sentence, draft, status, code) in [
        (
            "another checksum",
            put("/reports/x", &crc(b"hellO")),
            400,
            "BadDigest",
        ),
        (
            "another signature",
            put("/reports/x", &right).to("/reports/y"),
            403,
            "SignatureDoesNotMatch",
        ),
        (
            "no signature",
            put("/reports/x", &right).header("authorization", ""),
            400,
            "InvalidRequest",
        ),
        (
            "who may not",
            put("/payroll/x", &right),
            403,
            "AccessDenied",
        ),
        (
            "no checksum at all",
            with_body(put("/reports/x", &right), unsigned_chunks(&[b"hello"], &[])),
            400,
            "MalformedTrailerError",
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
    assert_eq!(stored(&stage, "reports", &stage.root).await, ["q1.csv"]);
    assert_eq!(stage.send(&put("/reports/x", &right)).await.status, 200);
}
