//! The exchange of a token for a session.

pub(crate) mod refusals;

pub(crate) use refusals::*;
pub use refusals::{
    KeysMissing, OPERATION, bad_parameters, expectation, malformed, no_keys, not_minted, provider, refused,
};
