//! The revisioned store on one `redb` file: [`Store::append`] compares and appends,
//! [`Store::since`] is the ordered feed, [`Store::snapshot`] is where a follower starts. These
//! three are all that a second engine has to offer.
//!
//! A commit is durable before it is acknowledged. The file is locked: a second server on it is
//! refused.

use std::path::{Path, PathBuf};

use authority::{Change, Entity, World};
use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition};

use crate::limits::FEED_REVISIONS;

/// Every entity by its key, both as JSON.
const ENTITIES: TableDefinition<'_, &str, &str> = TableDefinition::new("entities");
/// The changes of each revision, as JSON.
const FEED: TableDefinition<'_, u64, &str> = TableDefinition::new("feed");
/// `revision` and `format`.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// The layout above. A file of another format is refused, not guessed at.
const FORMAT: u64 = 1;

/// Revisions in order, each with the changes that made it.
pub type Feed = Vec<(u64, Vec<Change>)>;

/// An open store.
#[derive(Debug)]
pub struct Store {
    database: Database,
}

/// Why the store did not do it.
#[derive(Debug)]
pub enum StoreError {
    /// Another process has the file.
    InUse(PathBuf),
    /// The file's format is not ours.
    Format(u64),
    /// What is stored cannot be read.
    Corrupt(String),
    /// Somebody wrote since; the revision now.
    Conflict(u64),
    /// The disk or the file failed.
    Failed(String),
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::InUse(path) => write!(f, "`{}` is in use by another podpass", path.display()),
            Self::Format(format) => write!(
                f,
                "the store has format {format}, this podpass reads format {FORMAT}"
            ),
            Self::Corrupt(because) => write!(f, "the store is damaged: {because}"),
            Self::Conflict(revision) => write!(f, "the store is already at revision {revision}"),
            Self::Failed(because) => write!(f, "the store failed: {because}"),
        }
    }
}

impl std::error::Error for StoreError {}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(error.to_string())
}

fn create(path: &Path, in_use: impl Fn() -> StoreError) -> Result<Database, StoreError> {
    Database::create(path).map_err(|error| match error {
        redb::DatabaseError::DatabaseAlreadyOpen => in_use(),
        other => failed(other),
    })
}

fn corrupt(error: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(error.to_string())
}

impl Store {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it, [`StoreError::Format`] when it is not
    /// ours.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let in_use = || StoreError::InUse(path.to_owned());
        if path.exists() {
            return Self::over(create(path, in_use)?);
        }
        // Made beside and linked into place when it is whole: a file whose making was cut off would
        // never open again.
        let draft = path.with_extension("new");
        let database = match create(&draft, in_use) {
            // A draft that an earlier start left half made.
            Err(StoreError::Failed(_)) => {
                std::fs::remove_file(&draft).map_err(failed)?;
                create(&draft, in_use)?
            }
            other => other?,
        };
        let store = Self::over(database)?;
        // A link, not a rename: it never replaces a store that somebody else made meanwhile.
        std::fs::hard_link(&draft, path).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => in_use(),
            _ => failed(error),
        })?;
        std::fs::remove_file(&draft).map_err(failed)?;
        Ok(store)
    }

    /// Checks the format, or gives it to a new file.
    fn over(database: Database) -> Result<Self, StoreError> {
        let begin = database.begin_write().map_err(failed)?;
        {
            begin.open_table(ENTITIES).map_err(failed)?;
            begin.open_table(FEED).map_err(failed)?;
            let mut meta = begin.open_table(META).map_err(failed)?;
            let format = meta
                .get("format")
                .map_err(failed)?
                .map(|found| found.value());
            match format {
                Some(FORMAT) => {}
                Some(other) => return Err(StoreError::Format(other)),
                None => drop(meta.insert("format", FORMAT).map_err(failed)?),
            }
        }
        begin.commit().map_err(failed)?;
        Ok(Self { database })
    }

    /// Everything as one snapshot.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when an entity cannot be read: nothing is decided over half a world.
    pub fn snapshot(&self) -> Result<World, StoreError> {
        let read = self.database.begin_read().map_err(failed)?;
        let meta = read.open_table(META).map_err(failed)?;
        let revision = meta
            .get("revision")
            .map_err(failed)?
            .map_or(0, |found| found.value());
        let entities = read.open_table(ENTITIES).map_err(failed)?;
        let mut changes = Vec::new();
        for row in entities.iter().map_err(failed)? {
            let (_, text) = row.map_err(failed)?;
            changes.push(Change::put(
                serde_json::from_str::<Entity>(text.value()).map_err(corrupt)?,
            ));
        }
        World::default().fold(revision, &changes).map_err(corrupt)
    }

    /// Appends `changes` as the next revision if the store is still at `expected`; durable when
    /// this returns.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody wrote since; nothing is written then.
    pub fn append(&self, expected: u64, changes: &[Change]) -> Result<u64, StoreError> {
        let begin = self.database.begin_write().map_err(failed)?;
        let next = expected + 1;
        {
            let mut meta = begin.open_table(META).map_err(failed)?;
            let at = meta
                .get("revision")
                .map_err(failed)?
                .map_or(0, |found| found.value());
            // Compared within the transaction: redb has one writer at a time, so nobody gets in
            // between.
            if at != expected {
                return Err(StoreError::Conflict(at));
            }
            meta.insert("revision", next).map_err(failed)?;
            let mut entities = begin.open_table(ENTITIES).map_err(failed)?;
            for change in changes {
                let key = serde_json::to_string(&change.key()).map_err(failed)?;
                match change {
                    Change::Put(entity) => {
                        let text = serde_json::to_string(entity).map_err(failed)?;
                        entities
                            .insert(key.as_str(), text.as_str())
                            .map_err(failed)?;
                    }
                    Change::Remove(_) => drop(entities.remove(key.as_str()).map_err(failed)?),
                }
            }
            let mut feed = begin.open_table(FEED).map_err(failed)?;
            let text = serde_json::to_string(changes).map_err(failed)?;
            feed.insert(next, text.as_str()).map_err(failed)?;
            if feed.len().map_err(failed)? > FEED_REVISIONS {
                feed.pop_first().map_err(failed)?;
            }
        }
        begin.commit().map_err(failed)?;
        Ok(next)
    }

    /// The changes after `revision` in order, each with the revision that it made; `None` when the
    /// feed no longer reaches back that far.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn since(&self, revision: u64) -> Result<Option<Feed>, StoreError> {
        let read = self.database.begin_read().map_err(failed)?;
        let feed = read.open_table(FEED).map_err(failed)?;
        let mut out = Vec::new();
        for row in feed.range(revision + 1..).map_err(failed)? {
            let (at, text) = row.map_err(failed)?;
            out.push((
                at.value(),
                serde_json::from_str(text.value()).map_err(corrupt)?,
            ));
        }
        let meta = read.open_table(META).map_err(failed)?;
        let newest = meta
            .get("revision")
            .map_err(failed)?
            .map_or(0, |found| found.value());
        // Revisions that were dropped leave a gap in front. A follower that skipped it would decide
        // over accounts as they never were.
        let gapless = out
            .first()
            .map_or(newest == revision, |(first, _)| *first == revision + 1);
        Ok(gapless.then_some(out))
    }
}

#[cfg(test)]
mod tests {
    use authority::{Bucket, Key};
    use policy::AccountId;

    use super::*;

    fn bucket(name: &str) -> Change {
        let owner = AccountId::parse("000000000000").unwrap();
        Change::put(Entity::Bucket(Bucket::new(name.to_owned(), owner, 0)))
    }

    #[test]
    fn appends_compare_feed_and_survive_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        let store = Store::open(&path).unwrap();
        assert_eq!(store.append(0, &[bucket("a"), bucket("b")]).unwrap(), 1);
        assert!(matches!(
            store.append(0, &[bucket("c")]),
            Err(StoreError::Conflict(1))
        ));
        assert_eq!(
            store
                .append(
                    1,
                    &[Change::Remove(Key::Bucket {
                        name: "a".to_owned()
                    })]
                )
                .unwrap(),
            2
        );
        assert!(matches!(Store::open(&path), Err(StoreError::InUse(_))));
        drop(store);

        let store = Store::open(&path).unwrap();
        let world = store.snapshot().unwrap();
        assert_eq!(world.revision(), 2);
        assert!(
            world.bucket("a").is_none()
                && world.bucket("b").is_some()
                && world.bucket("c").is_none()
        );

        let feed = store.since(0).unwrap().unwrap();
        assert_eq!(feed.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 2]);
        let followed = feed.iter().fold(World::default(), |world, (at, changes)| {
            world.fold(*at, changes).unwrap()
        });
        assert_eq!(
            (followed.revision(), followed.bucket("b").is_some()),
            (2, true)
        );
        assert_eq!(store.since(2).unwrap(), Some(vec![]));
        assert_eq!(
            store.since(9).unwrap(),
            None,
            "a follower from the future is not fed"
        );
    }

    #[test]
    fn a_store_whose_making_was_cut_off_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        std::fs::write(path.with_extension("new"), [0; 4_096]).unwrap();
        assert_eq!(
            Store::open(&path)
                .unwrap()
                .append(0, &[bucket("a")])
                .unwrap(),
            1
        );
        assert!(!path.with_extension("new").exists());
        assert_eq!(
            Store::open(&path).unwrap().snapshot().unwrap().revision(),
            1
        );
        std::fs::write(&path, [0; 4_096]).unwrap();
        assert!(
            Store::open(&path).is_err(),
            "a store that was damaged later is not made anew in silence"
        );
    }

    #[test]
    fn a_feed_that_was_cut_sends_followers_to_the_snapshot() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state.redb")).unwrap();
        let begin = store.database.begin_write().unwrap();
        begin
            .open_table(META)
            .unwrap()
            .insert("revision", 9)
            .unwrap();
        begin.open_table(FEED).unwrap().insert(9, "[]").unwrap();
        begin.commit().unwrap();
        assert_eq!(store.since(3).unwrap(), None);
        assert_eq!(store.since(8).unwrap(), Some(vec![(9, vec![])]));
    }
}
