//! What carries each operation out: typed, so that nobody behind reads a header or a parameter
//! again.

use std::ops::RangeInclusive;

use super::checksum::{Checksum, ChecksumKind};
use super::condition::{ReadConditions, WriteConditions};
use super::etag::{EtagList, EtagMatch};
use super::integrity::Integrity;
use super::meta::Meta;
use super::range::{self, Ranged};
use super::source::Source;
use super::tags::Tags;
use crate::names::ObjectKey;

/// What an operation is told beside its bucket and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// HeadBucket, DeleteBucket, reads and deletions of configurations, GetObjectTagging, ...
    None,
    /// ListBuckets.
    ListBuckets(ListBuckets),
    /// CreateBucket.
    CreateBucket {
        /// The region that it is to be in, as it was named.
        location: Option<String>,
    },
    /// ListObjects, ListObjectsV2 and ListObjectVersions.
    List(List),
    /// ListMultipartUploads.
    ListUploads(ListUploads),
    /// GetObject and HeadObject.
    Read(Read),
    /// GetObjectAttributes.
    Attributes(Attributes),
    /// PutObject.
    Put(Put),
    /// PostObject.
    Post(Post),
    /// CreateMultipartUpload.
    CreateUpload {
        /// What the object will say of itself.
        meta: Meta,
        /// Its tags.
        tags: Tags,
        /// The algorithm of its checksum.
        algorithm: Option<Checksum>,
        /// How it will be made; never without an algorithm.
        kind: Option<ChecksumKind>,
    },
    /// UploadPart.
    UploadPart {
        /// The upload.
        upload: String,
        /// 1 to 10,000.
        number: u16,
        /// What is said of its bytes.
        integrity: Integrity,
    },
    /// CopyObject.
    Copy(Copy),
    /// UploadPartCopy.
    UploadPartCopy {
        /// The upload.
        upload: String,
        /// 1 to 10,000.
        number: u16,
        /// From where.
        source: Source,
        /// First and last byte; all of it without one.
        range: Option<(u64, u64)>,
        /// When.
        source_conditions: ReadConditions,
    },
    /// CompleteMultipartUpload.
    Complete(Complete),
    /// AbortMultipartUpload.
    Abort {
        /// The upload.
        upload: String,
    },
    /// ListParts.
    ListParts {
        /// The upload.
        upload: String,
        /// Parts after this number.
        after: u16,
        /// At most 1,000.
        most: u32,
    },
    /// DeleteObject.
    Delete {
        /// The object that is expected.
        if_match: Option<EtagMatch>,
    },
    /// DeleteObjects.
    DeleteMany {
        /// 1 to 1,000.
        objects: Vec<DeleteOne>,
        /// Whether only errors are reported.
        quiet: bool,
    },
    /// PutObjectTagging.
    Tags(Tags),
    /// PutBucketPolicy.
    Policy {
        /// The policy as it came.
        text: String,
        /// `x-amz-confirm-remove-self-bucket-access`.
        confirm: bool,
    },
    /// PutPublicAccessBlock.
    PublicAccessBlock(PublicAccessBlock),
    /// PutBucketOwnershipControls; always `BucketOwnerEnforced`.
    Ownership(String),
}

/// Which buckets are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListBuckets {
    /// Those that begin so.
    pub prefix: String,
    /// How many at most, 1 to 10,000; without one all of them.
    pub most: Option<u32>,
    /// Where the last page ended.
    pub token: Option<String>,
    /// Those of a region.
    pub region: Option<String>,
}

/// Which objects are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// Those that begin so.
    pub prefix: String,
    /// What ends a common prefix; never empty.
    pub delimiter: Option<String>,
    /// `max-keys` as it was asked, for the answer; `most` without it is 1,000.
    pub asked: Option<u32>,
    /// At most 1,000.
    pub most: u32,
    /// Those after this: `marker`, `start-after` or `key-marker`.
    pub after: String,
    /// `continuation-token`; it goes before `after`.
    pub token: Option<String>,
    /// `version-id-marker`, of versions: only `null` is one.
    pub version_marker: bool,
    /// Whether keys are percent-encoded in the answer.
    pub encode: bool,
    /// Whether owners are told.
    pub owner: bool,
}

/// Which uploads are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListUploads {
    /// Those of keys that begin so.
    pub prefix: String,
    /// What ends a common prefix; never empty.
    pub delimiter: Option<String>,
    /// At most 1,000.
    pub most: u32,
    /// Those of keys after this.
    pub key_marker: String,
    /// And of that key those after this upload.
    pub upload_marker: Option<String>,
    /// Whether keys are percent-encoded in the answer.
    pub encode: bool,
}

/// How an object is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The `Range` header; [`Read::ranged`] reads it.
    pub range: Option<String>,
    /// `If-Range`.
    pub if_range: Option<IfRange>,
    /// `partNumber`; never with a range.
    pub part: Option<u16>,
    /// When.
    pub conditions: ReadConditions,
    /// Headers of the answer that are to be other ones, by their names in lower case.
    pub overrides: Vec<(&'static str, String)>,
    /// Whether checksums are told.
    pub checksum_mode: bool,
}

/// What a range is of (RFC 9110 section 13.1.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfRange {
    /// The object with this ETag.
    Etag(EtagList),
    /// The object of exactly this time.
    Date(i64),
    /// What nobody can read, and so of no object.
    Nothing,
}

/// What is asked about an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// `ETag`.
    pub etag: bool,
    /// `Checksum`.
    pub checksum: bool,
    /// `ObjectParts`.
    pub parts: bool,
    /// `StorageClass`.
    pub storage_class: bool,
    /// `ObjectSize`.
    pub size: bool,
    /// Parts at most, at most 1,000.
    pub most: u32,
    /// Parts after this number.
    pub after: u16,
    /// When.
    pub conditions: ReadConditions,
}

/// How an object is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// What it says of itself.
    pub meta: Meta,
    /// Its tags.
    pub tags: Tags,
    /// What is said of its bytes.
    pub integrity: Integrity,
    /// When.
    pub conditions: WriteConditions,
}

/// How a form's file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// What it says of itself.
    pub meta: Meta,
    /// Its tags.
    pub tags: Tags,
    /// What is said of its bytes.
    pub integrity: Integrity,
    /// The status of the answer: 200, 201 or 204.
    pub status: u16,
    /// How many bytes it may have: fewer are `EntityTooSmall`, more `EntityTooLarge`.
    pub length: RangeInclusive<u64>,
}

/// How an object is copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// From where.
    pub source: Source,
    /// What it says of itself, if not what its source says.
    pub replaces_meta: Option<Meta>,
    /// Its tags, if not its source's.
    pub replaces_tags: Option<Tags>,
    /// The algorithm of its checksum, if not its source's.
    pub algorithm: Option<Checksum>,
    /// When, of the source.
    pub source_conditions: ReadConditions,
    /// When, of the target.
    pub conditions: WriteConditions,
}

/// How an upload becomes an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complete {
    /// The upload.
    pub upload: String,
    /// Its parts, numbers ascending.
    pub parts: Vec<CompletedPart>,
    /// The checksum of the whole, and of how many parts it is composed, where it says so.
    pub checksum: Option<(Checksum, Vec<u8>)>,
    /// How that is made.
    pub kind: Option<ChecksumKind>,
    /// The size of the whole: `x-amz-mp-object-size`.
    pub size: Option<u64>,
    /// When.
    pub conditions: WriteConditions,
}

/// One part of a multipart upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedPart {
    /// 1 to 10,000.
    pub number: u16,
    /// The part's ETag, without quotes.
    pub etag: String,
    /// The part's checksum.
    pub checksum: Option<(Checksum, Vec<u8>)>,
}

/// One object to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteOne {
    /// Its key.
    pub key: ObjectKey,
    /// Whether the version `null` is named.
    pub version_null: bool,
    /// The object that is expected.
    pub if_match: Option<EtagMatch>,
}

/// S3 user guide, "Blocking public access to your Amazon S3 storage".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublicAccessBlock {
    /// `BlockPublicAcls`.
    pub block_public_acls: bool,
    /// `IgnorePublicAcls`.
    pub ignore_public_acls: bool,
    /// `BlockPublicPolicy`.
    pub block_public_policy: bool,
    /// `RestrictPublicBuckets`.
    pub restrict_public_buckets: bool,
}

impl Read {
    /// The bytes that are asked of an object of this size, ETag (without quotes) and time (seconds
    /// since 1970).
    pub fn ranged(&self, size: u64, etag: &str, modified: i64) -> Ranged {
        let Some(header) = &self.range else {
            return Ranged::Whole;
        };
        let is_of = match &self.if_range {
            None => true,
            Some(IfRange::Etag(list)) => list.has(etag, true),
            Some(IfRange::Date(date)) => *date == modified,
            Some(IfRange::Nothing) => false,
        };
        if is_of {
            range::read(header, size)
        } else {
            Ranged::Whole
        }
    }
}
