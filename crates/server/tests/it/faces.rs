//! A process runs the faces that its settings name, and binds no other's port.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use authority::Regions;
use authority::incoming::Hosts;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use policy::AccountId;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use server::{Cluster, Faces, IssuerAccess, Server, Settings, StartError};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A port that the test itself has: who binds it all the same fails.
fn taken() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(ANY).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn settings(folder: &tempfile::TempDir, faces: Faces) -> Settings {
    Settings {
        data_dir: folder.path().join("state"),
        api: ANY,
        issuer: ANY,
        faces,
        cluster: Cluster::default(),
        account: AccountId::parse("000000000000").unwrap(),
        regions: Regions::Any,
        issuers: IssuerAccess::default(),
        hosts: Hosts::default(),
        anonymous: false,
    }
}

/// Status and body of a GET.
async fn get<S>(stream: S, host: &str, path: &str) -> (u16, String)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    let driver = tokio::spawn(connection);
    let request = http::Request::builder()
        .uri(path)
        .header("host", host)
        .body(Empty::<Bytes>::new())
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    driver.abort();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// A GET of the issuer's, whose certificate must be the local authority's.
async fn get_over_tls(server: &Server, at: SocketAddr, path: &str) -> (u16, String) {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(server.data_dir().join("ca.pem")).unwrap())
        .unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let tls = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(at).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(std::sync::Arc::new(tls))
        .connect(name, stream)
        .await
        .unwrap();
    get(stream, "localhost", path).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_be_the_issuer_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (_held, api) = taken();
    let settings = Settings {
        api,
        ..settings(
            &folder,
            Faces {
                issuer: true,
                ..Faces::NONE
            },
        )
    };
    let server = Server::start(settings).await.unwrap();
    let port = server
        .environment
        .issuer
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let issuer = SocketAddr::new(ANY.ip(), port);
    let (status, discovery) =
        get_over_tls(&server, issuer, "/.well-known/openid-configuration").await;
    let discovery: serde_json::Value = serde_json::from_str(&discovery).unwrap();
    assert_eq!(
        (status, &discovery["issuer"]),
        (200, &server.environment.issuer.as_str().into())
    );
    let (status, keys) = get_over_tls(&server, issuer, "/openid/v1/jwks").await;
    assert!(status == 200 && keys.contains("\"kid\""), "{keys}");
    assert!(!server.data_dir().join("control.sock").exists() && server.metrics.is_none());
    // Where the API is, is told all the same.
    assert_eq!(server.environment.api, format!("http://{api}"));
    server.stop().await;
    assert!(TcpStream::connect(issuer).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_be_the_api_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (_held, issuer) = taken();
    let settings = Settings {
        issuer,
        ..settings(
            &folder,
            Faces {
                api: true,
                ..Faces::NONE
            },
        )
    };
    let server = Server::start(settings).await.unwrap();
    let api: SocketAddr = server
        .environment
        .api
        .trim_start_matches("http://")
        .parse()
        .unwrap();
    let (status, body) = get(TcpStream::connect(api).await.unwrap(), "localhost", "/").await;
    assert!(
        status == 403 && body.contains("<Code>AccessDenied</Code>"),
        "{status} {body}"
    );
    assert!(!server.data_dir().join("control.sock").exists() && server.metrics.is_none());
    assert_eq!(
        server.environment.issuer,
        format!("https://localhost:{}", issuer.port())
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_refused_before_a_port_is_bound() {
    let folder = tempfile::tempdir().unwrap();
    // A bound port would be told instead.
    let ((_held, one), (_other, two)) = (taken(), taken());
    let open = SocketAddr::from(([0, 0, 0, 0], 9464));
    let alone = |faces| Settings {
        api: one,
        issuer: two,
        ..settings(&folder, faces)
    };
    let (api, issuer) = (
        Faces {
            api: true,
            ..Faces::NONE
        },
        Faces {
            issuer: true,
            ..Faces::NONE
        },
    );
    for (sentence, settings, expected) in [
        (
            "no face",
            alone(Faces::NONE),
            "no face of the server is to be run",
        ),
        (
            "metrics for everybody",
            alone(Faces {
                metrics: Some(open),
                ..Faces::default()
            }),
            "is not a loopback address",
        ),
        (
            "an API nobody knows where",
            Settings {
                api: ANY,
                ..alone(issuer)
            },
            "another process runs the API",
        ),
        (
            "an issuer nobody knows where",
            Settings {
                issuer: ANY,
                ..alone(api)
            },
            "another process runs the issuer",
        ),
    ] {
        let refused: StartError = Server::start(settings).await.unwrap_err();
        assert!(
            refused.to_string().contains(expected),
            "{sentence}: {refused}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_issuer_that_a_data_directory_has_needs_no_port() {
    let folder = tempfile::tempdir().unwrap();
    let (_held, port) = taken();
    let issuer = Settings {
        api: port,
        ..settings(
            &folder,
            Faces {
                issuer: true,
                ..Faces::NONE
            },
        )
    };
    let first = Server::start(issuer).await.unwrap();
    let issuer = first.environment.issuer.clone();
    first.stop().await;
    let api = Faces {
        api: true,
        ..Faces::NONE
    };
    let mut next = Server::start(settings(&folder, api)).await;
    // The connections of the first one let go of the store shortly after the stop.
    for _ in 0..1_500 {
        if next.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        next = Server::start(settings(&folder, api)).await;
    }
    assert_eq!(next.unwrap().environment.issuer, issuer);
}
