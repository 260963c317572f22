//! One question, put to the policies of both sides.

use policy::{AccountId, Context, Decision, Layers, Policies, Trace};

use crate::caller::CallerPolicies;

/// Puts one question to the policies: the caller's, and the resource's own if it has one.
///
/// Within an account either side may allow; across accounts, both must; and for who has no account,
/// the resource's policy speaks alone (IAM user guide, "Cross-account policy evaluation logic").
pub fn judge(
    policies: &CallerPolicies<'_>,
    of_resource: Option<&Policies>,
    action: &str,
    resource: &str,
    owner: Option<&AccountId>,
    context: &Context,
) -> Decision {
    let layers = Layers {
        resource: of_resource,
        ..policies.layers()
    };
    policy::judge(
        &policies.question(action, resource, owner, context),
        &layers,
    )
}

/// The same decision without its derivation, which takes seven times as long to tell, and as many
/// bytes as the policies are long.
pub(super) fn judge_tersely(
    policies: &CallerPolicies<'_>,
    of_resource: Option<&Policies>,
    action: &str,
    resource: &str,
    owner: Option<&AccountId>,
    context: &Context,
) -> Decision {
    let layers = Layers {
        resource: of_resource,
        ..policies.layers()
    };
    let answer = policy::answer(
        &policies.question(action, resource, owner, context),
        &layers,
    );
    // The statement that decided is named even here: without it a denial of a thousand keys could
    // not be traced.
    let statement = answer.statement.cloned();
    Decision {
        verdict: answer.verdict,
        layer: answer.layer,
        statement,
        error: None,
        trace: Trace::default(),
    }
}
