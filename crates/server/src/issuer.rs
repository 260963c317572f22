//! The local issuer: discovery and keys over https, and tokens for service accounts over the
//! control socket only.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use pod::SHORTEST_TOKEN;
use token::{Issuer, LONGEST_TOKEN, ServiceAccountClaims, SigningKey};

use crate::clock;
use crate::cluster::{self, Snapshot};
use crate::listen::Face;
use crate::telemetry::FaceName;

/// A token that was minted.
#[derive(Debug)]
pub struct Minted {
    /// The compact JWS.
    pub token: String,
    /// Unix seconds.
    pub expires_at: i64,
}

/// Why no token was minted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotMinted {
    /// The cluster has no such service account.
    UnknownAccount {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// The life that was asked for is out of range.
    Expiration(i64),
    /// The key failed.
    Key,
}

impl std::fmt::Display for NotMinted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownAccount { namespace, name } => {
                write!(
                    f,
                    "there is no service account `{namespace}/{name}` in the manifests"
                )
            }
            Self::Expiration(seconds) => {
                write!(
                    f,
                    "a token is valid for {SHORTEST_TOKEN} to {LONGEST_TOKEN} seconds, not {seconds}"
                )
            }
            Self::Key => f.write_str("the issuer's key cannot sign"),
        }
    }
}

/// Mints a token for a service account of the cluster, as TokenRequest would.
///
/// # Errors
/// [`NotMinted`]; an account that no manifest declares gets none.
pub fn mint(
    cluster: &Snapshot,
    issuer: &Issuer,
    key: &SigningKey,
    account: (&str, &str),
    audiences: Vec<String>,
    seconds: i64,
) -> Result<Minted, NotMinted> {
    let (namespace, name) = account;
    let unknown = || NotMinted::UnknownAccount {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    };
    let found = cluster
        .service_account(namespace, name)
        .ok_or_else(unknown)?;
    // What a Kubernetes API server allows at most is a setting of its own; more than STS believes
    // is of no use here.
    if !(SHORTEST_TOKEN..=LONGEST_TOKEN).contains(&seconds) {
        return Err(NotMinted::Expiration(seconds));
    }
    let now = clock::now();
    let claims = ServiceAccountClaims {
        issuer: issuer.as_str().to_owned(),
        namespace: found.namespace.clone(),
        service_account: found.name.clone(),
        service_account_uid: cluster::uid(found),
        // For the account alone, as TokenRequest without a bound object: no manifest knows a pod's
        // uid.
        pod: None,
        audiences,
        issued_at: now,
        expires_at: now + seconds,
        id: clock::request_id().to_string(),
    };
    let token = token::sign(key, &claims).map_err(|_| NotMinted::Key)?;
    Ok(Minted {
        token,
        expires_at: claims.expires_at,
    })
}

/// The issuer's https face.
pub(crate) struct Documents {
    pub(crate) issuer: Issuer,
    pub(crate) key: Arc<SigningKey>,
}

impl Face for Documents {
    const NAME: FaceName = FaceName::Issuer;

    type Body = Full<Bytes>;

    async fn answer(&self, request: Request<Incoming>, _: SocketAddr) -> Response<Full<Bytes>> {
        answer(&request, &self.issuer, &self.key)
    }
}

/// Answers for the issuer's two documents, as the Kubernetes API server serves them, and for
/// nothing else.
pub fn answer<B>(request: &Request<B>, issuer: &Issuer, key: &SigningKey) -> Response<Full<Bytes>> {
    let (kind, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/.well-known/openid-configuration") => {
            let keys = format!("{}/openid/v1/jwks", issuer.as_str().trim_end_matches('/'));
            (
                "application/json",
                token::discovery(issuer, &keys, &[key.algorithm()]),
            )
        }
        (&Method::GET, "/openid/v1/jwks") => {
            ("application/jwk-set+json", token::public_jwks(&[key]))
        }
        _ => {
            let mut response = Response::new(Full::default());
            *response.status_mut() = StatusCode::NOT_FOUND;
            return response;
        }
    };
    let mut response = Response::new(Full::from(body));
    response
        .headers_mut()
        .insert("content-type", http::HeaderValue::from_static(kind));
    // An hour, as the Kubernetes API server says of its own keys.
    response.headers_mut().insert(
        "cache-control",
        http::HeaderValue::from_static("public, max-age=3600"),
    );
    response
}
