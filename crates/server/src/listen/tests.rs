//! Listeners under clients that expect what nobody owes them, do not read, or connect while the
//! certificate is replaced.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::client::conn::http1 as client;
use rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use rustls::sign::CertifiedKey;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use tokio_rustls::TlsConnector;

use super::*;

const PATIENCE: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(10);

struct Page;

impl Face for Page {
    const NAME: FaceName = FaceName::Issuer;

    type Body = Full<Bytes>;

    async fn answer(&self, _: Request<Incoming>, _: SocketAddr) -> Response<Full<Bytes>> {
        Response::new(Full::new(Bytes::from_static(&[b'x'; 4096])))
    }
}

#[tokio::test]
async fn who_expects_to_go_on_with_nothing_hears_it_between_two_answers() {
    let put = |more: &str| format!("PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n{more}\r\n");
    let expect = put("expect: 100-Continue\r\n");
    for (sentence, requests, expected) in [
        ("one that expects it", expect.clone(), "+."),
        ("one that does not", put(""), "."),
        ("each that does", format!("{}{}", put(""), put("")), ".."),
        ("something else is expected", put("expect: 200-ok\r\n"), "."),
        (
            "HTTP/1.0 knows no such answer",
            expect.replace("/1.1", "/1.0"),
            ".",
        ),
    ] {
        assert_eq!(received(&requests, 64 * 1024).await, expected, "{sentence}");
    }
    // Sent at once and hardly read: whatever is expected, nothing is written into an answer.
    for buffer in [1, 7, 100, 4_000, 64 * 1024] {
        let received = received(&expect.repeat(5), buffer).await;
        assert_eq!(received.replace('+', ""), ".....", "{buffer}: {received}");
    }
}

/// `+` for each 100, `.` for each whole answer.
async fn received(requests: &str, buffer: usize) -> String {
    let (near, far) = tokio::io::duplex(buffer);
    let server = tokio::spawn(converse(
        Impatient::new(near, LONG),
        SocketAddr::from(([127, 0, 0, 1], 0)),
        Arc::new(Page),
    ));
    let (mut reading, mut writing) = tokio::io::split(far);
    let requests = format!("{}\r\nconnection: close\r\n\r\n", requests.trim_end());
    let sender = tokio::spawn(async move { writing.write_all(requests.as_bytes()).await.unwrap() });
    let mut got = Vec::new();
    reading.read_to_end(&mut got).await.unwrap();
    sender.await.unwrap();
    server.await.unwrap();
    let (text, mut received) = (String::from_utf8(got).unwrap(), String::new());
    let mut rest = text.as_str();
    while !rest.is_empty() {
        if let Some(more) = rest.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n") {
            (rest, received) = (more, received + "+");
            continue;
        }
        let (head, body) = rest.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(" 200 OK"), "{head}");
        let (page, more) = body.split_at(4096);
        assert!(page.bytes().all(|byte| byte == b'x'), "{page}");
        (rest, received) = (more, received + ".");
    }
    received
}

#[tokio::test(start_paused = true)]
async fn attack_51_pipelined_requests_that_nobody_reads_end_their_connection() {
    let (near, far) = tokio::io::duplex(1024);
    let (mut unread, mut requests) = tokio::io::split(far);
    let from = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = tokio::spawn(converse(
        Impatient::new(near, PATIENCE),
        from,
        Arc::new(Page),
    ));
    let stranger = tokio::spawn(async move {
        while requests
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .is_ok()
        {}
    });
    timeout(LONG, server).await.unwrap().unwrap();
    timeout(LONG, stranger).await.unwrap().unwrap();
    let mut got = Vec::new();
    unread.read_to_end(&mut got).await.unwrap();
    assert!(
        got.starts_with(b"HTTP/1.1 200"),
        "it was served until it did not read"
    );
}
type Client = client::SendRequest<Empty<Bytes>>;

/// A client on a new connection that believes any certificate, and the one that it was shown.
async fn connect(to: SocketAddr) -> (Client, Vec<u8>) {
    let config = crate::fetch::looking_on().unwrap();
    let stream = tokio::net::TcpStream::connect(to).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    let shown = stream
        .get_ref()
        .1
        .peer_certificates()
        .unwrap()
        .first()
        .unwrap()
        .to_vec();
    let (sender, connection) = client::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    (sender, shown)
}

async fn page(client: &mut Client) -> usize {
    let request = Request::builder()
        .uri("/")
        .header("host", "x")
        .body(Empty::new())
        .unwrap();
    let response = client.send_request(request).await.unwrap();
    assert_eq!(response.status(), 200);
    response
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes()
        .len()
}

fn certificate() -> (CertifiedKey, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (der, key) = (
        made.cert.der().clone(),
        PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()),
    );
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    (
        CertifiedKey::from_der(vec![der.clone()], key.into(), &provider).unwrap(),
        der.to_vec(),
    )
}

#[tokio::test]
async fn a_certificate_is_replaced_while_the_listener_listens() {
    let ((first, first_der), (second, second_der)) = (certificate(), certificate());
    assert_ne!(first_der, second_der);
    let current = CurrentCertificate::new(first);
    let tls = Arc::new(current.server_config().unwrap());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let at = listener.local_addr().unwrap();
    let server = tokio::spawn(tcp(listener, Some(tls), Arc::new(Page), Arc::default()));
    let (mut open, shown) = connect(at).await;
    assert_eq!((page(&mut open).await, shown), (4096, first_der.clone()));
    current.replace(second);
    let (mut next, shown) = connect(at).await;
    assert_eq!(
        (page(&mut next).await, shown),
        (4096, second_der),
        "the next handshake shows the new one"
    );
    assert_eq!(page(&mut open).await, 4096, "an open connection goes on");
    server.abort();
}
