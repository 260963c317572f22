//! A permitted call at the store, and what the ledger knows of its bucket. It runs to its end
//! whether or not anybody still waits for it, and its buckets are held as long.

use std::sync::Arc;

use authority::{Bucket, Change, Entity, Key, World};
use catalog::s3::{Detail, Operation};
use http::Response;
use wire::{Fault, S3Fault};

use crate::api::blocking_limit::Slot;
use crate::api::bucket_locks::BucketLock;
use crate::backend::{Ask, Backend, Body, Failed, Upload};
use crate::buffer::Held;
use crate::ledger::{Ledger, WriteError};

/// One call on its way to the store.
pub(super) struct StoreCall {
    pub(super) backend: Arc<Backend>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) ask: Ask,
    /// The bucket's record that the call was decided over; for CreateBucket the one to be kept.
    pub(super) bucket: Option<Bucket>,
    pub(super) taken: Taken,
}

/// What a call has of what there is a bounded number of. It is the call's own: who hangs up must
/// not get it back while the store is still busy, or the same caller could have any number of calls
/// there.
pub(super) struct Taken {
    /// Its buckets.
    #[expect(dead_code, reason = "held, never read")]
    pub(super) lock: BucketLock,
    /// Its slot at the store.
    #[expect(dead_code, reason = "held, never read")]
    pub(super) slot: Slot,
    /// The memory of a body that was read whole.
    #[expect(dead_code, reason = "held, never read")]
    pub(super) body: Option<Arc<Held>>,
}

impl StoreCall {
    /// Does it.
    ///
    /// # Errors
    /// Why it was not done.
    pub(super) async fn done(self, upload: Option<Upload>) -> Result<Response<Body>, Failed> {
        let Self {
            backend,
            ledger,
            ask,
            bucket,
            taken,
        } = self;
        let is_one_step = !matches!(
            ask.call.operation,
            Operation::CreateBucket | Operation::DeleteBucket
        );
        // One step at the store holds what it needs by itself, and needs no task of its own.
        if upload.is_none() && is_one_step {
            return backend.answer_holding(ask, taken).await;
        }
        // On its own: dropped half way with a caller that hangs up, it would let go of the bucket
        // while the store is still at work in it.
        let task = tokio::spawn(async move {
            let done = match (ask.call.operation, bucket) {
                (Operation::CreateBucket, Some(bucket)) => {
                    create(&backend, &ledger, ask, &bucket).await
                }
                (Operation::DeleteBucket, Some(bucket)) => {
                    delete(&backend, &ledger, ask, &bucket).await
                }
                _ => backend.answer(ask, upload).await,
            };
            drop(taken);
            done
        });
        task.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a call to the store did not end");
            Err(S3Fault::InternalError.into())
        })
    }
}

/// The bucket's owner is on record before the bucket is there: a crash between leaves an owned
/// name, never an ownerless bucket.
async fn create(
    backend: &Backend,
    ledger: &Ledger,
    ask: Ask,
    bucket: &Bucket,
) -> Result<Response<Body>, Failed> {
    let owned = |world: &World| {
        let found = world.bucket(&bucket.name);
        found.map(|found| found.owner == bucket.owner)
    };
    // What a store that is older or newer than the ledger has under the name is nobody's to
    // inherit.
    if owned(&ledger.world()).is_none() {
        match backend.answer(removal(&ask), None).await {
            Ok(_) => {}
            Err(Failed::Store { fault, .. }) if S3Fault::NoSuchBucket.is(&fault) => {}
            Err(Failed::Store { fault, .. }) if S3Fault::BucketNotEmpty.is(&fault) => {
                let bucket = bucket.name.as_str();
                tracing::warn!(
                    bucket,
                    "the store has objects in a bucket without an owner; it cannot be created"
                );
                return Err(S3Fault::BucketAlreadyExists.into());
            }
            Err(failed) => return Err(failed),
        }
    }
    // Asked once more here: the lock is this process's own, and the ledger says whose the name is.
    // One's own once more is permitted where AWS does so, and changes nothing.
    let made = ledger.write(|world| match owned(world) {
        Some(false) => Err(S3Fault::BucketAlreadyExists.fault()),
        Some(true) => Ok((Vec::new(), false)),
        None => Ok((vec![Change::put(Entity::Bucket(bucket.clone()))], true)),
    });
    let made = made.await.map_err(unkept)?;
    let done = backend.answer(ask, None).await;
    if done.is_err() && made {
        forget(ledger, bucket).await?;
    }
    done
}

async fn delete(
    backend: &Backend,
    ledger: &Ledger,
    ask: Ask,
    bucket: &Bucket,
) -> Result<Response<Body>, Failed> {
    let done = backend.answer(ask, None).await;
    let is_gone = match &done {
        Ok(_) => true,
        // A crash between store and record leaves a name without a bucket; deleting it again mends
        // that.
        Err(Failed::Store { fault, .. }) => S3Fault::NoSuchBucket.is(fault),
        Err(_) => false,
    };
    if is_gone {
        forget(ledger, bucket).await?;
    }
    done
}

/// The call that removes what the store has under the name of a bucket that is to be made.
fn removal(ask: &Ask) -> Ask {
    let mut call = ask.call.clone();
    call.operation = Operation::DeleteBucket;
    call.detail = Detail::None;
    Ask {
        call,
        looked: Vec::new(),
        denied: Vec::new(),
        context: ask.context.clone(),
    }
}

async fn forget(ledger: &Ledger, bucket: &Bucket) -> Result<(), Failed> {
    let forgotten = |world: &World| Ok::<_, Fault>((forgotten(world, bucket), ()));
    ledger.write(forgotten).await.map_err(unkept)
}

/// Nothing when the record is not the expected one: then the name is somebody else's by now. Its
/// policy may have changed all the same.
fn forgotten(world: &World, expected: &Bucket) -> Vec<Change> {
    let same = world
        .bucket(&expected.name)
        .is_some_and(|found| found.owner == expected.owner && found.created == expected.created);
    same.then(|| {
        Change::Remove(Key::Bucket {
            name: expected.name.clone(),
        })
    })
    .into_iter()
    .collect()
}

fn unkept(error: WriteError<Fault>) -> Failed {
    match error {
        WriteError::Refused(fault) => fault.into(),
        WriteError::Store(error) => {
            tracing::error!(%error, "a change was not stored");
            S3Fault::InternalError.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use policy::AccountId;

    use super::*;

    #[test]
    fn only_the_expected_record_is_forgotten() {
        let bucket = |owner: &str, created| {
            let owner = AccountId::parse(owner).unwrap();
            Bucket::new("x", owner, created)
        };
        let theirs = bucket("111111111111", 5);
        let world = World::default()
            .fold(1, &[Change::put(Entity::Bucket(theirs.clone()))])
            .unwrap();
        assert!(
            forgotten(&world, &bucket("000000000000", 5)).is_empty(),
            "another owner's"
        );
        assert!(
            forgotten(&world, &bucket("111111111111", 4)).is_empty(),
            "an earlier one"
        );
        assert_eq!(forgotten(&world, &theirs).len(), 1);
        let configured = Bucket {
            public_access_block: None,
            ..theirs
        };
        assert_eq!(
            forgotten(&world, &configured).len(),
            1,
            "the same with another configuration"
        );
    }
}
