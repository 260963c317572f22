//! The questions that an S3 call asks of policies, a part for each thing that it is about.

use policy::AccountId;

use super::body::Body;
use super::keys;
use super::operation::Operation;
use super::s3_call::S3Call;
use crate::call::{Ask, Part};
use crate::names::{BucketName, ObjectKey};
use crate::target::{Target, Template};
use crate::unmapped::Unmapped;

/// The parts of a call.
///
/// # Errors
/// [`Unmapped`] when what a question is about is not there.
pub(super) fn parts(call: &S3Call) -> Result<Vec<Part>, Unmapped> {
    let bucket = || call.bucket.as_ref().ok_or(Unmapped::Uri);
    let key = || call.key.as_ref().ok_or(Unmapped::Uri);
    let action = call.operation.action();
    Ok(match call.operation {
        Operation::ListBuckets => vec![ask(call, action, Target::Everything, None).into()],
        Operation::CreateBucket
        | Operation::HeadBucket
        | Operation::DeleteBucket
        | Operation::GetBucketLocation
        | Operation::ListObjects
        | Operation::ListObjectsV2 => vec![own(call, None, bucket()?, None)],
        Operation::GetObject
        | Operation::HeadObject
        | Operation::PutObject
        | Operation::DeleteObject
        | Operation::CreateMultipartUpload
        | Operation::UploadPart
        | Operation::ListParts
        | Operation::CompleteMultipartUpload
        | Operation::AbortMultipartUpload => vec![own(call, None, bucket()?, Some(key()?))],
        Operation::CopyObject | Operation::UploadPartCopy => {
            let (from, at) = call.copy_source.as_ref().ok_or(Unmapped::CopySource)?;
            // Who may write here need not be able to read there: both are asked.
            let read = ask(call, "s3:GetObject", object(from, Some(at)), Some(from));
            vec![own(call, Some(read), bucket()?, Some(key()?))]
        }
        Operation::DeleteObjects => {
            let Body::Delete { keys, .. } = &call.body else {
                return Err(Unmapped::Body("does not name the objects to delete"));
            };
            let bucket = bucket()?;
            // A question for each key (S3 API reference, DeleteObjects), since policies allow
            // prefixes.
            keys.iter()
                .map(|key| own(call, None, bucket, Some(key)))
                .collect()
        }
    })
}

/// The questions of the operation itself, after what is read for it: its own action, and what some
/// headers need beside it, whatever they say (S3 API reference, PutObject, CopyObject,
/// CreateMultipartUpload and CreateBucket, "Permissions").
fn own(call: &S3Call, read: Option<Ask>, bucket: &BucketName, key: Option<&ObjectKey>) -> Part {
    let says = |name: &str| {
        call.defaults
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    };
    let acl = match (call.operation, says("x-amz-acl")) {
        // A bucket is private unless more is asked for.
        (Operation::CreateBucket, None | Some("private")) | (_, None) => None,
        (Operation::CreateBucket, Some(_)) => Some("s3:PutBucketAcl"),
        (_, Some(_)) => Some("s3:PutObjectAcl"),
    };
    let ownership = says("x-amz-object-ownership").map(|_| "s3:PutBucketOwnershipControls");
    let asked = |action| ask(call, action, object(bucket, key), Some(bucket));
    let action = asked(call.operation.action());
    let first = match read {
        Some(read) => Part::from(read).and(action),
        None => action.into(),
    };
    acl.into_iter()
        .chain(ownership)
        .map(asked)
        .fold(first, Part::and)
}

fn ask(call: &S3Call, action: &'static str, target: Target, bucket: Option<&BucketName>) -> Ask {
    let expected_owners = bucket
        .map(|bucket| expected_owners(call, bucket))
        .unwrap_or_default();
    Ask {
        context: keys::of(call, action),
        expected_owners,
        ..Ask::new(action, target)
    }
}

/// Whom a bucket must belong to. A copy within one bucket is from it and to it, and both must hold.
fn expected_owners(call: &S3Call, asked: &BucketName) -> Vec<AccountId> {
    let is_source = call
        .copy_source
        .as_ref()
        .is_some_and(|(bucket, _)| bucket == asked);
    let is_target = call.bucket.as_ref() == Some(asked);
    let of_source = call.expected.source.as_ref().filter(|_| is_source);
    of_source
        .into_iter()
        .chain(call.expected.bucket.as_ref().filter(|_| is_target))
        .cloned()
        .collect()
}

/// A bucket, or an object in it. No bucket's name has a slash, so the first one ends it whatever
/// the key is.
fn object(bucket: &BucketName, key: Option<&ObjectKey>) -> Target {
    let resource = match key {
        Some(key) => format!("{}/{}", bucket.as_str(), key.as_str()),
        None => bucket.as_str().to_owned(),
    };
    Target::Template(Template::global("s3", resource))
}
