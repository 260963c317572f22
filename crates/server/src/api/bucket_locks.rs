//! Who uses which bucket: any number of calls at once, or one that makes or removes it.
//!
//! Between the decision and the last byte a bucket must not change hands, or the bytes would end up
//! with its next owner.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use catalog::BucketName;
use catalog::s3::{Operation, S3Call};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};
use wire::{Fault, S3Fault};

/// Fewer dead locks than this are not worth looking for.
const FEW: usize = 64;

/// The locks of the buckets that are in use.
#[derive(Default)]
pub(crate) struct BucketLocks {
    locks: Mutex<Locks>,
}

#[derive(Default)]
struct Locks {
    by_name: HashMap<String, Weak<RwLock<()>>>,
    /// At so many names the unused ones are dropped.
    full: usize,
}

/// The buckets of one call, held until this is dropped.
#[expect(dead_code, reason = "held, never read")]
pub(super) enum BucketLock {
    Shared(Vec<OwnedRwLockReadGuard<()>>),
    Alone(OwnedRwLockWriteGuard<()>),
}

impl BucketLocks {
    /// Takes the buckets of a call.
    ///
    /// Whoever needs a bucket alone never waits for it. So nobody queues before a reader, and a
    /// copy that holds one bucket while it waits for the other waits for a call that waits for
    /// nobody.
    ///
    /// # Errors
    /// `OperationAborted` when a bucket is to be made or removed and somebody else uses
    /// it.
    pub(super) async fn take(&self, call: &S3Call) -> Result<BucketLock, Fault> {
        if let (Operation::CreateBucket | Operation::DeleteBucket, Some(bucket)) =
            (call.operation, &call.bucket)
        {
            return self
                .lock(bucket)
                .try_write_owned()
                .map(BucketLock::Alone)
                .map_err(|_| S3Fault::OperationAborted.fault());
        }
        let mut shared = Vec::new();
        for bucket in call
            .bucket
            .iter()
            .chain(call.source().map(|source| &source.bucket))
        {
            shared.push(self.lock(bucket).read_owned().await);
        }
        Ok(BucketLock::Shared(shared))
    }

    /// The one lock of a name. Its guards keep it alive, so a dead one is nobody's.
    fn lock(&self, bucket: &BucketName) -> Arc<RwLock<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        let Locks { by_name, full } = &mut *locks;
        if let Some(lock) = by_name.get(bucket.as_str()).and_then(Weak::upgrade) {
            return lock;
        }
        // The threshold doubles, so that a sweep costs each new name the same however many there
        // are.
        if by_name.len() >= *full {
            by_name.retain(|_, lock| lock.strong_count() > 0);
            *full = FEW.max(by_name.len() * 2);
        }
        let lock = Arc::default();
        by_name.insert(bucket.as_str().to_owned(), Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> BucketName {
        BucketName::parse(text).unwrap()
    }

    #[test]
    fn a_name_has_one_lock_while_it_is_held_and_strangers_do_not_meet() {
        let locks = BucketLocks::default();
        let held = locks.lock(&name("one")).try_read_owned().unwrap();
        assert!(locks.lock(&name("one")).try_write_owned().is_err());
        assert!(locks.lock(&name("one")).try_read_owned().is_ok());
        assert!(locks.lock(&name("two")).try_write_owned().is_ok());
        drop(held);
        assert!(locks.lock(&name("one")).try_write_owned().is_ok());
    }

    #[test]
    fn unused_names_are_dropped_and_held_ones_stay() {
        let locks = BucketLocks::default();
        let held = locks.lock(&name("held")).try_read_owned().unwrap();
        for number in 0..10_000 {
            drop(locks.lock(&name(&format!("bucket-{number}"))));
        }
        assert!(locks.locks.lock().unwrap().by_name.len() <= FEW);
        assert!(locks.lock(&name("held")).try_write_owned().is_err());
        drop(held);
    }
}
