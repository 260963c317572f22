//! A record with its explanation, for programs.

use authority::record::Record;
use serde::Serialize;

use crate::explain::explain;
use crate::finding::Finding;

#[derive(Serialize)]
struct Explained<'a> {
    record: &'a Record,
    explanation: Finding,
}

/// `{"record": ..., "explanation": ...}`, indented.
///
/// # Errors
///
/// If it cannot be written, which no record is known to cause.
pub fn json(record: &Record) -> serde_json::Result<String> {
    serde_json::to_string_pretty(&Explained {
        record,
        explanation: explain(record),
    })
}
