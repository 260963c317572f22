//! The index: tables, their keys, and how rows are written. A listing reads `objects` alone, whose
//! rows are short; metadata, tags, pieces and inline bytes lie in `details` by the object's id.

use redb::{ReadOnlyTable, ReadTransaction, Table, TableDefinition, WriteTransaction};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::types::{ObjectInfo, Part, Trouble, Upload};

/// Longest blob that is kept in the index: four pages of it. Below that a file of its own costs
/// more than it saves (two fsyncs and an inode).
pub const INLINE: usize = 16 * 1024;

/// The layout below. A store of another one is refused, not guessed at.
pub(super) const FORMAT: u64 = 1;

/// `format`; `migrating` while a migration fills the store.
pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// Name of a bucket, its id. Ids are random: a bucket that is made anew never sees old rows.
pub(super) const BUCKETS: TableDefinition<'_, &str, u128> = TableDefinition::new("buckets");
/// Bucket and key, [`ObjectInfo`].
pub(super) const OBJECTS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("objects");
/// Object, [`Detail`].
pub(super) const DETAILS: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("details");
/// Every file that an object or a part has. A file that is not here is nobody's.
pub(super) const FILES: TableDefinition<'_, u128, ()> = TableDefinition::new("files");
/// Bucket, key, zero and upload, [`Upload`].
pub(super) const UPLOADS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("uploads");
/// Upload and part number, [`PartRow`].
pub(super) const PARTS: TableDefinition<'_, (u128, u16), &[u8]> = TableDefinition::new("parts");

/// What makes up a blob, in order. A blob is one inline piece or any number of files.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Piece {
    /// As bytes, and not as numbers one by one.
    Inline(#[serde(with = "serde_bytes")] Vec<u8>),
    File {
        id: u128,
        offset: u64,
        length: u64,
    },
}

impl Piece {
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Inline(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    pub(super) fn file(&self) -> Option<u128> {
        match self {
            Self::Inline(_) => None,
            Self::File { id, .. } => Some(*id),
        }
    }
}

/// What a listing does not read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Detail {
    pub(super) meta: Vec<(String, String)>,
    pub(super) tags: Vec<(String, String)>,
    pub(super) parts: Vec<Part>,
    pub(super) pieces: Vec<Piece>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PartRow {
    pub(super) part: Part,
    pub(super) pieces: Vec<Piece>,
}

/// In front of every row, so that a later version can read this one's.
const VERSION: u8 = 1;

/// # Errors
/// [`Trouble::Io`]: it cannot be written, which memory alone could cause.
pub(super) fn write(row: &impl Serialize) -> Result<Vec<u8>, Trouble> {
    postcard::to_extend(row, vec![VERSION]).map_err(|error| Trouble::Io(error.to_string()))
}

/// # Errors
/// [`Trouble::Io`]: the index is damaged, or of a later version.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Trouble> {
    let damaged = || Trouble::Io("a row of the index cannot be read".to_owned());
    let (VERSION, rest) = bytes
        .split_first()
        .map(|(v, r)| (*v, r))
        .ok_or_else(damaged)?
    else {
        return Err(damaged());
    };
    match postcard::take_from_bytes(rest) {
        Ok((row, [])) => Ok(row),
        _ => Err(damaged()),
    }
}

/// A row's key in `objects`: all keys of a bucket lie together, in the order of their bytes.
pub(super) fn object_key(bucket: u128, key: &str) -> Vec<u8> {
    [&bucket.to_be_bytes(), key.as_bytes()].concat()
}

/// A row's key in `uploads`: by key, then by the time that the upload began, which its id starts
/// with. No key has a zero byte.
pub(super) fn upload_key(bucket: u128, key: &str, upload: u128) -> Vec<u8> {
    [
        &bucket.to_be_bytes(),
        key.as_bytes(),
        &[0],
        &upload.to_be_bytes(),
    ]
    .concat()
}

/// The tables of one write transaction.
pub(super) struct Tables<'t> {
    pub(super) buckets: Table<'t, &'static str, u128>,
    pub(super) objects: Table<'t, &'static [u8], &'static [u8]>,
    pub(super) details: Table<'t, u128, &'static [u8]>,
    pub(super) files: Table<'t, u128, ()>,
    pub(super) uploads: Table<'t, &'static [u8], &'static [u8]>,
    pub(super) parts: Table<'t, (u128, u16), &'static [u8]>,
}

impl<'t> Tables<'t> {
    pub(super) fn open(begun: &'t WriteTransaction) -> Result<Self, Trouble> {
        Ok(Self {
            buckets: begun.open_table(BUCKETS)?,
            objects: begun.open_table(OBJECTS)?,
            details: begun.open_table(DETAILS)?,
            files: begun.open_table(FILES)?,
            uploads: begun.open_table(UPLOADS)?,
            parts: begun.open_table(PARTS)?,
        })
    }

    pub(super) fn bucket(&self, name: &str) -> Result<u128, Trouble> {
        use redb::ReadableTable as _;
        let found = self.buckets.get(name)?;
        found.map(|id| id.value()).ok_or(Trouble::NoSuchBucket)
    }

    pub(super) fn object(&self, row: &[u8]) -> Result<Option<ObjectInfo>, Trouble> {
        use redb::ReadableTable as _;
        self.objects
            .get(row)?
            .map(|found| read(found.value()))
            .transpose()
    }

    /// Puts an object's row, in place of `old` when there was one; tells which files are nobody's
    /// now.
    pub(super) fn put(
        &mut self,
        row: &[u8],
        old: Option<&ObjectInfo>,
        info: &ObjectInfo,
        detail: &Detail,
    ) -> Result<Vec<u128>, Trouble> {
        let left = old.map_or(Ok(Vec::new()), |old| self.drop_detail(old))?;
        self.objects.insert(row, write(info)?.as_slice())?;
        self.details.insert(info.id.0, write(detail)?.as_slice())?;
        self.own(&detail.pieces)?;
        Ok(left)
    }

    /// Removes an object's row; tells which files are nobody's now.
    pub(super) fn remove(&mut self, row: &[u8], old: &ObjectInfo) -> Result<Vec<u128>, Trouble> {
        self.objects.remove(row)?;
        self.drop_detail(old)
    }

    fn drop_detail(&mut self, old: &ObjectInfo) -> Result<Vec<u128>, Trouble> {
        let detail = self.details.remove(old.id.0)?;
        let detail = detail
            .map(|found| read::<Detail>(found.value()))
            .transpose()?;
        self.disown(detail.map(|detail| detail.pieces).unwrap_or_default())
    }

    pub(super) fn own(&mut self, pieces: &[Piece]) -> Result<(), Trouble> {
        for id in pieces.iter().filter_map(Piece::file) {
            self.files.insert(id, ())?;
        }
        Ok(())
    }

    pub(super) fn disown(&mut self, pieces: Vec<Piece>) -> Result<Vec<u128>, Trouble> {
        let files: Vec<u128> = pieces.iter().filter_map(Piece::file).collect();
        for id in &files {
            self.files.remove(id)?;
        }
        Ok(files)
    }
}

/// The tables that reads use, of one snapshot.
pub(super) struct Snapshot {
    pub(super) buckets: ReadOnlyTable<&'static str, u128>,
    pub(super) objects: ReadOnlyTable<&'static [u8], &'static [u8]>,
    begun: ReadTransaction,
}

impl Snapshot {
    pub(super) fn of(begun: ReadTransaction) -> Result<Self, Trouble> {
        Ok(Self {
            buckets: begun.open_table(BUCKETS)?,
            objects: begun.open_table(OBJECTS)?,
            begun,
        })
    }

    pub(super) fn bucket(&self, name: &str) -> Result<Option<u128>, Trouble> {
        Ok(self.buckets.get(name)?.map(|id| id.value()))
    }

    pub(super) fn object(&self, bucket: u128, key: &str) -> Result<Option<ObjectInfo>, Trouble> {
        let row = object_key(bucket, key);
        self.objects
            .get(row.as_slice())?
            .map(|found| read(found.value()))
            .transpose()
    }

    pub(super) fn detail(&self, object: &ObjectInfo) -> Result<Detail, Trouble> {
        let details = self.begun.open_table(DETAILS)?;
        let found = details
            .get(object.id.0)?
            .ok_or_else(|| Trouble::Io("an object has no detail".to_owned()))?;
        read(found.value())
    }

    pub(super) fn upload(
        &self,
        bucket: u128,
        key: &str,
        upload: u128,
    ) -> Result<Option<Upload>, Trouble> {
        let row = upload_key(bucket, key, upload);
        self.uploads()?
            .get(row.as_slice())?
            .map(|found| read(found.value()))
            .transpose()
    }

    pub(super) fn uploads(&self) -> Result<ReadOnlyTable<&'static [u8], &'static [u8]>, Trouble> {
        Ok(self.begun.open_table(UPLOADS)?)
    }

    pub(super) fn parts(&self) -> Result<ReadOnlyTable<(u128, u16), &'static [u8]>, Trouble> {
        Ok(self.begun.open_table(PARTS)?)
    }

    pub(super) fn files(&self) -> Result<ReadOnlyTable<u128, ()>, Trouble> {
        Ok(self.begun.open_table(FILES)?)
    }
}
