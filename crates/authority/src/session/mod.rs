//! Temporary credentials: sealed into the session token, stored nowhere. Minted only from an
//! [`crate::Assumption`].

mod facts;
mod mint;
mod open;
mod packing;

#[cfg(test)]
mod tests;

pub use facts::{Bearer, Facts, Origin};
pub use mint::{NotMinted, Session, mint};
pub use open::{Opened, Refusal, open};
pub use packing::MAX_TOKEN_CHARS;
