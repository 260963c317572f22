//! The answer over all layers: each is evaluated in the order in which denials are reported.

use super::actions::Action;
use super::arn::Taken;
use super::asked::Asked;
use super::rule::Rule;
use crate::combine::{Evaluation, LayerResult, Prepared, needs_no_permission};
use crate::decision::{Layer, StatementRef, Verdict};
use crate::layers::Layers;
use crate::policies::Policies;
use crate::question::Question;
use crate::statement::PrincipalRule;

/// The answer without its derivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The answer.
    pub verdict: Verdict,
    /// The kind of policy that decided.
    pub layer: Option<Layer>,
    /// The statement that decided; none where the lack of one did.
    pub statement: Option<&'a StatementRef>,
    /// The statement could not be evaluated, which denies.
    pub error: bool,
}

/// Answers one question, as [`crate::decide`] does.
pub fn answer<'a>(question: &Question<'_>, layers: &Layers<'a>) -> Answer<'a> {
    // Before any policy: not even a Deny keeps an authenticated caller from asking who it is.
    if needs_no_permission(question) {
        return Answer {
            verdict: Verdict::Allowed,
            layer: None,
            statement: None,
            error: false,
        };
    }
    let action = Action::of(question.action);
    let prepared = Prepared::of(question);
    let resource = Taken {
        text: question.resource,
        parts: prepared.parts,
    };
    let asked = Asked {
        prepared,
        action: action.as_str(),
        resource,
    };
    let outcome = asked
        .evaluate_all(layers)
        .outcome(&prepared, layers.resource_is_trust);
    let statement = outcome.statement.map(|rule| &rule.reference);
    Answer {
        verdict: outcome.verdict,
        layer: outcome.layer,
        statement,
        error: outcome.error,
    }
}

impl Asked<'_> {
    fn evaluate<'a>(&self, policies: &'a Policies, rule: PrincipalRule) -> LayerResult<&'a Rule> {
        let parts = policies.compiled().map(|part| part.evaluate(self, rule));
        parts
            .reduce(LayerResult::joined)
            .unwrap_or_else(LayerResult::nothing)
    }

    /// Evaluates every layer in the order in which denials are reported.
    fn evaluate_all<'a>(&self, layers: &Layers<'a>) -> Evaluation<&'a Rule> {
        let has_account = self.prepared.caller.is_some();
        let mut evaluation = Evaluation::nothing();
        for level in layers.rcps {
            evaluation.add(Layer::Rcp, self.evaluate(level, PrincipalRule::Everyone));
        }
        // Services, web identities and the anonymous have no account whose control policies could
        // bind them.
        for level in layers.scps.iter().filter(|_| has_account) {
            evaluation.add(Layer::Scp, self.evaluate(level, PrincipalRule::None));
        }
        if let Some(policy) = layers.resource {
            let bounded = has_account && layers.boundary.is_some();
            let layer = if layers.resource_is_trust {
                Layer::Trust
            } else {
                Layer::Resource
            };
            evaluation.add(
                layer,
                self.evaluate(policy, PrincipalRule::Needed { bounded }),
            );
        }
        let own = [
            (Layer::Identity, layers.identity),
            (Layer::Boundary, layers.boundary),
            (Layer::Session, layers.session),
        ];
        for (layer, policies) in own.into_iter().filter(|_| has_account) {
            if let Some(policies) = policies {
                evaluation.add(layer, self.evaluate(policies, PrincipalRule::None));
            }
        }
        evaluation
    }
}
