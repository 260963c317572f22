//! What the store is told and tells.

use serde::{Deserialize, Serialize};

/// One writing of an object: random, so it tells two objects of the same key apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ObjectId(pub(super) u128);

/// What a listing tells of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectInfo {
    /// This writing of it.
    pub id: ObjectId,
    /// Bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// Unix seconds.
    pub modified: i64,
    /// The checksum that it was written with.
    pub checksum: Option<StoredChecksum>,
    /// How many parts it was made of; `None` when it came in one piece.
    pub parts: Option<u16>,
}

/// A checksum as S3 writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredChecksum {
    /// S3's name of the algorithm.
    pub algorithm: String,
    /// Base64, with `-N` behind it when it is composite.
    pub value: String,
    /// What it was computed over.
    pub kind: ChecksumKind,
}

/// What a checksum was computed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChecksumKind {
    /// The parts' checksums.
    Composite,
    /// All bytes.
    FullObject,
}

/// What is stored of an object beside its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewObject {
    /// Without quotes.
    pub etag: String,
    /// Unix seconds.
    pub modified: i64,
    /// Pairs that are kept as they are: headers by their lower-case names.
    pub meta: Vec<(String, String)>,
    /// Object tags.
    pub tags: Vec<(String, String)>,
    /// The checksum that it was written with.
    pub checksum: Option<StoredChecksum>,
}

/// A part of an upload, or of an object that was made of parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// 1 to 10,000.
    pub number: u16,
    /// This writing of it.
    pub(super) id: u128,
    /// Bytes.
    pub size: u64,
    /// MD5 in hexadecimal, without quotes.
    pub etag: String,
    /// Unix seconds.
    pub modified: i64,
    /// Its own checksum.
    pub checksum: Option<StoredChecksum>,
}

/// What is stored of a part beside its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewPart {
    /// MD5 in hexadecimal, without quotes.
    pub etag: String,
    /// Unix seconds.
    pub modified: i64,
    /// Its own checksum.
    pub checksum: Option<StoredChecksum>,
}

/// What an upload is begun with.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Upload {
    /// As of [`NewObject`].
    pub meta: Vec<(String, String)>,
    /// Object tags.
    pub tags: Vec<(String, String)>,
    /// Unix seconds.
    pub initiated: i64,
    /// Who began it.
    pub initiator: String,
    /// S3's name of the checksum's algorithm, if one was asked for.
    pub algorithm: Option<String>,
    /// What the whole object's checksum is to be computed over.
    pub kind: Option<ChecksumKind>,
}

/// What an object's ETag must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EtagMatch {
    /// `*`: any, but there must be an object.
    Any,
    /// This one, without quotes.
    Etag(String),
    /// No ETag at all: the very writing that was looked at, or still none.
    Object(Option<ObjectId>),
}

impl EtagMatch {
    /// Whether the object that is there is the one that is meant. Without an object S3 answers that
    /// there is none (user guide, "How to perform conditional deletes" and "conditional writes").
    pub(super) fn check(&self, found: Option<&ObjectInfo>) -> Result<(), Trouble> {
        match (self, found) {
            (Self::Object(object), found) if *object != found.map(|found| found.id) => {
                Err(Trouble::Changed)
            }
            (Self::Object(_), _) => Ok(()),
            (_, None) => Err(Trouble::NoSuchKey),
            (Self::Etag(etag), Some(found)) if *etag != found.etag => Err(Trouble::Precondition),
            (Self::Any | Self::Etag(_), Some(_)) => Ok(()),
        }
    }
}

/// What must hold of the object that a write replaces, checked in the write's own transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteCond {
    /// `If-Match`.
    pub if_match: Option<EtagMatch>,
    /// `If-None-Match: *`.
    pub if_none_match_any: bool,
}

impl WriteCond {
    pub(super) fn check(&self, found: Option<&ObjectInfo>) -> Result<(), Trouble> {
        if self.if_none_match_any && found.is_some() {
            return Err(Trouble::Precondition);
        }
        self.if_match
            .as_ref()
            .map_or(Ok(()), |wanted| wanted.check(found))
    }
}

/// Why the store did not do it. Nothing is changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No bucket of this name.
    NoSuchBucket,
    /// No object of this key.
    NoSuchKey,
    /// No upload of this id for this bucket and key.
    NoSuchUpload,
    /// The bucket has objects.
    BucketNotEmpty,
    /// A condition does not hold.
    Precondition,
    /// The object is no longer the one that was looked at.
    Changed,
    /// A part that does not exist, or has another ETag.
    InvalidPart,
    /// Part numbers that do not ascend.
    PartOrder,
    /// A part below 5 MiB that is not the last: its number, ETag and size.
    TooSmall(u16, String, u64),
    /// The disk is full, or nearly: deletes still have room.
    Full,
    /// Disk, file or index failed; in words for the log.
    Io(String),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoSuchBucket => "no such bucket",
            Self::NoSuchKey => "no such object",
            Self::NoSuchUpload => "no such upload",
            Self::BucketNotEmpty => "the bucket has objects",
            Self::Precondition => "a condition does not hold",
            Self::Changed => "the object was written meanwhile",
            Self::InvalidPart => "a part is missing or another one",
            Self::PartOrder => "part numbers do not ascend",
            Self::TooSmall(..) => "a part is too small",
            Self::Full => "the disk is full",
            Self::Io(because) => return write!(f, "the store failed: {because}"),
        })
    }
}

impl std::error::Error for Trouble {}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded => Self::Full,
            _ => Self::Io(error.to_string()),
        }
    }
}

impl From<redb::Error> for Trouble {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::Io(error) => error.into(),
            other => Self::Io(other.to_string()),
        }
    }
}

impl From<redb::StorageError> for Trouble {
    fn from(error: redb::StorageError) -> Self {
        redb::Error::from(error).into()
    }
}

impl From<redb::TableError> for Trouble {
    fn from(error: redb::TableError) -> Self {
        redb::Error::from(error).into()
    }
}

impl From<redb::TransactionError> for Trouble {
    fn from(error: redb::TransactionError) -> Self {
        redb::Error::from(error).into()
    }
}

impl From<redb::CommitError> for Trouble {
    fn from(error: redb::CommitError) -> Self {
        redb::Error::from(error).into()
    }
}

impl From<redb::DatabaseError> for Trouble {
    fn from(error: redb::DatabaseError) -> Self {
        redb::Error::from(error).into()
    }
}
