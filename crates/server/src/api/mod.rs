//! The API port: one head, one door. An exchange needs no signature; everything else goes by what was signed.

mod body;
mod gate;
mod holds;
mod iam;
mod sts;
mod witness;
mod work;

use std::net::SocketAddr;
use std::sync::Arc;

use authority::denial::Denial;
use authority::record::{Cause, Evidence, Link, Record};
use authority::session::{self, Bearer};
use authority::{Caller, Peer, World};
use catalog::{Service, query};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use sigv4::{BodyProof, Claim, Payload, SecretKey};
use wire::{Family, Fault, Head, Method, Reply, RequestId, Words};

use crate::backend::{Body, DirectoryBackend};
use crate::clock;
use crate::decisions::Decisions;
use crate::keys::Vault;
use crate::ledger::Ledger;
use crate::listen::Face;
use crate::providers::Providers;

pub(crate) use holds::Holds;

/// Everything behind the API port.
pub(crate) struct Api {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) decisions: Arc<Decisions>,
    /// Turns for IAM's reads, which run beside the workers.
    pub(crate) reading: tokio::sync::Semaphore,
    pub(crate) backend: Arc<DirectoryBackend>,
    pub(crate) holds: Holds,
    pub(crate) providers: Providers,
}

/// One request on its way.
struct Visit {
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
        let agent =
            |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(|text| text.chars().take(512).collect());
        // `up` listens on loopback in the clear; nothing a client sends can say otherwise.
        let peer = Peer { source_ip: from.ip(), secure: false, user_agent: agent("user-agent"), referer: agent("referer") };
        let mut visit = Visit { id: clock::request_id(), at: clock::now(), peer, family: Family::S3 };
        let is_head = parts.method == http::Method::HEAD;
        let path = parts.uri.path().to_owned();
        let mut response = match self.road(&mut visit, &parts, body).await {
            Ok(response) => response,
            Err(refused) => self.refuse(&visit, *refused, &path),
        };
        if is_head {
            *response.body_mut() = empty();
        }
        for name in ["x-amzn-requestid", "x-amz-request-id"] {
            if let Ok(value) = HeaderValue::try_from(visit.id.as_str()) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// What came after the head.
enum Come {
    /// The form of a query call, and the hash of the body that held it.
    Form(Words, [u8; 32]),
    /// Anything else.
    Stream(Incoming),
}

impl Api {
    async fn road(&self, visit: &mut Visit, parts: &Parts, body: Incoming) -> Answer {
        let head = read_head(parts).map_err(|because| Refused::stranger(unreadable(because)))?;
        let come = if speaks_query(&head) {
            visit.family = authority::sts::family(head.headers.one("accept").ok().flatten());
            read_form(&head, body).await?
        } else {
            Come::Stream(body)
        };
        if let Come::Form(form, _) = &come
            && query::is_exchange(form)
        {
            // A stray signature on an exchange is no authentication and changes nothing.
            return self.exchange(visit, form).await;
        }
        let claim = Claim::read(&head).map_err(|refusal| bad_signature(visit, &refusal))?;
        let Some(claim) = claim else {
            return Err(Refused::stranger(unsigned(visit.family)));
        };
        let service = Service::from_scope(&claim.scope().service);
        if matches!(service, Some(Service::Iam | Service::Sts)) && visit.family == Family::S3 {
            // Whoever signs for them reads their answers, however odd the rest of the request.
            visit.family = Family::Query;
        }
        match (service, come) {
            (Some(service @ (Service::Iam | Service::Sts)), Come::Form(form, hash)) => {
                if head.headers.has("x-amz-target") {
                    return Err(Refused::stranger(disagrees("a query call has no X-Amz-Target")));
                }
                let (caller, _) = self.authenticate(visit, &head, &claim, Payload::Buffered(hash))?;
                let form = if claim.is_presigned() { presigned(&form)? } else { form };
                let answer = match service {
                    Service::Sts => self.signed_sts(visit, &caller, form),
                    Service::Iam | Service::S3 => self.iam(visit, &caller, form).await,
                };
                answer.map_err(|refused| refused.asked_by(&self.ledger.world(), &caller))
            }
            (Some(Service::S3), Come::Stream(body)) => {
                let (caller, proof) = self.authenticate(visit, &head, &claim, Payload::Declared)?;
                let answer = self.gate(visit, &head, &caller, proof, body).await;
                answer.map_err(|refused| refused.asked_by(&self.ledger.world(), &caller))
            }
            (Some(Service::S3), Come::Form(..)) => Err(Refused::stranger(disagrees("S3 has no form at `/`"))),
            (Some(Service::Iam | Service::Sts), Come::Stream(_)) => {
                Err(Refused::stranger(disagrees("a query call is a form at `/`")))
            }
            (None, _) => Err(Refused::stranger(disagrees("the credential scope names a service that is not served"))),
        }
    }

    /// Opens the credentials and verifies the signature with them.
    fn authenticate(
        &self,
        visit: &Visit,
        head: &Head,
        claim: &Claim,
        payload: Payload,
    ) -> Result<(Caller, BodyProof), Box<Refused>> {
        let id = claim.access_key_id().as_str();
        let opened = match session::open(id, claim.session_token(), &self.vault.ring(), visit.at) {
            Ok(opened) => opened,
            Err(refusal) => {
                // As much work as for a known key id, so that the time taken does not tell which ids exist.
                drop(claim.verify(head, payload, &SecretKey::new("0".repeat(40)), visit.at));
                return Err(Refused::stranger(closed(visit.family, &refusal)));
            }
        };
        let (authenticated, proof) =
            claim.verify(head, payload, opened.secret(), visit.at).map_err(|refusal| bad_signature(visit, &refusal))?;
        let caller =
            Caller::new(&authenticated, opened).map_err(|_| Refused::stranger(closed(visit.family, &session::Refusal::Unknown)))?;
        Ok((caller, proof))
    }

    /// Keeps a decision.
    ///
    /// Anybody can name any account, so only those that exist have a share of the refusals of their own.
    fn keep(&self, visit: &Visit, mut evidence: Evidence, stranger: bool) {
        evidence.account = evidence.account.filter(|account| self.ledger.world().account(account).is_some());
        let record = Record { request_id: visit.id.clone(), at: visit.at, source_ip: visit.peer.source_ip.to_string(), evidence };
        self.decisions.keep(record, stranger);
    }

    /// Keeps a refusal and writes the answer that tells the caller no more than AWS would.
    fn refuse(&self, visit: &Visit, refused: Refused, path: &str) -> Response<Body> {
        let Refused { denial, stranger } = refused;
        let namespace =
            if denial.evidence.operation.starts_with("iam:") { authority::iam::NAMESPACE } else { authority::sts::NAMESPACE };
        let reply = denial.fault.reply(visit.family, namespace, path, &visit.id);
        self.keep(visit, *denial.evidence, stranger);
        respond(reply)
    }

    /// The partition of a bearer's account.
    fn partition(&self, bearer: &Bearer) -> String {
        let account = match bearer {
            Bearer::Session(facts) => &facts.account,
            Bearer::Root(account) => account,
        };
        self.ledger.world().account(account).map_or_else(|| "aws".to_owned(), |it| it.partition.clone())
    }
}

/// Reads the head and refuses what could be read in two ways: absolute form, two lengths, a foreign host.
fn read_head(parts: &Parts) -> Result<Head, String> {
    if parts.uri.authority().is_some() || parts.uri.scheme().is_some() {
        return Err("the request target is not of the form `/path?query`".to_owned());
    }
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let fields = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let head = Head::read(parts.method.as_str(), target, fields).map_err(|bad| bad.to_string())?;
    let one = |name: &str| head.headers.one(name).map_err(|bad| bad.to_string());
    // A length beside it may be gone already: the reader of HTTP drops it. S3 takes no transfer encoding either.
    if one("transfer-encoding")?.is_some() {
        return Err("a transfer encoding is not served here; say the length of the body with `content-length`".to_owned());
    }
    if parts.version != http::Version::HTTP_11 {
        return Err("only HTTP/1.1 is served here".to_owned());
    }
    let host = one("host")?.ok_or_else(|| "the request has no host".to_owned())?;
    if !is_loopback(host) {
        return Err(format!("`{}` is not a host of this server", host.chars().take(64).collect::<String>()));
    }
    Ok(head)
}

/// The server is asked by a loopback name only: a name that somebody else controls could point here as well, and a
/// bucket before the name is not served.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A form at `/`, or a query string with an action there.
fn speaks_query(head: &Head) -> bool {
    let form = "application/x-www-form-urlencoded";
    let is_form = head
        .headers
        .one("content-type")
        .ok()
        .flatten()
        .is_some_and(|kind| kind.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case(form));
    let asks = head.target.raw_query().split('&').any(|pair| pair.starts_with("Action="));
    head.target.raw_path() == "/" && (head.method == Method::Post && is_form || head.method == Method::Get && asks)
}

async fn read_form(head: &Head, body: Incoming) -> Result<Come, Box<Refused>> {
    let refuse = |because: String| Refused::stranger(unreadable(because));
    let bytes = body::whole(body, wire::MAX_FORM_BYTES).await.map_err(|because| match because {
        body::Unread::TooLarge => Refused::stranger(too_large()),
        body::Unread::Late | body::Unread::Broken => refuse(because.to_string()),
    })?;
    let text = match head.method {
        Method::Get if bytes.is_empty() => head.target.raw_query().to_owned(),
        Method::Get => return Err(refuse("a GET has no body here".to_owned())),
        _ if head.target.raw_query().is_empty() => {
            String::from_utf8(bytes.to_vec()).map_err(|_| refuse("the form is not UTF-8".to_owned()))?
        }
        // An action in the address and another one in the body: two readers, two calls.
        _ => return Err(refuse("a form at `/` has no query string beside it".to_owned())),
    };
    let form = Words::read(&text).map_err(|bad| refuse(bad.to_string()))?;
    Ok(Come::Form(form, sigv4::sha256(&bytes)))
}

/// The form of a presigned request. A URL is easily passed on: it may say who somebody is, and do nothing else.
fn presigned(form: &Words) -> Result<Words, Box<Refused>> {
    let form = sigv4::without_signature(form);
    if form.get("Action") == Some("GetCallerIdentity") {
        return Ok(form);
    }
    Err(Refused::stranger(disagrees("only GetCallerIdentity may be presigned")))
}

fn unreadable(because: String) -> Denial {
    let fault = Fault::new("InvalidRequest", 400, format!("Invalid Request: {because}"));
    Denial::new(Link::Credentials, Cause::Unreadable { because }, fault)
}

fn too_large() -> Denial {
    let because = format!("the form has more than {} bytes", wire::MAX_FORM_BYTES);
    let fault = Fault::new("RequestEntityTooLarge", 413, "Request Entity Too Large");
    Denial::new(Link::Credentials, Cause::Unreadable { because }, fault)
}

fn disagrees(because: &str) -> Denial {
    let fault = Fault::new("InvalidRequest", 400, format!("Invalid Request: {because}"));
    Denial::new(Link::Credentials, Cause::Unmapped { because: because.to_owned() }, fault)
}

fn unsigned(family: Family) -> Denial {
    let fault = match family {
        Family::S3 => Fault::new("AccessDenied", 403, "Access Denied"),
        Family::Query | Family::QueryJson | Family::Json | Family::RestJson => {
            Fault::new("MissingAuthenticationToken", 403, "Request is missing Authentication Token")
        }
    };
    Denial::new(Link::Credentials, Cause::Unsigned, fault)
}

fn bad_signature(visit: &Visit, refusal: &sigv4::Refusal) -> Box<Refused> {
    let cause = Cause::Signature { because: refusal.to_string() };
    Refused::stranger(Denial::new(Link::Credentials, cause, refusal.fault(visit.family)))
}

/// Credentials that do not open.
fn closed(family: Family, refusal: &session::Refusal) -> Denial {
    let s3 = family == Family::S3;
    let fault = match refusal {
        session::Refusal::Unknown | session::Refusal::TokenMissing if s3 => {
            Fault::new("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.")
        }
        session::Refusal::TokenUnexpected if s3 => {
            Fault::new("InvalidToken", 400, "The provided token is malformed or otherwise invalid.")
        }
        session::Refusal::Expired { .. } if s3 => Fault::new("ExpiredToken", 400, "The provided token has expired."),
        session::Refusal::Expired { .. } => {
            Fault::new("ExpiredToken", 403, "The security token included in the request is expired")
        }
        session::Refusal::Unknown | session::Refusal::TokenMissing | session::Refusal::TokenUnexpected => {
            Fault::new("InvalidClientTokenId", 403, "The security token included in the request is invalid.")
        }
    };
    Denial::new(Link::Credentials, Cause::Credentials { because: refusal.to_string() }, fault)
}

fn unmapped(unmapped: &catalog::Unmapped) -> Denial {
    Denial::new(Link::Permissions, Cause::Unmapped { because: unmapped.to_string() }, unmapped.fault())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_34_only_loopback_names_are_hosts() {
        for host in ["localhost", "localhost:4566", "LOCALHOST", "127.0.0.1:1", "[::1]:4566", "127.1.2.3"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "sts.amazonaws.com",
            "10.0.0.1",
            "bucket.localhost",
            "[::2]",
            "127.0.0.1.example",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
