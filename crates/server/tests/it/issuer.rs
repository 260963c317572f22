//! An issuer on loopback over https that can be told to misbehave, and that counts who comes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::digest;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use time::OffsetDateTime;
use token::{Algorithm, SigningKey, public_jwks, sign_claims};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What it does when it is asked.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    Good,
    /// A byte now and then, never done.
    Drips,
    /// Ten megabytes of key set.
    Huge,
    /// A redirect to where it came from.
    Redirects(String),
    Html,
    /// A hundred thousand keys, small enough each.
    ManyKeys,
    /// A hundred and one.
    TooManyKeys,
    /// Says that the document is compressed.
    Gzip,
    /// Names this issuer.
    Names(String),
    /// Names this place of its keys.
    KeysAt(String),
    Status(u16),
    /// Hangs up.
    Breaks,
    /// The same key id twice.
    SameKid,
}

/// How its certificate is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    Good,
    Expired,
    OtherName,
}

pub(crate) struct TestIssuer {
    pub(crate) url: String,
    /// Of the authority at the top of its chain, and of its own certificate.
    pub(crate) top: String,
    pub(crate) leaf: String,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

struct State {
    manner: Mutex<Manner>,
    keys: Mutex<Vec<Arc<SigningKey>>>,
    connections: AtomicUsize,
    key_sets: AtomicUsize,
}

impl Drop for TestIssuer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl TestIssuer {
    pub(crate) async fn new(manner: Manner) -> Self {
        Self::with(manner, Certificate::Good).await
    }

    pub(crate) async fn with(manner: Manner, certificate: Certificate) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        let (chain, key) = chain(certificate);
        let (leaf, top) = (thumbprint(&chain[0]), thumbprint(&chain[1]));
        let mut tls = rustls::ServerConfig::builder_with_provider(
            rustls::crypto::aws_lc_rs::default_provider().into(),
        )
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let keys = Mutex::new(vec![Arc::new(
            SigningKey::generate(Algorithm::Es256).unwrap(),
        )]);
        let state = State {
            manner: Mutex::new(manner),
            keys,
            connections: AtomicUsize::new(0),
            key_sets: AtomicUsize::new(0),
        };
        let state = Arc::new(state);
        let task = tokio::spawn(serve(
            listener,
            TlsAcceptor::from(Arc::new(tls)),
            Arc::clone(&state),
            url.clone(),
        ));
        Self {
            url,
            top,
            leaf,
            state,
            task,
        }
    }

    /// Stops listening, and is sure of it.
    pub(crate) async fn stop(&mut self) {
        self.task.abort();
        drop((&mut self.task).await);
    }

    pub(crate) fn host(&self) -> &str {
        self.url.trim_start_matches("https://")
    }

    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:iam::000000000000:oidc-provider/{}", self.host())
    }

    pub(crate) fn becomes(&self, manner: Manner) {
        *self.state.manner.lock().unwrap() = manner;
    }

    /// A new key; the old ones stay until they are dropped.
    pub(crate) fn rotate(&self) -> Arc<SigningKey> {
        let key = Arc::new(SigningKey::generate(Algorithm::Es256).unwrap());
        self.state.keys.lock().unwrap().push(Arc::clone(&key));
        key
    }

    pub(crate) fn drop_oldest_key(&self) {
        self.state.keys.lock().unwrap().remove(0);
    }

    pub(crate) fn key(&self) -> Arc<SigningKey> {
        Arc::clone(self.state.keys.lock().unwrap().first().unwrap())
    }

    pub(crate) fn jwks(&self) -> String {
        jwks(&self.state.keys.lock().unwrap())
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// How often its key set was asked for.
    pub(crate) fn key_sets(&self) -> usize {
        self.state.key_sets.load(Ordering::SeqCst)
    }

    /// A token of its first key.
    pub(crate) fn token(&self) -> String {
        self.token_by(&self.key(), json!({}))
    }

    pub(crate) fn token_by(&self, key: &SigningKey, more: Value) -> String {
        let now = server::clock::now();
        let mut claims = json!({ "iss": self.url, "sub": "build", "aud": ["sts.amazonaws.com"], "iat": now, "exp": now + 600,
            "jti": server::clock::request_id().to_string() });
        claims
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        sign_claims(key, claims.as_object().unwrap()).unwrap()
    }
}

fn jwks(keys: &[Arc<SigningKey>]) -> String {
    public_jwks(&keys.iter().map(Arc::as_ref).collect::<Vec<_>>())
}

fn thumbprint(certificate: &CertificateDer<'_>) -> String {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn chain(certificate: Certificate) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let now = OffsetDateTime::from_unix_timestamp(server::clock::now()).unwrap();
    let mut ca = CertificateParams::new(Vec::<String>::new()).unwrap();
    ca.distinguished_name
        .push(DnType::CommonName, "a private authority");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_key = KeyPair::generate().unwrap();
    let ca_der = ca.self_signed(&ca_key).unwrap().der().clone();
    let name = if certificate == Certificate::OtherName {
        "other.example"
    } else {
        "localhost"
    };
    let mut leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
    leaf.not_before = now - time::Duration::days(10);
    leaf.not_after = if certificate == Certificate::Expired {
        now - time::Duration::hours(1)
    } else {
        now + time::Duration::days(10)
    };
    let key = KeyPair::generate().unwrap();
    let leaf = leaf
        .signed_by(&key, &Issuer::new(ca, ca_key))
        .unwrap()
        .der()
        .clone();
    (
        vec![leaf, ca_der],
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
    )
}

async fn serve(listener: TcpListener, tls: TlsAcceptor, state: Arc<State>, url: String) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        state.connections.fetch_add(1, Ordering::SeqCst);
        let (tls, state, url) = (tls.clone(), Arc::clone(&state), url.clone());
        tokio::spawn(async move {
            let Ok(mut stream) = tls.accept(stream).await else {
                return;
            };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => return,
                }
            }
            let head = String::from_utf8(head).unwrap();
            let manner = state.manner.lock().unwrap().clone();
            let is_keys = head.starts_with("GET /keys ");
            if is_keys {
                state.key_sets.fetch_add(1, Ordering::SeqCst);
            }
            let keys = jwks(&state.keys.lock().unwrap());
            let good = if is_keys {
                keys.clone()
            } else {
                assert!(
                    head.starts_with("GET /.well-known/openid-configuration HTTP/1.1\r\n"),
                    "{head}"
                );
                json!({ "issuer": url, "jwks_uri": format!("{url}/keys") }).to_string()
            };
            let ok = |more: &str, body: &str| {
                format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{more}content-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                )
            };
            let answer = match (manner, is_keys) {
                (Manner::Drips, _) => {
                    drop(
                        stream
                            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{")
                            .await,
                    );
                    loop {
                        tokio::time::sleep(Duration::from_millis(200)).await;
                        if stream.write_all(b" ").await.is_err() || stream.flush().await.is_err() {
                            return;
                        }
                    }
                }
                (Manner::Breaks, _) => return,
                (Manner::Html, _) => ok("", "<html><body>It works!</body></html>"),
                (Manner::Gzip, _) => ok("content-encoding: gzip\r\n", &good),
                (Manner::Redirects(to), _) => {
                    format!(
                        "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                    )
                }
                (Manner::Status(status), _) => {
                    format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                }
                (Manner::Names(issuer), false) => ok(
                    "",
                    &json!({ "issuer": issuer, "jwks_uri": format!("{url}/keys") }).to_string(),
                ),
                (Manner::KeysAt(place), false) => {
                    ok("", &json!({ "issuer": url, "jwks_uri": place }).to_string())
                }
                (Manner::Huge, true) => ok(
                    "",
                    &format!("{{\"keys\":[],\"x\":\"{}\"}}", "a".repeat(10 << 20)),
                ),
                (Manner::ManyKeys, true) => {
                    ok("", &format!("{{\"keys\":[{}{{}}]}}", "{},".repeat(100_000)))
                }
                (Manner::TooManyKeys, true) => {
                    ok("", &format!("{{\"keys\":[{}{{}}]}}", "{},".repeat(100)))
                }
                (Manner::SameKid, true) => ok(
                    "",
                    &keys.replace("[{", "[{\"kid\":\"a\"},{\"kid\":\"a\"},{"),
                ),
                _ => ok("cache-control: max-age=1\r\n", &good),
            };
            drop(stream.write_all(answer.as_bytes()).await);
            drop(stream.shutdown().await);
        });
    }
}
