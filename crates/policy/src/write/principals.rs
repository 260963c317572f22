//! `Principal` and `NotPrincipal`: who may have one, and which names can exist.

use super::draft::{Checked, Draft, Kind, SYNTAX, items, malformed};
use crate::json::{At, Node, Value};
use crate::principal::{Entry, entry};

const NOBODY: &str = "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: \
                      The passed in policy has a statement with no principals!";

pub(super) fn check(draft: &Draft<'_>, kind: Kind) -> Checked {
    let found = ["Principal", "NotPrincipal"]
        .into_iter()
        .find_map(|name| draft.get(name).map(|node| (name, node)));
    match (kind, found) {
        (Kind::Identity | Kind::Session, Some((name, node))) => Err(malformed(
            "Policy document should not specify a principal.",
            draft.path(name),
            node.at,
            "an identity-based policy's principal is who it is attached to",
        )),
        (Kind::Identity | Kind::Session, None) => Ok(()),
        (Kind::Trust, Some(("NotPrincipal", node))) => Err(malformed(
            "Has prohibited field NotPrincipal",
            draft.path("NotPrincipal"),
            node.at,
            "a trust policy says who is trusted",
        )),
        (Kind::Resource | Kind::Trust, None) => Err(malformed(
            "Missing required field Principal",
            draft.path("Principal"),
            draft.at,
            "the statement has no principal",
        )),
        (Kind::Resource | Kind::Trust, Some((name, node))) => names(&draft.path(name), node),
    }
}

fn names(path: &str, node: &Node) -> Checked {
    let invalid = |kind: &str, name: &str, path: String, at: At| {
        let because = "no such principal can exist; a wildcard must be the whole value";
        // IAM names the kind in capitals.
        malformed(
            format!(
                "Invalid principal in policy: \"{}\":\"{name}\"",
                kind.to_uppercase()
            ),
            path,
            at,
            because,
        )
    };
    match &node.value {
        Value::Text(text) if text == "*" => Ok(()),
        Value::Object(kinds) if !kinds.is_empty() => {
            for (at, kind, names) in kinds {
                let path = format!("{path}.{kind}");
                if !matches!(
                    kind.as_str(),
                    "AWS" | "Federated" | "Service" | "CanonicalUser"
                ) {
                    return Err(malformed(
                        SYNTAX,
                        path,
                        *at,
                        format!("`{kind}` is not a kind of principal"),
                    ));
                }
                let Some(names) = items(names, &path) else {
                    return Err(malformed(
                        SYNTAX,
                        path,
                        *at,
                        format!("`{kind}` is a text or a list of texts"),
                    ));
                };
                if names.is_empty() {
                    return Err(malformed(NOBODY, path, *at, format!("`{kind}` is empty")));
                }
                for item in names {
                    let sound = match (kind.as_str(), entry(kind, item.text)) {
                        // `user/*` is kept by no service: it would look like a grant and mean
                        // nobody.
                        ("AWS", Entry::Nobody) => false,
                        ("Federated", _) => is_provider(item.text),
                        ("Service", _) => {
                            item.text.contains('.') && !item.text.contains(['*', ':', '/'])
                        }
                        _ => true,
                    };
                    if !sound {
                        return Err(invalid(kind, item.text, item.path, item.at));
                    }
                }
            }
            Ok(())
        }
        _ => Err(malformed(
            SYNTAX,
            path,
            node.at,
            "expected `\"*\"` or an object such as `{\"Federated\": \"ARN\"}`",
        )),
    }
}

fn is_provider(name: &str) -> bool {
    const BUILT_IN: [&str; 4] = [
        "accounts.google.com",
        "www.amazon.com",
        "graph.facebook.com",
        "cognito-identity.amazonaws.com",
    ];
    let provider = |arn: crate::Arn| {
        arn.service() == "iam"
            && crate::AccountId::parse(arn.account()).is_ok()
            && (arn.resource().starts_with("oidc-provider/")
                || arn.resource().starts_with("saml-provider/"))
    };
    BUILT_IN.contains(&name) || !name.contains('*') && crate::Arn::parse(name).is_ok_and(provider)
}
