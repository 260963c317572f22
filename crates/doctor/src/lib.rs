//! Explains with the functions that decide; it never restates a rule. All prose for people lives
//! here.
//!
//! [`explain`] turns a kept decision into a [`Finding`]: what happened, why, and how to mend it, as
//! data. The files of `check` make findings, one for each link of the chain; those of `render` show
//! them, to people or to programs.

mod check;
mod explain;
mod finding;
mod names;
mod render;
mod statement;

pub use explain::{explain, explain_question};
pub use finding::{Comparison, Fact, Finding, Severity, StatementFact, StatementOutcome};
pub use render::json::json;
