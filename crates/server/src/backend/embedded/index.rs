//! The redb file: snapshots to read, and one transaction for all writers that wait.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};

use redb::{Builder, Database, ReadableDatabase as _, ReadableTable as _};

use super::job::{Job, State, Write, held};
use super::rows::{FORMAT, META, Snapshot, Tables};
use super::types::Trouble;

/// What redb may hold in memory. The kernel caches the file as well.
const CACHE_BYTES: usize = 16 * 1024 * 1024;

/// What stays free on the disk. redb takes a write that fails for the end of its file's use, so a
/// disk that is full must be seen before it is written to. Deletes have less to keep: a full store
/// can be emptied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reserve {
    /// Bytes that writes of objects leave.
    pub(super) put: u64,
    /// Bytes that everything leaves.
    pub(super) any: u64,
}

impl Reserve {
    /// A commit copies the pages on the way to each row that it changes: a thousand scattered
    /// deletes are some 4 MiB.
    pub(super) const USUAL: Self = Self {
        put: 24 * 1024 * 1024,
        any: 8 * 1024 * 1024,
    };
}

/// Whether an operation takes room or gives some back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// An object, or a part of one.
    Room,
    /// Anything else.
    Little,
}

#[derive(Debug)]
pub(super) struct Index {
    folder: PathBuf,
    reserve: Reserve,
    /// `None` after a failure, until it can be opened again.
    database: RwLock<Option<Database>>,
    queue: Mutex<Queue>,
    /// A commit ended.
    committed: Condvar,
}

/// Writes that wait. Whoever finds nobody committing does so, for all of them.
#[derive(Debug, Default)]
struct Queue {
    jobs: Vec<Arc<dyn Job>>,
    committing: bool,
}

/// Why the index cannot be opened.
#[derive(Debug)]
pub(super) enum Unopened {
    /// It is of this format.
    Format(u64),
    /// In words.
    Failed(String),
}

impl Index {
    /// Opens the index of a folder, or makes it.
    pub(super) fn open(folder: &Path, reserve: Reserve) -> Result<Self, Unopened> {
        let path = folder.join(NAME);
        let failed = |error: &dyn std::fmt::Display| Unopened::Failed(error.to_string());
        if !path.exists() {
            // Made beside and renamed when it is whole: a file whose making was cut off would never
            // open again. The folder is locked, so nobody else makes one.
            let draft = folder.join(DRAFT);
            match std::fs::remove_file(&draft) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(failed(&error));
                }
                _ => {}
            }
            check_format(&create(&draft).map_err(|error| failed(&error))?)?;
            std::fs::rename(&draft, &path).map_err(|error| failed(&error))?;
            sync_folder(folder).map_err(|error| failed(&error))?;
        }
        let database = create(&path).map_err(|error| failed(&error))?;
        check_format(&database)?;
        Ok(Self {
            folder: folder.to_owned(),
            reserve,
            database: RwLock::new(Some(database)),
            queue: Mutex::default(),
            committed: Condvar::new(),
        })
    }

    /// What is stored now, unchanged by what is written meanwhile.
    pub(super) fn snapshot(&self) -> Result<Snapshot, Trouble> {
        Snapshot::of(self.with(|database| Ok(database.begin_read()?))?)
    }

    /// Runs `write` in a transaction with whoever else waits; durable when this returns `Ok`.
    ///
    /// `write` refuses before it changes anything: what it changed and then refused would be
    /// committed with the others' work.
    pub(super) fn write<T: Send + 'static>(
        &self,
        needs: Needs,
        write: impl FnOnce(&mut Tables<'_>) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        self.has_room(needs)?;
        let own = Arc::new(Write::new(write));
        let mut queue = held(&self.queue);
        queue.jobs.push(Arc::clone(&own) as Arc<dyn Job>);
        while !own.is_ended() {
            if queue.committing {
                let waited = self.committed.wait(queue);
                queue = waited.unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            queue.committing = true;
            let jobs = std::mem::take(&mut queue.jobs);
            drop(queue);
            self.commit(&jobs);
            queue = held(&self.queue);
            queue.committing = false;
            self.committed.notify_all();
        }
        drop(queue);
        match own.take(State::Empty) {
            State::Ended(outcome) => outcome,
            _ => Err(Trouble::Io("a write was not run".to_owned())),
        }
    }

    fn commit(&self, jobs: &[Arc<dyn Job>]) {
        let done = self.with(|database| {
            let mut begun = database.begin_write()?;
            // Recovery after a kill reads the allocator's state instead of the whole file, and a
            // commit's validity rests on fsync and not on a checksum that is not cryptographic: the
            // pages are filled with what clients send.
            begun.set_quick_repair(true);
            let mut tables = Tables::open(&begun)?;
            let ran = jobs.iter().try_for_each(|job| job.run(&mut tables));
            drop(tables);
            ran?;
            Ok(begun.commit()?)
        });
        if done.is_err() {
            self.open_again();
        }
        for job in jobs {
            job.end(done.clone());
        }
    }

    /// After a failure redb asks to be closed and opened; what was committed is there again.
    fn open_again(&self) {
        let mut database = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *database = None;
        match create(&self.folder.join(NAME)) {
            Ok(opened) => *database = Some(opened),
            Err(error) => tracing::error!(%error, "the store's index cannot be opened again"),
        }
    }

    fn with<T>(&self, use_it: impl FnOnce(&Database) -> Result<T, Trouble>) -> Result<T, Trouble> {
        if self
            .database
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_none()
        {
            self.open_again();
        }
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let database = database
            .as_ref()
            .ok_or_else(|| Trouble::Io("the index is closed after a failure".to_owned()))?;
        use_it(database)
    }

    /// Refuses while the disk is nearly full.
    pub(super) fn has_room(&self, needs: Needs) -> Result<(), Trouble> {
        let disk = rustix::fs::statvfs(&self.folder).map_err(std::io::Error::from)?;
        let wanted = match needs {
            Needs::Room => self.reserve.put,
            Needs::Little => self.reserve.any,
        };
        if disk.f_bavail.saturating_mul(disk.f_frsize) < wanted {
            return Err(Trouble::Full);
        }
        Ok(())
    }

    /// A number beside the format, which tells more about the store.
    pub(super) fn mark(&self, name: &str, value: Option<u64>) -> Result<(), Trouble> {
        self.with(|database| {
            let begun = database.begin_write()?;
            {
                let mut meta = begun.open_table(META)?;
                match value {
                    Some(value) => drop(meta.insert(name, value)?),
                    None => drop(meta.remove(name)?),
                }
            }
            Ok(begun.commit()?)
        })
    }

    pub(super) fn marked(&self, name: &str) -> Result<Option<u64>, Trouble> {
        self.with(|database| {
            let meta = database.begin_read()?.open_table(META)?;
            Ok(meta.get(name)?.map(|found| found.value()))
        })
    }
}

/// The index's file.
pub(super) const NAME: &str = "index.redb";
/// The same while it is made.
pub(super) const DRAFT: &str = "index.redb.new";

fn create(path: &Path) -> Result<Database, redb::DatabaseError> {
    Builder::new().set_cache_size(CACHE_BYTES).create(path)
}

/// Checks the format, or gives it to a new file, with all tables.
fn check_format(database: &Database) -> Result<(), Unopened> {
    let prepare = || -> Result<Option<u64>, Trouble> {
        let begun = database.begin_write()?;
        let other = {
            let mut meta = begun.open_table(META)?;
            let found = meta.get("format")?.map(|found| found.value());
            if found.is_none() {
                meta.insert("format", FORMAT)?;
            }
            found.filter(|found| *found != FORMAT)
        };
        if other.is_none() {
            drop(Tables::open(&begun)?);
            begun.commit()?;
        }
        Ok(other)
    };
    match prepare() {
        Ok(None) => Ok(()),
        Ok(Some(other)) => Err(Unopened::Format(other)),
        Err(error) => Err(Unopened::Failed(error.to_string())),
    }
}

/// A new name is durable when its folder is.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}
