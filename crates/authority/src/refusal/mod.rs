//! What is refused before anything is decided, and what is no caller's fault; a file for each
//! family of refusals.
//!
//! The shell says what it saw ([`Unread`], [`BodyFailure`], [`Failed`], [`Busy`]); what that means
//! to the caller and to the record is worded here, in the words of the services.

mod body;
mod ours;
mod request;
mod signature;

pub use body::{BodyFailure, Unread, body_failed};
pub(crate) use body::{
    bad_form, body_refused, body_unread, form_beyond_its_policy, length, unprotected,
};
pub use ours::{Busy, Failed, busy, failed};
pub(crate) use request::{
    disagrees, form_unread, overrides_unsigned, unmapped, unmapped_query, unreadable,
};
pub(crate) use signature::{bad_signature, closed, elsewhere, unsigned};
