//! What a rule is and what it finds: plain data, rendered by others.

use policy::json::At;
use serde::Serialize;

use super::view::Spot;

/// How much a finding matters; the four kinds are Access Analyzer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// IAM refuses the document, or a part of it certainly does not do what it says.
    Error,
    /// It grants more than its author is likely to want.
    Security,
    /// It probably does not do what it says.
    Warning,
    /// It could be said better.
    Suggestion,
}

impl Severity {
    /// The word that stands in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Security => "security",
            Self::Warning => "warning",
            Self::Suggestion => "suggestion",
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its stable name.
    pub code: &'static str,
    /// How much its findings matter.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
}

/// Something odd about a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Where it begins.
    pub begin: At,
    /// The place after its last character.
    pub end: At,
    /// How much it matters.
    pub severity: Severity,
    /// The rule's name.
    pub code: &'static str,
    /// JSON path of the part, such as `Statement[0].Condition.StringEquals.x:sub`.
    pub path: String,
    /// What is odd.
    pub message: String,
    /// What to write instead.
    pub fix: Option<String>,
}

impl Rule {
    pub(super) fn at(&self, spot: &Spot<'_>, message: impl Into<String>) -> Finding {
        Finding {
            begin: spot.begin,
            end: spot.end,
            severity: self.severity,
            code: self.code,
            path: spot.path.clone(),
            message: message.into(),
            fix: None,
        }
    }
}

impl Finding {
    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}
