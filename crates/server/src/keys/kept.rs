//! Key material as the store keeps it: by name, sealed under the key file.

use authority::World;
use zeroize::Zeroizing;

use super::key_file::KeyFile;

/// Names of the secrets in the store.
pub(super) const DEPLOYMENT: &str = "deployment";
pub(super) const ISSUER: &str = "issuer";
pub(super) const CA: &str = "ca";

/// A secret of the store that cannot be used.
#[derive(Debug)]
pub struct BadKeys(pub(super) String);

impl std::fmt::Display for BadKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "key material in the store cannot be used: {}; was the key file replaced?",
            self.0
        )
    }
}

impl std::error::Error for BadKeys {}

/// A secret, opened.
pub(super) fn secret(
    world: &World,
    key_file: &KeyFile,
    name: &str,
) -> Result<Zeroizing<Vec<u8>>, BadKeys> {
    let kept = world
        .secret(name)
        .ok_or_else(|| BadKeys(format!("`{name}` is missing")))?;
    key_file
        .open(kept)
        .ok_or_else(|| BadKeys(format!("`{name}` cannot be decrypted")))
}
