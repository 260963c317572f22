//! S3's own condition keys: what policies may know of a call, for each of the actions that it asks
//! for.
//!
//! Held whole against the Service authorization reference, with the account's keys, in
//! `authority/src/known/`.

use policy::{Context, Values};

use super::s3_call::S3Call;
use crate::s3::body::Body;
use crate::s3::operation::Operation;

/// The keys of one question (Service authorization reference, "Condition keys for Amazon S3").
pub(super) fn of(call: &S3Call, action: &str) -> Context {
    let mut context = Context::new();
    // In the clear there is no version: AWS does not say what it compares then, and a Deny of old
    // ones must not fall away.
    context.insert("s3:TlsVersion", Values::Unknown);
    if action == "s3:CreateBucket" {
        // Who names nothing means `us-east-1`; whether the key then says so is not documented.
        context.insert("s3:locationconstraint", Values::Unknown);
    }
    let mut put = |name: &str, value: &str| context.insert(name, Values::One(value.to_owned()));
    // Presigned S3 calls are refused, so no other way of signing gets here.
    put("s3:authType", "REST-HEADER");
    put("s3:signatureversion", "AWS4-HMAC-SHA256");
    if let Some(hash) = &call.content_sha256 {
        put("s3:x-amz-content-sha256", hash);
    }
    let header = |name: &str| {
        call.defaults
            .iter()
            .chain(&call.headers)
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    };
    let headers: &[&str] =
        match action {
            "s3:ListBucket" => {
                // Only when sent: a listing without a prefix lists all, and a policy that demands a
                // prefix must see none.
                for (name, value) in call.params.iter().filter(|(name, _)| {
                    matches!(name.as_str(), "prefix" | "delimiter" | "max-keys")
                }) {
                    put(&format!("s3:{name}"), value);
                }
                &[]
            }
            "s3:PutObject" => {
                put(
                    "s3:ObjectCreationOperation",
                    if makes_an_object(call.operation) {
                        "true"
                    } else {
                        "false"
                    },
                );
                // Decoded and without a first slash, so that one source has one spelling in a
                // policy.
                if let Some((bucket, key)) = &call.copy_source {
                    put(
                        "s3:x-amz-copy-source",
                        &format!("{}/{}", bucket.as_str(), key.as_str()),
                    );
                }
                &[
                    "x-amz-acl",
                    "x-amz-storage-class",
                    "x-amz-metadata-directive",
                ]
            }
            "s3:PutObjectAcl" => &["x-amz-acl", "x-amz-storage-class"],
            "s3:CreateBucket" => {
                // `EU` is an old name of eu-west-1. Which of the two the key says then is not
                // documented either.
                if let Body::Create {
                    location: Some(location),
                } = &call.body
                    && location != "EU"
                {
                    put("s3:locationconstraint", location);
                }
                &["x-amz-acl", "x-amz-object-ownership"]
            }
            "s3:PutBucketAcl" => &["x-amz-acl"],
            _ => &[],
        };
    for name in headers {
        if let Some(value) = header(name) {
            put(&format!("s3:{name}"), value);
        }
    }
    context
}

/// Parts of an upload make nothing yet (S3 user guide, "Enforce conditional writes on Amazon S3
/// buckets").
fn makes_an_object(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::PutObject | Operation::CopyObject | Operation::CompleteMultipartUpload
    )
}
