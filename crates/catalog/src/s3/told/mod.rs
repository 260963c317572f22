//! What the head says of each operation: every field and parameter that it has, taken by name. What
//! states a default is taken too, and changes nothing.

mod defaults;
mod reads;
mod upload;
mod writes;

use super::condition::{self, Says};
use super::detail::{Detail, Put};
use super::fields::{Fields, Params};
use super::integrity::{self, Integrity};
use super::listing::{self, argument};
use super::operation::Operation;
use super::{meta, range};
use crate::unmapped::Unmapped;
use reads::{attributes, reads};
use upload::{no_part_number, part_number, upload};
use writes::{complete, copied, copy, create_upload, tagging, writes};

/// What was read of a head.
pub(super) struct Told {
    pub(super) detail: Detail,
    /// What is said of a body that is read whole; of one that streams it is in the detail.
    pub(super) integrity: Integrity,
    /// Condition keys.
    pub(super) says: Says,
}

pub(super) fn read(
    operation: Operation,
    fields: &mut Fields<'_>,
    params: &mut Params<'_>,
) -> Result<Told, Unmapped> {
    let mut says = Vec::new();
    defaults::take(operation, fields, &mut says)?;
    let mut digests = Integrity::default();
    let detail = match operation {
        Operation::ListBuckets => listing::buckets(params)?,
        Operation::ListObjects | Operation::ListObjectsV2 | Operation::ListObjectVersions => {
            listing::objects(operation, params, &mut says)?
        }
        Operation::ListMultipartUploads => listing::uploads(params)?,
        Operation::ListParts => {
            let upload = upload(params)?;
            listing::parts(params, upload)?
        }
        Operation::GetObject | Operation::HeadObject => reads(fields, params)?,
        Operation::GetObjectAttributes => {
            params.take("attributes");
            attributes(fields)?
        }
        Operation::PutObject => Detail::Put(Put {
            meta: meta::read(fields)?,
            tags: tagging(fields)?,
            integrity: integrity::read(operation, fields)?,
            conditions: writes(fields, &mut says)?,
        }),
        Operation::CopyObject => copy(fields, &mut says)?,
        Operation::CreateMultipartUpload => {
            params.take("uploads");
            create_upload(fields)?
        }
        Operation::UploadPart => Detail::UploadPart {
            number: part_number(params)?.ok_or_else(no_part_number)?,
            upload: upload(params)?,
            integrity: integrity::read(operation, fields)?,
        },
        Operation::UploadPartCopy => Detail::UploadPartCopy {
            number: part_number(params)?.ok_or_else(no_part_number)?,
            upload: upload(params)?,
            source: copied(fields, &mut says)?,
            range: fields
                .take("x-amz-copy-source-range")?
                .map(|text| {
                    range::exact(text).ok_or_else(|| {
                        argument("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy")
                    })
                })
                .transpose()?,
            source_conditions: condition::of_read(fields, "x-amz-copy-source-")?,
        },
        Operation::CompleteMultipartUpload => {
            let upload = upload(params)?;
            complete(upload, fields, &mut says)?
        }
        Operation::AbortMultipartUpload => Detail::Abort {
            upload: upload(params)?,
        },
        Operation::DeleteObject => Detail::Delete {
            if_match: fields
                .take("if-match")?
                .map(|text| {
                    says.push(("if-match", text.to_owned()));
                    condition::expected(text)
                })
                .transpose()?,
        },
        Operation::PutBucketPolicy => Detail::Policy {
            text: String::new(),
            confirm: fields
                .default("x-amz-confirm-remove-self-bucket-access", &["true", "false"])?
                == Some("true"),
        },
        _ => Detail::None,
    };
    // The mark of an operation is a parameter that every row has taken.
    params.take(operation.row().mark);
    match operation {
        // In the detail.
        Operation::PutObject | Operation::UploadPart => {}
        // Its checksum headers are of the object.
        Operation::CompleteMultipartUpload => digests.md5 = integrity::md5(fields)?,
        // Of a body that is never there in one: nothing could be held against it.
        Operation::PostObject => {
            fields.default("content-md5", &[])?;
        }
        // Of a body that is read whole, or not there: the Java SDK sends a checksum with a read
        // too, that of the body which a read does not have.
        _ => digests = integrity::read(operation, fields)?,
    }
    Ok(Told {
        detail,
        integrity: digests,
        says,
    })
}
