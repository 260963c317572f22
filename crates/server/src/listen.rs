//! Accepting connections: bounded in number, in the time a head may take, in its size, and in how long a client may not
//! read its answers.

use std::convert::Infallible;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;

/// Connections at once on one listener.
const MOST_CONNECTIONS: usize = 1_024;
/// How long a client may take for TLS and for a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take nothing of what is sent to it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Buffer for a head: the longest target and all headers.
const HEAD_BYTES: usize = 64 * 1024;
/// After a failed accept: out of files, most likely.
const PAUSE: Duration = Duration::from_millis(50);

/// What answers requests of a listener.
pub(crate) trait Face: Send + Sync + 'static {
    /// The answer's body.
    type Body: http_body::Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static;

    /// Answers one request from an address.
    fn answer(&self, request: Request<Incoming>, from: SocketAddr) -> impl Future<Output = Response<Self::Body>> + Send;
}

/// Serves a TCP listener, over TLS when there is a configuration for it, until the task is dropped.
pub(crate) async fn tcp<F: Face>(listener: TcpListener, tls: Option<Arc<rustls::ServerConfig>>, face: Arc<F>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let acceptor = tls.map(TlsAcceptor::from);
    // Dropped with this task, and every connection with it: nothing goes on after a stop.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let (face, acceptor) = (Arc::clone(&face), acceptor.clone());
        connections.spawn(async move {
            let _place = place;
            // Small answers must not wait for more to come.
            drop(stream.set_nodelay(true));
            match acceptor {
                None => serve(stream, from, face).await,
                Some(acceptor) => {
                    if let Ok(Ok(stream)) = tokio::time::timeout(HEAD_TIMEOUT, acceptor.accept(stream)).await {
                        serve(stream, from, face).await;
                    }
                }
            }
        });
    }
}

/// Serves a Unix socket; only peers of the user `uid` are answered.
pub(crate) async fn unix<F: Face>(listener: UnixListener, uid: u32, face: Arc<F>) {
    let places = Arc::new(Semaphore::new(64));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let peer = stream.peer_cred().map(|peer| peer.uid());
        if !peer.as_ref().is_ok_and(|peer| *peer == uid) {
            tracing::warn!(?peer, "another user knocked at the control socket");
            continue;
        }
        let face = Arc::clone(&face);
        connections.spawn(async move {
            let _place = place;
            serve(stream, SocketAddr::from(([127, 0, 0, 1], 0)), face).await;
        });
    }
}

async fn serve<F: Face>(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, from: SocketAddr, face: Arc<F>) {
    converse(Impatient::new(stream, WRITE_TIMEOUT), from, face).await;
}

async fn converse<F: Face>(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, from: SocketAddr, face: Arc<F>) {
    let service = service_fn(move |request| {
        let face = Arc::clone(&face);
        async move { Ok::<_, Infallible>(face.answer(request, from).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_BYTES);
    // An error here is the client's connection breaking or a head that hyper refused; it has been answered.
    drop(http.serve_connection(TokioIo::new(stream), service).await);
}

/// A stream whose writes fail once nothing was taken for so long: who never reads would hold its connection for good.
struct Impatient<S> {
    stream: S,
    patience: Duration,
    /// Runs while a write waits, and only then.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S: Unpin> Impatient<S> {
    fn new(stream: S, patience: Duration) -> Self {
        Self { stream, patience, stalled: None }
    }

    fn write<T>(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let written = write(Pin::new(&mut self.stream), context);
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        stalled.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.write(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.write(context, |stream, context| stream.poll_write_vectored(context, pieces))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write(context, AsyncWrite::poll_flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.write(context, AsyncWrite::poll_shutdown)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::Full;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::{sleep, timeout};

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(200);
    const LONG: Duration = Duration::from_secs(10);

    struct Page;

    impl Face for Page {
        type Body = Full<Bytes>;

        async fn answer(&self, _: Request<Incoming>, _: SocketAddr) -> Response<Full<Bytes>> {
            Response::new(Full::new(Bytes::from_static(&[b'x'; 4096])))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_nobody_reads_fails() {
        let (near, mut far) = tokio::io::duplex(4);
        let mut near = Impatient::new(near, PATIENCE);
        let error = timeout(LONG, near.write_all(b"12345678")).await.unwrap().unwrap_err();
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
        timeout(LONG, near.write_all(b"12345678")).await.unwrap().unwrap();
        reader.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn attack_51_pipelined_requests_that_nobody_reads_end_their_connection() {
        let (near, far) = tokio::io::duplex(1024);
        let (mut unread, mut requests) = tokio::io::split(far);
        let from = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = tokio::spawn(converse(Impatient::new(near, PATIENCE), from, Arc::new(Page)));
        let stranger = tokio::spawn(async move { while requests.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.is_ok() {} });
        timeout(LONG, server).await.unwrap().unwrap();
        timeout(LONG, stranger).await.unwrap().unwrap();
        let mut got = Vec::new();
        unread.read_to_end(&mut got).await.unwrap();
        assert!(got.starts_with(b"HTTP/1.1 200"), "it was served until it did not read");
    }
}
