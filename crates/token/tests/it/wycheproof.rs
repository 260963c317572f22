//! Project Wycheproof's JSON Web Signature vectors, where they are at hand: whatever they call
//! invalid must not hold.
//!
//! Their payloads are no claims, so nothing can hold as a whole; what counts is that no forged
//! signature gets further than an honest one, which fails only after its signature held.

use serde_json::{Value, json};
use token::{KeySet, Owner, Unverified};

fn vectors(name: &str) -> Option<Value> {
    let path = testkit::data(&format!("wycheproof/{name}"), &format!("wycheproof {name}"))?;
    Some(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

#[test]
fn json_web_signatures() {
    let Some(file) = vectors("json_web_signature_test.json") else {
        return;
    };
    let (mut invalid, mut valid) = (0, 0);
    for group in file["testGroups"].as_array().unwrap() {
        let key = group
            .get("public")
            .or_else(|| group.get("private"))
            .cloned()
            .unwrap_or(Value::Null);
        for test in group["tests"].as_array().unwrap() {
            let Some(text) = test["jws"].as_str() else {
                continue;
            };
            let (comment, expected) = (
                test["comment"].as_str().unwrap_or(""),
                test["result"].as_str().unwrap(),
            );
            let holds = KeySet::admit(
                Owner::new("w"),
                json!({ "keys": [key] }).to_string().as_bytes(),
            )
            .is_ok_and(|(keys, _)| Unverified::signature_holds(text, &keys));
            if expected == "invalid" {
                invalid += 1;
                assert!(!holds, "tcId {}: {comment}", test["tcId"]);
            } else if holds {
                valid += 1;
            }
        }
    }
    assert!(invalid >= 100, "only {invalid} invalid vectors were seen");
    assert!(
        valid >= 5,
        "only {valid} valid vectors held: the check above would then prove nothing"
    );
    eprintln!("wycheproof: {invalid} invalid refused, {valid} valid held");
}

#[test]
fn json_web_keys() {
    let Some(file) = vectors("json_web_key_test.json") else {
        return;
    };
    let mut invalid = 0;
    for group in file["testGroups"].as_array().unwrap() {
        for test in group["tests"].as_array().unwrap() {
            let Some(text) = test["jws"].as_str() else {
                continue;
            };
            let keys = group
                .get("public")
                .or_else(|| group.get("keys"))
                .or_else(|| group.get("private"))
                .cloned()
                .unwrap_or(Value::Null);
            let set = if keys.get("keys").is_some() {
                keys
            } else {
                json!({ "keys": [keys] })
            };
            let holds = KeySet::admit(Owner::new("w"), set.to_string().as_bytes())
                .is_ok_and(|(keys, _)| Unverified::signature_holds(text, &keys));
            if test["result"] == "invalid" {
                invalid += 1;
                assert!(!holds, "tcId {}: {}", test["tcId"], test["comment"]);
            }
        }
    }
    assert!(invalid >= 5, "only {invalid} invalid vectors were seen");
}
