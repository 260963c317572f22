//! A signed request that can be spoilt before it is sent.

use std::time::{SystemTime, UNIX_EPOCH};

use sigv4::SecretKey;
use sigv4::sign::{Request, authorization, payload_hash};

/// Credentials to sign with.
#[derive(Clone)]
pub struct Credentials {
    /// The access key id.
    pub id: String,
    /// The secret access key.
    pub secret: String,
    /// The session token; roots have none.
    pub token: Option<String>,
}

impl Credentials {
    /// An account's root.
    pub fn root(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secret: secret.into(),
            token: None,
        }
    }
}

/// A request before it is sent; every part can be spoilt.
#[derive(Clone)]
pub struct Draft {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Headers in the order in which they are sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A form of a query API: its action, version and parameters, the values encoded here.
pub fn parameters(action: &str, version: &str, parameters: &[(&str, &str)]) -> String {
    let mut form = format!("Action={action}&Version={version}");
    for (name, value) in parameters {
        form.push_str(&format!("&{name}={}", wire::percent::encode(value)));
    }
    form
}

impl Draft {
    /// Signed now for `us-east-1`, with `more` headers; `hash` stands for the body's where it is
    /// given.
    pub fn signed(
        method: &str,
        target: &str,
        service: &str,
        more: &[(&str, &str)],
        body: &[u8],
        hash: Option<&str>,
        by: &Credentials,
    ) -> Self {
        Self::signed_for("us-east-1", (method, target), service, more, body, hash, by)
    }

    /// Signed for another region than `us-east-1`.
    pub fn signed_for(
        region: &str,
        (method, target): (&str, &str),
        service: &str,
        more: &[(&str, &str)],
        body: &[u8],
        hash: Option<&str>,
        by: &Credentials,
    ) -> Self {
        let date = sigv4::amz_date(now());
        let hash = hash.map_or_else(|| payload_hash(body), str::to_owned);
        let mut headers = vec![
            ("host", "localhost"),
            ("x-amz-date", date.as_str()),
            ("x-amz-content-sha256", hash.as_str()),
        ];
        headers.extend(
            by.token
                .as_deref()
                .map(|token| ("x-amz-security-token", token)),
        );
        headers.extend(more);
        let request = Request {
            method,
            target,
            headers: &headers,
            payload_hash: &hash,
        };
        let seal = authorization(
            &request,
            &by.id,
            &SecretKey::new(by.secret.clone()),
            region,
            service,
        )
        .unwrap();
        let mut headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        headers.push(("authorization".to_owned(), seal));
        headers.push(("content-length".to_owned(), body.len().to_string()));
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            body: body.to_vec(),
        }
    }

    /// A call of S3.
    pub fn s3(method: &str, target: &str, body: &[u8], by: &Credentials) -> Self {
        Self::signed(method, target, "s3", &[], body, None, by)
    }

    /// A call of a query API.
    pub fn form(service: &str, form: &str, by: &Credentials) -> Self {
        Self::signed(
            "POST",
            "/",
            service,
            &[("content-type", "application/x-www-form-urlencoded")],
            form.as_bytes(),
            None,
            by,
        )
    }

    /// Another value of a header, unsigned.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(found, _)| found != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Another target, unsigned.
    #[must_use]
    pub fn to(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    /// The request as it goes over the wire; the server closes the connection after its answer.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut out = format!("{out}connection: close\r\n\r\n").into_bytes();
        out.extend_from_slice(&self.body);
        out
    }
}

/// A client signs for the time that it is.
fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
        })
}
