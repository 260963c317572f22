//! The compiled engine: the same law as the interpreter, for who asks often and wants the answer alone.
//!
//! [`crate::Policies`] -> [`answer`]. Statements that an action cannot concern are not looked at; nothing is allocated for
//! a question whose action is ASCII and at most 128 bytes long. Both engines share how documents are read, who a principal
//! is and how layers combine; matching, conditions and the order of work are each engine's own, and compared by tests.

mod actions;
mod arn;
mod condition;
mod glob;
mod rule;

use actions::{Action, Actions};
use arn::Taken;
use rule::{Applied, Rule};

use crate::combine::{Heard, Said, Stage, needs_no_permission};
use crate::decision::{Effect, Layer, StatementRef, Verdict};
use crate::document::Document;
use crate::layers::{Layers, Question};
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
    stage: Stage<'a>,
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
    let stage = Stage::of(question);
    let resource = Taken { text: question.resource, parts: stage.parts };
    let asked = Asked { stage, action: action.as_str(), resource };
    let outcome = asked.hear_all(layers).outcome(&stage, layers.resource_is_trust);
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

    fn hear(&self, asked: &Asked<'_>, rule: PrincipalRule) -> Said<&Rule> {
        let deny = self.find(&self.deny, asked, rule);
        let allow = self.find(&self.allow, asked, rule);
        let found = |place: Option<usize>| place.and_then(|place| self.rules.get(place));
        let error = found(deny.error).map(|it| (Effect::Deny, it)).or(found(allow.error).map(|it| (Effect::Allow, it)));
        let allows = allow.applies.and_then(|(named, place)| Some((named, self.rules.get(place)?)));
        Said { allow: allows, deny: found(deny.applies.map(|(_, place)| place)), error }
    }

    /// The first statement of an effect that applies, or names the principal most directly, and the first in error.
    fn find(&self, concerned: &Concerned, asked: &Asked<'_>, rule: PrincipalRule) -> Found {
        let mut found = Found { applies: None, error: concerned.broken };
        let ambiguous = asked.stage.question.context.is_ambiguous();
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
            // An empty NotAction applies to nothing, not to everything.
            self.others.extend((!block.written.is_empty()).then_some(place));
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
    /// Hears every layer in the order in which denials are reported.
    fn hear_all<'a>(&self, layers: &Layers<'a>) -> Heard<&'a Rule> {
        let has_account = self.stage.caller.is_some();
        let mut heard = Heard::nothing();
        for level in layers.rcps {
            heard.hear(Layer::Rcp, level.compiled().hear(self, PrincipalRule::Everyone));
        }
        // Services, web identities and the anonymous have no account whose control policies could bind them.
        for level in layers.scps.iter().filter(|_| has_account) {
            heard.hear(Layer::Scp, level.compiled().hear(self, PrincipalRule::None));
        }
        if let Some(policy) = layers.resource {
            let bounded = has_account && layers.boundary.is_some();
            let layer = if layers.resource_is_trust { Layer::Trust } else { Layer::Resource };
            heard.hear(layer, policy.compiled().hear(self, PrincipalRule::Needed { bounded }));
        }
        let own = [(Layer::Identity, layers.identity), (Layer::Boundary, layers.boundary), (Layer::Session, layers.session)];
        for (layer, policies) in own.into_iter().filter(|_| has_account) {
            if let Some(policies) = policies {
                heard.hear(layer, policies.compiled().hear(self, PrincipalRule::None));
            }
        }
        heard
    }
}
