//! Lines of the decision log that 0.1 wrote: whoever upgrades can still ask `why` about what was
//! denied before.
#![allow(clippy::unwrap_used, reason = "a test")]

use authority::record::{Outcome, Record};
use serde_json::Value;

const LINES: &str = include_str!("fixtures/0.1/records.jsonl");

/// Whether everything that the first says is in the second, which may say more.
fn holds(kept: &Value, written: &Value) -> bool {
    match (kept, written) {
        (Value::Object(kept), Value::Object(written)) => kept
            .iter()
            .all(|(name, value)| written.get(name).is_some_and(|there| holds(value, there))),
        (Value::Array(kept), Value::Array(written)) => {
            kept.len() == written.len()
                && kept
                    .iter()
                    .zip(written)
                    .all(|(kept, written)| holds(kept, written))
        }
        _ => kept == written,
    }
}

#[test]
fn every_line_of_0_1_is_read_and_nothing_of_it_is_lost() {
    let mut causes = std::collections::BTreeSet::new();
    let mut allowed = 0;
    for line in LINES.lines() {
        let record: Record =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let kept: Value = serde_json::from_str(line).unwrap();
        assert!(
            holds(&kept, &serde_json::to_value(&record).unwrap()),
            "{line}"
        );
        allowed += usize::from(record.evidence.outcome == Outcome::Allowed);
        causes.extend(kept["cause"]["cause"].as_str().map(str::to_owned));
    }
    assert_eq!(
        (LINES.lines().count(), allowed, causes.len()),
        (44, 3, 30),
        "{causes:?}"
    );
}
