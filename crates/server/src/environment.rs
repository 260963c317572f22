//! What `env` tells a shell, secrets hidden on their way.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A text on its way to its owner: wiped when dropped, not shown by `Debug`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hidden(Zeroizing<String>);

impl Hidden {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden(..)")
    }
}

/// What `env` tells a shell.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// `http://ADDRESS` of the API.
    pub api: String,
    /// The issuer's URL.
    pub issuer: String,
    /// The region.
    pub region: String,
    /// The account.
    pub account: String,
    /// Where the local authority's certificate is, with the system's.
    pub ca_bundle: PathBuf,
    /// Root's access key id.
    pub access_key_id: String,
    /// Root's secret access key.
    pub secret_access_key: Hidden,
}
