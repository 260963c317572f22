//! What 0.1 kept of its decisions still gets its story, whatever became of the code that denied it.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use authority::record::Record;
use serde_json::Value;

const LINES: &str = include_str!("../../authority/tests/fixtures/0.1/records.jsonl");

#[test]
fn every_cause_of_0_1_is_explained_in_words_of_its_own() {
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    for line in LINES.lines() {
        let kept: Value = serde_json::from_str(line).unwrap();
        let record: Record = serde_json::from_str(line).unwrap();
        let text = doctor::explain(&record).text();
        let headline = text.lines().next().unwrap();
        let Some(link) = kept["link"]
            .as_str()
            .filter(|_| kept["outcome"] == "denied")
        else {
            assert_eq!(
                headline,
                format!("allowed: {}", kept["operation"].as_str().unwrap())
            );
            continue;
        };
        let words = headline
            .strip_prefix(&format!("denied at {link}: "))
            .unwrap_or_else(|| panic!("{headline}"));
        assert!(!words.is_empty(), "{headline}");
        let cause = kept["cause"]["cause"]
            .as_str()
            .unwrap_or("the policies")
            .to_owned();
        told.insert(cause, words.to_owned());
    }
    let different: std::collections::BTreeSet<&String> = told.values().collect();
    assert_eq!((told.len(), different.len()), (30, 30), "{told:#?}");
}
