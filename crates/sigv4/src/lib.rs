//! The seal: AWS Signature Version 4, verified from the raw request. It knows no account and no
//! session.
//!
//! The road through this crate: head -> [`Claim::read`] (who says to have signed what) ->
//! [`Claim::verify`] with the secret that somebody else found -> [`Authenticated`], and a
//! [`BodyProof`] that the body still has to meet.
//!
//! Rules: IAM user guide, "Create a signed AWS API request"; S3 API reference, "Authenticating
//! requests".

mod body;
mod canonical;
mod claim;
mod credential;
mod date;
mod key;
mod presigned;
mod read;
mod refusal;
mod scope;
pub mod sign;
mod verify;

pub use body::{BodyChecker, BodyProof, sha256};
pub use claim::Claim;
pub use credential::{AccessKeyId, SecretKey};
pub use date::amz_date;
pub use presigned::without_signature;
pub use refusal::Refusal;
pub use scope::Scope;
pub use verify::{Authenticated, Payload};
