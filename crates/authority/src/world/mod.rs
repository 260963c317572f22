//! The snapshot that every request reads: all entities at one revision, documents already parsed.
//!
//! A snapshot never changes. [`World::fold`] makes the next one; the same fold loads from disk and
//! follows the feed. What a fold does not touch is shared between the two, so a write costs about
//! the same however much there is.

mod aws_documents;
mod bad_change;
mod bucket;
mod entity;
mod fold;
mod loaded;
mod principals;
mod shared_map;
mod trusted;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use policy::{AccountId, Arn, Policies};

use aws_documents::AwsDocuments;
pub use bad_change::BadChange;
pub(crate) use bucket::LoadedBucket;
pub use entity::{
    Account, Bucket, Change, Entity, InstanceProfile, Key, ManagedPolicy, Ownership, PolicyVersion,
    Provider, PublicAccessBlock, PushedKeys, Role, Secret,
};
pub use loaded::{Grants, LoadedPolicy, LoadedRole};
use shared_map::SharedMap;

/// Where nobody knows better.
pub(crate) const NO_PARTITION: &str = "aws";

/// Account, and lower-case name.
type Place = (AccountId, String);

/// Everything that is decided over, at one revision.
#[derive(Clone, Debug, Default)]
pub struct World {
    revision: u64,
    accounts: Arc<BTreeMap<AccountId, Arc<AccountState>>>,
    /// Where the role of a unique id is.
    role_ids: SharedMap<Place>,
    /// Which roles' trust policies name the role of a unique id, whether it is there or not.
    trusting: SharedMap<BTreeSet<Place>>,
    /// Which buckets' policies do.
    opening: SharedMap<BTreeSet<String>>,
    /// The same in all snapshots: AWS's policies never change here.
    aws: Arc<AwsDocuments>,
    buckets: SharedMap<LoadedBucket>,
    secrets: SharedMap<Secret>,
}

/// All that is one account's. Every lookup is in one state: nothing is found
/// across accounts, but a role by its unique id, which is how a trust policy keeps it.
#[derive(Clone, Debug, Default)]
struct AccountState {
    account: Option<Account>,
    /// By URL without scheme.
    providers: SharedMap<Provider>,
    /// By lower-case name, as the policies.
    roles: SharedMap<LoadedRole>,
    policies: SharedMap<LoadedPolicy>,
    instance_profiles: SharedMap<InstanceProfile>,
}

impl World {
    /// The revision that this snapshot shows.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    fn state(&self, account: &str) -> Option<&AccountState> {
        self.accounts.get(account).map(Arc::as_ref)
    }

    /// An account.
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.state(id.as_str())?.account.as_ref()
    }

    /// The partition of an account, as ARNs have it.
    ///
    /// Of one that is not there it is `aws`, so that what such a caller is called in an answer or a
    /// record is an ARN all the same. Nothing is granted by it: an account that is not there has no
    /// root, and its roles and policies have ARNs of their own. Where a partition decides, as for
    /// AWS's managed policies, the account itself must be there.
    pub fn partition(&self, account: &AccountId) -> &str {
        self.account(account)
            .map_or(NO_PARTITION, |it| it.partition.as_str())
    }

    /// All accounts, by id.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts
            .values()
            .filter_map(|state| state.account.as_ref())
    }

    /// The provider of an account for an issuer, named without `https://`.
    pub fn provider(&self, account: &AccountId, url: &str) -> Option<&Provider> {
        self.shared_provider(account, url).map(Arc::as_ref)
    }

    /// The same, as snapshots share it: the very same until it is written.
    pub fn shared_provider(&self, account: &AccountId, url: &str) -> Option<&Arc<Provider>> {
        self.state(account.as_str())?.providers.shared(url)
    }

    /// A provider by its exact ARN.
    pub(crate) fn provider_by_arn(&self, arn: &Arn) -> Option<&Provider> {
        let url = arn.resource().strip_prefix("oidc-provider/")?;
        self.state(arn.account())?
            .providers
            .get(url)
            .filter(|found| found.arn == *arn)
    }

    /// An account's providers, by URL.
    pub fn providers<'a>(&'a self, account: &'a AccountId) -> impl Iterator<Item = &'a Provider> {
        self.state(account.as_str())
            .into_iter()
            .flat_map(|state| state.providers.values())
    }

    /// A role by name, whatever its case.
    pub fn role(&self, account: &AccountId, name: &str) -> Option<&LoadedRole> {
        self.state(account.as_str())?.roles.get(&folded(name))
    }

    /// A role by its exact ARN, path and case included.
    pub fn role_by_arn(&self, arn: &Arn) -> Option<&LoadedRole> {
        let (_, name) = arn.resource().rsplit_once('/')?;
        self.state(arn.account())?
            .roles
            .get(&folded(name))
            .filter(|found| found.role.arn == *arn)
    }

    /// A role by its unique id.
    pub(crate) fn role_by_id(&self, id: &str) -> Option<&LoadedRole> {
        // The only lookup across accounts, and it gives no more than an ARN in a trust policy's
        // text.
        let (account, name) = self.role_ids.get(id)?;
        self.role(account, name)
    }

    /// An account's roles, by lower-case name.
    pub fn roles<'a>(&'a self, account: &'a AccountId) -> impl Iterator<Item = &'a LoadedRole> {
        self.state(account.as_str())
            .into_iter()
            .flat_map(|state| state.roles.values())
    }

    /// How many roles an account has.
    pub(crate) fn role_count(&self, account: &AccountId) -> usize {
        self.state(account.as_str())
            .map_or(0, |state| state.roles.len())
    }

    /// A managed policy by name, whatever its case.
    pub fn policy(&self, account: &AccountId, name: &str) -> Option<&LoadedPolicy> {
        self.state(account.as_str())?.policies.get(&folded(name))
    }

    /// A managed policy by its exact ARN, path and case included.
    pub(crate) fn policy_by_arn(&self, arn: &Arn) -> Option<&LoadedPolicy> {
        let (_, name) = arn.resource().rsplit_once('/')?;
        self.state(arn.account())?
            .policies
            .get(&folded(name))
            .filter(|found| found.policy.arn == *arn)
    }

    /// A managed policy that an account may use, with its document in force: its own, or one of
    /// AWS's in its partition.
    pub(crate) fn managed_policy(&self, account: &AccountId, arn: &Arn) -> Option<Policies> {
        if arn.account() == account.as_str() {
            return self.policy_by_arn(arn).map(|it| it.in_force.clone());
        }
        // AWS's policies are in each partition under its own ARN: one of another partition is no
        // policy here.
        let here = self
            .account(account)
            .is_some_and(|it| it.partition == arn.partition());
        if here { self.aws.policy(arn) } else { None }
    }

    /// What a role of this snapshot may do.
    ///
    /// # Errors
    /// The managed policy that the role refers to and that is not there.
    pub fn grants<'a>(&self, role: &'a LoadedRole) -> Result<&'a Grants, &'a Arn> {
        role.grants(|arn| self.managed_policy(&role.role.account, arn))
    }

    /// An account's managed policies, by lower-case name.
    pub fn policies<'a>(
        &'a self,
        account: &'a AccountId,
    ) -> impl Iterator<Item = &'a LoadedPolicy> {
        self.state(account.as_str())
            .into_iter()
            .flat_map(|state| state.policies.values())
    }

    /// An instance profile by name, whatever its case.
    pub fn instance_profile(&self, account: &AccountId, name: &str) -> Option<&InstanceProfile> {
        self.state(account.as_str())?
            .instance_profiles
            .get(&folded(name))
    }

    /// An instance profile by its exact ARN, path and case included.
    pub(crate) fn instance_profile_by_arn(&self, arn: &Arn) -> Option<&InstanceProfile> {
        let (_, name) = arn.resource().rsplit_once('/')?;
        self.state(arn.account())?
            .instance_profiles
            .get(&folded(name))
            .filter(|found| found.arn == *arn)
    }

    /// An account's instance profiles, by lower-case name.
    pub fn instance_profiles<'a>(
        &'a self,
        account: &'a AccountId,
    ) -> impl Iterator<Item = &'a InstanceProfile> {
        self.state(account.as_str())
            .into_iter()
            .flat_map(|state| state.instance_profiles.values())
    }

    /// How many instance profiles an account has.
    pub(crate) fn instance_profile_count(&self, account: &AccountId) -> usize {
        self.state(account.as_str())
            .map_or(0, |state| state.instance_profiles.len())
    }

    /// Who owns a bucket, and what is kept of it.
    pub fn bucket(&self, name: &str) -> Option<&Bucket> {
        self.loaded_bucket(name).map(|it| &it.bucket)
    }

    /// A bucket with its policy read.
    pub(crate) fn loaded_bucket(&self, name: &str) -> Option<&LoadedBucket> {
        self.buckets.get(name)
    }

    /// The buckets of an account, by name.
    pub fn buckets<'a>(&'a self, owner: &'a AccountId) -> impl Iterator<Item = &'a Bucket> {
        self.buckets
            .values()
            .map(|it| &it.bucket)
            .filter(move |bucket| bucket.owner == *owner)
    }

    /// Sealed key material.
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.secrets.get(name)
    }

    /// All sealed key material whose name begins with `prefix`, by name.
    pub fn secrets<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Secret> {
        self.secrets
            .values()
            .filter(move |secret| secret.name.starts_with(prefix))
    }
}

/// Names are the same whatever their case. Most have none to fold, and then nothing is copied.
fn folded(name: &str) -> Cow<'_, str> {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if plain {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.to_lowercase())
    }
}
