//! Wildcards against a second matcher that is too simple to be wrong. Line 1 is the pattern, the rest is the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use podpass_fuzz::{OBJECT, document, identity};
use policy::{Context, Document, Verdict};
use serde_json::{Value, json};

/// Pattern times text bounds what the table costs.
const MOST: usize = 1 << 20;

fuzz_target!(|input: &str| {
    let (pattern, text) = input.split_once('\n').unwrap_or((input, ""));
    if pattern.len().saturating_mul(text.len()) > MOST {
        return;
    }
    let expected = matches(pattern, text);
    // In the newer language `${` begins a variable.
    let versions = if pattern.contains("${") { &["2008-10-17"][..] } else { &["2008-10-17", "2012-10-17"][..] };
    for version in versions {
        let policy = |resource: &str, condition: Value| statement(version, "s3:GetObject", resource, condition);
        let context = |value: &str| {
            let mut context = Context::new();
            context.insert("s3:prefix", value);
            context
        };

        let resource = policy(&format!("arn:aws:s3:::{pattern}"), json!({}));
        assert_eq!(allows(&resource, &format!("arn:aws:s3:::{text}"), &Context::new()), expected, "Resource");

        for (operator, expected) in [("StringLike", expected), ("StringNotLike", !expected)] {
            let document = policy("*", json!({ operator: { "s3:prefix": pattern } }));
            assert_eq!(allows(&document, OBJECT, &context(text)), expected, "{operator}");
        }
        // Without colons it can stand in any part of an ARN, and stays inside that part.
        if !pattern.contains(':') && !text.contains(':') {
            let document = policy("*", json!({ "ArnLike": { "s3:prefix": format!("arn:aws:sqs:{pattern}:111111111111:q") } }));
            let arn = format!("arn:aws:sqs:{text}:111111111111:q");
            assert_eq!(allows(&document, OBJECT, &context(&arn)), expected, "ArnLike");
        }
    }
    // Actions have no case.
    if pattern.is_ascii() && text.is_ascii() {
        let document = statement("2012-10-17", &format!("s3:{pattern}"), "*", json!({}));
        let decision = identity(&[&document], &format!("s3:{text}"), OBJECT, &Context::new());
        let expected = matches(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase());
        assert_eq!(decision.verdict == Verdict::Allowed, expected, "Action");
    }
});

fn statement(version: &str, action: &str, resource: &str, condition: Value) -> Document {
    document(&json!({
        "Version": version,
        "Statement": { "Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition },
    }))
}

fn allows(document: &Document, resource: &str, context: &Context) -> bool {
    let decision = identity(&[document], "s3:GetObject", resource, context);
    assert!(decision.error.is_none(), "{:?}", decision.error);
    decision.verdict == Verdict::Allowed
}

/// One row of the table a step of the pattern: `row[n]` is whether what was read so far matches the first `n` characters.
fn matches(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for step in pattern.chars() {
        let mut next = vec![false; row.len()];
        next[0] = step == '*' && row[0];
        for (n, found) in text.iter().enumerate() {
            next[n + 1] = match step {
                '*' => row[n + 1] || next[n],
                '?' => row[n],
                step => row[n] && step == *found,
            };
        }
        row = next;
    }
    row[text.len()]
}
