//! The compiled engine: the same evaluation as the interpreter's, for who asks often and wants the answer alone.
//!
//! [`crate::Policies`] -> [`answer`]. Statements that an action cannot concern are not looked at; nothing is allocated for
//! a question whose action is ASCII and at most 128 bytes long. Both engines share how documents are read, who a principal
//! is and how layers combine; matching, conditions and the order of work are each engine's own, and compared by tests.

mod actions;
mod arn;
mod condition;
mod effort;
mod glob;
mod rule;

use actions::{Action, Actions};
use arn::Taken;
pub use effort::effort;
use rule::{Applied, Rule};

use crate::combine::{Evaluation, LayerResult, Prepared, needs_no_permission};
use crate::decision::{Effect, Layer, StatementRef, Verdict};
use crate::document::Document;
use crate::layers::{Layers, Question};
use crate::policies::Policies;
use crate::principal::Named;
use crate::statement::PrincipalRule;

/// Documents that make up one layer, or one level of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Compiled {
    rules: Box<[Rule]>,
    deny: Concerned,
    allow: Concerned,
}

/// The statements of one effect.
#[derive(Clone, Debug, Default)]
struct Concerned {
    actions: Actions,
    /// Those with `NotAction`, which no beginning leads to.
    others: Box<[usize]>,
    /// The first that cannot be understood as a whole.
    broken: Option<usize>,
}

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

/// A question made ready once for all layers.
struct Asked<'a> {
    prepared: Prepared<'a>,
    /// In lower case.
    action: &'a str,
    resource: Taken<'a>,
}

/// Answers one question, as [`crate::decide`] does.
pub fn answer<'a>(question: &Question<'_>, layers: &Layers<'a>) -> Answer<'a> {
    if needs_no_permission(question) {
        return Answer { verdict: Verdict::Allowed, layer: None, statement: None, error: false };
    }
    let action = Action::of(question.action);
    let prepared = Prepared::of(question);
    let resource = Taken { text: question.resource, parts: prepared.parts };
    let asked = Asked { prepared, action: action.as_str(), resource };
    let outcome = asked.evaluate_all(layers).outcome(&prepared, layers.resource_is_trust);
    let statement = outcome.statement.map(|rule| &rule.reference);
    Answer { verdict: outcome.verdict, layer: outcome.layer, statement, error: outcome.error }
}

impl Compiled {
    /// Compiles the documents of a layer, in their order.
    pub(crate) fn of<'a>(documents: impl Iterator<Item = &'a Document>) -> Self {
        let (mut deny, mut allow) = (Patterns::default(), Patterns::default());
        let mut rules = Vec::new();
        for statement in documents.flat_map(|document| &document.statements) {
            let patterns = if statement.effect == Effect::Deny { &mut deny } else { &mut allow };
            patterns.take(statement, rules.len());
            rules.push(Rule::of(statement));
        }
        Self { rules: rules.into(), deny: deny.into(), allow: allow.into() }
    }

    fn evaluate(&self, asked: &Asked<'_>, rule: PrincipalRule) -> LayerResult<&Rule> {
        let deny = self.find(&self.deny, asked, rule);
        let allow = self.find(&self.allow, asked, rule);
        let found = |place: Option<usize>| place.and_then(|place| self.rules.get(place));
        let error = found(deny.error).map(|it| (Effect::Deny, it)).or(found(allow.error).map(|it| (Effect::Allow, it)));
        let allows = allow.applies.and_then(|(named, place)| Some((named, self.rules.get(place)?)));
        LayerResult { allow: allows, deny: found(deny.applies.map(|(_, place)| place)), error }
    }

    /// The first statement of an effect that applies, or names the principal most directly, and the first in error.
    fn find(&self, concerned: &Concerned, asked: &Asked<'_>, rule: PrincipalRule) -> Found {
        let mut found = Found { applies: None, error: concerned.broken };
        let ambiguous = asked.prepared.question.context.is_ambiguous();
        let mut look = |place: usize| {
            let Some(it) = self.rules.get(place) else { return };
            // An Allow that another has beaten may still be in error, which denies.
            let denying = it.effect == Effect::Deny;
            let beaten = found.applies.is_some_and(|(named, best)| best <= place && (denying || named == Named::Directly));
            if beaten && (denying || !(it.can_err || ambiguous)) {
                return;
            }
            match it.applies(asked, rule) {
                Applied::No => {}
                Applied::Error => found.error = Some(found.error.map_or(place, |known| known.min(place))),
                Applied::Yes(named) => {
                    let better = found.applies.is_none_or(
                        |(known, best)| {
                            if denying { place < best } else { (named, best) > (known, place) }
                        },
                    );
                    if better {
                        found.applies = Some((named, place));
                    }
                }
            }
        };
        concerned.actions.concerning(asked.action, &mut look);
        concerned.others.iter().copied().for_each(look);
        found
    }
}

/// What one effect of one layer came to, by places.
struct Found {
    applies: Option<(Named, usize)>,
    error: Option<usize>,
}

/// The statements of one effect while they are collected.
#[derive(Default)]
struct Patterns {
    actions: Vec<(crate::pattern::Pattern, usize)>,
    others: Vec<usize>,
    broken: Option<usize>,
}

impl Patterns {
    fn take(&mut self, statement: &crate::document::Statement, place: usize) {
        let block = &statement.action;
        if statement.defect.is_some() {
            self.broken.get_or_insert(place);
        } else if block.not {
            self.others.extend((!crate::statement::covers_nothing(block, statement.effect)).then_some(place));
        } else {
            let covers = crate::statement::reads_widely(statement.effect, false);
            self.actions.extend(block.written.iter().filter_map(|it| actions::pattern(it, covers)).map(|it| (it, place)));
        }
    }
}

impl From<Patterns> for Concerned {
    fn from(patterns: Patterns) -> Self {
        let Patterns { actions, others, broken } = patterns;
        Self { actions: Actions::of(actions), others: others.into(), broken }
    }
}

impl Asked<'_> {
    fn evaluate<'a>(&self, policies: &'a Policies, rule: PrincipalRule) -> LayerResult<&'a Rule> {
        let parts = policies.compiled().map(|part| part.evaluate(self, rule));
        parts.reduce(LayerResult::joined).unwrap_or_else(LayerResult::nothing)
    }

    /// Hears every layer in the order in which denials are reported.
    fn evaluate_all<'a>(&self, layers: &Layers<'a>) -> Evaluation<&'a Rule> {
        let has_account = self.prepared.caller.is_some();
        let mut evaluation = Evaluation::nothing();
        for level in layers.rcps {
            evaluation.add(Layer::Rcp, self.evaluate(level, PrincipalRule::Everyone));
        }
        // Services, web identities and the anonymous have no account whose control policies could bind them.
        for level in layers.scps.iter().filter(|_| has_account) {
            evaluation.add(Layer::Scp, self.evaluate(level, PrincipalRule::None));
        }
        if let Some(policy) = layers.resource {
            let bounded = has_account && layers.boundary.is_some();
            let layer = if layers.resource_is_trust { Layer::Trust } else { Layer::Resource };
            evaluation.add(layer, self.evaluate(policy, PrincipalRule::Needed { bounded }));
        }
        let own = [(Layer::Identity, layers.identity), (Layer::Boundary, layers.boundary), (Layer::Session, layers.session)];
        for (layer, policies) in own.into_iter().filter(|_| has_account) {
            if let Some(policies) = policies {
                evaluation.add(layer, self.evaluate(policies, PrincipalRule::None));
            }
        }
        evaluation
    }
}
