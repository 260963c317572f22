//! The documents of one layer, compiled: which of its statements a question concerns, and what they come to.

use super::actions::{self, Actions};
use super::asked::Asked;
use super::rule::{Applied, Rule};
use crate::combine::LayerResult;
use crate::decision::Effect;
use crate::document::{Document, Statement};
use crate::pattern::Pattern;
use crate::principal::Named;
use crate::statement::{PrincipalRule, covers_nothing, reads_widely};

/// Documents that make up one layer, or one level of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Compiled {
    pub(super) rules: Box<[Rule]>,
    pub(super) deny: Concerned,
    pub(super) allow: Concerned,
}

/// The statements of one effect.
#[derive(Clone, Debug, Default)]
pub(super) struct Concerned {
    pub(super) actions: Actions,
    /// Those with `NotAction`, which no beginning leads to.
    pub(super) others: Box<[usize]>,
    /// The first that cannot be understood as a whole.
    broken: Option<usize>,
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

    pub(super) fn evaluate(&self, asked: &Asked<'_>, rule: PrincipalRule) -> LayerResult<&Rule> {
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
    actions: Vec<(Pattern, usize)>,
    others: Vec<usize>,
    broken: Option<usize>,
}

impl Patterns {
    fn take(&mut self, statement: &Statement, place: usize) {
        let block = &statement.action;
        if statement.defect.is_some() {
            self.broken.get_or_insert(place);
        } else if block.not {
            self.others.extend((!covers_nothing(block, statement.effect)).then_some(place));
        } else {
            let covers = reads_widely(statement.effect, false);
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
