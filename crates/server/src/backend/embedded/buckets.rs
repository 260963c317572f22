//! Buckets.

use redb::ReadableTable as _;

use super::index::Needs;
use super::rows::{PartRow, read};
use super::store::Store;
use super::types::Trouble;

impl Store {
    /// Makes a bucket; one that is there stays as it is.
    ///
    /// # Errors
    /// [`Trouble::Full`], [`Trouble::Io`].
    pub fn create_bucket(&self, name: &str) -> Result<(), Trouble> {
        let (name, id) = (name.to_owned(), Self::new_id());
        self.index.write(Needs::Little, move |tables| {
            if tables.buckets.get(name.as_str())?.is_none() {
                tables.buckets.insert(name.as_str(), id)?;
            }
            Ok(())
        })
    }

    /// Removes an empty bucket, and the uploads to it.
    ///
    /// # Errors
    /// [`Trouble::NoSuchBucket`], [`Trouble::BucketNotEmpty`], [`Trouble::Full`], [`Trouble::Io`].
    pub fn delete_bucket(&self, name: &str) -> Result<(), Trouble> {
        let name = name.to_owned();
        let left = self.index.write(Needs::Little, move |tables| {
            let id = tables.bucket(&name)?;
            // Ids are random, so the next number is nobody's.
            let (from, to) = (id.to_be_bytes(), id.saturating_add(1).to_be_bytes());
            let within = from.as_slice()..to.as_slice();
            if tables.objects.range(within.clone())?.next().is_some() {
                return Err(Trouble::BucketNotEmpty);
            }
            let mut uploads = Vec::new();
            for row in tables.uploads.range(within)? {
                let row = row?.0.value().to_vec();
                let id = row.last_chunk::<16>().map(|id| u128::from_be_bytes(*id));
                uploads.extend(id.map(|id| (row, id)));
            }
            let mut left = Vec::new();
            for (row, upload) in uploads {
                tables.uploads.remove(row.as_slice())?;
                left.extend(tables.drop_parts(upload)?);
            }
            tables.buckets.remove(name.as_str())?;
            Ok(left)
        })?;
        self.blobs.remove(left);
        Ok(())
    }

    /// Whether there is a bucket.
    ///
    /// # Errors
    /// [`Trouble::Io`].
    pub fn has_bucket(&self, name: &str) -> Result<bool, Trouble> {
        Ok(self.index.snapshot()?.bucket(name)?.is_some())
    }
}

impl super::rows::Tables<'_> {
    /// Removes an upload's parts; tells which files are nobody's now.
    pub(super) fn drop_parts(&mut self, upload: u128) -> Result<Vec<u128>, Trouble> {
        let mut rows = Vec::new();
        for row in self.parts.range((upload, 0)..=(upload, u16::MAX))? {
            let (at, row) = row?;
            rows.push((at.value(), read::<PartRow>(row.value())?));
        }
        let mut left = Vec::new();
        for (at, row) in rows {
            self.parts.remove(at)?;
            left.extend(self.disown(row.pieces)?);
        }
        Ok(left)
    }
}
