//! S3's buckets: whose they are, and what an allowed caller is told of one that is taken, missing
//! or another account's.
//!
//! A bucket's ARN names no account and its name is one among all accounts, so that only the ledger
//! says who owns it.

use catalog::{Service, Template};
use policy::{AccountId, Context, Values};
use wire::S3Fault;

use crate::denial::Denial;
use crate::record::{Cause, Link};
use crate::world::World;

/// A bucket by name, and who has it.
#[derive(Debug)]
pub(super) struct NamedBucket {
    name: String,
    owner: Option<AccountId>,
}

/// Whether the operation makes the bucket that it names. Other services have a CreateBucket too,
/// for buckets of another kind.
fn makes(service: &str, operation: &str) -> bool {
    service == Service::S3.name() && operation == "CreateBucket"
}

/// The condition key that says whose a resource of S3 is, in every call of S3.
pub(super) fn describe(service: &str, owner: Option<&AccountId>, context: &mut Context) {
    if let Some(owner) = owner.filter(|_| service == Service::S3.name()) {
        context.insert("s3:ResourceAccount", Values::One(owner.to_string()));
    }
}

impl NamedBucket {
    /// The bucket that an ARN means, or that has the object which it means. What else S3 has,
    /// access points for one, is in an account's name.
    pub(super) fn of(world: &World, template: &Template) -> Option<Self> {
        if template.service != Service::S3.name() || template.has_region || template.has_account {
            return None;
        }
        let name = template.resource.split('/').next().unwrap_or("").to_owned();
        let owner = world.bucket(&name).map(|bucket| bucket.owner.clone());
        Some(Self { name, owner })
    }

    /// Who has it, if anybody does.
    pub(super) fn owner(&self) -> Option<&AccountId> {
        self.owner.as_ref()
    }

    /// Whose it is to policies. A bucket that is yet to be made would be the caller's; that its
    /// name is taken is told below, to whoever may make one.
    pub(super) fn owner_for(
        &self,
        service: &str,
        operation: &str,
        caller: Option<&AccountId>,
    ) -> Option<AccountId> {
        let owner = self.owner.as_ref().filter(|_| !makes(service, operation));
        owner.or(caller).cloned()
    }

    /// What an allowed caller is told when the bucket is not as the operation needs it, or not one
    /// of those who are expected to own it.
    pub(super) fn refusal(
        &self,
        (service, operation): (&str, &str),
        caller: Option<&AccountId>,
        expected_owners: &[AccountId],
    ) -> Option<Denial> {
        let bucket = self.name.clone();
        let (cause, fault) = match (&self.owner, makes(service, operation)) {
            (None, true) => return None,
            (None, false) => (Cause::NoBucket { bucket }, S3Fault::NoSuchBucket),
            (Some(owner), true) if Some(owner) == caller => (
                Cause::BucketTaken { bucket },
                S3Fault::BucketAlreadyOwnedByYou,
            ),
            (Some(_), true) => (Cause::BucketTaken { bucket }, S3Fault::BucketAlreadyExists),
            (Some(owner), false) => {
                let expected = expected_owners
                    .iter()
                    .find(|expected| *expected != owner)?
                    .clone();
                (
                    Cause::OtherOwner { bucket, expected },
                    S3Fault::AccessDenied,
                )
            }
        };
        Some(Denial::new(Link::ResourcePolicy, cause, fault.fault()))
    }
}
