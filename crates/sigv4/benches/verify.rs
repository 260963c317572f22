//! What a verification costs, with a kept key and with one that is derived: `cargo bench -p sigv4`.
//!
//! Prints the least and the median of each in nanoseconds; on a busy machine the least is what it
//! costs. No bound is asserted: machines differ. The aim is 2 us for a small GET with a kept key.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement"
)]

use std::hint::black_box;
use std::time::Instant;

use sigv4::sign::{ChunkSigner, Request, authorization, authorization_v4a, presigned};
use sigv4::{Claim, DerivedKeys, Payload, SecretKey};
use wire::Head;

const NOW: i64 = 1_440_938_160;
const AMZ_DATE: &str = "20150830T123600Z";
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// Samples of each measure.
const SAMPLES: usize = 101;

fn time(name: &str, rounds: u32, mut of: impl FnMut()) {
    let mut samples: Vec<u128> = (0..SAMPLES)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..rounds {
                of();
            }
            start.elapsed().as_nanos() / u128::from(rounds)
        })
        .collect();
    samples.sort_unstable();
    println!(
        "{name:<60} {:>9} {:>9} ns",
        samples[0],
        samples[SAMPLES / 2]
    );
}

fn head(target: &str, headers: &[(&str, &str)]) -> Head {
    let fields = headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()));
    Head::read("GET", target, fields).unwrap()
}

fn main() {
    let secret = SecretKey::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
    let token = "IQoJb3JpZ2luX2Vj".repeat(40);
    let of = |more: &[(&'static str, &str)], target: &str, v4a: bool| {
        let mut headers = vec![
            ("host", "localhost:4566"),
            ("x-amz-content-sha256", EMPTY),
            ("x-amz-date", AMZ_DATE),
        ];
        headers.extend_from_slice(more);
        let request = Request {
            method: "GET",
            target,
            headers: &headers,
            payload_hash: EMPTY,
        };
        let signed = if v4a {
            authorization_v4a(&request, "AKIDEXAMPLE", &secret, "s3").unwrap()
        } else {
            authorization(&request, "AKIDEXAMPLE", &secret, "us-east-1", "s3").unwrap()
        };
        headers.push(("authorization", &signed));
        headers.extend([
            ("user-agent", "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22 md/GOOS#linux md/GOARCH#amd64 api/s3#1.58.2"),
            ("accept-encoding", "identity"),
            ("amz-sdk-invocation-id", "2f3b1d3c-9d7b-4a31-8c40-7c2b1f0f6a11"),
            ("amz-sdk-request", "attempt=1; max=3"),
        ]);
        head(target, &headers)
    };
    let request = Request {
        method: "GET",
        target: "/reports/2026/q1.csv",
        headers: &[("host", "localhost:4566")],
        payload_hash: "UNSIGNED-PAYLOAD",
    };
    let url = presigned(
        &request,
        "AKIDEXAMPLE",
        &secret,
        Some(&token),
        ("us-east-1", "s3"),
        (AMZ_DATE, 600),
    )
    .unwrap();
    let list =
        "/reports?list-type=2&prefix=2026%2Fa%20b&delimiter=%2F&max-keys=100&encoding-type=url";
    for (name, head) in [
        ("GET", of(&[], "/reports/2026/q1.csv?x-id=GetObject", false)),
        (
            "GET with a session token of 640 bytes",
            of(
                &[("x-amz-security-token", &token)],
                "/reports/2026/q1.csv?x-id=GetObject",
                false,
            ),
        ),
        ("ListObjectsV2 with five parameters", of(&[], list, false)),
        (
            "presigned GET with that token",
            head(&url, &[("host", "localhost:4566")]),
        ),
        (
            "GET, version 4A",
            of(&[("x-amz-region-set", "*")], "/reports/2026/q1.csv", true),
        ),
    ] {
        let kept = DerivedKeys::default();
        let none = DerivedKeys::new(0);
        let claim = Claim::read(&head).unwrap().unwrap();
        let rounds = if name.contains("4A") { 20 } else { 500 };
        time(&format!("{name}: read the claim"), rounds, || {
            black_box(Claim::read(black_box(&head)).unwrap());
        });
        for (how, keys) in [("kept key", &kept), ("derived key", &none)] {
            time(&format!("{name}: verify, {how}"), rounds, || {
                black_box(
                    claim
                        .verify_with(black_box(&head), Payload::Declared, &secret, NOW, keys)
                        .unwrap(),
                );
            });
        }
    }
    chunks(&secret);
}

/// A MiB in signed chunks of 64 KiB, beside hashing it at once.
fn chunks(secret: &SecretKey) {
    let kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    let length = (1_usize << 20).to_string();
    let mut headers = vec![
        ("host", "localhost:4566"),
        ("x-amz-content-sha256", kind),
        ("x-amz-date", AMZ_DATE),
        ("x-amz-decoded-content-length", &length),
    ];
    let request = Request {
        method: "GET",
        target: "/b/k",
        headers: &headers,
        payload_hash: kind,
    };
    let signed = authorization(&request, "AKIDEXAMPLE", secret, "us-east-1", "s3").unwrap();
    headers.push(("authorization", &signed));
    let head = head("/b/k", &headers);
    let claim = Claim::read(&head).unwrap().unwrap();
    let (_, proof) = claim.verify(&head, Payload::Declared, secret, NOW).unwrap();
    let mut signer = ChunkSigner::new(&signed, AMZ_DATE, secret).unwrap();
    let mut body: Vec<u8> = (0..16).flat_map(|_| signer.chunk(&[7; 65_536])).collect();
    body.extend(signer.end(&[]));
    time(
        "a MiB in signed chunks of 64 KiB, in pieces of 16 KiB",
        1,
        || {
            let mut reader = proof.reader();
            for piece in body.chunks(16_384) {
                reader
                    .push(black_box(piece), &mut |bytes| {
                        black_box(bytes);
                    })
                    .unwrap();
            }
            black_box(reader.finish().unwrap());
        },
    );
    time("a MiB hashed at once", 1, || {
        black_box(sigv4::sha256(black_box(&body)));
    });
}
