//! The API port: one head, one reader. An exchange needs no signature; everything else goes by what was signed.

mod blocking_limit;
mod body;
mod bucket_locks;
mod deciding;
mod gate;
mod iam;
mod incoming;
mod record_on_drop;
mod refusals;
mod store_call;
mod sts;

use std::net::SocketAddr;
use std::sync::Arc;

use authority::denial::Denial;
use authority::record::{Evidence, Record};
use authority::session;
use authority::{Caller, NoCaller, Peer, Regions, World, said_once};
use catalog::{Service, query};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use sigv4::{BodyProof, Claim, Payload, SecretKey};
use wire::{Family, Head, Reply, RequestId};

use crate::backend::{Body, DirectoryBackend};
use crate::buffer::{Budget, Whole};
use crate::clock;
use crate::decisions::Decisions;
use crate::keys::KeyService;
use crate::ledger::Ledger;
use crate::listen::Face;
use crate::providers::Providers;

pub(crate) use blocking_limit::BlockingLimit;
pub(crate) use bucket_locks::BucketLocks;
use incoming::{IncomingBody, presigned, read_form, read_head, speaks_query};
use refusals::{bad_signature, closed, disagrees, elsewhere, unreadable, unsigned};

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
    /// Memory for bodies that are read whole.
    pub(crate) budget: Arc<Budget>,
    pub(crate) backend: Arc<DirectoryBackend>,
    pub(crate) locks: BucketLocks,
    pub(crate) providers: Providers,
    /// The regions that this server is.
    pub(crate) regions: Regions,
}

/// One request on its way.
struct RequestInfo {
    id: RequestId,
    at: i64,
    peer: Peer,
    /// How an error is written for this caller.
    family: Family,
}

/// A refusal on its way out. `stranger`: nobody proved who asked.
struct Refused {
    denial: Denial,
    stranger: bool,
}

type Answer = Result<Response<Body>, Box<Refused>>;

impl Refused {
    fn stranger(denial: Denial) -> Box<Self> {
        Box::new(Self { denial, stranger: true })
    }

    fn known(denial: Denial) -> Box<Self> {
        Box::new(Self { denial, stranger: false })
    }

    /// Says who asked, where the denial does not say it yet.
    fn asked_by(mut self: Box<Self>, world: &World, caller: &Caller) -> Box<Self> {
        self.denial.asked_by(world, caller);
        self
    }
}

impl Face for Api {
    type Body = Body;

    async fn answer(&self, request: Request<Incoming>, from: SocketAddr) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let said = |name: &str| said_once(parts.headers.get_all(name).iter().map(HeaderValue::as_bytes));
        // `up` listens on loopback in the clear; nothing a client sends can say otherwise.
        let region = self.regions.unsigned().map(str::to_owned);
        let peer = Peer { source_ip: from.ip(), secure: false, user_agent: said("user-agent"), referer: said("referer"), region };
        let mut info = RequestInfo { id: clock::request_id(), at: clock::now(), peer, family: Family::S3 };
        let is_head = parts.method == http::Method::HEAD;
        let path = parts.uri.path().to_owned();
        let mut response = match self.road(&mut info, &parts, body).await {
            Ok(response) => response,
            Err(refused) => self.refuse(&info, *refused, &path),
        };
        if is_head {
            *response.body_mut() = empty();
        }
        for name in ["x-amzn-requestid", "x-amz-request-id"] {
            if let Ok(value) = HeaderValue::try_from(info.id.as_str()) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

impl Api {
    async fn road(&self, info: &mut RequestInfo, parts: &Parts, body: Incoming) -> Answer {
        let head = read_head(parts).map_err(|because| Refused::stranger(unreadable(because)))?;
        let come = if speaks_query(&head) {
            info.family = authority::sts::family(head.headers.one("accept").ok().flatten());
            let come = read_form(&head, body, &self.budget).await?;
            // A form may take half a minute to come; decided is over now.
            info.at = clock::now();
            come
        } else {
            IncomingBody::Stream(body)
        };
        if let IncomingBody::Form(form, _) = &come
            && query::is_exchange(form)
        {
            // A stray signature on an exchange is no authentication and changes nothing.
            return self.exchange(info, form).await;
        }
        let claim = Claim::read(&head).map_err(|refusal| bad_signature(info, &refusal))?;
        let Some(claim) = claim else {
            return Err(Refused::stranger(unsigned(info.family)));
        };
        let service = Service::from_scope(&claim.scope().service);
        if matches!(service, Some(Service::Iam | Service::Sts)) && info.family == Family::S3 {
            // Whoever signs for them reads their answers, however odd the rest of the request.
            info.family = Family::Query;
        }
        match (service, come) {
            (Some(service @ (Service::Iam | Service::Sts)), IncomingBody::Form(form, Whole { bytes, held: _held })) => {
                if head.headers.has("x-amz-target") {
                    return Err(Refused::stranger(disagrees("a query call has no X-Amz-Target")));
                }
                let (caller, _) = self.authenticate(info, &head, &claim, Payload::Buffered(sigv4::sha256(&bytes)))?;
                let form = if claim.is_presigned() { presigned(&form)? } else { form };
                let answer = match service {
                    Service::Sts => self.signed_sts(info, &caller, form).await,
                    Service::Iam | Service::S3 => self.iam(info, &caller, form).await,
                };
                answer.map_err(|refused| refused.asked_by(&self.ledger.world(), &caller))
            }
            (Some(Service::S3), IncomingBody::Stream(body)) => {
                let (caller, proof) = self.authenticate(info, &head, &claim, Payload::Declared)?;
                let answer = self.gate(info, &head, &caller, proof, body).await;
                answer.map_err(|refused| refused.asked_by(&self.ledger.world(), &caller))
            }
            (Some(Service::S3), IncomingBody::Form(..)) => Err(Refused::stranger(disagrees("S3 has no form at `/`"))),
            (Some(Service::Iam | Service::Sts), IncomingBody::Stream(_)) => {
                Err(Refused::stranger(disagrees("a query call is a form at `/`")))
            }
            (None, _) => Err(Refused::stranger(disagrees("the credential scope names a service that is not served"))),
        }
    }

    /// Opens the credentials and verifies the signature with them.
    fn authenticate(
        &self,
        info: &RequestInfo,
        head: &Head,
        claim: &Claim,
        payload: Payload,
    ) -> Result<(Caller, BodyProof), Box<Refused>> {
        let id = claim.access_key_id().as_str();
        let opened = match session::open(id, claim.session_token(), &self.key_service.ring(), info.at) {
            Ok(opened) => opened,
            Err(refusal) => {
                // As much work as for a known key id, so that the time taken does not tell which ids exist.
                drop(claim.verify(head, payload, &SecretKey::new("0".repeat(40)), info.at));
                return Err(Refused::stranger(closed(info.family, claim, &refusal)));
            }
        };
        let (authenticated, proof) =
            claim.verify(head, payload, opened.secret(), info.at).map_err(|refusal| bad_signature(info, &refusal))?;
        let caller = Caller::new(&authenticated, opened, &self.ledger.world(), &self.regions);
        let caller = caller.map_err(|no| match no {
            NoCaller::Region(wrong, account) => Refused::known(elsewhere(&wrong, id, account)),
            NoCaller::Mismatched | NoCaller::Service => Refused::stranger(closed(info.family, claim, &session::Refusal::Unknown)),
        })?;
        Ok((caller, proof))
    }

    /// Keeps a decision.
    ///
    /// Anybody can name any account, so only those that exist have a share of the refusals of their own.
    fn keep(&self, info: &RequestInfo, mut evidence: Evidence, stranger: bool) {
        evidence.account = evidence.account.filter(|account| self.ledger.world().account(account).is_some());
        let record = Record::new(info.id.clone(), info.at, info.peer.source_ip.to_string(), evidence);
        self.decisions.keep(record, stranger);
    }

    /// Keeps a refusal and writes the answer that tells the caller no more than AWS would.
    fn refuse(&self, info: &RequestInfo, refused: Refused, path: &str) -> Response<Body> {
        let Refused { denial, stranger } = refused;
        let namespace =
            if denial.evidence.operation.starts_with("iam:") { authority::iam::NAMESPACE } else { authority::sts::NAMESPACE };
        let reply = denial.fault.reply(info.family, namespace, path, &info.id);
        self.keep(info, *denial.evidence, stranger);
        respond(reply)
    }
}

fn respond(reply: Reply) -> Response<Body> {
    let mut response = Response::new(full(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

fn full(bytes: Vec<u8>) -> Body {
    Full::from(bytes).map_err(|never| match never {}).boxed_unsync()
}

fn empty() -> Body {
    full(Vec::new())
}
