//! The keys that seal session tokens and yield their secrets, and the accounts' root credentials.
//!
//! One 32-byte key gives two: one seals, one derives. Neither is ever the root's, nor stored in the
//! clear.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use policy::AccountId;
use sigv4::SecretKey;
use zeroize::Zeroizing;

use crate::lifetime;

/// Seconds that a sealing key still opens after another took over: the longest session, and as much
/// again as clocks may differ, within which a switch is made too. 44,100.
pub const OPENS_AFTER_SWITCH: i64 = lifetime::LONGEST as i64 + lifetime::CLOCKS_APART;

/// Every key that a live session may rest on, and the roots.
pub struct Keyring {
    deployment: String,
    current: u32,
    keys: BTreeMap<u32, SealingKey>,
    roots: BTreeMap<String, (AccountId, SecretKey)>,
}

/// One generation of sealing key.
pub struct SealingKey {
    seal: LessSafeKey,
    derive: hmac::Key,
}

/// Bytes that no key of this ring sealed for this access key id.
#[derive(Debug, PartialEq, Eq)]
pub struct Unsealable;

impl SealingKey {
    /// Derives both keys from 32 random bytes (HMAC-SHA256 with a label each, NIST SP 800-108).
    ///
    /// # Errors
    /// [`Unsealable`] if the cipher refuses the key, which its length rules out.
    pub fn new(material: &[u8; 32]) -> Result<Self, Unsealable> {
        // One key for each purpose: who learned the sealing key could still not compute a secret by
        // it, nor the other way round (docs/threats.md, 27).
        let parent = hmac::Key::new(hmac::HMAC_SHA256, material);
        let seal = hmac::sign(&parent, b"podpass session seal");
        let derive = hmac::sign(&parent, b"podpass session secret");
        Ok(Self {
            seal: LessSafeKey::new(
                UnboundKey::new(&AES_256_GCM_SIV, seal.as_ref()).map_err(|_| Unsealable)?,
            ),
            derive: hmac::Key::new(hmac::HMAC_SHA256, derive.as_ref()),
        })
    }
}

impl Keyring {
    /// A ring for one deployment. `current` seals; the others still open.
    pub fn new(deployment: String, current: u32, keys: BTreeMap<u32, SealingKey>) -> Self {
        Self {
            deployment,
            current,
            keys,
            roots: BTreeMap::new(),
        }
    }

    /// Adds an account's root credentials.
    #[must_use]
    pub fn with_root(
        mut self,
        access_key_id: String,
        account: AccountId,
        secret: SecretKey,
    ) -> Self {
        self.roots.insert(access_key_id, (account, secret));
        self
    }

    /// The number of the key that seals.
    pub fn current(&self) -> u32 {
        self.current
    }

    /// The account and secret of a root access key id.
    pub(crate) fn root(&self, access_key_id: &str) -> Option<&(AccountId, SecretKey)> {
        self.roots.get(access_key_id)
    }

    /// Seals `plain` to an access key id: `0x02 | key number | nonce | ciphertext`.
    ///
    /// GCM-SIV, since replicas draw nonces apart and a repeated one must not reveal the key.
    pub(crate) fn seal(
        &self,
        access_key_id: &str,
        plain: &[u8],
        nonce: [u8; NONCE_LEN],
    ) -> Result<Vec<u8>, Unsealable> {
        let key = self.keys.get(&self.current).ok_or(Unsealable)?;
        let mut body = plain.to_vec();
        let aad = Aad::from(self.bound_to(access_key_id));
        key.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body)
            .map_err(|_| Unsealable)?;
        let mut out = vec![FORMAT];
        // In the clear, since it is needed to find the key; changing it finds another key, which
        // does not open.
        out.extend_from_slice(&self.current.to_be_bytes());
        out.extend_from_slice(&nonce);
        out.append(&mut body);
        Ok(out)
    }

    /// Opens what [`Keyring::seal`] made for the same access key id in the same deployment.
    pub(crate) fn open(
        &self,
        access_key_id: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        let (format, rest) = sealed.split_first().ok_or(Unsealable)?;
        let (number, rest) = rest.split_first_chunk::<4>().ok_or(Unsealable)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Unsealable)?;
        let key = self
            .keys
            .get(&u32::from_be_bytes(*number))
            .filter(|_| *format == FORMAT)
            .ok_or(Unsealable)?;
        // Wiped when dropped: a session policy may name what nobody else should read.
        let mut body = Zeroizing::new(body.to_vec());
        let aad = Aad::from(self.bound_to(access_key_id));
        let length = key
            .seal
            .open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut body)
            .map_err(|_| Unsealable)?
            .len();
        body.truncate(length);
        Ok(body)
    }

    /// The secret key of a session: 40 characters that only this ring can compute, and only for
    /// this very token.
    pub(crate) fn secret(&self, access_key_id: &str, sealed: &[u8]) -> Option<SecretKey> {
        // By the key that sealed it, not the one that seals now: a live session keeps its secret
        // when keys change.
        let number = sealed.get(1..5)?.try_into().ok().map(u32::from_be_bytes)?;
        let mut context = hmac::Context::with_key(&self.keys.get(&number)?.derive);
        context.update(access_key_id.as_bytes());
        // A separator that no key id has: where the id ends cannot be moved into the token.
        context.update(&[0]);
        context.update(sealed);
        let mut text = Zeroizing::new(STANDARD.encode(context.sign()));
        // AWS's secrets have 40 characters and clients check that; 40 of base64 are 240 bits.
        text.truncate(40);
        Some(SecretKey::new(text.to_string()))
    }

    /// What the cipher authenticates beside the text: a token is worth nothing elsewhere or under
    /// another key id.
    fn bound_to(&self, access_key_id: &str) -> Vec<u8> {
        format!("{}\0{FORMAT}\0{access_key_id}", self.deployment).into_bytes()
    }
}

/// What sealing adds: the layout's number, the key's, the nonce and the cipher's tag.
pub(crate) const OVERHEAD: usize = 1 + 4 + NONCE_LEN + 16;
/// Number of the session's layout, sealed in as well: a token of another layout is never read as
/// one of this.
const FORMAT: u8 = 2;

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring")
            .field("current", &self.current)
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}
