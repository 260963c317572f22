//! What is accepted of a policy at write: by IAM (`checks`) and, of a bucket's, by S3 (`bucket`).

mod actions;
mod bucket;
mod checks;
mod conditions;
mod draft;
mod grammar;
mod principals;
mod resources;

pub use bucket::{AskedOf, BucketFacts};
pub(crate) use bucket::{NO_JSON as NO_BUCKET_JSON, check as check_bucket};
pub use checks::refusal;
pub(crate) use checks::{characters, check};
pub use draft::Kind;
pub(crate) use draft::{NO_JSON, SYNTAX};
