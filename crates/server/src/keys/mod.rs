//! Key material: made once, kept in the store sealed under the key file, opened at start.

mod authority_ca;
mod safe;

use std::collections::BTreeMap;
use std::sync::Arc;

use authority::keyring::{Keyring, SealingKey};
use authority::{Account, Change, Entity, World, ids};
use policy::AccountId;
use sigv4::SecretKey;
use token::{Algorithm, SigningKey};

pub use authority_ca::LocalCa;
pub use safe::Safe;

use crate::clock;

/// Names of the secrets in the store.
const DEPLOYMENT: &str = "deployment";
const ISSUER: &str = "issuer";
const CA: &str = "ca";
const SEALING: &str = "sealing/";
const ROOT: &str = "root/";

/// Everything that the servers sign, seal or prove themselves with.
#[derive(Debug)]
pub struct Keys {
    /// Seals sessions.
    pub keyring: Arc<Keyring>,
    /// Signs service account tokens.
    pub issuer: Arc<SigningKey>,
    /// Certifies the issuer's listener.
    pub ca: LocalCa,
}

/// Root credentials of an account, for `env`.
#[derive(Clone, Debug)]
pub struct RootCredentials {
    /// `AKIA...`.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: SecretKey,
}

/// A secret of the store that cannot be used.
#[derive(Debug)]
pub struct BadKeys(String);

impl std::fmt::Display for BadKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "key material in the store cannot be used: {}; was the key file replaced?", self.0)
    }
}

impl std::error::Error for BadKeys {}

/// The changes that give a fresh store an account with root credentials, a deployment name and its keys.
///
/// # Errors
/// [`BadKeys`] when a key cannot be made.
pub fn first_changes(safe: &Safe, account: &AccountId) -> Result<Vec<Change>, BadKeys> {
    let root_key = ids::unique_id(ids::Kind::LongTermKey, account, clock::bytes());
    let secret = safe::secret_text(clock::bytes());
    let issuer = SigningKey::generate(Algorithm::Rs256).map_err(|error| BadKeys(error.to_string()))?;
    let ca = LocalCa::generate().map_err(BadKeys)?;
    let sealed = |name: &str, plain: &[u8]| Change::put(Entity::Secret(safe.seal(name, plain)));
    Ok(vec![
        Change::put(Entity::Account(Account { id: account.clone(), partition: "aws".to_owned(), root_key: Some(root_key) })),
        sealed(&format!("{ROOT}{account}"), secret.as_bytes()),
        sealed(DEPLOYMENT, &clock::bytes::<16>()),
        sealed(&format!("{SEALING}1"), &clock::bytes::<32>()),
        sealed(ISSUER, &issuer.to_pkcs8().map_err(|error| BadKeys(error.to_string()))?),
        sealed(CA, ca.to_pem().as_bytes()),
    ])
}

/// Opens the keys of a loaded store.
///
/// # Errors
/// [`BadKeys`] when one is missing or was sealed under another key file.
pub fn open(world: &World, safe: &Safe) -> Result<Keys, BadKeys> {
    let secret = |name: &str| {
        let kept = world.secret(name).ok_or_else(|| BadKeys(format!("`{name}` is missing")))?;
        safe.open(kept).ok_or_else(|| BadKeys(format!("`{name}` does not open")))
    };
    let mut sealing = BTreeMap::new();
    for kept in world.secrets(SEALING) {
        let number: u32 =
            kept.name.trim_start_matches(SEALING).parse().map_err(|_| BadKeys(format!("`{}` has no number", kept.name)))?;
        let material = secret(&kept.name)?;
        let material: &[u8; 32] =
            material.as_slice().try_into().map_err(|_| BadKeys(format!("`{}` has another length", kept.name)))?;
        sealing.insert(number, SealingKey::new(material).map_err(|_| BadKeys(format!("`{}` is no key", kept.name)))?);
    }
    let current = *sealing.keys().next_back().ok_or_else(|| BadKeys("there is no sealing key".to_owned()))?;
    let deployment: String = secret(DEPLOYMENT)?.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut keyring = Keyring::new(deployment, current, sealing);
    for account in world.accounts() {
        if let Some(root) = root(world, safe, &account.id)? {
            keyring = keyring.with_root(root.access_key_id, account.id.clone(), root.secret);
        }
    }
    Ok(Keys {
        keyring: Arc::new(keyring),
        issuer: Arc::new(SigningKey::from_pkcs8(&secret(ISSUER)?).map_err(|error| BadKeys(error.to_string()))?),
        ca: LocalCa::from_pem(&String::from_utf8_lossy(&secret(CA)?)).map_err(BadKeys)?,
    })
}

/// The root credentials of an account, if it has any.
///
/// # Errors
/// [`BadKeys`] when they do not open.
pub fn root(world: &World, safe: &Safe, account: &AccountId) -> Result<Option<RootCredentials>, BadKeys> {
    let Some(access_key_id) = world.account(account).and_then(|it| it.root_key.clone()) else { return Ok(None) };
    let name = format!("{ROOT}{account}");
    let plain = world.secret(&name).and_then(|kept| safe.open(kept)).ok_or_else(|| BadKeys(format!("`{name}` does not open")))?;
    let secret = SecretKey::new(String::from_utf8_lossy(&plain).into_owned());
    Ok(Some(RootCredentials { access_key_id, secret }))
}
