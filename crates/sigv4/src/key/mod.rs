//! What a signature is checked with: a key that is derived from the secret for one scope.

mod cache;
mod checked;
mod derive;
mod ecdsa;
mod signing;

pub use cache::DerivedKeys;
pub(crate) use derive::hmac_key;
pub(crate) use ecdsa::key_pair;
pub(crate) use signing::{Deriving, SigningKey};
