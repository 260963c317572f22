//! Condition keys: those that do not exist, those that no action of the statement has, and
//! operators of another type.

use std::cell::OnceCell;

use policy::{Base, Kind};

use crate::aws::{Action, ConditionKey, KeyType, Service};

use super::finding::{Finding, Rule, Severity};
use super::issuer;
use super::scene::Scene;
use super::view::{Condition, Statement};

pub(super) const UNKNOWN_KEY: Rule = Rule {
    code: "unknown-key",
    severity: Severity::Warning,
    summary: "a condition key that is not known",
};
pub(super) const UNSUPPORTED_KEY: Rule = Rule {
    code: "unsupported-key",
    severity: Severity::Warning,
    summary: "a condition key that no action of the statement has",
};
pub(super) const OPERATOR_TYPE: Rule = Rule {
    code: "operator-type",
    severity: Severity::Warning,
    summary: "an operator for another type than the key's",
};

pub(super) fn check(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    for statement in &scene.policy.statements {
        let reached = OnceCell::new();
        for condition in &statement.conditions {
            let key = condition.key.text;
            // A key without a prefix is refused at write, and told there; claims are
            // `issuer-mismatch`'s.
            if !key.contains(':')
                || scene.policy.kind == Kind::Trust && issuer::claim(key).is_some()
            {
                continue;
            }
            let Some(known) = scene.catalogue.key(key) else {
                findings.extend(unknown(scene, condition));
                continue;
            };
            operator(condition, known, findings);
            let reached = || {
                reached
                    .get_or_init(|| reached_by(scene, statement))
                    .as_deref()
            };
            unsupported(scene, reached, condition, known, findings);
        }
    }
}

/// Access Analyzer, "Invalid condition key", "Invalid global condition key".
fn unknown(scene: &Scene<'_>, condition: &Condition<'_>) -> Option<Finding> {
    let key = condition.key.text;
    let (prefix, _) = key.split_once(':')?;
    let global = prefix.eq_ignore_ascii_case("aws");
    let service = scene.catalogue.service(prefix);
    // A claim of a provider in a session's policy, or a service that has keys but no actions of its
    // own.
    if !global && service.is_none() && issuer::claim(key).is_some() {
        return None;
    }
    let own = service.map_or(&[][..], |service| &service.keys);
    // The reference writes some open parts without a sign that they are:
    // `secretsmanager:ResourceTag/tag-key`.
    let family = |key: &str| {
        key.split_once('/')
            .map(|(family, _)| family.to_ascii_lowercase())
    };
    if family(key).is_some() && own.iter().any(|known| family(&known.name) == family(key)) {
        return None;
    }
    let near = own
        .iter()
        .chain(scene.catalogue.global_keys())
        .find_map(|known| near(&known.name, key));
    let finding = UNKNOWN_KEY.at(
        &condition.key,
        if global {
            format!("`{key}` is not a global condition key")
        } else if let Some(service) = service {
            format!("`{key}` is not a condition key of {}", service.name)
        } else {
            format!("`{key}` belongs to no known service")
        },
    );
    Some(match near {
        Some(near) => finding.fix(format!("write `{near}`")),
        None => finding,
    })
}

/// The known key that was meant, its open part filled in as written.
fn near(known: &str, written: &str) -> Option<String> {
    let alike = |known: &str, written: &str| {
        known.eq_ignore_ascii_case(written)
            || policy::alike(&known.to_ascii_lowercase(), &written.to_ascii_lowercase())
    };
    match (known.split_once("/${"), written.split_once('/')) {
        (Some((known, _)), Some((written, rest))) => {
            alike(known, written).then(|| format!("{known}/{rest}"))
        }
        (None, _) => alike(known, written).then(|| known.to_owned()),
        (Some(_), None) => None,
    }
}

/// Access Analyzer, "Type mismatch" and "Data type mismatch".
fn operator(condition: &Condition<'_>, known: &ConditionKey, findings: &mut Vec<Finding>) {
    let (key, kind) = (condition.key.text, known.kind.element());
    let family = match condition.operator.base {
        Base::StringEquals { .. } | Base::StringEqualsIgnoreCase { .. } => "StringEquals",
        Base::StringLike { .. } => "StringLike",
        Base::Numeric(_) => "Numeric...",
        Base::Date(_) => "Date...",
        Base::Bool => "Bool",
        Base::Ip { .. } => "IpAddress",
        Base::Arn { .. } => "ArnLike",
        Base::Binary | Base::Null => return,
    };
    let fits = match kind {
        // Values are texts on the wire, so an operator of strings compares them, if not by their
        // meaning.
        KeyType::String => matches!(family, "StringEquals" | "StringLike" | "ArnLike"),
        KeyType::Arn => matches!(family, "ArnLike" | "StringLike" | "StringEquals"),
        KeyType::Bool => matches!(family, "Bool" | "StringEquals" | "StringLike"),
        KeyType::Numeric => matches!(family, "Numeric..." | "StringEquals"),
        // `aws:CurrentTime` and `aws:EpochTime` compare with numbers as well.
        KeyType::Date => matches!(family, "Date..." | "Numeric..."),
        KeyType::IpAddress => family == "IpAddress",
        KeyType::ArrayOfString | KeyType::ArrayOfArn | KeyType::ArrayOfBool => true,
    };
    if fits {
        return;
    }
    let wanted = match kind {
        KeyType::Arn => "ArnLike",
        KeyType::Bool => "Bool",
        KeyType::Numeric => "NumericEquals` or one of its kind, `NumericLessThan",
        KeyType::Date => "DateLessThan` or one of its kind, `DateGreaterThan",
        KeyType::IpAddress => "IpAddress",
        KeyType::String | KeyType::ArrayOfString | KeyType::ArrayOfArn | KeyType::ArrayOfBool => {
            "StringEquals` or `StringLike"
        }
    };
    let message = format!(
        "`{key}` is of type {}, which `{}` does not compare",
        known.kind.as_str(),
        condition.written.text
    );
    findings.push(
        OPERATOR_TYPE
            .at(&condition.key, message)
            .fix(format!("use `{wanted}`")),
    );
}

/// Global keys that the reference lists for the actions that have them.
const OF_TAGS: [&str; 3] = [
    "aws:RequestTag/${TagKey}",
    "aws:ResourceTag/${TagKey}",
    "aws:TagKeys",
];

/// Keys that a service writes into the sessions that it makes, and that every call of them has (IAM
/// user guide, "AWS global condition context keys", properties of the role session).
const OF_SESSIONS: [&str; 8] = [
    "ec2:RoleDelivery",
    "ec2:SourceInstanceArn",
    "glue:CredentialIssuingService",
    "glue:RoleAssumedBy",
    "identitystore:UserId",
    "lambda:SourceFunctionArn",
    "sagemaker:SourceInstanceArn",
    "ssm:SourceInstanceArn",
];

/// A service's own key that none of the statement's actions has; also tags in the request (Service
/// authorization reference).
fn unsupported<'c>(
    scene: &Scene<'_>,
    reached: impl FnOnce() -> Option<&'c [(&'c Service, &'c Action)]>,
    condition: &Condition<'_>,
    known: &ConditionKey,
    findings: &mut Vec<Finding>,
) {
    let key = condition.key.text;
    let Some((prefix, _)) = key.split_once(':') else {
        return;
    };
    // Global keys are there or not as the guide says, whatever the action; so are those of a role's
    // session.
    let of_session = OF_SESSIONS
        .iter()
        .any(|known| key.eq_ignore_ascii_case(known));
    let of_service = !prefix.eq_ignore_ascii_case("aws")
        || OF_TAGS.contains(&known.name.as_str()) && !condition.holds_without_key();
    if !of_service || of_session || scene.policy.kind == Kind::Trust {
        return;
    }
    // Of an action that is not known its keys are not either: better no word than a wrong one.
    let Some(actions) = reached() else { return };
    if actions.is_empty()
        || actions
            .iter()
            .any(|(service, action)| has(service, action, &known.name))
    {
        return;
    }
    let effect = if condition.holds_without_key() {
        "always matches"
    } else {
        "never matches"
    };
    let message =
        format!("no action of the statement has the key `{key}`, so the condition {effect}");
    findings.push(
        UNSUPPORTED_KEY
            .at(&condition.key, message)
            .fix("test a key of these actions, or leave the condition out"),
    );
}

fn has(service: &Service, action: &Action, key: &str) -> bool {
    let is = |found: &str| found.eq_ignore_ascii_case(key);
    let of_type = || {
        let types = action
            .resource_types
            .iter()
            .filter_map(|resource| service.resource_type(&resource.name));
        types.flat_map(|resource| &resource.keys).any(|key| is(key))
    };
    action.all_keys().any(is) || of_type()
}

/// Most actions that a statement names, over all its patterns: several times those of AWS.
const MOST: usize = 100_000;

/// The actions that a statement names; nothing when one of them is not known, or when there are too
/// many to say anything.
pub(super) fn reached_by<'a>(
    scene: &Scene<'a>,
    statement: &Statement<'_>,
) -> Option<Vec<(&'a Service, &'a Action)>> {
    let mut reached = Vec::new();
    for pattern in statement.actions() {
        if pattern.text == "*" || pattern.text.starts_with(['*', '?']) {
            return None;
        }
        let found = scene.reached(pattern.text);
        if found.is_empty() {
            return None;
        }
        reached.extend(found);
        if reached.len() > MOST {
            return None;
        }
    }
    Some(reached)
}
