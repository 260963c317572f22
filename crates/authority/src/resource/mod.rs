//! What questions are about: the ARN that is asked of policies, who owns it, what the account knows
//! of it, and what an allowed caller is told when it is not as the call needs it. A file for each
//! kind of resource that has an answer of its own.

mod asked;
mod bucket;
mod entity;
mod holes;
mod object;

pub(crate) use asked::{Operation, Resource};
pub(crate) use holes::Holes;
pub(crate) use object::{EXISTING_TAG, has_existing_tags, tell};
