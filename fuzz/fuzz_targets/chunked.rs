//! A body in chunks as any client may send it, in pieces of any size: reading it never panics, no
//! more is handed out than came or was announced, and how it is split makes no difference.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigv4::{BodyProof, Refusal, Trailers};
use wire::Head;

// A byte for the size of the pieces, one for the length that is announced, then the body.
fuzz_target!(|input: &[u8]| {
    let [pieces, length, body @ ..] = input else {
        return;
    };
    let length = usize::from(*length).to_string();
    let fields = [
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-decoded-content-length", &length),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    ];
    let fields = fields.map(|(name, value)| (name, value.as_bytes()));
    let Ok(head) = Head::read("PUT", "/b/k", fields) else {
        return;
    };
    let Ok(proof) = BodyProof::anonymous(&head) else {
        return;
    };
    let read = |pieces: usize| -> Result<(Vec<u8>, Trailers), Refusal> {
        let (mut out, mut reader) = (Vec::new(), proof.reader());
        for piece in body.chunks(pieces) {
            let pushed = reader.push(piece, &mut |bytes| out.extend_from_slice(bytes));
            assert!(out.len() <= body.len());
            pushed?;
        }
        reader.finish().map(|trailers| (out, trailers))
    };
    let (whole, split) = (read(body.len().max(1)), read(usize::from(*pieces).max(1)));
    assert_eq!(whole, split);
    if let Ok((body, trailers)) = whole {
        assert_eq!(Some(body.len() as u64), proof.decoded_length());
        assert!(trailers.get("x-amz-checksum-crc32").is_some());
    }
});
