//! Objects that are looked at before the decision, because a policy asks for their tags: what is
//! decided over is then what is served.

use std::sync::Arc;

use authority::denial::Denial;
use authority::grant::Permit;
use authority::refusal::{self, Busy};
use authority::{Caller, World, effort, s3_call};
use catalog::s3::S3Call;
use catalog::{BucketName, Call, ObjectKey};
use wire::S3Fault;

use crate::api::deciding::aside;
use crate::api::{Api, RequestInfo};
use crate::backend::{Failed, Looked};
use crate::limits::LOOKS;

/// An object, and what it was when somebody looked.
pub(super) type Seen = ((BucketName, ObjectKey), Option<Looked>);

/// A permit, what it was decided over, and the objects as they were then.
pub(super) struct Considered {
    pub(super) world: Arc<World>,
    pub(super) permit: Permit<S3Call>,
    pub(super) looked: Vec<Seen>,
    /// The call before it was told any tags.
    untold: Option<Call<S3Call>>,
}

impl Considered {
    /// The call, to be considered again.
    pub(super) fn into_call(self) -> Call<S3Call> {
        let Self { permit, untold, .. } = self;
        untold.unwrap_or_else(|| permit.into_call())
    }
}

impl Api {
    /// Decides over a call, with the tags of the objects that a policy asks for.
    pub(super) async fn consider(
        &self,
        info: &RequestInfo,
        caller: &Caller,
        mut call: Call<S3Call>,
    ) -> Result<Considered, Denial> {
        for _ in 0..LOOKS {
            let before = self.ledger.world();
            let (asked, objects) = self.objects(&before, caller, call).await?;
            call = asked;
            let (told, untold, looked) = if objects.is_empty() {
                (call, None, Vec::new())
            } else {
                let looked = self.look(caller, objects.clone()).await?;
                let tags = |found: &Looked| found.tags().to_vec();
                let seen: Vec<s3_call::Seen> = looked
                    .iter()
                    .map(|(object, found)| (object.clone(), found.as_ref().map(tags)))
                    .collect();
                let told = s3_call::with_tags(call.clone(), &seen);
                (told, Some(call), looked)
            };
            let (world, permit) = self.decide_call(info, caller, told).await?;
            let asked = untold.as_ref().unwrap_or_else(|| permit.call());
            // A policy that was written meanwhile may ask for tags that nobody looked up.
            let enough =
                Arc::ptr_eq(&before, &world) || s3_call::objects(&world, caller, asked) == objects;
            let considered = Considered {
                world,
                permit,
                looked,
                untold,
            };
            if enough {
                return Ok(considered);
            }
            call = considered.into_call();
        }
        Err(refusal::busy(Busy::Decisions))
    }

    /// The objects whose tags a policy asks for. Where the decision may take long, so may this: the
    /// policies are read for it.
    async fn objects(
        &self,
        world: &Arc<World>,
        caller: &Caller,
        call: Call<S3Call>,
    ) -> Result<(Call<S3Call>, Vec<(BucketName, ObjectKey)>), Denial> {
        if !effort::call_takes_long(world, caller, &call) {
            let objects = s3_call::objects(world, caller, &call);
            return Ok((call, objects));
        }
        let slot = self.slot_to_decide(caller.account()).await?;
        let (world, caller) = (Arc::clone(world), caller.clone());
        aside(Some(slot), move || {
            let objects = s3_call::objects(&world, &caller, &call);
            (call, objects)
        })
        .await
    }

    async fn look(
        &self,
        caller: &Caller,
        objects: Vec<(BucketName, ObjectKey)>,
    ) -> Result<Vec<Seen>, Denial> {
        // Nobody knows yet whether the caller may, so this has no more of the store than a call,
        // and is not waited for without end.
        let slot = self.storing.soon(caller.account()).await;
        let _slot = slot.ok_or_else(|| refusal::busy(Busy::Decisions))?;
        let mut seen = Vec::with_capacity(objects.len());
        for (bucket, key) in objects {
            let found = match self.backend.look(&bucket, &key).await {
                Ok(found) => found,
                // Whether there is such a bucket is told to who may know it.
                Err(Failed::Store { fault, .. }) if S3Fault::NoSuchBucket.is(&fault) => None,
                Err(error) => {
                    tracing::error!(
                        ?error,
                        "an object that is to be decided over is not readable"
                    );
                    return Err(refusal::failed(refusal::Failed::Decision));
                }
            };
            seen.push(((bucket, key), found));
        }
        Ok(seen)
    }
}
