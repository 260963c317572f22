//! The signing key: a chain of HMACs over date, region and service, so that no signature shows the
//! secret.

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::credential::SecretKey;
use crate::scope::{Scope, TERMINATOR};

/// Derives the key of a scope.
pub(crate) fn hmac_key(secret: &SecretKey, scope: &Scope) -> hmac::Key {
    // The only copy of the secret, wiped at once.
    let first = Zeroizing::new(format!("AWS4{}", secret.expose()));
    let mut key = hmac::Key::new(hmac::HMAC_SHA256, first.as_bytes());
    for word in [&scope.date, &scope.region, &scope.service, TERMINATOR] {
        key = hmac::Key::new(
            hmac::HMAC_SHA256,
            hmac::sign(&key, word.as_bytes()).as_ref(),
        );
    }
    key
}
