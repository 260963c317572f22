//! 100,000 changes to signed requests: each is refused, or is another spelling of the very same
//! request.

use std::collections::BTreeMap;

use sigv4::sign::{Request, authorization, authorization_v4a, presigned};
use sigv4::{Claim, DerivedKeys, Payload, SecretKey, sha256};

use crate::{AMZ_DATE, EMPTY, NOW, SECRET, Sent};

/// Changes that are not another spelling.
const WANTED: usize = 100_000;

/// Of the SplitMix64 sequence: a failure is repeated by running the test again.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 16).unwrap()
    }

    fn below(&mut self, bound: usize) -> usize {
        self.next() % bound.max(1)
    }
}

fn requests() -> Vec<(Sent, Payload)> {
    let secret = SecretKey::new(SECRET.to_owned());
    let token = "IQoJb3JpZ2luX2VjEXAMPLE/+token==";
    let s3 = [
        ("content-type", "text/plain"),
        ("host", "b.localhost"),
        ("x-amz-content-sha256", EMPTY),
        ("x-amz-date", AMZ_DATE),
        ("x-amz-meta-note", "two  words"),
        ("x-amz-security-token", token),
    ];
    let sts = [("host", "localhost"), ("x-amz-date", AMZ_DATE)];
    let chunks = [
        ("host", "localhost"),
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-date", AMZ_DATE),
        ("x-amz-decoded-content-length", "5"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    ];
    let body = Payload::Buffered(sha256(b"Action=GetCallerIdentity"));
    let body_hash = sigv4::sign::payload_hash(b"Action=GetCallerIdentity");
    let mut all = vec![
        (
            Sent::signed(
                "GET",
                "/b/a%20b/c%2Bd?list-type=2&prefix=a%20b%2Fc&max-keys=1",
                &s3,
                "s3",
                EMPTY,
            ),
            Payload::Declared,
        ),
        (
            Sent::signed(
                "PUT",
                "/b//../k?partNumber=1&uploadId=x~y",
                &s3,
                "s3",
                EMPTY,
            ),
            Payload::Declared,
        ),
        (
            Sent::signed("PUT", "/b/k", &chunks, "s3", chunks[1].1),
            Payload::Declared,
        ),
        (Sent::signed("POST", "/", &sts, "sts", &body_hash), body),
    ];
    let host = [("host", "localhost")];
    let request = Request {
        method: "GET",
        target: "/b/k?response-content-type=text%2Fplain",
        headers: &host,
        payload_hash: "UNSIGNED-PAYLOAD",
    };
    let target = presigned(
        &request,
        "AKIDEXAMPLE",
        &secret,
        Some(token),
        ("us-east-1", "s3"),
        (AMZ_DATE, 600),
    )
    .unwrap();
    all.push((
        Sent {
            method: "GET".to_owned(),
            target,
            headers: vec![("host".to_owned(), "localhost".to_owned())],
        },
        Payload::Declared,
    ));
    let v4a = [&s3[..], &[("x-amz-region-set", "us-*")]].concat();
    let request = Request {
        method: "GET",
        target: "/b/k?versions",
        headers: &v4a,
        payload_hash: EMPTY,
    };
    let signed = authorization_v4a(&request, "AKIDEXAMPLE", &secret, "s3").unwrap();
    let mut sent = Sent::signed("GET", "/b/k?versions", &v4a, "s3", EMPTY);
    sent.set("authorization", &signed);
    all.push((sent, Payload::Declared));
    assert!(authorization(&request, "AKIDEXAMPLE", &secret, "us-east-1", "s3").is_ok());
    all
}

/// What a request says, whatever way it is spelt.
fn meaning(sent: &Sent) -> Option<impl PartialEq + use<>> {
    let decode = |text: &str| wire::percent::decode(text, false);
    let (path, query) = sent.target.split_once('?').unwrap_or((&sent.target, ""));
    let is_s3 = !sent
        .headers
        .iter()
        .any(|(_, value)| value.contains("/sts/aws4"));
    let path = match is_s3 {
        true => decode(path)?,
        // Other services take dots and double slashes out.
        false => decode(path)?
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .collect(),
    };
    let mut words: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| Some((decode(name)?, decode(value)?)))
        .collect::<Option<_>>()?;
    words.sort();
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in &sent.headers {
        let name = name.to_lowercase();
        // What else there is nobody signed, and it is not for this crate to say what it means.
        let is_signed = ["authorization", "content-type", "host"].contains(&name.as_str());
        if !is_signed && !name.starts_with("x-amz-") {
            continue;
        }
        let mut value: Vec<&str> = value
            .split([' ', '\t'])
            .filter(|word| !word.is_empty())
            .collect();
        let of_parts;
        if name == "authorization" {
            // Its parts may stand in any order.
            of_parts = value.join(" ").replacen(' ', ",", 1);
            value = of_parts.split(',').map(str::trim).collect();
            value.sort_unstable();
        }
        headers.entry(name).or_default().push(value.join(" "));
    }
    Some((sent.method.clone(), path, words, headers))
}

fn mutate(text: &mut String, draw: &mut Draw) {
    const BYTES: &[u8] = b"abcxyzABCXYZ0189 -_.~/?&=%+,;:*!'()<>{}\t\x7f";
    let byte = char::from(BYTES[draw.below(BYTES.len())]);
    let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
    let Some(place) = places.get(draw.below(places.len())).copied() else {
        text.push(byte);
        return;
    };
    match draw.below(6) {
        0 | 1 => drop((text.remove(place), text.insert(place, byte))),
        2 => drop(text.remove(place)),
        3 => text.insert(place, byte),
        4 => text.push(byte),
        _ => {
            let moved = text.remove(place);
            text.insert(places[draw.below(places.len())].min(text.len()), moved);
        }
    }
}

fn change(sent: &mut Sent, draw: &mut Draw) {
    if sent.headers.is_empty() {
        return;
    }
    let header = draw.below(sent.headers.len());
    match draw.below(12) {
        0 => mutate(&mut sent.method, draw),
        1 => sent.method = ["GET", "PUT", "POST", "HEAD", "DELETE"][draw.below(5)].to_owned(),
        2..=4 => mutate(&mut sent.target, draw),
        5 => drop(sent.headers.remove(header)),
        6 => {
            let again = sent.headers[header].clone();
            sent.headers.push(again);
        }
        7 => mutate(&mut sent.headers[header].0, draw),
        8 => {
            let name = [
                "x-amz-acl",
                "x-amz-copy-source",
                "x-amz-trailer",
                "x-amz-date",
            ][draw.below(4)];
            sent.headers.push((name.to_owned(), "x".to_owned()));
        }
        _ => mutate(&mut sent.headers[header].1, draw),
    }
}

#[test]
fn any_mutation_of_a_signed_part_is_refused() {
    let (keys, secret) = (DerivedKeys::default(), SecretKey::new(SECRET.to_owned()));
    let verify = |sent: &Sent, payload: Payload| {
        let head = sent.head().ok()?;
        let claim = Claim::read(&head).ok()??;
        // The id is not signed: it says whose secret the signature is checked with.
        if claim.access_key_id().as_str() != "AKIDEXAMPLE" {
            return None;
        }
        claim.verify_with(&head, payload, &secret, NOW, &keys).ok()
    };
    let (requests, mut draw) = (requests(), Draw(1));
    for (sent, payload) in &requests {
        assert!(
            verify(sent, *payload).is_some(),
            "{} {}",
            sent.method,
            sent.target
        );
    }
    let meanings: Vec<_> = requests.iter().map(|(sent, _)| meaning(sent)).collect();
    let (mut refused, mut spellings) = (0, 0);
    while refused < WANTED {
        // Fewer of the last, whose signatures take fifty times as long to check.
        let of = match draw.below(200) {
            0 => requests.len() - 1,
            other => other % (requests.len() - 1),
        };
        let (sent, payload) = &requests[of];
        let mut changed = sent.clone();
        for _ in 0..=draw.below(2) {
            change(&mut changed, &mut draw);
        }
        if verify(&changed, *payload).is_some() {
            let same = meaning(&changed) == meanings[of];
            assert!(
                same,
                "accepted: {} {} {:?}",
                changed.method, changed.target, changed.headers
            );
            spellings += 1;
        } else {
            refused += 1;
        }
    }
    // Some must have been, or the other half of this test looks at nothing.
    assert!(spellings > 100, "only {spellings} spellings");
    // Of the body: its hash is what was signed.
    for (sent, payload) in &requests {
        if let Payload::Buffered(hash) = payload {
            for place in 0..32 {
                let mut other = *hash;
                other[place] ^= 1;
                assert!(verify(sent, Payload::Buffered(other)).is_none());
            }
        }
    }
}
