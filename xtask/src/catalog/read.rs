//! Reads the sources' JSON.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;

pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("cannot read {what}: {error}"))
}

pub(super) fn parse_file<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let bytes =
        fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    parse(&bytes, &path.display().to_string())
}
