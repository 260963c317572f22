//! Opening: credentials as they were presented become whom they belong to, and the secret to check
//! a signature with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sigv4::SecretKey;

use super::facts::{Bearer, Facts};
use super::packing::{MAX_TOKEN_CHARS, unpack};
use crate::keyring::Keyring;
use crate::lifetime::CLOCKS_APART;

/// Credentials that exist: who bears them, and the secret to check a signature with.
pub struct Opened {
    pub(crate) access_key_id: String,
    pub(crate) bearer: Bearer,
    secret: SecretKey,
}

/// Why credentials do not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such access key id, or a token that was not sealed for it here.
    Unknown,
    /// A temporary access key id without its session token.
    TokenMissing,
    /// A long-term access key id with a session token.
    TokenUnexpected,
    /// The session is over.
    Expired {
        /// Unix seconds.
        at: i64,
    },
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown => f.write_str("the access key id is unknown, or its session token was not sealed for it by this server"),
            Self::TokenMissing => f.write_str("the session token of the temporary access key id is missing"),
            Self::TokenUnexpected => f.write_str("a long-term access key id must not have a session token"),
            Self::Expired { at } => write!(f, "the session expired at {}", crate::iso8601::iso8601(*at)),
        }
    }
}

/// Opens credentials as they were presented; nothing is proven until the signature is verified with
/// the secret.
///
/// # Errors
/// [`Refusal`], the same for a token that was tampered with and one that was made elsewhere.
pub fn open(
    access_key_id: &str,
    token: Option<&str>,
    keyring: &Keyring,
    now: i64,
) -> Result<Opened, Refusal> {
    let temporary = access_key_id.starts_with("ASIA");
    let Some(token) = token else {
        let (account, secret) = keyring.root(access_key_id).ok_or(if temporary {
            Refusal::TokenMissing
        } else {
            Refusal::Unknown
        })?;
        return Ok(Opened {
            access_key_id: access_key_id.to_owned(),
            bearer: Bearer::Root(account.clone()),
            secret: secret.clone(),
        });
    };
    // A root key has no session; taking the token along would let it be any text.
    if !temporary {
        return Err(if keyring.root(access_key_id).is_some() {
            Refusal::TokenUnexpected
        } else {
            Refusal::Unknown
        });
    }
    // Before decoding: nobody makes the server decode a megabyte by naming a key id.
    if token.len() > MAX_TOKEN_CHARS {
        return Err(Refusal::Unknown);
    }
    // From here on one error for all: which step failed would tell a forger how far it came
    // (docs/threats.md, 24).
    let sealed = STANDARD.decode(token).map_err(|_| Refusal::Unknown)?;
    let packed = keyring
        .open(access_key_id, &sealed)
        .map_err(|_| Refusal::Unknown)?;
    let plain = unpack(&packed).ok_or(Refusal::Unknown)?;
    let facts: Facts = postcard::from_bytes(&plain).map_err(|_| Refusal::Unknown)?;
    // Sealed by us, yet from the future: a clock that was set back would else stretch every session
    // by as much.
    if facts.issued_at > now + CLOCKS_APART {
        return Err(Refusal::Unknown);
    }
    // No leeway here: AWS lets credentials end to the second, and clients refresh minutes before.
    if now >= facts.expires_at {
        return Err(Refusal::Expired {
            at: facts.expires_at,
        });
    }
    let secret = keyring
        .secret(access_key_id, &sealed)
        .ok_or(Refusal::Unknown)?;
    Ok(Opened {
        access_key_id: access_key_id.to_owned(),
        bearer: Bearer::Session(Box::new(facts)),
        secret,
    })
}

impl Opened {
    /// The secret to verify the signature with.
    pub fn secret(&self) -> &SecretKey {
        &self.secret
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("access_key_id", &self.access_key_id)
            .field("bearer", &self.bearer)
            .finish_non_exhaustive()
    }
}
