//! The store's troubles in S3's words, and work that waits for a disk, kept off the workers.

use std::io;
use std::sync::Arc;

use catalog::{BucketName, ObjectKey};
use wire::{Fault, S3Fault};

use super::ask::{Ask, Failed};
use super::embedded::{Look, Store, Trouble};

/// Does what may wait for a disk.
///
/// # Errors
/// Of the work.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failed> + Send + 'static,
) -> Result<T, Failed> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| {
            tracing::error!(%error, "work at the store did not end");
            Err(S3Fault::InternalError.into())
        })
}

/// What the store answered to a call about its own bucket and key.
pub(super) fn failed(trouble: Trouble, ask: &Ask) -> Failed {
    match (trouble, &ask.call.bucket, &ask.call.key) {
        (Trouble::NoSuchKey, Some(bucket), Some(key)) => {
            Failed::Missing(bucket.clone(), key.clone())
        }
        (Trouble::Changed, _, _) => Failed::Changed,
        (trouble, _, _) => fault(trouble).into(),
    }
}

/// The same without a key that could be missing.
pub(super) fn fault(trouble: Trouble) -> Fault {
    match trouble {
        Trouble::NoSuchBucket => S3Fault::NoSuchBucket.fault(),
        Trouble::NoSuchKey => S3Fault::NoSuchKey.fault(),
        Trouble::NoSuchUpload => S3Fault::NoSuchUpload.fault(),
        Trouble::BucketNotEmpty => S3Fault::BucketNotEmpty.fault(),
        Trouble::Precondition => S3Fault::PreconditionFailed.fault(),
        Trouble::Changed => S3Fault::OperationAborted.fault(),
        Trouble::InvalidPart => S3Fault::InvalidPart.fault(),
        Trouble::PartOrder => S3Fault::InvalidPartOrder.fault(),
        Trouble::TooSmall(..) => S3Fault::EntityTooSmall.fault(),
        // 503, so that clients try again: an operator can make room.
        Trouble::Full => {
            tracing::error!("the store has no room left");
            S3Fault::ServiceUnavailable.saying("The store has no room left.")
        }
        Trouble::Io(error) => {
            tracing::error!(%error, "the store failed");
            S3Fault::InternalError.fault()
        }
    }
}

/// A file of the store's that cannot be read or written.
pub(super) fn io_failed(error: io::Error) -> Failed {
    fault(Trouble::from(error)).into()
}

/// An object: the one that was looked up for the decision, or as it is now.
pub(super) fn find(
    store: &Store,
    ask: &Ask,
    bucket: &BucketName,
    key: &ObjectKey,
) -> Result<Arc<Look>, Failed> {
    let found = match ask.looked(bucket, key) {
        Some(looked) => looked.map(|looked| looked.0),
        None => look(store, bucket, key)?,
    };
    found.ok_or_else(|| Failed::Missing(bucket.clone(), key.clone()))
}

/// An object as it is now.
pub(super) fn look(
    store: &Store,
    bucket: &BucketName,
    key: &ObjectKey,
) -> Result<Option<Arc<Look>>, Failed> {
    store
        .look(bucket.as_str(), key.as_str())
        .map(|found| found.map(Arc::new))
        .map_err(|trouble| fault(trouble).into())
}
