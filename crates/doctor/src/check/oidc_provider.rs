//! The provider in IAM: whether the token's issuer is registered, and its keys.

use crate::finding::Finding;

pub(super) fn none(issuer: &str, registered: &[String]) -> Finding {
    Finding::denied(
        "no-provider",
        format!("the issuer `{issuer}` is not registered in this account"),
    )
    // STS names the issuer that it was sent, but not those that are registered.
    .named("registered", registered)
    .help(format!(
        "aws iam create-open-id-connect-provider --url {issuer} --client-id-list sts.amazonaws.com"
    ))
}

pub(super) fn no_keys(issuer: &str, because: &str) -> Finding {
    let mut finding = Finding::denied("no-keys", format!("no key of `{issuer}` is known"));
    // Records from before anything was fetched have no reason.
    if !because.is_empty() {
        finding = finding.named("fetching", &[because.to_owned()]);
    }
    finding
        .help("keys can be pushed instead of fetched: podpass issuer push --provider ARN JWKS_FILE")
}
