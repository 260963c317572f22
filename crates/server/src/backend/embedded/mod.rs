//! The embedded object store: an index in redb, and blobs in files that are named by random ids,
//! never by keys. What S3 says about requests and answers is left to whoever calls; here it is
//! bytes, keys, conditions and uploads. All of it blocks: call it beside the workers.
//!
//! The folder: `index.redb`, `lock`, and `blobs/XX/ID` for what is longer than [`INLINE`].
//!
//! The road of a write: [`Incoming`] takes the bytes (`incoming`, files by `blobs`), the file and
//! its folder are fsynced, then one transaction of `index` checks conditions and changes rows;
//! `objects`, `multipart` and `buckets` say which. Writers that wait for each other share a commit.
//! What a commit left without an owner is removed after it, when nobody reads it any more
//! (`reaper`); what a kill left behind is swept when the store is opened (`store`).
//!
//! The road of a read: [`Store::look`] takes one snapshot of an object, tags and blob; [`Blob`]
//! reads it however often the key is written meanwhile. `listing` walks keys in byte order.
//!
//! `podpass migrate` goes through `migrate`, which reads what an earlier podpass kept by
//! `old_layout`.

mod blob;
mod blobs;
mod buckets;
mod files;
mod incoming;
mod index;
mod job;
mod listing;
mod migrate;
mod multipart;
mod objects;
mod old_layout;
mod reaper;
mod rows;
mod store;
#[cfg(test)]
mod tests;
mod types;

pub use blob::Blob;
pub use incoming::Incoming;
pub use listing::{Page, Query, UploadPage, UploadQuery};
pub use migrate::{MigrateError, Migrated, migrate};
pub use multipart::{Chosen, PartPage};
pub use objects::Look;
pub use rows::INLINE;
pub use store::{OpenError, Store};
pub use types::{
    ChecksumKind, EtagMatch, NewObject, NewPart, ObjectId, ObjectInfo, Part, StoredChecksum,
    Trouble, Upload, WriteCond,
};
