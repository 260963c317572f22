//! Decides over a call: who asks, the questions it asks of the policies, and which of its parts are
//! allowed.
//!
//! [`judge`] takes plain facts and returns only decisions; [`decide`] is judge plus the proof of
//! who asks.

mod afford;
#[cfg(test)]
mod bucket_tests;
mod decide;
mod judge;
mod permit;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use decide::contexts;
pub(crate) use decide::questions;
pub use decide::{check_caller, decide};
pub use judge::judge;
pub use permit::Permit;

pub use crate::caller::CallerPolicies;
