//! HTTP as AWS speaks it: bytes to words and back. One parse that signer, catalogue and backend
//! share.
//!
//! The road through this crate: raw head -> [`Head`] ([`Method`], [`Target`], [`Headers`]) ->
//! [`Words`] (query string or form body, no word twice) -> somebody decides -> [`Reply`] or
//! [`Fault`], written by [`xml`] or JSON. [`visible`] stands beside it: what a stranger wrote, for
//! a terminal or a log.
//!
//! Nothing here knows an account, a signature or a service's operations.

mod bad_head;
mod fault_reply;
mod head;
mod headers;
pub mod misfits;
pub mod percent;
mod reply;
mod request_id;
mod s3_fault_codes;
mod target;
mod visible;
mod words;
pub mod xml;

pub use bad_head::BadHead;
pub use fault_reply::{Family, Fault};
pub use head::{Head, Method};
pub use headers::{Headers, MAX_HEADER_BYTES, MAX_HEADERS};
pub use reply::Reply;
pub use request_id::RequestId;
pub use s3_fault_codes::S3Fault;
pub use target::{MAX_TARGET_BYTES, Target};
pub use visible::{visible, visible_json};
pub use words::{BadWords, MAX_FORM_BYTES, MAX_WORDS, Words};
