//! A permitted call at the store, and what the ledger knows of its bucket. It runs to its end
//! whether or not anybody still waits for it, and its buckets are held as long.

use std::sync::Arc;

use authority::{Bucket, Change, Entity, Key, World};
use catalog::s3::{Operation, S3Call};
use http::Response;
use wire::{Fault, Reply, S3Fault};

use super::blocking_limit::Slot;
use super::bucket_locks::BucketLock;
use super::respond;
use crate::backend::{Body, DirectoryBackend};
use crate::buffer::Held;
use crate::ledger::{Ledger, WriteError};

/// One call on its way to the store.
pub(super) struct StoreCall {
    pub(super) backend: Arc<DirectoryBackend>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) call: S3Call,
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
    pub(super) body: Option<Held>,
}

impl StoreCall {
    /// Does it.
    ///
    /// # Errors
    /// S3's own fault.
    pub(super) async fn done(self, body: Option<(Body, u64)>) -> Result<Response<Body>, Fault> {
        // On its own: dropped half way with a caller that hangs up, it would let go of the bucket
        // while the store still renames and removes files in it.
        let task = tokio::spawn(async move {
            let done = self.run(body).await;
            drop(self.taken);
            done
        });
        task.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a call to the store did not end");
            Err(S3Fault::InternalError.fault())
        })
    }

    async fn run(&self, body: Option<(Body, u64)>) -> Result<Response<Body>, Fault> {
        match self.call.operation {
            Operation::CreateBucket => self.create().await,
            Operation::DeleteBucket => {
                let done = self.backend.call(&self.call, None).await;
                // A crash between store and record leaves a name without a bucket; deleting it
                // again mends that.
                if done.is_ok()
                    || done
                        .as_ref()
                        .is_err_and(|fault| S3Fault::NoSuchBucket.is(fault))
                {
                    self.forget().await?;
                }
                done
            }
            _ => self.backend.call(&self.call, body).await,
        }
    }

    /// The bucket's owner is on record before the bucket is there: a crash between leaves an owned
    /// name, never an ownerless bucket.
    async fn create(&self) -> Result<Response<Body>, Fault> {
        let bucket = self
            .bucket
            .as_ref()
            .ok_or_else(|| S3Fault::InternalError.fault())?;
        // Asked once more here: the lock is this process's own, and the ledger says whose the name
        // is.
        let owned = self.ledger.write(|world| match world.bucket(&bucket.name) {
            Some(_) => Err(S3Fault::BucketAlreadyExists.fault()),
            None => Ok((vec![Change::put(Entity::Bucket(bucket.clone()))], ())),
        });
        owned.await.map_err(unkept)?;
        match self.backend.call(&self.call, None).await {
            Ok(_) => {}
            // An empty one left over from before its owner was forgotten; the record above says
            // whose it is now.
            Err(fault) if S3Fault::InvalidRequest.is(&fault) => {}
            Err(fault) => {
                self.forget().await?;
                return Err(fault);
            }
        }
        let mut response = respond(Reply {
            status: 200,
            headers: Vec::new(),
            body: Vec::new(),
        });
        if let Ok(location) = http::HeaderValue::try_from(format!("/{}", bucket.name)) {
            response.headers_mut().insert("location", location);
        }
        Ok(response)
    }

    async fn forget(&self) -> Result<(), Fault> {
        let Some(bucket) = &self.bucket else {
            return Ok(());
        };
        self.ledger
            .write(|world| Ok::<_, Fault>((forgotten(world, bucket), ())))
            .await
            .map_err(unkept)
    }
}

/// Nothing when the record is not the expected one: then the name is somebody else's by now.
fn forgotten(world: &World, expected: &Bucket) -> Vec<Change> {
    let same = world.bucket(&expected.name) == Some(expected);
    same.then(|| {
        Change::Remove(Key::Bucket {
            name: expected.name.clone(),
        })
    })
    .into_iter()
    .collect()
}

fn unkept(error: WriteError<Fault>) -> Fault {
    match error {
        WriteError::Refused(fault) => fault,
        WriteError::Store(error) => {
            tracing::error!(%error, "a change was not stored");
            S3Fault::InternalError.fault()
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
            Bucket {
                name: "x".to_owned(),
                owner,
                created,
            }
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
    }
}
