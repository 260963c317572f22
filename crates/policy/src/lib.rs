//! AWS's policy language and its evaluation. It knows no HTTP, no Kubernetes, no token and no
//! store.
//!
//! The road through this crate: text -> [`Document`] (positions kept) -> [`Policies`] of a layer ->
//! a [`Question`] over [`Layers`] -> [`Decision`]. What it does not know, it denies.
//!
//! Two engines give the same answer. [`decide`] is the interpreter: small, slow, reads like the
//! semantics (IAM user guide, "Policy evaluation logic") and tells its whole derivation. [`answer`]
//! is compiled, fast, and tells the deciding statement. [`judge`] is what the gate asks: the fast
//! answer, and the derivation when that is a denial.

mod arn;
mod combine;
mod compiled;
mod condition;
mod context;
mod decision;
mod document;
mod glob;
mod hints;
mod interpreter;
pub mod json;
mod judge;
mod layers;
mod malformed;
mod pattern;
mod policies;
mod principal;
mod public;
mod question;
mod statement;
mod write;

pub use arn::{AccountId, Arn, ArnError};
pub use compiled::{Answer, answer, effort};
pub use condition::{Base, Operator, Qualifier, Relation};
pub use context::{Context, Values};
pub use decision::{
    Decision, DocumentTrace, Effect, Element, EvaluationError, Hint, Layer, LayerOutcome,
    LayerTrace, MetCondition, Mismatch, Outcome, StatementRef, StatementTrace, Trace, Verdict,
};
pub use document::{Document, Strictness};
pub use glob::{like, like_exactly, overlap};
pub use hints::alike;
pub use interpreter::decide;
pub use judge::judge;
pub use layers::Layers;
pub use malformed::Malformed;
pub use pattern::covers_service;
pub use policies::Policies;
pub use principal::Principal;
pub use public::is_public;
pub use question::{Question, asks_trust};
pub use write::{AskedOf, BucketFacts, Kind, refusal};
