//! Actions that do not exist (Access Analyzer, "Invalid action", "Invalid service in action").

use super::finding::{Finding, Rule, Severity};
use super::scene::Scene;
use super::view::Spot;

pub(super) const UNKNOWN_SERVICE: Rule = Rule {
    code: "unknown-service",
    severity: Severity::Warning,
    summary: "an action of a service that is not known",
};
pub(super) const UNKNOWN_ACTION: Rule = Rule {
    code: "unknown-action",
    severity: Severity::Warning,
    summary: "an action that its service is not known to have",
};
pub(super) const EMPTY_PATTERN: Rule = Rule {
    code: "action-pattern-matches-nothing",
    severity: Severity::Warning,
    summary: "an action pattern that matches none of its service's actions",
};

pub(super) fn check(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    for statement in &scene.policy.statements {
        for action in statement.action.iter().flat_map(|block| &block.items) {
            findings.extend(one(scene, action));
        }
    }
}

fn one(scene: &Scene<'_>, action: &Spot<'_>) -> Option<Finding> {
    let (prefix, name) = action.text.split_once(':')?;
    // What IAM refuses is told already.
    if prefix.contains(['*', '?', ' ', ',']) || name.contains([' ', ',', ':']) || name.is_empty() {
        return None;
    }
    let Some(service) = scene.catalogue.service(prefix) else {
        let lower = prefix.to_ascii_lowercase();
        let near = scene.catalogue.prefixes().find(|known| slip(known, &lower));
        let finding = UNKNOWN_SERVICE.at(action, format!("no service has the prefix `{prefix}`"));
        return Some(match near {
            Some(near) => finding.fix(format!("write `{near}:{name}`")),
            None => finding,
        });
    };
    if name.contains(['*', '?']) {
        let none = !service
            .actions
            .iter()
            .any(|known| policy::like(name, &known.name));
        return none.then(|| {
            EMPTY_PATTERN.at(
                action,
                format!("`{}` matches no action of {}", action.text, service.name),
            )
        });
    }
    if service.action(name).is_some() {
        return None;
    }
    let finding = UNKNOWN_ACTION.at(
        action,
        format!("`{}` is not an action of {}", action.text, service.name),
    );
    let lower = name.to_ascii_lowercase();
    let near = service
        .actions
        .iter()
        .map(|known| known.name.as_str())
        .find(|known| slip(&known.to_ascii_lowercase(), &lower));
    Some(match (near, call_of(action.text)) {
        (_, Some(granted)) => finding.fix(format!("write `{granted}`, which this call requires")),
        (Some(near), None) => finding.fix(format!("write `{prefix}:{near}`")),
        (None, None) => finding,
    })
}

/// Two edits, or one in a short name.
fn slip(known: &str, written: &str) -> bool {
    policy::alike(known, written)
        || known.len() >= 3 && known.len().abs_diff(written.len()) == 1 && one_more(known, written)
}

/// Whether one text is the other with one letter more.
fn one_more(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() {
        (one, other)
    } else {
        (other, one)
    };
    let same = short
        .bytes()
        .zip(long.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    short
        .bytes()
        .rev()
        .zip(long.bytes().rev())
        .take_while(|(a, b)| a == b)
        .count()
        + same
        >= short.len()
}

/// Calls of S3 that are granted by an action of another name (Amazon S3 user guide, "Policy actions
/// for Amazon S3").
fn call_of(action: &str) -> Option<&'static str> {
    const CALLS: [(&str, &str); 9] = [
        ("s3:HeadObject", "s3:GetObject"),
        ("s3:HeadBucket", "s3:ListBucket"),
        ("s3:ListObjects", "s3:ListBucket"),
        ("s3:ListObjectsV2", "s3:ListBucket"),
        ("s3:ListObjectVersions", "s3:ListBucketVersions"),
        ("s3:ListBuckets", "s3:ListAllMyBuckets"),
        ("s3:CopyObject", "s3:PutObject"),
        ("s3:UploadPart", "s3:PutObject"),
        ("s3:DeleteObjects", "s3:DeleteObject"),
    ];
    CALLS
        .iter()
        .find(|(call, _)| call.eq_ignore_ascii_case(action))
        .map(|(_, granted)| *granted)
}
