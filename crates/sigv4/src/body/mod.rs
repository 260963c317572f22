//! What the signature says about the body, and the check that the body must pass before anything is
//! done with its end.

mod chain;
mod checker;
mod chunked;
mod grammar;
mod promise;
mod proof;
mod reader;
mod trailers;

pub use checker::BodyChecker;
pub use proof::BodyProof;
pub use reader::BodyReader;
pub use trailers::Trailers;

pub(crate) use chain::{Seed, chunk_text, trailer_text};
pub(crate) use proof::Declared;
