//! Tokens and keys under attack: the known ways to forge, confuse or stretch a token.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test"
)]

mod algorithms;
mod attacks;
mod forgeries;
mod keys;
mod mutations;
mod verified;
mod wycheproof;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use token::{
    Algorithm, Expectation, KeySet, Owner, Refusal, SigningKey, Unverified, Verified, public_jwks,
    sign_claims,
};

pub(crate) const NOW: i64 = 1_795_521_600;
pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) static RSA: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::Rs256).unwrap());
pub(crate) static EC: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::Es256).unwrap());

/// What happens to a token, in one word or with its refusal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Held,
    Malformed,
    Refused(Refusal),
}

pub(crate) fn good_claims() -> Map<String, Value> {
    let claims = json!({ "iss": ISSUER, "sub": "system:serviceaccount:ns:app", "aud": ["sts.amazonaws.com"], "iat": NOW - 10, "nbf": NOW - 10, "exp": NOW + 3600 });
    claims.as_object().unwrap().clone()
}

/// Good claims with some set, or removed when null.
pub(crate) fn claims_with(changes: Value) -> Map<String, Value> {
    let mut claims = good_claims();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.clone(), value.clone());
        }
    }
    claims
}

pub(crate) fn both_keys() -> KeySet {
    KeySet::admit(Owner::new("provider"), public_jwks(&[&RSA, &EC]).as_bytes())
        .unwrap()
        .0
}

pub(crate) fn verify(token: &str, keys: &KeySet) -> Result<Verified, Fate> {
    let client_ids = ["sts.amazonaws.com".to_owned()];
    let claims = ["actor", "google/organization_number"];
    let expectation = Expectation {
        issuer: ISSUER,
        client_ids: &client_ids,
        max_age: token::DEFAULT_MAX_AGE,
        claims: &claims,
    };
    let unverified = Unverified::read(token).map_err(|_| Fate::Malformed)?;
    unverified
        .verify(keys, &expectation, NOW)
        .map_err(Fate::Refused)
}

pub(crate) fn fate(token: &str) -> Fate {
    verify(token, &both_keys()).map_or_else(|fate| fate, |_| Fate::Held)
}

pub(crate) fn fate_of_claims(changes: Value) -> Fate {
    fate(&sign_claims(&RSA, &claims_with(changes)).unwrap())
}

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token with any header and claims text and any signature.
pub(crate) fn assemble(header: &str, claims: &str, signature: &[u8]) -> String {
    format!("{}.{}.{}", b64(header), b64(claims), b64(signature))
}

/// A good token whose header or claims text is replaced, its signature kept.
pub(crate) fn with_header(header: &str) -> String {
    let good = sign_claims(&RSA, &good_claims()).unwrap();
    let mut parts = good.split('.');
    parts.next();
    format!(
        "{}.{}.{}",
        b64(header),
        parts.next().unwrap(),
        parts.next().unwrap()
    )
}
