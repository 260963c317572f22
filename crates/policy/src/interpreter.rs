//! The interpreter: evaluates every statement of every layer, in order, and keeps what each of them
//! came to.

use crate::combine::{Evaluation, LayerResult, Outcome, Prepared, needs_no_permission};
use crate::decision::{
    self as trace, Decision, DocumentTrace, Effect, EvaluationError, Layer, LayerOutcome,
    LayerTrace, StatementRef, StatementTrace, Trace, Verdict,
};
use crate::layers::Layers;
use crate::policies::Policies;
use crate::question::Question;
use crate::statement::{Applied, PrincipalRule, applies, met};

/// A statement as the interpreter points at it.
#[derive(Clone, Debug)]
struct Found {
    statement: StatementRef,
    /// Why it cannot be evaluated, if it cannot.
    because: String,
}

/// Decides one question. Explains itself in [`Decision::trace`].
pub fn decide(question: &Question<'_>, layers: &Layers<'_>) -> Decision {
    let prepared = Prepared::of(question);
    let mut interpreter = Interpreter {
        prepared,
        trace: Trace::default(),
        evaluation: Evaluation::nothing(),
    };
    interpreter.evaluate_all(layers);
    let Interpreter {
        trace, evaluation, ..
    } = interpreter;
    if needs_no_permission(question) {
        return Decision {
            verdict: Verdict::Allowed,
            layer: None,
            statement: None,
            error: None,
            trace,
        };
    }
    let Outcome {
        verdict,
        layer,
        statement,
        error,
    } = evaluation.outcome(&prepared, layers.resource_is_trust);
    let error = statement.as_ref().filter(|_| error);
    let error = error.map(|found| EvaluationError {
        statement: found.statement.clone(),
        because: found.because.clone(),
    });
    Decision {
        verdict,
        layer,
        statement: statement.map(|found| found.statement),
        error,
        trace,
    }
}

/// Evaluates every layer in the order in which denials are reported.
struct Interpreter<'a> {
    prepared: Prepared<'a>,
    trace: Trace,
    evaluation: Evaluation<Found>,
}

impl Interpreter<'_> {
    fn evaluate_all(&mut self, layers: &Layers<'_>) {
        let has_account = self.prepared.caller.is_some();
        let bounded = has_account && layers.boundary.is_some();
        for (level, policies) in layers.rcps.iter().enumerate() {
            self.evaluate(Layer::Rcp, Some(level), policies, PrincipalRule::Everyone);
        }
        // Services, web identities and the anonymous have no account whose control policies could
        // bind them.
        for (level, policies) in layers.scps.iter().enumerate().filter(|_| has_account) {
            self.evaluate(Layer::Scp, Some(level), policies, PrincipalRule::None);
        }
        if let Some(policies) = layers.resource {
            let layer = if layers.resource_is_trust {
                Layer::Trust
            } else {
                Layer::Resource
            };
            self.evaluate(layer, None, policies, PrincipalRule::Needed { bounded });
        }
        if !has_account {
            return;
        }
        let own = [
            (Layer::Identity, layers.identity),
            (Layer::Boundary, layers.boundary),
            (Layer::Session, layers.session),
        ];
        for (layer, policies) in own {
            if let Some(policies) = policies {
                self.evaluate(layer, None, policies, PrincipalRule::None);
            }
        }
    }

    fn evaluate(
        &mut self,
        layer: Layer,
        level: Option<usize>,
        policies: &Policies,
        rule: PrincipalRule,
    ) {
        let mut result = LayerResult::nothing();
        let mut traces = Vec::new();
        for document in policies.documents() {
            let mut statements = Vec::with_capacity(document.statements.len());
            for statement in &document.statements {
                let reference = statement.reference.clone();
                let applied = applies(statement, self.prepared.question, rule);
                note(&mut result, statement.effect, &reference, &applied);
                let outcome = match applied {
                    Applied::Yes(_) => trace::Outcome::Applies,
                    Applied::No(mismatch) => trace::Outcome::Failed(mismatch),
                    Applied::Error(because) => trace::Outcome::Error(because),
                };
                // For a Deny that applied, a person must see which conditions let it: `Null` and
                // negated ones hold for keys that nobody sent.
                let denies = statement.effect == Effect::Deny && outcome == trace::Outcome::Applies;
                // No longer than a mismatch would be for each condition: what a decision may cost
                // allows for it.
                let conditions = statement.conditions.iter().filter(|_| denies);
                let met = conditions
                    .map(|condition| met(condition, self.prepared.question))
                    .collect();
                statements.push(StatementTrace {
                    statement: reference,
                    effect: statement.effect,
                    outcome,
                    met,
                });
            }
            traces.push(DocumentTrace {
                name: document.name().to_owned(),
                statements,
            });
        }
        let outcome = match (&result.deny, &result.error, &result.allow) {
            (Some(_), _, _) => LayerOutcome::Denies,
            (None, Some(_), _) => LayerOutcome::Error,
            (None, None, Some(_)) => LayerOutcome::Allows,
            (None, None, None) => LayerOutcome::Silent,
        };
        self.trace.layers.push(LayerTrace {
            layer,
            level,
            outcome,
            documents: traces,
        });
        self.evaluation.add(layer, result);
    }
}

/// Of several statements the first counts; but an Allow that names the principal more directly, and
/// an error in a Deny, go before.
fn note(
    result: &mut LayerResult<Found>,
    effect: Effect,
    reference: &StatementRef,
    applied: &Applied,
) {
    let found = |because: &str| Found {
        statement: reference.clone(),
        because: because.to_owned(),
    };
    match (effect, applied) {
        (Effect::Deny, Applied::Yes(_)) if result.deny.is_none() => result.deny = Some(found("")),
        (Effect::Allow, Applied::Yes(named))
            if result.allow.as_ref().is_none_or(|(known, _)| known < named) =>
        {
            result.allow = Some((*named, found("")));
        }
        (_, Applied::Error(because))
            if result
                .error
                .as_ref()
                .is_none_or(|(known, _)| *known == Effect::Allow && effect == Effect::Deny) =>
        {
            result.error = Some((effect, found(because)));
        }
        (_, Applied::Yes(_) | Applied::Error(_) | Applied::No(_)) => {}
    }
}
