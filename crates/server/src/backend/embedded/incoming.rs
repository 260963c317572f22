//! A blob on its way in. Dropped before it is stored, it leaves nothing.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Arc;

use super::blobs::Blobs;
use super::index::{Index, Needs};
use super::rows::{INLINE, Piece};
use super::types::Trouble;

/// How many bytes are written between two looks at how full the disk is.
const LOOK_EVERY: u64 = 8 * 1024 * 1024;

/// A blob on its way in: up to [`INLINE`] bytes in memory, beyond that in a file.
#[derive(Debug)]
pub struct Incoming {
    blobs: Arc<Blobs>,
    index: Arc<Index>,
    small: Vec<u8>,
    file: Option<(u128, u64, File)>,
    pieces: Vec<Piece>,
    /// Files to remove unless they are stored.
    made: Vec<u128>,
    size: u64,
    looked: u64,
}

impl Incoming {
    pub(super) fn new(blobs: Arc<Blobs>, index: Arc<Index>) -> Self {
        Self {
            blobs,
            index,
            small: Vec::new(),
            file: None,
            pieces: Vec::new(),
            made: Vec::new(),
            size: 0,
            looked: 0,
        }
    }

    /// Appends.
    ///
    /// # Errors
    /// [`Trouble::Full`], [`Trouble::Io`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.size += bytes.len() as u64;
        let fits = self.small.len() + bytes.len() <= INLINE;
        if fits && self.file.is_none() && self.pieces.is_empty() {
            self.small.extend_from_slice(bytes);
            return Ok(());
        }
        if self.file.is_none() || self.size - self.looked > LOOK_EVERY {
            self.index.has_room(Needs::Room)?;
            self.looked = self.size;
        }
        self.append(bytes)
    }

    /// To the file, which begins with what was in memory.
    fn append(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let small = std::mem::take(&mut self.small);
        let (_, length, file) = match &mut self.file {
            Some(open) => open,
            None => {
                let (id, file) = self.blobs.create()?;
                self.made.push(id);
                self.file.insert((id, 0, file))
            }
        };
        file.write_all(&small)?;
        file.write_all(bytes)?;
        *length += (small.len() + bytes.len()) as u64;
        Ok(())
    }

    /// Bytes so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a piece of a file that stays where it is; `false` when its disk takes no more names
    /// for it.
    pub(super) fn share(&mut self, file: u128, offset: u64, length: u64) -> Result<bool, Trouble> {
        let Ok(id) = self.blobs.link(file) else {
            return Ok(false);
        };
        self.made.push(id);
        // A blob is one inline piece or files, and in order.
        if !self.small.is_empty() {
            self.append(&[])?;
        }
        self.end_file()?;
        self.pieces.push(Piece::File { id, offset, length });
        self.size += length;
        Ok(true)
    }

    /// Makes it durable, file and name.
    pub(super) fn seal(&mut self) -> Result<(), Trouble> {
        self.end_file()?;
        if !self.small.is_empty() {
            let small = std::mem::take(&mut self.small);
            self.pieces.push(Piece::Inline(small));
        }
        Ok(self.blobs.sync_names(&self.made)?)
    }

    pub(super) fn pieces(&mut self) -> Vec<Piece> {
        std::mem::take(&mut self.pieces)
    }

    /// It is stored: the index names its files.
    pub(super) fn stored(mut self) {
        self.made.clear();
    }

    fn end_file(&mut self) -> io::Result<()> {
        let Some((id, length, file)) = self.file.take() else {
            return Ok(());
        };
        file.sync_all()?;
        self.pieces.push(Piece::File {
            id,
            offset: 0,
            length,
        });
        Ok(())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // By the reaper, which looks whether the index names them: a commit that failed may yet
        // have reached the disk.
        self.blobs.remove(std::mem::take(&mut self.made));
    }
}
