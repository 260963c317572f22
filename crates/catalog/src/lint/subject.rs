//! Subjects in trust policies: those that no service account can have, and those that too many
//! have.

use policy::{Base, Kind};

use super::finding::{Finding, Rule, Severity};
use super::issuer;
use super::scene::Scene;
use super::view::{Condition, Spot};

pub(super) const SUB_SHAPE: Rule = Rule {
    code: "sub-shape",
    severity: Severity::Error,
    summary: "a subject that no Kubernetes service account can have",
};
pub(super) const SUB_EVERYONE: Rule = Rule {
    code: "sub-everyone",
    severity: Severity::Security,
    summary: "a subject pattern that every identity of the issuer matches",
};
pub(super) const SUB_ANY_NAMESPACE: Rule = Rule {
    code: "sub-any-namespace",
    severity: Severity::Security,
    summary: "a subject pattern with a wildcard for the namespace",
};

const PREFIX: &str = "system:serviceaccount:";

pub(super) fn check(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    if scene.policy.kind != Kind::Trust {
        return;
    }
    for statement in &scene.policy.statements {
        let issuers = issuer::issuers(statement);
        for condition in issuer::conditions_on(statement, &issuers, "sub") {
            // Elsewhere a subject has any form; only what is meant for Kubernetes can be told to be
            // misspelt.
            let eks =
                issuer::claim(condition.key.text).is_some_and(|(issuer, _)| issuer::is_eks(issuer));
            for value in condition
                .values
                .iter()
                .filter(|value| !value.text.contains("${"))
            {
                if statement.allows()
                    && condition.operator.base == (Base::StringLike { not: false })
                {
                    wide(value, findings);
                }
                if eks
                    || value.text.starts_with("system:")
                    || value.text.to_ascii_lowercase().starts_with(PREFIX)
                {
                    shape(condition, value, findings);
                }
            }
        }
    }
}

fn wide(value: &Spot<'_>, findings: &mut Vec<Finding>) {
    let text = value.text;
    let all = |text: &str| text.contains('*') && text.chars().all(|c| matches!(c, '*' | ':' | '/'));
    // GitHub's subjects begin with `repo:`; a star behind either prefix is everybody again.
    let rest = text
        .strip_prefix(PREFIX)
        .or_else(|| text.strip_prefix("repo:"));
    if all(rest.unwrap_or(text)) {
        let message = format!("`{text}` matches every identity of the issuer");
        findings.push(
            SUB_EVERYONE
                .at(value, message)
                .fix("write the subject that you mean, or a pattern that keeps its namespace"),
        );
    } else if let Some((namespace, name)) = text
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.split_once(':'))
        && all(namespace)
    {
        let message = format!(
            "`{text}` allows a service account `{name}` of any namespace: anyone who can create a namespace can assume the role"
        );
        findings.push(
            SUB_ANY_NAMESPACE
                .at(value, message)
                .fix(format!("write `{PREFIX}NAMESPACE:{name}`")),
        );
    }
}

/// `system:serviceaccount:NAMESPACE:NAME` (Kubernetes, "Service account tokens"); names are DNS
/// labels and subdomains.
fn shape(condition: &Condition<'_>, value: &Spot<'_>, findings: &mut Vec<Finding>) {
    let like = matches!(condition.operator.base, Base::StringLike { .. });
    let fold = matches!(condition.operator.base, Base::StringEqualsIgnoreCase { .. });
    if !like && !fold && !matches!(condition.operator.base, Base::StringEquals { .. }) {
        return;
    }
    // Wildcards where they are none are told by `wildcard-without-like`.
    if !like && value.text.contains(['*', '?']) && value.text.starts_with(PREFIX) {
        return;
    }
    let text = if fold {
        value.text.to_ascii_lowercase()
    } else {
        value.text.to_owned()
    };
    // A pattern is possible if it and the form of subjects have a text in common, however it is
    // written.
    let possible = if like && text.contains(['*', '?']) {
        policy::overlap(&text, &format!("{PREFIX}?*:?*"))
            && !text.chars().any(|c| c.is_ascii_uppercase())
    } else {
        let mut names = text.strip_prefix(PREFIX).unwrap_or("").split(':');
        let (namespace, name, more) = (
            names.next().unwrap_or(""),
            names.next().unwrap_or(""),
            names.next(),
        );
        is_name(namespace, false) && is_name(name, true) && more.is_none()
    };
    if possible {
        return;
    }
    let message = format!(
        "`{}` is not the subject of a service account, which has the form `{PREFIX}NAMESPACE:NAME`",
        value.text
    );
    let finding = SUB_SHAPE.at(value, message);
    findings.push(match mended(value.text) {
        Some(mended) => finding.fix(format!("write `{mended}`")),
        None => finding,
    });
}

fn is_name(text: &str, dots: bool) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    // A namespace is a DNS label (RFC 1123), a service account a subdomain of up to 253 characters.
    let most = if dots { 253 } else { 63 };
    let inside =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || dots && c == '.';
    text.len() <= most
        && edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(inside)
}

/// The usual slips: another separator, a part of the prefix missing or misspelt, capital letters.
fn mended(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower
        .split([':', '/'])
        .filter(|word| !word.is_empty())
        .collect();
    let (namespace, name) = match words.as_slice() {
        [namespace, name] => (*namespace, *name),
        [_, namespace, name] if !matches!(*namespace, "serviceaccount" | "system") => {
            (*namespace, *name)
        }
        [system, account, namespace, name]
            if (*system == "system" || policy::alike(system, "system"))
                && (*account == "serviceaccount" || policy::alike(account, "serviceaccount")) =>
        {
            (*namespace, *name)
        }
        _ => return None,
    };
    let wild = |text: &str| text.replace(['*', '?'], "x");
    let sound = is_name(&wild(namespace), false) && is_name(&wild(name), true);
    (sound && namespace != "system").then(|| format!("{PREFIX}{namespace}:{name}"))
}
