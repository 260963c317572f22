//! The current snapshot and the one way to change it: decide over it, append with a compare, fold,
//! publish.
//!
//! When somebody else wrote meanwhile, the ledger catches up with the store and decides again over
//! what it finds.

use std::sync::Arc;

use arc_swap::ArcSwap;
use authority::{Change, World};
use tokio::sync::OwnedMutexGuard;

use crate::limits::WRITE_ATTEMPTS;
use crate::redb_store::{Store, StoreError};
use crate::telemetry::{Counters, WriteOutcome};

/// Store and snapshot together.
#[derive(Debug)]
pub struct Ledger {
    store: Arc<Store>,
    world: Arc<ArcSwap<World>>,
    writing: Arc<tokio::sync::Mutex<()>>,
    counters: Arc<Counters>,
}

/// Why a write did not happen.
#[derive(Debug)]
pub enum WriteError<E> {
    /// The decision was no.
    Refused(E),
    /// The store failed; nothing was acknowledged.
    Store(StoreError),
}

impl Ledger {
    /// Loads the snapshot of a store.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub fn load(store: Arc<Store>, counters: Arc<Counters>) -> Result<Self, StoreError> {
        let world = store.snapshot()?;
        Ok(Self {
            store,
            world: Arc::new(ArcSwap::from_pointee(world)),
            writing: Arc::default(),
            counters,
        })
    }

    /// The snapshot as it is now.
    pub fn world(&self) -> Arc<World> {
        self.world.load_full()
    }

    /// Decides over the current snapshot and keeps what was decided. No changes: nothing is
    /// written.
    ///
    /// `decide` is asked again, over the newer snapshot, when somebody else wrote between. It keeps
    /// a worker, so what takes long goes by [`Ledger::begin_write`] instead.
    ///
    /// # Errors
    /// [`WriteError`]; nothing of this write is kept then.
    pub async fn write<T, E>(
        &self,
        mut decide: impl FnMut(&World) -> Result<(Vec<Change>, T), E>,
    ) -> Result<T, WriteError<E>> {
        let mut pending = self.begin_write().await;
        loop {
            let world = self.world();
            let (changes, answer) = decide(&world).map_err(WriteError::Refused)?;
            match pending
                .keep(world, changes)
                .await
                .map_err(WriteError::Store)?
            {
                None => return Ok(answer),
                Some(overtaken) => pending = overtaken,
            }
        }
    }

    /// Waits until no other write of this process is under way.
    pub async fn begin_write(&self) -> PendingWrite {
        let alone = Arc::clone(&self.writing).lock_owned().await;
        let (store, published, counters) = (
            Arc::clone(&self.store),
            Arc::clone(&self.world),
            Arc::clone(&self.counters),
        );
        PendingWrite {
            _alone: alone,
            store,
            published,
            counters,
            attempts: 1,
        }
    }
}

/// The one write under way: the snapshot changes meanwhile only by who writes to the same store
/// from elsewhere.
#[derive(Debug)]
pub struct PendingWrite {
    _alone: OwnedMutexGuard<()>,
    store: Arc<Store>,
    published: Arc<ArcSwap<World>>,
    counters: Arc<Counters>,
    attempts: u32,
}

impl PendingWrite {
    /// Keeps changes that were decided over `world`, and publishes them. `Some`: another writer was
    /// first; what was decided is to be decided again, over the snapshot that now is.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is kept then.
    pub async fn keep(
        self,
        world: Arc<World>,
        changes: Vec<Change>,
    ) -> Result<Option<Self>, StoreError> {
        if changes.is_empty() {
            return Ok(None);
        }
        // A caller that hangs up drops this future, never the closure: what is on disk is always
        // published too.
        let kept = tokio::task::spawn_blocking(move || {
            match keep(&self.store, &self.published, &world, &changes) {
                Ok(()) => {
                    self.counters.writes.one(WriteOutcome::Kept);
                    Ok(None)
                }
                Err(StoreError::Conflict(_)) if self.attempts < WRITE_ATTEMPTS => {
                    self.counters.writes.one(WriteOutcome::Overtaken);
                    Ok(Some(Self {
                        attempts: self.attempts + 1,
                        ..self
                    }))
                }
                Err(error) => {
                    self.counters.writes.one(WriteOutcome::Failed);
                    Err(error)
                }
            }
        });
        kept.await
            .map_err(|error| StoreError::Failed(error.to_string()))?
    }
}

/// Appends and publishes; after a conflict the snapshot is the newer one that was conflicted with.
fn keep(
    store: &Store,
    published: &ArcSwap<World>,
    world: &World,
    changes: &[Change],
) -> Result<(), StoreError> {
    // Folded first: a change that does not fold must never reach the disk.
    let next = fold(world, world.revision() + 1, changes)?;
    let appended = store.append(world.revision(), changes);
    // Caught up before the conflict is told: who decides again over the old snapshot would only
    // lose again.
    if let Err(StoreError::Conflict(_)) = &appended {
        published.store(Arc::new(caught_up(store, world)?));
    }
    appended?;
    // Only now: what a reader has seen must survive a crash.
    published.store(Arc::new(next));
    Ok(())
}

/// The store's own newest snapshot: by its feed, or whole when the feed does not reach back that
/// far.
fn caught_up(store: &Store, world: &World) -> Result<World, StoreError> {
    let Some(feed) = store.since(world.revision())? else {
        return store.snapshot();
    };
    feed.iter()
        .try_fold(world.clone(), |world, (revision, changes)| {
            fold(&world, *revision, changes)
        })
}

fn fold(world: &World, revision: u64, changes: &[Change]) -> Result<World, StoreError> {
    world
        .fold(revision, changes)
        .map_err(|bad| StoreError::Corrupt(bad.to_string()))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use authority::{Bucket, Entity};
    use policy::AccountId;

    use super::*;

    fn bucket(name: &str) -> Vec<Change> {
        let owner = AccountId::parse("000000000000").unwrap();
        vec![Change::put(Entity::Bucket(Bucket::new(name, owner, 0)))]
    }

    fn store(folder: &tempfile::TempDir) -> Arc<Store> {
        Arc::new(Store::open(&folder.path().join("state.redb")).unwrap())
    }

    #[tokio::test]
    async fn a_write_over_an_old_snapshot_is_decided_again_over_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let counters = Arc::<Counters>::default();
        let (ours, theirs) = (
            Ledger::load(Arc::clone(&store), Arc::clone(&counters)).unwrap(),
            Ledger::load(store, Arc::default()).unwrap(),
        );
        for name in ["a", "b"] {
            theirs
                .write(|_| Ok::<_, Infallible>((bucket(name), ())))
                .await
                .unwrap();
        }
        let mut seen = Vec::new();
        let answer = ours.write(|world| {
            seen.push(world.revision());
            Ok::<_, Infallible>((bucket("c"), world.bucket("b").is_some()))
        });
        assert!(
            answer.await.unwrap(),
            "the answer is the one that was decided over what is kept"
        );
        assert_eq!((seen, ours.world().revision()), (vec![0, 2], 3));
        assert!(ours.world().bucket("a").is_some() && ours.world().bucket("c").is_some());
        let counted = |outcome| counters.writes.add(outcome, 0);
        assert_eq!(
            [
                WriteOutcome::Kept,
                WriteOutcome::Overtaken,
                WriteOutcome::Failed
            ]
            .map(counted),
            [1, 1, 0]
        );
        let taken = theirs.write(|world| {
            if world.bucket("c").is_some() {
                Err("taken")
            } else {
                Ok((bucket("c"), ()))
            }
        });
        assert!(
            matches!(taken.await, Err(WriteError::Refused("taken"))),
            "what the other made is seen before it is overwritten"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn two_writers_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let write = |writer: &'static str| {
            let ledger = Ledger::load(Arc::clone(&store), Arc::default()).unwrap();
            tokio::spawn(async move {
                let mut kept = Vec::new();
                for number in 0..20 {
                    let name = format!("{writer}{number}");
                    match ledger
                        .write(|_| Ok::<_, Infallible>((bucket(&name), ())))
                        .await
                    {
                        Ok(()) => kept.push(name),
                        Err(error) => assert!(
                            matches!(error, WriteError::Store(StoreError::Conflict(_))),
                            "{error:?}"
                        ),
                    }
                }
                kept
            })
        };
        let (ours, theirs) = (write("ours"), write("theirs"));
        let kept = [ours.await.unwrap(), theirs.await.unwrap()].concat();
        let world = store.snapshot().unwrap();
        assert!(
            kept.iter().all(|name| world.bucket(name).is_some()),
            "{kept:?}"
        );
        assert_eq!(world.revision(), kept.len() as u64);
    }
}
