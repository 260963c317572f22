//! Temporary credentials: sealed into the session token, stored nowhere. Minted only from an [`Admission`].

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use policy::{AccountId, Arn};
use serde::{Deserialize, Serialize};
use sigv4::SecretKey;

use crate::entropy::Entropy;
use crate::ids::{self, Kind};
use crate::keyring::Keyring;
use crate::trust::Admission;

/// Longest session token, the limit that clients are told of (`SessionTokenSize`).
pub const MAX_TOKEN_CHARS: usize = 4096;
/// Largest plain session: 50 tags of 384 bytes, a policy of 2,048 characters, ten ARNs, names. Bounds inflation.
const MAX_PLAIN_BYTES: usize = 32_768;

/// What a session token says; all that the gate needs to know about its bearer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The role's account.
    pub account: AccountId,
    /// The role's unique id: the session ends with the role, whatever is made anew under its name.
    pub role_id: String,
    /// The role's name.
    pub role_name: String,
    /// The session's name.
    pub session_name: String,
    /// The provider's URL without scheme.
    pub provider: String,
    /// The token's `sub`.
    pub subject: String,
    /// The audience that matched.
    pub audience: String,
    /// The token's `amr`.
    pub amr: Vec<String>,
    /// Unix seconds.
    pub issued_at: i64,
    /// Unix seconds; the credentials are dead from this second on.
    pub expires_at: i64,
    /// The store's revision that the admission was decided over.
    pub revision: u64,
    /// Inline session policy, as it was given.
    pub policy: Option<String>,
    /// Managed session policies.
    pub policy_arns: Vec<Arn>,
    /// Session tags.
    pub tags: BTreeMap<String, String>,
    /// Keys of the tags that go on to the next role of a chain.
    pub transitive: Vec<String>,
    /// Source identity.
    pub source_identity: Option<String>,
}

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

/// Credentials that exist: who bears them, and the secret to check a signature with.
pub struct Opened {
    pub(crate) access_key_id: String,
    pub(crate) bearer: Bearer,
    secret: SecretKey,
}

/// Whom credentials belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// A role's session.
    Session(Box<Facts>),
    /// An account's root, for bootstrap.
    Root(AccountId),
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
            Self::TokenMissing => f.write_str("a temporary access key id came without its session token"),
            Self::TokenUnexpected => f.write_str("a long-term access key id came with a session token"),
            Self::Expired { at } => write!(f, "the session expired at {}", crate::moment::iso8601(*at)),
        }
    }
}

/// The session does not fit into [`MAX_TOKEN_CHARS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// Size in percent of what fits.
    pub percent: usize,
}

/// Mints credentials. Only an [`Admission`] can become a session.
///
/// # Errors
/// [`TooLarge`] when tags and policies do not fit.
pub fn mint(admission: Admission, keyring: &Keyring, now: i64, entropy: &mut Entropy) -> Result<Session, TooLarge> {
    let facts = admission.into_facts(now);
    let access_key_id = ids::unique_id(Kind::TemporaryKey, &facts.account, entropy.draw());
    let plain = postcard::to_allocvec(&facts).map_err(|_| TooLarge { percent: 100 })?;
    let packed = miniz_oxide::deflate::compress_to_vec(&plain, 6);
    let mut nonce = [0; 12];
    for (to, from) in nonce.iter_mut().zip(entropy.draw()) {
        *to = from;
    }
    let sealed = keyring.seal(&access_key_id, &packed, nonce).map_err(|_| TooLarge { percent: 100 })?;
    let token = STANDARD.encode(&sealed);
    if token.len() > MAX_TOKEN_CHARS || plain.len() > MAX_PLAIN_BYTES {
        return Err(TooLarge { percent: token.len() * 100 / MAX_TOKEN_CHARS });
    }
    let secret = keyring.secret(&access_key_id, &sealed).ok_or(TooLarge { percent: 100 })?;
    Ok(Session { access_key_id, secret, token, facts })
}

/// Opens credentials as they were presented; nothing is proven until the signature is verified with the secret.
///
/// # Errors
/// [`Refusal`], the same for a token that was tampered with and one that was made elsewhere.
pub fn open(access_key_id: &str, token: Option<&str>, keyring: &Keyring, now: i64) -> Result<Opened, Refusal> {
    let temporary = access_key_id.starts_with("ASIA");
    let Some(token) = token else {
        let (account, secret) =
            keyring.root(access_key_id).ok_or(if temporary { Refusal::TokenMissing } else { Refusal::Unknown })?;
        return Ok(Opened {
            access_key_id: access_key_id.to_owned(),
            bearer: Bearer::Root(account.clone()),
            secret: secret.clone(),
        });
    };
    if !temporary {
        return Err(if keyring.root(access_key_id).is_some() { Refusal::TokenUnexpected } else { Refusal::Unknown });
    }
    if token.len() > MAX_TOKEN_CHARS {
        return Err(Refusal::Unknown);
    }
    let sealed = STANDARD.decode(token).map_err(|_| Refusal::Unknown)?;
    let packed = keyring.open(access_key_id, &sealed).map_err(|_| Refusal::Unknown)?;
    let plain = miniz_oxide::inflate::decompress_to_vec_with_limit(&packed, MAX_PLAIN_BYTES).map_err(|_| Refusal::Unknown)?;
    let facts: Facts = postcard::from_bytes(&plain).map_err(|_| Refusal::Unknown)?;
    if now >= facts.expires_at {
        return Err(Refusal::Expired { at: facts.expires_at });
    }
    let secret = keyring.secret(access_key_id, &sealed).ok_or(Refusal::Unknown)?;
    Ok(Opened { access_key_id: access_key_id.to_owned(), bearer: Bearer::Session(Box::new(facts)), secret })
}

impl Opened {
    /// The secret to verify the signature with.
    pub fn secret(&self) -> &SecretKey {
        &self.secret
    }
}

impl Facts {
    /// `arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION`; the role's path is not part of it.
    pub fn arn(&self, partition: &str) -> String {
        format!("arn:{partition}:sts::{}:assumed-role/{}/{}", self.account, self.role_name, self.session_name)
    }

    /// `AROA...:SESSION`, the value of `aws:userid`.
    pub fn user_id(&self) -> String {
        format!("{}:{}", self.role_id, self.session_name)
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("access_key_id", &self.access_key_id).field("bearer", &self.bearer).finish_non_exhaustive()
    }
}
