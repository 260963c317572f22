//! Minting: an assumption becomes credentials.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sigv4::SecretKey;
use wire::Fault;

use super::facts::Facts;
use super::packing::{MAX_PLAIN_BYTES, MAX_TOKEN_CHARS, pack};
use crate::assumption::Assumption;
use crate::denial::Denial;
use crate::entropy::Entropy;
use crate::ids::{self, Kind};
use crate::keyring::Keyring;
use crate::record::{Cause, Link};

/// Freshly minted temporary credentials.
pub struct Session {
    /// `ASIA...`.
    pub access_key_id: String,
    /// Derived, never stored.
    pub secret: SecretKey,
    /// The sealed session.
    pub token: String,
    /// What the token says.
    pub facts: Facts,
}

/// Why no session was minted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMinted {
    /// It does not fit into [`MAX_TOKEN_CHARS`].
    TooLarge {
        /// Size in percent of what fits.
        percent: usize,
        /// Whether tags are part of it.
        tagged: bool,
    },
    /// There is no key that seals.
    Unsealed,
}

impl NotMinted {
    pub(crate) fn denial(self) -> Denial {
        let (cause, fault) = match self {
            Self::TooLarge { percent, tagged } => {
                let text = if tagged {
                    format!("Packed size of session tags consumes {percent}% of allotted space.")
                } else {
                    format!(
                        "Packed policy consumes {percent}% of allotted space, please use smaller policy."
                    )
                };
                (
                    Cause::SessionTooLarge { percent },
                    Fault::new("PackedPolicyTooLarge", 400, text),
                )
            }
            Self::Unsealed => {
                let because = "there is no key that seals sessions".to_owned();
                let text = "The request processing has failed because of an unknown error.";
                (
                    Cause::Credentials { because },
                    Fault::new("InternalFailure", 500, text),
                )
            }
        };
        Denial::new(Link::Sts, cause, fault)
    }
}

/// Mints credentials. Only an [`Assumption`] can become a session.
///
/// # Errors
/// [`NotMinted`] when tags and policies do not fit.
pub fn mint(
    assumption: Assumption,
    keyring: &Keyring,
    now: i64,
    entropy: &mut Entropy,
) -> Result<Session, NotMinted> {
    let least = assumption.least_token();
    let facts = assumption.into_facts(now);
    // The account can be read out of it, as AWS's ids have it: GetAccessKeyInfo needs no lookup.
    let access_key_id = ids::unique_id(Kind::TemporaryKey, &facts.account, entropy.draw());
    // Two draws, so that nothing of the key id, which is public, tells anything about the nonce.
    let plain = postcard::to_allocvec(&facts).map_err(|_| NotMinted::Unsealed)?;
    let mut packed = pack(&plain);
    // What is packed says itself where it ends, so what follows it is never read. Base64 makes four
    // of three.
    let filled =
        (least.min(MAX_TOKEN_CHARS).div_ceil(4) * 3).saturating_sub(crate::keyring::OVERHEAD);
    packed.resize(packed.len().max(filled), 0);
    let mut nonce = [0; 12];
    for (to, from) in nonce.iter_mut().zip(entropy.draw()) {
        *to = from;
    }
    // The key id is authenticated with the seal: this token opens for no other id.
    let sealed = keyring
        .seal(&access_key_id, &packed, nonce)
        .map_err(|_| NotMinted::Unsealed)?;
    let token = STANDARD.encode(&sealed);
    // Both bounds: what deflates well may fit as a token and still be more than `open` would
    // inflate.
    if token.len() > MAX_TOKEN_CHARS || plain.len() > MAX_PLAIN_BYTES {
        // What does not fit is more than all of it, however little more.
        let percent = (token.len() * 100).div_ceil(MAX_TOKEN_CHARS).max(101);
        return Err(NotMinted::TooLarge {
            percent,
            tagged: !facts.tags.is_empty(),
        });
    }
    // Computed from the sealed bytes and kept nowhere: a flipped bit is another secret, so no
    // signature holds.
    let secret = keyring
        .secret(&access_key_id, &sealed)
        .ok_or(NotMinted::Unsealed)?;
    Ok(Session {
        access_key_id,
        secret,
        token,
        facts,
    })
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}
