//! Takes an old store over into a new one: written beside, counted, and then put in its place. The
//! old one is kept. A run that was cut off is run again; what it had written is checked and not
//! written twice.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use md5::{Digest as _, Md5};
use redb::ReadableTable as _;

use super::incoming::Incoming;
use super::index::{Reserve, sync_folder};
use super::old_layout::{OldObject, OldStore};
use super::rows::read;
use super::store::{OpenError, Store, beside, draft_of, is_old};
use super::types::{NewObject, ObjectInfo, Trouble};

/// What is stored in one commit: this many objects, or this many bytes of them.
const BATCH: usize = 1_000;
const BATCH_BYTES: u64 = 16 * 1024 * 1024;
/// How much of a file is in memory.
const READ_BYTES: usize = 256 * 1024;
/// How many problems are told one by one.
const PROBLEMS: usize = 20;

/// What a migration did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// Objects, counted in the new store.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Uploads that were not complete: they are only in the old store.
    pub uploads: usize,
    /// Where the old store is kept; `None` when a run before this one had put it there.
    pub kept: Option<PathBuf>,
}

/// Why a store was not taken over. The old one is where it was.
#[derive(Debug)]
pub enum MigrateError {
    /// What is there cannot be taken over, each in words, and how many more there are.
    Refused(Vec<String>, usize),
    /// Objects and bytes of the old store and of the new one are not the same.
    Counts([(u64, u64); 2]),
    /// Disk or index failed.
    Trouble(Trouble),
    /// The new store cannot be opened.
    Open(OpenError),
}

impl std::fmt::Display for MigrateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(problems, more) => {
                f.write_str("nothing was changed: this cannot be taken over")?;
                for problem in problems {
                    write!(f, "\n{problem}")?;
                }
                if *more > 0 {
                    write!(f, "\nand {more} more")?;
                }
                Ok(())
            }
            Self::Counts([(old, old_bytes), (new, new_bytes)]) => write!(
                f,
                "nothing was changed: {old} objects of {old_bytes} bytes became {new} of {new_bytes}"
            ),
            Self::Trouble(trouble) => write!(f, "nothing was changed: {trouble}"),
            Self::Open(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MigrateError {}

impl From<Trouble> for MigrateError {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<io::Error> for MigrateError {
    fn from(error: io::Error) -> Self {
        Self::Trouble(error.into())
    }
}

impl From<OpenError> for MigrateError {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

/// Takes over the store in `folder`; `None` when there is nothing to take over. Nobody else may use
/// the folder meanwhile. Running it again after a kill goes on.
///
/// # Errors
/// [`MigrateError`]; a link is one, and so is whatever is neither file nor folder.
pub fn migrate(folder: &Path) -> Result<Option<Migrated>, MigrateError> {
    let draft = draft_of(folder);
    let is_empty = !folder.exists() || std::fs::read_dir(folder)?.next().is_none();
    if is_empty && draft.exists() {
        // The old one was put aside: the last step is left.
        let (objects, bytes) = whole(&draft)?;
        if folder.exists() {
            std::fs::remove_dir(folder)?;
        }
        put_in_place(&draft, folder)?;
        return Ok(Some(Migrated {
            objects,
            bytes,
            uploads: 0,
            kept: None,
        }));
    }
    if is_empty || !is_old(folder)? {
        return Ok(None);
    }
    let filled = match fill(folder, &draft) {
        // A run that was cut off left objects that are gone by now: begun anew.
        Err(MigrateError::Counts(_)) => {
            std::fs::remove_dir_all(&draft)?;
            fill(folder, &draft)?
        }
        filled => filled?,
    };
    let kept = kept(folder)?;
    std::fs::rename(folder, &kept)?;
    put_in_place(&draft, folder)?;
    Ok(Some(Migrated {
        kept: Some(kept),
        ..filled
    }))
}

/// Counts a draft that must be whole.
fn whole(draft: &Path) -> Result<(u64, u64), MigrateError> {
    let store = Store::open_with(draft, Reserve::USUAL)?;
    if store.is_migrating()? {
        return Err(OpenError::Unfinished(draft.to_owned()).into());
    }
    Ok(totals(&store)?)
}

fn put_in_place(draft: &Path, folder: &Path) -> io::Result<()> {
    std::fs::rename(draft, folder)?;
    folder.parent().map_or(Ok(()), sync_folder)
}

/// The first name that is free.
fn kept(folder: &Path) -> io::Result<PathBuf> {
    let mut names = (1..=1_000).map(|number| match number {
        1 => beside(folder, "old"),
        _ => beside(folder, &format!("old{number}")),
    });
    let free = names.find(|name| std::fs::symlink_metadata(name).is_err());
    free.ok_or_else(|| io::ErrorKind::AlreadyExists.into())
}

/// Writes the new store beside the old one, and counts both.
fn fill(folder: &Path, draft: &Path) -> Result<Migrated, MigrateError> {
    let mut old = OldStore::open(folder)?;
    let (buckets, uploads) = old.buckets()?;
    if !draft.exists() {
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::DirBuilder::new().mode(0o700).create(draft)?;
    }
    let store = Store::open_with(draft, Reserve::USUAL)?;
    store.set_migrating(true)?;
    let mut writing = Writing {
        store: &store,
        batch: Vec::new(),
        bytes: 0,
        counted: (0, 0),
    };
    for bucket in buckets {
        store.create_bucket(&bucket)?;
        old.objects(&bucket, &mut |object| writing.take(object))?;
    }
    writing.store_batch()?;
    let counted = writing.counted;
    if !old.problems.is_empty() {
        let more = old.problems.len().saturating_sub(PROBLEMS);
        old.problems.truncate(PROBLEMS);
        return Err(MigrateError::Refused(old.problems, more));
    }
    let (objects, bytes) = totals(&store)?;
    if counted != (objects, bytes) {
        return Err(MigrateError::Counts([counted, (objects, bytes)]));
    }
    store.set_migrating(false)?;
    Ok(Migrated {
        objects,
        bytes,
        uploads,
        kept: None,
    })
}

struct Writing<'a> {
    store: &'a Store,
    batch: Vec<(String, String, Incoming, NewObject)>,
    bytes: u64,
    counted: (u64, u64),
}

impl Writing<'_> {
    fn take(&mut self, mut object: OldObject<'_>) -> Result<(), MigrateError> {
        self.counted = (self.counted.0 + 1, self.counted.1 + object.size);
        let there = self.store.look(object.bucket, object.key)?;
        if let Some(there) = there
            && there.info.size == object.size
            && there.info.modified == object.modified
            && there.info.etag == etag(&object, &read_through(&mut object.file.try_clone()?, None)?)
        {
            return Ok(());
        }
        io::Seek::rewind(&mut object.file)?;
        let mut incoming = self.store.incoming();
        let md5 = read_through(&mut object.file, Some(&mut incoming))?;
        if incoming.size() != object.size {
            return Err(MigrateError::Trouble(Trouble::Io(format!(
                "`{}/{}` is written to",
                object.bucket, object.key
            ))));
        }
        let etag = etag(&object, &md5);
        // Whoever wrote the file by other means left the checksum behind.
        let checksum = object
            .checksum
            .filter(|_| object.etag.as_ref().is_some_and(|told| *told == etag));
        let new = NewObject {
            etag,
            modified: object.modified,
            meta: object.meta,
            tags: Vec::new(),
            checksum,
        };
        self.bytes += object.size;
        let (bucket, key) = (object.bucket.to_owned(), object.key.to_owned());
        self.batch.push((bucket, key, incoming, new));
        if self.batch.len() >= BATCH || self.bytes >= BATCH_BYTES {
            self.store_batch()?;
        }
        Ok(())
    }

    fn store_batch(&mut self) -> Result<(), Trouble> {
        self.bytes = 0;
        self.store.put_many(std::mem::take(&mut self.batch))
    }
}

/// The ETag that was given out for an upload in parts; of anything else it is the MD5.
fn etag(object: &OldObject<'_>, md5: &str) -> String {
    let told = object.etag.as_ref().filter(|told| told.contains('-'));
    told.cloned().unwrap_or_else(|| md5.to_owned())
}

fn read_through(
    from: &mut std::fs::File,
    mut to: Option<&mut Incoming>,
) -> Result<String, Trouble> {
    let (mut md5, mut buffer) = (Md5::new(), vec![0; READ_BYTES]);
    loop {
        let read = from.read(&mut buffer)?;
        let read = buffer.get(..read).unwrap_or_default();
        if read.is_empty() {
            break;
        }
        md5.update(read);
        if let Some(to) = &mut to {
            to.write(read)?;
        }
    }
    Ok(md5
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

fn totals(store: &Store) -> Result<(u64, u64), Trouble> {
    let (mut objects, mut bytes) = (0, 0);
    for row in store.index.snapshot()?.objects.iter()? {
        objects += 1;
        bytes += read::<ObjectInfo>(row?.1.value())?.size;
    }
    Ok((objects, bytes))
}
