//! The questions that an S3 call asks of policies, a part for each thing that it is about.

use policy::{AccountId, Values};

use super::detail::{DeleteOne, Detail};
use super::etag::EtagMatch;
use super::keys;
use super::operation::Operation;
use super::s3_call::S3Call;
use super::source::Source;
use super::tags::Tags;
use crate::call::{Ask, Call, Part};
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
    let action = call.operation.action(call.version_null);
    match (call.operation, &call.detail) {
        (Operation::ListBuckets, _) => Ok(vec![ask(call, action, Target::Everything, None).into()]),
        (_, Detail::DeleteMany { objects, .. }) => {
            let bucket = bucket()?;
            // A question for each key (S3 API reference, DeleteObjects), since policies allow
            // prefixes.
            Ok(objects
                .iter()
                .map(|one| deletion(call, bucket, one))
                .collect())
        }
        (Operation::CreateBucket, _) => Ok(vec![creation(call, bucket()?)]),
        _ if call.key.is_none() => Ok(vec![
            ask(call, action, bucket_of(bucket()?), Some(bucket()?)).into(),
        ]),
        _ => Ok(vec![of_object(call, action, bucket()?, key()?)]),
    }
}

/// The questions about an object: what is read for it, the operation's own action, and what else
/// some headers need, whatever they say (S3 user guide, "Required permissions for Amazon S3 API
/// operations").
fn of_object(call: &S3Call, action: &'static str, bucket: &BucketName, key: &ObjectKey) -> Part {
    let mut actions = Vec::new();
    if call.operation == Operation::GetObjectAttributes {
        actions.push(if call.version_null {
            "s3:GetObjectVersion"
        } else {
            "s3:GetObject"
        });
    }
    actions.push(action);
    if call.says("x-amz-acl").is_some() {
        actions.push("s3:PutObjectAcl");
    }
    let tags = match &call.detail {
        Detail::Put(put) => Some(&put.tags),
        Detail::Post(post) => Some(&post.tags),
        Detail::CreateUpload { tags, .. } => Some(tags),
        Detail::Copy(copy) => copy.replaces_tags.as_ref(),
        _ => None,
    };
    if tags.is_some_and(|tags| !tags.is_empty()) {
        actions.push("s3:PutObjectTagging");
    }
    let expected = match &call.detail {
        Detail::Delete { if_match } => if_match.as_ref(),
        Detail::Put(put) => put.conditions.if_match.as_ref(),
        Detail::Copy(copy) => copy.conditions.if_match.as_ref(),
        Detail::Complete(complete) => complete.conditions.if_match.as_ref(),
        _ => None,
    };
    // Whether an object has an ETag is told to who may read it (S3 user guide, "Enforce conditional
    // deletes": both permissions). S3 says it of deletions; a write tells the same.
    if let Some(EtagMatch::One(_)) = expected {
        actions.push("s3:GetObject");
    }
    let own = actions
        .into_iter()
        .map(|action| ask(call, action, object(bucket, key), Some(bucket)));
    // Who may write here need not be able to read there: both are asked.
    let read = call
        .source()
        .map(|source| from(call, source, read_action(source)));
    all(read.into_iter().chain(own)).unwrap_or_else(|| {
        // There is the operation's own question at least.
        ask(call, action, object(bucket, key), Some(bucket)).into()
    })
}

fn read_action(source: &Source) -> &'static str {
    if source.version_null {
        "s3:GetObjectVersion"
    } else {
        "s3:GetObject"
    }
}

/// A question about what is copied from.
fn from(call: &S3Call, source: &Source, action: &'static str) -> Ask {
    let mut ask = ask(
        call,
        action,
        object(&source.bucket, &source.key),
        Some(&source.bucket),
    );
    keys::of_version(&mut ask.context, action, source.version_null);
    ask
}

fn creation(call: &S3Call, bucket: &BucketName) -> Part {
    let asked = |action| ask(call, action, bucket_of(bucket), Some(bucket));
    let mut part = Part::from(asked("s3:CreateBucket"));
    // A bucket is private unless more is asked for.
    if !matches!(call.says("x-amz-acl"), None | Some("private")) {
        part = part.and(asked("s3:PutBucketAcl"));
    }
    if call.says("x-amz-object-ownership").is_some() {
        part = part.and(asked("s3:PutBucketOwnershipControls"));
    }
    part
}

fn deletion(call: &S3Call, bucket: &BucketName, one: &DeleteOne) -> Part {
    let asked = |action: &'static str| {
        let mut ask = ask(call, action, object(bucket, &one.key), Some(bucket));
        keys::of_version(&mut ask.context, action, one.version_null);
        keys::of_deletion(&mut ask.context, action, one);
        ask
    };
    let part = Part::from(asked(call.operation.action(one.version_null)));
    match one.if_match {
        Some(EtagMatch::One(_)) => part.and(asked("s3:GetObject")),
        _ => part,
    }
}

/// The object whose tags a call copies, if it does: whether that is allowed is asked once they are
/// known, by [`with_copied_tags`].
pub fn copies_tags(call: &S3Call) -> Option<&Source> {
    match &call.detail {
        Detail::Copy(copy) if copy.replaces_tags.is_none() => Some(&copy.source),
        _ => None,
    }
}

/// The call with the questions that copying these tags asks: none without any tag. Who copies an
/// object with tags must be able to read them there and to set them here (S3 API reference,
/// CopyObject, "Permissions").
#[must_use]
pub fn with_copied_tags(mut call: Call<S3Call>, tags: &Tags) -> Call<S3Call> {
    let (Some(source), Some(bucket), Some(key)) = (
        copies_tags(&call.detail),
        &call.detail.bucket,
        &call.detail.key,
    ) else {
        return call;
    };
    if tags.is_empty() {
        return call;
    }
    let action = if source.version_null {
        "s3:GetObjectVersionTagging"
    } else {
        "s3:GetObjectTagging"
    };
    let read = from(&call.detail, source, action);
    let mut write = ask(
        &call.detail,
        "s3:PutObjectTagging",
        object(bucket, key),
        Some(bucket),
    );
    // Whether tags that are copied are tags of the request is not documented.
    write
        .context
        .insert("s3:RequestObjectTag/*", Values::Unknown);
    write
        .context
        .insert("s3:RequestObjectTagKeys", Values::Unknown);
    if let Some(part) = call.parts.pop() {
        call.parts.push(part.and(read).and(write));
    }
    call
}

fn all(mut asks: impl Iterator<Item = Ask>) -> Option<Part> {
    let first = Part::from(asks.next()?);
    Some(asks.fold(first, Part::and))
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
    let is_source = call.source().is_some_and(|source| source.bucket == *asked);
    let is_target = call.bucket.as_ref() == Some(asked);
    let of_source = call.expected.source.as_ref().filter(|_| is_source);
    of_source
        .into_iter()
        .chain(call.expected.bucket.as_ref().filter(|_| is_target))
        .cloned()
        .collect()
}

fn bucket_of(bucket: &BucketName) -> Target {
    Target::Template(Template::global("s3", bucket.as_str()))
}

/// An object in a bucket. No bucket's name has a slash, so the first one ends it whatever the key
/// is.
fn object(bucket: &BucketName, key: &ObjectKey) -> Target {
    let resource = format!("{}/{}", bucket.as_str(), key.as_str());
    Target::Template(Template::global("s3", resource))
}
