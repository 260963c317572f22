//! The passport: who may vouch for a workload, and whether a token holds. It can ask no account for
//! favours.
//!
//! The road through this crate: text -> [`Unverified::read`] (only its issuer and kid may be asked)
//! -> the provider's [`KeySet`] -> [`Unverified::verify`] -> [`Verified`]. The other way:
//! [`SigningKey`] -> [`sign`], [`public_jwks`], [`discovery`].
//!
//! Rules: RFC 7515, 7517, 7518, 7519, 8725; the algorithm comes from the admitted key, never from
//! the token.

mod algorithm;
mod base64url;
mod claims;
mod discovery;
mod issuer;
mod json;
mod jwk;
mod jws;
mod location;
mod names;
mod refusal;
mod sign;
mod times;
mod verified;
mod verify;

pub use algorithm::Algorithm;
pub use discovery::{BadDiscovery, discovery, read_discovery};
pub use issuer::{Issuer, IssuerError};
pub use jwk::{KeySet, KeySetError, Owner, Rejected};
pub use jws::{Malformed, Unverified};
pub use location::{BadLocation, Location};
pub use names::ServiceAccountName;
pub use refusal::Refusal;
pub use sign::{ServiceAccountClaims, SignError, SigningKey, public_jwks, sign, sign_claims};
pub use verified::{Claim, MAX_TAG_KEY, MAX_TAG_VALUE, MAX_TAGS, Tags, Verified, is_tag_text};
pub use verify::{DEFAULT_MAX_AGE, Expectation, LONGEST_TOKEN};
