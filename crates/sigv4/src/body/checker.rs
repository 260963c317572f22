//! Hashes a body that is not in chunks, for whoever needs no more than the answer.

use super::promise::Promise;
use super::reader::BodyReader;
use crate::refusal::Refusal;

/// Hashes a body as it passes by. Of a body in chunks it knows nothing, and refuses it.
pub struct BodyChecker(Option<BodyReader>);

impl BodyChecker {
    pub(super) fn new(promise: &Promise) -> Self {
        Self(match promise {
            Promise::Chunked(_) => None,
            Promise::Sha256(_) | Promise::Unsigned => Some(BodyReader::new(promise)),
        })
    }

    /// The next bytes of the body.
    pub fn update(&mut self, bytes: &[u8]) {
        // An error stays, and is told at the end.
        if let Some(reader) = &mut self.0 {
            drop(reader.push(bytes, &mut |_| {}));
        }
    }

    /// Whether the body was the one that was signed.
    ///
    /// # Errors
    /// [`Refusal::BodyHash`] when it was not.
    pub fn finish(self) -> Result<(), Refusal> {
        self.0.ok_or(Refusal::BodyHash)?.finish().map(drop)
    }
}
