//! Laws of condition operators. The input is text, so that seeds can be read and mutations stay
//! close to something real: line 1 the operator, line 2 the key, then values up to a blank line,
//! then `key=value` of the request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use podpass_fuzz::{OBJECT, document, identity};
use policy::{Context, Decision, Document, Values, Verdict};
use serde_json::{Value, json};

const ACTION: &str = "s3:GetObject";

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let (Some(operator), Some(key)) = (lines.next(), lines.next()) else {
        return;
    };
    let values: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let context = context(lines);
    let policy =
        |effect: &str, operator: &str, key: &str| document(&policy(effect, operator, key, &values));
    let ask = |documents: &[&Document]| identity(documents, ACTION, OBJECT, &context);

    let (allow, deny) = (
        policy("Allow", operator, key),
        policy("Deny", operator, key),
    );
    let everything = document(&json!({
        "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" }
    }));
    let (allowed, denied) = (ask(&[&allow]), ask(&[&deny]));

    // A Deny that applies, or cannot be told, is final, wherever it stands.
    assert_ne!(denied.verdict, Verdict::Allowed);
    assert!(denied.error.is_none() || denied.verdict == Verdict::ExplicitlyDenied);
    let spared = denied.verdict == Verdict::ImplicitlyDenied;
    for documents in [[&everything, &deny], [&deny, &everything]] {
        assert_eq!(ask(&documents).verdict == Verdict::Allowed, spared);
    }
    // The same condition cannot both grant and fail to deny.
    assert!(!granted(&allowed) || !spared);
    for documents in [[&allow, &deny], [&deny, &allow]] {
        assert_ne!(ask(&documents).verdict, Verdict::Allowed);
    }
    assert_eq!(
        allowed.error.is_some(),
        ask(&[&allow, &everything]).error.is_some()
    );

    // Names of keys have no case.
    assert_eq!(
        ask(&[&policy("Allow", operator, &key.to_ascii_uppercase())]).verdict,
        allowed.verdict
    );

    if allowed.error.is_some() {
        return;
    }
    let found = context.get(key);
    let present = found.map_or(&[][..], Values::as_slice);
    if found == Some(&Values::Unknown) {
        assert!(
            !granted(&allowed) && !spared,
            "an unknown key neither holds nor fails"
        );
        return;
    }
    let base = operator.rsplit(':').next().unwrap_or(operator);
    if !base.to_ascii_lowercase().ends_with("ifexists") && !base.eq_ignore_ascii_case("Null") {
        let with = ask(&[&policy("Allow", &format!("{operator}IfExists"), key)]);
        assert_eq!(
            granted(&with),
            present.is_empty() || granted(&allowed),
            "IfExists is: missing, or holds"
        );
    }
    // Of one value an operator and its negation never both hold; one does if every text can be
    // compared.
    if let (Some(Values::One(_)), Some(opposite), false) =
        (found, opposite(operator), values.is_empty())
    {
        let other = granted(&ask(&[&policy("Allow", &opposite, key)]));
        assert!(!(other && granted(&allowed)), "{operator} and {opposite}");
        if operator.starts_with("String") && !values.iter().any(|value| value.contains("${")) {
            assert_ne!(other, granted(&allowed), "{operator} and {opposite}");
        }
    }
});

fn granted(decision: &Decision) -> bool {
    decision.verdict == Verdict::Allowed
}

fn policy(effect: &str, operator: &str, key: &str, values: &[&str]) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": effect, "Action": ACTION, "Resource": "arn:aws:s3:::reports/*",
            "Condition": { operator: { key: values } },
        },
    })
}

/// A key that is given again has several values; one without `=` is there, but has none, or is
/// unknown if it ends in `?`.
fn context<'a>(lines: impl Iterator<Item = &'a str>) -> Context {
    let mut context = Context::new();
    for line in lines {
        let Some((name, value)) = line.split_once('=') else {
            match line.strip_suffix('?') {
                Some(name) => context.insert(name, Values::Unknown),
                None => context.insert(line, Values::Many(Vec::new())),
            }
            continue;
        };
        let known = context
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, values)| values.as_slice().to_vec());
        match known {
            Some(mut values) => {
                values.push(value.to_owned());
                context.insert(name, Values::Many(values));
            }
            None => context.insert(name, value),
        }
    }
    context
}

/// Only for names written as AWS writes them, without qualifier.
fn opposite(operator: &str) -> Option<String> {
    const FAMILIES: [&str; 4] = ["String", "Arn", "Numeric", "Date"];
    if operator == "IpAddress" {
        return Some("NotIpAddress".to_owned());
    }
    let (family, rest) = FAMILIES
        .into_iter()
        .find_map(|family| Some((family, operator.strip_prefix(family)?)))?;
    ["Equals", "EqualsIgnoreCase", "Like"]
        .contains(&rest)
        .then(|| format!("{family}Not{rest}"))
}
