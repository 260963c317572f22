//! The examples of the S3 API reference, "Authenticating Requests": header, query string, chunks,
//! chunks with a trailer, form. All are of one key, and written as the pages write them.

use sigv4::{AuthType, Payload, PostClaim, SecretKey};

use crate::{EMPTY, Sent};

pub(crate) const DOCS_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// 2013-05-24T00:00:00Z.
pub(crate) const DOCS_NOW: i64 = 1_369_353_600;
const CREDENTIAL: &str = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";

fn header(lines: &str, names: &str, signature: &str) -> Sent {
    let algorithm = "AWS4-HMAC-SHA256";
    Sent::of(&format!(
        "{lines}\nauthorization: {algorithm} Credential={CREDENTIAL},SignedHeaders={names},Signature={signature}"
    ))
}

#[test]
fn requests_signed_in_their_header_verify() {
    let of_body = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
    for (sentence, lines, names, signature) in [
        (
            "GET Object",
            format!(
                "GET /test.txt\nHost: examplebucket.s3.amazonaws.com\nRange: bytes=0-9\nx-amz-content-sha256: {EMPTY}\nx-amz-date: 20130524T000000Z"
            ),
            "host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT Object",
            format!(
                "PUT /test%24file.text\nHost: examplebucket.s3.amazonaws.com\nDate: Fri, 24 May 2013 00:00:00 GMT\nx-amz-content-sha256: {of_body}\nx-amz-date: 20130524T000000Z\nx-amz-storage-class: REDUCED_REDUNDANCY"
            ),
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET Bucket Lifecycle",
            format!(
                "GET /?lifecycle\nHost: examplebucket.s3.amazonaws.com\nx-amz-date: 20130524T000000Z\nx-amz-content-sha256: {EMPTY}"
            ),
            "host;x-amz-content-sha256;x-amz-date",
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "List Objects",
            format!(
                "GET /?max-keys=2&prefix=J\nHost: examplebucket.s3.amazonaws.com\nx-amz-date: 20130524T000000Z\nx-amz-content-sha256: {EMPTY}"
            ),
            "host;x-amz-content-sha256;x-amz-date",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ] {
        let sent = header(&lines, names, signature);
        let (authenticated, proof) = sent
            .verify_by(DOCS_SECRET, Payload::Declared, DOCS_NOW)
            .unwrap_or_else(|refusal| panic!("{sentence}: {refusal}"));
        assert_eq!(authenticated.auth_type(), AuthType::Header);
        assert_eq!(authenticated.signed_at(), DOCS_NOW);
        let body: &[u8] = if sent.method == "PUT" {
            b"Welcome to Amazon S3."
        } else {
            b""
        };
        assert_eq!(
            proof.whole(body).map(|(body, _)| body),
            Ok(body.to_vec()),
            "{sentence}"
        );
    }
}

#[test]
fn the_request_signed_in_its_query_string_verifies() {
    let sent = Sent::of(
        "GET /test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404
        Host: examplebucket.s3.amazonaws.com",
    );
    let (authenticated, proof) = sent
        .verify_by(DOCS_SECRET, Payload::Declared, DOCS_NOW)
        .unwrap();
    assert_eq!(authenticated.auth_type(), AuthType::Query);
    assert!(proof.is_unsigned() && !proof.is_chunked());
}

/// The request and the body of "Transferring Payload in Multiple Chunks".
pub(crate) fn chunked() -> (Sent, Vec<u8>) {
    let sent = header(
        "PUT /examplebucket/chunkObject.txt
        Host: s3.amazonaws.com
        x-amz-date: 20130524T000000Z
        x-amz-storage-class: REDUCED_REDUNDANCY
        x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD
        Content-Encoding: aws-chunked
        x-amz-decoded-content-length: 66560
        Content-Length: 66824",
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    );
    let body = [
        &b"10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n"[..],
        &[b'a'; 65_536],
        b"\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n",
        &[b'a'; 1_024],
        b"\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n",
    ];
    (sent, body.concat())
}

/// The request and the body of "... (Chunked Upload) with trailing headers".
pub(crate) fn with_trailer() -> (Sent, Vec<u8>) {
    let sent = header(
        "PUT /examplebucket/chunkObject.txt
        Host: s3.amazonaws.com
        x-amz-date: 20130524T000000Z
        x-amz-storage-class: REDUCED_REDUNDANCY
        x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
        Content-Encoding: aws-chunked
        x-amz-decoded-content-length: 66560
        x-amz-trailer: x-amz-checksum-crc32c",
        "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    );
    let body = [
        &b"10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n"[..],
        &[b'a'; 65_536],
        b"\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n",
        &[b'a'; 1_024],
        b"\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n",
        b"x-amz-checksum-crc32c:sOO8/Q==\r\n",
        b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
    ];
    (sent, body.concat())
}

#[test]
fn bodies_in_chunks_verify() {
    for (sentence, (sent, body), checksum) in [
        ("chunks", chunked(), None),
        ("chunks and a trailer", with_trailer(), Some("sOO8/Q==")),
    ] {
        let (_, proof) = sent
            .verify_by(DOCS_SECRET, Payload::Declared, DOCS_NOW)
            .unwrap_or_else(|refusal| panic!("{sentence}: {refusal}"));
        assert_eq!(proof.decoded_length(), Some(66_560), "{sentence}");
        assert!(proof.is_chunked() && !proof.is_unsigned(), "{sentence}");
        let (decoded, trailers) = proof
            .whole(&body)
            .unwrap_or_else(|refusal| panic!("{sentence}: {refusal}"));
        assert_eq!(decoded, [b'a'; 66_560], "{sentence}");
        assert_eq!(
            trailers.get("x-amz-checksum-crc32c"),
            checksum,
            "{sentence}"
        );
    }
}

/// The policy document of "Browser-Based Upload using HTTP POST".
pub(crate) const POLICY: &str = "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9";
/// 2015-12-29T00:00:00Z.
pub(crate) const POLICY_NOW: i64 = 1_451_347_200;
pub(crate) const POLICY_SIGNATURE: &str =
    "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e";

#[test]
fn the_form_verifies() {
    let claim = PostClaim::read(|name| match name {
        "policy" => Some(POLICY),
        "x-amz-algorithm" => Some("AWS4-HMAC-SHA256"),
        "x-amz-credential" => Some("AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"),
        "x-amz-date" => Some("20151229T000000Z"),
        "x-amz-signature" => Some(POLICY_SIGNATURE),
        _ => None,
    });
    let secret = SecretKey::new(DOCS_SECRET.to_owned());
    let authenticated = claim.unwrap().unwrap().verify(&secret, POLICY_NOW).unwrap();
    assert_eq!(authenticated.auth_type().as_str(), "POST");
    assert_eq!(
        authenticated.access_key_id().as_str(),
        "AKIAIOSFODNN7EXAMPLE"
    );
}
