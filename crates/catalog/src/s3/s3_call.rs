//! What carries an S3 call out: all of the request that means something, and nothing else.

use wire::{Method, percent};

use super::body::Body;
use super::expected_owners::ExpectedOwners;
use super::operation::{self, Operation};
use crate::names::{BucketName, ObjectKey};

/// An S3 call with nothing left to interpret: the backend's request is built from it and from
/// nothing else.
#[derive(Clone, Debug)]
pub struct S3Call {
    /// What is to be done.
    pub operation: Operation,
    /// The bucket, for all operations but ListBuckets.
    pub bucket: Option<BucketName>,
    /// The object.
    pub key: Option<ObjectKey>,
    /// Where a copy comes from.
    pub copy_source: Option<(BucketName, ObjectKey)>,
    /// The multipart upload.
    pub upload_id: Option<String>,
    /// Query parameters of the operation, decoded.
    pub params: Vec<(String, String)>,
    /// Headers of the operation, as they came.
    pub headers: Vec<(String, String)>,
    /// Headers that state a default: condition keys, and nothing for the store.
    pub defaults: Vec<(String, String)>,
    /// Whom the buckets must belong to.
    pub expected: ExpectedOwners,
    /// `x-amz-content-sha256` as it was signed: what policies may be asked about the body.
    pub content_sha256: Option<String>,
    /// A body that was read and understood.
    pub body: Body,
}

impl S3Call {
    /// The path and query of the request that means exactly this call.
    pub fn target(&self) -> String {
        let mut target = String::from("/");
        if let Some(bucket) = &self.bucket {
            target.push_str(bucket.as_str());
        }
        if let Some(key) = &self.key {
            target.push('/');
            target.push_str(&percent::encode_path(key.as_str()));
        }
        for (place, (name, value)) in self.params.iter().enumerate() {
            target.push(if place == 0 { '?' } else { '&' });
            target.push_str(&percent::encode(name));
            if !value.is_empty() || !operation::SUB_RESOURCES.contains(&name.as_str()) {
                target.push('=');
                target.push_str(&percent::encode(value));
            }
        }
        target
    }

    /// The method of that request.
    pub fn method(&self) -> Method {
        self.operation.method()
    }
}
