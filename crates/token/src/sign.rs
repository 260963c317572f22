//! Signing, for the local issuer: keys, and tokens with the claims of a Kubernetes API server.
//!
//! The one exception from purity in this crate: generating keys, RSA's blinding and ECDSA's nonces
//! draw randomness inside aws-lc-rs. No caller can see or choose it, so it is no argument.

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::base64url;

/// A key that signs tokens: RSA-2048 for RS256, P-256 for ES256.
pub struct SigningKey {
    pair: Pair,
    kid: String,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
}

/// Signing, or making a key, failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignError;

impl std::fmt::Display for SignError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the signing key cannot be made, read or used")
    }
}

impl std::error::Error for SignError {}

impl SigningKey {
    /// Makes a key for RS256 or ES256.
    ///
    /// # Errors
    /// [`SignError`] for another algorithm, or when the system has no randomness.
    pub fn generate(algorithm: Algorithm) -> Result<Self, SignError> {
        match algorithm {
            Algorithm::Rs256 => Self::new(Pair::Rsa(Box::new(
                RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| SignError)?,
            ))),
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                    .map_err(|_| SignError)?;
                Self::new(Pair::Ec(Box::new(pair)))
            }
            Algorithm::Rs384 | Algorithm::Rs512 | Algorithm::Es384 | Algorithm::Es512 => {
                Err(SignError)
            }
        }
    }

    /// Reads a key that [`SigningKey::to_pkcs8`] wrote.
    ///
    /// # Errors
    /// [`SignError`] when it is neither RSA nor P-256.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SignError> {
        let pair = match RsaKeyPair::from_pkcs8(der) {
            Ok(pair) => Pair::Rsa(Box::new(pair)),
            Err(_) => Pair::Ec(Box::new(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
                    .map_err(|_| SignError)?,
            )),
        };
        Self::new(pair)
    }

    /// The key as PKCS#8, to be kept sealed.
    ///
    /// # Errors
    /// [`SignError`] when it cannot be written.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, SignError> {
        Ok(Zeroizing::new(match &self.pair {
            Pair::Rsa(pair) => pair
                .as_der()
                .map(|der: Pkcs8V1Der<'_>| der.as_ref().to_vec())
                .map_err(|_| SignError)?,
            Pair::Ec(pair) => pair.to_pkcs8v1().map_err(|_| SignError)?.as_ref().to_vec(),
        }))
    }

    fn new(pair: Pair) -> Result<Self, SignError> {
        let der: PublicKeyX509Der<'_> = match &pair {
            Pair::Rsa(pair) => pair.public_key().as_der(),
            Pair::Ec(pair) => pair.public_key().as_der(),
        }
        .map_err(|_| SignError)?;
        // The Kubernetes API server's own way to name a key.
        let kid = base64url::encode(digest::digest(&digest::SHA256, der.as_ref()));
        Ok(Self { pair, kid })
    }

    /// base64url(SHA-256(SubjectPublicKeyInfo)).
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What it signs with.
    pub fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Rsa(_) => Algorithm::Rs256,
            Pair::Ec(_) => Algorithm::Es256,
        }
    }

    /// The public key.
    pub fn jwk(&self) -> Value {
        match &self.pair {
            Pair::Rsa(pair) => {
                let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
                json!({
                    "use": "sig", "kty": "RSA", "kid": self.kid, "alg": "RS256",
                    "n": base64url::encode(n.big_endian_without_leading_zero()),
                    "e": base64url::encode(e.big_endian_without_leading_zero()),
                })
            }
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = point
                    .get(1..)
                    .unwrap_or_default()
                    .split_at_checked(32)
                    .unwrap_or_default();
                json!({
                    "use": "sig", "kty": "EC", "kid": self.kid, "crv": "P-256", "alg": "ES256",
                    "x": base64url::encode(x), "y": base64url::encode(y),
                })
            }
        }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// A JWK set of public keys.
pub fn public_jwks(keys: &[&SigningKey]) -> String {
    json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() }).to_string()
}

/// The claims of a service account's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccountClaims {
    /// `iss`.
    pub issuer: String,
    /// The account's namespace.
    pub namespace: String,
    /// The account's name.
    pub service_account: String,
    /// The account's uid.
    pub service_account_uid: String,
    /// Name and uid of the pod that the token is bound to.
    pub pod: Option<(String, String)>,
    /// `aud`.
    pub audiences: Vec<String>,
    /// `iat` and `nbf`, unix seconds.
    pub issued_at: i64,
    /// `exp`, unix seconds.
    pub expires_at: i64,
    /// `jti`.
    pub id: String,
}

/// Signs a service account's token, shaped as the Kubernetes API server shapes it.
///
/// # Errors
/// [`SignError`].
pub fn sign(key: &SigningKey, claims: &ServiceAccountClaims) -> Result<String, SignError> {
    let mut kubernetes = json!({
        "namespace": claims.namespace,
        "serviceaccount": { "name": claims.service_account, "uid": claims.service_account_uid },
    });
    if let (Some((name, uid)), Some(object)) = (&claims.pod, kubernetes.as_object_mut()) {
        object.insert("pod".to_owned(), json!({ "name": name, "uid": uid }));
    }
    let all = json!({
        "aud": claims.audiences,
        "exp": claims.expires_at,
        "iat": claims.issued_at,
        "iss": claims.issuer,
        "jti": claims.id,
        "kubernetes.io": kubernetes,
        "nbf": claims.issued_at,
        "sub": format!("system:serviceaccount:{}:{}", claims.namespace, claims.service_account),
    });
    sign_claims(key, all.as_object().unwrap_or(&Map::new()))
}

/// Signs any claims.
///
/// # Errors
/// [`SignError`].
pub fn sign_claims(key: &SigningKey, claims: &Map<String, Value>) -> Result<String, SignError> {
    let header = json!({ "alg": key.algorithm().name(), "kid": key.kid });
    let encode = |value: &Value| base64url::encode(value.to_string());
    let signed = format!(
        "{}.{}",
        encode(&header),
        encode(&Value::Object(claims.clone()))
    );
    let signature = match &key.pair {
        Pair::Rsa(pair) => {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| SignError)?;
            signature
        }
        Pair::Ec(pair) => pair
            .sign(&SystemRandom::new(), signed.as_bytes())
            .map_err(|_| SignError)?
            .as_ref()
            .to_vec(),
    };
    Ok(format!("{signed}.{}", base64url::encode(signature)))
}
