//! The questions that an S3 call asks of policies.

use policy::AccountId;

use super::body::Body;
use super::keys;
use super::operation::Operation;
use super::s3_call::S3Call;
use crate::call::{Ask, Target};
use crate::names::ObjectKey;
use crate::unmapped::Unmapped;

/// Every question of a call.
///
/// # Errors
/// [`Unmapped`] when what a question is about is not there.
pub(super) fn asks(call: &S3Call) -> Result<Vec<Ask>, Unmapped> {
    let bucket = || call.bucket.clone().map(Target::Bucket).ok_or(Unmapped::Uri);
    let object = |key: Option<&ObjectKey>| match (&call.bucket, key) {
        (Some(bucket), Some(key)) => Ok(Target::Object(bucket.clone(), key.clone())),
        _ => Err(Unmapped::Uri),
    };
    let key = || object(call.key.as_ref());
    let action = call.operation.action();
    let mut asks = match call.operation {
        Operation::ListBuckets => vec![Ask::new(action, Target::Everything)],
        Operation::CreateBucket
        | Operation::HeadBucket
        | Operation::DeleteBucket
        | Operation::GetBucketLocation
        | Operation::ListObjects
        | Operation::ListObjectsV2 => vec![Ask::new(action, bucket()?)],
        Operation::GetObject
        | Operation::HeadObject
        | Operation::PutObject
        | Operation::DeleteObject
        | Operation::CreateMultipartUpload
        | Operation::UploadPart
        | Operation::ListParts
        | Operation::CompleteMultipartUpload
        | Operation::AbortMultipartUpload => vec![Ask::new(action, key()?)],
        Operation::CopyObject | Operation::UploadPartCopy => {
            let (from, at) = call.copy_source.clone().ok_or(Unmapped::CopySource)?;
            vec![Ask::new("s3:GetObject", Target::Object(from, at)), Ask::new(action, key()?)]
        }
        Operation::DeleteObjects => {
            let Body::Delete { keys, .. } = &call.body else { return Err(Unmapped::Body("does not name the objects to delete")) };
            keys.iter().map(|key| object(Some(key)).map(|target| Ask::new(action, target))).collect::<Result<_, _>>()?
        }
    };
    let more: Vec<Ask> = asks.iter().filter(|ask| ask.action == action).flat_map(|ask| also(call, &ask.target)).collect();
    asks.extend(more);
    for ask in &mut asks {
        ask.context = keys::of(call, &ask.action);
        ask.expected_owners = expected_owners(call, &ask.target);
    }
    Ok(asks)
}

/// Whom the bucket of a question must belong to. A copy within one bucket is from it and to it, and both must hold.
fn expected_owners(call: &S3Call, target: &Target) -> Vec<AccountId> {
    let (Target::Bucket(asked) | Target::Object(asked, _)) = target else { return Vec::new() };
    let is_source = call.copy_source.as_ref().is_some_and(|(bucket, _)| bucket == asked);
    let is_target = call.bucket.as_ref() == Some(asked);
    let of_source = call.expected.source.as_ref().filter(|_| is_source);
    of_source.into_iter().chain(call.expected.bucket.as_ref().filter(|_| is_target)).cloned().collect()
}

/// What some headers need beside the operation's own action, whatever they say (S3 API reference, PutObject, CopyObject,
/// CreateMultipartUpload and CreateBucket, "Permissions").
fn also(call: &S3Call, target: &Target) -> Vec<Ask> {
    let says = |name: &str| call.defaults.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    let actions = match (call.operation, says("x-amz-acl")) {
        // A bucket is private unless more is asked for.
        (Operation::CreateBucket, None | Some("private")) | (_, None) => None,
        (Operation::CreateBucket, Some(_)) => Some("s3:PutBucketAcl"),
        (_, Some(_)) => Some("s3:PutObjectAcl"),
    };
    let ownership = says("x-amz-object-ownership").map(|_| "s3:PutBucketOwnershipControls");
    actions.into_iter().chain(ownership).map(|action| Ask::new(action, target.clone())).collect()
}
