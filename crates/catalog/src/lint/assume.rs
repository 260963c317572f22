//! Actions that a principal cannot use, keys that a call never has, and a grant that nobody asks
//! for.

use policy::Kind;

use super::finding::{Finding, Rule, Severity};
use super::issuer;
use super::scene::Scene;
use super::view::{Statement, Who};

pub(super) const MISMATCHED_ACTION: Rule = Rule {
    code: "mismatched-action",
    severity: Severity::Error,
    summary: "a trust policy's action is not the one that its principal uses",
};
pub(super) const KEY_NEVER_PRESENT: Rule = Rule {
    code: "key-never-present",
    severity: Severity::Warning,
    summary: "a trust policy tests a key that the call never has",
};
pub(super) const ASSUME_IN_IDENTITY_POLICY: Rule = Rule {
    code: "assume-in-identity-policy",
    severity: Severity::Warning,
    summary: "an identity policy grants `sts:AssumeRoleWithWebIdentity`, which only the trust policy decides",
};

const WEB: &str = "sts:AssumeRoleWithWebIdentity";
const ASSUMING: [&str; 3] = ["sts:AssumeRole", WEB, "sts:AssumeRoleWithSAML"];

pub(super) fn check(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    for statement in &scene.policy.statements {
        match scene.policy.kind {
            Kind::Trust => {
                if statement.allows() {
                    actions(statement, findings);
                }
                keys(statement, findings);
            }
            Kind::Identity | Kind::Session if statement.allows() => useless(statement, findings),
            Kind::Identity | Kind::Session | Kind::Resource => {}
        }
    }
}

/// What a principal calls to assume a role; nothing for one that may call anything.
fn used_by(who: &Who<'_>) -> Option<&'static str> {
    match who.kind {
        "AWS" if who.name.text == "*" => None,
        "AWS" | "Service" => Some("sts:AssumeRole"),
        "Federated" if who.name.text.contains(":saml-provider/") => Some("sts:AssumeRoleWithSAML"),
        "Federated" => Some(WEB),
        _ => None,
    }
}

/// Access Analyzer, "Mismatched action for principal".
fn actions(statement: &Statement<'_>, findings: &mut Vec<Finding>) {
    let principals = statement.principals();
    let uses = |action: &str| {
        principals
            .iter()
            .any(|who| used_by(who).is_none_or(|used| used.eq_ignore_ascii_case(action)))
    };
    let mut useful = false;
    let mut useless = Vec::new();
    for action in statement.actions() {
        if !ASSUMING
            .iter()
            .any(|known| known.eq_ignore_ascii_case(action.text))
        {
            // TagSession and its like come beside any of them; wildcards IAM refuses here.
            continue;
        }
        if uses(action.text) {
            useful = true
        } else {
            useless.push(action)
        }
    }
    if principals.is_empty() {
        return;
    }
    for action in &useless {
        let wanted = principals.iter().find_map(used_by).unwrap_or(WEB);
        let message = format!(
            "`{}` is never called by the principals of this statement",
            action.text
        );
        findings.push(
            MISMATCHED_ACTION
                .at(action, message)
                .fix(format!("write `{wanted}`")),
        );
    }
    let uncovered: Vec<&str> = ASSUMING
        .into_iter()
        .filter(|action| useful && !statement.covers(action))
        .collect();
    for who in principals {
        if let Some(used) = used_by(who).filter(|used| uncovered.contains(used)) {
            let message = format!(
                "`{}` assumes roles with `{used}`, which this statement does not allow",
                who.name.text
            );
            findings.push(
                MISMATCHED_ACTION
                    .at(&who.name, message)
                    .fix(format!("give it a statement of its own with `{used}`")),
            );
        }
    }
}

/// Keys about an IAM identity: the caller of the exchange has none (IAM user guide, "AWS global
/// condition context keys").
const OF_IDENTITIES: [&str; 10] = [
    "aws:username",
    "aws:userid",
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
    "aws:TokenIssueTime",
    "sts:ExternalId",
];

fn keys(statement: &Statement<'_>, findings: &mut Vec<Finding>) {
    let principals = statement.principals();
    let web = !principals.is_empty()
        && principals
            .iter()
            .all(|who| who.kind == "Federated" && issuer::of_provider(who.name.text).is_some());
    for condition in &statement.conditions {
        let effect = if condition.holds_without_key() {
            "always matches"
        } else {
            "never matches"
        };
        let key = condition.key.text;
        let finding = if condition.is("sts:DurationSeconds") {
            let message = format!(
                "`{key}` belongs to bearer tokens: no call that assumes a role has it, so the condition {effect}"
            );
            KEY_NEVER_PRESENT
                .at(&condition.key, message)
                .fix("limit sessions with the role's `MaxSessionDuration`")
        } else if web && OF_IDENTITIES.iter().any(|known| condition.is(known)) {
            let message = format!(
                "`{key}` is not present when a web identity assumes a role, so the condition {effect}"
            );
            KEY_NEVER_PRESENT
                .at(&condition.key, message)
                .fix("test the token's claims instead, such as `ISSUER:sub`")
        } else {
            continue;
        };
        findings.push(finding);
    }
}

/// The exchange is unsigned: no policy of its caller is looked at.
fn useless(statement: &Statement<'_>, findings: &mut Vec<Finding>) {
    for action in statement
        .actions()
        .iter()
        .filter(|action| action.text.eq_ignore_ascii_case(WEB))
    {
        let message = format!(
            "`{}` is called without credentials, so no identity policy applies",
            action.text
        );
        findings.push(
            ASSUME_IN_IDENTITY_POLICY
                .at(action, message)
                .fix("allow it in the trust policy of the role"),
        );
    }
}
