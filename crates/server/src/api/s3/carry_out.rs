//! A permitted call is carried out: by the ledger, where it is about a bucket's configuration or
//! about who has which, and else by the store.

use std::sync::Arc;

use authority::denial::Denial;
use authority::refusal;
use authority::{Bucket, Signed, bucket_config, s3_call};
use catalog::BucketName;
use catalog::s3::{Detail, Operation};
use http::Response;
use policy::AccountId;
use wire::{Fault, S3Fault};

use super::look::Considered;
use super::rest::Rest;
use super::store_call::{StoreCall, Taken};
use crate::api::{Api, RequestInfo, respond};
use crate::backend::{self, Ask, Body, Context, OwnBucket};

/// How many tags an object has.
const TAG_COUNT: &str = "x-amz-tagging-count";

/// Why a permitted call was not carried out.
pub(super) enum Failed {
    /// It is refused after all, which is what goes on record.
    Refused(Denial),
    /// The store or the ledger says no; with headers for the answer.
    Fault(Fault, Vec<(&'static str, String)>),
    /// An object is no longer the one that was decided over.
    Changed,
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault, Vec::new())
    }
}

impl Api {
    pub(super) async fn carry_out(
        &self,
        info: &RequestInfo,
        considered: &Considered,
        rest: &mut Rest<'_>,
        taken: Taken,
    ) -> Result<Response<Body>, Failed> {
        let Considered { world, permit, .. } = considered;
        let call = &permit.call().detail;
        let operation = call.operation;
        if bucket_config::changes(operation) {
            return self.configure(info, considered).await;
        }
        if bucket_config::is_configuration(operation) {
            return self.tell_configuration(info, considered).await;
        }
        // Buckets are made and listed for an account, whatever a policy allows everybody.
        let account = || {
            let accountless = || Failed::from(S3Fault::AccessDenied.fault());
            permit.account().ok_or_else(accountless)
        };
        // Who signed for no region is answered as in the first of the server's.
        let region = permit.caller().signed();
        let region = region.map_or_else(|| self.regions.told("aws"), Signed::region);
        let named = call.bucket.as_ref().map(BucketName::as_str);
        let bucket = match (operation, &call.detail) {
            (Operation::ListBuckets, Detail::ListBuckets(list)) => {
                let owner = account()?;
                let own = world.buckets(owner).map(|bucket| OwnBucket {
                    name: &bucket.name,
                    created: bucket.created,
                });
                return Ok(respond(backend::list_buckets(owner, own, list, region)?));
            }
            (Operation::CreateBucket, Detail::CreateBucket { location }) => {
                // The store knows no regions: a LocationConstraint that is not served here must
                // fail before it.
                self.regions.place(region, location.as_deref())?;
                let owner = account()?;
                named.map(|name| Bucket::new(name, owner.clone(), info.at))
            }
            _ => named.and_then(|name| world.bucket(name)).cloned(),
        };
        let owner = bucket.as_ref().map(|bucket| &bucket.owner);
        let Some(owner) = owner.or_else(|| permit.account()) else {
            return Err(S3Fault::NoSuchBucket.fault().into());
        };
        let store_call = StoreCall {
            backend: Arc::clone(&self.backend),
            ledger: Arc::clone(&self.ledger),
            ask: Ask {
                call: call.clone(),
                looked: considered.looked.clone(),
                denied: permit.denied().map(|(place, _)| place).collect(),
                context: context(info, considered, rest, (region, owner)),
            },
            bucket,
            taken,
        };
        let failed = match store_call.done(rest.upload.take()).await {
            Ok(mut response) => {
                // Asked only where there is something to tell: most objects have no tags.
                if response.headers().contains_key(TAG_COUNT)
                    && !s3_call::may_count_tags(world, permit, &info.peer, info.at)
                {
                    response.headers_mut().remove(TAG_COUNT);
                }
                return Ok(response);
            }
            Err(failed) => failed,
        };
        Err(match failed {
            backend::Failed::Body(failure) => {
                Failed::Refused(refusal::body_failed(&failure, permit.evidence()))
            }
            backend::Failed::Missing(bucket, key) => {
                self.missing(info, considered, (&bucket, &key))
            }
            backend::Failed::Changed => Failed::Changed,
            backend::Failed::Store { fault, headers } => Failed::Fault(fault, headers),
        })
    }

    /// There is no such object: told to who may list the bucket.
    fn missing(
        &self,
        info: &RequestInfo,
        considered: &Considered,
        object: (&BucketName, &catalog::ObjectKey),
    ) -> Failed {
        let (world, caller) = (&considered.world, considered.permit.caller());
        match s3_call::missing(world, caller, &info.peer, object, info.at) {
            Ok(fault) => fault.into(),
            Err(denial) => Failed::Refused(denial),
        }
    }

    /// What is kept of the bucket, or what a bucket answers that was told nothing.
    async fn tell_configuration(
        &self,
        info: &RequestInfo,
        considered: &Considered,
    ) -> Result<Response<Body>, Failed> {
        let call = &considered.permit.call().detail;
        if let (Some(bucket), Some(key)) = (&call.bucket, &call.key) {
            match self.backend.look(bucket, key).await {
                Ok(Some(_)) => {}
                Ok(None) => return Err(self.missing(info, considered, (bucket, key))),
                Err(backend::Failed::Store { fault, headers }) => {
                    return Err(Failed::Fault(fault, headers));
                }
                Err(_) => return Err(S3Fault::InternalError.fault().into()),
            }
        }
        let reply = bucket_config::read(&considered.world, &considered.permit)?;
        Ok(respond(reply))
    }

    /// Changes what is kept of the bucket, over the very snapshot that was decided over: what was
    /// permitted before a wait may not be now.
    async fn configure(
        &self,
        info: &RequestInfo,
        considered: &Considered,
    ) -> Result<Response<Body>, Failed> {
        let mut pending = self.ledger.begin_write().await;
        let mut decided = None;
        let mut before = Arc::clone(&considered.world);
        loop {
            let world = self.ledger.world();
            if !Arc::ptr_eq(&before, &world) {
                let (caller, call) = (considered.permit.caller(), considered.permit.call().clone());
                let permit = self.decide_write(&world, info, caller, call).await;
                decided = Some(permit.map_err(Failed::Refused)?);
                before = Arc::clone(&world);
            }
            let permit = decided.as_ref().unwrap_or(&considered.permit);
            let (changes, reply) =
                bucket_config::apply(&world, permit, info.at).map_err(Failed::Refused)?;
            match pending.keep(world, changes).await {
                Ok(None) => return Ok(respond(reply)),
                Ok(Some(overtaken)) => pending = overtaken,
                Err(error) => {
                    tracing::error!(%error, "a bucket's configuration was not stored");
                    return Err(S3Fault::InternalError.fault().into());
                }
            }
        }
    }
}

/// Whether the caller may hear of the objects that are missing among those that are to go. Only one
/// that is expected to be there is ever told to be missing.
fn tells_missing(info: &RequestInfo, considered: &Considered) -> bool {
    let permit = &considered.permit;
    let call = &permit.call().detail;
    let (Detail::DeleteMany { objects, .. }, Some(bucket)) = (&call.detail, &call.bucket) else {
        return true;
    };
    let Some(expected) = objects.iter().find(|object| object.if_match.is_some()) else {
        return true;
    };
    let object = (bucket, &expected.key);
    s3_call::missing(
        &considered.world,
        permit.caller(),
        &info.peer,
        object,
        info.at,
    )
    .is_ok()
}

fn context(
    info: &RequestInfo,
    considered: &Considered,
    rest: &Rest<'_>,
    (region, owner): (&str, &AccountId),
) -> Context {
    let head = rest.incoming.head();
    let who = &considered.permit.evidence().who;
    Context {
        region: region.to_owned(),
        host: head
            .headers
            .one("host")
            .ok()
            .flatten()
            .unwrap_or_default()
            .to_owned(),
        secure: info.peer.secure,
        request_id: info.id.clone(),
        owner: owner.clone(),
        caller: who.arn.clone().unwrap_or_else(|| "anonymous".to_owned()),
        // Taken away again from who may not know it.
        tells_tags: true,
        tells_missing: tells_missing(info, considered),
        virtual_hosted: rest.incoming.bucket().is_some(),
        now: info.at,
    }
}
