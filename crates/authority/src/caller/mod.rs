//! Callers: who they are, what policies may know of them, and which policies apply to them.

mod context;
mod identity;
mod policies;

pub(crate) use context::CallerContext;
pub use identity::{Caller, NoCaller};
pub use policies::CallerPolicies;
