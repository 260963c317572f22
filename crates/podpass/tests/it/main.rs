//! The binary as a person runs it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "a test"
)]

mod client;
mod crash;
mod demo;
mod dice;
mod hostile;
mod issuer_push;
mod migrate;
mod run;
mod simulate;
mod store_crash;
mod up;
mod why;
