//! The first steps of every request: its head, what must be read beside it, who answers it, and who
//! asks.
//!
//! [`Incoming::read`] -> [`Incoming::needs`] -> a form, read by the shell -> [`UnreadForm::route`],
//! or a signed S3 call whose body is decided over before it is read. What a signed form asks for is
//! told only to whoever proves who asks.

mod authenticate;
mod claimed;
mod form;
mod head;
mod host;
#[cfg(test)]
mod tests;

pub use authenticate::Authenticator;
pub use form::{FormRoute, QueryCall, SignedForm, UnreadForm};
pub use head::{Incoming, Needs, SignedS3, Transport, UNREAD};
pub use host::is_loopback;
