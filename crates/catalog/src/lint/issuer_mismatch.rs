//! Condition keys and providers that name an issuer wrongly: such a key is in no token.

use policy::Kind;

use super::finding::{Finding, Rule, Severity};
use super::issuer;
use super::scene::Scene;
use super::view::{Condition, Statement};

pub(super) const ISSUER_MISMATCH: Rule = Rule {
    code: "issuer-mismatch",
    severity: Severity::Error,
    summary: "a condition key's issuer is not the one of the statement's provider",
};
pub(super) const ISSUERS_ANDED: Rule = Rule {
    code: "issuers-anded",
    severity: Severity::Error,
    summary: "one statement requires claims of several issuers, and no token has more than one",
};
pub(super) const PROVIDER_NAME: Rule = Rule {
    code: "provider-name",
    severity: Severity::Error,
    summary: "a provider's ARN names no issuer that can exist",
};

pub(super) fn check(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    if scene.policy.kind != Kind::Trust {
        return;
    }
    for statement in &scene.policy.statements {
        let issuers = issuer::issuers(statement);
        providers(statement, findings);
        if issuers.is_empty() {
            continue;
        }
        for condition in &statement.conditions {
            if let Some((written, claim)) = issuer::claim(condition.key.text)
                && !issuers
                    .iter()
                    .any(|issuer| issuer.eq_ignore_ascii_case(written))
            {
                findings.push(mismatch(condition, &issuers, written, claim));
            }
        }
        anded(statement, &issuers, findings);
    }
}

fn mismatch(condition: &Condition<'_>, issuers: &[&str], written: &str, claim: &str) -> Finding {
    let bare = |text: &str| {
        let text = text
            .trim_start_matches("https://")
            .trim_start_matches("http://");
        let text = text
            .split_once("oidc-provider/")
            .map_or(text, |(_, issuer)| issuer);
        text.trim_end_matches('/').to_ascii_lowercase()
    };
    // The usual slips first, each with a sentence of its own: a scheme, an ARN, a slash. Then a
    // slip of the pen.
    let same = issuers.iter().find(|issuer| bare(issuer) == bare(written));
    let near = issuers
        .iter()
        .find(|issuer| policy::alike(&issuer.to_ascii_lowercase(), &written.to_ascii_lowercase()));
    let nearest = same
        .or(near)
        .or(issuers.first())
        .copied()
        .unwrap_or_default();
    let what = if same.is_some() && written.contains("://") {
        "has a scheme, and the provider's issuer does not"
    } else if same.is_some() && written.contains("oidc-provider/") {
        "is the provider's ARN, not its issuer"
    } else if same.is_some() {
        "differs from the provider's issuer in the trailing slash"
    } else if near.is_some() {
        "is spelt differently from the provider's issuer"
    } else {
        "is another issuer than the provider's"
    };
    // A negated operator over a key that no token has is no condition at all, which is the worse of
    // the two.
    let effect = if condition.holds_without_key() {
        "always matches"
    } else {
        "never matches"
    };
    let message = format!("`{written}` {what}: no token has this key, so the condition {effect}");
    ISSUER_MISMATCH
        .at(&condition.key, message)
        .fix(format!("write `{nearest}:{claim}`"))
}

/// The keys of one block are all demanded (IAM user guide, "Conditions with multiple context keys
/// or values").
fn anded(statement: &Statement<'_>, issuers: &[&str], findings: &mut Vec<Finding>) {
    let mut first: Option<&str> = None;
    for condition in statement
        .conditions
        .iter()
        .filter(|condition| condition.demands())
    {
        let Some((written, _)) = issuer::claim(condition.key.text) else {
            continue;
        };
        if !issuers
            .iter()
            .any(|issuer| issuer.eq_ignore_ascii_case(written))
        {
            continue;
        }
        let earlier = *first.get_or_insert(written);
        if !earlier.eq_ignore_ascii_case(written) {
            let message = format!(
                "claims of `{earlier}` and of `{written}` are required together, and a token has one issuer"
            );
            findings.push(
                ISSUERS_ANDED
                    .at(&condition.key, message)
                    .fix("write one statement for every issuer"),
            );
            return;
        }
    }
}

fn providers(statement: &Statement<'_>, findings: &mut Vec<Finding>) {
    for who in statement
        .principals()
        .iter()
        .filter(|who| who.kind == "Federated")
    {
        let Some((_, issuer)) = who.name.text.split_once(":oidc-provider/") else {
            continue;
        };
        if let Some(bare) = issuer
            .strip_prefix("https://")
            .or_else(|| issuer.strip_prefix("http://"))
        {
            let message = format!("a provider's ARN has the issuer without its scheme: `{bare}`");
            findings.push(
                PROVIDER_NAME
                    .at(&who.name, message)
                    .fix(format!("write `{}`", who.name.text.replace(issuer, bare))),
            );
        } else if let Some(turned) = turned(issuer) {
            let message = format!(
                "`{issuer}` is not an EKS issuer: its host begins with `oidc.eks.`, followed by the region"
            );
            findings.push(PROVIDER_NAME.at(&who.name, message).fix(format!(
                "write `{}`",
                who.name.text.replace(issuer, &turned)
            )));
        }
    }
}

/// `oidc.REGION.eks.amazonaws.com`, as a much copied README has it, with its parts in order.
fn turned(issuer: &str) -> Option<String> {
    let (region, rest) = issuer.strip_prefix("oidc.")?.split_once(".eks.")?;
    (region != "eks" && !region.contains(['.', '/']) && rest.starts_with("amazonaws.com"))
        .then(|| format!("oidc.eks.{region}.{rest}"))
}
