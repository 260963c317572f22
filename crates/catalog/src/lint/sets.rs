//! Set operators and how many values a key has (IAM user guide, "Set operators for multivalued
//! context keys").

use policy::{Base, Kind, Qualifier};

use super::finding::{Finding, Rule, Severity};
use super::issuer;
use super::scene::Scene;
use super::view::{Condition, Statement};

pub(super) const MISSING_SET_OPERATOR: Rule = Rule {
    code: "missing-set-operator",
    severity: Severity::Warning,
    summary: "a multivalued key under an operator that compares one value",
};
pub(super) const FOR_ALL_VALUES_SINGLE: Rule = Rule {
    code: "for-all-values-single",
    severity: Severity::Security,
    summary: "an Allow with `ForAllValues` on a key with one value: it matches when the key is missing or misspelt",
};
pub(super) const SET_OPERATOR_ON_SINGLE: Rule = Rule {
    code: "set-operator-on-single",
    severity: Severity::Suggestion,
    summary: "a set operator on a key that has one value",
};

pub(super) fn check(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    for statement in &scene.policy.statements {
        for condition in statement
            .conditions
            .iter()
            .filter(|condition| condition.operator.base != Base::Null)
        {
            if let Some(several) = multivalued(scene, condition) {
                one(statement, condition, several, findings);
            }
        }
    }
}

/// Whether a key may have several values; nothing of keys that are not known.
fn multivalued(scene: &Scene<'_>, condition: &Condition<'_>) -> Option<bool> {
    let key = condition.key.text;
    if scene.policy.kind == Kind::Trust
        && let Some((_, claim)) = issuer::claim(key)
    {
        // An audience may be a list, and then it is (Access Analyzer, "Confirm audience claim
        // type"); `amr` always is.
        return match claim.to_ascii_lowercase().as_str() {
            "sub" | "email" | "azp" => Some(false),
            "aud" | "oaud" if condition.operator.qualifier == Qualifier::ForAllValues => {
                Some(false)
            }
            "amr" => Some(true),
            _ => None,
        };
    }
    scene
        .catalogue
        .key(key)
        .map(|key| key.kind.is_multivalued())
}

fn one(
    statement: &Statement<'_>,
    condition: &Condition<'_>,
    several: bool,
    findings: &mut Vec<Finding>,
) {
    let key = condition.key.text;
    let operator = condition.written.text;
    let plain = operator
        .split_once(':')
        .map_or(operator, |(_, plain)| plain);
    match condition.operator.qualifier {
        // Access Analyzer, "Missing qualifier".
        Qualifier::None if several => {
            let message = format!("`{key}` is multivalued, which `{operator}` does not compare");
            // The set operator that says what the plain one was meant to: none of the values, or
            // one of them.
            let set = if condition.operator.base.negated() {
                "ForAllValues"
            } else {
                "ForAnyValue"
            };
            findings.push(
                MISSING_SET_OPERATOR
                    .at(&condition.key, message)
                    .fix(format!("use `{set}:{operator}`")),
            );
        }
        // Access Analyzer, "ForAllValues with single valued key".
        // In a Deny the same mistake denies more than was meant, which somebody notices.
        Qualifier::ForAllValues if !several && statement.allows() => {
            let message = format!(
                "`{operator}` matches when the request has no `{key}`, or when the key is misspelt"
            );
            findings.push(
                FOR_ALL_VALUES_SINGLE
                    .at(&condition.key, message)
                    .fix(format!("use `{plain}`")),
            );
        }
        Qualifier::ForAllValues | Qualifier::ForAnyValue if !several => {
            let message = format!("`{key}` has one value, which `{plain}` compares");
            findings.push(
                SET_OPERATOR_ON_SINGLE
                    .at(&condition.key, message)
                    .fix(format!("use `{plain}`")),
            );
        }
        Qualifier::None | Qualifier::ForAllValues | Qualifier::ForAnyValue => {}
    }
}
