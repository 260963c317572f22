//! Reads a body as it streams by, and says at its end whether it was the one that was signed.

use aws_lc_rs::{constant_time, digest};

use super::chunked::ChunkedReader;
use super::promise::Promise;
use super::trailers::Trailers;
use crate::refusal::Refusal;

/// Reads a body as it streams by. What it hands out is the body only once [`BodyReader::finish`]
/// says so: whoever keeps it must not complete anything before.
pub struct BodyReader(State);

enum State {
    Sha256([u8; 32], digest::Context),
    Unsigned,
    // Boxed: it is much larger than the others, and made once for a body.
    Chunked(Box<ChunkedReader>),
    Failed(Refusal),
}

impl BodyReader {
    pub(super) fn new(promise: &Promise) -> Self {
        Self(match promise {
            Promise::Sha256(wanted) => {
                State::Sha256(*wanted, digest::Context::new(&digest::SHA256))
            }
            Promise::Unsigned => State::Unsigned,
            Promise::Chunked(chunked) => State::Chunked(Box::new(ChunkedReader::new(chunked))),
        })
    }

    /// The next bytes as they came; hands out, in pieces, those that are the body's.
    ///
    /// # Errors
    /// [`Refusal`] when they cannot be the signed body's any more; from then on always.
    pub fn push(&mut self, bytes: &[u8], out: &mut impl FnMut(&[u8])) -> Result<(), Refusal> {
        let result = match &mut self.0 {
            State::Sha256(_, context) => {
                context.update(bytes);
                out(bytes);
                Ok(())
            }
            State::Unsigned => {
                out(bytes);
                Ok(())
            }
            State::Chunked(reader) => reader.push(bytes, out),
            State::Failed(refusal) => Err(refusal.clone()),
        };
        if let Err(refusal) = &result {
            self.0 = State::Failed(refusal.clone());
        }
        result
    }

    /// Whether the body was the one that was signed, and what followed it.
    ///
    /// # Errors
    /// [`Refusal`] when it was not, or not all of it came.
    pub fn finish(self) -> Result<Trailers, Refusal> {
        match self.0 {
            State::Sha256(wanted, context) => {
                // The hash is public; constant time costs nothing, and no one has to ask whether
                // this comparison may tell.
                constant_time::verify_slices_are_equal(context.finish().as_ref(), &wanted)
                    .map(|()| Trailers::default())
                    .map_err(|_| Refusal::BodyHash)
            }
            State::Unsigned => Ok(Trailers::default()),
            State::Chunked(reader) => reader.finish(),
            State::Failed(refusal) => Err(refusal),
        }
    }
}
