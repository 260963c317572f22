//! What was decided and why, as data: the structured record behind every answer. Its JSON is the
//! decision log's, and the doctor reads it back; no secret and no token is ever part of it.

mod cause;
mod evidence;

use policy::{AccountId, Arn};
use serde::{Deserialize, Serialize};
use wire::RequestId;

pub use cause::Cause;
pub use evidence::{Asked, Evidence, Link, Outcome, Who};

use crate::left_out::{self, LeftOut};

/// One decision as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The answer's request id.
    pub request_id: RequestId,
    /// Unix seconds.
    pub at: i64,
    /// The caller's address.
    pub source_ip: String,
    /// The decision.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// What the evidence is without, so that no record is longer than its bound.
    #[serde(default, skip_serializing_if = "LeftOut::is_nothing")]
    pub left_out: LeftOut,
}

impl Record {
    /// A record of a decision, shortened to its bound.
    pub fn new(request_id: RequestId, at: i64, source_ip: String, mut evidence: Evidence) -> Self {
        // Here, where every record is made, so that none is over its bound.
        let left_out = left_out::shorten(&mut evidence);
        Self {
            request_id,
            at,
            source_ip,
            evidence,
            left_out,
        }
    }

    /// The account whose share of the log it takes: who asked, or who was asked where nobody is
    /// known to have. The other way round one account's calls for another's things would push out
    /// what is kept of that one.
    pub fn share(&self) -> Option<AccountId> {
        let caller = self
            .evidence
            .who
            .arn
            .as_deref()
            .and_then(|arn| AccountId::parse(Arn::parse(arn).ok()?.account()).ok());
        // Who asked before who was asked: a flood of denials fills the flooder's share
        // (docs/threats.md, 60).
        caller.or_else(|| self.evidence.account.clone())
    }
}
