//! What the signature says about the body, and the check that the body must pass before anything is
//! done with its end.

use aws_lc_rs::{constant_time, digest};

use crate::refusal::Refusal;

/// What a verified signature promises of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyProof(Promise);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Promise {
    Sha256([u8; 32]),
    Unsigned,
}

/// Hashes a body as it passes by.
pub struct BodyChecker {
    promise: Promise,
    context: digest::Context,
}

/// SHA-256 of a body that is at hand as a whole.
pub fn sha256(body: &[u8]) -> [u8; 32] {
    array(digest::digest(&digest::SHA256, body).as_ref())
}

fn array(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}

impl BodyProof {
    pub(crate) fn sha256(hash: [u8; 32]) -> Self {
        Self(Promise::Sha256(hash))
    }

    pub(crate) fn unsigned() -> Self {
        Self(Promise::Unsigned)
    }

    /// `UNSIGNED-PAYLOAD`: only the transport protects the body. The caller decides whether that is
    /// enough.
    pub fn is_unsigned(&self) -> bool {
        self.0 == Promise::Unsigned
    }

    /// A checker for the body as it streams by.
    pub fn checker(&self) -> BodyChecker {
        BodyChecker {
            promise: self.0.clone(),
            context: digest::Context::new(&digest::SHA256),
        }
    }
}

impl BodyChecker {
    /// The next bytes of the body.
    pub fn update(&mut self, bytes: &[u8]) {
        if self.promise != Promise::Unsigned {
            self.context.update(bytes);
        }
    }

    /// Whether the body was the one that was signed.
    ///
    /// # Errors
    /// [`Refusal::BodyHash`] when it was not.
    pub fn finish(self) -> Result<(), Refusal> {
        match self.promise {
            Promise::Unsigned => Ok(()),
            Promise::Sha256(wanted) => {
                // The hash is public; constant time costs nothing, and no one has to ask whether
                // this comparison may tell.
                constant_time::verify_slices_are_equal(self.context.finish().as_ref(), &wanted)
                    .map_err(|_| Refusal::BodyHash)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_must_be_the_signed_one() {
        for (body, expected) in [
            (&b"hello"[..], Ok(())),
            (b"hell", Err(Refusal::BodyHash)),
            (b"", Err(Refusal::BodyHash)),
        ] {
            let mut checker = BodyProof::sha256(sha256(b"hello")).checker();
            body.chunks(2).for_each(|chunk| checker.update(chunk));
            assert_eq!(checker.finish(), expected);
        }
    }
}
