//! Bodies in chunks: however they are split on their way they are read alike, and no chunk can be
//! moved, dropped, doubled or changed.

use proptest::prelude::*;
use sigv4::sign::{ChunkSigner, unsigned_chunks};
use sigv4::{BodyProof, Payload, Refusal, SecretKey, Trailers};

use crate::{AMZ_DATE, NOW, SECRET, Sent};

pub(crate) const CHECKSUM: &str = "x-amz-checksum-crc32";

/// A PUT in chunks of this kind, and its `Authorization` header.
pub(crate) fn put(kind: &str, length: &str, trailer: Option<&str>) -> Sent {
    let mut headers = vec![
        ("content-encoding", "aws-chunked"),
        ("host", "localhost"),
        ("x-amz-content-sha256", kind),
        ("x-amz-date", AMZ_DATE),
        ("x-amz-decoded-content-length", length),
    ];
    headers.extend(trailer.map(|names| ("x-amz-trailer", names)));
    Sent::signed("PUT", "/b/k", &headers, "s3", kind)
}

pub(crate) const SIGNED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
pub(crate) const SIGNED_TRAILER: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
pub(crate) const UNSIGNED_TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// The three ways to send chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Signed,
    SignedTrailer,
    UnsignedTrailer,
}

pub(crate) const KINDS: [Kind; 3] = [Kind::Signed, Kind::SignedTrailer, Kind::UnsignedTrailer];

/// A body as it is sent, a piece for each chunk, and what was proven of it before.
pub(crate) fn sent(kind: Kind, chunks: &[&[u8]]) -> (BodyProof, Vec<Vec<u8>>) {
    let (name, trailer) = match kind {
        Kind::Signed => (SIGNED, None),
        Kind::SignedTrailer => (SIGNED_TRAILER, Some(CHECKSUM)),
        Kind::UnsignedTrailer => (UNSIGNED_TRAILER, Some(CHECKSUM)),
    };
    let length: usize = chunks.iter().map(|chunk| chunk.len()).sum();
    let request = put(name, &length.to_string(), trailer);
    let (_, proof) = request.verify(Payload::Declared, NOW).unwrap();
    let trailers: Vec<_> = trailer.map(|name| (name, "AAAAAA==")).into_iter().collect();
    if kind == Kind::UnsignedTrailer {
        let mut pieces: Vec<Vec<u8>> = chunks
            .iter()
            .map(|chunk| {
                let whole = unsigned_chunks(&[*chunk], &[]);
                whole.strip_suffix(b"0\r\n\r\n").unwrap().to_vec()
            })
            .collect();
        pieces.push(unsigned_chunks(&[], &trailers));
        return (proof, pieces);
    }
    let secret = SecretKey::new(SECRET.to_owned());
    let mut signer = ChunkSigner::new(request.header("authorization"), AMZ_DATE, &secret).unwrap();
    let mut pieces: Vec<Vec<u8>> = chunks.iter().map(|chunk| signer.chunk(chunk)).collect();
    pieces.push(signer.end(&trailers));
    (proof, pieces)
}

pub(crate) fn read(proof: &BodyProof, body: &[u8]) -> Result<(Vec<u8>, Trailers), Refusal> {
    proof.whole(body)
}

pub(crate) fn chunk(byte: u8, length: usize) -> Vec<u8> {
    vec![byte; length]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_body_is_read_alike_however_it_is_split(
        kind in prop::sample::select(&KINDS[..]),
        last in 0_usize..9_000,
        pieces in prop::collection::vec(1_usize..3_000, 1..40),
    ) {
        let (one, two, three) = (chunk(b'a', 8_192), chunk(b'b', 10_000), chunk(b'c', last));
        let mut chunks = vec![&one[..], &two];
        if last > 0 {
            chunks.push(&three);
        }
        let (proof, body) = sent(kind, &chunks);
        let body = body.concat();
        let (mut out, mut reader, mut rest) = (Vec::new(), proof.reader(), &body[..]);
        for length in pieces.iter().cycle() {
            let (piece, more) = rest.split_at((*length).min(rest.len()));
            reader.push(piece, &mut |bytes| out.extend_from_slice(bytes)).unwrap();
            rest = more;
            if rest.is_empty() {
                break;
            }
        }
        let trailers = reader.finish().unwrap();
        prop_assert_eq!(out, chunks.concat());
        prop_assert_eq!(trailers.is_empty(), kind == Kind::Signed);
    }

    #[test]
    fn what_is_refused_is_refused_however_it_is_split(
        kind in prop::sample::select(&KINDS[..]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..4),
        length in 1_usize..300,
    ) {
        let (proof, pieces) = sent(kind, &[&chunk(b'a', 8_192), b"end"]);
        // The lines are what there is to change, so most of the long chunk is left out.
        let mut body = pieces.concat();
        for (place, byte, how) in changes {
            let lines: Vec<usize> = (0..100).chain(8_250..body.len()).filter(|at| *at < body.len()).collect();
            let place = lines[place.index(lines.len())];
            match how {
                0 => body[place] = byte,
                1 => body.insert(place, byte),
                _ => drop(body.remove(place)),
            }
        }
        let (mut out, mut reader) = (Vec::new(), proof.reader());
        let pushed = body.chunks(length).try_for_each(|piece| reader.push(piece, &mut |bytes| out.extend_from_slice(bytes)));
        let split = pushed.and_then(|()| reader.finish()).map(|trailers| (out, trailers));
        prop_assert_eq!(split, read(&proof, &body));
    }

    #[test]
    fn any_byte_that_changes_is_refused_where_chunks_are_signed(
        trailer: bool,
        place in any::<prop::sample::Index>(),
        by in 1_u8..,
    ) {
        let kind = if trailer { Kind::SignedTrailer } else { Kind::Signed };
        let (proof, body) = sent(kind, &[&chunk(b'a', 8_192), b"end"]);
        let mut body = body.concat();
        let place = place.index(body.len());
        let before = body[place];
        body[place] ^= by;
        // A size or the name of a trailer may be spelt in capitals: it is the same one.
        let same = before.eq_ignore_ascii_case(&body[place]) && before.is_ascii_alphabetic();
        prop_assert!(same || read(&proof, &body).is_err(), "byte {place}: {before} ^ {by}");
    }
}

#[test]
fn bodies_split_at_every_byte() {
    for kind in KINDS {
        let (proof, body) = sent(kind, &[&chunk(b'a', 8_192), b"end"]);
        let body = body.concat();
        let wanted = read(&proof, &body).unwrap();
        // Around the lines between chunks, where there is something to split.
        for place in (0..120).chain(8_190..body.len()) {
            let (mut out, mut reader) = (Vec::new(), proof.reader());
            for piece in [&body[..place], &body[place..]] {
                reader
                    .push(piece, &mut |bytes| out.extend_from_slice(bytes))
                    .unwrap();
            }
            assert_eq!((out, reader.finish().unwrap()), wanted, "{kind:?} {place}");
        }
        // And all of it, a byte at a time.
        let (mut out, mut reader) = (Vec::new(), proof.reader());
        for byte in body.chunks(1) {
            reader
                .push(byte, &mut |bytes| out.extend_from_slice(bytes))
                .unwrap();
        }
        assert_eq!((out, reader.finish().unwrap()), wanted, "{kind:?}");
    }
}

#[test]
fn empty_bodies_have_a_last_chunk_too() {
    for kind in KINDS {
        let (proof, body) = sent(kind, &[]);
        assert_eq!(read(&proof, &body.concat()).unwrap().0, b"", "{kind:?}");
        let nothing = Refusal::Framing("it ends before its last chunk does");
        assert_eq!(read(&proof, b"").err(), Some(nothing), "{kind:?}");
    }
}

#[test]
fn what_nobody_signed_promises_what_it_says() {
    let proof = |headers: &[(&str, &str)]| {
        let fields = headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()));
        let head = wire::Head::read("PUT", "/b/k", fields).unwrap();
        BodyProof::anonymous(&head)
    };
    assert!(proof(&[]).unwrap().is_unsigned());
    let hash = sigv4::sign::payload_hash(b"hello");
    let hashed = proof(&[("x-amz-content-sha256", &hash)]).unwrap();
    assert_eq!(hashed.whole(b"hellO").err(), Some(Refusal::BodyHash));
    let trailing = [
        ("x-amz-content-sha256", UNSIGNED_TRAILER),
        ("x-amz-decoded-content-length", "5"),
        ("x-amz-trailer", CHECKSUM),
    ];
    assert_eq!(proof(&trailing).unwrap().decoded_length(), Some(5));
    assert_eq!(
        proof(&[("x-amz-content-sha256", SIGNED)]).err(),
        Some(Refusal::StreamingPayload(SIGNED.to_owned()))
    );
}
