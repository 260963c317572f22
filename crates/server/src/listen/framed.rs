//! A stream of which hyper reads only what can be cut into requests in one way, and that stays open
//! for a while when a client is still sending what nobody reads.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::framing::Framing;
use crate::limits::{LINGER_BYTES, LINGER_TIMEOUT};

/// What hyper reads in the place of what nobody may read: an error in every part of a head and of a
/// chunk's frame, behind the first byte. It ends as a head does, or hyper would wait for that before
/// it looks.
const NEVER: &[u8] = b"\r\0\r\n\r\n";

/// A stream with its framing.
pub(super) struct Framed<S> {
    stream: S,
    framing: Framing,
    /// Whether the body of a request has begun that did not end yet.
    pub(super) owes_body: Arc<AtomicBool>,
    lingering: Option<Lingering>,
    /// How much of [`NEVER`] was read.
    spoilt: usize,
}

/// A close that waits for the client.
struct Lingering {
    until: Pin<Box<Sleep>>,
    left: usize,
}

impl<S> Framed<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            framing: Framing::default(),
            owes_body: Arc::default(),
            lingering: None,
            spoilt: 0,
        }
    }
}

impl<S> Framed<S> {
    /// Lets an error be read.
    fn spoil(&mut self, buffer: &mut ReadBuf<'_>) {
        while buffer.remaining() > 0
            && let Some(byte) = NEVER.get(self.spoilt)
        {
            buffer.put_slice(&[*byte]);
            self.spoilt += 1;
        }
    }
}

impl<S: AsyncRead + Unpin> Framed<S> {
    /// Reads on and throws away. A connection that is closed over unread bytes is reset, and a
    /// reset takes the answer away from a client that did not read it yet (RFC 9112, section 9.6).
    ///
    /// Who sends more than is read gets stuck, looks, and finds the answer: the connection stays
    /// open for that until the time is over.
    fn linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let lingering = self.lingering.get_or_insert_with(|| Lingering {
            until: Box::pin(tokio::time::sleep(LINGER_TIMEOUT)),
            left: LINGER_BYTES,
        });
        let mut piece = [0; 16 * 1024];
        while lingering.left > 0 {
            let mut buffer = ReadBuf::new(&mut piece);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    lingering.left = lingering.left.saturating_sub(buffer.filled().len());
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        lingering.until.as_mut().poll(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Framed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.framing.is_refused() {
            self.spoil(buffer);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let read = buffer.filled().get(before..).unwrap_or_default();
        if let Some(at) = self.framing.follow(read) {
            buffer.set_filled(before + at);
            self.spoil(buffer);
        }
        self.owes_body
            .store(self.framing.owes_body(), Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Framed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        }
        // Who owes nothing is not waited for.
        if !self.framing.is_between() {
            ready!(self.linger(context));
        }
        Poll::Ready(Ok(()))
    }
}
