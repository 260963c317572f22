//! S3's buckets: whose they are, what their own policies say, and what an allowed caller is told of
//! one that is taken, missing or another account's.
//!
//! A bucket's ARN names no account and its name is one among all accounts, so that only the ledger
//! says who owns it.

use catalog::{Ask, Service, Template};
use policy::{AccountId, Context, Policies, Values};
use wire::S3Fault;

use crate::denial::Denial;
use crate::record::{Cause, Link};
use crate::regions::UNNAMED;
use crate::session::Bearer;
use crate::world::{LoadedBucket, World};

/// A bucket by name, and what is kept of it if anybody has it.
#[derive(Debug)]
pub(super) struct NamedBucket<'a> {
    name: String,
    found: Option<&'a LoadedBucket>,
}

/// The root user of the owner's account "can perform the GetBucketPolicy, PutBucketPolicy, and
/// DeleteBucketPolicy API actions, even if their bucket policy explicitly denies the root
/// principal's access" (S3 API reference, PutBucketPolicy).
const POLICY: [&str; 3] = [
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
];

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

impl<'a> NamedBucket<'a> {
    /// The bucket that an ARN means, or that has the object which it means. What else S3 has,
    /// access points for one, is in an account's name.
    pub(super) fn of(world: &'a World, template: &Template) -> Option<Self> {
        if template.service != Service::S3.name() || template.has_region || template.has_account {
            return None;
        }
        let name = template.resource.split('/').next().unwrap_or("").to_owned();
        let found = world.loaded_bucket(&name);
        Some(Self { name, found })
    }

    /// Who has it, if anybody does.
    pub(super) fn owner(&self) -> Option<&'a AccountId> {
        self.found.map(|it| &it.bucket.owner)
    }

    /// A bucket of the same name that nobody has.
    pub(super) fn missing(&self) -> Self {
        Self {
            name: self.name.clone(),
            found: None,
        }
    }

    /// Its own policy, as far as this caller is subject to it. A bucket that is yet to be made has
    /// none, whatever another of the name has.
    pub(super) fn policy(
        &self,
        (service, operation): (&str, &str),
        action: &str,
        bearer: Option<&Bearer>,
    ) -> Option<&'a Policies> {
        let found = self.found.filter(|_| !makes(service, operation))?;
        let by_owners_root =
            matches!(bearer, Some(Bearer::Root(account)) if *account == found.bucket.owner);
        found
            .policy
            .as_ref()
            .filter(|_| !(by_owners_root && POLICY.contains(&action)))
    }

    /// Whose it is to policies. A bucket that is yet to be made would be the caller's; that its
    /// name is taken is told below, to whoever may make one.
    pub(super) fn owner_for(
        &self,
        service: &str,
        operation: &str,
        caller: Option<&AccountId>,
    ) -> Option<AccountId> {
        let owner = self.owner().filter(|_| !makes(service, operation));
        owner.or(caller).cloned()
    }

    /// What an allowed caller is told when the bucket is not as the operation needs it, or not one
    /// of those who are expected to own it, or gives a stranger what is the owner's alone.
    pub(super) fn refusal(
        &self,
        (service, operation): (&str, &str),
        caller: (Option<&AccountId>, Option<&str>),
        ask: &Ask,
    ) -> Option<Denial> {
        let bucket = self.name.clone();
        let (account, region) = caller;
        let (cause, fault) = match (self.found, makes(service, operation)) {
            (None, true) => return None,
            (None, false) => (Cause::NoBucket { bucket }, S3Fault::NoSuchBucket),
            (Some(found), true) if Some(&found.bucket.owner) == account => {
                // "If you re-create an existing bucket that you already own in the North Virginia
                // Region, Amazon S3 returns 200 OK" (S3 API reference, CreateBucket); legacy, and
                // nothing is made.
                if region == Some(UNNAMED) {
                    return None;
                }
                (
                    Cause::BucketTaken { bucket },
                    S3Fault::BucketAlreadyOwnedByYou,
                )
            }
            (Some(_), true) => (Cause::BucketTaken { bucket }, S3Fault::BucketAlreadyExists),
            (Some(found), false) => return self.stranger(found, account, ask),
        };
        Some(Denial::new(Link::ResourcePolicy, cause, fault.fault()))
    }

    /// What is the owner's account's alone, whatever the bucket's policy gives others.
    fn stranger(
        &self,
        found: &LoadedBucket,
        account: Option<&AccountId>,
        ask: &Ask,
    ) -> Option<Denial> {
        let (bucket, owner) = (self.name.clone(), &found.bucket.owner);
        let foreign = account != Some(owner);
        // First: a policy that is public gives strangers nothing, so that they are not told more
        // of the bucket than who has no permission.
        let (cause, fault) = if foreign && found.is_restricted() {
            (Cause::PublicRestricted { bucket }, S3Fault::AccessDenied)
        } else if let Some(expected) = ask.expected_owners.iter().find(|it| *it != owner) {
            let expected = expected.clone();
            (
                Cause::OtherOwner { bucket, expected },
                S3Fault::AccessDenied,
            )
        } else if foreign && POLICY.contains(&ask.action.as_ref()) {
            // "If you have the correct permissions, but you're not using an identity that belongs
            // to the bucket owner's account, Amazon S3 returns a 405 Method Not Allowed error."
            (Cause::ForeignPolicy { bucket }, S3Fault::MethodNotAllowed)
        } else {
            return None;
        };
        Some(Denial::new(Link::ResourcePolicy, cause, fault.fault()))
    }
}
