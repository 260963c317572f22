//! The compiled engine: the same evaluation as the interpreter's, for who asks often and wants the
//! answer alone.
//!
//! [`crate::Policies`] -> [`answer`]. Statements that an action cannot concern are not looked at;
//! nothing is allocated for a question whose action is ASCII and at most 128 bytes long. Both
//! engines share how documents are read, who a principal is and how layers combine; matching,
//! conditions and the order of work are each engine's own, and compared by tests.

mod actions;
mod answer;
mod arn;
mod asked;
mod chars;
mod condition;
mod effort;
mod glob;
mod layer;
mod rule;

pub use answer::{Answer, answer};
pub use effort::effort;
pub(crate) use layer::Compiled;
