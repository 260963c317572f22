//! Actions and resources of one statement that do not meet (Service authorization reference,
//! resource types).

use crate::aws::{Action, Service};

use super::finding::{Finding, Rule, Severity};
use super::keys;
use super::scene::Scene;
use super::view::{Spot, Statement};

pub(super) const ACTION_NEEDS_STAR: Rule = Rule {
    code: "action-needs-star",
    severity: Severity::Warning,
    summary: "an action without resource types together with resources other than `*`, which it never matches",
};
pub(super) const ACTION_WITHOUT_RESOURCE: Rule = Rule {
    code: "action-without-resource",
    severity: Severity::Warning,
    summary: "an action for which the statement has no resource of its kind",
};
pub(super) const RESOURCE_WITHOUT_ACTION: Rule = Rule {
    code: "resource-without-action",
    severity: Severity::Warning,
    summary: "a resource that no action of the statement applies to",
};

/// Most characters that are compared in one statement: a document of 6,144 characters, which is
/// IAM's longest, has two thousand of them against the thousand actions that it may name.
const MOST: usize = 4_000_000;

pub(super) fn check(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    for statement in &scene.policy.statements {
        one(scene, statement, findings);
    }
}

fn one(scene: &Scene<'_>, statement: &Statement<'_>, findings: &mut Vec<Finding>) {
    let resources = statement.resources();
    // A star meets every action, and what is no ARN has its own finding.
    if resources.is_empty()
        || resources
            .iter()
            .any(|resource| resource.text == "*" || parts(resource.text).is_none())
    {
        return;
    }
    let length: usize = resources.iter().map(|resource| resource.text.len()).sum();
    let about = |(service, action): &(&Service, &Action), resource: &Spot<'_>| {
        meets(service, action, resource, statement)
            || denied_without_resource(statement, service, action, resource.text)
    };
    let mut work = 0;
    let mut all_told = true;
    for action in statement.actions() {
        // Of every service something: such a pattern always meets a resource, and to see where
        // would unpack the whole table.
        let found = if action.text.starts_with(['*', '?']) {
            Vec::new()
        } else {
            scene.reached(action.text)
        };
        work += found.len() * length;
        if work > MOST {
            return;
        }
        if found.is_empty()
            || found
                .iter()
                .any(|it| resources.iter().any(|resource| about(it, resource)))
        {
            all_told = false;
        } else {
            findings.push(unmet(action, &found, statement));
        }
    }
    // If every action was told, so was every resource: each finding once.
    let Some(reached) = keys::reached_by(scene, statement).filter(|_| !all_told) else {
        return;
    };
    for resource in resources {
        if !reached.iter().any(|it| about(it, resource)) {
            let message = format!(
                "no action of the statement applies to a resource such as `{}`",
                resource.text
            );
            findings.push(
                RESOURCE_WITHOUT_ACTION
                    .at(resource, message)
                    .fix("leave it out, or add the actions for it"),
            );
        }
    }
}

fn unmet(action: &Spot<'_>, found: &[(&Service, &Action)], statement: &Statement<'_>) -> Finding {
    let never = if statement.denies() {
        "denied"
    } else {
        "allowed"
    };
    if found.iter().all(|(_, action)| action.wildcard_only()) {
        let message = format!(
            "`{}` has no resource types, so with any resource but `*` it is never {never}",
            action.text
        );
        return ACTION_NEEDS_STAR
            .at(action, message)
            .fix("give it a statement of its own with the resource `*`");
    }
    // Of several kinds the shortest form is the one that people mean: objects before those of
    // access points.
    let kinds = found.iter().flat_map(|(service, action)| {
        action
            .resource_types
            .iter()
            .filter_map(|kind| service.resource_type(&kind.name))
    });
    let usual = kinds
        .map(|kind| kind.arn.as_str())
        .min_by_key(|form| form.len());
    let message = format!(
        "`{}` is never {never} here: none of the resources is of a kind that it applies to",
        action.text
    );
    let finding = ACTION_WITHOUT_RESOURCE.at(action, message);
    match usual {
        Some(form) => finding.fix(format!("add a resource of the form `{form}`")),
        None => finding,
    }
}

/// Whether some resource that an action is about matches a pattern of the policy.
fn meets(
    service: &Service,
    action: &Action,
    resource: &Spot<'_>,
    statement: &Statement<'_>,
) -> bool {
    // Both generations of load balancers share a prefix, and of an action that both have the
    // reference's data list the resource types of the older one only.
    if service.prefix == "elasticloadbalancing"
        && action
            .resource_types
            .iter()
            .all(|kind| kind.name == "loadbalancer")
    {
        return !action.wildcard_only() && resource.text.contains(":elasticloadbalancing:");
    }
    let mut types = action
        .resource_types
        .iter()
        .filter_map(|kind| service.resource_type(&kind.name));
    // One or two types have several forms, in one line.
    types.any(|kind| {
        kind.arn
            .split(", ")
            .any(|form| overlaps(resource.text, form) || crosses(statement, resource.text, form))
    })
}

/// In a Deny a star that ends a part may run on over colons (IAM user guide, "IAM JSON policy
/// elements: Resource").
fn crosses(statement: &Statement<'_>, pattern: &str, form: &str) -> bool {
    statement.denies() && pattern.contains("*:") && policy::overlap(&open(pattern), &open(form))
}

/// In a Deny all of a service is also what has no resource.
fn denied_without_resource(
    statement: &Statement<'_>,
    service: &Service,
    action: &Action,
    pattern: &str,
) -> bool {
    statement.denies() && action.wildcard_only() && policy::covers_service(pattern, &service.prefix)
}

/// Whether a pattern and a resource type's form have an ARN in common. The parts that a form leaves
/// open may hold anything but a bucket's name, which has no slash.
fn overlaps(pattern: &str, form: &str) -> bool {
    let (Some(pattern), Some(form)) = (parts(pattern), parts(form)) else {
        return true;
    };
    let pairs = pattern.iter().zip(form.iter()).enumerate();
    pairs.skip(1).all(|(place, (pattern, form))| {
        let pattern = open(pattern);
        // A form that leaves region or account empty may be written with it, as AWS's own policies
        // do.
        if matches!(place, 3 | 4) && (form.is_empty() || pattern.is_empty()) {
            return true;
        }
        if *form == "${BucketName}" && pattern.contains('/') {
            return false;
        }
        policy::overlap(&pattern, &open(form))
    })
}

/// A pattern in which everything that is filled in later is `*`.
fn open(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((_, after)) = after.split_once('}') else {
            return out;
        };
        out.push('*');
        rest = after;
    }
    out.push_str(rest);
    out
}

fn parts(text: &str) -> Option<[&str; 6]> {
    text.splitn(6, ':').collect::<Vec<_>>().try_into().ok()
}
