//! How many characters a statement's patterns have: what `effort` counts with.

use crate::document::Statement;

/// Characters of one statement's patterns.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chars {
    /// Held against the resource.
    pub(super) resource: usize,
    /// Held against the value of a key.
    pub(super) conditions: usize,
    /// Policy variables in the former and in the latter: each stands for characters that are not
    /// written.
    pub(super) variables: (usize, usize),
}

impl Chars {
    pub(super) fn of(statement: &Statement) -> Self {
        // One more for each, so that a list of empty patterns costs something too.
        let all = |texts: &[String]| texts.iter().map(|text| text.len() + 1).sum::<usize>();
        let (of_resource, of_conditions) = statement.variables();
        Self {
            variables: (of_resource, of_conditions),
            resource: statement
                .resource
                .as_ref()
                .map_or(0, |block| all(&block.written)),
            conditions: statement
                .conditions
                .iter()
                .map(|condition| all(&condition.values))
                .sum(),
        }
    }
}
