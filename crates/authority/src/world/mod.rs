//! The snapshot that every request reads: all entities at one revision, documents already parsed.
//!
//! A snapshot never changes. [`World::fold`] makes the next one; the same fold loads from disk and
//! follows the feed. What a fold does not touch is shared between the two, so a write costs about
//! the same however much there is.

mod aws_documents;
mod entity;
mod loaded;
mod principals;
mod shared_map;
mod trusted;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use policy::{AccountId, Arn, Malformed, Policies};

use aws_documents::AwsDocuments;
pub use entity::{
    Account, Bucket, Change, Entity, InstanceProfile, Key, ManagedPolicy, PolicyVersion, Provider,
    PushedKeys, Role, Secret,
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
    /// The same in all snapshots: AWS's policies never change here.
    aws: Arc<AwsDocuments>,
    buckets: SharedMap<Bucket>,
    secrets: SharedMap<Secret>,
}

/// All that is one account's. Whoever looks for something looks in one state: nothing is found
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

/// A change that cannot be folded: the feed or the file is corrupt, and nothing may be decided over
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadChange {
    /// The entity that could not be folded.
    pub key: Key,
    /// Why, in words.
    pub because: String,
}

impl std::fmt::Display for BadChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "stored entity {:?} cannot be used: {}",
            self.key, self.because
        )
    }
}

impl World {
    /// The revision that this snapshot shows.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The snapshot after `changes`, which together are revision `revision`.
    ///
    /// # Errors
    /// [`BadChange`] when an entity cannot be read; this snapshot stays as it is.
    pub fn fold(&self, revision: u64, changes: &[Change]) -> Result<Self, BadChange> {
        let mut next = self.clone();
        next.revision = revision;
        for change in changes {
            match change {
                Change::Put(entity) => {
                    next.put(entity).map_err(|because| BadChange {
                        key: entity.key(),
                        because: because.to_string(),
                    })?;
                }
                Change::Remove(key) => {
                    next.remove(key).map_err(|because| BadChange {
                        key: key.clone(),
                        because: because.to_string(),
                    })?;
                }
            }
        }
        Ok(next)
    }

    fn put(&mut self, entity: &Entity) -> Result<(), Malformed> {
        match entity {
            Entity::Account(it) => self.state_mut(&it.id).account = Some(it.clone()),
            Entity::Provider(it) => self
                .state_mut(&it.account)
                .providers
                .insert(&it.url, it.clone()),
            Entity::Role(it) => {
                let place = (it.account.clone(), folded(&it.name).into_owned());
                let gone = self.take_role(&place);
                self.role_ids.insert(&it.id, place.clone());
                self.put_role(place, it.clone())?;
                match gone {
                    // The same role under the same name: nobody's trust policy reads differently.
                    Some(gone) if gone.role.id == it.id && gone.role.arn == it.arn => {}
                    Some(gone) => {
                        self.show_anew(&gone.role.id)?;
                        self.show_anew(&it.id)?;
                    }
                    None => self.show_anew(&it.id)?,
                }
            }
            Entity::Policy(it) => {
                let loaded = LoadedPolicy::load(it.clone())?;
                let state = self.state_mut(&it.account);
                state.renew_roles(&it.arn);
                state.policies.insert(&folded(&it.name), loaded);
            }
            Entity::InstanceProfile(it) => {
                self.state_mut(&it.account)
                    .instance_profiles
                    .insert(&folded(&it.name), it.clone());
            }
            Entity::Bucket(it) => self.buckets.insert(&it.name, it.clone()),
            Entity::Secret(it) => self.secrets.insert(&it.name, it.clone()),
        }
        Ok(())
    }

    fn remove(&mut self, key: &Key) -> Result<(), Malformed> {
        match key {
            Key::Account { account } => self.state_mut(account).account = None,
            Key::Provider { account, url } => drop(self.state_mut(account).providers.remove(url)),
            Key::Role { account, name } => {
                if let Some(gone) = self.take_role(&(account.clone(), name.clone())) {
                    self.show_anew(&gone.role.id)?;
                }
            }
            Key::Policy { account, name } => {
                let state = self.state_mut(account);
                if let Some(gone) = state.policies.remove(name) {
                    state.renew_roles(&gone.policy.arn);
                }
            }
            Key::InstanceProfile { account, name } => {
                drop(self.state_mut(account).instance_profiles.remove(name))
            }
            Key::Bucket { name } => drop(self.buckets.remove(name)),
            Key::Secret { name } => drop(self.secrets.remove(name)),
        }
        Ok(())
    }

    fn put_role(&mut self, place: Place, role: Role) -> Result<(), Malformed> {
        let loaded = LoadedRole::load(role, |kept| self.show_trust(kept))?;
        for id in &loaded.trusted {
            self.change_trusting(id, |places| places.insert(place.clone()));
        }
        let (account, name) = place;
        self.state_mut(&account).roles.insert(&name, loaded);
        Ok(())
    }

    fn take_role(&mut self, place: &Place) -> Option<Arc<LoadedRole>> {
        let (account, name) = place;
        let gone = self.state_mut(account).roles.remove(name)?;
        for id in &gone.trusted {
            self.change_trusting(id, |places| places.remove(place));
        }
        if self.role_ids.get(&gone.role.id) == Some(place) {
            self.role_ids.remove(&gone.role.id);
        }
        Some(gone)
    }

    /// Taken out and put back, so that only a set that an older snapshot has too is copied.
    fn change_trusting(&mut self, id: &str, change: impl FnOnce(&mut BTreeSet<Place>) -> bool) {
        let mut places = self
            .trusting
            .remove(id)
            .map(Arc::unwrap_or_clone)
            .unwrap_or_default();
        change(&mut places);
        if !places.is_empty() {
            self.trusting.insert(id, places);
        }
    }

    /// A role came or went: whoever's trust policy names it reads differently now.
    fn show_anew(&mut self, id: &str) -> Result<(), Malformed> {
        for (account, name) in self.trusting.get(id).cloned().unwrap_or_default() {
            if let Some(role) = self.role(&account, &name).map(|found| found.role.clone()) {
                let loaded = LoadedRole::load(role, |kept| self.show_trust(kept))?;
                self.state_mut(&account).roles.insert(&name, loaded);
            }
        }
        Ok(())
    }

    fn state(&self, account: &str) -> Option<&AccountState> {
        self.accounts.get(account).map(Arc::as_ref)
    }

    fn state_mut(&mut self, account: &AccountId) -> &mut AccountState {
        Arc::make_mut(
            Arc::make_mut(&mut self.accounts)
                .entry(account.clone())
                .or_default(),
        )
    }

    /// An account.
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.state(id.as_str())?.account.as_ref()
    }

    /// The partition of an account, as it stands in ARNs.
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

    /// Who owns a bucket.
    pub fn bucket(&self, name: &str) -> Option<&Bucket> {
        self.buckets.get(name)
    }

    /// The buckets of an account, by name.
    pub fn buckets<'a>(&'a self, owner: &'a AccountId) -> impl Iterator<Item = &'a Bucket> {
        self.buckets
            .values()
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

impl AccountState {
    /// Roles keep what they put together from a policy; once it changes they must do so again.
    fn renew_roles(&mut self, policy: &Arn) {
        self.roles
            .replace(|role| role.refers_to(policy).then(|| role.renewed()));
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
