//! What an evaluation does not tell of a statement: where it begins and ends as the simulator
//! counts, and the keys that it asks for.

use ::policy::json::{self, At, Node, Value};

/// One statement.
pub(super) struct Part {
    /// The place after the token before it: AWS's simulator begins there.
    pub(super) start: At,
    /// The place after its last character.
    pub(super) end: At,
    /// Keys of its conditions, and variables in their values.
    pub(super) condition_keys: Vec<String>,
    /// Variables of its resources.
    pub(super) resource_keys: Vec<String>,
}

impl Part {
    pub(super) fn all_keys(&self) -> impl Iterator<Item = &str> {
        self.resource_keys
            .iter()
            .chain(&self.condition_keys)
            .map(String::as_str)
    }
}

/// The statements of a document in their order.
pub(super) fn of(text: &str) -> Vec<Part> {
    // The evaluation read the same text with the same reader, so this cannot fail where that did
    // not.
    let Ok(root) = json::read(text, At { line: 1, column: 1 }) else {
        return Vec::new();
    };
    let statements = member(&root, "Statement").map_or(&[][..], |node| match &node.value {
        Value::List(items) => items,
        _ => std::slice::from_ref(node),
    });
    // Variables came with this version; before it they are plain text.
    let variables =
        member(&root, "Version").is_some_and(|it| it.value == Value::Text("2012-10-17".to_owned()));
    let part = |node: &Node| {
        let mut part = Part {
            start: before(text, node.at),
            end: node.end,
            condition_keys: Vec::new(),
            resource_keys: Vec::new(),
        };
        for name in ["Resource", "NotResource"] {
            if let Some(resource) = member(node, name).filter(|_| variables) {
                texts(resource, &mut |text| {
                    part.resource_keys.extend(variables_of(text))
                });
            }
        }
        for (_, _, keys) in members(member(node, "Condition")) {
            for (_, key, values) in members(Some(keys)) {
                part.condition_keys.push(key.clone());
                if variables {
                    texts(values, &mut |text| {
                        part.condition_keys.extend(variables_of(text))
                    });
                }
            }
        }
        part
    };
    statements.iter().map(part).collect()
}

fn members(node: Option<&Node>) -> &[(At, String, Node)] {
    match node.map(|node| &node.value) {
        Some(Value::Object(members)) => members,
        _ => &[],
    }
}

fn member<'a>(node: &'a Node, wanted: &str) -> Option<&'a Node> {
    members(Some(node))
        .iter()
        .find(|(_, name, _)| name == wanted)
        .map(|(_, _, node)| node)
}

fn texts(node: &Node, each: &mut impl FnMut(&str)) {
    match &node.value {
        Value::Text(text) => each(text),
        Value::List(items) => items.iter().for_each(|item| texts(item, each)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
}

/// `${key}` and `${key, 'default'}`; `${*}`, `${?}` and `${$}` are characters.
fn variables_of(text: &str) -> Vec<String> {
    let inside = text
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(inside, _)| inside));
    let keys = inside.map(|inside| inside.split(',').next().unwrap_or(inside).trim().to_owned());
    keys.filter(|key| !matches!(key.as_str(), "*" | "?" | "$"))
        .collect()
}

/// The place after the last character before `at` that is no white space.
fn before(text: &str, at: At) -> At {
    let (mut here, mut found) = (At { line: 1, column: 1 }, At { line: 1, column: 1 });
    for c in text.chars() {
        if here >= at {
            break;
        }
        here = if c == '\n' {
            At {
                line: here.line + 1,
                column: 1,
            }
        } else {
            At {
                line: here.line,
                column: here.column + 1,
            }
        };
        if !c.is_ascii_whitespace() {
            found = here;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_where_the_simulator_counts_them() {
        // The policy and the places that the reference of simulate-principal-policy shows: 3:19 to
        // 9:10.
        let text = "{\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [\n        {\n            \"Effect\": \"Allow\",\n            \"Action\": [\n                \"codecommit:ListRepositories\"\n            ], \"Resource\": \"*\"\n        }\n    ]\n}";
        let places: Vec<_> = of(text)
            .iter()
            .map(|it| (it.start.line, it.start.column, it.end.line, it.end.column))
            .collect();
        assert_eq!(places, [(3, 19, 9, 10)]);
    }

    #[test]
    fn keys_are_those_of_conditions_and_variables() {
        let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::b/${aws:username}/${*}","*"],
            "Condition":{"StringEquals":{"aws:PrincipalTag/a":"${aws:ResourceTag/b, 'x'}"},"Bool":{"aws:SecureTransport":true}}},{"Effect":"Deny"}]}"#;
        let found = of(text);
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0].all_keys().collect::<Vec<_>>(),
            [
                "aws:username",
                "aws:PrincipalTag/a",
                "aws:ResourceTag/b",
                "aws:SecureTransport"
            ]
        );
        let old = text.replace("2012-10-17", "2008-10-17");
        assert_eq!(
            of(&old)[0].all_keys().collect::<Vec<_>>(),
            ["aws:PrincipalTag/a", "aws:SecureTransport"]
        );
    }
}
