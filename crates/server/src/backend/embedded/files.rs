//! The folder of blob files: where one lies, and which there are.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::index::sync_folder;

/// Below the store's folder.
const NAME: &str = "blobs";

/// Where a blob lies: 256 folders, so that none has too many files.
pub(super) fn path(store: &Path, id: u128) -> PathBuf {
    let name = format!("{id:032x}");
    let root = store.join(NAME);
    root.join(name.get(..2).unwrap_or_default()).join(name)
}

/// Removes a file; one that is gone is removed.
pub(super) fn remove(store: &Path, id: u128) -> io::Result<()> {
    match std::fs::remove_file(path(store, id)) {
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
            found.extend(id.filter(|id| path(store, *id) == entry.path()));
        }
    }
    Ok(found)
}

/// An id in the one form that it is written in: 32 lower-case hexadecimal digits.
pub(super) fn id(text: &str) -> Option<u128> {
    let id = u128::from_str_radix(text, 16).ok()?;
    (format!("{id:032x}") == text).then_some(id)
}
