//! Where decisions are kept: a file for each account's share, in a folder beside the store.

use std::path::PathBuf;
use std::time::SystemTime;

use policy::AccountId;

use super::file::older;

/// Whose part of the log a record is kept in; none where no account is known.
pub(super) type Share = Option<AccountId>;

/// Where the files are.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// A file for each share.
    pub(super) shares: PathBuf,
    /// The one file of all accounts that 0.1 wrote. Nothing is added to it.
    pub(super) before: PathBuf,
}

impl Places {
    pub(super) fn share(&self, share: &Share) -> PathBuf {
        self.shares.join(format!(
            "{}.jsonl",
            share.as_ref().map_or("none", AccountId::as_str)
        ))
    }

    /// Every file, the one that was written last at the end.
    pub(super) fn all(&self) -> Vec<PathBuf> {
        let mut found: Vec<(SystemTime, PathBuf)> = Vec::new();
        let entries = std::fs::read_dir(&self.shares)
            .into_iter()
            .flatten()
            .map_while(Result::ok)
            .map(|entry| entry.path());
        for path in entries.chain([older(&self.before), self.before.clone()]) {
            if let Ok(at) = std::fs::metadata(&path).and_then(|file| file.modified()) {
                found.push((at, path));
            }
        }
        found.sort();
        found.into_iter().map(|(_, path)| path).collect()
    }
}
