//! One row for each S3 operation: method, action, the parameters and headers that it understands,
//! what it wants of the body.

use wire::{Method, Words};

use crate::unmapped::Unmapped;

/// The S3 operations that are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the S3 API's own")]
pub enum Operation {
    ListBuckets,
    CreateBucket,
    HeadBucket,
    DeleteBucket,
    GetBucketLocation,
    ListObjects,
    ListObjectsV2,
    GetObject,
    HeadObject,
    PutObject,
    CopyObject,
    DeleteObject,
    DeleteObjects,
    CreateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    ListParts,
    CompleteMultipartUpload,
    AbortMultipartUpload,
}

/// What an operation wants of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyNeed {
    /// Nothing; a body that is sent all the same is refused.
    None,
    /// All of it before the decision, at most so many bytes.
    Whole(usize),
    /// A stream, after the decision.
    Stream,
}

/// What an operation understands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) params: &'static [&'static str],
    pub(super) headers: &'static [&'static str],
}

/// Parameters that name a sub-resource and have no value.
pub(super) const SUB_RESOURCES: [&str; 3] = ["delete", "location", "uploads"];

const LIST: &[&str] = &["prefix", "delimiter", "max-keys", "encoding-type", "marker"];
const LIST_V2: &[&str] = &[
    "list-type",
    "prefix",
    "delimiter",
    "max-keys",
    "encoding-type",
    "continuation-token",
    "start-after",
    "fetch-owner",
];
/// The Java SDK sends a checksum with a read too: that of the body which a read does not have.
const READ: &[&str] = &[
    "range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "x-amz-checksum-*",
];
const CONTENT: &[&str] = &[
    "content-type",
    "content-encoding",
    "content-disposition",
    "content-language",
    "content-md5",
    "cache-control",
    "expires",
    "x-amz-checksum-*",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-meta-*",
];
const COPY: &[&str] = &[
    "content-type",
    "content-encoding",
    "content-disposition",
    "content-language",
    "cache-control",
    "expires",
    "x-amz-metadata-directive",
    "x-amz-copy-source-if-match",
    "x-amz-copy-source-if-none-match",
    "x-amz-copy-source-if-modified-since",
    "x-amz-copy-source-if-unmodified-since",
    "x-amz-checksum-algorithm",
    "x-amz-meta-*",
];
const PART: &[&str] = &[
    "content-md5",
    "x-amz-checksum-*",
    "x-amz-sdk-checksum-algorithm",
];
/// For bodies that are read and written anew: their digests were of the old spelling.
const REWRITTEN: &[&str] = &[
    "content-md5",
    "x-amz-checksum-*",
    "x-amz-sdk-checksum-algorithm",
];

/// Finds the operation by method, place and sub-resource.
pub(super) fn find(
    method: Method,
    bucket: bool,
    key: bool,
    words: &Words,
    copies: bool,
) -> Result<Operation, Unmapped> {
    let has = |name: &str| words.get(name).is_some();
    // Both or neither: with one alone it is a PutObject, whose row has no such parameter.
    let part = has("partNumber") && has("uploadId");
    let found = match (method, bucket, key) {
        (Method::Get, false, false) => Operation::ListBuckets,
        (Method::Put, true, false) if !copies => Operation::CreateBucket,
        (Method::Head, true, false) => Operation::HeadBucket,
        (Method::Delete, true, false) => Operation::DeleteBucket,
        (Method::Get, true, false) if has("location") => Operation::GetBucketLocation,
        (Method::Get, true, false) if words.get("list-type") == Some("2") => {
            Operation::ListObjectsV2
        }
        (Method::Get, true, false) => Operation::ListObjects,
        (Method::Post, true, false) if has("delete") => Operation::DeleteObjects,
        (Method::Get, true, true) if has("uploadId") => Operation::ListParts,
        (Method::Get, true, true) => Operation::GetObject,
        (Method::Head, true, true) => Operation::HeadObject,
        (Method::Put, true, true) if part && copies => Operation::UploadPartCopy,
        (Method::Put, true, true) if part => Operation::UploadPart,
        (Method::Put, true, true) if copies => Operation::CopyObject,
        (Method::Put, true, true) => Operation::PutObject,
        (Method::Delete, true, true) if has("uploadId") => Operation::AbortMultipartUpload,
        (Method::Delete, true, true) => Operation::DeleteObject,
        (Method::Post, true, true) if has("uploads") => Operation::CreateMultipartUpload,
        (Method::Post, true, true) if has("uploadId") => Operation::CompleteMultipartUpload,
        // Whatever is left is denied (docs/threats.md, 48); presence of a sub-resource that no row
        // knows is found by the rules.
        (method, _, _) => return Err(Unmapped::Operation(method.as_str().to_owned())),
    };
    // A header that makes a copy of a call that is none: S3 would copy, or not; the policies were
    // asked about one of these.
    if copies && !matches!(found, Operation::CopyObject | Operation::UploadPartCopy) {
        return Err(Unmapped::Header("x-amz-copy-source".to_owned()));
    }
    Ok(found)
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::ListBuckets,
        Self::CreateBucket,
        Self::HeadBucket,
        Self::DeleteBucket,
        Self::GetBucketLocation,
        Self::ListObjects,
        Self::ListObjectsV2,
        Self::GetObject,
        Self::HeadObject,
        Self::PutObject,
        Self::CopyObject,
        Self::DeleteObject,
        Self::DeleteObjects,
        Self::CreateMultipartUpload,
        Self::UploadPart,
        Self::UploadPartCopy,
        Self::ListParts,
        Self::CompleteMultipartUpload,
        Self::AbortMultipartUpload,
    ];

    /// The operation's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ListBuckets => "ListBuckets",
            Self::CreateBucket => "CreateBucket",
            Self::HeadBucket => "HeadBucket",
            Self::DeleteBucket => "DeleteBucket",
            Self::GetBucketLocation => "GetBucketLocation",
            Self::ListObjects => "ListObjects",
            Self::ListObjectsV2 => "ListObjectsV2",
            Self::GetObject => "GetObject",
            Self::HeadObject => "HeadObject",
            Self::PutObject => "PutObject",
            Self::CopyObject => "CopyObject",
            Self::DeleteObject => "DeleteObject",
            Self::DeleteObjects => "DeleteObjects",
            Self::CreateMultipartUpload => "CreateMultipartUpload",
            Self::UploadPart => "UploadPart",
            Self::UploadPartCopy => "UploadPartCopy",
            Self::ListParts => "ListParts",
            Self::CompleteMultipartUpload => "CompleteMultipartUpload",
            Self::AbortMultipartUpload => "AbortMultipartUpload",
        }
    }

    /// The action that must be allowed (S3 user guide, "Required permissions for Amazon S3 API
    /// operations").
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::ListBuckets => "s3:ListAllMyBuckets",
            Self::CreateBucket => "s3:CreateBucket",
            // No action is called like HeadBucket: whoever may list may ask whether it is there.
            Self::HeadBucket | Self::ListObjects | Self::ListObjectsV2 => "s3:ListBucket",
            Self::DeleteBucket => "s3:DeleteBucket",
            Self::GetBucketLocation => "s3:GetBucketLocation",
            // A HEAD tells what a GET does but for the bytes, and S3 has no action of its own for
            // it.
            Self::GetObject | Self::HeadObject => "s3:GetObject",
            Self::PutObject
            | Self::CopyObject
            | Self::CreateMultipartUpload
            | Self::UploadPart
            | Self::UploadPartCopy
            | Self::CompleteMultipartUpload => "s3:PutObject",
            Self::DeleteObject | Self::DeleteObjects => "s3:DeleteObject",
            Self::ListParts => "s3:ListMultipartUploadParts",
            Self::AbortMultipartUpload => "s3:AbortMultipartUpload",
        }
    }

    pub(super) fn method(self) -> Method {
        match self {
            Self::ListBuckets
            | Self::GetBucketLocation
            | Self::ListObjects
            | Self::ListObjectsV2
            | Self::GetObject
            | Self::ListParts => Method::Get,
            Self::HeadBucket | Self::HeadObject => Method::Head,
            Self::CreateBucket
            | Self::PutObject
            | Self::CopyObject
            | Self::UploadPart
            | Self::UploadPartCopy => Method::Put,
            Self::DeleteBucket | Self::DeleteObject | Self::AbortMultipartUpload => Method::Delete,
            Self::DeleteObjects | Self::CreateMultipartUpload | Self::CompleteMultipartUpload => {
                Method::Post
            }
        }
    }

    pub(super) fn body_need(self) -> BodyNeed {
        match self {
            Self::PutObject | Self::UploadPart => BodyNeed::Stream,
            // A location in a few hundred bytes, with room for a namespace and white space.
            Self::CreateBucket => BodyNeed::Whole(4_096),
            // A thousand keys of 1,024 bytes, every byte escaped at worst sixfold, is what S3
            // itself cuts at 2 MiB.
            Self::DeleteObjects | Self::CompleteMultipartUpload => BodyNeed::Whole(2 * 1024 * 1024),
            _ => BodyNeed::None,
        }
    }

    pub(super) fn rules(self) -> Rules {
        let (params, headers): (&[&str], &[&str]) = match self {
            Self::ListBuckets | Self::CreateBucket | Self::HeadBucket | Self::DeleteBucket => {
                (&[], &[])
            }
            Self::GetBucketLocation => (&["location"], &[]),
            Self::ListObjects => (LIST, &[]),
            Self::ListObjectsV2 => (LIST_V2, &[]),
            Self::GetObject | Self::HeadObject => (&[], READ),
            Self::PutObject => (&[], CONTENT),
            Self::CopyObject => (&[], COPY),
            Self::DeleteObject => (&[], &[]),
            Self::DeleteObjects => (&["delete"], REWRITTEN),
            Self::CreateMultipartUpload => (
                &["uploads"],
                &[
                    "x-amz-checksum-algorithm",
                    "x-amz-checksum-type",
                    "content-type",
                    "content-encoding",
                    "content-disposition",
                    "content-language",
                    "cache-control",
                    "expires",
                    "x-amz-meta-*",
                ],
            ),
            Self::UploadPart => (&["partNumber", "uploadId"], PART),
            Self::UploadPartCopy => (&["partNumber", "uploadId"], &["x-amz-copy-source-range"]),
            Self::ListParts => (&["uploadId", "max-parts", "part-number-marker"], &[]),
            Self::CompleteMultipartUpload => (&["uploadId"], &["x-amz-checksum-*", "content-type"]),
            Self::AbortMultipartUpload => (&["uploadId"], &[]),
        };
        Rules { params, headers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Catalogue;

    #[test]
    fn all_of_them_are_all() {
        assert!(
            Operation::ALL
                .iter()
                .enumerate()
                .all(|(place, operation)| *operation as usize == place)
        );
        assert_eq!(
            Operation::ALL.len(),
            Operation::AbortMultipartUpload as usize + 1,
            "the last one is the last"
        );
    }

    #[test]
    fn every_action_is_aws_own() {
        let aws = Catalogue::load();
        for operation in Operation::ALL {
            let name = operation.action();
            let (service, action) = aws
                .action(name)
                .unwrap_or_else(|| panic!("{operation:?}: {name}"));
            assert_eq!(name, format!("{}:{}", service.prefix, action.name));
        }
    }
}
