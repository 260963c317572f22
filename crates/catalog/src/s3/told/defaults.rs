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
    let mut say = |name: &'static str, values: &[&str]| {
        fields.default(name, values).map(|value| {
            says.extend(value.map(|value| (name, value.to_owned())));
        })
    };
    match operation {
        O::PutObject | O::CopyObject | O::CreateMultipartUpload => {
            say("x-amz-storage-class", &["STANDARD"])?;
            // With ACLs disabled, as they are on every bucket of AWS by default, both state the
            // default: the owner has all. Of another one S3 says why not (Controlling ownership of
            // objects and disabling ACLs).
            match fields.take("x-amz-acl")? {
                Some(value @ ("bucket-owner-full-control" | "private")) => {
                    says.push(("x-amz-acl", value.to_owned()));
                }
                Some(_) => {
                    let fault = S3Fault::AccessControlListNotSupported;
                    return Err(Unmapped::Says(fault, fault.text().to_owned()));
                }
                None => {}
            }
            // Of a key for the bucket there is none.
            fields.default(
                "x-amz-server-side-encryption-bucket-key-enabled",
                &["false"],
            )?;
        }
        O::CreateBucket => {
            say("x-amz-acl", &["bucket-owner-full-control", "private"])?;
            say("x-amz-object-ownership", &["BucketOwnerEnforced"])?;
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
