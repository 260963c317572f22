//! Bodies that are read before the decision, because the decision or what is done depends on what
//! they say.

mod bucket;
mod complete;
mod delete;

use wire::S3Fault;

use super::detail::Detail;
use super::operation::{MAX_POLICY_BYTES, Operation};
use super::{tags, xml};
use crate::unmapped::Unmapped;

/// What a body adds to what the head told.
pub(super) fn read(operation: Operation, told: Detail, body: &[u8]) -> Result<Detail, Unmapped> {
    let some = || {
        if body.is_empty() {
            Err(Unmapped::Says(
                S3Fault::MissingRequestBody,
                S3Fault::MissingRequestBody.text().to_owned(),
            ))
        } else {
            Ok(body)
        }
    };
    Ok(match (operation, told) {
        (Operation::DeleteObjects, _) => delete::read(&xml::read(some()?, "Delete")?)?,
        (_, Detail::Complete(told)) => {
            complete::read(told, &xml::read(some()?, "CompleteMultipartUpload")?)?
        }
        (Operation::CreateBucket, _) if body.is_empty() => Detail::CreateBucket { location: None },
        (Operation::CreateBucket, _) => {
            bucket::create(&xml::read(body, "CreateBucketConfiguration")?)?
        }
        (Operation::PutObjectTagging, _) => {
            Detail::Tags(tags::of_xml(&xml::read(some()?, "Tagging")?)?)
        }
        (Operation::PutPublicAccessBlock, _) => {
            bucket::block(&xml::read(some()?, "PublicAccessBlockConfiguration")?)?
        }
        (Operation::PutBucketOwnershipControls, _) => {
            bucket::ownership(&xml::read(some()?, "OwnershipControls")?)?
        }
        (_, Detail::Policy { confirm, .. }) => policy(body, confirm)?,
        (_, told) => told,
    })
}

/// What it says is read by whoever knows policies.
fn policy(body: &[u8], confirm: bool) -> Result<Detail, Unmapped> {
    if body.len() > MAX_POLICY_BYTES {
        return Err(Unmapped::Says(
            S3Fault::MalformedPolicy,
            "Normalized policy document exceeds the maximum allowed size of 20480 bytes."
                .to_owned(),
        ));
    }
    let text = std::str::from_utf8(body).map_err(|_| {
        Unmapped::Says(
            S3Fault::MalformedPolicy,
            S3Fault::MalformedPolicy.text().to_owned(),
        )
    })?;
    Ok(Detail::Policy {
        text: text.to_owned(),
        confirm,
    })
}
