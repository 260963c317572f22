//! The caller's policies.

use authority::record::{Asked, Evidence};

use super::question::{self, Codes};
use crate::finding::Finding;

const CODES: Codes = Codes {
    explicit: "permissions-explicit-deny",
    implicit: "permissions-implicit-deny",
    error: "permissions-evaluation-error",
    untold: "permissions",
};

/// Of a question without a request, which has no link: any layer may have decided.
const BY_ITSELF: Codes = Codes {
    explicit: "explicit-deny",
    implicit: "implicit-deny",
    error: "evaluation-error",
    untold: "denied",
};

const GENERAL: &str = "no policy allows it";

pub(super) fn denied(evidence: &Evidence) -> Finding {
    question::of(evidence, &CODES, GENERAL)
}

/// Explains a denied question that was put to the policies by itself.
pub(crate) fn question_by_itself(asked: &Asked) -> Finding {
    question::denied(asked, &BY_ITSELF, GENERAL)
}

pub(super) fn unresolved(policy: &str) -> Finding {
    Finding::denied(
        "unresolved",
        format!("the policy `{policy}` applies to the caller but does not exist"),
    )
    .help("a policy that does not exist denies everything; detach it, or create it again")
}
