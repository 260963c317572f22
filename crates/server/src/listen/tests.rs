//! Listeners under clients that expect what nobody owes them, do not read, or connect while the
//! certificate is replaced.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::client::conn::http1 as client;
use rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use tokio_rustls::TlsConnector;

use super::*;
use crate::limits::{LINGER_BYTES, LINGER_TIMEOUT};

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
    let from = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = tokio::spawn(converse(near, LONG, from, Arc::new(Page)));
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
    let server = tokio::spawn(converse(near, PATIENCE, from, Arc::new(Page)));
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

/// Refuses `/no` unread, and counts the bytes of everything else.
struct Uploads;

impl Face for Uploads {
    const NAME: FaceName = FaceName::Api;

    type Body = Full<Bytes>;

    async fn answer(&self, request: Request<Incoming>, _: SocketAddr) -> Response<Full<Bytes>> {
        let (status, text) = if request.uri().path() == "/no" {
            (403, "no".to_owned())
        } else {
            match request.into_body().collect().await {
                Ok(body) => (200, body.to_bytes().len().to_string()),
                Err(_) => (400, "broken".to_owned()),
            }
        };
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
        response
    }
}

/// What a client reads that sends these bytes and then no more.
async fn answered(bytes: &[u8]) -> String {
    let (near, mut far) = tokio::io::duplex(256 * 1024);
    let from = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = tokio::spawn(converse(near, LONG, from, Arc::new(Uploads)));
    far.write_all(bytes).await.unwrap();
    let mut got = Vec::new();
    // Until nothing more comes, on a clock that runs on by itself.
    while let Ok(Ok(1..)) = timeout(LONG / 2, far.read_buf(&mut got)).await {}
    server.abort();
    String::from_utf8(got).unwrap()
}

#[tokio::test(start_paused = true)]
async fn attack_43_chunks_are_read_strictly_and_a_second_length_is_none() {
    let put = "PUT /k HTTP/1.1\r\nhost: x\r\n";
    let inner = "GET /k HTTP/1.1\r\nhost: x\r\n\r\n";
    let chunked = "transfer-encoding: chunked\r\n";
    for (sentence, request, statuses) in [
        (
            "chunks",
            format!("{put}{chunked}\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"),
            vec!["200"],
        ),
        (
            "chunks and another request",
            format!("{put}{chunked}\r\n1\r\na\r\n0\r\n\r\n{inner}"),
            vec!["200", "200"],
        ),
        (
            "a length behind the encoding",
            format!("{put}{chunked}content-length: 5\r\n\r\n0\r\n\r\n{inner}"),
            vec!["400"],
        ),
        (
            "a length before the encoding",
            format!("{put}content-length: 5\r\n{chunked}\r\n0\r\n\r\n{inner}"),
            vec!["400"],
        ),
        (
            "two encodings",
            format!("{put}{chunked}{chunked}\r\n0\r\n\r\n{inner}"),
            vec!["400"],
        ),
        (
            "another encoding",
            format!("{put}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n{inner}"),
            vec!["400"],
        ),
        (
            "HTTP/1.0",
            format!("PUT /k HTTP/1.0\r\nhost: x\r\n{chunked}\r\n0\r\n\r\n{inner}"),
            vec!["400"],
        ),
        (
            "a bare line feed",
            format!("{put}x-a: 1\ncontent-length: 0\r\n\r\n{inner}"),
            vec!["400"],
        ),
        (
            "a chunk extension",
            format!("{put}{chunked}\r\n1;a=b\r\na\r\n0\r\n\r\n{inner}"),
            vec!["400"],
        ),
        (
            "a trailer",
            format!("{put}{chunked}\r\n1\r\na\r\n0\r\nx-a: 1\r\n\r\n{inner}"),
            vec!["400"],
        ),
        (
            "the second of two",
            format!("{inner}{put}content-length: 0\r\ncontent-length: 0\r\n\r\n"),
            vec!["200", "400"],
        ),
    ] {
        let got = answered(request.as_bytes()).await;
        let heads = got.split("HTTP/1.1 ").skip(1);
        let found: Vec<&str> = heads.map(|head| head.split(' ').next().unwrap()).collect();
        assert_eq!(found, statuses, "{sentence}: {got}");
    }
}

#[tokio::test]
async fn who_waits_to_go_on_hears_so_only_when_the_body_is_wanted() {
    for (sentence, path, body, chunks, expected) in [
        (
            "wanted",
            "/k",
            "content-length: 2\r\n",
            "ab",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK",
        ),
        (
            "wanted in chunks",
            "/k",
            "transfer-encoding: chunked\r\n",
            "2\r\nab\r\n0\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK",
        ),
        (
            "refused",
            "/no",
            "content-length: 2\r\n",
            "",
            "HTTP/1.1 403 Forbidden",
        ),
        (
            "refused in chunks",
            "/no",
            "transfer-encoding: chunked\r\n",
            "",
            "HTTP/1.1 403 Forbidden",
        ),
    ] {
        let (near, far) = tokio::io::duplex(64 * 1024);
        let from = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = tokio::spawn(converse(near, LONG, from, Arc::new(Uploads)));
        let (mut reading, mut writing) = tokio::io::split(far);
        let head = format!("PUT {path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n{body}\r\n");
        writing.write_all(head.as_bytes()).await.unwrap();
        let mut got = vec![0; expected.len()];
        if !chunks.is_empty() {
            // Nothing of the body is sent before the word to go on is there.
            got = vec![0; 25];
            reading.read_exact(&mut got).await.unwrap();
            writing.write_all(chunks.as_bytes()).await.unwrap();
            let mut more = vec![0; expected.len() - 25];
            reading.read_exact(&mut more).await.unwrap();
            got.extend(more);
        } else {
            reading.read_exact(&mut got).await.unwrap();
            let mut rest = String::new();
            writing.shutdown().await.unwrap();
            reading.read_to_string(&mut rest).await.unwrap();
            assert!(rest.contains("connection: close\r\n"), "{sentence}: {rest}");
        }
        assert_eq!(String::from_utf8(got).unwrap(), expected, "{sentence}");
        drop((reading, writing));
        server.await.unwrap();
    }
}

/// Clients of Go saw a broken pipe in 15 of 40 tries.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_reaches_a_client_that_is_still_sending() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let at = listener.local_addr().unwrap();
    let server = tokio::spawn(tcp(listener, None, Arc::new(Uploads), Arc::default()));
    for size in [100, 70_000, 300_000, 1_000_000, 20_000_000].repeat(20) {
        let answer = tokio::task::spawn_blocking(move || {
            use std::io::{Read as _, Write as _};
            let mut stream = std::net::TcpStream::connect(at).unwrap();
            let head = format!(
                "PUT /no HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {size}\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            // As Go's client: what is written and what is read are two things.
            let mut sending = stream.try_clone().unwrap();
            let sender = std::thread::spawn(move || {
                for piece in vec![b'x'; size].chunks(10_000) {
                    if sending.write_all(piece).is_err() {
                        return;
                    }
                }
            });
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            stream.shutdown(std::net::Shutdown::Both).unwrap();
            sender.join().unwrap();
            answer
        });
        let answer = answer.await.unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 403 ") && answer.ends_with("\r\n\r\nno"),
            "{size}: {answer}"
        );
    }
    server.abort();
}

#[tokio::test(start_paused = true)]
async fn nobody_is_lingered_for_beyond_two_seconds_or_a_megabyte() {
    let head = b"PUT /no HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\n";
    for sends in [false, true] {
        let (near, mut far) = tokio::io::duplex(64 * 1024);
        let from = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = tokio::spawn(converse(near, LONG, from, Arc::new(Uploads)));
        far.write_all(head).await.unwrap();
        let mut sent = 0;
        let soon = timeout(LINGER_TIMEOUT - PATIENCE, async {
            while sends && far.write_all(&[0; 10_000]).await.is_ok() {
                sent += 10_000;
            }
            (&mut server).await
        });
        assert!(soon.await.is_err(), "the answer can be read meanwhile");
        timeout(2 * PATIENCE, server).await.unwrap().unwrap();
        assert!(sent < LINGER_BYTES + 300_000, "{sent}");
    }
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
