//! How explanations call the role that a decision is about.

use authority::record::Evidence;

/// The role that was asked for, or whose session it is.
pub(super) fn role(evidence: &Evidence) -> &str {
    evidence.who.role.as_deref().unwrap_or("the role")
}
