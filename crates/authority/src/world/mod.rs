//! The snapshot that every request reads: all entities at one revision, documents already parsed.
//!
//! A snapshot never changes. [`World::fold`] makes the next one; the same fold loads from disk and follows the feed.

mod entity;
mod loaded;
mod trusted;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use policy::{AccountId, Arn, Document, Malformed, Strictness};

pub use entity::{Account, Bucket, Change, Entity, Key, ManagedPolicy, PolicyVersion, Provider, Role, Secret};
pub use loaded::{Grants, LoadedPolicy, LoadedRole};

/// Account, and lower-case name.
type Place = (AccountId, String);

/// Everything that is decided over, at one revision.
#[derive(Clone, Debug, Default)]
pub struct World {
    revision: u64,
    accounts: BTreeMap<AccountId, Arc<Account>>,
    providers: BTreeMap<(AccountId, String), Arc<Provider>>,
    roles: BTreeMap<Place, Arc<LoadedRole>>,
    /// Where the role of a unique id is.
    role_ids: BTreeMap<String, Place>,
    /// Which roles' trust policies name the role of a unique id, whether it is there or not.
    trusting: BTreeMap<String, BTreeSet<Place>>,
    policies: BTreeMap<(AccountId, String), Arc<LoadedPolicy>>,
    buckets: BTreeMap<String, Arc<Bucket>>,
    secrets: BTreeMap<String, Arc<Secret>>,
}

/// A change that cannot be folded: the feed or the file is corrupt, and nothing may be decided over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadChange {
    /// The entity that could not be folded.
    pub key: Key,
    /// Why, in words.
    pub because: String,
}

impl std::fmt::Display for BadChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "stored entity {:?} cannot be used: {}", self.key, self.because)
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
                    next.put(entity).map_err(|because| BadChange { key: entity.key(), because: because.to_string() })?;
                }
                Change::Remove(key) => {
                    next.remove(key).map_err(|because| BadChange { key: key.clone(), because: because.to_string() })?;
                }
            }
        }
        Ok(next)
    }

    fn put(&mut self, entity: &Entity) -> Result<(), Malformed> {
        match entity.clone() {
            Entity::Account(it) => drop(self.accounts.insert(it.id.clone(), Arc::new(it))),
            Entity::Provider(it) => drop(self.providers.insert((it.account.clone(), it.url.clone()), Arc::new(it))),
            Entity::Role(it) => {
                let place = (it.account.clone(), it.name.to_lowercase());
                self.remove_role(&place)?;
                self.role_ids.insert(it.id.clone(), place.clone());
                self.put_role(place, it.clone())?;
                self.show_anew(&it.id)?;
            }
            Entity::Policy(it) => {
                let place = (it.account.clone(), it.name.to_lowercase());
                let loaded = LoadedPolicy::load(it)?;
                self.renew_roles(&place.0, &loaded.policy.arn);
                drop(self.policies.insert(place, Arc::new(loaded)));
            }
            Entity::Bucket(it) => drop(self.buckets.insert(it.name.clone(), Arc::new(it))),
            Entity::Secret(it) => drop(self.secrets.insert(it.name.clone(), Arc::new(it))),
        }
        Ok(())
    }

    fn remove(&mut self, key: &Key) -> Result<(), Malformed> {
        match key.clone() {
            Key::Account { account } => drop(self.accounts.remove(&account)),
            Key::Provider { account, url } => drop(self.providers.remove(&(account, url))),
            Key::Role { account, name } => self.remove_role(&(account, name))?,
            Key::Policy { account, name } => {
                if let Some(gone) = self.policies.remove(&(account.clone(), name)) {
                    self.renew_roles(&account, &gone.policy.arn);
                }
            }
            Key::Bucket { name } => drop(self.buckets.remove(&name)),
            Key::Secret { name } => drop(self.secrets.remove(&name)),
        }
        Ok(())
    }

    fn put_role(&mut self, place: Place, role: Role) -> Result<(), Malformed> {
        let loaded = LoadedRole::load(role, |kept| self.show_trust(kept))?;
        for id in &loaded.trusted {
            self.trusting.entry(id.clone()).or_default().insert(place.clone());
        }
        self.roles.insert(place, Arc::new(loaded));
        Ok(())
    }

    fn remove_role(&mut self, place: &Place) -> Result<(), Malformed> {
        let Some(gone) = self.roles.remove(place) else { return Ok(()) };
        for id in &gone.trusted {
            if let Some(places) = self.trusting.get_mut(id) {
                places.remove(place);
                if places.is_empty() {
                    self.trusting.remove(id);
                }
            }
        }
        if self.role_ids.get(&gone.role.id) == Some(place) {
            self.role_ids.remove(&gone.role.id);
        }
        self.show_anew(&gone.role.id)
    }

    /// A role came or went: whoever's trust policy names it reads differently now.
    fn show_anew(&mut self, id: &str) -> Result<(), Malformed> {
        for place in self.trusting.get(id).cloned().unwrap_or_default() {
            if let Some(role) = self.roles.get(&place).map(|found| found.role.clone()) {
                self.put_role(place, role)?;
            }
        }
        Ok(())
    }

    /// Roles keep what they put together from a policy; once it changes they must do so again.
    fn renew_roles(&mut self, account: &AccountId, policy: &Arn) {
        let first = (account.clone(), String::new());
        let own = self.roles.range_mut(first..).take_while(|((owner, _), _)| owner == account);
        for (_, role) in own.filter(|(_, role)| role.refers_to(policy)) {
            *role = Arc::new(role.renewed());
        }
    }

    /// An account.
    pub fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.get(id).map(Arc::as_ref)
    }

    /// All accounts, by id.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values().map(Arc::as_ref)
    }

    /// The provider of an account for an issuer, named without `https://`.
    pub fn provider(&self, account: &AccountId, url: &str) -> Option<&Provider> {
        self.providers.get(&(account.clone(), url.to_owned())).map(Arc::as_ref)
    }

    /// A provider by its exact ARN.
    pub fn provider_by_arn(&self, arn: &Arn) -> Option<&Provider> {
        let account = AccountId::parse(arn.account()).ok()?;
        let url = arn.resource().strip_prefix("oidc-provider/")?;
        self.provider(&account, url).filter(|found| found.arn == *arn)
    }

    /// An account's providers, by URL.
    pub fn providers<'a>(&'a self, account: &'a AccountId) -> impl Iterator<Item = &'a Provider> {
        of_account(&self.providers, account).map(Arc::as_ref)
    }

    /// A role by name, whatever its case.
    pub fn role(&self, account: &AccountId, name: &str) -> Option<&LoadedRole> {
        self.roles.get(&(account.clone(), name.to_lowercase())).map(Arc::as_ref)
    }

    /// A role by its exact ARN, path and case included.
    pub fn role_by_arn(&self, arn: &Arn) -> Option<&LoadedRole> {
        let account = AccountId::parse(arn.account()).ok()?;
        let (_, name) = arn.resource().rsplit_once('/')?;
        self.role(&account, name).filter(|found| found.role.arn == *arn)
    }

    /// A role by its unique id.
    pub fn role_by_id(&self, id: &str) -> Option<&LoadedRole> {
        self.roles.get(self.role_ids.get(id)?).map(Arc::as_ref)
    }

    /// An account's roles, by lower-case name.
    pub fn roles<'a>(&'a self, account: &'a AccountId) -> impl Iterator<Item = &'a LoadedRole> {
        of_account(&self.roles, account).map(Arc::as_ref)
    }

    /// A managed policy by name, whatever its case.
    pub fn policy(&self, account: &AccountId, name: &str) -> Option<&LoadedPolicy> {
        self.policies.get(&(account.clone(), name.to_lowercase())).map(Arc::as_ref)
    }

    /// A managed policy by its exact ARN, path and case included.
    pub fn policy_by_arn(&self, arn: &Arn) -> Option<&LoadedPolicy> {
        let account = AccountId::parse(arn.account()).ok()?;
        let (_, name) = arn.resource().rsplit_once('/')?;
        self.policy(&account, name).filter(|found| found.policy.arn == *arn)
    }

    /// The document in force of a managed policy that an account may use: its own, or one of AWS's in its partition.
    pub fn managed_document(&self, account: &AccountId, arn: &Arn) -> Option<Arc<Document>> {
        if arn.account() == account.as_str() {
            return self.policy_by_arn(arn).map(|it| it.document.clone());
        }
        let here = self.account(account).is_some_and(|it| it.partition == arn.partition());
        let policy = catalog::aws::managed_policy(arn.as_str()).filter(|_| here)?;
        Document::read(&policy.name, &policy.document, Strictness::Evaluate).ok().map(Arc::new)
    }

    /// What a role of this snapshot may do.
    ///
    /// # Errors
    /// The managed policy that the role refers to and that is not there.
    pub fn grants<'a>(&self, role: &'a LoadedRole) -> Result<&'a Grants, &'a Arn> {
        role.grants(|arn| self.managed_document(&role.role.account, arn))
    }

    /// An account's managed policies, by lower-case name.
    pub fn policies<'a>(&'a self, account: &'a AccountId) -> impl Iterator<Item = &'a LoadedPolicy> {
        of_account(&self.policies, account).map(Arc::as_ref)
    }

    /// Who owns a bucket.
    pub fn bucket(&self, name: &str) -> Option<&Bucket> {
        self.buckets.get(name).map(Arc::as_ref)
    }

    /// The buckets of an account, by name.
    pub fn buckets<'a>(&'a self, owner: &'a AccountId) -> impl Iterator<Item = &'a Bucket> {
        self.buckets.values().map(Arc::as_ref).filter(move |bucket| bucket.owner == *owner)
    }

    /// Sealed key material.
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.secrets.get(name).map(Arc::as_ref)
    }

    /// All sealed key material whose name begins with `prefix`, by name.
    pub fn secrets<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Secret> {
        self.secrets.values().map(Arc::as_ref).filter(move |secret| secret.name.starts_with(prefix))
    }
}

fn of_account<'a, T>(map: &'a BTreeMap<(AccountId, String), T>, account: &'a AccountId) -> impl Iterator<Item = &'a T> {
    map.range((account.clone(), String::new())..).take_while(move |((owner, _), _)| owner == account).map(|(_, it)| it)
}
