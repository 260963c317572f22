//! Signature Version 4A: AWS's suite for it, our own signer against the verifier, region sets, and
//! chunks.

use sigv4::sign::{ChunkSigner, Request, authorization_v4a};
use sigv4::{Algorithm, BodyProof, Payload, Refusal, SecretKey, sha256};

use crate::suite::{packaged, run};
use crate::{AMZ_DATE, EMPTY, NOW, SECRET, Sent};

fn signed(target: &str, hash: &str, more: &[(&str, &str)], service: &str) -> Sent {
    let mut headers = vec![
        ("host", "localhost"),
        ("x-amz-content-sha256", hash),
        ("x-amz-date", AMZ_DATE),
    ];
    headers.extend_from_slice(more);
    let request = Request {
        method: "PUT",
        target,
        headers: &headers,
        payload_hash: hash,
    };
    let secret = SecretKey::new(SECRET.to_owned());
    let authorization = authorization_v4a(&request, "AKIDEXAMPLE", &secret, service).unwrap();
    headers.push(("authorization", &authorization));
    Sent {
        method: "PUT".to_owned(),
        target: target.to_owned(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

#[test]
fn the_packaged_suite_verifies() {
    let (verified, refused) = run(&packaged("v4a"));
    assert!(
        verified >= 26,
        "only {verified} cases verified; refused: {refused:?}"
    );
}

#[test]
fn the_published_suite_verifies() {
    let what = "the signing suite of version 4A as AWS publishes it; the packaged one runs";
    let Some(root) = testkit::data("sigv4-suite/v4a", what) else {
        return;
    };
    let (verified, _) = run(&root);
    assert!(verified >= 20, "only {verified} cases verified");
}

#[test]
fn attack_40_a_region_set_is_told_and_proven() {
    for (set, here, elsewhere) in [
        ("us-east-1", true, false),
        ("*", true, true),
        ("us-*,ap-south-1", true, false),
        ("eu-west-1", false, true),
    ] {
        let sent = signed("/b/k", EMPTY, &[("x-amz-region-set", set)], "s3");
        let (authenticated, _) = sent.verify(Payload::Declared, NOW).unwrap();
        let regions = authenticated.region_set().unwrap();
        assert_eq!(
            (regions.covers("us-east-1"), regions.covers("eu-west-1")),
            (here, elsewhere),
            "{set}"
        );
        assert_eq!(authenticated.algorithm(), Algorithm::EcdsaP256Sha256);
        let mut wider = sent.clone();
        wider.set("x-amz-region-set", "*,us-west-2");
        assert_eq!(
            wider.verify(Payload::Declared, NOW).err(),
            Some(Refusal::Mismatch)
        );
    }
    let mut none = signed("/b/k", EMPTY, &[("x-amz-region-set", "*")], "s3");
    none.headers.retain(|(name, _)| name != "x-amz-region-set");
    assert_eq!(
        none.verify(Payload::Declared, NOW).err(),
        Some(Refusal::RegionSet)
    );
    let mut odd = signed("/b/k", EMPTY, &[("x-amz-region-set", "*")], "s3");
    odd.set("x-amz-region-set", "us east");
    assert_eq!(
        odd.verify(Payload::Declared, NOW).err(),
        Some(Refusal::RegionSet)
    );
}

#[test]
fn signatures_of_another_key_day_body_or_version_are_refused() {
    let sent = signed("/b/k", EMPTY, &[("x-amz-region-set", "*")], "s3");
    let keys = sigv4::DerivedKeys::default();
    let head = sent.head().unwrap();
    let claim = sigv4::Claim::read(&head).unwrap().unwrap();
    for (secret, expected) in [
        (SECRET, None),
        (SECRET, None),
        ("another secret", Some(Refusal::Mismatch)),
    ] {
        let secret = SecretKey::new(secret.to_owned());
        let result = claim.verify_with(&head, Payload::Declared, &secret, NOW, &keys);
        assert_eq!(result.err(), expected);
    }
    let edited = |from: &str, to: &str| {
        let mut sent = sent.clone();
        sent.edit_authorization(|text| text.replacen(from, to, 1));
        sent.verify(Payload::Declared, NOW).err()
    };
    let malformed = |text| Some(Refusal::Malformed(text));
    let form = "Credential is not of the form AKID/DATE/SERVICE/aws4_request";
    assert_eq!(edited("/s3/", "/us-east-1/s3/"), malformed(form));
    assert_eq!(edited("/s3/", "/s4/"), Some(Refusal::ContentHash));
    assert_eq!(
        edited("AWS4-ECDSA-P256-SHA256", "AWS4-HMAC-SHA256"),
        malformed("Credential is not of the form AKID/DATE/REGION/SERVICE/aws4_request")
    );
    let no_signature = malformed("Signature is no ECDSA signature in hexadecimal digits");
    assert_eq!(edited("Signature=30", "Signature=3g"), no_signature);
    assert_eq!(
        edited("Signature=30", "Signature=31"),
        Some(Refusal::Mismatch)
    );
    // r = s = 0 (CVE-2022-21449).
    let mut zero = sent.clone();
    zero.edit_authorization(|text| {
        format!(
            "{}Signature=3006020100020100",
            text.split("Signature=").next().unwrap()
        )
    });
    assert_eq!(
        zero.verify(Payload::Declared, NOW).err(),
        Some(Refusal::Mismatch)
    );
    let sts = signed("/", EMPTY, &[("x-amz-region-set", "*")], "sts");
    assert_eq!(
        sts.verify(Payload::Buffered(sha256(b"x")), NOW).err(),
        Some(Refusal::BodyHash)
    );
    assert!(sts.verify(Payload::Buffered(sha256(b"")), NOW).is_ok());
}

#[test]
fn chunks_verify_and_cannot_be_moved() {
    for (kind, trailer) in [
        ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", None),
        (
            "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
            Some("x-amz-checksum-crc32"),
        ),
    ] {
        let mut more = vec![
            ("x-amz-decoded-content-length", "16389"),
            ("x-amz-region-set", "*"),
        ];
        more.extend(trailer.map(|name| ("x-amz-trailer", name)));
        let sent = signed("/b/k", kind, &more, "s3");
        let (_, proof) = sent.verify(Payload::Declared, NOW).unwrap();
        let secret = SecretKey::new(SECRET.to_owned());
        let mut signer = ChunkSigner::new(sent.header("authorization"), AMZ_DATE, &secret).unwrap();
        let trailers: Vec<_> = trailer.map(|name| (name, "AAAAAA==")).into_iter().collect();
        let pieces = [
            signer.chunk(&[b'a'; 8_192]),
            signer.chunk(&[b'b'; 8_192]),
            signer.chunk(b"hello"),
            signer.end(&trailers),
        ];
        let read = |proof: &BodyProof, places: [usize; 4]| {
            proof
                .whole(&places.map(|place| pieces[place].clone()).concat())
                .map(|(body, _)| body.len())
        };
        assert_eq!(read(&proof, [0, 1, 2, 3]), Ok(16_389), "{kind}");
        assert_eq!(read(&proof, [1, 0, 2, 3]), Err(Refusal::Chunk), "{kind}");
    }
}
