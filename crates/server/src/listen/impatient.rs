//! A stream that gives up on a client that takes nothing, and that can say `100 Continue` between
//! two answers.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// What whoever expects it waits for (RFC 9110, section 10.1.1).
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A stream whose writes fail once nothing was taken for so long: who never reads would hold its
/// connection for good.
///
/// It also says `100 Continue` between two answers.
pub(super) struct Impatient<S> {
    stream: S,
    patience: Duration,
    /// Runs while a write waits, and only then.
    stalled: Option<Pin<Box<Sleep>>>,
    /// The request that is being answered expects `100 Continue`.
    pub(super) expected: Arc<AtomicBool>,
    /// What of it is still to be written.
    unsaid: &'static [u8],
    /// Something was written since all that there was had gone: the answer before may not be
    /// complete.
    within_an_answer: bool,
}

impl<S: Unpin> Impatient<S> {
    pub(super) fn new(stream: S, patience: Duration) -> Self {
        Self {
            stream,
            patience,
            stalled: None,
            expected: Arc::default(),
            unsaid: &[],
            within_an_answer: false,
        }
    }

    /// Writes what is expected before anything else, but never into an answer: who did not read
    /// that waits for nothing yet.
    fn go_on(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>
    where
        S: AsyncWrite,
    {
        if self.expected.swap(false, Ordering::Relaxed) && !self.within_an_answer {
            self.unsaid = CONTINUE;
        }
        while !self.unsaid.is_empty() {
            let unsaid = self.unsaid;
            let taken = ready!(self.write(context, |stream, context| {
                stream.poll_write(context, unsaid)
            }))?;
            if taken == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unsaid = unsaid.get(taken..).unwrap_or_default();
        }
        Poll::Ready(Ok(()))
    }

    fn write<T>(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let written = write(Pin::new(&mut self.stream), context);
        // Time runs only while nothing at all is taken: who reads slowly is served to the end.
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        stalled
            .as_mut()
            .poll(context)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.go_on(context))?;
        self.within_an_answer = true;
        self.write(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.go_on(context))?;
        self.within_an_answer = true;
        self.write(context, |stream, context| {
            stream.poll_write_vectored(context, pieces)
        })
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Hyper flushes only when it holds nothing more: here one answer is out, and the next has
        // not begun.
        self.within_an_answer = false;
        ready!(self.go_on(context))?;
        self.write(context, AsyncWrite::poll_flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write(context, AsyncWrite::poll_shutdown)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::{sleep, timeout};

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(200);
    const LONG: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_write_that_nobody_reads_fails() {
        let (near, mut far) = tokio::io::duplex(4);
        let mut near = Impatient::new(near, PATIENCE);
        let error = timeout(LONG, near.write_all(b"12345678"))
            .await
            .unwrap()
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        // Reading late is progress: the next write has its whole time again.
        let mut taken = [0; 4];
        far.read_exact(&mut taken).await.unwrap();
        near.write_all(b"5678").await.unwrap();
        assert!(near.stalled.is_none(), "nothing waits, nothing runs");
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_slowly_is_served() {
        let (near, mut far) = tokio::io::duplex(1);
        let mut near = Impatient::new(near, PATIENCE);
        let reader = tokio::spawn(async move {
            for _ in 0..8 {
                sleep(PATIENCE / 4).await;
                far.read_u8().await.unwrap();
            }
        });
        // Longer than the patience as a whole, never for one byte.
        timeout(LONG, near.write_all(b"12345678"))
            .await
            .unwrap()
            .unwrap();
        reader.await.unwrap();
    }

    #[tokio::test]
    async fn nothing_is_said_within_an_answer() {
        let (near, mut far) = tokio::io::duplex(1_024);
        let mut near = Impatient::new(near, LONG);
        let expect = |near: &Impatient<_>| near.expected.store(true, Ordering::Relaxed);
        near.write_all(b"half an ").await.unwrap();
        // The next request is read before the answer to the one before is out.
        expect(&near);
        near.write_all(b"answer, ").await.unwrap();
        near.flush().await.unwrap();
        expect(&near);
        near.flush().await.unwrap();
        near.flush().await.unwrap();
        expect(&near);
        near.write_all(b"the next").await.unwrap();
        drop(near);
        let mut got = String::new();
        far.read_to_string(&mut got).await.unwrap();
        let text = std::str::from_utf8(CONTINUE).unwrap();
        assert_eq!(got, format!("half an answer, {text}{text}the next"));
    }
}
