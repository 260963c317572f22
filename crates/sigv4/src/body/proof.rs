//! What a request says of its body, and what is promised of it once that is signed.

use std::sync::Arc;

use wire::Head;

use super::chain::Seed;
use super::checker::BodyChecker;
use super::promise::{Chunked, Promise};
use super::reader::BodyReader;
use super::trailers::Trailers;
use crate::hex;
use crate::refusal::{Refusal, duplicate};
use crate::scope::Algorithm;

/// The words that stand for a body without a hash.
pub(crate) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const UNSIGNED_TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const STREAMING: &str = "STREAMING-";
/// Most trailers of one body; S3 takes one.
const MOST_TRAILERS: usize = 8;

/// What a verified signature promises of the body.
#[derive(Clone)]
pub struct BodyProof(Promise);

/// What a request declares of its body; nothing is proven yet.
pub(crate) enum Declared {
    Sha256([u8; 32]),
    Unsigned,
    Chunked {
        length: u64,
        trailers: Vec<String>,
        is_signed: bool,
    },
}

impl Declared {
    /// Reads `x-amz-content-sha256`, and what belongs to it. `signed` is how the request is.
    pub(crate) fn read(
        text: &str,
        head: &Head,
        signed: Option<Algorithm>,
    ) -> Result<Self, Refusal> {
        // A trailer that nobody reads would be a checksum that nobody compares.
        let announced = head.headers.one("x-amz-trailer").map_err(duplicate)?;
        let Some(kind) = text.strip_prefix(STREAMING) else {
            if announced.is_some() {
                return Err(Refusal::TrailerName);
            }
            return match text {
                UNSIGNED => Ok(Self::Unsigned),
                text => hex::read_32(text.as_bytes())
                    .map(Self::Sha256)
                    .ok_or(Refusal::ContentHash),
            };
        };
        let (is_signed, has_trailer) = if text == UNSIGNED_TRAILER {
            (false, true)
        } else {
            // Chunks are signed as the request is: by its key, after its signature.
            let trailer = signed
                .and_then(|algorithm| {
                    let kind = kind.strip_prefix(algorithm.as_str())?;
                    kind.strip_prefix("-PAYLOAD")
                })
                .and_then(|rest| match rest {
                    "" => Some(false),
                    "-TRAILER" => Some(true),
                    _ => None,
                });
            let unknown = || Refusal::StreamingPayload(text.chars().take(64).collect());
            (true, trailer.ok_or_else(unknown)?)
        };
        let trailers = match (has_trailer, announced) {
            (true, Some(names)) => trailer_names(names)?,
            (false, None) => Vec::new(),
            (true, None) | (false, Some(_)) => return Err(Refusal::TrailerName),
        };
        let length = head
            .headers
            .one("x-amz-decoded-content-length")
            .map_err(duplicate)?
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .ok_or(Refusal::DecodedLength)?;
        Ok(Self::Chunked {
            length,
            trailers,
            is_signed,
        })
    }

    /// What is promised, once the signature holds; `seed` is its, for chunks.
    pub(crate) fn proof(self, seed: impl FnOnce() -> Seed) -> BodyProof {
        BodyProof(match self {
            Self::Sha256(hash) => Promise::Sha256(hash),
            Self::Unsigned => Promise::Unsigned,
            Self::Chunked {
                length,
                trailers,
                is_signed,
            } => Promise::Chunked(Arc::new(Chunked {
                length,
                trailers,
                seed: is_signed.then(seed),
            })),
        })
    }
}

impl BodyProof {
    /// What may be believed of the body of a request that nobody signed: what it says itself, which
    /// only the transport protects.
    ///
    /// # Errors
    /// [`Refusal`] for chunks that say to be signed, and for what cannot be read.
    pub fn anonymous(head: &Head) -> Result<Self, Refusal> {
        let declared = head
            .headers
            .one("x-amz-content-sha256")
            .map_err(duplicate)?
            .unwrap_or(UNSIGNED);
        Ok(match Declared::read(declared, head, None)? {
            Declared::Sha256(hash) => Self(Promise::Sha256(hash)),
            Declared::Unsigned => Self(Promise::Unsigned),
            Declared::Chunked {
                length, trailers, ..
            } => Self(Promise::Chunked(Arc::new(Chunked {
                length,
                trailers,
                seed: None,
            }))),
        })
    }

    /// Whether no signature covers the body: `UNSIGNED-PAYLOAD`, and chunks without signatures. Only
    /// the transport protects it then; the caller decides whether that is enough.
    pub fn is_unsigned(&self) -> bool {
        match &self.0 {
            Promise::Sha256(_) => false,
            Promise::Unsigned => true,
            Promise::Chunked(chunked) => chunked.seed.is_none(),
        }
    }

    /// Whether the body comes in chunks, so that more bytes come than it has.
    pub fn is_chunked(&self) -> bool {
        matches!(self.0, Promise::Chunked(_))
    }

    /// How many bytes a body in chunks has without their frames.
    pub fn decoded_length(&self) -> Option<u64> {
        match &self.0 {
            Promise::Chunked(chunked) => Some(chunked.length),
            Promise::Sha256(_) | Promise::Unsigned => None,
        }
    }

    /// The lower-case names of the trailers that must follow a body in chunks; all are checksums'.
    pub fn trailer_names(&self) -> &[String] {
        match &self.0 {
            Promise::Chunked(chunked) => &chunked.trailers,
            Promise::Sha256(_) | Promise::Unsigned => &[],
        }
    }

    /// A reader for the body as it streams by.
    pub fn reader(&self) -> BodyReader {
        BodyReader::new(&self.0)
    }

    /// A checker for the body as it streams by, which refuses one in chunks.
    pub fn checker(&self) -> BodyChecker {
        BodyChecker::new(&self.0)
    }

    /// Reads a body that is at hand as a whole.
    ///
    /// # Errors
    /// [`Refusal`] when it is not the one that was signed.
    pub fn whole(&self, body: &[u8]) -> Result<(Vec<u8>, Trailers), Refusal> {
        let (mut out, mut reader) = (Vec::with_capacity(body.len()), self.reader());
        reader.push(body, &mut |piece| out.extend_from_slice(piece))?;
        reader.finish().map(|trailers| (out, trailers))
    }
}

impl std::fmt::Debug for BodyProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match (self.is_chunked(), self.is_unsigned()) {
            (true, true) => "BodyProof(unsigned chunks)",
            (true, false) => "BodyProof(signed chunks)",
            (false, true) => "BodyProof(unsigned)",
            (false, false) => "BodyProof(sha256)",
        })
    }
}

/// Only checksums may follow a body (S3 API reference, "Checking object integrity").
fn trailer_names(text: &str) -> Result<Vec<String>, Refusal> {
    let mut names: Vec<String> = Vec::new();
    for name in text.split(',') {
        let name = name.trim_matches([' ', '\t']).to_ascii_lowercase();
        let is_checksum = name.strip_prefix("x-amz-checksum-").is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        if !is_checksum || names.contains(&name) || names.len() == MOST_TRAILERS {
            return Err(Refusal::TrailerName);
        }
        names.push(name);
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::sha256;

    #[test]
    fn a_body_must_be_the_signed_one() {
        for (body, expected) in [
            (&b"hello"[..], Ok(())),
            (b"hell", Err(Refusal::BodyHash)),
            (b"", Err(Refusal::BodyHash)),
        ] {
            let proof = BodyProof(Promise::Sha256(sha256(b"hello")));
            let (mut checker, mut reader) = (proof.checker(), proof.reader());
            for piece in body.chunks(2) {
                checker.update(piece);
                reader.push(piece, &mut |_| {}).unwrap();
            }
            assert_eq!(checker.finish(), expected);
            assert_eq!(reader.finish().map(drop), expected);
        }
    }
}
