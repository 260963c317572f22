//! What was left out of a record, counted and named.

use serde::{Deserialize, Serialize};

/// What was left out of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LeftOut {
    /// Questions that were put to the policies.
    pub questions: usize,
    /// Statements, of the questions that are there.
    pub statements: usize,
    /// Policies that no statement is left of.
    pub policies: usize,
    /// Names of the first of them.
    pub named: Vec<String>,
    /// Values of lists, and ends of texts.
    pub values: usize,
}

impl LeftOut {
    /// Whether nothing was.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}
