//! AWS's managed policies: from moto's table to ours. The documents keep every word; white space
//! goes, and the elements are in the order in which people write them.
//!
//! Most texts occur in many documents. They are once in the entry `*`, a line each, and a
//! document has their number behind a `U+0001`, which no JSON can have. That takes a fifth off the
//! table. `crates/catalog/src/aws/managed.rs` puts them back.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::pack::{Entry, pack};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    default_version_id: String,
    document: Value,
    path: String,
}

/// Texts, as JSON between the quotes, and their numbers.
type Words = BTreeMap<String, usize>;

/// What it has, and its bytes.
pub(super) fn table(json: &[u8]) -> Result<(String, Vec<u8>), String> {
    let policies: BTreeMap<String, Policy> = super::read::parse(json, "the managed policies")?;
    let mut words = Words::new();
    policies
        .values()
        .for_each(|policy| count(&policy.document, &mut words));
    // A shorter one is no shorter as a number.
    words.retain(|word, count| *count > 1 && word.len() > 3);
    words
        .values_mut()
        .zip(0..)
        .for_each(|(value, number)| *value = number);
    let what = format!("{} managed policies", policies.len());
    let mut entries = vec![Entry {
        name: "*".to_owned(),
        more: Vec::new(),
        text: lines(&words),
    }];
    for (name, policy) in policies {
        let mut text = String::new();
        write(&policy.document, &words, &mut text);
        entries.push(Entry {
            name,
            more: vec![policy.path, policy.default_version_id],
            text,
        });
    }
    Ok((what, pack(entries)?))
}

fn lines(words: &Words) -> String {
    words
        .keys()
        .flat_map(|word| [word.as_str(), "\n"])
        .collect()
}

fn literal(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(&quoted)
        .to_owned()
}

/// Counts the texts of a document, the names of its elements too.
fn count(value: &Value, words: &mut Words) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                *words.entry(literal(key)).or_default() += 1;
                count(value, words);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| count(item, words)),
        Value::String(text) => *words.entry(literal(text)).or_default() += 1,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Elements of a policy in their usual order; whatever else there is is after them, by name.
fn rank(key: &str) -> usize {
    const ORDER: [&str; 11] = [
        "Version",
        "Id",
        "Statement",
        "Sid",
        "Effect",
        "Principal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    ORDER
        .iter()
        .position(|name| *name == key)
        .unwrap_or(ORDER.len())
}

fn write(value: &Value, words: &Words, text: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| (rank(key), key.as_str()));
            text.push('{');
            for (at, (key, value)) in members.into_iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                write_text(key, words, text);
                text.push(':');
                write(value, words, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                write(item, words, text);
            }
            text.push(']');
        }
        Value::String(content) => write_text(content, words, text),
        plain => text.push_str(&plain.to_string()),
    }
}

fn write_text(content: &str, words: &Words, text: &mut String) {
    let literal = literal(content);
    match words.get(&literal) {
        Some(number) => text.push_str(&format!("\u{1}{number}")),
        None => text.push_str(&format!("\"{literal}\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_written_as_people_write_them() {
        let document = serde_json::json!({
            "Statement": [{"Resource": "*", "Action": ["a:B", "a:\"C"], "Effect": "Allow", "Condition": {"Bool": {"x": true}}}],
            "Version": "2012-10-17",
        });
        let written = |words: &Words| {
            let mut text = String::new();
            write(&document, words, &mut text);
            text
        };
        let expected = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a:B","a:\"C"],"Resource":"*","Condition":{"Bool":{"x":true}}}]}"#;
        assert_eq!(written(&Words::new()), expected);
        let words = Words::from([("Action".to_owned(), 0), (r#"a:\"C"#.to_owned(), 12)]);
        let expected = expected
            .replace("\"Action\"", "\u{1}0")
            .replace(r#""a:\"C""#, "\u{1}12");
        assert_eq!(written(&words), expected);
    }
}
