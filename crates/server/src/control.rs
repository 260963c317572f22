//! The control endpoint: a Unix socket in the data directory, for its owner only. It alone mints
//! tokens, shows decisions, makes accounts and rotates keys.

use std::net::SocketAddr;
use std::sync::Arc;

use authority::iam;
use authority::record::Record;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use policy::AccountId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use token::{Issuer, KeySet, Owner, SigningKey};
use wire::RequestId;

pub use crate::environment::{Environment, Hidden};

use crate::accounts::Accounts;
use crate::buffer::{Budget, Holder, Unread};
use crate::clock;
use crate::cluster::Cluster;

use crate::decisions::{Decisions, Which};
use crate::issuer;
use crate::keys::KeyError;
use crate::ledger::{Ledger, WriteError};
use crate::limits::{QUESTION_BYTES, QUESTION_WITH_KEYS_BYTES};
use crate::listen::Face;
use crate::telemetry::FaceName;

/// Name of the socket in the data directory.
pub const SOCKET: &str = "control.sock";

/// Asks for a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
// Unknown members are refused: a misspelt one would ask for something else.
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenAsk {
    /// The account's namespace.
    pub namespace: String,
    /// The account's name.
    pub service_account: String,
    /// Audiences of the token.
    pub audiences: Vec<String>,
    /// Its life.
    pub expiration_seconds: i64,
}

/// A token.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenAnswer {
    /// The compact JWS.
    pub token: Hidden,
    /// Unix seconds.
    pub expires_at: i64,
}

/// Asks for a service account and a pod that runs as it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PodAsk {
    /// The account's namespace.
    pub namespace: String,
    /// The account's name.
    pub service_account: String,
}

/// A service account's annotations, and the pod that runs as it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodAnswer {
    /// Annotations of the account.
    pub annotations: std::collections::BTreeMap<String, String>,
    /// The pod's JSON, when a manifest has one.
    pub pod: Option<Value>,
}

/// Gives a provider its keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeysAsk {
    /// ARN of the provider.
    pub provider: String,
    /// The JWK set; `None` takes pushed keys away.
    pub jwks: Option<String>,
}

/// What became of pushed keys.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeysAnswer {
    /// How many keys the provider has now; `None` when they were taken away.
    pub keys: Option<usize>,
    /// Keys that were not admitted, and why.
    pub rejected: Vec<String>,
}

/// Everything behind the control socket.
pub(crate) struct Control {
    pub(crate) accounts: Accounts,
    pub(crate) cluster: Cluster,
    pub(crate) issuer: Issuer,
    pub(crate) key: Arc<SigningKey>,
    pub(crate) decisions: Arc<Decisions>,
    pub(crate) ledger: Arc<Ledger>,
    /// Memory for questions.
    pub(crate) budget: Arc<Budget>,
}

type Answer = Result<Vec<u8>, (StatusCode, String)>;

impl Face for Control {
    const NAME: FaceName = FaceName::Control;

    type Body = Full<Bytes>;

    async fn answer(&self, request: Request<Incoming>, _: SocketAddr) -> Response<Full<Bytes>> {
        let (status, body) = match self.endpoint(request).await {
            Ok(body) => (StatusCode::OK, body),
            Err((status, because)) => (
                status,
                serde_json::json!({ "error": because })
                    .to_string()
                    .into_bytes(),
            ),
        };
        let mut response = Response::new(Full::from(body));
        *response.status_mut() = status;
        response
    }
}

impl Control {
    async fn endpoint(&self, request: Request<Incoming>) -> Answer {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        match (&parts.method, path.as_str()) {
            (&Method::GET, "/environment") => {
                json(&self.accounts.environment(None).map_err(refused)?)
            }
            (&Method::GET, "/accounts") => json(&self.accounts.list()),
            (&Method::POST, "/accounts") => json(
                &self
                    .accounts
                    .create(self.read(body, QUESTION_BYTES).await?)
                    .await
                    .map_err(refused)?,
            ),
            (&Method::POST, "/keys/rotate") => {
                json(&self.accounts.rotate_sealing().await.map_err(refused)?)
            }
            (&Method::POST, "/token") => self.token(&self.read(body, QUESTION_BYTES).await?),
            (&Method::POST, "/pod") => self.pod(&self.read(body, QUESTION_BYTES).await?),
            (&Method::POST, "/provider-keys") => {
                self.push_keys(self.read(body, QUESTION_WITH_KEYS_BYTES).await?)
                    .await
            }
            (method, path) => match (method, path.rsplit_once('/')) {
                (&Method::GET, Some(("/decisions", which))) => self.decision(which).await,
                (&Method::GET, Some(("/environment", account))) => json(
                    &self
                        .accounts
                        .environment(Some(&read_account(account)?))
                        .map_err(refused)?,
                ),
                (&Method::POST, Some(("/keys/rotate", account))) => json(
                    &self
                        .accounts
                        .rotate_root(read_account(account)?)
                        .await
                        .map_err(refused)?,
                ),
                _ => Err((
                    StatusCode::NOT_FOUND,
                    "there is no such endpoint".to_owned(),
                )),
            },
        }
    }

    /// Reads a question.
    async fn read<T: serde::de::DeserializeOwned>(
        &self,
        body: Incoming,
        most: usize,
    ) -> Result<T, (StatusCode, String)> {
        let refuse = |because: Unread| match because {
            Unread::NoRoom => (StatusCode::SERVICE_UNAVAILABLE, because.to_string()),
            Unread::Late | Unread::TooLarge | Unread::Broken => {
                (StatusCode::UNPROCESSABLE_ENTITY, because.to_string())
            }
        };
        let whole = self
            .budget
            .whole(body, most, Holder::Owner)
            .await
            .map_err(refuse)?;
        serde_json::from_slice(&whole.bytes)
            .map_err(|error| (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))
    }

    fn token(&self, ask: &TokenAsk) -> Answer {
        let account = (ask.namespace.as_str(), ask.service_account.as_str());
        let minted = issuer::mint(
            &self.cluster.snapshot(),
            &self.issuer,
            &self.key,
            account,
            ask.audiences.clone(),
            ask.expiration_seconds,
        );
        let minted =
            minted.map_err(|refusal| (StatusCode::UNPROCESSABLE_ENTITY, refusal.to_string()))?;
        // Not the token itself: whoever reads the log could send it.
        tracing::info!(target: "issuer", namespace = account.0, service_account = account.1, audiences = ?ask.audiences, "token minted");
        json(&TokenAnswer {
            token: Hidden::new(minted.token),
            expires_at: minted.expires_at,
        })
    }

    fn pod(&self, ask: &PodAsk) -> Answer {
        let unknown = || {
            let text = format!(
                "there is no service account `{}/{}` in the manifests",
                ask.namespace, ask.service_account
            );
            (StatusCode::UNPROCESSABLE_ENTITY, text)
        };
        let cluster = self.cluster.snapshot();
        let account = cluster
            .service_account(&ask.namespace, &ask.service_account)
            .ok_or_else(unknown)?;
        let pods = cluster.pods_of(&ask.namespace, &ask.service_account);
        // The first that was described, where several run as the account.
        let pod = pods.first().map(|pod| pod.as_json().clone());
        json(&PodAnswer {
            annotations: account.annotations.clone(),
            pod,
        })
    }

    async fn push_keys(&self, ask: KeysAsk) -> Answer {
        let jwks = ask.jwks.as_deref();
        let written = self.ledger.write(|world| {
            iam::push_keys(world, &ask.provider, jwks, clock::now())
                .map(|change| (vec![change], ()))
                .map_err(|fault| fault.text)
        });
        written.await.map_err(|error| match error {
            WriteError::Refused(because) => (StatusCode::UNPROCESSABLE_ENTITY, because),
            WriteError::Store(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        })?;
        let outcome = if jwks.is_some() {
            "pushed"
        } else {
            "withdrawn"
        };
        tracing::info!(target: "provider", provider = ask.provider, outcome, "keys changed by the owner");
        // Read once more, only to tell what was left out; kept is what `push_keys` admitted.
        let admitted = jwks.and_then(|jwks| {
            KeySet::admit(Owner::new(ask.provider.as_str()), jwks.as_bytes()).ok()
        });
        let (keys, rejected) = admitted.map_or((None, Vec::new()), |(set, rejected)| {
            (Some(set.len()), rejected)
        });
        json(&KeysAnswer {
            keys,
            rejected: rejected
                .iter()
                .map(|it| format!("`{}`: {}", it.kid, it.because))
                .collect(),
        })
    }

    async fn decision(&self, which: &str) -> Answer {
        let which = match which {
            "latest-denial" => Which::LatestDenial,
            id => Which::Request(RequestId::parse(id).ok_or_else(|| {
                (
                    StatusCode::UNPROCESSABLE_ENTITY,
                    format!("`{id}` is not a request id"),
                )
            })?),
        };
        // Beside the workers: it reads files of megabytes.
        let decisions = Arc::clone(&self.decisions);
        let found: Option<Record> = tokio::task::spawn_blocking(move || decisions.find(&which))
            .await
            .ok()
            .flatten();
        json(&found.ok_or_else(|| {
            (
                StatusCode::NOT_FOUND,
                "no such decision is on record".to_owned(),
            )
        })?)
    }
}

fn refused(error: KeyError) -> (StatusCode, String) {
    let status = match error {
        KeyError::AccountExists(_) => StatusCode::CONFLICT,
        KeyError::NoAccount(_) => StatusCode::NOT_FOUND,
        KeyError::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, error.to_string())
}

fn read_account(text: &str) -> Result<AccountId, (StatusCode, String)> {
    AccountId::parse(text).map_err(|error| {
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("`{text}`: {error}"),
        )
    })
}

fn json(value: &impl Serialize) -> Answer {
    serde_json::to_vec(value)
        .map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}
