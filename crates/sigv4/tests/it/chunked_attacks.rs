//! Attacks 35 and 41 on bodies in chunks.

use sigv4::sign::ChunkSigner;
use sigv4::{Payload, Refusal, SecretKey};

use crate::chunked::{
    CHECKSUM, KINDS, Kind, SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER, chunk, put, read, sent,
};
use crate::s3_docs::{self, DOCS_NOW, DOCS_SECRET};
use crate::{AMZ_DATE, NOW, SECRET};

#[test]
fn attack_41_chunks_moved_dropped_doubled_or_cut_off() {
    let (one, two) = (chunk(b'a', 8_192), chunk(b'b', 8_192));
    for kind in KINDS {
        let (proof, pieces) = sent(kind, &[&one, &two, b"end"]);
        let of = |places: &[usize]| {
            let parts: Vec<&[u8]> = places.iter().map(|place| &pieces[*place][..]).collect();
            read(&proof, &parts.concat()).map(drop)
        };
        assert_eq!(of(&[0, 1, 2, 3]), Ok(()));
        let signed = kind != Kind::UnsignedTrailer;
        let framing = |how| Err(Refusal::Framing(how));
        for (sentence, places, if_signed, if_unsigned) in [
            // Without signatures only a checksum tells, which is not compared here.
            ("moved", &[1, 0, 2, 3][..], Err(Refusal::Chunk), Ok(())),
            (
                "dropped",
                &[0, 2, 3],
                Err(Refusal::Chunk),
                framing("it is shorter than was said"),
            ),
            (
                "doubled",
                &[0, 0, 1, 2, 3],
                Err(Refusal::Chunk),
                framing("it is longer than was said"),
            ),
            (
                "without a last chunk",
                &[0, 1, 2],
                framing("it ends before its last chunk does"),
                framing("it ends before its last chunk does"),
            ),
            (
                "without anything but the last",
                &[3],
                framing("it is shorter than was said"),
                framing("it is shorter than was said"),
            ),
            (
                "with the last twice",
                &[0, 1, 2, 3, 3],
                framing("it goes on behind its end"),
                framing("it goes on behind its end"),
            ),
        ] {
            let expected = if signed { if_signed } else { if_unsigned };
            assert_eq!(of(places), expected, "{kind:?}: {sentence}");
        }
        let whole = pieces.concat();
        for length in [1, 50, 100, 8_000, 8_300, whole.len() - 1, whole.len() - 2] {
            assert_eq!(
                read(&proof, &whole[..length]).err(),
                Some(Refusal::Framing("it ends before its last chunk does")),
                "{kind:?}: cut off at {length}"
            );
        }
    }
}

#[test]
fn attack_41_chunks_of_another_request() {
    let (proof, _) = sent(Kind::Signed, &[b"end"]);
    // Of the same length and key, but behind another request's signature.
    let other = put(SIGNED, "3", Some("x"))
        .header("authorization")
        .to_owned();
    let secret = SecretKey::new(SECRET.to_owned());
    let mut signer = ChunkSigner::new(&other, AMZ_DATE, &secret).unwrap();
    let body = [signer.chunk(b"end"), signer.end(&[])].concat();
    assert_eq!(read(&proof, &body).err(), Some(Refusal::Chunk));
}

#[test]
fn attack_41_frames_that_two_readers_understand_differently() {
    let (proof, _) = sent(Kind::UnsignedTrailer, &[b"hello"]);
    let end = "\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
    let framing = |how| Err(Refusal::Framing(how));
    let no_number = framing("the size of a chunk is no hexadecimal number");
    let no_crlf = framing("a line does not end in CRLF");
    for (sentence, body, expected) in [
        ("as it must be", format!("5\r\nhello{end}"), Ok(())),
        (
            "a size that overflows",
            format!("fffffffffffffffff\r\nhello{end}"),
            no_number.clone(),
        ),
        (
            "a size beyond what was said",
            format!("ffffffffffffffff\r\nhello{end}"),
            framing("it is longer than was said"),
        ),
        (
            "a negative size",
            format!("-5\r\nhello{end}"),
            no_number.clone(),
        ),
        (
            "a size with a prefix",
            format!("0x5\r\nhello{end}"),
            no_number.clone(),
        ),
        (
            "a size with zeros",
            format!("05\r\nhello{end}"),
            no_number.clone(),
        ),
        (
            "a size with a blank",
            format!("5 \r\nhello{end}"),
            no_number.clone(),
        ),
        ("no size", format!("\r\nhello{end}"), no_number),
        (
            "a bare line feed",
            format!("5\nhello{end}"),
            no_crlf.clone(),
        ),
        (
            "two carriage returns",
            format!("5\r\r\nhello{end}"),
            no_crlf,
        ),
        (
            "an extension",
            format!("5;a=b\r\nhello{end}"),
            framing("a chunk has an extension, and none are signed"),
        ),
        (
            "a signature",
            format!("5;chunk-signature={}\r\nhello{end}", "0".repeat(64)),
            framing("a chunk has an extension, and none are signed"),
        ),
        (
            "a chunk that is longer than its size",
            format!("4\r\nhello{end}"),
            framing("a chunk is longer than its size"),
        ),
        (
            "a chunk that is shorter than its size",
            "6\r\nhello\r\n0\r\n\r\n".to_owned(),
            framing("it is longer than was said"),
        ),
        (
            "a line without an end",
            "5".repeat(600),
            framing("a line between chunks is too long"),
        ),
        (
            "bytes behind the end",
            format!("5\r\nhello{end}\r\n"),
            framing("it goes on behind its end"),
        ),
        (
            "two short chunks",
            format!("2\r\nhe\r\n3\r\nllo{end}"),
            Err(Refusal::ChunkSize),
        ),
    ] {
        assert_eq!(
            read(&proof, body.as_bytes()).map(drop),
            expected,
            "{sentence}"
        );
    }
}

#[test]
fn attack_41_trailers_unannounced_missing_doubled_or_unsigned() {
    let announced = "x-amz-checksum-crc32:AAAAAA==\r\n";
    let (unsigned, _) = sent(Kind::UnsignedTrailer, &[]);
    let trailer = |how| Err(Refusal::Trailer(how));
    for (sentence, lines, expected) in [
        ("as announced", announced.to_owned(), Ok(())),
        (
            "missing",
            String::new(),
            trailer("one that was announced is missing"),
        ),
        (
            "doubled",
            format!("{announced}{announced}"),
            trailer("it is given more than once"),
        ),
        (
            "another beside it",
            format!("{announced}x-amz-meta-a:1\r\n"),
            trailer("it was not announced"),
        ),
        (
            "another instead",
            "x-amz-checksum-sha1:A\r\n".to_owned(),
            trailer("it was not announced"),
        ),
        (
            "a signature of unsigned chunks",
            format!("{announced}x-amz-trailer-signature:{}\r\n", "0".repeat(64)),
            trailer("it is signed, and the chunks are not"),
        ),
        (
            "without a colon",
            "x-amz-checksum-crc32\r\n".to_owned(),
            trailer("a line of it is not of the form NAME:VALUE"),
        ),
        (
            "with an empty value",
            "x-amz-checksum-crc32:\r\n".to_owned(),
            trailer("a line of it is not of the form NAME:VALUE"),
        ),
        (
            "folded",
            format!(" {announced}"),
            trailer("a line of it is not of the form NAME:VALUE"),
        ),
    ] {
        let body = format!("0\r\n{lines}\r\n");
        assert_eq!(
            read(&unsigned, body.as_bytes()).map(drop),
            expected,
            "{sentence}"
        );
    }
    let other_end = || trailer("a line of it has another end");
    for (sentence, lines, expected) in [
        (
            "as minio-go writes them",
            "x-amz-checksum-crc32:AAAAAA==\n\r\n\r\n",
            Ok(()),
        ),
        (
            "without the end of all",
            "x-amz-checksum-crc32:AAAAAA==\n\r\n",
            Err(Refusal::Framing("it ends before its last chunk does")),
        ),
        (
            "an end of each kind",
            "x-amz-checksum-crc32:AAAAAA==\nx-amz-checksum-sha1:A\r\n\r\n",
            other_end(),
        ),
        (
            "an empty line that ends in a line feed",
            "x-amz-checksum-crc32:AAAAAA==\r\n\n",
            trailer("a line of it is not of the form NAME:VALUE"),
        ),
        (
            "a carriage return within",
            "x-amz-checksum-crc32:AAAA\rAA==\r\n\r\n",
            Err(Refusal::Framing("a line does not end in CRLF")),
        ),
    ] {
        let body = format!("0\r\n{lines}");
        assert_eq!(
            read(&unsigned, body.as_bytes()).map(drop),
            expected,
            "{sentence}"
        );
    }
    let (signed, pieces) = sent(Kind::SignedTrailer, &[]);
    let body = String::from_utf8(pieces.concat()).unwrap();
    let without_signature = format!(
        "{}\r\n",
        body.split_once("x-amz-trailer-signature").unwrap().0
    );
    for (sentence, body, expected) in [
        ("as it is signed", body.clone(), Ok(())),
        (
            "as minio-go writes it",
            body.replace("==\r\n", "==\n\r\n"),
            Ok(()),
        ),
        (
            "its signature missing",
            without_signature,
            trailer("its signature is missing"),
        ),
        (
            "another value",
            body.replace("AAAAAA==", "BAAAAA=="),
            Err(Refusal::Chunk),
        ),
        (
            "the signature of something else",
            body.replace("signature:", "signature:0")
                .replacen("\r\n\r\n", "", 1),
            framing_or_trailer(),
        ),
        (
            "its lines missing",
            body.replace(announced, ""),
            trailer("one that was announced is missing"),
        ),
        (
            "a line behind the signature",
            body.replace("\r\n\r\n", &format!("\r\n{announced}\r\n")),
            Err(Refusal::Framing("a chunk is longer than its size")),
        ),
    ] {
        assert_eq!(
            read(&signed, body.as_bytes()).map(drop),
            expected,
            "{sentence}"
        );
    }
}

fn framing_or_trailer() -> Result<(), Refusal> {
    Err(Refusal::Framing("it ends before its last chunk does"))
}

#[test]
fn attack_35_chunks_are_promised_by_what_is_signed() {
    for (sentence, kind, length, trailer, expected) in [
        ("signed chunks", SIGNED, "5", None, Ok(Some(5))),
        (
            "signed chunks and a trailer",
            SIGNED_TRAILER,
            "5",
            Some(CHECKSUM),
            Ok(Some(5)),
        ),
        (
            "unsigned chunks and a trailer",
            UNSIGNED_TRAILER,
            "5",
            Some(CHECKSUM),
            Ok(Some(5)),
        ),
        (
            "a trailer that is not announced",
            SIGNED_TRAILER,
            "5",
            None,
            Err(Refusal::TrailerName),
        ),
        (
            "a trailer that is not read",
            SIGNED,
            "5",
            Some(CHECKSUM),
            Err(Refusal::TrailerName),
        ),
        (
            "a trailer behind a plain body",
            "UNSIGNED-PAYLOAD",
            "5",
            Some(CHECKSUM),
            Err(Refusal::TrailerName),
        ),
        (
            "a trailer that is no checksum",
            UNSIGNED_TRAILER,
            "5",
            Some("x-amz-meta-a"),
            Err(Refusal::TrailerName),
        ),
        (
            "a trailer twice",
            UNSIGNED_TRAILER,
            "5",
            Some("x-amz-checksum-crc32,x-amz-checksum-crc32"),
            Err(Refusal::TrailerName),
        ),
        (
            "a length that is none",
            SIGNED,
            "five",
            None,
            Err(Refusal::DecodedLength),
        ),
        (
            "a negative length",
            SIGNED,
            "-5",
            None,
            Err(Refusal::DecodedLength),
        ),
        (
            "a length with a sign",
            SIGNED,
            "+5",
            None,
            Err(Refusal::DecodedLength),
        ),
        (
            "a length beyond all numbers",
            SIGNED,
            "99999999999999999999",
            None,
            Err(Refusal::DecodedLength),
        ),
        (
            "an empty length",
            SIGNED,
            "",
            None,
            Err(Refusal::DecodedLength),
        ),
    ] {
        let result = put(kind, length, trailer).verify(Payload::Declared, NOW);
        let result = result.map(|(_, proof)| proof.decoded_length());
        assert_eq!(result, expected, "{sentence}");
    }
    let (_, proof) = put(UNSIGNED_TRAILER, "5", Some(CHECKSUM))
        .verify(Payload::Declared, NOW)
        .unwrap();
    assert!(
        proof.is_unsigned(),
        "chunks without signatures are no better than a body without"
    );
    assert_eq!(proof.trailer_names(), [CHECKSUM]);
    // Whoever knows nothing of chunks must not take their frames for the body.
    let mut checker = proof.checker();
    checker.update(b"hello");
    assert_eq!(checker.finish(), Err(Refusal::BodyHash));
    // The head's own signature is checked first, whatever the body.
    let mut other = put(UNSIGNED_TRAILER, "5", Some(CHECKSUM));
    other.set("x-amz-decoded-content-length", "6");
    assert_eq!(
        other.verify(Payload::Declared, NOW).err(),
        Some(Refusal::Mismatch)
    );
}

#[test]
fn attack_41_a_reader_that_failed_stays_so() {
    let (sent, body) = s3_docs::chunked();
    let (_, proof) = sent
        .verify_by(DOCS_SECRET, Payload::Declared, DOCS_NOW)
        .unwrap();
    let mut reader = proof.reader();
    assert!(reader.push(b"nonsense\r\n", &mut |_| {}).is_err());
    let mut handed = 0;
    assert!(
        reader
            .push(&body, &mut |bytes| handed += bytes.len())
            .is_err()
    );
    assert!(reader.finish().is_err());
    assert_eq!(handed, 0);
}
