//! One GET of one document: the name is resolved once, every address is judged, and the connection
//! goes to the judged address itself, so that no second answer of the name's owner counts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, HOST, HeaderMap,
    USER_AGENT,
};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use token::Location;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::address::Reach;
use super::error::FetchError;
use super::tls;
use crate::limits::{
    ADDRESSES, CONNECT_TIMEOUT, DOCUMENT_BYTES, DOCUMENT_HEAD_BYTES, DOCUMENT_HEADERS,
};

/// A document as it came.
pub(super) struct Document {
    pub(super) body: Bytes,
    /// `max-age` of its Cache-Control.
    pub(super) max_age: Option<Duration>,
    /// Whether it came from the public internet, and so may not lead into a private network.
    pub(super) from_public: bool,
}

/// Gets a document. Redirects are not followed, compressed answers are not read.
///
/// What it is, its reader finds out: object stores serve key sets under any content type.
pub(super) async fn document(
    at: &Location,
    reach: Reach,
    tls: &Arc<ClientConfig>,
) -> Result<Document, FetchError> {
    let stream = connect(at, reach, Arc::clone(tls)).await?;
    // Of an address that cannot be told, the narrower is believed.
    let from_public = !stream
        .get_ref()
        .0
        .peer_addr()
        .is_ok_and(|peer| Reach::Public.permits(peer.ip()).is_err());
    let mut builder = http1::Builder::new();
    builder
        .max_buf_size(DOCUMENT_HEAD_BYTES)
        .max_headers(DOCUMENT_HEADERS);
    let failed = |error: hyper::Error| FetchError::Unreachable(error.to_string());
    let (mut sender, connection) = builder
        .handshake(TokioIo::new(stream))
        .await
        .map_err(failed)?;
    // Dropped with this function: no connection outlives its fetch.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let request = Request::builder()
        .method(Method::GET)
        .uri(at.target())
        .header(HOST, at.authority())
        .header(ACCEPT, "application/json")
        // Compressed, some kilobytes can unpack to gigabytes.
        .header(ACCEPT_ENCODING, "identity")
        .header(USER_AGENT, concat!("podpass/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| FetchError::Unreachable(error.to_string()))?;
    let (head, body) = sender
        .send_request(request)
        .await
        .map_err(failed)?
        .into_parts();
    // A redirect would lead to a host whose address nobody judged.
    if head.status != StatusCode::OK {
        return Err(FetchError::Status(head.status.as_u16()));
    }
    if head
        .headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(FetchError::Encoded);
    }
    let body = Limited::new(body, DOCUMENT_BYTES)
        .collect()
        .await
        .map_err(|error| {
            if error.is::<LengthLimitError>() {
                FetchError::TooLarge
            } else {
                FetchError::Unreachable(error.to_string())
            }
        })?;
    Ok(Document {
        body: body.to_bytes(),
        max_age: max_age(&head.headers),
        from_public,
    })
}

/// The last certificate of the chain that a server shows.
pub(super) async fn top_certificate(
    at: &Location,
    reach: Reach,
) -> Result<CertificateDer<'static>, FetchError> {
    let config = tls::looking_on().map_err(|error| FetchError::Unreachable(error.to_string()))?;
    let stream = connect(at, reach, Arc::new(config)).await?;
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let top = chain.last().cloned().map(CertificateDer::into_owned);
    top.ok_or_else(|| FetchError::Unreachable("the server shows no certificate".to_owned()))
}

async fn connect(
    at: &Location,
    reach: Reach,
    tls: Arc<ClientConfig>,
) -> Result<TlsStream<TcpStream>, FetchError> {
    let stream = dial(&judged(at, reach).await?).await?;
    // Small requests must not wait for more to come.
    drop(stream.set_nodelay(true));
    let name = ServerName::try_from(at.host().to_owned());
    let name = name
        .map_err(|_| FetchError::Address(format!("`{}` is not the name of a server", at.host())))?;
    TlsConnector::from(tls)
        .connect(name, stream)
        .await
        .map_err(|error| {
            let tls = error
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<rustls::Error>());
            match tls {
                Some(rustls::Error::InvalidCertificate(because)) => {
                    // It may repeat names that the server made up.
                    let (host, because) = (at.host(), because.to_string());
                    FetchError::Certificate(format!(
                        "the certificate of `{host}` is not trusted: {}",
                        wire::visible(&because, 300)
                    ))
                }
                _ => FetchError::Unreachable(error.to_string()),
            }
        })
}

/// All addresses of a host, none of them out of reach: a name with a public and a private address
/// is a trap.
async fn judged(at: &Location, reach: Reach) -> Result<Vec<SocketAddr>, FetchError> {
    let found = tokio::net::lookup_host((at.host(), at.port())).await;
    let addresses: Vec<SocketAddr> = found
        .map_err(|error| FetchError::Unreachable(error.to_string()))?
        // A zone may name any number. Only judged addresses are dialled, so more than these never
        // matter.
        .take(32)
        .collect();
    for address in &addresses {
        reach.permits(address.ip()).map_err(|what| {
            FetchError::Address(format!(
                "`{}` resolves to {}, {what}, from which no keys are fetched",
                at.host(),
                address.ip()
            ))
        })?;
    }
    Ok(addresses)
}

async fn dial(addresses: &[SocketAddr]) -> Result<TcpStream, FetchError> {
    let mut last = "the name has no address".to_owned();
    for address in addresses.iter().take(ADDRESSES) {
        match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = format!("{address}: {error}"),
            Err(_) => last = format!("{address}: no answer within a second"),
        }
    }
    Err(FetchError::Unreachable(last))
}

/// RFC 9111 section 5.2.2.1; anything that is no number of seconds says nothing. `no-store` and
/// `no-cache` are zero.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let texts = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut found = None;
    for directive in texts.flat_map(|text| text.split(',')) {
        let directive = directive.trim().to_ascii_lowercase();
        let seconds = match directive.split_once('=') {
            Some(("max-age", seconds)) => seconds.trim_matches('"').parse().ok(),
            None if directive == "no-store" || directive == "no-cache" => Some(0),
            _ => None,
        };
        // The shortest that is given.
        if let Some(seconds) = seconds {
            found = Some(found.map_or(seconds, |known: u64| known.min(seconds)));
        }
    }
    found.map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_age_of_a_document_is_what_the_server_says() {
        for (text, expected) in [
            ("public, max-age=3600", Some(3600)),
            ("Max-Age=60, max-age=30", Some(30)),
            ("no-store", Some(0)),
            ("max-age=600, no-cache", Some(0)),
            ("max-age=ten", None),
            ("max-age=-1", None),
            ("s-maxage=10", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static(text))]);
            assert_eq!(
                max_age(&headers),
                expected.map(Duration::from_secs),
                "{text}"
            );
        }
    }
}
