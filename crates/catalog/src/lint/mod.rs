//! What is odd about a policy document before anyone asks.
//!
//! The road: text -> tree -> `view::Policy` -> every family of rules -> [`Finding`]s by position. A
//! document that IAM refuses is looked at all the same, as far as its JSON can be read. What a rule
//! is worth knowing for stands in `docs/lint.md`.

mod actions;
mod assume;
mod audience;
mod finding;
mod issuer;
mod issuer_mismatch;
mod keys;
mod malformed;
mod network;
mod operators;
mod redundant;
mod resources;
mod scene;
mod sets;
mod subject;
mod variables;
mod view;
mod wide;

use policy::json::{self, At};
use policy::{Document, Kind, Strictness};

use crate::aws::Catalogue;
use scene::Scene;

pub use finding::{Finding, Rule, Severity};

/// Every rule.
pub const RULES: &[Rule] = &[
    malformed::MALFORMED,
    audience::OIDC_WITHOUT_SUB,
    audience::OIDC_WITHOUT_AUD,
    audience::PRINCIPAL_EVERYONE,
    issuer_mismatch::ISSUER_MISMATCH,
    issuer_mismatch::ISSUERS_ANDED,
    issuer_mismatch::PROVIDER_NAME,
    subject::SUB_SHAPE,
    subject::SUB_EVERYONE,
    subject::SUB_ANY_NAMESPACE,
    assume::MISMATCHED_ACTION,
    assume::KEY_NEVER_PRESENT,
    assume::ASSUME_IN_IDENTITY_POLICY,
    operators::WILDCARD_WITHOUT_LIKE,
    operators::NULL_WITH_QUALIFIER,
    operators::MFA_DENY_MISSES_KEYS,
    operators::MFA_ALLOW_IF_EXISTS,
    variables::VARIABLE_NEEDS_VERSION,
    variables::VARIABLE_IN_PRINCIPAL,
    variables::MISSING_VERSION,
    wide::ALLOW_EVERYTHING,
    wide::ALLOW_NOT_ACTION,
    wide::ALLOW_NOT_RESOURCE,
    wide::ALLOW_NOT_PRINCIPAL,
    wide::PASS_ANY_ROLE,
    redundant::REDUNDANT_ACTION,
    redundant::REDUNDANT_RESOURCE,
    network::PRIVATE_SOURCE_IP,
    sets::MISSING_SET_OPERATOR,
    sets::FOR_ALL_VALUES_SINGLE,
    sets::SET_OPERATOR_ON_SINGLE,
    actions::UNKNOWN_SERVICE,
    actions::UNKNOWN_ACTION,
    actions::EMPTY_PATTERN,
    keys::UNKNOWN_KEY,
    keys::UNSUPPORTED_KEY,
    keys::OPERATOR_TYPE,
    resources::ACTION_NEEDS_STAR,
    resources::ACTION_WITHOUT_RESOURCE,
    resources::RESOURCE_WITHOUT_ACTION,
];

/// Families of rules.
const FAMILIES: &[fn(&Scene<'_>, &mut Vec<Finding>)] = &[
    audience::check,
    issuer_mismatch::check,
    subject::check,
    assume::check,
    operators::check,
    variables::check,
    wide::check,
    redundant::check,
    network::check,
    sets::check,
    actions::check,
    keys::check,
    resources::check,
];

/// What is odd about a document, by position.
pub fn lint(text: &str, kind: Kind, catalogue: &Catalogue) -> Vec<Finding> {
    lint_within(text, (1, 1), kind, catalogue)
}

/// Like [`lint`], for a document that begins at this line and column of a larger file.
pub fn lint_within(
    text: &str,
    begin: (u32, u32),
    kind: Kind,
    catalogue: &Catalogue,
) -> Vec<Finding> {
    let refusal = Document::read_within("", text, begin, Strictness::Write(kind)).err();
    let readable = Document::read_within("", text, begin, Strictness::Evaluate);
    let root = match (
        readable,
        json::read(
            text,
            At {
                line: begin.0,
                column: begin.1,
            },
        ),
    ) {
        // A statement that is no object has a path; it does not hide the others.
        (Err(unreadable), Ok(root)) if !unreadable.path.is_empty() => root,
        (Ok(_), Ok(root)) => root,
        (Err(unreadable), _) => return vec![malformed::unreadable(&refusal.unwrap_or(unreadable))],
        (Ok(_), Err(_)) => return Vec::new(),
    };
    let mut findings = Vec::new();
    if let Some(refusal) = &refusal {
        malformed::check(&root, refusal, kind, &mut findings);
    }
    let scene = Scene {
        policy: view::Policy::of(&root, kind),
        catalogue,
        refused: refusal.is_some(),
    };
    for family in FAMILIES {
        family(&scene, &mut findings);
    }
    findings.sort();
    findings.dedup();
    findings
}
