//! Whom a bucket must belong to, if the caller says so: a check that the store cannot make and the
//! account can.

use policy::AccountId;

use super::fields::Fields;
use super::operation::Operation;
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

pub(super) fn read(
    operation: Operation,
    fields: &mut Fields<'_>,
) -> Result<ExpectedOwners, Unmapped> {
    let mut one = |name: &'static str| {
        // Refused and not ignored: a caller that mistyped the owner expects a check.
        fields
            .take(name)?
            .map(|text| AccountId::parse(text).map_err(|_| Unmapped::Owner(name)))
            .transpose()
    };
    // These have no bucket that somebody could own already, or no header to say it in.
    let has_none = matches!(
        operation,
        Operation::ListBuckets | Operation::CreateBucket | Operation::PostObject
    );
    let copies = matches!(operation, Operation::CopyObject | Operation::UploadPartCopy);
    Ok(ExpectedOwners {
        bucket: if has_none { None } else { one(BUCKET)? },
        source: if copies { one(SOURCE)? } else { None },
    })
}
