//! What IAM refuses at write: asked of the policy crate, statement by statement, so that one slip
//! does not hide the next.

use std::collections::HashSet;

use policy::json::{At, Node, Value};
use policy::{Kind, Malformed};

use super::finding::{Finding, Rule, Severity};
use super::view::Spot;

pub(super) const MALFORMED: Rule = Rule {
    code: "malformed",
    severity: Severity::Error,
    summary: "IAM refuses the document when it is written",
};

/// All that can be said of a document whose JSON could be read.
pub(super) fn check(root: &Node, whole: &Malformed, kind: Kind, findings: &mut Vec<Finding>) {
    let mut refusals = vec![whole.clone()];
    refusals.extend(alone(root, kind));
    let mut told = HashSet::new();
    for refusal in &refusals {
        if told.insert((&refusal.path, &refusal.because)) {
            findings.push(finding(root, refusal));
        }
    }
}

/// The finding for a refusal.
pub(super) fn finding(root: &Node, refusal: &Malformed) -> Finding {
    let begin = At {
        line: refusal.line,
        column: refusal.column,
    };
    let end = end_of(root, begin).unwrap_or(begin);
    let spot = Spot {
        text: "",
        begin,
        end,
        path: refusal.path.clone(),
    };
    MALFORMED.at(
        &spot,
        format!("IAM answers `{}`: {}", refusal.message, refusal.because),
    )
}

/// A document that is no JSON.
pub(super) fn unreadable(refusal: &Malformed) -> Finding {
    let at = At {
        line: refusal.line,
        column: refusal.column,
    };
    let spot = Spot {
        text: "",
        begin: at,
        end: at,
        path: refusal.path.clone(),
    };
    MALFORMED.at(
        &spot,
        format!("IAM answers `{}`: {}", refusal.message, refusal.because),
    )
}

/// The first refusal of every statement as if it stood alone in a document of the present version.
fn alone(root: &Node, kind: Kind) -> Vec<Malformed> {
    let Value::Object(members) = &root.value else {
        return Vec::new();
    };
    let Some((at, name, statement)) = members.iter().find(|(_, name, _)| name == "Statement")
    else {
        return Vec::new();
    };
    let nodes = match &statement.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(statement),
    };
    let version = Node {
        at: root.at,
        end: root.at,
        value: Value::Text("2012-10-17".to_owned()),
    };
    let mut found = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let list = Node {
            at: node.at,
            end: node.end,
            value: Value::List(vec![node.clone()]),
        };
        let members = vec![
            (root.at, "Version".to_owned(), version.clone()),
            (*at, name.clone(), list),
        ];
        let document = Node {
            at: root.at,
            end: root.end,
            value: Value::Object(members),
        };
        if let Some(mut refusal) = policy::refusal(&document, kind) {
            if let Some(rest) = refusal.path.strip_prefix("Statement[0]") {
                refusal.path = format!("Statement[{index}]{rest}");
            }
            found.push(refusal);
        }
    }
    found
}

/// Where the part that begins at a place ends.
fn end_of(node: &Node, begin: At) -> Option<At> {
    if node.at == begin {
        return Some(node.end);
    }
    match &node.value {
        Value::List(items) => items.iter().find_map(|item| end_of(item, begin)),
        Value::Object(members) => members.iter().find_map(|(at, _, value)| {
            if *at == begin {
                Some(value.end)
            } else {
                end_of(value, begin)
            }
        }),
        _ => None,
    }
}
