//! Parameters of the query protocol that do not fit, told together in the sentences of IAM and STS.
//!
//! Form and order of the sentences: recordings of IAM of 2026, which show no values any more, and
//! transcripts of STS, which do. Which parameters there are, and what they may be, is left to
//! whoever knows the operation.

use crate::fault_reply::Fault;

/// Sentences in one answer; the count before them is true. A form of 512 parameters could fail a
/// thousand times, and what a caller is told may be kept.
pub const MOST_TOLD: usize = 20;
/// Longest value that is said back.
const MOST_SHOWN: usize = 128;

/// Whether a service says back what did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// As STS does.
    Values,
    /// As IAM does.
    Names,
}

/// What does not fit in one call.
#[derive(Debug)]
pub struct Misfits {
    shows: Shows,
    count: usize,
    told: Vec<String>,
}

impl Misfits {
    /// None yet.
    pub fn new(shows: Shows) -> Self {
        Self {
            shows,
            count: 0,
            told: Vec::new(),
        }
    }

    /// The parameter at `path` is not there, and must be.
    #[must_use]
    pub fn absent(mut self, path: &str) -> Self {
        self.add_absent(path);
        self
    }

    /// The parameter at `path` breaks a rule.
    #[must_use]
    pub fn broken(mut self, path: &str, rule: &str) -> Self {
        self.add(path, None, rule);
        self
    }

    /// The same as [`Misfits::absent`], in place.
    pub fn add_absent(&mut self, path: &str) {
        self.tell(format!(
            "Value null at '{path}' failed to satisfy constraint: Member must not be null"
        ));
    }

    /// The same as [`Misfits::broken`], in place. `value` is what came, unless it must not be said
    /// back.
    pub fn add(&mut self, path: &str, value: Option<&str>, rule: &str) {
        let shown = value
            .filter(|value| self.shows == Shows::Values && value.chars().count() <= MOST_SHOWN);
        let shown = shown.map(|value| format!("'{value}' ")).unwrap_or_default();
        self.tell(format!(
            "Value {shown}at '{path}' failed to satisfy constraint: {rule}"
        ));
    }

    fn tell(&mut self, sentence: String) {
        self.count += 1;
        if self.told.len() < MOST_TOLD {
            self.told.push(sentence);
        }
    }

    /// Whether everything fits.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The answer.
    pub fn fault(&self) -> Fault {
        let plural = if self.count == 1 { "" } else { "s" };
        validation(format!(
            "{} validation error{plural} detected: {}",
            self.count,
            self.told.join("; ")
        ))
    }
}

/// What AWS calls parameters that do not fit.
pub fn validation(text: impl Into<String>) -> Fault {
    Fault::new("ValidationError", 400, text)
}

/// `RoleName` -> `roleName`, as AWS writes members in its messages.
pub fn member_path(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(chars)
        .collect()
}

/// The rule that a text or list of more breaks.
pub fn at_most(most: usize) -> String {
    format!("Member must have length less than or equal to {most}")
}

/// The rule that a text of fewer characters breaks.
pub fn at_least(least: usize) -> String {
    format!("Member must have length greater than or equal to {least}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_said_back_where_the_service_does_and_they_are_short() {
        let told = |shows: Shows, value: &str| {
            let mut misfits = Misfits::new(shows);
            misfits.add(&member_path("RoleName"), Some(value), &at_most(1));
            misfits.fault().text
        };
        let rule = "at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 1";
        assert_eq!(
            told(Shows::Values, "ab"),
            format!("1 validation error detected: Value 'ab' {rule}")
        );
        assert_eq!(
            told(Shows::Values, &"a".repeat(MOST_SHOWN + 1)),
            format!("1 validation error detected: Value {rule}")
        );
        assert_eq!(
            told(Shows::Names, "ab"),
            format!("1 validation error detected: Value {rule}")
        );
    }
}
