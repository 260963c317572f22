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

/// An account with root credentials of its own: given together, so that neither is ever without the other.
pub(super) fn new_account(key_file: &KeyFile, id: &AccountId, partition: &str) -> Vec<Change> {
    let access_key_id = ids::unique_id(ids::Kind::LongTermKey, id, clock::bytes());
    let secret = key_file::secret_text(clock::bytes());
    let account = Account { id: id.clone(), partition: partition.to_owned(), root_key: Some(access_key_id) };
    let sealed = key_file.seal(&format!("{ROOT}{id}"), secret.as_bytes());
    vec![Change::put(Entity::Account(account)), Change::put(Entity::Secret(sealed))]
}

/// The root credentials of an account, if it has any.
///
/// # Errors
/// [`BadKeys`] when they do not open.
pub(super) fn of(world: &World, key_file: &KeyFile, account: &AccountId) -> Result<Option<RootCredentials>, BadKeys> {
    let Some(access_key_id) = world.account(account).and_then(|it| it.root_key.clone()) else { return Ok(None) };
    let plain = secret(world, key_file, &format!("{ROOT}{account}"))?;
    let secret = SecretKey::new(String::from_utf8_lossy(&plain).into_owned());
    Ok(Some(RootCredentials { access_key_id, secret }))
}
