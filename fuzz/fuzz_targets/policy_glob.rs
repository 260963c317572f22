//! Wildcards against a second matcher that is too simple to be wrong. Line 1 is the pattern, the
//! rest is the text.
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
    let versions = if pattern.contains("${") {
        &["2008-10-17"][..]
    } else {
        &["2008-10-17", "2012-10-17"][..]
    };
    for version in versions {
        let policy = |resource: &str, condition: Value| {
            statement(version, "s3:GetObject", resource, condition)
        };
        let context = |value: &str| {
            let mut context = Context::new();
            context.insert("s3:prefix", value);
            context
        };

        let resource = policy(&format!("arn:aws:s3:::{pattern}"), json!({}));
        assert_eq!(
            allows(&resource, &format!("arn:aws:s3:::{text}"), &Context::new()),
            expected,
            "Resource"
        );

        for (operator, expected) in [("StringLike", expected), ("StringNotLike", !expected)] {
            let document = policy("*", json!({ operator: { "s3:prefix": pattern } }));
            assert_eq!(
                allows(&document, OBJECT, &context(text)),
                expected,
                "{operator}"
            );
        }
        // Without colons it can stand in any part of an ARN, and stays inside that part.
        if !pattern.contains(':') && !text.contains(':') {
            let document = policy(
                "*",
                json!({ "ArnLike": { "s3:prefix": format!("arn:aws:sqs:{pattern}:111111111111:q") } }),
            );
            let arn = format!("arn:aws:sqs:{text}:111111111111:q");
            assert_eq!(
                allows(&document, OBJECT, &context(&arn)),
                expected,
                "ArnLike"
            );
        }
        // In a Deny a star that ends a part of the resource's ARN runs on over colons.
        if !pattern.contains(':') {
            let whole = |part: &str| format!("arn:aws:sqs:{part}:111111111111:q");
            let document = denies(version, &whole(pattern));
            let decision = identity(&[&document], "s3:GetObject", &whole(text), &Context::new());
            assert_eq!(
                decision.verdict == Verdict::ExplicitlyDenied,
                by_either(&whole(pattern), &whole(text)),
                "Deny"
            );
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

fn denies(version: &str, resource: &str) -> Document {
    document(
        &json!({ "Version": version, "Statement": { "Effect": "Deny", "Action": "*", "Resource": resource } }),
    )
}

/// Part by part, or with colons for the stars that end one of the first five parts.
fn by_either(pattern: &str, text: &str) -> bool {
    let by_parts = pattern
        .splitn(6, ':')
        .zip(text.splitn(6, ':'))
        .all(|(pattern, part)| matches(pattern, part));
    let steps: Vec<char> = pattern.chars().collect();
    let head = pattern
        .rmatch_indices(':')
        .next()
        .map_or(0, |(place, _)| pattern[..place].chars().count());
    let takes_colons =
        |place: usize| place >= head || steps[place] == '*' && steps.get(place + 1) == Some(&':');
    by_parts || matches_with(pattern, text, takes_colons)
}

fn allows(document: &Document, resource: &str, context: &Context) -> bool {
    let decision = identity(&[document], "s3:GetObject", resource, context);
    assert!(decision.error.is_none(), "{:?}", decision.error);
    decision.verdict == Verdict::Allowed
}

/// One row of the table a step of the pattern: `row[n]` is whether what was read so far matches the
/// first `n` characters.
fn matches(pattern: &str, text: &str) -> bool {
    matches_with(pattern, text, |_| true)
}

/// `takes_colons`: whether the wildcard at this place of the pattern takes colons.
fn matches_with(pattern: &str, text: &str, takes_colons: impl Fn(usize) -> bool) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for (place, step) in pattern.chars().enumerate() {
        let takes = |found: char| found != ':' || takes_colons(place);
        let mut next = vec![false; row.len()];
        next[0] = step == '*' && row[0];
        for (n, found) in text.iter().enumerate() {
            next[n + 1] = match step {
                '*' => row[n + 1] || next[n] && takes(*found),
                '?' => row[n] && takes(*found),
                step => row[n] && step == *found,
            };
        }
        row = next;
    }
    row[text.len()]
}
