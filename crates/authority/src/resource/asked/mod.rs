//! The resource of one question.

#[cfg(test)]
mod tests;

use catalog::{Ask, Call, Service, Target, Template};
use policy::{AccountId, Arn, Context, Policies, Values};

use super::bucket::{self, NamedBucket};
use super::entity;
use super::holes::Holes;
use super::object;
use crate::denial::Denial;
use crate::session::Bearer;
use crate::session_tags;
use crate::world::World;

/// Which operation asks: a resource is another thing to another service's operation of the same
/// name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation<'a> {
    service: &'a str,
    name: &'a str,
}

impl<'a> Operation<'a> {
    /// Whether it is one of S3's, whose keys tell of the signature.
    pub(crate) fn is_of_s3(self) -> bool {
        self.service == Service::S3.name()
    }

    pub(crate) fn of<D>(call: &'a Call<D>) -> Self {
        Self {
            service: &call.service,
            name: &call.operation,
        }
    }
}

/// The resource of one question: its ARN, and who owns it.
#[derive(Debug)]
pub(crate) struct Resource<'a> {
    /// What policies are asked about.
    pub(crate) arn: String,
    /// Whose it is, where that can be told.
    pub(crate) owner: Option<AccountId>,
    bucket: Option<NamedBucket<'a>>,
}

impl<'a> Resource<'a> {
    /// Resolves what a question is about, for a caller with these holes. `None` when its ARN cannot
    /// be made: a caller lacks a part of it.
    ///
    /// A bucket belongs to its owner, what is named by its whole ARN to the account in that,
    /// everything else to the caller's account.
    pub(crate) fn of(
        world: &'a World,
        holes: Holes<'_>,
        operation: Operation<'_>,
        target: &Target,
    ) -> Option<Self> {
        let caller = holes.account;
        let own = |arn: String| Self {
            arn,
            owner: caller.cloned(),
            bucket: None,
        };
        Some(match target {
            // Owned by the caller's account: such an action is about what the caller may see of its
            // own.
            Target::Everything => own("*".to_owned()),
            Target::Template(template) => match NamedBucket::of(world, template) {
                Some(bucket) => {
                    // Who has no account has no partition either. Then the bucket's own policy
                    // speaks alone, and names it by its own.
                    let of_owner = bucket
                        .owner()
                        .filter(|_| caller.is_none())
                        .map(|owner| world.partition(owner));
                    let arn = holes.fill(of_owner.unwrap_or(holes.partition()), template)?;
                    let owner = bucket.owner_for(operation.service, operation.name, caller);
                    Self {
                        arn,
                        owner,
                        bucket: Some(bucket),
                    }
                }
                None => own(holes.fill(holes.partition(), template)?),
            },
            Target::Entity { kind, name } => {
                // The path is in no parameter: a policy on `role/team/*` must be asked about the
                // path that the role has.
                let known = caller.and_then(|account| entity::arn(world, account, *kind, name));
                match known {
                    Some(arn) => own(arn.to_string()),
                    None => own(holes.fill(
                        holes.partition(),
                        &Template::of_account("iam", format!("{}/{name}", kind.word())),
                    )?),
                }
            }
            // An ARN of another account is still asked about as what it is; IAM then finds nothing
            // there.
            Target::Written(arn) => Self {
                arn: arn.clone(),
                owner: owner_of(arn),
                bucket: None,
            },
        })
    }

    /// What the account knows of it, as condition keys.
    ///
    /// IAM serves the caller's own account only, so another account's tags are nobody's to probe.
    pub(crate) fn known(
        &self,
        world: &World,
        holes: Holes<'_>,
        operation: Operation<'_>,
        ask: &Ask,
    ) -> Context {
        let mut known = Context::new();
        if let Some(account) = holes
            .account
            .filter(|account| self.owner.as_ref() == Some(account))
        {
            entity::describe(
                world,
                account,
                holes.partition(),
                (&self.arn, &ask.action),
                &mut known,
            );
        }
        if let Some(keys) = ask
            .context
            .get("aws:TagKeys")
            .filter(|keys| **keys != Values::Unknown)
        {
            // The tags that the resource has already: `aws:TagKeys` names them as well when the
            // call spells one otherwise.
            let standing = known
                .iter()
                .filter_map(|(name, _)| name.strip_prefix("aws:ResourceTag/"));
            let keys = session_tags::named(keys.as_slice(), standing);
            known.insert("aws:TagKeys", Values::Many(keys));
        }
        bucket::describe(operation.service, self.owner.as_ref(), &mut known);
        if operation.is_of_s3() {
            object::describe(ask, &mut known);
        }
        known
    }

    /// As it were if nobody had its bucket, where that is another account's.
    pub(crate) fn without_bucket(&self, caller: Option<&AccountId>) -> Option<Self> {
        let bucket = self.bucket.as_ref()?;
        let foreign = bucket.owner().is_some() && self.owner.as_ref() != caller;
        foreign.then(|| Self {
            arn: self.arn.clone(),
            owner: caller.cloned(),
            bucket: Some(bucket.missing()),
        })
    }

    /// Its own policy, if it has one that this caller is subject to.
    pub(crate) fn policy(
        &self,
        operation: Operation<'_>,
        action: &str,
        bearer: Option<&Bearer>,
    ) -> Option<&'a Policies> {
        self.bucket
            .as_ref()?
            .policy((operation.service, operation.name), action, bearer)
    }

    /// What a caller who may act is told when it is not as the call needs it. Nobody else may learn
    /// that a bucket is taken or missing.
    pub(crate) fn refusal(
        &self,
        operation: Operation<'_>,
        holes: Holes<'_>,
        ask: &Ask,
    ) -> Option<Denial> {
        self.bucket.as_ref()?.refusal(
            (operation.service, operation.name),
            (holes.account, holes.region),
            ask,
        )
    }
}

fn owner_of(arn: &str) -> Option<AccountId> {
    AccountId::parse(Arn::parse(arn).ok()?.account()).ok()
}
