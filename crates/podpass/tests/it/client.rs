//! A root client of IAM and of the control socket: for tests and benchmarks of the real binary,
//! which may die over an answer.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;

use testkit::{Answer, Credentials, Draft};

/// Root of an account.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    root: Credentials,
}

impl Client {
    pub(crate) fn of(environment: &str) -> Self {
        let json: serde_json::Value = serde_json::from_str(environment).unwrap();
        let text = |name: &str| json[name].as_str().unwrap();
        let address = text("api").trim_start_matches("http://").parse().unwrap();
        Self {
            address,
            root: Credentials::root(text("accessKeyId"), text("secretAccessKey")),
        }
    }

    /// Status and body; an error when the server went away before it answered.
    pub(crate) fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> Result<(u16, String)> {
        let form = testkit::parameters(action, "2010-05-08", parameters);
        exchange(
            TcpStream::connect(self.address)?,
            &Draft::form("iam", &form, &self.root).bytes(),
        )
    }
}

/// One request through the control socket; `None` while nobody answers.
pub(crate) fn control(
    socket: &Path,
    method: &str,
    path: &str,
    body: &str,
) -> Option<(u16, String)> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: c\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    exchange(
        UnixStream::connect(socket).ok()?,
        format!("{head}{body}").as_bytes(),
    )
    .ok()
}

fn exchange(mut stream: impl Read + Write, request: &[u8]) -> Result<(u16, String)> {
    stream.write_all(request)?;
    let answer = Answer::read(stream);
    if answer.status == 0 {
        Err(Error::from(ErrorKind::UnexpectedEof))
    } else {
        Ok((answer.status, answer.body().to_owned()))
    }
}
