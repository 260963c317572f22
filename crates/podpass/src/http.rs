//! A plain HTTP/1.1 client for loopback and the control socket: one request, one connection,
//! bounded answers.

use ::http::{HeaderMap, Request};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use sigv4::SecretKey;
use sigv4::sign::{self, authorization};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// Largest answer that is read.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The request id that every answer of the API carries.
    pub(crate) fn request_id(&self) -> String {
        self.headers
            .get("x-amzn-requestid")
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
            .to_owned()
    }

    /// The text of the first element of this name.
    pub(crate) fn element(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>"))
            .map(|(inside, _)| inside.to_owned())
    }
}

/// Sends one request over a stream.
pub(crate) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Answer, String> {
    let words = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(words)?;
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(words)?;
    let (parts, body) = response.into_parts();
    // An endpoint can be anybody's: its answer could otherwise take all memory.
    let body = Limited::new(body, MAX_ANSWER)
        .collect()
        .await
        .map_err(|error| error.to_string())?
        .to_bytes();
    driver.abort();
    Ok(Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body,
    })
}

/// Credentials to sign with.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret: SecretKey,
    pub(crate) session_token: Option<String>,
}

/// A client of one API endpoint.
pub(crate) struct Client {
    /// `ADDRESS:PORT`.
    pub(crate) host: String,
    pub(crate) region: String,
}

impl Client {
    /// A call of the query protocol; without credentials it goes unsigned.
    pub(crate) async fn query(
        &self,
        service: &str,
        version: &str,
        parameters: &[(&str, &str)],
        credentials: Option<&Credentials>,
    ) -> Result<Answer, String> {
        let mut form = format!("Version={version}");
        for (name, value) in parameters {
            form.push_str(&format!(
                "&{}={}",
                wire::percent::encode(name),
                wire::percent::encode(value)
            ));
        }
        self.send("POST", "/", service, form.into_bytes(), credentials)
            .await
    }

    /// A call of S3.
    pub(crate) async fn s3(
        &self,
        method: &str,
        target: &str,
        body: &[u8],
        credentials: &Credentials,
    ) -> Result<Answer, String> {
        self.send(method, target, "s3", body.to_vec(), Some(credentials))
            .await
    }

    async fn send(
        &self,
        method: &str,
        target: &str,
        service: &str,
        body: Vec<u8>,
        credentials: Option<&Credentials>,
    ) -> Result<Answer, String> {
        let hash = sign::payload_hash(&body);
        let date = sigv4::amz_date(server::clock::now());
        let mut headers = vec![
            ("host", self.host.as_str()),
            ("x-amz-date", &date),
            ("x-amz-content-sha256", &hash),
        ];
        // S3 would keep a content type with the object.
        if service != "s3" {
            headers.push((
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            ));
        }
        if let Some(token) = credentials.and_then(|it| it.session_token.as_deref()) {
            headers.push(("x-amz-security-token", token));
        }
        let mut request = Request::builder().method(method).uri(target);
        if let Some(it) = credentials {
            let signed = sign::Request {
                method,
                target,
                headers: &headers,
                payload_hash: &hash,
            };
            let seal = authorization(
                &signed,
                &it.access_key_id,
                &it.secret,
                &self.region,
                service,
            )
            .map_err(|refusal| refusal.to_string())?;
            request = request.header("authorization", seal);
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request
            .body(Full::from(body))
            .map_err(|error| error.to_string())?;
        let stream = TcpStream::connect(&self.host)
            .await
            .map_err(|error| format!("{}: {error}", self.host))?;
        exchange(stream, request).await
    }
}
