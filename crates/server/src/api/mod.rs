//! The API port: one head, one reader. An exchange needs no signature; everything else goes by what
//! was signed.

mod blocking_limit;
mod bucket_locks;
mod deciding;
mod iam;
mod record_on_drop;
mod s3;
mod sts;
mod upload;

use std::net::SocketAddr;
use std::sync::Arc;

use authority::denial::Denial;
use authority::incoming::{self, Authenticator, FormRoute, Hosts, Needs, QueryCall, Transport};
use authority::record::{Evidence, Record};
use authority::{Incoming, Peer, Regions, header_value};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use sigv4::DerivedKeys;
use wire::{Family, Reply, RequestId};

use crate::backend::{Backend, Body};
use crate::buffer::{Budget, Holder};
use crate::clock;
use crate::decisions::Decisions;
use crate::keys::KeyService;
use crate::ledger::Ledger;
use crate::listen::Face;
use crate::providers::Providers;
use crate::telemetry::FaceName;

pub(crate) use blocking_limit::BlockingLimit;
pub(crate) use bucket_locks::BucketLocks;

/// Everything behind the API port.
pub(crate) struct Api {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) key_service: Arc<KeyService>,
    pub(crate) decisions: Arc<Decisions>,
    /// Limit of IAM's reads, which run beside the workers.
    pub(crate) reading: BlockingLimit,
    /// Limit of decisions that may take long.
    pub(crate) deciding: BlockingLimit,
    /// Limit of calls at the store.
    pub(crate) storing: BlockingLimit,
    /// Limit of those among them whose bodies are still to come: how long one takes is the caller's
    /// to say, and no reader waits for it.
    pub(crate) uploading: BlockingLimit,
    /// Memory for bodies that are read whole.
    pub(crate) budget: Arc<Budget>,
    pub(crate) backend: Arc<Backend>,
    pub(crate) locks: BucketLocks,
    pub(crate) providers: Providers,
    /// The regions that this server is.
    pub(crate) regions: Regions,
    /// The names that it is asked by.
    pub(crate) hosts: Hosts,
    /// Whether S3 is answered to who does not sign.
    pub(crate) anonymous: bool,
    /// Signing keys that were derived lately.
    pub(crate) derived: DerivedKeys,
}

/// One request on its way.
struct RequestInfo {
    id: RequestId,
    at: i64,
    peer: Peer,
    /// How an error is written for this caller.
    family: Family,
}

type Answer = Result<Response<Body>, Denial>;

impl Face for Api {
    const NAME: FaceName = FaceName::Api;

    type Body = Body;

    async fn answer(
        &self,
        request: Request<hyper::body::Incoming>,
        from: SocketAddr,
    ) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let once = |name: &str| {
            header_value(
                parts
                    .headers
                    .get_all(name)
                    .iter()
                    .map(HeaderValue::as_bytes),
            )
        };
        // `up` listens on loopback in the clear; nothing a client sends can say otherwise.
        let region = self.regions.unsigned().map(str::to_owned);
        let peer = Peer {
            source_ip: from.ip(),
            secure: false,
            user_agent: once("user-agent"),
            referer: once("referer"),
            region,
        };
        let mut info = RequestInfo {
            id: clock::request_id(),
            at: clock::now(),
            peer,
            family: incoming::UNREAD,
        };
        // RFC 9110 section 9.3.2: an answer to HEAD has no body, and an error written as XML would
        // be one.
        let is_head = parts.method == http::Method::HEAD;
        let path = parts.uri.path().to_owned();
        let mut response = match self.road(&mut info, &parts, body).await {
            Ok(response) => response,
            Err(denial) => self.refuse(&info, denial, &path),
        };
        if is_head {
            *response.body_mut() = empty();
        }
        // Under both names: clients of the query APIs read the first, those of S3 the second. With
        // an answer to HEAD there is no body that could tell it.
        for name in ["x-amzn-requestid", "x-amz-request-id"] {
            set_header(&mut response, name, info.id.as_str());
        }
        response
    }
}

impl Api {
    async fn road(
        &self,
        info: &mut RequestInfo,
        parts: &Parts,
        body: hyper::body::Incoming,
    ) -> Answer {
        let transport = Transport {
            is_http_1_1: parts.version == http::Version::HTTP_11,
            is_absolute: parts.uri.authority().is_some() || parts.uri.scheme().is_some(),
        };
        let target = parts
            .uri
            .path_and_query()
            .map_or("", |target| target.as_str());
        let fields = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()));
        let incoming = Incoming::read(
            transport,
            parts.method.as_str(),
            target,
            fields,
            &self.hosts,
        )?;
        // Settled before anything else can fail: a client of S3 cannot read an error of the query
        // APIs.
        info.family = incoming.family();
        // A form is read before its signature is checked: the signature covers the body, and only
        // the body tells an exchange, which nobody signs, from a signed call.
        match incoming.needs(self.anonymous)? {
            Needs::Form(form) => {
                let whole = self.budget.whole(body, form.most(), Holder::Stranger).await;
                // A form may take half a minute to arrive; decided is over now.
                info.at = clock::now();
                // The memory of a form counts as held until the call is over.
                let route = form.route(
                    whole
                        .as_ref()
                        .map(|whole| &*whole.bytes)
                        .map_err(|unread| *unread),
                )?;
                match route {
                    FormRoute::Exchange(form) => self.exchange(info, &form).await,
                    FormRoute::Signed(signed) => {
                        let (caller, call) =
                            self.authenticated(info, |here| signed.authenticate(here))?;
                        // Who asks is known by now, and goes on record with whatever is refused
                        // from here on.
                        let answer = match call {
                            QueryCall::Sts(form) => self.signed_sts(info, &caller, form).await,
                            QueryCall::Iam(form) => self.iam(info, &caller, form).await,
                        };
                        answer.map_err(|denial| denial.asked_by(&self.ledger.world(), &caller))
                    }
                }
            }
            Needs::S3(unproven) => {
                let (caller, proof) =
                    self.authenticated(info, |here| unproven.authenticate(here))?;
                let answer = self.gate(info, &incoming, &caller, proof, body).await;
                answer.map_err(|denial| denial.asked_by(&self.ledger.world(), &caller))
            }
            Needs::Post(unread) => self.post_form(info, &incoming, unread, body).await,
        }
    }

    /// Checks a signature against the accounts and keys of now.
    fn authenticated<T>(
        &self,
        info: &RequestInfo,
        authenticate: impl FnOnce(&Authenticator<'_>) -> Result<T, Denial>,
    ) -> Result<T, Denial> {
        let (world, ring) = (self.ledger.world(), self.key_service.ring());
        authenticate(&Authenticator {
            world: &world,
            keyring: &ring,
            regions: &self.regions,
            derived: &self.derived,
            now: info.at,
        })
    }

    /// Keeps a decision.
    ///
    /// Anybody can name any account, so only those that exist have a share of the refusals of their
    /// own.
    fn keep(&self, info: &RequestInfo, mut evidence: Evidence, stranger: bool) {
        evidence.account = evidence
            .account
            .filter(|account| self.ledger.world().account(account).is_some());
        // The address of the connection, never a header that a client can set.
        let record = Record::new(
            info.id.clone(),
            info.at,
            info.peer.source_ip.to_string(),
            evidence,
        );
        self.decisions.keep(record, stranger);
    }

    /// Keeps a refusal and writes its answer.
    fn refuse(&self, info: &RequestInfo, denial: Denial, path: &str) -> Response<Body> {
        let (reply, stranger) = (
            denial.reply(info.family, path, &info.id),
            denial.is_strangers(),
        );
        self.keep(info, *denial.evidence, stranger);
        respond(reply)
    }
}

fn respond(reply: Reply) -> Response<Body> {
    let mut response = Response::new(full(reply.body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        set_header(&mut response, name, &value);
    }
    response
}

fn set_header(response: &mut Response<Body>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}

fn full(bytes: Vec<u8>) -> Body {
    Full::from(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}

fn empty() -> Body {
    full(Vec::new())
}
