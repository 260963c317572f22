//! `Condition`: operators, keys, values, and whether they could ever be compared.

use std::collections::HashSet;

use super::draft::{Checked, Draft, LEGACY, SYNTAX, malformed};
use crate::condition::{Base, Condition, Operator};
use crate::json::{At, Node, Value};

/// One key under one operator.
struct Entry<'a> {
    operator: &'a str,
    key: &'a str,
    at: At,
    values: &'a Node,
    path: String,
}

/// Objects in objects, operators that exist, values that are no objects.
pub(super) fn shape(draft: &Draft<'_>) -> Checked {
    let path = draft.path("Condition");
    let object =
        |node: &Node, path: String| malformed(SYNTAX, path, node.at, "expected a JSON object");
    let Some(node) = draft.get("Condition") else {
        return Ok(());
    };
    let Value::Object(operators) = &node.value else {
        return Err(object(node, path));
    };
    for (at, operator, keys) in operators {
        let path = format!("{path}.{operator}");
        let Value::Object(keys) = &keys.value else {
            return Err(object(keys, path));
        };
        // IAM lets an operator without keys be, whatever its name: it says nothing.
        let known = Operator::read(operator).is_some() && Operator::is_canonical(operator);
        if !known && !keys.is_empty() {
            return Err(malformed(
                SYNTAX,
                path,
                *at,
                format!("`{operator}` is not a condition operator"),
            ));
        }
        for (_, key, values) in keys {
            if scalars(values).is_none() {
                let because = "expected a value or a list of values of one type";
                return Err(malformed(
                    SYNTAX,
                    format!("{path}.{key}"),
                    values.at,
                    because,
                ));
            }
        }
    }
    Ok(())
}

/// Dates that can be read, which IAM asks before anything else about values.
pub(super) fn dates(draft: &Draft<'_>, variables: bool) -> Checked {
    let is_date = |name: &str| {
        Operator::read(name).is_some_and(|operator| matches!(operator.base, Base::Date(_)))
    };
    for entry in entries(draft).filter(|entry| is_date(entry.operator)) {
        if let Some(because) = defect(&entry, variables) {
            return Err(malformed(LEGACY, entry.path, entry.values.at, because));
        }
    }
    Ok(())
}

/// Ours: IAM keeps what follows, and it never means what was meant. A key twice, a key without
/// prefix, a list without values (Access Analyzer: "Duplicate keys", "Invalid global condition
/// key", "Empty array condition"), a value that the operator cannot compare.
pub(super) fn values(draft: &Draft<'_>, variables: bool) -> Checked {
    let mut seen = HashSet::new();
    for entry in entries(draft) {
        if !seen.insert((entry.operator, entry.key.to_lowercase())) {
            return Err(malformed(
                SYNTAX,
                entry.path,
                entry.at,
                "the same key appears twice; case does not distinguish key names",
            ));
        }
        if !entry.key.contains(':') {
            let message =
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
            return Err(malformed(
                message,
                entry.path,
                entry.at,
                format!("`{}` has no prefix such as `aws:`", entry.key),
            ));
        }
        if matches!(&entry.values.value, Value::List(values) if values.is_empty()) {
            return Err(malformed(
                SYNTAX,
                entry.path,
                entry.values.at,
                "an empty list of values makes the statement useless",
            ));
        }
        if let Some(because) = defect(&entry, variables) {
            return Err(malformed(SYNTAX, entry.path, entry.values.at, because));
        }
    }
    Ok(())
}

fn entries<'a>(draft: &Draft<'a>) -> impl Iterator<Item = Entry<'a>> {
    fn members(node: &Node) -> &[(At, String, Node)] {
        if let Value::Object(members) = &node.value {
            members
        } else {
            &[]
        }
    }
    let path = draft.path("Condition");
    let operators = draft.get("Condition").map_or(&[][..], members);
    operators.iter().flat_map(move |(_, operator, keys)| {
        let path = path.clone();
        members(keys).iter().map(move |(at, key, values)| {
            let path = format!("{path}.{operator}.{key}");
            Entry {
                operator,
                key,
                at: *at,
                values,
                path,
            }
        })
    })
}

fn defect(entry: &Entry<'_>, variables: bool) -> Option<String> {
    let values = scalars(entry.values)?;
    Condition::read(entry.operator, entry.key, values, variables)
        .defect()
        .map(str::to_owned)
}

/// Values of one condition key: all texts, all numbers or all booleans.
fn scalars(node: &Node) -> Option<Vec<String>> {
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let kind = |node: &Node| std::mem::discriminant(&node.value);
    if items
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if kind(a) != kind(b)))
    {
        return None;
    }
    let scalar = |node: &Node| match &node.value {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::List(_) | Value::Object(_) => None,
    };
    items.iter().map(scalar).collect()
}
