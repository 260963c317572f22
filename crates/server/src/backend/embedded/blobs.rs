//! The folder of blob files: where one lies, who reads which, and the sweep.

use std::collections::HashMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use super::index::sync_folder;
use super::reaper::Order;
use crate::clock;

/// Below the store's folder.
const NAME: &str = "blobs";

#[derive(Debug)]
pub(super) struct Blobs {
    root: PathBuf,
    reaper: mpsc::Sender<Order>,
    /// By object: how many read it, and what is to be removed when nobody does.
    pins: Mutex<HashMap<u128, Pin>>,
}

#[derive(Debug, Default)]
struct Pin {
    readers: usize,
    doomed: Vec<u128>,
}

impl Blobs {
    pub(super) fn new(store: &Path, reaper: mpsc::Sender<Order>) -> Self {
        Self {
            root: store.join(NAME),
            reaper,
            pins: Mutex::default(),
        }
    }

    /// A new file, of a name that nothing was ever told.
    pub(super) fn create(&self) -> io::Result<(u128, File)> {
        let id = u128::from_be_bytes(clock::bytes());
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path(&self.root, id))?;
        Ok((id, file))
    }

    pub(super) fn open(&self, id: u128) -> io::Result<File> {
        let no_follow = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0);
        OpenOptions::new()
            .read(true)
            .custom_flags(no_follow)
            .open(path(&self.root, id))
    }

    /// A second name for a file, which outlives the first.
    pub(super) fn link(&self, id: u128) -> io::Result<u128> {
        let second = u128::from_be_bytes(clock::bytes());
        std::fs::hard_link(path(&self.root, id), path(&self.root, second))?;
        Ok(second)
    }

    /// Makes the names of files durable.
    pub(super) fn sync_names(&self, ids: &[u128]) -> io::Result<()> {
        let mut folders: Vec<PathBuf> = ids
            .iter()
            .filter_map(|id| path(&self.root, *id).parent().map(Path::to_owned))
            .collect();
        folders.sort_unstable();
        folders.dedup();
        folders.iter().try_for_each(|folder| sync_folder(folder))
    }

    /// Has files removed that the index does not name.
    pub(super) fn remove(&self, ids: Vec<u128>) {
        if !ids.is_empty() {
            // Without a reaper the store is closed: the next sweep finds them.
            drop(self.reaper.send(Order::Remove(ids)));
        }
    }

    /// Keeps an object's files while it is read.
    pub(super) fn pin(self: &Arc<Self>, object: u128) -> Pinned {
        self.pins().entry(object).or_default().readers += 1;
        Pinned {
            blobs: Arc::clone(self),
            object,
        }
    }

    /// Removes what an object had, as soon as nobody reads it.
    pub(super) fn doom(&self, object: u128, files: Vec<u128>) {
        match self.pins().get_mut(&object) {
            Some(pin) => pin.doomed.extend(files),
            None => self.remove(files),
        }
    }

    fn pins(&self) -> MutexGuard<'_, HashMap<u128, Pin>> {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub(super) struct Pinned {
    blobs: Arc<Blobs>,
    object: u128,
}

impl Drop for Pinned {
    fn drop(&mut self) {
        let mut pins = self.blobs.pins();
        let Some(pin) = pins.get_mut(&self.object) else {
            return;
        };
        pin.readers -= 1;
        if pin.readers == 0 {
            let doomed = pins.remove(&self.object).unwrap_or_default().doomed;
            drop(pins);
            self.blobs.remove(doomed);
        }
    }
}

/// Where a blob lies: 256 folders, so that none has too many files.
fn path(root: &Path, id: u128) -> PathBuf {
    let name = format!("{id:032x}");
    root.join(name.get(..2).unwrap_or_default()).join(name)
}

/// Removes a file; one that is gone is removed.
pub(super) fn remove(store: &Path, id: u128) -> io::Result<()> {
    match std::fs::remove_file(path(&store.join(NAME), id)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the folders.
pub(super) fn prepare(store: &Path) -> io::Result<()> {
    let root = store.join(NAME);
    let make = |folder: &Path| match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    };
    make(&root)?;
    (0..=255_u8).try_for_each(|byte| make(&root.join(format!("{byte:02x}"))))?;
    sync_folder(&root)?;
    sync_folder(store)
}

/// Every file of our form in our folders.
pub(super) fn files(store: &Path) -> io::Result<Vec<u128>> {
    let root = store.join(NAME);
    let mut found = Vec::new();
    for byte in 0..=255_u8 {
        for entry in std::fs::read_dir(root.join(format!("{byte:02x}")))? {
            let entry = entry?;
            let id = entry.file_name().to_str().and_then(id);
            // Another's file is none of ours to touch.
            found.extend(id.filter(|id| path(&root, *id) == entry.path()));
        }
    }
    Ok(found)
}

/// An id in the one form that it is written in: 32 lower-case hexadecimal digits.
pub(super) fn id(text: &str) -> Option<u128> {
    let id = u128::from_str_radix(text, 16).ok()?;
    (format!("{id:032x}") == text).then_some(id)
}
