//! Which variables of a manifest a local process takes that plays its pod. In a cluster a
//! container's walls hold whatever they say; the stand-in is a process of whoever runs it, and a
//! manifest is often a stranger's.
//!
//! An ordinary variable is taken (`APP_MODE`). Left out is each that could lead the process
//! elsewhere: to another endpoint, proxy or certificate authority, to other credentials or files,
//! or to code that the command did not name.

mod names;

use std::collections::BTreeMap;

use names::{AWS, NAMES, PREFIXES, SUFFIXES};

/// What a process in a pod's place is given of its container's variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StandIn {
    /// What it is given.
    pub variables: BTreeMap<String, String>,
    /// Names that the manifest has and the process does not get, in order.
    pub left_out: Vec<String>,
}

/// Takes from the variables of a changed container what a stand-in may have. `manifest` is what was
/// there before it was changed: what the mutation adds is taken as it is.
pub fn stand_in(
    manifest: &BTreeMap<String, String>,
    admitted: BTreeMap<String, String>,
) -> StandIn {
    let mut found = StandIn::default();
    for (name, value) in admitted {
        if !manifest.contains_key(&name) || (is_ordinary(&name) && fits(&name, &value)) {
            found.variables.insert(name, value);
        } else {
            found.left_out.push(name);
        }
    }
    found
}

/// Whether a variable of this name can be given to a process without leading it elsewhere.
pub fn is_ordinary(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    // Kubernetes takes more, and a shell makes functions of what is more: `BASH_FUNC_ls%%`.
    if name.is_empty()
        || !name.bytes().all(letter)
        || name.starts_with(|first: char| first.is_ascii_digit())
    {
        return false;
    }
    let upper = name.to_ascii_uppercase();
    // In exact case: SDKs read no other, and a manifest has no reason to write one.
    if upper.starts_with("AWS") {
        return AWS.contains(&name);
    }
    !(NAMES.contains(&upper.as_str())
        || PREFIXES.iter().any(|prefix| upper.starts_with(prefix))
        || SUFFIXES.iter().any(|suffix| upper.ends_with(suffix)))
}

/// A value that a process can be given, and that makes no other host of a region: SDKs that are not
/// told their endpoint put it into a name.
fn fits(name: &str, value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match name {
        "AWS_REGION" | "AWS_DEFAULT_REGION" | "AWS_STS_REGIONAL_ENDPOINTS" => {
            value.bytes().all(plain)
        }
        _ => !value.contains('\0'),
    }
}

#[cfg(test)]
mod tests;
