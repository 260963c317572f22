//! The gate for S3: nothing is done without a permit, and no body completes at the store before its hash holds.

use std::sync::Arc;

use authority::denial::Denial;
use authority::grant::{self, Permit};
use authority::record::{Cause, Link};
use authority::{Bucket, Caller, Signed, World, iso8601};
use catalog::s3::{self, BodyNeed, Operation, S3Call};
use catalog::{BucketName, Call};
use http::Response;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use policy::AccountId;
use sigv4::BodyProof;
use wire::xml::Writer;
use wire::{Fault, Head, Reply, S3Fault};

use super::body::{Failure, Proven};
use super::deciding::aside;
use super::record_on_drop::RecordOnDrop;
use super::refusals::{no_room, unmapped};
use super::store_call::{StoreCall, Taken};
use super::{Answer, Api, Refused, RequestInfo, respond};
use crate::backend::{Body, Digests};
use crate::buffer::{Held, Holder, Unread, Whole};

/// Largest object or part of one request (S3 user guide).
const MAX_UPLOAD: u64 = 5 * 1024 * 1024 * 1024;
/// Hashing and parsing cost some ten milliseconds for a megabyte.
const LONG_BODY: usize = 64 * 1024;
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// A body that is still to come: decided over first, read afterwards.
struct Upload {
    body: Incoming,
    proof: BodyProof,
    length: u64,
}

impl Api {
    pub(super) async fn gate(&self, info: &RequestInfo, head: &Head, caller: &Caller, proof: BodyProof, body: Incoming) -> Answer {
        let route = s3::route(head).map_err(|bad| Refused::known(unmapped(&bad).of("s3:?")))?;
        if proof.is_unsigned() && !(info.peer.secure || info.peer.source_ip.to_canonical().is_loopback()) {
            return Err(Refused::known(unprotected()));
        }
        // What of a body is needed for the call counts as held until the call is over.
        let (call, upload, held) = match route.body_need() {
            BodyNeed::None => self.understood(caller, route, &proof, body, 0).await?,
            BodyNeed::Whole(most) => {
                // Who is refused anyway sends no body first.
                match route.call_without_body() {
                    Some(call) => drop(self.decide(info, caller, call).await?),
                    None => {
                        grant::stands(&self.ledger.world(), caller).map_err(|denial| Refused::known(denial.of(route.name())))?
                    }
                }
                self.understood(caller, route, &proof, body, most).await?
            }
            BodyNeed::Stream => {
                let length = declared_length(head).map_err(|fault| Refused::known(bad_body(fault)))?;
                let call = route.call(b"").map_err(|bad| Refused::known(unmapped(&bad).of("s3:?")))?;
                (call, Some(Upload { body, proof, length }), None)
            }
        };
        let (before, permit) = self.decide(info, caller, call).await?;
        // Only who may act waits for others, at the store and in the bucket, or learns of them.
        let slot = self.storing.next(permit.account()).await;
        let lock = self.locks.take(&permit.call().detail).await;
        // The bucket may have changed hands before it was held; from here on it cannot.
        let (world, permit) = if Arc::ptr_eq(&before, &self.ledger.world()) {
            (before, permit)
        } else {
            self.decide(info, caller, permit.into_call()).await?
        };
        let record = RecordOnDrop::of(self, info, permit.evidence());
        let done = match lock {
            Ok(lock) => {
                let taken = Taken { lock, slot, body: held };
                // Who signed for no region is answered as in the first of the server's.
                let region = caller.signed().map_or_else(|| self.regions.told("aws"), Signed::region);
                self.carry_out(info, &world, (&permit, region), upload, taken).await
            }
            Err(fault) => Err(Failed::Store(fault)),
        };
        match done {
            Ok(response) => Ok(response),
            Err(Failed::Body(fault)) => {
                record.overruled();
                let asked = permit.evidence().asked.clone();
                Err(Refused::known(bad_body(fault).of(format!("s3:{}", permit.call().operation)).having_asked(asked)))
            }
            // Permitted, but not possible: the caller hears S3's own fault, and the grant is what was decided.
            Err(Failed::Store(fault)) => Ok(respond(fault.reply(info.family, "", head.target.raw_path(), &info.id))),
        }
    }

    /// Reads a body that is decided over, proves it, and then reads what it asks for; a long one beside the workers. With the call
    /// comes the memory that the body took.
    async fn understood(
        &self,
        caller: &Caller,
        route: s3::Route,
        proof: &BodyProof,
        body: Incoming,
        most: usize,
    ) -> Result<(Call<S3Call>, Option<Upload>, Option<Held>), Box<Refused>> {
        let refuse = |because: Unread| {
            Refused::known(match because {
                Unread::NoRoom => no_room(because),
                _ => bad_body(S3Fault::InvalidRequest.saying(format!("Invalid Request: {because}"))),
            })
        };
        let account = caller.account();
        let holder = account.cloned().map_or(Holder::Stranger, Holder::Account);
        let Whole { bytes, held } = self.budget.whole(body, most, holder).await.map_err(refuse)?;
        let mut checker = proof.checker();
        let long = bytes.len() > LONG_BODY;
        let read = move || {
            checker.update(&bytes);
            checker.finish().map_err(|_| Refused::known(bad_body(body_fault(Failure::Hash))))?;
            route.call(&bytes).map_err(|bad| Refused::known(unmapped(&bad).of("s3:?")))
        };
        let call = if long { aside(Some(self.slot_to_decide(account).await?), read).await?? } else { read()? };
        Ok((call, None, Some(held)))
    }

    async fn carry_out(
        &self,
        info: &RequestInfo,
        world: &World,
        (permit, region): (&Permit<S3Call>, &str),
        upload: Option<Upload>,
        taken: Taken,
    ) -> Result<Response<Body>, Failed> {
        let call = &permit.whole().map_err(Failed::Store)?.detail;
        // Buckets are made and listed for an account, whatever a policy allows everybody.
        let accountless = || Failed::Store(Fault::new("AccessDenied", 403, "Access Denied"));
        let account = || permit.account().ok_or_else(accountless);
        let named = call.bucket.as_ref().map(BucketName::as_str);
        let bucket = match call.operation {
            Operation::ListBuckets => return Ok(respond(own_buckets(world, account()?))),
            Operation::CreateBucket => {
                if let catalog::s3::Body::Create { location } = &call.body {
                    self.regions.place(region, location.as_deref()).map_err(Failed::Store)?;
                }
                let owner = account()?;
                named.map(|name| Bucket { name: name.to_owned(), owner: owner.clone(), created: info.at })
            }
            _ => named.and_then(|name| world.bucket(name)).cloned(),
        };
        let mut failure = None;
        let body = match upload {
            None => None,
            Some(upload) => {
                let digests = Digests::read(&call.headers).map_err(|bad| {
                    Failed::Body(S3Fault::InvalidDigest.saying(format!("The {} you specified is not valid.", bad.0)))
                })?;
                let (proven, why) = Proven::new(upload.body, upload.proof.checker(), digests);
                failure = Some(why);
                Some((proven.boxed_unsync(), upload.length))
            }
        };
        let (backend, ledger) = (Arc::clone(&self.backend), Arc::clone(&self.ledger));
        let result = StoreCall { backend, ledger, call: call.clone(), bucket, taken }.done(body).await;
        let failure = failure.and_then(|why| *why.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        match failure {
            Some(failure) => Err(Failed::Body(body_fault(failure))),
            None if call.operation == Operation::GetBucketLocation && result.is_ok() => Ok(respond(location(region))),
            None => result.map_err(Failed::Store),
        }
    }
}

/// The store lists every bucket that it holds; a caller sees those of the own account only.
fn own_buckets(world: &World, account: &AccountId) -> Reply {
    let mut xml = Writer::declared();
    xml.element_in("ListAllMyBucketsResult", NAMESPACE, |result| {
        result
            .element("Owner", |owner| {
                owner.text("ID", account.as_str());
            })
            .element("Buckets", |buckets| {
                for bucket in world.buckets(account) {
                    buckets.element("Bucket", |inner| {
                        inner.text("Name", &bucket.name).text("CreationDate", &iso8601(bucket.created));
                    });
                }
            });
    });
    let mut reply = Reply::xml(200, xml.finish());
    reply.headers = vec![("content-type", "application/xml".to_owned())];
    reply
}

/// A bucket is in each region that the server is, so in the one that it was asked for in; `us-east-1` has no name.
fn location(region: &str) -> Reply {
    let mut xml = Writer::declared();
    xml.element_in("LocationConstraint", NAMESPACE, |inner| {
        inner.raw_text(if region == "us-east-1" { "" } else { region });
    });
    let mut reply = Reply::xml(200, xml.finish());
    reply.headers = vec![("content-type", "application/xml".to_owned())];
    reply
}

/// Why a permitted call was not carried out.
enum Failed {
    /// The body is not the one that was promised.
    Body(Fault),
    /// The store or the ledger says no.
    Store(Fault),
}

fn declared_length(head: &Head) -> Result<u64, Fault> {
    let text = head.headers.one("content-length").ok().flatten();
    let text = text.ok_or_else(|| S3Fault::MissingContentLength.fault())?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let length = text.parse().ok().filter(|_| digits);
    let length: u64 = length.ok_or_else(|| S3Fault::InvalidArgument.saying("Invalid Content-Length"))?;
    if length > MAX_UPLOAD {
        return Err(S3Fault::EntityTooLarge.fault());
    }
    Ok(length)
}

fn body_fault(failure: Failure) -> Fault {
    match failure {
        Failure::Hash => S3Fault::ContentSha256Mismatch.fault(),
        Failure::Digest => S3Fault::BadDigest.fault(),
        Failure::Broken => S3Fault::IncompleteBody.fault(),
    }
}

fn bad_body(fault: Fault) -> Denial {
    let because = fault.text.clone();
    Denial::new(Link::Credentials, Cause::Body { because }, fault)
}

fn unprotected() -> Denial {
    let because = "an unsigned payload is taken over TLS or from loopback only".to_owned();
    Denial::new(Link::Credentials, Cause::Transport { because: because.clone() }, S3Fault::AccessDenied.saying(because))
}

pub(super) fn internal() -> Fault {
    S3Fault::InternalError.fault()
}
