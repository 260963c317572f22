//! An object's bytes on their way out: read in pieces beside the workers, one piece ahead of whoever
//! takes them, so that an answer of any length needs the memory of a few.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt as _, Full};
use tokio::task::JoinHandle;

use super::embedded::Look;
use super::reply::{Body, BoxError};

/// What is read at once. Four of these are the most that an answer holds: one being read, one taken,
/// two that the connection has not sent yet.
const PIECE_BYTES: usize = 256 * 1024;

/// Buffers that are remembered to be used again once the connection has sent them: a fresh one of
/// this size costs more in page faults than the read into it.
const SPARES: usize = 4;

/// The bytes of an object from `start` on, `length` of them. To be called where reading may wait.
///
/// # Errors
/// When the first of them cannot be read; later ones break the body off.
pub(super) fn body(look: Arc<Look>, start: u64, length: u64) -> io::Result<Body> {
    let first_length = piece(length);
    let first = read(&look, BytesMut::new(), start, first_length)?;
    let (next, left) = (start + first_length as u64, length - first_length as u64);
    if left == 0 {
        let whole = Full::new(first).map_err(|never| match never {});
        return Ok(whole.boxed_unsync());
    }
    let pieces = Pieces {
        look,
        next,
        left,
        ready: Some(first),
        coming: None,
        spares: Vec::with_capacity(SPARES),
    };
    Ok(pieces.boxed_unsync())
}

struct Pieces {
    look: Arc<Look>,
    /// Where the next read begins.
    next: u64,
    /// What is still to be read.
    left: u64,
    ready: Option<Bytes>,
    /// The piece that is being read, and its length.
    coming: Option<(JoinHandle<io::Result<Bytes>>, usize)>,
    spares: Vec<Bytes>,
}

impl Pieces {
    fn read_ahead(&mut self) {
        if self.coming.is_some() || self.left == 0 {
            return;
        }
        let length = piece(self.left);
        let (look, start, buffer) = (Arc::clone(&self.look), self.next, self.buffer());
        let reading = tokio::task::spawn_blocking(move || read(&look, buffer, start, length));
        self.coming = Some((reading, length));
        self.next += length as u64;
        self.left -= length as u64;
    }

    /// A buffer that nobody reads any more, or a new one.
    fn buffer(&mut self) -> BytesMut {
        for at in 0..self.spares.len() {
            let spare = self.spares.swap_remove(at);
            match spare.try_into_mut() {
                Ok(buffer) => return buffer,
                Err(busy) => {
                    self.spares.push(busy);
                    let last = self.spares.len() - 1;
                    self.spares.swap(at, last);
                }
            }
        }
        BytesMut::new()
    }

    fn given(&mut self, bytes: Bytes) -> Frame<Bytes> {
        if self.spares.len() < SPARES {
            self.spares.push(bytes.clone());
        }
        Frame::data(bytes)
    }
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.read_ahead();
        if let Some(ready) = self.ready.take() {
            return Poll::Ready(Some(Ok(self.given(ready))));
        }
        let Some((reading, _)) = &mut self.coming else {
            return Poll::Ready(None);
        };
        let read = match Pin::new(reading).poll(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(read) => read,
        };
        self.coming = None;
        match read.map_err(io::Error::other).flatten() {
            Ok(bytes) => {
                self.read_ahead();
                Poll::Ready(Some(Ok(self.given(bytes))))
            }
            Err(error) => {
                // The length is promised: a body that ends early is seen as broken, a padded one
                // would not be.
                self.left = 0;
                tracing::error!(%error, "an object could not be read to its end");
                Poll::Ready(Some(Err(error.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ready.is_none() && self.coming.is_none() && self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        let ready = self.ready.as_ref().map_or(0, Bytes::len);
        let coming = self.coming.as_ref().map_or(0, |(_, length)| *length);
        SizeHint::with_exact(self.left + (ready + coming) as u64)
    }
}

fn piece(left: u64) -> usize {
    usize::try_from(left).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES))
}

fn read(look: &Look, mut buffer: BytesMut, start: u64, length: usize) -> io::Result<Bytes> {
    buffer.resize(length, 0);
    fill(look, &mut buffer, start)?;
    Ok(buffer.freeze())
}

/// Reads bytes of an object that it has, across the pieces that it is kept in.
///
/// # Errors
/// The disk's.
pub(super) fn fill(look: &Look, mut to: &mut [u8], mut start: u64) -> io::Result<()> {
    while !to.is_empty() {
        let read = look.blob.read_at(to, start)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        start += read as u64;
        to = to.get_mut(read..).unwrap_or_default();
    }
    Ok(())
}
