//! Whom a bucket must belong to, if the caller says so: a check that the store cannot make and the
//! account can.

use policy::AccountId;
use wire::Head;

use crate::s3::operation::Operation;
use crate::unmapped::Unmapped;

const BUCKET: &str = "x-amz-expected-bucket-owner";
const SOURCE: &str = "x-amz-source-expected-bucket-owner";

/// The owners that a caller expects (S3 user guide, "Verifying bucket ownership with bucket owner
/// condition").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedOwners {
    /// Of the bucket.
    pub bucket: Option<AccountId>,
    /// Of the bucket that is copied from.
    pub source: Option<AccountId>,
}

/// Whether the header says so, in an operation that has it.
pub(super) fn is_about_owners(operation: Operation, name: &str) -> bool {
    match name {
        // These two have no bucket that somebody could own already.
        BUCKET => !matches!(operation, Operation::ListBuckets | Operation::CreateBucket),
        SOURCE => matches!(operation, Operation::CopyObject | Operation::UploadPartCopy),
        _ => false,
    }
}

pub(super) fn read(head: &Head) -> Result<ExpectedOwners, Unmapped> {
    let one = |name: &'static str| {
        let text = head
            .headers
            .one(name)
            .map_err(|_| Unmapped::Header(name.to_owned()))?;
        // Refused and not ignored: a caller that mistyped the owner expects a check.
        text.map(|text| AccountId::parse(text).map_err(|_| Unmapped::Owner(name)))
            .transpose()
    };
    Ok(ExpectedOwners {
        bucket: one(BUCKET)?,
        source: one(SOURCE)?,
    })
}
