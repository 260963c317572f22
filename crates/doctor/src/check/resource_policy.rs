//! The resource, its owner, and what is kept of it.

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

/// BlockPublicPolicy.
pub(super) fn public_policy(bucket: &str) -> Finding {
    Finding::denied(
        "public-policy",
        format!("the policy is public, and the bucket `{bucket}` blocks public policies"),
    )
    .help(
        "name the principals, or restrict an Allow for everybody by fixed values of aws:SourceIp, \
         aws:PrincipalOrgID and the like; conditions on anything else leave it public",
    )
    .help(format!(
        "if everybody is meant: aws s3api put-public-access-block --bucket {bucket} \
         --public-access-block-configuration BlockPublicPolicy=false,RestrictPublicBuckets=false"
    ))
}

/// RestrictPublicBuckets.
pub(super) fn public_restricted(bucket: &str) -> Finding {
    Finding::denied(
        "public-restricted",
        format!(
            "the policy of the bucket `{bucket}` is public, and the bucket restricts what such a \
             policy allows to its owner's account"
        ),
    )
    .help(
        "make the policy one that is not public: one public statement keeps all others of it from \
         allowing other accounts anything",
    )
    .help(format!(
        "if everybody is meant: aws s3api put-public-access-block --bucket {bucket} \
         --public-access-block-configuration BlockPublicPolicy=false,RestrictPublicBuckets=false"
    ))
}

pub(super) fn foreign_policy(bucket: &str) -> Finding {
    Finding::denied(
        "foreign-policy",
        format!("the policy of the bucket `{bucket}` is for its owner's account alone"),
    )
    .help("ask as a role or as root of that account, whatever the policy allows others")
}

pub(super) fn locks_out(bucket: &str) -> Finding {
    Finding::denied(
        "locks-out",
        format!("the policy would keep the caller from changing the policy of `{bucket}` again"),
    )
    .help("allow the caller s3:PutBucketPolicy, or leave it out of the Deny")
    .help(
        "to put it all the same send x-amz-confirm-remove-self-bucket-access: true; root of the \
         owner's account can always put another",
    )
}

pub(super) fn malformed_policy(because: &str, detail: &str) -> Finding {
    Finding::denied("malformed-policy", format!("{because}: {detail}"))
}

pub(super) fn no_object(bucket: &str, key: &str) -> Finding {
    Finding::denied(
        "no-object",
        format!("the object `{key}` does not exist in the bucket `{bucket}`"),
    )
    .help("the caller may not list the bucket (s3:ListBucket), and so is told 403 and not 404")
}
