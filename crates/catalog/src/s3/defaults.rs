//! Headers that state a default. With those values they are taken, are condition keys and go no
//! further; with any other they would change what is done, and are refused by name.

use crate::s3::operation::Operation;

/// A header and the values that change nothing.
type Row = (&'static str, &'static [&'static str]);

/// The API's only version: every call of the C++ SDK names it.
const VERSION: Row = ("x-amz-api-version", &["2006-03-01"]);
/// The requester offers to pay; no owner can ask for that here.
const PAYER: Row = ("x-amz-request-payer", &["requester"]);
/// With ACLs disabled, as they are on every bucket of AWS by default, both state the default: the
/// owner has all.
const ACL: Row = ("x-amz-acl", &["bucket-owner-full-control", "private"]);

const STORAGE: Row = ("x-amz-storage-class", &["STANDARD"]);

const EVERYWHERE: &[Row] = &[VERSION];
const IN_A_BUCKET: &[Row] = &[VERSION, PAYER];
const STORES: &[Row] = &[VERSION, PAYER, ACL, STORAGE];
/// No object has tags that could be copied.
const COPIES: &[Row] = &[
    VERSION,
    PAYER,
    ACL,
    STORAGE,
    ("x-amz-tagging-directive", &["COPY"]),
];
const CREATES: &[Row] = &[
    VERSION,
    ACL,
    ("x-amz-object-ownership", &["BucketOwnerEnforced"]),
    ("x-amz-bucket-object-lock-enabled", &["false"]),
];

/// The defaults that an operation may be told (S3 API reference, request headers of each
/// operation).
fn rows(operation: Operation) -> &'static [Row] {
    match operation {
        Operation::CreateBucket => CREATES,
        Operation::ListBuckets
        | Operation::HeadBucket
        | Operation::DeleteBucket
        | Operation::GetBucketLocation => EVERYWHERE,
        Operation::PutObject | Operation::CreateMultipartUpload => STORES,
        Operation::CopyObject => COPIES,
        Operation::ListObjects
        | Operation::ListObjectsV2
        | Operation::GetObject
        | Operation::HeadObject
        | Operation::DeleteObject
        | Operation::DeleteObjects
        | Operation::UploadPart
        | Operation::UploadPartCopy
        | Operation::ListParts
        | Operation::CompleteMultipartUpload
        | Operation::AbortMultipartUpload => IN_A_BUCKET,
    }
}

/// Whether the header states a default of the operation.
pub(super) fn is_default(operation: Operation, name: &str, value: &str) -> bool {
    rows(operation)
        .iter()
        // To the letter, case included: what only resembles the default is not understood.
        .any(|(known, values)| *known == name && values.contains(&value))
}
