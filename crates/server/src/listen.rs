//! Accepting connections: bounded in number, in the time a head may take, and in its size.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// Connections at once on one listener.
const MOST_CONNECTIONS: usize = 1_024;
/// How long a client may take for TLS and for a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
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
    let service = service_fn(move |request| {
        let face = Arc::clone(&face);
        async move { Ok::<_, Infallible>(face.answer(request, from).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_BYTES);
    // An error here is the client's connection breaking or a head that hyper refused; it has been answered.
    drop(http.serve_connection(TokioIo::new(stream), service).await);
}
