//! Explains with the functions that decide; it never restates a rule. All prose for people lives here.
//!
//! [`explain`] turns a kept decision into what happened, why, and how to mend it; [`Explanation::text`] is for a terminal.

mod cause;
mod explain;
mod statement;

pub use explain::{Explanation, explain, explain_question};
