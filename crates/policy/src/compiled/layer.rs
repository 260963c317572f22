//! The documents of one layer, compiled: which of its statements a question concerns, and what they
//! come to.

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
    actions: Actions,
    /// Those with `NotAction`, which no beginning leads to.
    others: Box<[usize]>,
    /// The first that cannot be understood as a whole.
    broken: Option<usize>,
}

impl Compiled {
    /// Compiles the documents of a layer, in their order.
    pub(crate) fn of<'a>(documents: impl Iterator<Item = &'a Document>) -> Self {
        let (mut deny, mut allow) = (Patterns::default(), Patterns::default());
        let mut rules = Vec::new();
        for statement in documents.flat_map(|document| &document.statements) {
            let patterns = if statement.effect == Effect::Deny {
                &mut deny
            } else {
                &mut allow
            };
            patterns.take(statement, rules.len());
            rules.push(Rule::of(statement));
        }
        Self {
            rules: rules.into(),
            deny: deny.into(),
            allow: allow.into(),
        }
    }

    pub(super) fn evaluate(&self, asked: &Asked<'_>, rule: PrincipalRule) -> LayerResult<&Rule> {
        let deny = self.find_deny(asked, rule);
        let allow = self.find_allow(asked, rule);
        let at = |place: Option<usize>| place.and_then(|place| self.rules.get(place));
        // An error in a Deny is told before one in an Allow, wherever they stand.
        let error = at(deny.error)
            .map(|it| (Effect::Deny, it))
            .or(at(allow.error).map(|it| (Effect::Allow, it)));
        let allows = allow
            .applies
            .and_then(|(named, place)| Some((named, self.rules.get(place)?)));
        LayerResult {
            allow: allows,
            deny: at(deny.applies),
            error,
        }
    }

    /// The first Deny that applies, and the first that is in error. The index gives statements in
    /// its own order and one of several patterns more than once, so it is their places that tell
    /// which is first.
    fn find_deny(&self, asked: &Asked<'_>, rule: PrincipalRule) -> Found<usize> {
        let mut found = Found {
            applies: None,
            error: self.deny.broken,
        };
        self.deny.each(asked.action, |place| {
            // A Deny is final, and goes before every error: one that stands behind it changes
            // nothing, whatever it comes to.
            if found.applies.is_some_and(|first| first <= place) {
                return;
            }
            match self
                .rules
                .get(place)
                .map_or(Applied::No, |it| it.applies(asked, rule))
            {
                Applied::Yes(_) => found.applies = Some(place),
                Applied::Error => found.take_error(place),
                Applied::No => {}
            }
        });
        found
    }

    /// The Allow that counts, and the first that is in error. Of several that apply the one that
    /// names the principal most directly counts: through an account it only delegates to the
    /// principal's own policies, directly it grants (IAM user guide, "Policy evaluation logic", on
    /// resource-based policies). Of those that name it alike, the first.
    fn find_allow(&self, asked: &Asked<'_>, rule: PrincipalRule) -> Found<(Named, usize)> {
        let mut found: Found<(Named, usize)> = Found {
            applies: None,
            error: self.allow.broken,
        };
        // A key that the request spells in two ways puts any statement that reads it in error.
        let any_can_err = asked.prepared.question.context.is_ambiguous();
        self.allow.each(asked.action, |place| {
            let Some(it) = self.rules.get(place) else {
                return;
            };
            // Nothing behind an Allow that names directly can win. But it may still be in error,
            // which denies: only what cannot be is passed over.
            let decided = found
                .applies
                .is_some_and(|(named, first)| named == Named::Directly && first <= place);
            if decided && !it.can_err && !any_can_err {
                return;
            }
            match it.applies(asked, rule) {
                Applied::Yes(named) => {
                    let wins = |(known, first)| named > known || named == known && place < first;
                    if found.applies.is_none_or(wins) {
                        found.applies = Some((named, place));
                    }
                }
                Applied::Error => found.take_error(place),
                Applied::No => {}
            }
        });
        found
    }
}

impl Concerned {
    /// Every statement that an action may concern, in no order, and some of them more than once.
    pub(super) fn each(&self, action: &str, mut each: impl FnMut(usize)) {
        self.actions.concerning(action, &mut each);
        self.others.iter().copied().for_each(each);
    }
}

/// What one effect of one layer came to: `T` is where the statement stands that applies.
struct Found<T> {
    applies: Option<T>,
    error: Option<usize>,
}

impl<T> Found<T> {
    fn take_error(&mut self, place: usize) {
        self.error = Some(self.error.map_or(place, |first| first.min(place)));
    }
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
            self.others
                .extend((!covers_nothing(block, statement.effect)).then_some(place));
        } else {
            let covers = reads_widely(statement.effect, false);
            self.actions.extend(
                block
                    .written
                    .iter()
                    .filter_map(|it| actions::pattern(it, covers))
                    .map(|it| (it, place)),
            );
        }
    }
}

impl From<Patterns> for Concerned {
    fn from(patterns: Patterns) -> Self {
        let Patterns {
            actions,
            others,
            broken,
        } = patterns;
        Self {
            actions: Actions::of(actions),
            others: others.into(),
            broken,
        }
    }
}
