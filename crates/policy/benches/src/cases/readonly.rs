//! AWS's `ReadOnlyAccess`: one statement with more than a thousand patterns of actions. The text is AWS's and not kept here;
//! `PODPASS_READONLY_ACCESS` names a file that holds the document.
// Once `catalog::aws::managed_policy` is there, `text` asks it for arn:aws:iam::aws:policy/ReadOnlyAccess instead.

use std::{env, fs};

use super::Case;

const FILE: &str = "PODPASS_READONLY_ACCESS";

pub(super) fn cases() -> Result<Vec<Case>, String> {
    let policy = vec![text()?];
    let object = "arn:aws:s3:::reports/2026/q1.csv";
    Ok(vec![
        Case::identity("4 ReadOnlyAccess, allowed", policy.clone(), "s3:GetObject", object),
        Case::identity("4 ReadOnlyAccess, denied", policy, "s3:PutObject", object).denied(),
    ])
}

fn text() -> Result<String, String> {
    let file = env::var(FILE).map_err(|_| format!("4 ReadOnlyAccess: {FILE} names no file"))?;
    fs::read_to_string(&file).map_err(|error| format!("4 ReadOnlyAccess: cannot read {file}: {error}"))
}
