//! Uploads in parts. A complete upload is an object of its parts' files: nothing is copied.

use std::collections::{BTreeMap, HashSet};

use redb::ReadableTable as _;

use super::blobs::id;
use super::incoming::Incoming;
use super::index::Needs;
use super::rows::{Detail, PartRow, Piece, Snapshot, object_key, read, upload_key, write};
use super::store::Store;
use super::types::{NewObject, NewPart, ObjectId, ObjectInfo, Part, Trouble, Upload, WriteCond};
use crate::clock;

/// A page of an upload's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartPage {
    /// What the upload was begun with.
    pub upload: Upload,
    /// By number.
    pub parts: Vec<Part>,
    /// The last number of the page when there is more.
    pub next: Option<u16>,
}

/// The parts that make an object, checked against what was uploaded; [`Store::complete`] takes
/// these very parts or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    bucket: String,
    key: String,
    id: u128,
    /// What the upload was begun with.
    pub upload: Upload,
    parts: Vec<Part>,
}

impl Chosen {
    /// In order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Bytes of all parts.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.parts
            .iter()
            .fold(0, |sum, part| sum.saturating_add(part.size))
    }
}

impl Store {
    /// Begins an upload; tells its id.
    ///
    /// # Errors
    /// [`Trouble::NoSuchBucket`], [`Trouble::Full`], [`Trouble::Io`].
    pub fn create_upload(
        &self,
        bucket: &str,
        key: &str,
        upload: Upload,
    ) -> Result<String, Trouble> {
        // The time in front, so that uploads of a key are in the order in which they began; 88 bits
        // of it nobody guesses.
        let began = u128::from(upload.initiated.max(0).unsigned_abs()) << 88;
        let id = began | (u128::from_be_bytes(clock::bytes()) >> 40);
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        self.index.write(Needs::Room, move |tables| {
            let row = upload_key(tables.bucket(&bucket)?, &key, id);
            tables
                .uploads
                .insert(row.as_slice(), write(&upload)?.as_slice())?;
            Ok(())
        })?;
        Ok(format!("{id:032x}"))
    }

    /// Stores a part, in place of whatever has the number. Durable when it returns `Ok`.
    ///
    /// # Errors
    /// [`Trouble::NoSuchBucket`], [`Trouble::NoSuchUpload`], [`Trouble::Full`], [`Trouble::Io`].
    pub fn put_part(
        &self,
        bucket: &str,
        key: &str,
        upload: &str,
        number: u16,
        mut incoming: Incoming,
        new: NewPart,
    ) -> Result<Part, Trouble> {
        let upload = id(upload).ok_or(Trouble::NoSuchUpload)?;
        incoming.seal()?;
        let part = Part {
            number,
            id: Self::new_id(),
            size: incoming.size(),
            etag: new.etag,
            modified: new.modified,
            checksum: new.checksum,
        };
        let row = PartRow {
            part: part.clone(),
            pieces: incoming.pieces(),
        };
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        let left = self.index.write(Needs::Room, move |tables| {
            let upload_row = upload_key(tables.bucket(&bucket)?, &key, upload);
            if tables.uploads.get(upload_row.as_slice())?.is_none() {
                return Err(Trouble::NoSuchUpload);
            }
            let old = tables
                .parts
                .insert((upload, number), write(&row)?.as_slice())?;
            let old = old.map(|old| read::<PartRow>(old.value())).transpose()?;
            let left = tables.disown(old.map(|old| old.pieces).unwrap_or_default())?;
            tables.own(&row.pieces)?;
            Ok(left)
        })?;
        incoming.stored();
        self.blobs.remove(left);
        Ok(part)
    }

    /// What an upload was begun with, and a page of its parts after a number.
    ///
    /// # Errors
    /// [`Trouble::NoSuchBucket`], [`Trouble::NoSuchUpload`], [`Trouble::Io`].
    pub fn parts(
        &self,
        bucket: &str,
        key: &str,
        upload: &str,
        after: u16,
        most: usize,
    ) -> Result<PartPage, Trouble> {
        let snapshot = self.index.snapshot()?;
        let (id, upload) = find(&snapshot, bucket, key, upload)?;
        let (mut parts, mut next) = (Vec::<Part>::new(), None);
        if let Some(first) = after.checked_add(1).filter(|_| most > 0) {
            for row in snapshot.parts()?.range((id, first)..=(id, u16::MAX))? {
                if parts.len() == most {
                    next = parts.last().map(|part| part.number);
                    break;
                }
                parts.push(read::<PartRow>(row?.1.value())?.part);
            }
        }
        Ok(PartPage {
            upload,
            parts,
            next,
        })
    }

    /// Checks which parts are to make an object: numbers and ETags (without quotes), as S3 does.
    ///
    /// # Errors
    /// [`Trouble::NoSuchBucket`], [`Trouble::NoSuchUpload`], [`Trouble::PartOrder`],
    /// [`Trouble::InvalidPart`], [`Trouble::TooSmall`], [`Trouble::Io`].
    pub fn choose(
        &self,
        bucket: &str,
        key: &str,
        upload: &str,
        wanted: &[(u16, String)],
    ) -> Result<Chosen, Trouble> {
        let snapshot = self.index.snapshot()?;
        let (id, upload) = find(&snapshot, bucket, key, upload)?;
        if !wanted.is_sorted_by(|(one, _), (next, _)| one < next) {
            return Err(Trouble::PartOrder);
        }
        let (rows, mut parts) = (snapshot.parts()?, Vec::new());
        for (number, etag) in wanted {
            let found = rows.get((id, *number))?.ok_or(Trouble::InvalidPart)?;
            let part = read::<PartRow>(found.value())?.part;
            if part.etag != *etag {
                return Err(Trouble::InvalidPart);
            }
            parts.push(part);
        }
        let (_, all_but_last) = parts.split_last().ok_or(Trouble::InvalidPart)?;
        if let Some(small) = all_but_last.iter().find(|part| part.size < self.least_part) {
            return Err(Trouble::TooSmall(
                small.number,
                small.etag.clone(),
                small.size,
            ));
        }
        Ok(Chosen {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            id,
            upload,
            parts,
        })
    }

    /// Makes the object; the upload is over then. A refusal leaves the upload as it is.
    ///
    /// # Errors
    /// [`Trouble::InvalidPart`] when a part was written anew since it was chosen;
    /// [`Trouble::NoSuchBucket`], [`Trouble::NoSuchUpload`], [`Trouble::Precondition`],
    /// [`Trouble::NoSuchKey`], [`Trouble::Full`], [`Trouble::Io`].
    pub fn complete(
        &self,
        chosen: Chosen,
        new: NewObject,
        cond: &WriteCond,
    ) -> Result<ObjectInfo, Trouble> {
        let info = ObjectInfo {
            id: ObjectId(Self::new_id()),
            size: chosen.size(),
            etag: new.etag,
            modified: new.modified,
            checksum: new.checksum,
            parts: Some(u16::try_from(chosen.parts.len()).unwrap_or(u16::MAX)),
        };
        let cond = cond.clone();
        let (info, old, left, unused) = self.index.write(Needs::Little, move |tables| {
            let bucket = tables.bucket(&chosen.bucket)?;
            let upload_row = upload_key(bucket, &chosen.key, chosen.id);
            if tables.uploads.get(upload_row.as_slice())?.is_none() {
                return Err(Trouble::NoSuchUpload);
            }
            let mut stored = BTreeMap::new();
            for row in tables.parts.range((chosen.id, 0)..=(chosen.id, u16::MAX))? {
                let row = read::<PartRow>(row?.1.value())?;
                stored.insert(row.part.number, row);
            }
            let mut pieces = Vec::new();
            for part in &chosen.parts {
                match stored.remove(&part.number) {
                    Some(row) if row.part.id == part.id => pieces.extend(row.pieces),
                    _ => return Err(Trouble::InvalidPart),
                }
            }
            let row = object_key(bucket, &chosen.key);
            let old = tables.object(&row)?;
            cond.check(old.as_ref())?;
            // From here on nothing is refused.
            let mut unused = tables.drop_parts(chosen.id)?;
            let used: HashSet<u128> = pieces.iter().filter_map(Piece::file).collect();
            unused.retain(|file| !used.contains(file));
            tables.uploads.remove(upload_row.as_slice())?;
            let detail = Detail {
                meta: new.meta,
                tags: new.tags,
                parts: chosen.parts,
                pieces,
            };
            let left = tables.put(&row, old.as_ref(), &info, &detail)?;
            Ok((info, old, left, unused))
        })?;
        self.doom(old, left);
        self.blobs.remove(unused);
        Ok(info)
    }

    /// Ends an upload; its parts are gone.
    ///
    /// # Errors
    /// [`Trouble::NoSuchBucket`], [`Trouble::NoSuchUpload`], [`Trouble::Full`], [`Trouble::Io`].
    pub fn abort(&self, bucket: &str, key: &str, upload: &str) -> Result<(), Trouble> {
        let upload = id(upload).ok_or(Trouble::NoSuchUpload)?;
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        let left = self.index.write(Needs::Little, move |tables| {
            let row = upload_key(tables.bucket(&bucket)?, &key, upload);
            if tables.uploads.remove(row.as_slice())?.is_none() {
                return Err(Trouble::NoSuchUpload);
            }
            tables.drop_parts(upload)
        })?;
        self.blobs.remove(left);
        Ok(())
    }
}

/// An upload is known by bucket, key and id together.
fn find(
    snapshot: &Snapshot,
    bucket: &str,
    key: &str,
    upload: &str,
) -> Result<(u128, Upload), Trouble> {
    let bucket = snapshot.bucket(bucket)?.ok_or(Trouble::NoSuchBucket)?;
    let id = id(upload).ok_or(Trouble::NoSuchUpload)?;
    let found = snapshot.upload(bucket, key, id)?;
    Ok((id, found.ok_or(Trouble::NoSuchUpload)?))
}
