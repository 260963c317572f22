//! The first steps of every request: its head, what must be read beside it, who answers it, and who
//! asks.
//!
//! [`Incoming::read`] -> [`Incoming::needs`] -> a form, read by the shell -> [`UnreadForm::route`],
//! or an S3 call that is decided over before its body is read, or a browser's form, whose fields
//! are read first ([`UnreadPost`]). What a signed form asks for is told only to whoever proves who
//! asks.

mod authenticate;
mod claimed;
mod form;
mod head;
mod host;
mod post;
#[cfg(test)]
mod s3_tests;
#[cfg(test)]
mod tests;

pub use authenticate::Authenticator;
pub use form::{FormRoute, QueryCall, SignedForm, UnreadForm};
pub use head::{Incoming, Needs, Transport, UNREAD, UnprovenS3};
pub use host::{BadHost, Hosts, is_loopback};
pub use post::UnreadPost;
