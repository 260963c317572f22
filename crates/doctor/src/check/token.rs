//! The token: whether it can be read, whether it is valid, and which roles it lists.

use authority::record::Evidence;

use super::role::role;
use crate::finding::Finding;

pub(super) fn malformed(because: &str) -> Finding {
    Finding::denied(
        // Files that were made by hand have quotes, line breaks or something behind the token.
        "token-malformed",
        format!("the token cannot be read: {because}"),
    )
    .help("send the projected service account token exactly as it is in its file")
}

pub(super) fn refused(because: &str) -> Finding {
    Finding::denied("token-refused", because)
        .help("get a new token from the issuer that the provider names")
}

pub(super) fn role_not_in_claim(listed: &[String], evidence: &Evidence) -> Finding {
    let message = format!("the token's roles claim does not list `{}`", role(evidence));
    Finding::denied("role-not-in-claim", message)
        .named("listed", listed)
        .help("ask for a role that the claim lists, or have the issuer list this one")
}
