//! The chain of a body's signatures: each chunk's covers the one before it, so that none can be
//! dropped, doubled or moved (S3 API reference, "Signature Calculations ... Transferring Payload in
//! Multiple Chunks").

use crate::digest::OF_NOTHING;
use crate::hex;
use crate::key::SigningKey;
use crate::refusal::Refusal;
use crate::scope::Algorithm;
use crate::signature::Signature;

/// What the first chunk's signature stands on: the request's.
#[derive(Clone)]
pub(crate) struct Seed {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: SigningKey,
    pub(crate) amz_date: String,
    /// As it stands in the text that is signed.
    pub(crate) scope: Vec<u8>,
    /// The request's signature in hexadecimal.
    pub(crate) signature: String,
}

/// The signatures of a body as far as it has come.
pub(super) struct Chain {
    seed: Seed,
    before: String,
}

impl Chain {
    pub(super) fn new(seed: Seed) -> Self {
        let before = seed.signature.clone();
        Self { seed, before }
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.seed.algorithm
    }

    /// Checks the next chunk, by the hash of its bytes.
    pub(super) fn chunk(&mut self, hash: &[u8; 32], signature: &Signature) -> Result<(), Refusal> {
        let text = chunk_text(&self.seed, &self.before, hash);
        self.next(&text, signature)
    }

    /// Checks the trailer, by the hash of its canonical lines.
    pub(super) fn trailer(
        &mut self,
        hash: &[u8; 32],
        signature: &Signature,
    ) -> Result<(), Refusal> {
        let text = trailer_text(&self.seed, &self.before, hash);
        self.next(&text, signature)
    }

    fn next(&mut self, text: &[u8], signature: &Signature) -> Result<(), Refusal> {
        if !self.seed.key.holds(text, signature) {
            return Err(Refusal::Chunk);
        }
        self.before = signature.to_hex();
        Ok(())
    }
}

/// What the signature of a chunk is of.
pub(crate) fn chunk_text(seed: &Seed, before: &str, hash: &[u8; 32]) -> Vec<u8> {
    let mut text = start(seed, "-PAYLOAD", before);
    // The hash of the chunk's headers, of which there are none.
    text.extend_from_slice(OF_NOTHING.as_bytes());
    text.push(b'\n');
    hex::write(hash, &mut text);
    text
}

/// What the signature of a trailer is of.
pub(crate) fn trailer_text(seed: &Seed, before: &str, hash: &[u8; 32]) -> Vec<u8> {
    let mut text = start(seed, "-TRAILER", before);
    hex::write(hash, &mut text);
    text
}

fn start(seed: &Seed, kind: &str, before: &str) -> Vec<u8> {
    let mut text = Vec::with_capacity(512);
    for part in [
        seed.algorithm.as_str().as_bytes(),
        kind.as_bytes(),
        b"\n",
        seed.amz_date.as_bytes(),
        b"\n",
        seed.scope.as_slice(),
        b"\n",
        before.as_bytes(),
        b"\n",
    ] {
        text.extend_from_slice(part);
    }
    text
}
