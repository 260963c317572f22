//! What the tests of several crates share: [`data`] and [`skip`] for what a clone may lack, and a
//! client that signs.
//!
//! Only dev-dependencies may name this crate (`cargo xtask walls`). What one crate's tests alone
//! need stays with them.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "only tests link this crate, and a test fails by panicking"
)]

mod answer;
mod draft;
mod skip;

pub use answer::Answer;
pub use draft::{Credentials, Draft, parameters};
pub use skip::{data, skip};
