//! The answers of S3 over the embedded store: a permitted call in, S3's own response out.
//!
//! Nothing here decides whether a call may be done, and nothing here reads a request: what it is
//! about was read once, by the catalogue. [`Backend::look`] is one snapshot of an object, so that
//! what was decided over is what is served; [`Backend::answer`] does the call. A file for each group
//! of operations: `buckets`, `listing`, `read`, `attributes`, `write`, `copy`, `delete`, `tags`,
//! `upload` and `complete` (in parts). What they share: `receive` and `integrity` for bodies on their way in,
//! `stream` on their way out, `kept` for what an object says of itself, `token`, `reply`, `dates`,
//! and `trouble` for what the store says instead.

mod ask;
mod attributes;
mod buckets;
mod complete;
mod copy;
mod dates;
mod delete;
pub mod embedded;
mod integrity;
mod kept;
mod listing;
mod read;
mod receive;
mod reply;
mod service;
mod stream;
mod tags;
#[cfg(test)]
mod tests;
mod token;
mod trouble;
mod upload;
mod write;

pub use ask::{Ask, Context, Failed, Looked};
pub use buckets::{OwnBucket, list_buckets};
pub use delete::none_deleted;
pub use receive::Upload;
pub use reply::{Body, BoxError};
pub use service::Backend;
