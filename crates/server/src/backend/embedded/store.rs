//! The open store: who may open a folder, what is swept then, and what closes with it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use super::blobs::{self, Blobs};
use super::index::{DRAFT, Index, NAME, Reserve, Unopened};
use super::reaper::{self, Order};
use super::rows::FORMAT;
use super::types::Trouble;
use crate::clock;

/// The mark of a store that a migration still fills.
const MIGRATING: &str = "migrating";
const LOCK: &str = "lock";
/// S3's least size of a part that is not the last.
const LEAST_PART: u64 = 5 * 1024 * 1024;

/// An open store.
#[derive(Debug)]
pub struct Store {
    pub(super) index: Arc<Index>,
    pub(super) blobs: Arc<Blobs>,
    pub(super) least_part: u64,
    orders: mpsc::Sender<Order>,
    reaper: Option<JoinHandle<()>>,
    /// Dropped last, after the reaper is done.
    _lock: File,
}

/// Why a folder cannot be opened as a store.
#[derive(Debug)]
pub enum OpenError {
    /// Another process has it.
    InUse(PathBuf),
    /// It is a store as podpass made it before.
    Old(PathBuf),
    /// A migration of it was cut off.
    Unfinished(PathBuf),
    /// It is of a format that this podpass does not read.
    Format(u64),
    /// Disk or index failed; in words.
    Failed(PathBuf, String),
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::InUse(path) => write!(f, "`{}` is in use by another podpass", path.display()),
            Self::Old(path) => write!(
                f,
                "`{}` holds objects as an earlier podpass kept them: run `podpass migrate`",
                path.display()
            ),
            Self::Unfinished(path) => write!(
                f,
                "the migration of `{}` is not finished: run `podpass migrate` again",
                path.display()
            ),
            Self::Format(format) => write!(
                f,
                "the object store has format {format}, this podpass reads format {FORMAT}"
            ),
            Self::Failed(path, because) => {
                write!(
                    f,
                    "`{}` cannot be used as a store: {because}",
                    path.display()
                )
            }
        }
    }
}

impl std::error::Error for OpenError {}

impl Store {
    /// Opens a folder that exists; an empty one becomes a store. Files that a kill left behind are
    /// removed.
    ///
    /// # Errors
    /// [`OpenError`]: nothing was changed but what an interrupted opening leaves.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        if draft_of(folder).exists() {
            return Err(OpenError::Unfinished(folder.to_owned()));
        }
        let store = Self::open_with(folder, Reserve::USUAL)?;
        match store.is_migrating() {
            Ok(false) => Ok(store),
            Ok(true) => Err(OpenError::Unfinished(folder.to_owned())),
            Err(error) => Err(OpenError::Failed(folder.to_owned(), error.to_string())),
        }
    }

    pub(super) fn open_with(folder: &Path, reserve: Reserve) -> Result<Self, OpenError> {
        let failed =
            |error: std::io::Error| OpenError::Failed(folder.to_owned(), error.to_string());
        if is_old(folder).map_err(failed)? {
            return Err(OpenError::Old(folder.to_owned()));
        }
        // Held while files are swept: what nobody refers to may be another process's upload.
        let lock = File::create(folder.join(LOCK)).map_err(failed)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => OpenError::InUse(folder.to_owned()),
            TryLockError::Error(error) => failed(error),
        })?;
        let index = Index::open(folder, reserve).map_err(|error| match error {
            Unopened::Format(format) => OpenError::Format(format),
            Unopened::Failed(because) => OpenError::Failed(folder.to_owned(), because),
        })?;
        blobs::prepare(folder).map_err(failed)?;
        let swept = sweep(folder, &index)
            .map_err(|error| OpenError::Failed(folder.to_owned(), error.to_string()))?;
        if swept > 0 {
            tracing::info!(swept, "removed files that no object has");
        }
        let (orders, received) = mpsc::channel();
        let index = Arc::new(index);
        let reaper =
            reaper::start(folder.to_owned(), Arc::clone(&index), received).map_err(failed)?;
        Ok(Self {
            index,
            blobs: Arc::new(Blobs::new(folder, orders.clone())),
            least_part: LEAST_PART,
            orders,
            reaper: Some(reaper),
            _lock: lock,
        })
    }

    pub(super) fn new_id() -> u128 {
        u128::from_be_bytes(clock::bytes())
    }

    /// Waits until what is nobody's is removed.
    pub fn settle(&self) {
        let (done, is_done) = mpsc::channel();
        if self.orders.send(Order::Settle(done)).is_ok() {
            let _settled = is_done.recv();
        }
    }

    pub(super) fn is_migrating(&self) -> Result<bool, Trouble> {
        Ok(self.index.marked(MIGRATING)?.is_some())
    }

    pub(super) fn set_migrating(&self, migrating: bool) -> Result<(), Trouble> {
        self.index.mark(MIGRATING, migrating.then_some(1))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(self.orders.send(Order::Stop));
        if let Some(reaper) = self.reaper.take() {
            drop(reaper.join());
        }
    }
}

/// Where a migration makes the new store.
pub(super) fn draft_of(folder: &Path) -> PathBuf {
    beside(folder, "new")
}

/// A folder's neighbour: its own name with an ending.
pub(super) fn beside(folder: &Path, ending: &str) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Whether a folder is one that s3s-fs kept: anything in it that is not ours. `index.redb` may be a
/// bucket's name, but then it is a folder.
pub(super) fn is_old(folder: &Path) -> std::io::Result<bool> {
    let is_file = |path: &Path| std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    if is_file(&folder.join(NAME)) {
        return Ok(false);
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let ours = [LOCK, DRAFT].iter().any(|name| entry.file_name() == *name);
        if !(ours && is_file(&entry.path())) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn sweep(folder: &Path, index: &Index) -> Result<usize, Trouble> {
    let named = index.snapshot()?.files()?;
    let mut swept = 0;
    for id in blobs::files(folder)? {
        if named.get(id)?.is_none() {
            blobs::remove(folder, id)?;
            swept += 1;
        }
    }
    Ok(swept)
}
