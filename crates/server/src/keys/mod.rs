//! Key material: made once or at a rotation, kept in the store sealed under the key file, opened
//! when it is needed.

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
pub(crate) use authority_ca::keep_certified;
pub use kept::BadKeys;
use kept::{CA, DEPLOYMENT, ISSUER, secret};
pub use key_file::KeyFile;
pub use sealing::Rotated;
pub(crate) use service::keep_fresh;
pub use service::{KeyError, KeyService};

use crate::clock;

/// What the servers sign and prove themselves with. Sealing keys and root credentials change; they
/// are the [`KeyService`]'s.
#[derive(Debug)]
pub struct Keys {
    /// Signs service account tokens.
    pub issuer: Arc<SigningKey>,
    /// Certifies the issuer's listener.
    pub ca: LocalCa,
}

/// The changes that give a fresh store an account with root credentials, a deployment name and its
/// keys.
///
/// # Errors
/// [`BadKeys`] when a key cannot be made.
pub fn first_changes(key_file: &KeyFile, account: &AccountId) -> Result<Vec<Change>, BadKeys> {
    // RS256: every verifier knows it, and no other is as cheap to verify.
    let issuer =
        SigningKey::generate(Algorithm::Rs256).map_err(|error| BadKeys(error.to_string()))?;
    let ca = LocalCa::generate().map_err(BadKeys)?;
    let sealed = |name: &str, plain: &[u8]| Change::put(Entity::Secret(key_file.seal(name, plain)));
    let mut changes = root::new_account(key_file, account, "aws");
    changes.extend([
        sealed(DEPLOYMENT, &clock::bytes::<16>()),
        sealing::new_key(key_file, 1),
        sealed(
            ISSUER,
            &issuer
                .to_pkcs8()
                .map_err(|error| BadKeys(error.to_string()))?,
        ),
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
        issuer: Arc::new(
            SigningKey::from_pkcs8(&secret(world, key_file, ISSUER)?)
                .map_err(|error| BadKeys(error.to_string()))?,
        ),
        ca: LocalCa::from_pem(&String::from_utf8_lossy(&secret(world, key_file, CA)?))
            .map_err(BadKeys)?,
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use authority::session;
    use serde_json::Value;

    use super::*;
    use crate::redb_store::Store;

    /// The store of 0.1 with its key file, copied to where they may be written.
    fn kept(folder: &Path) -> (World, KeyFile) {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1");
        for name in ["state.redb", "key"] {
            std::fs::copy(from.join(name), folder.join(name)).unwrap();
        }
        let key = folder.join("key");
        // Git keeps no such mode.
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        let world = Store::open(&folder.join("state.redb"))
            .unwrap()
            .snapshot()
            .unwrap();
        (world, KeyFile::open_file(&key, false).unwrap())
    }

    #[test]
    fn the_key_file_of_0_1_opens_its_keys_its_roots_and_its_sessions() {
        let folder = tempfile::tempdir().unwrap();
        let (world, key_file) = kept(folder.path());
        open(&world, &key_file).unwrap();
        let ring = sealing::ring(&world, &key_file).unwrap();
        assert_eq!(ring.current(), 2);

        let sessions: Value =
            serde_json::from_str(include_str!("../../tests/fixtures/0.1/sessions.json")).unwrap();
        let now = sessions["made"].as_i64().unwrap();
        let until = |name: &str, at: i64| {
            let text = |field: &str| sessions[name][field].as_str();
            let opened = session::open(
                text("accessKeyId").unwrap(),
                text("sessionToken"),
                &ring,
                at,
            )?;
            assert_eq!(
                opened.secret().expose(),
                text("secretAccessKey").unwrap(),
                "{name}"
            );
            Ok::<_, session::Refusal>(format!("{opened:?}"))
        };
        for (name, life, shown) in [
            ("root", 0, "Root(AccountId(\"000000000000\"))".to_owned()),
            (
                "chinaRoot",
                0,
                format!("Root(AccountId({}))", sessions["china"]),
            ),
            (
                "web",
                43_200,
                "subject: \"system:serviceaccount:reports:reporting\"".to_owned(),
            ),
            (
                "chained",
                3_600,
                "source_identity: Some(\"ada\")".to_owned(),
            ),
            ("retired", 3_600, "role_name: \"reporting\"".to_owned()),
        ] {
            let opened = until(name, now).unwrap();
            assert!(opened.contains(&shown), "{name}: {opened}");
            if life > 0 {
                let expired = until(name, now + life).unwrap_err();
                assert!(
                    matches!(expired, session::Refusal::Expired { .. }),
                    "{name}: {expired}"
                );
            }
        }
    }
}
