//! The gate for S3: nothing is done without a permit, and no body completes at the store before its
//! hash holds.

use std::sync::Arc;

use authority::denial::Denial;
use authority::grant::Permit;
use authority::refusal::{self, BodyFailure};
use authority::s3_call::{self, Before, Needs, WholeBody};
use authority::{Bucket, Caller, Signed, World, error_reply, iso8601};
use catalog::s3::{Operation, S3Call};
use catalog::{BucketName, Call};
use http::Response;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use policy::AccountId;
use sigv4::BodyProof;
use wire::xml::Writer;
use wire::{Fault, Head, Reply, S3Fault};

use super::body::Proven;
use super::deciding::aside;
use super::record_on_drop::RecordOnDrop;
use super::store_call::{StoreCall, Taken};
use super::{Answer, Api, RequestInfo, respond};
use crate::backend::{Body, Digests};
use crate::buffer::{Held, Holder, Whole};
use crate::limits::LONG_BODY_BYTES;

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// A body that is still to come: decided over first, read afterwards.
struct Upload {
    body: Incoming,
    proof: BodyProof,
    length: u64,
}

impl Api {
    pub(super) async fn gate(
        &self,
        info: &RequestInfo,
        head: &Head,
        caller: &Caller,
        proof: BodyProof,
        body: Incoming,
    ) -> Answer {
        // What of a body is needed for the call counts as held until the call is over.
        let (call, upload, held) = match s3_call::read(head, &proof, &info.peer)? {
            Needs::Nothing { call, length } => (
                *call,
                Some(Upload {
                    body,
                    proof,
                    length,
                }),
                None,
            ),
            Needs::Whole(whole) => {
                // What can be decided without the body is decided first: whoever may do nothing
                // here must not make the server read megabytes.
                match whole.before() {
                    Before::Call(call) => drop(self.decide_call(info, caller, *call).await?),
                    Before::Caller => whole.check_caller(&self.ledger.world(), caller)?,
                    Before::Nothing => {}
                }
                let (call, held) = self.understood(caller, whole, body).await?;
                (call, None, Some(held))
            }
        };
        let (before, permit) = self.decide_call(info, caller, call).await?;
        // Only who may act waits for others, at the store and in the bucket, or learns of them.
        // The slot before the bucket: who waited for a slot with a bucket locked would keep the
        // owner from deleting it.
        let slot = self.storing.next(permit.account()).await;
        let lock = self.locks.take(&permit.call().detail).await;
        // The bucket may have changed hands before it was held; from here on it cannot.
        let (world, permit) = if Arc::ptr_eq(&before, &self.ledger.world()) {
            (before, permit)
        } else {
            self.decide_call(info, caller, permit.into_call()).await?
        };
        permit.whole()?;
        // From here on the store may change, so the grant is kept whatever becomes of the
        // connection.
        let record = RecordOnDrop::of(self, info, permit.evidence());
        let done = match lock {
            Ok(lock) => {
                let taken = Taken {
                    lock,
                    slot,
                    body: held,
                };
                // Who signed for no region is answered as in the first of the server's.
                let region = caller
                    .signed()
                    .map_or_else(|| self.regions.told("aws"), Signed::region);
                self.carry_out(info, &world, (&permit, region), upload, taken)
                    .await
            }
            Err(fault) => Err(Failed::Store(fault)),
        };
        match done {
            Ok(response) => Ok(response),
            Err(Failed::Body(failure)) => {
                record.overruled();
                Err(refusal::body_failed(&failure, permit.evidence()))
            }
            // Permitted, but not possible: the caller hears S3's own fault, and the grant is what
            // was decided.
            Err(Failed::Store(fault)) => {
                let (operation, path) = (&permit.evidence().operation, head.target.raw_path());
                Ok(respond(error_reply(
                    &fault,
                    operation,
                    info.family,
                    path,
                    &info.id,
                )))
            }
        }
    }

    /// Reads a body that is decided over, proves it, and then reads what it asks for; a long one
    /// beside the workers. With the call comes the memory that the body took.
    async fn understood(
        &self,
        caller: &Caller,
        whole: Box<WholeBody>,
        body: Incoming,
    ) -> Result<(Call<S3Call>, Held), Denial> {
        let account = caller.account();
        let holder = account.cloned().map_or(Holder::Stranger, Holder::Account);
        let read = self.budget.whole(body, whole.most(), holder).await;
        let Whole { bytes, held } = read.map_err(s3_call::unread)?;
        let long = bytes.len() > LONG_BODY_BYTES;
        let read = move || whole.call(&bytes);
        let call = if long {
            aside(Some(self.slot_to_decide(account).await?), read).await??
        } else {
            read()?
        };
        Ok((call, held))
    }

    async fn carry_out(
        &self,
        info: &RequestInfo,
        world: &World,
        (permit, region): (&Permit<S3Call>, &str),
        upload: Option<Upload>,
        taken: Taken,
    ) -> Result<Response<Body>, Failed> {
        let call = &permit.call().detail;
        // Buckets are made and listed for an account, whatever a policy allows everybody.
        let accountless = || Failed::Store(S3Fault::AccessDenied.fault());
        let account = || permit.account().ok_or_else(accountless);
        let named = call.bucket.as_ref().map(BucketName::as_str);
        let bucket = match call.operation {
            Operation::ListBuckets => return Ok(respond(own_buckets(world, account()?))),
            Operation::CreateBucket => {
                // The store knows no regions: a LocationConstraint that is not served here must
                // fail before it.
                if let catalog::s3::Body::Create { location } = &call.body {
                    self.regions
                        .place(region, location.as_deref())
                        .map_err(Failed::Store)?;
                }
                let owner = account()?;
                named.map(|name| Bucket {
                    name: name.to_owned(),
                    owner: owner.clone(),
                    created: info.at,
                })
            }
            _ => named.and_then(|name| world.bucket(name)).cloned(),
        };
        let mut failure = None;
        let body = match upload {
            None => None,
            Some(upload) => {
                let digests = Digests::read(&call.headers)
                    .map_err(|bad| Failed::Body(BodyFailure::DigestHeader(bad.0)))?;
                let (proven, why) = Proven::new(upload.body, upload.proof.checker(), digests);
                failure = Some(why);
                Some((proven.boxed_unsync(), upload.length))
            }
        };
        let (backend, ledger) = (Arc::clone(&self.backend), Arc::clone(&self.ledger));
        let result = StoreCall {
            backend,
            ledger,
            call: call.clone(),
            bucket,
            taken,
        }
        .done(body)
        .await;
        let failure = failure.and_then(|why| {
            why.lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .take()
        });
        // The reason of the body goes first: the error of the store only says that its upload broke
        // off.
        match failure {
            Some(failure) => Err(Failed::Body(failure)),
            // The store was asked all the same: it knows whether the bucket is there.
            None if call.operation == Operation::GetBucketLocation && result.is_ok() => {
                Ok(respond(location(region)))
            }
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
                        inner
                            .text("Name", &bucket.name)
                            .text("CreationDate", &iso8601(bucket.created));
                    });
                }
            });
    });
    let mut reply = Reply::xml(200, xml.finish());
    reply.headers = vec![("content-type", "application/xml".to_owned())];
    reply
}

/// A bucket is in each region that the server is, so in the one that it was asked for in;
/// `us-east-1` has no name.
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
    Body(BodyFailure),
    /// The store or the ledger says no.
    Store(Fault),
}
