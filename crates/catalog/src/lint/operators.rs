//! Operators that do not compare as their words suggest.

use policy::{Base, Qualifier};

use super::finding::{Finding, Rule, Severity};
use super::scene::Scene;
use super::view::{Condition, Statement};

pub(super) const WILDCARD_WITHOUT_LIKE: Rule = Rule {
    code: "wildcard-without-like",
    severity: Severity::Warning,
    summary: "a wildcard under an operator that takes it literally",
};
pub(super) const NULL_WITH_QUALIFIER: Rule = Rule {
    code: "null-with-qualifier",
    severity: Severity::Warning,
    summary: "`Null` with a set operator, which has the same result whatever the request has",
};
pub(super) const MFA_DENY_MISSES_KEYS: Rule = Rule {
    code: "mfa-deny-misses-keys",
    severity: Severity::Warning,
    summary: "a Deny on missing MFA that does not apply to long-term keys, which never have the MFA key, or to sessions, which always have it",
};
pub(super) const MFA_ALLOW_IF_EXISTS: Rule = Rule {
    code: "mfa-allow-if-exists",
    severity: Severity::Security,
    summary: "an Allow with MFA that applies to long-term keys too, which never have the MFA key",
};

pub(super) fn check(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    for statement in &scene.policy.statements {
        for condition in &statement.conditions {
            wildcard(condition, findings);
            null(condition, findings);
            multi_factor(statement, condition, findings);
        }
    }
}

/// Access Analyzer, "Wildcard without like operator".
fn wildcard(condition: &Condition<'_>, findings: &mut Vec<Finding>) {
    let not = match condition.operator.base {
        Base::StringEquals { not } | Base::StringEqualsIgnoreCase { not } => not,
        _ => return,
    };
    for value in &condition.values {
        // `${*}` asks for the letter.
        let plain = value.text.replace("${*}", "").replace("${?}", "");
        if !(plain.contains('*')
            || plain.contains('?') && super::issuer::claim(condition.key.text).is_some())
        {
            continue;
        }
        let like = if not { "StringNotLike" } else { "StringLike" };
        let operator = condition.written.text;
        let (before, after) = match condition.operator.qualifier {
            Qualifier::None => ("", operator),
            _ => operator.split_once(':').unwrap_or(("", operator)),
        };
        let colon = if before.is_empty() { "" } else { ":" };
        let tail = if after.to_ascii_lowercase().ends_with("ifexists") {
            "IfExists"
        } else {
            ""
        };
        let message = format!(
            "`{operator}` takes the wildcard in `{}` literally",
            value.text
        );
        findings.push(
            WILDCARD_WITHOUT_LIKE
                .at(value, message)
                .fix(format!("use `{before}{colon}{like}{tail}`")),
        );
    }
}

/// Access Analyzer, "Null with qualifier".
fn null(condition: &Condition<'_>, findings: &mut Vec<Finding>) {
    let answer = match (condition.operator.base, condition.operator.qualifier) {
        (Base::Null, Qualifier::ForAllValues) => "always holds",
        (Base::Null, Qualifier::ForAnyValue) => "never holds",
        _ => return,
    };
    let message = format!(
        "`{}` {answer}, whether the request has the key or not",
        condition.written.text
    );
    findings.push(
        NULL_WITH_QUALIFIER
            .at(&condition.key, message)
            .fix("use `Null`"),
    );
}

/// IAM user guide, "AWS global condition context keys", `aws:MultiFactorAuthPresent`.
fn multi_factor(statement: &Statement<'_>, condition: &Condition<'_>, findings: &mut Vec<Finding>) {
    if !condition.is("aws:MultiFactorAuthPresent") {
        return;
    }
    let says = |wanted: &str| {
        condition
            .values
            .iter()
            .any(|value| value.text.eq_ignore_ascii_case(wanted))
    };
    if condition.operator.base == Base::Null && statement.denies() && says("true") {
        let message = "sessions always have `aws:MultiFactorAuthPresent`, `false` without a second factor, so this Deny does not apply to them";
        findings.push(
            MFA_DENY_MISSES_KEYS
                .at(&condition.key, message)
                .fix("use `BoolIfExists` with `false`"),
        );
    }
    if condition.operator.base != Base::Bool {
        return;
    }
    if statement.denies() && says("false") && !condition.operator.if_exists {
        let message = "requests signed with long-term keys have no `aws:MultiFactorAuthPresent`, so this Deny does not apply to them; it applies to sessions of roles, which have `false`";
        findings.push(
            MFA_DENY_MISSES_KEYS
                .at(&condition.key, message)
                .fix("use `BoolIfExists`"),
        );
    }
    // `IfExists` holds over a missing key, and long-term keys are those that lack it: the guide
    // warns of this combination.
    if statement.allows() && says("true") && condition.operator.if_exists {
        let message = "requests signed with long-term keys have no `aws:MultiFactorAuthPresent`, so this Allow applies to them";
        findings.push(
            MFA_ALLOW_IF_EXISTS
                .at(&condition.key, message)
                .fix("use `Bool`"),
        );
    }
}
