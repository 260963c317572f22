//! What is kept of a bucket beside its objects: its policy, what of public access is blocked, who
//! owns what is in it; and how a bucket answers that was never told anything else.
//!
//! A permitted call becomes changes and an answer, or an answer alone; nothing is changed here.

mod named;
mod policy_text;
mod read;
#[cfg(test)]
mod tests;

use catalog::s3::{Detail, Operation, S3Call};
use wire::{Reply, S3Fault};

use crate::denial::Denial;
use crate::grant::Permit;
use crate::world::{Bucket, Change, Entity, LoadedBucket, Ownership, PublicAccessBlock, World};

use named::bucket;
pub use read::read;

/// Whether the account answers the operation, and not the store.
pub fn is_configuration(operation: Operation) -> bool {
    changes(operation) || read::answers(operation)
}

/// Whether the operation changes what is kept: it is [`apply`]'s, and else [`read`]'s.
pub fn changes(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::PutBucketPolicy
            | Operation::DeleteBucketPolicy
            | Operation::PutPublicAccessBlock
            | Operation::DeletePublicAccessBlock
            | Operation::PutBucketOwnershipControls
            | Operation::DeleteBucketOwnershipControls
    )
}

/// Carries out an operation that changes what is kept of a bucket: the changes to write, and the
/// answer once they are.
///
/// # Errors
/// [`Denial`], which overrules the permit; nothing changes then.
pub fn apply(
    world: &World,
    permit: &Permit<S3Call>,
    now: i64,
) -> Result<(Vec<Change>, Reply), Denial> {
    let call = &permit.whole()?.detail;
    let loaded = bucket(world, call).map_err(|fault| permit.failed(fault))?;
    let mut bucket = loaded.bucket.clone();
    let status = match (call.operation, &call.detail) {
        (Operation::PutBucketPolicy, Detail::Policy { text, confirm }) => {
            let kept = policy_text::kept(world, permit, loaded, (text, *confirm), now)?;
            bucket.policy = Some(kept);
            204
        }
        // There need not be one (S3 API reference, DeleteBucketPolicy).
        (Operation::DeleteBucketPolicy, _) => {
            bucket.policy = None;
            204
        }
        (Operation::PutPublicAccessBlock, Detail::PublicAccessBlock(block)) => {
            bucket.public_access_block = Some(PublicAccessBlock {
                block_public_acls: block.block_public_acls,
                ignore_public_acls: block.ignore_public_acls,
                block_public_policy: block.block_public_policy,
                restrict_public_buckets: block.restrict_public_buckets,
            });
            200
        }
        (Operation::DeletePublicAccessBlock, _) => {
            bucket.public_access_block = None;
            204
        }
        (Operation::PutBucketOwnershipControls, Detail::Ownership(_)) => {
            bucket.ownership = Some(Ownership::BucketOwnerEnforced);
            200
        }
        (Operation::DeleteBucketOwnershipControls, _) => {
            bucket.ownership = None;
            204
        }
        _ => return Err(permit.failed(S3Fault::NotImplemented.fault())),
    };
    let reply = Reply {
        status,
        headers: Vec::new(),
        body: Vec::new(),
    };
    Ok((change(loaded, bucket), reply))
}

/// What is told again in the same words changes nothing.
fn change(loaded: &LoadedBucket, bucket: Bucket) -> Vec<Change> {
    (loaded.bucket != bucket)
        .then(|| Change::put(Entity::Bucket(bucket)))
        .into_iter()
        .collect()
}
