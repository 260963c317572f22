//! The role and its trust policy.

use authority::assume_role;
use authority::record::Evidence;

use super::question::{self, Codes};
use super::role::role;
use crate::finding::Finding;

const CODES: Codes = Codes {
    explicit: "trust-policy-explicit-deny",
    implicit: "trust-policy-implicit-deny",
    error: "trust-policy-evaluation-error",
    untold: "trust-policy",
};

/// The caller's answer does not say whether the role exists; the operator's does.
pub(super) fn no_role(existing: &[String], evidence: &Evidence) -> Finding {
    let source = if evidence.operation == assume_role::OPERATION {
        "RoleArn"
    } else {
        "the annotation"
    };
    Finding::denied("no-role", format!("the role `{}` does not exist", role(evidence))).named("roles", existing).help(format!(
        "the caller gets the same answer as for a role that does not trust it; compare path and spelling with {source}"
    ))
}

pub(super) fn denied(evidence: &Evidence) -> Finding {
    let whom = if evidence.operation == assume_role::OPERATION {
        "session"
    } else {
        "token"
    };
    // STS says "Not authorized to perform", and people then add permissions to the role, which
    // changes nothing: the trust policy is what denied.
    let general = format!(
        "the trust policy of `{}` does not allow this {whom}",
        role(evidence)
    );
    question::of(evidence, &CODES, &general)
}
