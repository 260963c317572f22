//! An explanation as data: what broke, what was expected and what came, and how to mend it. Nobody
//! has to read its text to learn what it says; how it looks is `render`'s.

use authority::left_out::LeftOut;
use authority::record::Link;
use policy::{Effect, Element, Layer, StatementRef};
use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// A request was denied.
    Error,
    /// Nothing is wrong: the request was allowed.
    Info,
}

/// What happened, why, and how to mend it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// A stable word for what was found, such as `no-role` or `permissions-explicit-deny`.
    pub code: &'static str,
    /// The link of the chain that broke, or that was reached; none for a question that was put by
    /// itself.
    pub link: Option<Link>,
    /// How much it matters.
    pub severity: Severity,
    /// What happened, in one line.
    pub message: String,
    /// Of a value that does not fit: what would. Policies compare many, so theirs are with their
    /// statements.
    pub expected: Vec<String>,
    /// Of a value that does not fit: what it is.
    pub actual: Vec<String>,
    /// What was looked at.
    pub evidence: Vec<Fact>,
    /// What to change, a line each.
    pub help: Vec<String>,
}

/// One piece of evidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum Fact {
    /// Values with a name, such as the caller, or the roles that exist.
    Named {
        /// The name.
        name: &'static str,
        /// The values; there may be none.
        values: Vec<String>,
    },
    /// A question that was denied.
    Asked {
        /// The action.
        action: String,
        /// The resource's ARN.
        resource: String,
    },
    /// A question that was allowed.
    Allowed {
        /// The action.
        action: String,
        /// The resource's ARN.
        resource: String,
        /// The statement that allows it; none where no permission is needed.
        statement: Option<StatementRef>,
    },
    /// A layer that has no policy.
    NoPolicy {
        /// The layer.
        layer: Layer,
    },
    /// A policy that has no statement.
    NoStatement {
        /// The layer.
        layer: Layer,
        /// The policy's name.
        document: String,
    },
    /// A statement that was evaluated.
    Statement(StatementFact),
    /// What the record is without.
    LeftOut(LeftOut),
}

/// A statement, and how its evaluation ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementFact {
    /// The layer of its policy.
    pub layer: Layer,
    /// Its place.
    pub statement: StatementRef,
    /// What it would do.
    pub effect: Effect,
    /// Whether it did.
    pub outcome: StatementOutcome,
    /// Why it cannot be evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The element that did not match; of a Deny that applies, each condition that matched.
    pub compared: Vec<Comparison>,
}

/// Whether a statement applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatementOutcome {
    /// Every element matched.
    Applies,
    /// An element did not.
    DoesNotApply,
    /// It cannot be evaluated.
    CannotBeEvaluated,
}

/// An element of a statement beside what the request has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The element.
    pub element: Element,
    /// Of a condition: the operator as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// Of a condition: the key as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The policy's values, as written.
    pub expected: Vec<String>,
    /// What the request has.
    pub actual: Vec<String>,
    /// Of a condition: the request has no such key.
    pub missing: bool,
    /// Why it cannot be determined whether they match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

impl Finding {
    /// A denial; the link and who asked are added where it is known of which request it is.
    pub(crate) fn denied(code: &'static str, message: impl Into<String>) -> Self {
        Self::of(code, Severity::Error, message.into())
    }

    /// A grant.
    pub(crate) fn allowed(message: impl Into<String>) -> Self {
        Self::of("allowed", Severity::Info, message.into())
    }

    fn of(code: &'static str, severity: Severity, message: String) -> Self {
        let (expected, actual, evidence, help) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self {
            code,
            link: None,
            severity,
            message,
            expected,
            actual,
            evidence,
            help,
        }
    }

    /// Says what to change.
    #[must_use]
    pub(crate) fn help(mut self, line: impl Into<String>) -> Self {
        self.help.push(line.into());
        self
    }

    /// Says what would have fit, and what came.
    #[must_use]
    pub(crate) fn compared(mut self, expected: &[String], actual: &[String]) -> Self {
        (self.expected, self.actual) = (expected.to_vec(), actual.to_vec());
        self
    }

    /// Shows values under a name.
    #[must_use]
    pub(crate) fn named(mut self, name: &'static str, values: &[String]) -> Self {
        self.evidence.push(Fact::Named {
            name,
            values: values.to_vec(),
        });
        self
    }
}
