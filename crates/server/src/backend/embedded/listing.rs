//! Listings: keys of a bucket in the order of their bytes, with common prefixes, page by page. A
//! common prefix costs one step however many keys lie below it.

use std::ops::Bound;

use redb::ReadOnlyTable;

use super::blobs::id;
use super::rows::{object_key, read, upload_key};
use super::store::Store;
use super::types::{ObjectInfo, Trouble, Upload};

/// What to list of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// What keys begin with.
    pub prefix: String,
    /// What ends a common prefix; empty is none.
    pub delimiter: String,
    /// Keys and common prefixes are listed that are greater than this, byte by byte. So a common
    /// prefix `a/` is left out after `a/x` (S3, ListObjectsV2: "CommonPrefixes is filtered out from
    /// results if it is not lexicographically greater than the StartAfter value"), and what a page
    /// ended with continues it.
    pub after: String,
    /// Most keys and common prefixes together.
    pub most: usize,
}

/// A page of objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// In order.
    pub objects: Vec<(String, ObjectInfo)>,
    /// In order; a page's keys and common prefixes lie between the same bounds.
    pub prefixes: Vec<String>,
    /// What the page ends with, key or common prefix, when there is more.
    pub next: Option<String>,
}

/// What to list of a bucket's uploads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadQuery {
    /// What keys begin with.
    pub prefix: String,
    /// What ends a common prefix; empty is none.
    pub delimiter: String,
    /// Keys and common prefixes greater than this; with `upload_marker` also later uploads of this
    /// very key.
    pub key_marker: String,
    /// An upload's id; without `key_marker` it means nothing (S3, ListMultipartUploads). One that
    /// is no id of ours is greater than all.
    pub upload_marker: Option<String>,
    /// Most uploads and common prefixes together.
    pub most: usize,
}

/// A page of uploads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadPage {
    /// Key, id and what the upload was begun with: by key, then by the time that it began.
    pub uploads: Vec<(String, String, Upload)>,
    /// In order.
    pub prefixes: Vec<String>,
    /// Key and upload that the page ends with when there is more; no upload when it ends with a
    /// common prefix.
    pub next: Option<(String, Option<String>)>,
}

impl Store {
    /// A page of a bucket's objects.
    ///
    /// # Errors
    /// [`Trouble::NoSuchBucket`], [`Trouble::Io`].
    pub fn list(&self, bucket: &str, query: &Query) -> Result<Page, Trouble> {
        let snapshot = self.index.snapshot()?;
        let bucket = snapshot.bucket(bucket)?.ok_or(Trouble::NoSuchBucket)?;
        let mut page = Page::default();
        let walk = Walk {
            bucket,
            prefix: &query.prefix,
            delimiter: &query.delimiter,
            after: &query.after,
            most: query.most,
        };
        // The least key that is greater.
        let mut from = object_key(bucket, &query.after);
        from.push(0);
        let objects = &mut page.objects;
        let (prefixes, more) = walk.run(
            &snapshot.objects,
            from,
            |row| row.get(16..),
            |key, _, row| {
                objects.push((key.to_owned(), read(row)?));
                Ok(())
            },
        )?;
        page.prefixes = prefixes;
        if more {
            let key = page.objects.last().map(|(key, _)| key);
            page.next = key.max(page.prefixes.last()).cloned();
        }
        Ok(page)
    }

    /// A page of a bucket's uploads.
    ///
    /// # Errors
    /// [`Trouble::NoSuchBucket`], [`Trouble::Io`].
    pub fn uploads(&self, bucket: &str, query: &UploadQuery) -> Result<UploadPage, Trouble> {
        let snapshot = self.index.snapshot()?;
        let bucket = snapshot.bucket(bucket)?.ok_or(Trouble::NoSuchBucket)?;
        let walk = Walk {
            bucket,
            prefix: &query.prefix,
            delimiter: &query.delimiter,
            after: &query.key_marker,
            most: query.most,
        };
        let key = &query.key_marker;
        let marker = query.upload_marker.as_ref().filter(|_| !key.is_empty());
        let from = match marker.and_then(|marker| id(marker)) {
            Some(upload) => {
                let mut from = upload_key(bucket, key, upload);
                from.push(0);
                from
            }
            // Behind the zero that ends this very key.
            None => {
                let mut from = object_key(bucket, key);
                from.push(1);
                from
            }
        };
        let mut page = UploadPage::default();
        let uploads = &mut page.uploads;
        let (prefixes, more) = walk.run(
            &snapshot.uploads()?,
            from,
            |row| row.get(16..row.len().checked_sub(17)?),
            |key, row, value| {
                let upload = row.last_chunk::<16>().map(|id| u128::from_be_bytes(*id));
                let upload = format!("{:032x}", upload.unwrap_or(0));
                uploads.push((key.to_owned(), upload, read(value)?));
                Ok(())
            },
        )?;
        page.prefixes = prefixes;
        if more {
            let last = page.uploads.last();
            let last = last.map(|(key, upload, _)| (key.clone(), Some(upload.clone())));
            let prefix = page.prefixes.last().map(|prefix| (prefix.clone(), None));
            page.next = last.max(prefix);
        }
        Ok(page)
    }
}

struct Walk<'a> {
    bucket: u128,
    prefix: &'a str,
    delimiter: &'a str,
    after: &'a str,
    most: usize,
}

impl Walk<'_> {
    /// Hands rows to `item` that have no common prefix; tells the common prefixes, and whether
    /// there is more.
    fn run(
        &self,
        table: &ReadOnlyTable<&'static [u8], &'static [u8]>,
        from: Vec<u8>,
        key_of: impl Fn(&[u8]) -> Option<&[u8]>,
        mut item: impl FnMut(&str, &[u8], &[u8]) -> Result<(), Trouble>,
    ) -> Result<(Vec<String>, bool), Trouble> {
        let (mut prefixes, mut found) = (Vec::<String>::new(), 0);
        if self.most == 0 {
            return Ok((prefixes, false));
        }
        let first = object_key(self.bucket, self.prefix);
        let end = behind(first.clone());
        let mut from = from.max(first);
        'seek: loop {
            let to = end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
            if end.as_ref().is_some_and(|end| from >= *end) {
                return Ok((prefixes, false));
            }
            for row in table.range::<&[u8]>((Bound::Included(from.as_slice()), to))? {
                let (row, value) = row?;
                let key = key_of(row.value()).and_then(|key| str::from_utf8(key).ok());
                let key = key.ok_or_else(|| Trouble::Io("a row has no key".to_owned()))?;
                let common = self.common_prefix(key);
                let is_after = common.is_none_or(|common| common > self.after);
                if is_after && found == self.most {
                    return Ok((prefixes, true));
                }
                found += usize::from(is_after);
                let Some(common) = common else {
                    item(key, row.value(), value.value())?;
                    continue;
                };
                if is_after {
                    prefixes.push(common.to_owned());
                }
                match behind(object_key(self.bucket, common)) {
                    Some(behind) => from = behind,
                    None => break 'seek,
                }
                continue 'seek;
            }
            break;
        }
        Ok((prefixes, false))
    }

    fn common_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        if self.delimiter.is_empty() {
            return None;
        }
        let rest = key.get(self.prefix.len()..)?;
        let end = self.prefix.len() + rest.find(self.delimiter)? + self.delimiter.len();
        key.get(..end)
    }
}

/// The least row that is greater than all that begin so.
fn behind(mut row: Vec<u8>) -> Option<Vec<u8>> {
    while let Some(last) = row.pop() {
        if let Some(next) = last.checked_add(1) {
            row.push(next);
            return Some(row);
        }
    }
    None
}
