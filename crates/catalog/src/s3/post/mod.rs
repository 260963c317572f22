//! Uploads from a browser's form (S3 API reference, "POST Object"; user guide, "Browser-based
//! uploads using POST").
//!
//! [`Reader`] takes the bytes: the fields first, then the file as it comes. [`Form`] is what stood
//! before the file, [`PolicyDocument`] what the signer allowed of it.

mod document;
mod form;
mod part;
mod reader;

pub use document::PolicyDocument;
pub use form::Form;
pub(super) use form::{is_form, told};
pub use part::boundary;
pub use reader::Reader;
