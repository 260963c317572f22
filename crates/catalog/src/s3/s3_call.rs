//! What carries an S3 call out: all of the request that means something, and nothing else.

use super::detail::Detail;
use super::operation::Operation;
use super::owners::ExpectedOwners;
use super::source::Source;
use crate::names::{BucketName, ObjectKey};

/// An S3 call with nothing left to interpret: it is carried out from this and from nothing else.
#[derive(Clone, Debug)]
pub struct S3Call {
    /// What is to be done.
    pub operation: Operation,
    /// The bucket, for all operations but ListBuckets.
    pub bucket: Option<BucketName>,
    /// The object.
    pub key: Option<ObjectKey>,
    /// Whether the version `null` is named: the only one there is, and another action.
    pub version_null: bool,
    /// Whom the buckets must belong to.
    pub expected: ExpectedOwners,
    /// What the signer says of the body's hash, for the condition key.
    pub content_sha256: Option<String>,
    /// All else.
    pub detail: Detail,
    /// Whether the signature is in the query string, where the body's hash need not be said.
    pub(super) presigned: bool,
    /// Headers and parameters that are condition keys, as they came, by the key's name without
    /// `s3:`.
    pub(super) says: Vec<(&'static str, String)>,
}

impl S3Call {
    /// Where a copy comes from.
    pub fn source(&self) -> Option<&Source> {
        match &self.detail {
            Detail::Copy(copy) => Some(&copy.source),
            Detail::UploadPartCopy { source, .. } => Some(source),
            _ => None,
        }
    }

    /// Whether the answer is to have other headers than the object's. S3 does that for who signed
    /// only.
    pub fn overrides_headers(&self) -> bool {
        matches!(&self.detail, Detail::Read(read) if !read.overrides.is_empty())
    }

    pub(super) fn says(&self, name: &str) -> Option<&str> {
        self.says
            .iter()
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value.as_str())
    }
}
