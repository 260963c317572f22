//! Entries that another entry of the same list covers (Access Analyzer, "Redundant action",
//! "Redundant resource").

use std::collections::HashSet;

use super::finding::{Finding, Rule, Severity};
use super::scene::Scene;
use super::view::Spot;

pub(super) const REDUNDANT_ACTION: Rule = Rule {
    code: "redundant-action",
    severity: Severity::Suggestion,
    summary: "an action that another one of the same list covers",
};
pub(super) const REDUNDANT_RESOURCE: Rule = Rule {
    code: "redundant-resource",
    severity: Severity::Suggestion,
    summary: "a resource that another one of the same list covers",
};

/// Most patterns of one list that are held against the others: time is their product.
const MOST: usize = 250;

pub(super) fn check(scene: &Scene<'_>, findings: &mut Vec<Finding>) {
    for statement in &scene.policy.statements {
        if let Some(block) = &statement.action {
            let key = |text: &str| text.to_ascii_lowercase();
            list(
                &REDUNDANT_ACTION,
                &block.items,
                key,
                |wide, narrow| covers(wide, narrow, true),
                findings,
            );
        }
        if let Some(block) = &statement.resource {
            list(
                &REDUNDANT_RESOURCE,
                &block.items,
                str::to_owned,
                covers_arn,
                findings,
            );
        }
    }
}

fn list(
    rule: &Rule,
    items: &[Spot<'_>],
    key: impl Fn(&str) -> String,
    covers: impl Fn(&str, &str) -> bool,
    findings: &mut Vec<Finding>,
) {
    let mut seen = HashSet::new();
    // Only a pattern covers another text than its own.
    let wide: Vec<&Spot<'_>> = items
        .iter()
        .filter(|item| item.text.contains(['*', '?']))
        .take(MOST)
        .collect();
    for item in items {
        let own = key(item.text);
        let by = if seen.contains(&own) {
            Some(item.text)
        } else {
            wide.iter()
                .map(|spot| spot.text)
                .find(|wide| key(wide) != own && covers(wide, item.text))
        };
        seen.insert(own);
        if let Some(by) = by {
            let message = if by == item.text {
                format!("`{by}` is listed twice")
            } else {
                format!("`{}` is covered by `{by}`", item.text)
            };
            findings.push(rule.at(item, message).fix("leave it out"));
        }
    }
}

/// Whether all that one pattern matches the other matches too; no, when that cannot be seen at
/// once.
fn covers(wide: &str, narrow: &str, fold_case: bool) -> bool {
    // A `?` would swallow a `*` as if it were one character.
    let sure = !(wide.contains('?') && narrow.contains('*'));
    // What a variable stands for is not known before a request, so it covers itself only.
    sure && !(wide.contains("${") && wide != narrow)
        && (if fold_case {
            policy::like(wide, narrow)
        } else {
            policy::like_exactly(wide, narrow)
        })
}

fn covers_arn(wide: &str, narrow: &str) -> bool {
    if wide == "*" {
        return true;
    }
    let (wide, narrow): (Vec<&str>, Vec<&str>) = (
        wide.splitn(6, ':').collect(),
        narrow.splitn(6, ':').collect(),
    );
    wide.len() == 6
        && narrow.len() == 6
        && wide
            .iter()
            .zip(&narrow)
            .all(|(wide, narrow)| covers(wide, narrow, false))
}
