//! A connection to an endpoint that is named by a URL: https, or http where nobody else can listen.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ::http::{Request, Uri};
use bytes::Bytes;
use http_body_util::Full;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::exit::Exit;
use crate::http::{Answer, exchange};

/// Longest wait for an answer; SDKs give a credential process a minute.
const PATIENCE: Duration = Duration::from_secs(30);
/// Where distributions keep the authorities that they trust.
const BUNDLES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// An endpoint as meant.
pub(crate) struct Endpoint {
    host: String,
    port: u16,
    path: String,
    secure: bool,
}

impl Endpoint {
    /// Reads a URL. A token or a secret in the clear is for loopback only.
    pub(crate) fn read(text: &str) -> Result<Self, Exit> {
        let bad = |because: &str| Exit::usage(format!("endpoint `{text}` {because}"));
        let uri: Uri = text.parse().map_err(|_| bad("is not a URL"))?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(bad("is neither https nor http")),
        };
        let host = uri
            .host()
            .ok_or_else(|| bad("names no host"))?
            // The brackets round an IPv6 address are the URL's, not the address's.
            .trim_matches(['[', ']'])
            .to_owned();
        // Neither would be sent: whoever wrote them expects something else to happen.
        if uri.query().is_some() || uri.authority().is_some_and(|it| it.as_str().contains('@')) {
            return Err(bad("has a query string or a user"));
        }
        let loopback = host.eq_ignore_ascii_case("localhost")
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        if !secure && !loopback {
            return Err(bad(
                "is http and not on this machine; a token would travel in the clear",
            ));
        }
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Ok(Self {
            host,
            port,
            path: uri.path().to_owned(),
            secure,
        })
    }

    /// Posts a form, unsigned.
    pub(crate) async fn post(&self, form: String) -> Result<Answer, Exit> {
        let away =
            |because: String| Exit::unreachable(format!("{}:{}: {because}", self.host, self.port));
        let authority = if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        };
        let request = Request::builder()
            .method("POST")
            .uri(&self.path)
            .header("host", authority)
            .header(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .body(Full::from(Bytes::from(form)))
            .map_err(|error| Exit::usage(error.to_string()))?;
        let sent = async {
            let stream = TcpStream::connect((self.host.as_str(), self.port))
                .await
                .map_err(|error| error.to_string())?;
            if !self.secure {
                return exchange(stream, request).await;
            }
            let name =
                ServerName::try_from(self.host.clone()).map_err(|error| error.to_string())?;
            let stream = connector()?
                .connect(name, stream)
                .await
                .map_err(|error| error.to_string())?;
            exchange(stream, request).await
        };
        // Over all of it, TLS included: an SDK that waits for its credential process gives up as a
        // whole, too.
        let answer = tokio::time::timeout(PATIENCE, sent)
            .await
            .map_err(|_| away("no answer in time".to_owned()))?;
        answer.map_err(away)
    }
}

/// TLS with the authorities that AWS's own tools would trust: `AWS_CA_BUNDLE`, `SSL_CERT_FILE`,
/// else the system's.
fn connector() -> Result<TlsConnector, String> {
    // The first is what botocore and the CLI read, the second what Go reads.
    let named = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"]
        .into_iter()
        .find_map(std::env::var_os)
        .map(PathBuf::from);
    let found = named.or_else(|| {
        BUNDLES
            .into_iter()
            .map(PathBuf::from)
            .find(|path| path.exists())
    });
    let path =
        found.ok_or("no certificate authorities are known; name a file with AWS_CA_BUNDLE")?;
    let mut roots = RootCertStore::empty();
    let read = CertificateDer::pem_file_iter(&path)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    roots.add_parsable_certificates(read.filter_map(Result::ok));
    // With no authority at all every server would fail, in words that blame the server.
    if roots.is_empty() {
        return Err(format!("{}: it has no certificate", path.display()));
    }
    Ok(TlsConnector::from(Arc::new(
        ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_https_or_on_this_machine() {
        for text in [
            "http://127.0.0.1:4566",
            "http://localhost",
            "http://[::1]:1/",
            "https://sts.us-east-1.amazonaws.com",
        ] {
            assert!(Endpoint::read(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "127.0.0.1:4566",
            "http://sts.example",
            "http://10.0.0.1",
            "ftp://localhost",
            "https://user@sts.example",
            "http://localhost/?Action=x",
        ] {
            assert!(Endpoint::read(text).is_err(), "{text}");
        }
    }
}
