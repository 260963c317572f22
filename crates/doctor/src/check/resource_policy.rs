//! The resource and its owner.

use policy::AccountId;

use crate::finding::Finding;

pub(super) fn no_bucket(bucket: &str) -> Finding {
    Finding::denied("no-bucket", format!("the bucket `{bucket}` does not exist"))
        .help(format!("aws s3 mb s3://{bucket}"))
}

/// Whose the bucket is, is its owner's affair; so no other account is named than the caller's own
/// expectation.
pub(super) fn other_owner(bucket: &str, expected: &AccountId) -> Finding {
    let message = format!(
        "the call expects the bucket `{bucket}` to belong to the account `{expected}`, and it does not"
    );
    Finding::denied("other-owner", message).help(
        "correct or leave out the header x-amz-expected-bucket-owner (for the source of a copy \
         x-amz-source-expected-bucket-owner)",
    )
}

pub(super) fn bucket_taken(bucket: &str) -> Finding {
    Finding::denied(
        // All accounts share one space of names, as in S3. Whose the bucket is stays untold.
        "bucket-taken",
        format!("the bucket `{bucket}` already exists"),
    )
    .help("choose another name, or use the bucket if it is yours")
}
