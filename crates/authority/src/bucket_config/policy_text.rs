//! A bucket policy before it is kept: as S3 would take it, its roles by their unique ids, not
//! public where that is blocked, and not without a way back for who puts it.

use catalog::aws::Catalogue;
use catalog::s3::S3Call;
use policy::{AskedOf, BucketFacts, Document, Policies, Verdict};
use wire::S3Fault;

use crate::caller::{CallerContext, CallerPolicies};
use crate::denial::Denial;
use crate::grant::{self, Permit};
use crate::record::{Cause, Link};
use crate::session::Bearer;
use crate::world::{LoadedBucket, World};

/// The policy as it is kept.
///
/// # Errors
/// [`Denial`]: `MalformedPolicy`, or `AccessDenied` for one that is public.
pub(super) fn kept(
    world: &World,
    permit: &Permit<S3Call>,
    loaded: &LoadedBucket,
    (text, confirmed): (&str, bool),
    now: i64,
) -> Result<String, Denial> {
    let name = loaded.bucket.name.clone();
    let malformed = |because: &str, detail: String| {
        let cause = Cause::MalformedPolicy {
            because: because.to_owned(),
            detail,
        };
        let fault = S3Fault::MalformedPolicy.saying(because);
        permit.overruled(Denial::new(Link::ResourcePolicy, cause, fault))
    };
    let aws = Catalogue::load();
    let facts = BucketFacts {
        bucket: &name,
        partition: world.partition(&loaded.bucket.owner),
        action: &|pattern| asked_of(&aws, pattern),
        key: &|key| is_key(&aws, key),
    };
    let document = Document::read_bucket_policy(text, &facts).map_err(|bad| {
        let place = format!("{} (line {}, column {})", bad.path, bad.line, bad.column);
        malformed(&bad.message, format!("{place}: {}", bad.because))
    })?;
    let kept = world.bind_trust(text).map_err(|unknown| {
        let detail = format!("`{}` is no role, session or user here", unknown.0);
        malformed("Invalid principal in policy", detail)
    })?;
    let block = loaded.bucket.public_access_block;
    if policy::is_public(&document) && block.is_some_and(|it| it.block_public_policy) {
        let who = permit.evidence().who.arn.clone().unwrap_or_default();
        let fault = S3Fault::AccessDenied.saying(format!(
            "User: {who} is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:{}:s3:::{name}\" because public policies are blocked by the BlockPublicPolicy block public access setting.",
            facts.partition
        ));
        let cause = Cause::PublicPolicy { bucket: name };
        return Err(permit.overruled(Denial::new(Link::ResourcePolicy, cause, fault)));
    }
    if !confirmed && locks_out(world, permit, &document.into(), now) {
        let fault = S3Fault::MalformedPolicy.saying(
            "The new bucket policy will not allow you to update the bucket policy in the future. To put it all the same, send x-amz-confirm-remove-self-bucket-access: true",
        );
        let cause = Cause::LocksOut { bucket: name };
        return Err(permit.overruled(Denial::new(Link::ResourcePolicy, cause, fault)));
    }
    Ok(kept)
}

/// Whether the caller, as the caller is now, could not put another policy under this one. Root of
/// the owner's account always can.
fn locks_out(world: &World, permit: &Permit<S3Call>, policy: &Policies, now: i64) -> bool {
    let caller = permit.caller();
    if matches!(caller.bearer(), Some(Bearer::Root(_))) {
        return false;
    }
    let asker = CallerContext::of(world, caller);
    let Ok(policies) = CallerPolicies::of(world, &asker, caller.bearer()) else {
        return true;
    };
    // The very question that let this one through.
    let asks = grant::questions(world, caller, permit.call(), permit.peer(), now);
    asks.is_empty()
        || asks.into_iter().any(|(ask, resource, owner, context)| {
            let decision = grant::judge(
                &policies,
                Some(policy),
                &ask.action,
                &resource,
                owner.as_ref(),
                &context,
            );
            decision.verdict != Verdict::Allowed
        })
}

/// What the actions of a pattern are asked of (Service authorization reference, "Actions defined
/// by Amazon S3").
fn asked_of(aws: &Catalogue, pattern: &str) -> AskedOf {
    if !pattern.to_ascii_lowercase().starts_with("s3:") {
        return AskedOf::default();
    }
    aws.actions_like(pattern)
        .into_iter()
        .filter(|(service, _)| service.prefix == "s3")
        .fold(AskedOf::default(), |found, (_, action)| {
            let of = |name: &str| action.resource_types.iter().any(|of| of.name == name);
            AskedOf {
                anything: true,
                bucket: found.bucket || of("bucket"),
                object: found.object || of("object"),
            }
        })
}

fn is_key(aws: &Catalogue, key: &str) -> bool {
    aws.key(key).is_some()
}
