//! A stored blob, to read.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, PoisonError};

use super::blobs::{Blobs, Pinned};
use super::rows::Piece;

/// A stored blob. It can be read to its end although its key is written meanwhile.
#[derive(Debug)]
pub struct Blob {
    blobs: Arc<Blobs>,
    pieces: Vec<Piece>,
    /// Where each piece ends.
    ends: Vec<u64>,
    /// The file that was read last: whoever reads on reads the same.
    open: Mutex<Option<(u128, Arc<File>)>>,
    _pinned: Option<Pinned>,
}

impl Blob {
    pub(super) fn new(blobs: Arc<Blobs>, pieces: Vec<Piece>, pinned: Option<Pinned>) -> Self {
        let ends = pieces
            .iter()
            .scan(0_u64, |end, piece| {
                *end = end.saturating_add(piece.length());
                Some(*end)
            })
            .collect();
        Self {
            blobs,
            pieces,
            ends,
            open: Mutex::default(),
            _pinned: pinned,
        }
    }

    /// Bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Reads at an offset into `to`, as much as one piece has of it: less than `to` takes is no
    /// sign of the end, none is.
    ///
    /// # Errors
    /// The disk's; `UnexpectedEof` when a file is shorter than it was.
    pub fn read_at(&self, to: &mut [u8], offset: u64) -> io::Result<usize> {
        let at = self.ends.partition_point(|end| *end <= offset);
        let (Some(piece), Some(end)) = (self.pieces.get(at), self.ends.get(at)) else {
            return Ok(0);
        };
        let within = offset - (end - piece.length());
        let most = usize::try_from(end - offset).unwrap_or(usize::MAX);
        let wanted = to.len().min(most);
        let Some(to) = to.get_mut(..wanted).filter(|to| !to.is_empty()) else {
            return Ok(0);
        };
        match piece {
            Piece::Inline(bytes) => {
                let from = usize::try_from(within).unwrap_or(usize::MAX);
                let from = bytes.get(from..).and_then(|rest| rest.get(..wanted));
                to.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(wanted)
            }
            Piece::File { id, offset, .. } => {
                match self.file_of(*id)?.read_at(to, offset + within)? {
                    0 => Err(io::ErrorKind::UnexpectedEof.into()),
                    read => Ok(read),
                }
            }
        }
    }

    /// The whole of a blob that lies in the index.
    #[must_use]
    pub fn inline(&self) -> Option<&[u8]> {
        match self.pieces.as_slice() {
            [] => Some(&[]),
            [Piece::Inline(bytes)] => Some(bytes),
            _ => None,
        }
    }

    /// The one file of a blob that is no more than that, and where in it the blob begins.
    ///
    /// # Errors
    /// The disk's.
    pub fn file(&self) -> io::Result<Option<(Arc<File>, u64)>> {
        match self.pieces.as_slice() {
            [Piece::File { id, offset, .. }] => Ok(Some((self.file_of(*id)?, *offset))),
            _ => Ok(None),
        }
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    fn file_of(&self, id: u128) -> io::Result<Arc<File>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, file)) = open.as_ref()
            && *of == id
        {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(self.blobs.open(id)?);
        *open = Some((id, Arc::clone(&file)));
        Ok(file)
    }
}
