//! Verification keys and who owns them: each key is admitted or rejected with a reason, and a set
//! names its owner.

mod ec;
mod roca;
mod rsa;
#[cfg(test)]
mod wycheproof;

use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::{base64url, json};

/// Largest key set document.
const MAX_BYTES: usize = 262_144;
/// Most keys in a set.
const MAX_KEYS: usize = 100;

/// The provider that a key set belongs to; an opaque name. Keys never serve another one, same
/// issuer or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner(String);

impl Owner {
    /// Names an owner.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Admitted keys of one owner.
#[derive(Debug)]
pub struct KeySet {
    owner: Owner,
    keys: Vec<(String, VerificationKey)>,
}

/// A key that was not admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its id; empty when it has none.
    pub kid: String,
    /// Why.
    pub because: &'static str,
}

/// A document that is no key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySetError {
    /// Larger than 256 KiB.
    TooLarge,
    /// Not an object with a list `keys`, or a member stands twice.
    Shape,
    /// More than a hundred keys.
    TooMany,
    /// Two keys have the same id: which one proves a token would be chance.
    DuplicateKid,
}

impl std::fmt::Display for KeySetError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "the key set is larger than 256 KiB",
            Self::Shape => {
                "the key set is not a JSON object with a list `keys`, or a member appears twice"
            }
            Self::TooMany => "the key set has more than 100 keys",
            Self::DuplicateKid => "two keys of the set have the same id",
        })
    }
}

impl std::error::Error for KeySetError {}

const NO_KID: &str = "the key has no id; one for tokens that name none has `\"kid\": \"\"`";

/// An admitted key.
#[derive(Debug)]
pub(crate) enum VerificationKey {
    Rsa {
        key: rsa::PublicKey,
        only: Option<Algorithm>,
    },
    Ec(ec::PublicKey),
}

impl KeySet {
    /// Admits the keys of a JWK set (RFC 7517 section 5).
    ///
    /// # Errors
    /// [`KeySetError`] when the document as a whole cannot be trusted to mean one thing.
    pub fn admit(owner: Owner, jwks: &[u8]) -> Result<(Self, Vec<Rejected>), KeySetError> {
        if jwks.len() > MAX_BYTES {
            return Err(KeySetError::TooLarge);
        }
        let document = json::object(jwks).ok_or(KeySetError::Shape)?;
        let listed = document
            .get("keys")
            .and_then(Value::as_array)
            .ok_or(KeySetError::Shape)?;
        if listed.len() > MAX_KEYS {
            return Err(KeySetError::TooMany);
        }
        let (mut keys, mut rejected) = (Vec::new(), Vec::new());
        let mut kids = std::collections::HashSet::new();
        for jwk in listed {
            let jwk = jwk.as_object().ok_or(KeySetError::Shape)?;
            let kid = jwk
                .get("kid")
                .map(|kid| kid.as_str().ok_or(KeySetError::Shape))
                .transpose()?;
            // Of two keys with one id, which counts would depend on the order of a document that
            // the issuer may change.
            if kid.is_some_and(|kid| !kids.insert(kid)) {
                return Err(KeySetError::DuplicateKid);
            }
            // STS looks keys up by their ids, and a token without one for the id `""`: nothing
            // leads to a key without (aws/amazon-eks-pod-identity-webhook, issue 12).
            match admit(jwk).and_then(|key| kid.map(|kid| (kid.to_owned(), key)).ok_or(NO_KID)) {
                Ok(key) => keys.push(key),
                Err(because) => rejected.push(Rejected {
                    kid: kid.unwrap_or("").to_owned(),
                    because,
                }),
            }
        }
        Ok((Self { owner, keys }, rejected))
    }

    /// Whose keys they are.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Whether no key was admitted.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many keys were admitted.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether a key of this id was admitted.
    pub fn has(&self, kid: &str) -> bool {
        self.find(kid).is_some()
    }

    pub(crate) fn find(&self, kid: &str) -> Option<&VerificationKey> {
        self.keys
            .iter()
            .find(|(known, _)| known == kid)
            .map(|(_, key)| key)
    }
}

fn admit(jwk: &Map<String, Value>) -> Result<VerificationKey, &'static str> {
    if jwk.get("use").is_some_and(|usage| usage != "sig") {
        return Err("the key is not for signatures");
    }
    if let Some(operations) = jwk.get("key_ops") {
        let verifies = operations
            .as_array()
            .is_some_and(|list| list.iter().any(|operation| operation == "verify"));
        if !verifies {
            return Err("the key is not for verification");
        }
    }
    // A document that gives away private parts is not one to rest trust on; and `k` would let the
    // public set be a secret for HMAC.
    if ["d", "p", "q", "dp", "dq", "qi", "k", "oth"]
        .iter()
        .any(|name| jwk.contains_key(*name))
    {
        return Err("the key is private or symmetric");
    }
    let only = match jwk.get("alg") {
        None => None,
        Some(name) => Some(
            name.as_str()
                .and_then(Algorithm::read)
                .ok_or("the key's algorithm is not one that is verified")?,
        ),
    };
    match jwk.get("kty").and_then(Value::as_str) {
        Some("RSA") => {
            if only.is_some_and(|only| {
                !matches!(only, Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512)
            }) {
                return Err("the key's algorithm is not one of RSA");
            }
            Ok(VerificationKey::Rsa {
                key: rsa::PublicKey::admit(&bytes(jwk, "n")?, &bytes(jwk, "e")?)?,
                only,
            })
        }
        Some("EC") => {
            let curve = jwk.get("crv").and_then(Value::as_str).unwrap_or("");
            let key = ec::PublicKey::admit(curve, &bytes(jwk, "x")?, &bytes(jwk, "y")?)?;
            if only.is_some_and(|only| only != key.algorithm()) {
                Err("the key's algorithm is not its curve's")
            } else {
                Ok(VerificationKey::Ec(key))
            }
        }
        _ => Err("the key is neither RSA nor EC"),
    }
}

fn bytes(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, &'static str> {
    jwk.get(name)
        .and_then(Value::as_str)
        .and_then(base64url::decode)
        .ok_or("a number of the key is missing or not canonical base64url")
}

impl VerificationKey {
    /// The algorithm that this key verifies, if the token's is one of its own.
    pub(crate) fn algorithm_for(&self, named: Algorithm) -> Option<Algorithm> {
        let own = match self {
            Self::Rsa {
                only: Some(only), ..
            } => named == *only,
            Self::Rsa { only: None, .. } => matches!(
                named,
                Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512
            ),
            Self::Ec(key) => named == key.algorithm(),
        };
        own.then_some(named)
    }

    pub(crate) fn holds(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { key, .. } => key.holds(algorithm, signed, signature),
            Self::Ec(key) => key.holds(algorithm, signed, signature),
        }
    }
}
