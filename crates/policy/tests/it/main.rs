//! Policy tests: tricky cases as data, laws that hold for every policy, texts that people read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod engines;
mod golden;
mod laws;
mod questions;
mod vectors;
mod writes;
