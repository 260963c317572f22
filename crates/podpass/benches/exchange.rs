//! What AssumeRoleWithWebIdentity costs the server, in CPU time: `cargo bench -p podpass`.
//!
//! The real binary, a token it never saw and one that it verified before, over one kept connection;
//! beside it the bound (a bare server that reads a request of the same size, verifies one RSA-2048
//! signature and writes an answer of the same size) and, where python3 has it, moto's server, which
//! verifies nothing. Then the same with 10,000 roles and 100 providers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark"
)]
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark shows what it measured"
)]

#[path = "../tests/it/client.rs"]
mod client;

use std::convert::Infallible;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{self, KeyPair as _, ParsedPublicKey};
use bytes::Bytes;
use client::{Client, control};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;

/// Tokens that were never seen before.
const COLD: usize = 4_000;
/// Exchanges of one token.
const WARM: usize = 12_000;
const ROLES: usize = 10_000;
const PROVIDERS: usize = 100;
const MANIFESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/reports.yaml");

fn main() {
    // `cargo test --all-targets` runs benchmarks too, and then nothing is to be measured.
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["bound", size] => return bare(size.parse().unwrap()),
        words if !words.contains(&"--bench") => return,
        _ => {}
    }
    let folder = tempfile::tempdir().unwrap();
    let ours = Ours::start(&folder.path().join("state"));
    ours.furnish();
    let requests: Vec<Vec<u8>> = (0..COLD).map(|_| ours.request()).collect();
    let revision = ours.revision();
    let one = std::slice::from_ref(&requests[0]);

    let cold = cost(&ours.child, ours.client.address, &requests, 1);
    let warm = cost(&ours.child, ours.client.address, one, WARM);
    let size = answer(
        &mut TcpStream::connect(ours.client.address).unwrap(),
        &requests[0],
    )
    .len();
    let mut bound = Command::new(std::env::current_exe().unwrap());
    let mut bound = bound
        .args(["bound", &size.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(bound.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let floor = cost(&bound, line.trim().parse().unwrap(), &requests, 3);
    bound.kill().unwrap();
    bound.wait().unwrap();
    println!(
        "a request of {} bytes, an answer of {size}; CPU time of the server per exchange",
        requests[0].len()
    );
    println!("bound: RSA-2048 and a bare round trip   {floor:7.1} us");
    println!(
        "podpass, a token never seen             {cold:7.1} us   {:5.2} x",
        cold / floor
    );
    println!(
        "podpass, a token verified before        {warm:7.1} us   {:5.2} x",
        warm / floor
    );
    match moto(&requests[0]) {
        Ok(cost) => println!(
            "moto's server, which verifies nothing   {cost:7.1} us   {:5.2} x",
            cost / floor
        ),
        Err(because) => println!("SKIPPED: moto's server ({because})"),
    }
    assert_eq!(ours.revision(), revision, "an exchange wrote to the store");

    ours.crowd();
    let requests: Vec<Vec<u8>> = (0..COLD).map(|_| ours.request()).collect();
    let crowded = cost(&ours.child, ours.client.address, &requests, 1);
    let warm_crowded = cost(&ours.child, ours.client.address, &requests[..1], WARM);
    println!(
        "with {ROLES} roles and {PROVIDERS} providers: {crowded:.1} us ({:.2} x) and {warm_crowded:.1} us ({:.2} x)",
        crowded / cold,
        warm_crowded / warm
    );
}

/// The real server in a process of its own.
struct Ours {
    child: Child,
    socket: PathBuf,
    client: Client,
    issuer: String,
}

impl Drop for Ours {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Ours {
    fn start(data_dir: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_podpass"));
        command
            .args([
                "up",
                "-f",
                MANIFESTS,
                "--api",
                "127.0.0.1:0",
                "--issuer",
                "127.0.0.1:0",
                "--data-dir",
            ])
            .arg(data_dir);
        let child = command
            .env("PODPASS_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let (child, socket) = (child.unwrap(), data_dir.join("control.sock"));
        for _ in 0..2_000 {
            if let Some((200, body)) = control(&socket, "GET", "/environment", "") {
                let issuer = body
                    .split("\"issuer\":\"https://")
                    .nth(1)
                    .unwrap()
                    .split('"')
                    .next()
                    .unwrap()
                    .to_owned();
                return Self {
                    child,
                    socket,
                    client: Client::of(&body),
                    issuer,
                };
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the server did not start");
    }

    fn iam(&self, action: &str, parameters: &[(&str, &str)]) {
        let (status, body) = self.client.iam(action, parameters).unwrap();
        assert_eq!(status, 200, "{action}: {body}");
    }

    fn trust(&self) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::000000000000:oidc-provider/{0}"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringEquals":{{"{0}:aud":"sts.amazonaws.com","{0}:sub":"system:serviceaccount:reports:reporting"}}}}}}}}"#,
            self.issuer
        )
    }

    fn furnish(&self) {
        let url = format!("https://{}", self.issuer);
        self.iam(
            "CreateOpenIDConnectProvider",
            &[
                ("Url", &url),
                ("ClientIDList.member.1", "sts.amazonaws.com"),
            ],
        );
        self.iam(
            "CreateRole",
            &[
                ("RoleName", "reporting"),
                ("AssumeRolePolicyDocument", &self.trust()),
            ],
        );
    }

    fn crowd(&self) {
        // The quotas of an account count the first provider and the first role too.
        let thumbprint = "a".repeat(40);
        for number in 1..PROVIDERS {
            let url = format!("https://issuer-{number}.example");
            self.iam(
                "CreateOpenIDConnectProvider",
                &[("Url", &url), ("ThumbprintList.member.1", &thumbprint)],
            );
        }
        let trust = self.trust();
        for number in 1..ROLES {
            self.iam(
                "CreateRole",
                &[
                    ("RoleName", &format!("role-{number}")),
                    ("AssumeRolePolicyDocument", &trust),
                ],
            );
        }
    }

    fn revision(&self) -> String {
        let (_, body) = control(&self.socket, "GET", "/accounts", "").unwrap();
        body.split("\"revision\":")
            .nth(1)
            .unwrap()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect()
    }

    /// An exchange with a new token of the local issuer.
    fn request(&self) -> Vec<u8> {
        let ask = r#"{"namespace":"reports","serviceAccount":"reporting","audiences":["sts.amazonaws.com"],"expirationSeconds":3600}"#;
        let (_, body) = control(&self.socket, "POST", "/token", ask).unwrap();
        request(
            body.split("\"token\":\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap(),
        )
    }
}

fn request(token: &str) -> Vec<u8> {
    let form = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Freporting&RoleSessionName=bench&WebIdentityToken={token}"
    );
    let head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded; charset=utf-8\r\nuser-agent: aws-sdk-go-v2/1.0\r\n";
    format!("{head}content-length: {}\r\n\r\n{form}", form.len()).into_bytes()
}

/// Microseconds of CPU that a process spends on each of these requests, sent `times` over one
/// connection.
fn cost(server: &Child, address: SocketAddr, requests: &[Vec<u8>], times: usize) -> f64 {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let before = cpu(server);
    for request in (0..times).flat_map(|_| requests) {
        answer(&mut stream, request);
    }
    (cpu(server) - before) * 1e6 / (times * requests.len()) as f64
}

/// Sends a request and reads its answer, which has a length.
fn answer(stream: &mut TcpStream, request: &[u8]) -> Vec<u8> {
    stream.write_all(request).unwrap();
    let (mut read, mut piece) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let more = stream.read(&mut piece).unwrap();
        assert!(
            more > 0,
            "the server hung up: {}",
            String::from_utf8_lossy(&read)
        );
        read.extend_from_slice(&piece[..more]);
        let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
        let length: usize = head
            .split("content-length: ")
            .nth(1)
            .unwrap()
            .split("\r\n")
            .next()
            .unwrap()
            .parse()
            .unwrap();
        if read.len() >= end + 4 + length {
            assert!(
                read.starts_with(b"HTTP/1.1 200"),
                "{}",
                String::from_utf8_lossy(&read)
            );
            return read;
        }
    }
}

/// CPU seconds of a process, in hundredths (`/proc/PID/stat`).
fn cpu(process: &Child) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.id())).unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// The bound: reads a request, verifies one RSA-2048 signature of a text as long as a token's,
/// answers `size` bytes.
fn bare(size: usize) {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let (signed, mut proof) = (vec![b'x'; 800], vec![0; key.public_modulus_len()]);
    key.sign(
        &signature::RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        &signed,
        &mut proof,
    )
    .unwrap();
    // Read once, as the server reads its keys.
    let public = ParsedPublicKey::new(
        &signature::RSA_PKCS1_2048_8192_SHA256,
        key.public_key().as_ref(),
    )
    .unwrap();
    let work = Arc::new((
        public,
        signed,
        proof,
        Bytes::from(vec![b'y'; size.saturating_sub(200)]),
    ));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let work = Arc::clone(&work);
            let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                let work = Arc::clone(&work);
                async move {
                    request.into_body().collect().await.unwrap();
                    let (public, signed, proof, body) = &*work;
                    public.verify_sig(signed, proof).unwrap();
                    Ok::<_, Infallible>(Response::new(Full::new(body.clone())))
                }
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(hyper_util::rt::TokioIo::new(stream), service),
            );
        }
    });
}

fn moto(request: &[u8]) -> Result<f64, String> {
    let there = Command::new("python3")
        .args(["-c", "import moto.server"])
        .stderr(Stdio::null())
        .status();
    if !there.is_ok_and(|status| status.success()) {
        return Err("python3 has no moto with its server".to_owned());
    }
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut command = Command::new("python3");
    command.args([
        "-c",
        "import sys; from moto.server import main; main(sys.argv[1:])",
        "-p",
        &address.port().to_string(),
    ]);
    let mut server = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let ready = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        TcpStream::connect(address).is_ok()
    });
    // It closes each connection, so each request has one of its own.
    let measured = ready.then(|| {
        let one = || answer(&mut TcpStream::connect(address).unwrap(), request);
        one();
        let before = cpu(&server);
        (0..300).for_each(|_| drop(one()));
        (cpu(&server) - before) * 1e6 / 300.0
    });
    server.kill().unwrap();
    server.wait().unwrap();
    measured.ok_or_else(|| "it did not start".to_owned())
}
