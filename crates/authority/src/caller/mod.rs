//! Callers: who they are, what policies may know of them, and which policies apply to them.

mod context;
mod identity;
mod policies;

pub(crate) use context::{CallerContext, of_a_signature};
pub(crate) use identity::NoCaller;
pub use identity::{Caller, Signed};
pub use policies::CallerPolicies;
