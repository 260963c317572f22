//! Folding changes: how one snapshot becomes the next. Every write to a snapshot's maps is here.

use std::collections::BTreeSet;
use std::sync::Arc;

use policy::{AccountId, Arn, Malformed};

use super::bad_change::BadChange;
use super::bucket::LoadedBucket;
use super::entity::{Bucket, Change, Entity, Key, Role};
use super::loaded::{LoadedPolicy, LoadedRole};
use super::{AccountState, Place, World, folded};

impl World {
    /// The snapshot after `changes`, which together are revision `revision`.
    ///
    /// # Errors
    /// [`BadChange`] when an entity cannot be read; this snapshot stays as it is.
    pub fn fold(&self, revision: u64, changes: &[Change]) -> Result<Self, BadChange> {
        // Cheap: the maps share their runs, and only what a change touches is copied.
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
            // The fields of the account alone: rotating a root key must not touch what the account
            // has.
            Entity::Account(it) => self.state_mut(&it.id).account = Some(it.clone()),
            Entity::Provider(it) => self
                .state_mut(&it.account)
                .providers
                .insert(&it.url, it.clone()),
            Entity::Role(it) => {
                let place = (it.account.clone(), folded(&it.name).into_owned());
                // Taken out first: the old role's id and the trust that it gave must not outlive it
                // in the indexes.
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
                // Roles only forget what they put together. They ask again when somebody asks them,
                // and find the new one.
                let state = self.state_mut(&it.account);
                state.renew_roles(&it.arn);
                state.policies.insert(&folded(&it.name), loaded);
            }
            Entity::InstanceProfile(it) => {
                self.state_mut(&it.account)
                    .instance_profiles
                    .insert(&folded(&it.name), it.clone());
            }
            Entity::Bucket(it) => self.put_bucket(it.clone())?,
            Entity::Secret(it) => self.secrets.insert(&it.name, it.clone()),
        }
        Ok(())
    }

    fn remove(&mut self, key: &Key) -> Result<(), Malformed> {
        match key {
            Key::Account { account } => self.state_mut(account).account = None,
            Key::Provider { account, url } => drop(self.state_mut(account).providers.remove(url)),
            Key::Role { account, name } => {
                // Whoever trusted it keeps its id, which is nobody's from now on.
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
            Key::Bucket { name } => drop(self.take_bucket(name)),
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

    fn put_bucket(&mut self, bucket: Bucket) -> Result<(), Malformed> {
        drop(self.take_bucket(&bucket.name));
        let loaded = LoadedBucket::load(bucket, |kept| self.show_trust(kept))?;
        let name = loaded.bucket.name.clone();
        for id in &loaded.named {
            self.change_opening(id, |names| names.insert(name.clone()));
        }
        self.buckets.insert(&name, loaded);
        Ok(())
    }

    fn take_bucket(&mut self, name: &str) -> Option<Arc<LoadedBucket>> {
        let gone = self.buckets.remove(name)?;
        for id in &gone.named {
            self.change_opening(id, |names| names.remove(name));
        }
        Some(gone)
    }

    fn change_opening(&mut self, id: &str, change: impl FnOnce(&mut BTreeSet<String>) -> bool) {
        let mut names = self
            .opening
            .remove(id)
            .map(Arc::unwrap_or_clone)
            .unwrap_or_default();
        change(&mut names);
        if !names.is_empty() {
            self.opening.insert(id, names);
        }
    }

    /// A role came or went: whoever's policy names it reads differently now.
    fn show_anew(&mut self, id: &str) -> Result<(), Malformed> {
        // In any account: trust crosses accounts, and so does the loss of it.
        for (account, name) in self.trusting.get(id).cloned().unwrap_or_default() {
            if let Some(role) = self.role(&account, &name).map(|found| found.role.clone()) {
                let loaded = LoadedRole::load(role, |kept| self.show_trust(kept))?;
                self.state_mut(&account).roles.insert(&name, loaded);
            }
        }
        for name in self.opening.get(id).cloned().unwrap_or_default() {
            if let Some(bucket) = self.bucket(&name).cloned() {
                let loaded = LoadedBucket::load(bucket, |kept| self.show_trust(kept))?;
                self.buckets.insert(&name, loaded);
            }
        }
        Ok(())
    }

    fn state_mut(&mut self, account: &AccountId) -> &mut AccountState {
        // Copied only where an older snapshot still has it: a load from disk folds in place.
        Arc::make_mut(
            Arc::make_mut(&mut self.accounts)
                .entry(account.clone())
                .or_default(),
        )
    }
}

impl AccountState {
    /// Roles keep what they put together from a policy; once it changes they must do so again.
    fn renew_roles(&mut self, policy: &Arn) {
        self.roles
            .replace(|role| role.refers_to(policy).then(|| role.renewed()));
    }
}
