//! S3: from a head, and where needed a body, to a call. The call alone is what is carried out.

mod body;
mod checksum;
mod condition;
mod detail;
mod etag;
mod fields;
pub mod http_date;
mod integrity;
mod keys;
mod listing;
mod meta;
mod operation;
mod owners;
mod parts;
pub mod post;
pub mod range;
mod route;
mod s3_call;
mod source;
mod tags;
mod told;
mod xml;

pub use checksum::{Checksum, ChecksumKind, Hasher};
pub use condition::{Failed, ReadConditions, WriteConditions};
pub use detail::{
    Attributes, Complete, CompletedPart, Copy, DeleteOne, Detail, IfRange, List, ListBuckets,
    ListUploads, Post, PublicAccessBlock, Put, Read,
};
pub use etag::{Etag, EtagList, EtagMatch};
pub use integrity::{Expected, Integrity, wrong_md5};
pub use meta::Meta;
pub use operation::{BodyNeed, Operation};
pub use owners::ExpectedOwners;
pub use parts::{copies_tags, with_copied_tags};
pub use range::Ranged;
pub use route::{Route, route};
pub use s3_call::S3Call;
pub use source::Source;
pub use tags::Tags;
