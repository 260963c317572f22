//! What the server counts of itself, and how that is written for Prometheus.
//!
//! Counted is what happens, where it happens; who may read it is left to [`crate::metrics`]. No
//! label has a value that a caller can choose: each is one of a closed list, so no account, ARN or
//! name is ever told, and no caller can make the text longer.

mod counters;
mod label;
mod text;

pub(crate) use counters::{Counters, OpenConnection};
pub(crate) use label::{DropReason, FaceName, FetchKind, FetchOutcome, WriteOutcome};
pub(crate) use text::exposition;
