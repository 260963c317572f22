//! A thread that removes files: nobody waits for the disk to free five gigabytes.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use super::blobs;
use super::index::Index;

#[derive(Debug)]
pub(super) enum Order {
    /// Files that were somebody's, or were to be.
    Remove(Vec<u128>),
    /// Answers when everything before it is done.
    Settle(mpsc::Sender<()>),
    /// The store is closed.
    Stop,
}

pub(super) fn start(
    store: PathBuf,
    index: Arc<Index>,
    orders: mpsc::Receiver<Order>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name("store-reaper".to_owned())
        .spawn(move || {
            for order in orders {
                match order {
                    Order::Remove(ids) => remove(&store, &index, &ids),
                    Order::Settle(done) => drop(done.send(())),
                    Order::Stop => return,
                }
            }
        })
}

/// A file that the index names stays: a commit that failed may yet have reached the disk. Whatever
/// is not removed now is found by the next sweep.
fn remove(store: &std::path::Path, index: &Index, ids: &[u128]) {
    let removed = index.snapshot().and_then(|snapshot| {
        let named = snapshot.files()?;
        for id in ids {
            if named.get(*id)?.is_none() {
                blobs::remove(store, *id)?;
            }
        }
        Ok(())
    });
    if let Err(error) = removed {
        tracing::warn!(%error, "files that are nobody's could not be removed");
    }
}
