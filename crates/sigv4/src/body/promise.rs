//! What a verified signature promises of a body.

use std::sync::Arc;

use super::chain::Seed;

/// What a verified signature promises of a body.
#[derive(Clone)]
pub(super) enum Promise {
    /// It hashes to this.
    Sha256([u8; 32]),
    /// Nothing.
    Unsigned,
    /// It comes in chunks.
    Chunked(Arc<Chunked>),
}

/// A body in chunks, `aws-chunked`.
pub(super) struct Chunked {
    /// Bytes of all chunks together, without their frames.
    pub(super) length: u64,
    /// Names of the trailers, lower-case.
    pub(super) trailers: Vec<String>,
    /// Where the chain of signatures begins; `None` when chunks are not signed.
    pub(super) seed: Option<Seed>,
}
