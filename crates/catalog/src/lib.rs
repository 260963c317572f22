//! AWS's calls as data: which operation a request is, and which questions it asks of policies.
//!
//! The road through this crate: head -> [`s3::route`], or form -> [`query::call`] -> [`Call`], with
//! one [`Ask`] for every (action, resource) pair that must be allowed, in [`Part`]s. Whatever is
//! not understood to the last word is [`Unmapped`].
//!
//! Beside that road are AWS's own tables in [`aws`]: what services, actions, resource types,
//! condition keys and managed policies there are, for whoever checks or lists. The road never asks
//! them.

pub mod aws;
mod call;
pub mod federation;
pub mod lint;
mod names;
pub mod query;
pub mod s3;
pub mod service_linked;
mod target;
mod unmapped;

pub use call::{Ask, Call, Part, Passes, Service};
pub use names::{BucketName, Name, ObjectKey};
pub use target::{EntityKind, Target, Template};
pub use unmapped::Unmapped;
