//! Issuers, as providers and condition keys name them (IAM user guide, "Available keys for AWS web
//! identity federation").

use super::view::{Condition, Statement};

/// Providers that need no ARN.
const BUILT_IN: [&str; 4] = [
    "accounts.google.com",
    "www.amazon.com",
    "graph.facebook.com",
    "cognito-identity.amazonaws.com",
];

/// Prefixes of keys that are no issuer's.
const NO_ISSUER: [&str; 4] = ["aws:", "sts:", "saml:", "iam:"];

/// The issuer of a web identity provider, as its condition keys begin.
pub(super) fn of_provider(name: &str) -> Option<&str> {
    if BUILT_IN.contains(&name) {
        return Some(name);
    }
    // A scheme that stands there is told by `provider-name`.
    let (_, issuer) = name.split_once(":oidc-provider/")?;
    Some(
        issuer
            .trim_start_matches("https://")
            .trim_start_matches("http://"),
    )
}

/// Whether a provider is one of those that everybody shares and that need no ARN.
pub(super) fn is_built_in(issuer: &str) -> bool {
    BUILT_IN.contains(&issuer)
}

/// Issuer and claim of a condition key such as `oidc.example.com/path:sub`.
pub(super) fn claim(key: &str) -> Option<(&str, &str)> {
    let lower = key.to_ascii_lowercase();
    if NO_ISSUER.iter().any(|prefix| lower.starts_with(prefix)) {
        return None;
    }
    let (issuer, claim) = key.rsplit_once(':')?;
    let looks = issuer.contains(['.', '/', ':'])
        || ["sub", "aud", "oaud", "amr", "azp"]
            .iter()
            .any(|known| claim.eq_ignore_ascii_case(known));
    (looks && !issuer.is_empty()).then_some((issuer, claim))
}

/// The issuers of the web identity providers that a statement names.
pub(super) fn issuers<'a>(statement: &Statement<'a>) -> Vec<&'a str> {
    let federated = statement
        .principals()
        .iter()
        .filter(|who| who.kind == "Federated");
    federated
        .filter_map(|who| of_provider(who.name.text))
        .collect()
}

/// The conditions on one claim of any of some issuers.
pub(super) fn conditions_on<'s, 'a>(
    statement: &'s Statement<'a>,
    issuers: &'s [&'a str],
    wanted: &'s str,
) -> impl Iterator<Item = &'s Condition<'a>> {
    statement.conditions.iter().filter(move |condition| {
        claim(condition.key.text).is_some_and(|(issuer, claim)| {
            claim.eq_ignore_ascii_case(wanted)
                && issuers
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(issuer))
        })
    })
}

/// `oidc.eks.REGION.amazonaws.com/id/...`, which signs tokens of Kubernetes service accounts only.
pub(super) fn is_eks(issuer: &str) -> bool {
    let host = issuer.split('/').next().unwrap_or(issuer);
    host.starts_with("oidc.eks.")
        && (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"))
}
