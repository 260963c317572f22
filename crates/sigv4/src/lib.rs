//! The seal: AWS Signature Version 4, verified from the raw request. It knows no account and no
//! session.
//!
//! The road through this crate: head -> [`Claim::read`] (who says to have signed what) ->
//! [`Claim::verify`] with the secret that somebody else found -> [`Authenticated`], and a
//! [`BodyProof`] that the body still has to meet, by its [`BodyReader`]. A browser's form has a
//! [`PostClaim`] instead.
//!
//! Rules: IAM user guide, "Create a signed AWS API request"; S3 API reference, "Authenticating
//! requests".

mod authenticated;
mod body;
mod canonical;
mod claim;
mod credential;
mod date;
mod digest;
mod hex;
mod key;
mod post;
mod presigned;
mod query_flaw;
mod read;
mod refusal;
mod region_set;
mod scope;
pub mod sign;
mod signature;
mod verify;

pub use authenticated::{AuthType, Authenticated};
pub use body::{BodyChecker, BodyProof, BodyReader, Trailers};
pub use claim::Claim;
pub use credential::{AccessKeyId, SecretKey};
pub use date::amz_date;
pub use digest::sha256;
pub use key::DerivedKeys;
pub use post::PostClaim;
pub use presigned::{is_signature_word, without_signature};
pub use query_flaw::QueryFlaw;
pub use refusal::Refusal;
pub use region_set::RegionSet;
pub use scope::{Algorithm, Scope};
pub use verify::Payload;
