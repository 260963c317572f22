//! The current snapshot and the one way to change it: decide over it, append with a compare, fold, publish.

use std::sync::Arc;

use arc_swap::ArcSwap;
use authority::{Change, World};

use crate::store::{Store, StoreError};

/// Store and snapshot together.
#[derive(Debug)]
pub struct Ledger {
    store: Arc<Store>,
    world: Arc<ArcSwap<World>>,
    writing: Arc<tokio::sync::Mutex<()>>,
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
    pub fn load(store: Store) -> Result<Self, StoreError> {
        let world = store.snapshot()?;
        Ok(Self { store: Arc::new(store), world: Arc::new(ArcSwap::from_pointee(world)), writing: Arc::default() })
    }

    /// The snapshot as it is now.
    pub fn world(&self) -> Arc<World> {
        self.world.load_full()
    }

    /// Decides over the current snapshot and keeps what was decided. No changes: nothing is written.
    ///
    /// # Errors
    /// [`WriteError`]; the snapshot is the old one then.
    pub async fn write<T, E>(&self, decide: impl FnOnce(&World) -> Result<(Vec<Change>, T), E>) -> Result<T, WriteError<E>> {
        let one_at_a_time = Arc::clone(&self.writing).lock_owned().await;
        let world = self.world();
        let (changes, answer) = decide(&world).map_err(WriteError::Refused)?;
        if changes.is_empty() {
            return Ok(answer);
        }
        let (store, published) = (Arc::clone(&self.store), Arc::clone(&self.world));
        // A caller that hangs up drops this future, never the closure: what is on disk is always published too.
        let kept = tokio::task::spawn_blocking(move || {
            // Folded first: a change that does not fold must never reach the disk.
            let next = world.fold(world.revision() + 1, &changes).map_err(|bad| StoreError::Corrupt(bad.to_string()))?;
            store.append(world.revision(), &changes)?;
            published.store(Arc::new(next));
            drop(one_at_a_time);
            Ok(())
        });
        kept.await.map_err(|error| StoreError::Failed(error.to_string())).and_then(|done| done).map_err(WriteError::Store)?;
        Ok(answer)
    }
}
