//! Objects: put, look, copy, tag, delete.

use std::ops::Range;

use redb::ReadableTable as _;

use super::blob::Blob;
use super::incoming::Incoming;
use super::index::Needs;
use super::rows::{Detail, Piece, object_key, read, write};
use super::store::Store;
use super::types::{EtagMatch, NewObject, ObjectId, ObjectInfo, Part, Trouble, WriteCond};

/// Below this a copy shares nothing: a link costs about as much as writing a megabyte.
const LEAST_SHARED: u64 = 1024 * 1024;
/// Pieces of a whole object that a copy shares, and of a range of one: parts are copied out of
/// parts, and what they share must not multiply with each time.
const SHARED_PIECES: usize = 1_000;
const SHARED_PIECES_OF_RANGE: usize = 16;
/// How much of a copy is in memory.
const COPY_BYTES: usize = 256 * 1024;

/// One snapshot of an object. Its blob stays readable although the key is written meanwhile.
#[derive(Debug)]
pub struct Look {
    /// What a listing tells of it.
    pub info: ObjectInfo,
    /// As it was put.
    pub meta: Vec<(String, String)>,
    /// Object tags.
    pub tags: Vec<(String, String)>,
    /// The parts that it was made of, in order.
    pub parts: Vec<Part>,
    /// Its bytes.
    pub blob: Blob,
}

impl Store {
    /// A new blob.
    #[must_use]
    pub fn incoming(&self) -> Incoming {
        Incoming::new(self.blobs.clone(), self.index.clone())
    }

    /// Stores an object in place of whatever has the key. Durable when it returns `Ok`.
    ///
    /// # Errors
    /// [`Trouble::NoSuchBucket`], [`Trouble::Precondition`], [`Trouble::NoSuchKey`] when a
    /// condition wants an object and there is none, [`Trouble::Full`], [`Trouble::Io`].
    pub fn put(
        &self,
        bucket: &str,
        key: &str,
        mut incoming: Incoming,
        new: NewObject,
        cond: &WriteCond,
    ) -> Result<ObjectInfo, Trouble> {
        let (info, detail) = rows_of(&mut incoming, new)?;
        let (bucket, key, cond) = (bucket.to_owned(), key.to_owned(), cond.clone());
        let (info, old, left) = self.index.write(Needs::Room, move |tables| {
            let row = object_key(tables.bucket(&bucket)?, &key);
            let old = tables.object(&row)?;
            cond.check(old.as_ref())?;
            let left = tables.put(&row, old.as_ref(), &info, &detail)?;
            Ok((info, old, left))
        })?;
        incoming.stored();
        self.doom(old, left);
        Ok(info)
    }

    /// Stores objects in one commit, without conditions.
    ///
    /// # Errors
    /// [`Trouble::NoSuchBucket`], [`Trouble::Full`], [`Trouble::Io`]: none was stored.
    pub fn put_many(
        &self,
        objects: Vec<(String, String, Incoming, NewObject)>,
    ) -> Result<(), Trouble> {
        let (mut rows, mut incomings) = (Vec::new(), Vec::new());
        for (bucket, key, mut incoming, new) in objects {
            rows.push((bucket, key, rows_of(&mut incoming, new)?));
            incomings.push(incoming);
        }
        let left = self.index.write(Needs::Room, move |tables| {
            let mut left = Vec::new();
            let buckets: Vec<u128> = rows
                .iter()
                .map(|(bucket, _, _)| tables.bucket(bucket))
                .collect::<Result<_, _>>()?;
            for (bucket, (_, key, (info, detail))) in buckets.into_iter().zip(rows) {
                let row = object_key(bucket, &key);
                let old = tables.object(&row)?;
                let files = tables.put(&row, old.as_ref(), &info, &detail)?;
                left.push((old, files));
            }
            Ok(left)
        })?;
        incomings.into_iter().for_each(Incoming::stored);
        left.into_iter()
            .for_each(|(old, files)| self.doom(old, files));
        Ok(())
    }

    /// One snapshot of an object: what is decided over is what is served.
    ///
    /// # Errors
    /// [`Trouble::NoSuchBucket`], [`Trouble::Io`].
    pub fn look(&self, bucket: &str, key: &str) -> Result<Option<Look>, Trouble> {
        loop {
            let snapshot = self.index.snapshot()?;
            let id = snapshot.bucket(bucket)?.ok_or(Trouble::NoSuchBucket)?;
            let Some(info) = snapshot.object(id, key)? else {
                return Ok(None);
            };
            let detail = snapshot.detail(&info)?;
            let mut pinned = None;
            if detail.pieces.iter().any(|piece| piece.file().is_some()) {
                pinned = Some(self.blobs.pin(info.id.0));
                // Files are removed after the commit that left them: an object that is still there
                // now keeps them until the pin is gone.
                let now = self.index.snapshot()?.object(id, key)?;
                if now.is_none_or(|now| now.id != info.id) {
                    continue;
                }
            }
            return Ok(Some(Look {
                info,
                meta: detail.meta,
                tags: detail.tags,
                parts: detail.parts,
                blob: Blob::new(self.blobs.clone(), detail.pieces, pinned),
            }));
        }
    }

    /// A new blob of the bytes of another, or of a range of it. Files are shared where that saves
    /// something; each object has names of its own for them.
    ///
    /// # Errors
    /// [`Trouble::Full`], [`Trouble::Io`].
    pub fn copy(&self, from: &Look, range: Option<Range<u64>>) -> Result<Incoming, Trouble> {
        let most = if range.is_some() {
            SHARED_PIECES_OF_RANGE
        } else {
            SHARED_PIECES
        };
        let range = range.unwrap_or(0..from.blob.size());
        let (mut pieces, mut begin) = (Vec::new(), 0);
        for piece in from.blob.pieces() {
            let end = begin + piece.length();
            let part = range.start.max(begin)..range.end.min(end);
            if !part.is_empty() {
                pieces.push((piece, begin, part));
            }
            begin = end;
        }
        let shares = pieces.len() <= most;
        let mut copy = self.incoming();
        for (piece, begin, part) in pieces {
            let length = part.end - part.start;
            if let Piece::File { id, offset, length: whole } = piece
                && shares
                // Sharing less than half would keep more than it saves.
                && length >= LEAST_SHARED.max(whole / 2)
                && copy.share(*id, offset + (part.start - begin), length)?
            {
                continue;
            }
            self.copy_bytes(&from.blob, part, &mut copy)?;
        }
        Ok(copy)
    }

    fn copy_bytes(&self, from: &Blob, part: Range<u64>, to: &mut Incoming) -> Result<(), Trouble> {
        let mut buffer = vec![0; COPY_BYTES];
        let mut at = part.start;
        while at < part.end {
            let most =
                usize::try_from(part.end - at).map_or(COPY_BYTES, |left| left.min(COPY_BYTES));
            let read = from.read_at(buffer.get_mut(..most).unwrap_or_default(), at)?;
            to.write(buffer.get(..read).unwrap_or_default())?;
            at += read as u64;
            if read == 0 {
                return Err(Trouble::Io("a blob ended early".to_owned()));
            }
        }
        Ok(())
    }

    /// Replaces the tags of the very object that was looked at. `were`: the tags that it must still
    /// have, where something was decided by them.
    ///
    /// # Errors
    /// [`Trouble::NoSuchBucket`], [`Trouble::NoSuchKey`], [`Trouble::Changed`] when the key has
    /// another object by now, or that object other tags, [`Trouble::Full`], [`Trouble::Io`].
    pub fn set_tags(
        &self,
        bucket: &str,
        key: &str,
        object: ObjectId,
        were: Option<&[(String, String)]>,
        tags: Vec<(String, String)>,
    ) -> Result<(), Trouble> {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        let were = were.map(<[_]>::to_vec);
        self.index.write(Needs::Little, move |tables| {
            let row = object_key(tables.bucket(&bucket)?, &key);
            let found = tables.object(&row)?.ok_or(Trouble::NoSuchKey)?;
            if found.id != object {
                return Err(Trouble::Changed);
            }
            let detail = tables.details.get(object.0)?;
            let detail = detail.map(|detail| read::<Detail>(detail.value()));
            let mut detail =
                detail.ok_or_else(|| Trouble::Io("an object has no detail".to_owned()))??;
            if were.is_some_and(|were| were != detail.tags) {
                return Err(Trouble::Changed);
            }
            detail.tags = tags;
            tables
                .details
                .insert(object.0, write(&detail)?.as_slice())?;
            Ok(())
        })
    }

    /// Removes an object; tells whether there was one.
    ///
    /// # Errors
    /// As of [`Self::delete_many`].
    pub fn delete(
        &self,
        bucket: &str,
        key: &str,
        if_match: Option<EtagMatch>,
    ) -> Result<bool, Trouble> {
        let done = self.delete_many(bucket, vec![(key.to_owned(), if_match)])?;
        done.into_iter().next().unwrap_or(Ok(false))
    }

    /// Removes objects in one transaction, in order; of each it tells whether there was one, or why
    /// it stays: [`Trouble::Precondition`], or [`Trouble::NoSuchKey`] when a condition wants one.
    ///
    /// # Errors
    /// [`Trouble::NoSuchBucket`], [`Trouble::Full`], [`Trouble::Io`]: nothing was removed.
    pub fn delete_many(
        &self,
        bucket: &str,
        keys: Vec<(String, Option<EtagMatch>)>,
    ) -> Result<Vec<Result<bool, Trouble>>, Trouble> {
        let bucket = bucket.to_owned();
        let (done, left) = self.index.write(Needs::Little, move |tables| {
            let bucket = tables.bucket(&bucket)?;
            let (mut done, mut left) = (Vec::new(), Vec::new());
            for (key, if_match) in keys {
                let row = object_key(bucket, &key);
                let old = tables.object(&row)?;
                if let Some(Err(refused)) = if_match.map(|wanted| wanted.check(old.as_ref())) {
                    done.push(Err(refused));
                    continue;
                }
                done.push(Ok(old.is_some()));
                if let Some(old) = old {
                    let files = tables.remove(&row, &old)?;
                    left.push((old, files));
                }
            }
            Ok((done, left))
        })?;
        for (old, files) in left {
            self.doom(Some(old), files);
        }
        Ok(done)
    }

    pub(super) fn doom(&self, old: Option<ObjectInfo>, files: Vec<u128>) {
        if let Some(old) = old.filter(|_| !files.is_empty()) {
            self.blobs.doom(old.id.0, files);
        }
    }
}

/// Makes a blob durable, and the rows of an object of it.
fn rows_of(incoming: &mut Incoming, new: NewObject) -> Result<(ObjectInfo, Detail), Trouble> {
    incoming.seal()?;
    let info = ObjectInfo {
        id: ObjectId(Store::new_id()),
        size: incoming.size(),
        etag: new.etag,
        modified: new.modified,
        checksum: new.checksum,
        parts: None,
    };
    let detail = Detail {
        meta: new.meta,
        tags: new.tags,
        parts: Vec::new(),
        pieces: incoming.pieces(),
    };
    Ok((info, detail))
}
