//! A derived key of either algorithm, and the one comparison that decides.

use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};

use super::{derive, ecdsa};
use crate::credential::{AccessKeyId, SecretKey};
use crate::scope::{Algorithm, Scope};
use crate::signature::Signature;

/// What a signature is checked with. Copies are cheap, and share one key.
#[derive(Clone)]
pub(crate) enum SigningKey {
    Hmac(Arc<hmac::Key>),
    Ecdsa(Arc<ParsedPublicKey>),
}

/// What a key is derived from.
#[derive(Clone, Copy)]
pub(crate) struct Deriving<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) id: &'a AccessKeyId,
    pub(crate) secret: &'a SecretKey,
    pub(crate) scope: &'a Scope,
}

impl Deriving<'_> {
    /// Derives the key.
    pub(crate) fn derive(&self) -> Option<SigningKey> {
        match self.algorithm {
            Algorithm::HmacSha256 => {
                let key = derive::hmac_key(self.secret, self.scope);
                Some(SigningKey::Hmac(Arc::new(key)))
            }
            Algorithm::EcdsaP256Sha256 => {
                let point = ecdsa::public_key(self.id, self.secret)?;
                let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).ok()?;
                Some(SigningKey::Ecdsa(Arc::new(key)))
            }
        }
    }
}

impl SigningKey {
    /// Whether the signature is of this text. The computed signature lives inside the comparison
    /// only: nothing can log it.
    pub(crate) fn holds(&self, text: &[u8], signature: &Signature) -> bool {
        match (self, signature) {
            (Self::Hmac(key), Signature::Hmac(tag)) => hmac::verify(key, text, tag).is_ok(),
            (Self::Ecdsa(key), Signature::Ecdsa(der)) => key.verify_sig(text, der).is_ok(),
            (Self::Hmac(_), Signature::Ecdsa(_)) | (Self::Ecdsa(_), Signature::Hmac(_)) => false,
        }
    }
}
