//! `iam-rs`. It knows one flat list of policies, so a layer is an evaluator and all of them must
//! allow.

use iam_rs::{
    Arn, Context, Decision, IAMPolicy, IAMRequest, PolicyEvaluator, Principal, PrincipalId,
};

use super::Decide;
use crate::cases::{Case, SESSION};

pub(super) fn prepare(case: &Case) -> Result<Decide, String> {
    let layers = [
        case.identity.as_slice(),
        case.boundary.as_slice(),
        case.session.as_slice(),
    ];
    let layers = layers
        .into_iter()
        .filter(|layer| !layer.is_empty())
        .chain(case.scps.iter().map(std::slice::from_ref));
    let evaluators = layers.map(evaluator).collect::<Result<Vec<_>, _>>()?;
    let principal = Principal::Aws(PrincipalId::String(SESSION.to_owned()));
    let resource = Arn::parse(&case.resource).map_err(|error| error.to_string())?;
    let context = case
        .context
        .iter()
        .fold(Context::new(), |context, (key, value)| {
            context.with_string(*key, value)
        });
    let request = IAMRequest::new_with_context(principal, case.action, resource, context);
    for evaluator in &evaluators {
        evaluator
            .evaluate(&request)
            .map_err(|error| error.to_string())?;
    }
    let allows = move |evaluator: &PolicyEvaluator| {
        evaluator
            .evaluate(&request)
            .is_ok_and(|result| result.decision == Decision::Allow)
    };
    Ok(Box::new(move || evaluators.iter().all(&allows)))
}

fn evaluator(texts: &[String]) -> Result<PolicyEvaluator, String> {
    let policies = texts
        .iter()
        .map(|text| IAMPolicy::from_json(text).map_err(|error| error.to_string()));
    Ok(PolicyEvaluator::with_policies(
        policies.collect::<Result<_, _>>()?,
    ))
}
