//! Temporary credentials: sealed into the session token, stored nowhere. Minted only from an [`Assumption`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use policy::{AccountId, Arn};
use serde::{Deserialize, Serialize};
use sigv4::SecretKey;
use wire::Fault;

use crate::assumption::Assumption;
use crate::denial::Denial;
use crate::entropy::Entropy;
use crate::ids::{self, Kind};
use crate::keyring::Keyring;
use crate::record::{Cause, Link};

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
    /// How the session came to be.
    pub origin: Origin,
    /// Unix seconds.
    pub issued_at: i64,
    /// Unix seconds; the credentials are dead from this second on.
    pub expires_at: i64,
    /// The store's revision that the assumption was decided over.
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

/// How a session came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// By a web identity token.
    WebIdentity {
        /// The provider's URL without scheme.
        provider: String,
        /// The token's `sub`.
        subject: String,
        /// The audience that matched.
        audience: String,
        /// The token's `amr`.
        amr: Vec<String>,
    },
    /// By the session of another role: role chaining.
    Role {
        /// ARN of that session.
        by: String,
    },
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

impl Bearer {
    /// The account that the credentials are of.
    pub fn account(&self) -> &AccountId {
        match self {
            Self::Session(facts) => &facts.account,
            Self::Root(account) => account,
        }
    }
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
            Self::Expired { at } => write!(f, "the session expired at {}", crate::iso8601::iso8601(*at)),
        }
    }
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
                    format!("Packed policy consumes {percent}% of allotted space, please use smaller policy.")
                };
                (Cause::SessionTooLarge { percent }, Fault::new("PackedPolicyTooLarge", 400, text))
            }
            Self::Unsealed => {
                let because = "there is no key that seals sessions".to_owned();
                let text = "The request processing has failed because of an unknown error.";
                (Cause::Credentials { because }, Fault::new("InternalFailure", 500, text))
            }
        };
        Denial::new(Link::Sts, cause, fault)
    }
}

/// Mints credentials. Only an [`Assumption`] can become a session.
///
/// # Errors
/// [`NotMinted`] when tags and policies do not fit.
pub fn mint(assumption: Assumption, keyring: &Keyring, now: i64, entropy: &mut Entropy) -> Result<Session, NotMinted> {
    let least = assumption.least_token();
    let facts = assumption.into_facts(now);
    let access_key_id = ids::unique_id(Kind::TemporaryKey, &facts.account, entropy.draw());
    let plain = postcard::to_allocvec(&facts).map_err(|_| NotMinted::Unsealed)?;
    let mut packed = pack(&plain);
    // What is packed says itself where it ends, so what follows it is never read. Base64 makes four of three.
    let filled = (least.min(MAX_TOKEN_CHARS).div_ceil(4) * 3).saturating_sub(crate::keyring::OVERHEAD);
    packed.resize(packed.len().max(filled), 0);
    let mut nonce = [0; 12];
    for (to, from) in nonce.iter_mut().zip(entropy.draw()) {
        *to = from;
    }
    let sealed = keyring.seal(&access_key_id, &packed, nonce).map_err(|_| NotMinted::Unsealed)?;
    let token = STANDARD.encode(&sealed);
    if token.len() > MAX_TOKEN_CHARS || plain.len() > MAX_PLAIN_BYTES {
        // What does not fit is more than all of it, however little more.
        let percent = (token.len() * 100).div_ceil(MAX_TOKEN_CHARS).max(101);
        return Err(NotMinted::TooLarge { percent, tagged: !facts.tags.is_empty() });
    }
    let secret = keyring.secret(&access_key_id, &sealed).ok_or(NotMinted::Unsealed)?;
    Ok(Session { access_key_id, secret, token, facts })
}

/// How far ahead the clock of whoever minted a session may have been, in seconds.
const CLOCKS_APART: i64 = 900;

/// Bytes that are sealed as they are: their token has at most 800 characters. Deflating costs more than all the rest of an exchange.
const SHORT_BYTES: usize = 560;
const AS_IT_IS: u8 = 0;
const DEFLATED: u8 = 1;

fn pack(plain: &[u8]) -> Vec<u8> {
    if plain.len() <= SHORT_BYTES {
        return [&[AS_IT_IS], plain].concat();
    }
    [&[DEFLATED], miniz_oxide::deflate::compress_to_vec(plain, 6).as_slice()].concat()
}

fn unpack(packed: &[u8]) -> Option<Cow<'_, [u8]>> {
    match packed.split_first()? {
        (&AS_IT_IS, plain) => Some(Cow::Borrowed(plain)),
        (&DEFLATED, rest) => miniz_oxide::inflate::decompress_to_vec_with_limit(rest, MAX_PLAIN_BYTES).ok().map(Cow::Owned),
        _ => None,
    }
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
    let plain = unpack(&packed).ok_or(Refusal::Unknown)?;
    let facts: Facts = postcard::from_bytes(&plain).map_err(|_| Refusal::Unknown)?;
    if facts.issued_at > now + CLOCKS_APART {
        return Err(Refusal::Unknown);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::SealingKey;

    const NOW: i64 = 1_795_521_600;

    fn ring(deployment: &str, numbers: &[u32]) -> Keyring {
        let keys = numbers.iter().map(|number| (*number, SealingKey::new(&[*number as u8; 32]).unwrap())).collect();
        let account = AccountId::parse("000000000000").unwrap();
        Keyring::new(deployment.to_owned(), *numbers.last().unwrap(), keys).with_root(
            "AKIAROOT".to_owned(),
            account,
            SecretKey::new("root".to_owned()),
        )
    }

    fn facts() -> Facts {
        Facts {
            account: AccountId::parse("000000000000").unwrap(),
            role_id: "AROAX".to_owned(),
            role_name: "reporting".to_owned(),
            session_name: "s".to_owned(),
            origin: Origin::WebIdentity {
                provider: "localhost:4567".to_owned(),
                subject: "system:serviceaccount:reports:reporting".to_owned(),
                audience: "sts.amazonaws.com".to_owned(),
                amr: Vec::new(),
            },
            issued_at: 0,
            expires_at: 0,
            revision: 7,
            policy: None,
            policy_arns: Vec::new(),
            tags: BTreeMap::new(),
            transitive: Vec::new(),
            source_identity: None,
        }
    }

    fn minted(ring: &Keyring, seed: u8) -> Session {
        mint(Assumption::of(facts(), 3600), ring, NOW, &mut Entropy::new([seed; 32])).unwrap()
    }

    #[test]
    fn what_is_long_is_deflated_and_what_is_strange_is_nothing() {
        for length in [0, 1, SHORT_BYTES, SHORT_BYTES + 1, MAX_PLAIN_BYTES] {
            let plain = vec![b'x'; length];
            let packed = pack(&plain);
            assert_eq!(packed[0] == DEFLATED, length > SHORT_BYTES, "{length}");
            assert_eq!(unpack(&packed).as_deref(), Some(&plain[..]), "{length}");
        }
        assert!(STANDARD.encode(vec![0; crate::keyring::OVERHEAD + 1 + SHORT_BYTES]).len() <= 820);
        for packed in [&[][..], &[2, 1], &[DEFLATED], &pack(&vec![0; MAX_PLAIN_BYTES + 1])] {
            assert_eq!(unpack(packed), None);
        }
    }

    #[test]
    fn a_session_opens_until_its_last_second() {
        let ring = ring("d", &[1]);
        let session = minted(&ring, 1);
        assert!(session.token.len() <= 800, "{} characters", session.token.len());
        assert_eq!(session.secret.expose().len(), 40);
        let opened = open(&session.access_key_id, Some(&session.token), &ring, NOW + 3599).unwrap();
        assert_eq!(opened.secret().expose(), session.secret.expose());
        assert_eq!(opened.bearer, Bearer::Session(Box::new(session.facts.clone())));
        assert_eq!(
            open(&session.access_key_id, Some(&session.token), &ring, NOW + 3600).err(),
            Some(Refusal::Expired { at: NOW + 3600 })
        );
        assert!(!format!("{session:?} {opened:?}").contains(session.secret.expose()));
        let early = |now| open(&session.access_key_id, Some(&session.token), &ring, now).err();
        assert_eq!(
            (early(NOW - CLOCKS_APART), early(NOW - CLOCKS_APART - 1)),
            (None, Some(Refusal::Unknown)),
            "minted in the future"
        );
    }

    #[test]
    fn attack_24_tokens_that_are_changed_moved_or_cut() {
        let ring_one = ring("d", &[1]);
        let (session, other) = (minted(&ring_one, 1), minted(&ring_one, 2));
        let refused =
            |id: &str, token: &str, ring: &Keyring| assert_eq!(open(id, Some(token), ring, NOW).err(), Some(Refusal::Unknown));
        let sealed = STANDARD.decode(&session.token).unwrap();
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            refused(&session.access_key_id, &STANDARD.encode(changed), &ring_one);
            refused(&session.access_key_id, &STANDARD.encode(&sealed[..place]), &ring_one);
        }
        refused(&other.access_key_id, &session.token, &ring_one);
        refused(&session.access_key_id, &session.token, &ring("another deployment", &[1]));
        refused(&session.access_key_id, &session.token, &ring("d", &[2]));
        refused(&session.access_key_id, &"A".repeat(100_000), &ring_one);
        refused(&session.access_key_id, "not base64!", &ring_one);
        assert!(
            open(&session.access_key_id, Some(&session.token), &ring("d", &[1, 2]), NOW).is_ok(),
            "a key that was followed by another still opens"
        );
    }

    #[test]
    fn attack_25_to_28_credentials_that_do_not_belong_together() {
        let ring = ring("d", &[1]);
        let session = minted(&ring, 1);
        assert_eq!(open(&session.access_key_id, None, &ring, NOW).err(), Some(Refusal::TokenMissing));
        assert_eq!(open("AKIAROOT", Some(&session.token), &ring, NOW).err(), Some(Refusal::TokenUnexpected));
        assert_eq!(open("AKIANOBODY", None, &ring, NOW).err(), Some(Refusal::Unknown));
        assert!(open("AKIAROOT", None, &ring, NOW).is_ok());
        assert_ne!(minted(&ring, 2).secret.expose(), session.secret.expose());
        // What the bearer can read, the token itself, does not yield the secret without the ring's key.
        for key in [&b""[..], b"root", &[0; 32], session.token.as_bytes()] {
            let tag =
                aws_lc_rs::hmac::sign(&aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key), session.token.as_bytes());
            assert!(!STANDARD.encode(tag).starts_with(session.secret.expose()));
        }
    }

    #[test]
    fn a_token_can_be_asked_to_be_longer() {
        let ring = ring("d", &[1]);
        let natural = minted(&ring, 1).token.len();
        for (least, expected) in [(0, natural), (10, natural), (1000, 1000), (1001, 1004), (4096, 4096)] {
            let session = mint(Assumption::of(facts(), 3600).padded(least), &ring, NOW, &mut Entropy::new([1; 32])).unwrap();
            assert_eq!(session.token.len(), expected);
            let opened = open(&session.access_key_id, Some(&session.token), &ring, NOW).unwrap();
            assert_eq!(opened.bearer, Bearer::Session(Box::new(session.facts.clone())));
        }
    }

    #[test]
    fn a_session_that_does_not_fit_is_not_minted() {
        let ring = ring("d", &[1]);
        let mut large = facts();
        let noise = |n: u32| {
            (0..200u32)
                .map(|k| {
                    char::from(b'a' + (aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &[n as u8, k as u8]).as_ref()[0] % 26))
                })
                .collect::<String>()
        };
        large.tags = (0..50).map(|n| (format!("tag{n}"), noise(n))).collect();
        let result = mint(Assumption::of(large, 3600), &ring, NOW, &mut Entropy::new([1; 32]));
        assert!(matches!(result, Err(NotMinted::TooLarge { percent, tagged: true }) if percent > 100));
    }
}
