//! Every cause of a denial is shown by a scenario, or by a golden where no request brings it about.

use std::collections::BTreeSet;

use authority::denial::Denial;
use authority::record::{Cause, Record};
use authority::refusal::{Busy, Failed, busy, failed};
use serde_json::Value;
use wire::RequestId;

use crate::{NOW, WALKED, golden, scenario};

/// Every name that a cause has, from the reader of records itself: no list here could forget one.
fn names() -> BTreeSet<String> {
    let error = serde_json::from_value::<Cause>(serde_json::json!({ "cause": "?" }))
        .unwrap_err()
        .to_string();
    let (_, names) = error
        .split_once("expected one of ")
        .expect("the reader lists what it knows");
    names
        .split(", ")
        .map(|name| name.trim_matches('`').to_owned())
        .collect()
}

fn name(record: &Record) -> Option<String> {
    let cause = serde_json::to_value(record.evidence.cause.as_ref()?).unwrap();
    cause
        .get("cause")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// What the server refuses whatever the request is.
fn ours() -> Vec<Record> {
    let all: [Denial; 5] = [
        busy(Busy::Bodies),
        busy(Busy::Decisions),
        failed(Failed::Decision),
        failed(Failed::IamRead),
        failed(Failed::IamWrite("CreateRole".to_owned())),
    ];
    let record = |denial: Denial| {
        let id = RequestId::from_entropy([0; 16]);
        Record::new(id, NOW, "127.0.0.1".to_owned(), *denial.evidence)
    };
    all.into_iter().map(record).collect()
}

#[test]
fn what_is_no_callers_fault_is_told_as_that() {
    let mut words = "No room, and failures of the server's own.\n".to_owned();
    for record in ours() {
        words.push_str(&format!("\n{}", doctor::explain(&record).text()));
    }
    golden(&scenario::root().join("no-callers-fault/why.txt"), &words);
}

#[test]
fn every_cause_is_shown() {
    let names = names();
    assert!(
        names.len() >= 40 && names.contains("trust-policy"),
        "{names:?}"
    );
    let walked = WALKED.iter().flat_map(|(_, walked)| &walked.records);
    let shown: BTreeSet<String> = walked.chain(&ours()).filter_map(name).collect();
    let missing: Vec<&String> = names.difference(&shown).collect();
    assert!(
        missing.is_empty(),
        "no scenario in road/ shows these causes: {missing:?}"
    );
    assert_eq!(shown, names);
}
