//! S3: from a head, and where needed a body, to a call. The call alone is what the backend gets.

mod body;
mod defaults;
mod expected_owners;
mod keys;
mod operation;
mod parts;
mod route;
mod s3_call;
mod xml;

pub use body::{Body, CompletedPart};
pub use expected_owners::ExpectedOwners;
pub use operation::{BodyNeed, Operation};
pub use route::{Route, route};
pub use s3_call::S3Call;
