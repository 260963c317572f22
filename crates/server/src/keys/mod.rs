//! Key material: made once or at a rotation, kept in the store sealed under the key file, opened when it is needed.

mod authority_ca;
mod kept;
mod key_file;
mod root;
mod sealing;
mod service;

use std::sync::Arc;

use authority::{Change, Entity, World};
use policy::AccountId;
use token::{Algorithm, SigningKey};

pub use authority_ca::LocalCa;
pub use kept::BadKeys;
use kept::{CA, DEPLOYMENT, ISSUER, secret};
pub use key_file::KeyFile;
pub use sealing::Rotated;
pub(crate) use service::keep_fresh;
pub use service::{KeyError, KeyService};

use crate::clock;

/// What the servers sign and prove themselves with. Sealing keys and root credentials change; they are the [`KeyService`]'s.
#[derive(Debug)]
pub struct Keys {
    /// Signs service account tokens.
    pub issuer: Arc<SigningKey>,
    /// Certifies the issuer's listener.
    pub ca: LocalCa,
}

/// The changes that give a fresh store an account with root credentials, a deployment name and its keys.
///
/// # Errors
/// [`BadKeys`] when a key cannot be made.
pub fn first_changes(key_file: &KeyFile, account: &AccountId) -> Result<Vec<Change>, BadKeys> {
    let issuer = SigningKey::generate(Algorithm::Rs256).map_err(|error| BadKeys(error.to_string()))?;
    let ca = LocalCa::generate().map_err(BadKeys)?;
    let sealed = |name: &str, plain: &[u8]| Change::put(Entity::Secret(key_file.seal(name, plain)));
    let mut changes = root::new_account(key_file, account, "aws");
    changes.extend([
        sealed(DEPLOYMENT, &clock::bytes::<16>()),
        sealing::new_key(key_file, 1),
        sealed(ISSUER, &issuer.to_pkcs8().map_err(|error| BadKeys(error.to_string()))?),
        sealed(CA, ca.to_pem().as_bytes()),
    ]);
    Ok(changes)
}

/// Opens the keys of a loaded store.
///
/// # Errors
/// [`BadKeys`] when one is missing or was sealed under another key file.
pub fn open(world: &World, key_file: &KeyFile) -> Result<Keys, BadKeys> {
    Ok(Keys {
        issuer: Arc::new(SigningKey::from_pkcs8(&secret(world, key_file, ISSUER)?).map_err(|error| BadKeys(error.to_string()))?),
        ca: LocalCa::from_pem(&String::from_utf8_lossy(&secret(world, key_file, CA)?)).map_err(BadKeys)?,
    })
}
