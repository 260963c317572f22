//! S3's own condition keys: what policies may know of a call, for each of the actions that it asks
//! for. Those of the signature are theirs who verify it, those of an object's tags theirs who have
//! looked.
//!
//! Held whole against the Service authorization reference, with the account's keys, in
//! `authority/src/known/`.

use policy::{Context, Values};

use super::detail::{DeleteOne, Detail};
use super::etag::EtagMatch;
use super::s3_call::S3Call;
use super::tags::Tags;

/// The keys of one question (Service authorization reference, "Condition keys for Amazon S3").
pub(super) fn of(call: &S3Call, action: &str) -> Context {
    let mut context = Context::new();
    // In the clear there is no version: AWS does not say what it compares then, and a Deny of old
    // ones must not fall away.
    context.insert("s3:TlsVersion", Values::Unknown);
    if call.presigned && call.content_sha256.is_none() {
        // The body is unsigned then; whether the key says so is not documented.
        context.insert("s3:x-amz-content-sha256", Values::Unknown);
    }
    let mut put = |name: &str, value: &str| context.insert(name, Values::One(value.to_owned()));
    if let Some(hash) = &call.content_sha256 {
        put("s3:x-amz-content-sha256", hash);
    }
    let said: &[&str] = match action {
        "s3:ListBucket" | "s3:ListBucketVersions" => &["prefix", "delimiter", "max-keys"],
        "s3:PutObject" => {
            let makes = call.operation.makes_an_object();
            put(
                "s3:ObjectCreationOperation",
                if makes { "true" } else { "false" },
            );
            &[
                "x-amz-acl",
                "x-amz-copy-source",
                "x-amz-storage-class",
                "x-amz-metadata-directive",
                "if-match",
                "if-none-match",
            ]
        }
        "s3:DeleteObject" => &["if-match"],
        "s3:PutObjectAcl" => &["x-amz-acl", "x-amz-storage-class"],
        "s3:CreateBucket" => &[
            "x-amz-acl",
            "x-amz-object-ownership",
            "x-amz-bucket-namespace",
        ],
        "s3:PutBucketAcl" => &["x-amz-acl"],
        _ => &[],
    };
    for name in said {
        if let Some(value) = call.says(name) {
            put(&format!("s3:{name}"), value);
        }
    }
    if action == "s3:CreateBucket" && call.says("x-amz-bucket-namespace").is_none() {
        // Who names none means `global`; whether the key then says so is not documented.
        context.insert("s3:x-amz-bucket-namespace", Values::Unknown);
    }
    match (action, &call.detail) {
        ("s3:CreateBucket", Detail::CreateBucket { location }) => {
            context.insert(
                "s3:locationconstraint",
                match location.as_deref() {
                    // Who names nothing means `us-east-1`, and `EU` is an old name of eu-west-1: which
                    // of two the key says then is not documented.
                    None | Some("EU") => Values::Unknown,
                    Some(location) => Values::One(location.to_owned()),
                },
            );
        }
        // Its body is not there yet.
        ("s3:CreateBucket", _) => context.insert("s3:locationconstraint", Values::Unknown),
        (
            "s3:PutObject" | "s3:PutObjectTagging" | "s3:PutObjectVersionTagging",
            Detail::Put(_)
            | Detail::Post(_)
            | Detail::CreateUpload { .. }
            | Detail::Copy(_)
            | Detail::Tags(_),
        ) => tags(&mut context, of_request(&call.detail)),
        _ => {}
    }
    of_version(
        &mut context,
        action,
        call.version_null && call.source().is_none(),
    );
    context
}

/// The tags that a request sets.
fn of_request(detail: &Detail) -> Option<&Tags> {
    match detail {
        Detail::Put(put) => Some(&put.tags),
        Detail::Post(post) => Some(&post.tags),
        Detail::CreateUpload { tags, .. } | Detail::Tags(tags) => Some(tags),
        Detail::Copy(copy) => copy.replaces_tags.as_ref(),
        _ => None,
    }
}

fn tags(context: &mut Context, tags: Option<&Tags>) {
    let Some(tags) = tags.filter(|tags| !tags.is_empty()) else {
        return;
    };
    for (key, value) in tags {
        context.insert(
            format!("s3:RequestObjectTag/{key}"),
            Values::One(value.clone()),
        );
    }
    let names = tags.iter().map(|(key, _)| key.clone()).collect();
    context.insert("s3:RequestObjectTagKeys", Values::Many(names));
}

/// The version that is named; only actions of versions have it.
pub(super) fn of_version(context: &mut Context, action: &str, version_null: bool) {
    if version_null && action.contains("Version") {
        context.insert("s3:versionid", Values::One("null".to_owned()));
    }
}

/// What DeleteObjects says of one object, as DeleteObject says it in a header.
pub(super) fn of_deletion(context: &mut Context, action: &str, one: &DeleteOne) {
    let value = match &one.if_match {
        Some(EtagMatch::Any) => "*",
        Some(EtagMatch::One(etag)) => etag,
        None => return,
    };
    if action == "s3:DeleteObject" {
        context.insert("s3:if-match", Values::One(value.to_owned()));
    }
}
