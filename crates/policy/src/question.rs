//! What is asked of policies.

use crate::arn::AccountId;
use crate::context::Context;
use crate::principal::Principal;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// `service:Action`.
    pub action: &'a str,
    /// An ARN, or `*` for actions without resource types.
    pub resource: &'a str,
    /// Who owns the resource. Without it the ARN's account counts, else the principal's own.
    pub resource_account: Option<&'a AccountId>,
    /// Condition keys, exactly as given: nothing is derived from the principal.
    pub context: &'a Context,
}

/// Whether an action is asked of a role, so that the resource's policy is its trust policy.
pub fn asks_trust(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    action.starts_with("sts:assumerole")
        || matches!(
            action.as_str(),
            "sts:tagsession" | "sts:setsourceidentity" | "sts:setcontext"
        )
}
