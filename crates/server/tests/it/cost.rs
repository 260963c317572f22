//! What an exchange costs, of a token seen for the first time and of one that was verified before. Not run by itself:
//! `cargo test --release -p server --test it -- --ignored --nocapture what_an_exchange_costs`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::json;
use server::IssuerAccess;
use token::{Algorithm, SigningKey, public_jwks};

use crate::issuer::{Manner, TestIssuer};
use crate::issuers::register;
use crate::stage::{Stage, exchange_bytes};

const EXCHANGES: usize = 3_000;

/// CPU seconds of this process, client included (`/proc/self/stat`, in hundredths).
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// Sends requests over one connection, one after the other.
fn send(stage: &Stage, requests: &[Vec<u8>]) -> f64 {
    let mut stream = TcpStream::connect(stage.address).unwrap();
    stream.set_nodelay(true).unwrap();
    let before = cpu();
    let mut buffer = vec![0; 16 * 1024];
    for request in requests {
        stream.write_all(request).unwrap();
        let mut read = 0;
        // The answer is XML that ends in its root.
        while !buffer[..read].ends_with(b"Response>") {
            let more = stream.read(&mut buffer[read..]).unwrap();
            assert!(more > 0);
            read += more;
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..read]));
    }
    (cpu() - before) * 1e6 / requests.len() as f64
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn what_an_exchange_costs() {
    let stage = Stage::with(IssuerAccess::default()).await;
    for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
        let issuer = TestIssuer::new(Manner::Good).await;
        register(&stage, &issuer, &issuer.top).await;
        let key = SigningKey::generate(algorithm).unwrap();
        let ask = json!({ "provider": issuer.arn(), "jwks": public_jwks(&[&key]) });
        assert_eq!(stage.control("POST", "/provider-keys", &ask.to_string()).await.status, 200);
        let role = format!("ci-{}", issuer.host().split(':').nth(1).unwrap());
        let requests: Vec<Vec<u8>> = (0..EXCHANGES)
            .map(|_| {
                let token = issuer.token_by(&key, json!({ "kubernetes.io": { "namespace": "ns", "pod": { "name": "p", "uid": "u" }, "serviceaccount": { "name": "sa", "uid": "u" } } }));
                let form = format!("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2F{role}&RoleSessionName=test&WebIdentityToken={token}");
                String::from_utf8(exchange_bytes(&form, "")).unwrap().replace("connection: close\r\n", "").into_bytes()
            })
            .collect();
        tokio::task::block_in_place(|| {
            let cold = send(&stage, &requests);
            let warm = send(&stage, &requests);
            eprintln!("{}: {cold:.1} us of CPU the first time, {warm:.1} us after that, client included", algorithm.name());
        });
    }
}
