//! Accepting connections: bounded in number, in the time a head may take, in its size, and in how
//! long a client may not read its answers. What could be cut into requests in two ways is refused
//! here, on the raw bytes. A refusal reaches a client that is still sending. `100 Continue` before a
//! body of no bytes is written here, because hyper writes it only before one that has bytes, and
//! then only when somebody wants them.

mod certificate;
mod framed;
mod framing;
mod impatient;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
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

pub(crate) use certificate::CurrentCertificate;
use framed::Framed;
use impatient::Impatient;

use crate::limits::{
    ACCEPT_PAUSE, CONNECTIONS, CONTROL_CONNECTIONS, HEAD_BYTES, HEAD_TIMEOUT, WRITE_TIMEOUT,
};
use crate::telemetry::{Counters, FaceName, OpenConnection};

/// What answers requests of a listener.
pub(crate) trait Face: Send + Sync + 'static {
    /// Under which its connections are counted.
    const NAME: FaceName;

    /// The answer's body.
    type Body: http_body::Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
        + Send
        + 'static;

    /// Answers one request from an address.
    fn answer(
        &self,
        request: Request<Incoming>,
        from: SocketAddr,
    ) -> impl Future<Output = Response<Self::Body>> + Send;
}

/// Serves a TCP listener, over TLS when there is a configuration for it, until the task is dropped.
pub(crate) async fn tcp<F: Face>(
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    face: Arc<F>,
    counters: Arc<Counters>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let acceptor = tls.map(TlsAcceptor::from);
    // Dropped with this task, and every connection with it: nothing goes on after a stop.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        // A place before the accept: beyond the bound clients wait in the queue of the system, and
        // take no file descriptor.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                counters.not_accepted.one(F::NAME);
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let open = OpenConnection::accepted(&counters, F::NAME);
        let (face, acceptor) = (Arc::clone(&face), acceptor.clone());
        connections.spawn(async move {
            let _place = place;
            // Small answers must not wait for more to come.
            drop(stream.set_nodelay(true));
            match acceptor {
                None => serve(stream, from, face, open).await,
                // The handshake has a head's time: who connects and sends nothing must not keep its
                // place.
                Some(acceptor) => {
                    match tokio::time::timeout(HEAD_TIMEOUT, acceptor.accept(stream)).await {
                        Ok(Ok(stream)) => serve(stream, from, face, open).await,
                        Ok(Err(_)) | Err(_) => open.refuse(),
                    }
                }
            }
        });
    }
}

/// Serves a Unix socket; only peers of the user `uid` are answered.
pub(crate) async fn unix<F: Face>(
    listener: UnixListener,
    uid: u32,
    face: Arc<F>,
    counters: Arc<Counters>,
) {
    let places = Arc::new(Semaphore::new(CONTROL_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                counters.not_accepted.one(F::NAME);
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let open = OpenConnection::accepted(&counters, F::NAME);
        let peer = stream.peer_cred().map(|peer| peer.uid());
        // Checked besides the modes of socket and directory, which somebody may have opened up.
        if !peer.as_ref().is_ok_and(|peer| *peer == uid) {
            tracing::warn!(?peer, "another user knocked at the control socket");
            open.refuse();
            continue;
        }
        let face = Arc::clone(&face);
        connections.spawn(async move {
            let _place = place;
            serve(stream, SocketAddr::from(([127, 0, 0, 1], 0)), face, open).await;
        });
    }
}

async fn serve<F: Face>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    from: SocketAddr,
    face: Arc<F>,
    open: OpenConnection,
) {
    converse(stream, WRITE_TIMEOUT, from, face).await;
    drop(open);
}

async fn converse<F: Face>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    patience: Duration,
    from: SocketAddr,
    face: Arc<F>,
) {
    let stream = Framed::new(stream);
    let owes_body = Arc::clone(&stream.owes_body);
    let stream = Impatient::new(stream, patience);
    let expected = Arc::clone(&stream.expected);
    let service = service_fn(move |request: Request<Incoming>| {
        let (face, owes_body) = (Arc::clone(&face), Arc::clone(&owes_body));
        if expects_nothing(&request) {
            expected.store(true, Ordering::Relaxed);
        }
        async move {
            let mut response = face.answer(request, from).await;
            // Answered before its body was there, so nothing more is read of this connection: the
            // client should hear that before it sends the next request.
            if owes_body.load(Ordering::Relaxed) {
                let close = http::HeaderValue::from_static("close");
                response
                    .headers_mut()
                    .insert(http::header::CONNECTION, close);
            }
            Ok::<_, Infallible>(response)
        }
    });
    // Who sends a head letter by letter would otherwise keep a connection for good.
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES);
    // An error here is the client's connection breaking or a head that hyper refused; it has been
    // answered.
    drop(http.serve_connection(TokioIo::new(stream), service).await);
}

/// Whether a request waits to hear `100 Continue` although it has no byte to send. No server owes
/// it that, AWS's says it, and botocore of mid-2026 otherwise waits 10 s before its next request.
fn expects_nothing<B: http_body::Body>(request: &Request<B>) -> bool {
    let expects =
        |value: &http::HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
    request.version() == http::Version::HTTP_11
        && request.body().is_end_stream()
        && request
            .headers()
            .get(http::header::EXPECT)
            .is_some_and(expects)
}

#[cfg(test)]
mod tests;
