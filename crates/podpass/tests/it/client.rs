//! A root client of IAM and of the control socket, as small as can be: for tests and benchmarks of the real binary.

use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;

use sigv4::SecretKey;
use sigv4::sign::{self, authorization};

/// Root of an account.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    id: String,
    secret: SecretKey,
}

impl Client {
    pub(crate) fn of(environment: &str) -> Self {
        let json: serde_json::Value = serde_json::from_str(environment).unwrap();
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        let address = text("api").trim_start_matches("http://").parse().unwrap();
        Self { address, id: text("accessKeyId"), secret: SecretKey::new(text("secretAccessKey")) }
    }

    /// Status and body; an error when the server went away before it answered.
    pub(crate) fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> std::io::Result<(u16, String)> {
        let mut form = format!("Action={action}&Version=2010-05-08");
        for (name, value) in parameters {
            form.push_str(&format!("&{name}={}", wire::percent::encode(value)));
        }
        let (date, hash) = (sigv4::amz_date(server::clock::now()), sign::payload_hash(form.as_bytes()));
        let headers = [
            ("host", "localhost"),
            ("x-amz-date", date.as_str()),
            ("x-amz-content-sha256", hash.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let request = sign::Request { method: "POST", target: "/", headers: &headers, payload_hash: &hash };
        let seal = authorization(&request, &self.id, &self.secret, "us-east-1", "iam").unwrap();
        let mut text =
            format!("POST / HTTP/1.1\r\nauthorization: {seal}\r\ncontent-length: {}\r\nconnection: close\r\n", form.len());
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        exchange(TcpStream::connect(self.address)?, &format!("{text}\r\n{form}"))
    }
}

/// One request through the control socket; `None` while nobody answers.
pub(crate) fn control(socket: &Path, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let head = format!("{method} {path} HTTP/1.1\r\nhost: c\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    exchange(UnixStream::connect(socket).ok()?, &format!("{head}{body}")).ok()
}

/// An answer whose status came counts as given, even if the server dies over the rest.
fn exchange(mut stream: impl std::io::Read + std::io::Write, request: &str) -> std::io::Result<(u16, String)> {
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let Some(status) = text.split(' ').nth(1).and_then(|status| status.parse().ok()) else {
        read?;
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    };
    Ok((status, text.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned()))
}
