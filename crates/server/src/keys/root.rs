//! Root credentials: one pair for each account, its secret sealed beside the account's entity.

use authority::{Account, Change, Entity, World, ids};
use policy::AccountId;
use sigv4::SecretKey;

use super::kept::{BadKeys, secret};
use super::key_file::{self, KeyFile};
use crate::clock;

const ROOT: &str = "root/";

/// Root credentials of an account, for `env`.
#[derive(Clone, Debug)]
pub struct RootCredentials {
    /// `AKIA...`.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: SecretKey,
}

/// A new account with root credentials of its own: given together, so that neither is ever without
/// the other.
pub(super) fn new_account(key_file: &KeyFile, id: &AccountId, partition: &str) -> Vec<Change> {
    with_root(
        key_file,
        Account {
            id: id.clone(),
            partition: partition.to_owned(),
            root_key: None,
        },
    )
}

/// An account as it is, but for its root credentials, which are made anew.
pub(super) fn rotated(key_file: &KeyFile, account: &Account) -> Vec<Change> {
    with_root(key_file, account.clone())
}

/// Built from the account as it is: whatever else an account will have one day is none of a
/// rotation's business.
fn with_root(key_file: &KeyFile, account: Account) -> Vec<Change> {
    let access_key_id = ids::unique_id(ids::Kind::LongTermKey, &account.id, clock::bytes());
    let secret = key_file::secret_text(clock::bytes());
    // Under the account's own name, so that no secret opens as another account's.
    let sealed = key_file.seal(&format!("{ROOT}{}", account.id), secret.as_bytes());
    let account = Account {
        root_key: Some(access_key_id),
        ..account
    };
    vec![
        Change::put(Entity::Account(account)),
        Change::put(Entity::Secret(sealed)),
    ]
}

/// The root credentials of an account, if it has any.
///
/// # Errors
/// [`BadKeys`] when they do not open.
pub(super) fn of(
    world: &World,
    key_file: &KeyFile,
    account: &AccountId,
) -> Result<Option<RootCredentials>, BadKeys> {
    let Some(access_key_id) = world.account(account).and_then(|it| it.root_key.clone()) else {
        return Ok(None);
    };
    let plain = secret(world, key_file, &format!("{ROOT}{account}"))?;
    let secret = SecretKey::new(String::from_utf8_lossy(&plain).into_owned());
    Ok(Some(RootCredentials {
        access_key_id,
        secret,
    }))
}

#[cfg(test)]
mod tests {
    use authority::Key;

    use super::*;

    #[test]
    fn a_rotation_changes_the_root_credentials_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let key_file = KeyFile::open_file(&folder.path().join("key"), true).unwrap();
        let id = AccountId::parse("123456789012").unwrap();
        let world = World::default()
            .fold(1, &new_account(&key_file, &id, "aws-us-gov"))
            .unwrap();
        let before = world.account(&id).unwrap();

        let changes = rotated(&key_file, before);
        let keys: Vec<Key> = changes.iter().map(Change::key).collect();
        assert_eq!(
            keys,
            [
                Key::Account {
                    account: id.clone()
                },
                Key::Secret {
                    name: format!("root/{id}")
                }
            ]
        );
        let next = world.fold(2, &changes).unwrap();
        let after = next.account(&id).unwrap();
        // As JSON, so that fields to come are held against each other too.
        let [mut old, mut new] =
            [before, after].map(|account| serde_json::to_value(account).unwrap());
        let [old_key, new_key] = [&mut old, &mut new].map(|account| account["root_key"].take());
        assert!(
            old_key.is_string() && new_key.is_string() && old_key != new_key,
            "{old_key} {new_key}"
        );
        assert_eq!(old, new);
        assert_eq!(after.partition, "aws-us-gov");

        let [old, new] = [&world, &next].map(|world| of(world, &key_file, &id).unwrap().unwrap());
        assert_ne!(old.secret.expose(), new.secret.expose());
        assert_eq!(Some(new.access_key_id), after.root_key);
    }
}
