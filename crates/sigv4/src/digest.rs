//! SHA-256.

use aws_lc_rs::digest;

/// What nothing at all hashes to.
pub(crate) const OF_NOTHING: &str =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// SHA-256 of a body that is at hand as a whole.
pub fn sha256(body: &[u8]) -> [u8; 32] {
    array(&digest::digest(&digest::SHA256, body))
}

/// A digest as an array.
pub(crate) fn array(digest: &digest::Digest) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    out
}
