//! Headers that state a default: taken, known to policies, and no further.

use wire::S3Fault;

use crate::s3::condition::Says;
use crate::s3::fields::Fields;
use crate::s3::operation::Operation;
use crate::unmapped::Unmapped;

/// Headers that state a default (S3 API reference, request headers of each operation).
pub(super) fn take(
    operation: Operation,
    fields: &mut Fields<'_>,
    says: &mut Says,
) -> Result<(), Unmapped> {
    use Operation as O;
    // The API's only version: every call of the C++ SDK names it.
    fields.default("x-amz-api-version", &["2006-03-01"])?;
    acls(operation, fields)?;
    storage_class(operation, fields)?;
    let mut say = |name: &'static str, values: &[&str]| {
        fields.default(name, values).map(|value| {
            says.extend(value.map(|value| (name, value.to_owned())));
        })
    };
    match operation {
        O::PutObject | O::CopyObject | O::CreateMultipartUpload => {
            // With ACLs disabled, as they are on every bucket of AWS by default, both state the
            // default: the owner has all.
            say("x-amz-acl", &["bucket-owner-full-control", "private"])?;
            say(STORAGE_CLASS, &["STANDARD"])?;
            // Of a key for the bucket there is none.
            fields.default(
                "x-amz-server-side-encryption-bucket-key-enabled",
                &["false"],
            )?;
        }
        O::CreateBucket => {
            say("x-amz-acl", &["bucket-owner-full-control", "private"])?;
            say("x-amz-object-ownership", &["BucketOwnerEnforced"])?;
            // Names are one among all accounts; an account's own namespace is not served.
            say("x-amz-bucket-namespace", &["global"])?;
            fields.default("x-amz-bucket-object-lock-enabled", &["false"])?;
        }
        O::ListObjects | O::ListObjectsV2 | O::ListObjectVersions => {
            // No object is archived, so that none has anything to tell of its restoring.
            const NAME: &str = "x-amz-optional-object-attributes";
            let asked = fields.take_list(NAME).unwrap_or_default();
            if asked.iter().any(|name| *name != "RestoreStatus") {
                return Err(Unmapped::Header(NAME.to_owned()));
            }
        }
        O::GetObject | O::HeadObject => {}
        O::DeleteObject | O::DeleteObjects => {
            fields.default("x-amz-bypass-governance-retention", &["false"])?;
        }
        _ => {}
    }
    // The requester offers to pay; no owner can ask for that here.
    let pays = matches!(
        operation,
        O::ListObjects
            | O::ListObjectsV2
            | O::ListObjectVersions
            | O::ListMultipartUploads
            | O::GetObject
            | O::HeadObject
            | O::PutObject
            | O::CopyObject
            | O::DeleteObject
            | O::DeleteObjects
            | O::GetObjectAttributes
            | O::GetObjectTagging
            | O::PutObjectTagging
            | O::GetObjectAcl
            | O::GetBucketAccelerateConfiguration
            | O::CreateMultipartUpload
            | O::UploadPart
            | O::UploadPartCopy
            | O::ListParts
            | O::CompleteMultipartUpload
            | O::AbortMultipartUpload
    );
    if pays {
        fields.default("x-amz-request-payer", &["requester"])?;
    }
    Ok(())
}

const STORAGE_CLASS: &str = "x-amz-storage-class";

/// The API's other classes of storage, which are refused as what is not done here; any other name
/// is none.
const OTHER_CLASSES: [&str; 12] = [
    "DEEP_ARCHIVE",
    "EXPRESS_ONEZONE",
    "FSX_ONTAP",
    "FSX_OPENZFS",
    "GLACIER",
    "GLACIER_IR",
    "INTELLIGENT_TIERING",
    "ONEZONE_IA",
    "OUTPOSTS",
    "REDUCED_REDUNDANCY",
    "SNOW",
    "STANDARD_IA",
];

fn storage_class(operation: Operation, fields: &Fields<'_>) -> Result<(), Unmapped> {
    let takes = matches!(
        operation,
        Operation::PutObject | Operation::CopyObject | Operation::CreateMultipartUpload
    );
    match fields.peek(STORAGE_CLASS) {
        Some(class) if takes && class != "STANDARD" && !OTHER_CLASSES.contains(&class) => {
            let fault = S3Fault::InvalidStorageClass;
            Err(Unmapped::Says(fault, fault.text().to_owned()))
        }
        _ => Ok(()),
    }
}

/// Whom an ACL could name beside the owner.
const GRANTS: [&str; 5] = [
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
];

/// An ACL that would give anything to anybody else is refused in S3's words for a bucket whose
/// ACLs are disabled (S3 API reference, PutObject and CreateBucket, "x-amz-acl").
fn acls(operation: Operation, fields: &Fields<'_>) -> Result<(), Unmapped> {
    let fault = match operation {
        Operation::PutObject | Operation::CopyObject | Operation::CreateMultipartUpload => {
            S3Fault::AccessControlListNotSupported
        }
        Operation::CreateBucket => S3Fault::InvalidBucketAclWithObjectOwnership,
        _ => return Ok(()),
    };
    let canned = fields.peek("x-amz-acl").is_some_and(|acl| {
        [
            "public-read",
            "public-read-write",
            "authenticated-read",
            "aws-exec-read",
            "bucket-owner-read",
        ]
        .contains(&acl)
    });
    if canned || GRANTS.iter().any(|name| fields.has(name)) {
        return Err(Unmapped::Says(fault, fault.text().to_owned()));
    }
    Ok(())
}
