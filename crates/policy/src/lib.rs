//! The law: AWS's policy language and its evaluation. It knows no HTTP, no Kubernetes, no token and no store.
//!
//! The road through this crate: text -> [`Document`] (positions kept) -> [`decide`] over [`Layers`] and a [`Question`]
//! -> [`Decision`] with its whole derivation. What it does not know, it denies.
//!
//! This is the small, slow interpreter that reads like the semantics (IAM user guide, "Policy evaluation logic").

mod arn;
mod combine;
mod condition;
mod context;
mod decision;
mod document;
mod glob;
mod hints;
pub mod json;
mod layers;
mod pattern;
mod principal;
mod statement;
mod write;

pub use arn::{AccountId, Arn, ArnError};
pub use condition::{Base, Operator, Qualifier, Relation};
pub use context::{Context, Values};
pub use decision::{
    Decision, DocumentTrace, Effect, Element, EvaluationError, Hint, Layer, LayerOutcome, LayerTrace, Mismatch, Outcome,
    StatementRef, StatementTrace, Trace, Verdict,
};
pub use document::{Document, Malformed, Strictness};
pub use glob::{like, like_exactly, overlap};
pub use hints::alike;
pub use layers::{Layers, Question, decide};
pub use principal::Principal;
pub use write::{Kind, refusal};
