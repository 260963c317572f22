//! One statement compiled, and whether it applies. Its action is the index's affair.

use super::actions;
use super::arn::ArnGlob;
use super::asked::Asked;
use super::chars::Chars;
use super::condition::{Held, Test};
use super::glob::Glob;
use crate::decision::{Effect, StatementRef};
use crate::document::{Block, Statement};
use crate::pattern::Sense;
use crate::principal::{Entry, Named};
use crate::statement::{PrincipalRule, covers_nothing, named, reads_widely};

/// A statement.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) reference: StatementRef,
    pub(super) effect: Effect,
    principal: Option<Block<Entry>>,
    /// The patterns of a `NotAction`.
    except: Option<Box<[Glob]>>,
    resource: Option<Resources>,
    tests: Box<[Test]>,
    /// Something in it cannot be evaluated, so it must be asked even where another statement has
    /// decided.
    pub(super) can_err: bool,
    pub(super) chars: Chars,
}

#[derive(Clone, Debug)]
struct Resources {
    not: bool,
    /// Any reading counts.
    wide: bool,
    sound: bool,
    /// Written `*`.
    every: bool,
    arns: Box<[ArnGlob]>,
    none: bool,
}

/// Whether a statement applied, as in the interpreter, without the reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    Yes(Named),
    No,
    Error,
}

impl Rule {
    pub(super) fn of(statement: &Statement) -> Self {
        let Block { not, written, .. } = &statement.action;
        let covers = reads_widely(statement.effect, *not);
        let except = not.then(|| {
            written
                .iter()
                .filter_map(|it| actions::pattern(it, covers))
                .map(|it| Glob::of(&it))
                .collect()
        });
        let resource = statement.resource.as_ref().map(|block| Resources {
            not: block.not,
            wide: reads_widely(statement.effect, block.not),
            sound: block.parsed.iter().all(Result::is_ok),
            every: block.written.iter().any(|written| written == "*"),
            arns: {
                let wide = reads_widely(statement.effect, block.not);
                block
                    .parsed
                    .iter()
                    .flatten()
                    .map(if wide { ArnGlob::wide } else { ArnGlob::of })
                    .collect()
            },
            none: covers_nothing(block, statement.effect),
        });
        let tests: Box<[Test]> = statement.conditions.iter().map(Test::of).collect();
        // Known when it is compiled, so that an Allow that cannot err is passed over once another
        // has decided.
        let can_err = resource.as_ref().is_some_and(|resource| !resource.sound)
            || tests.iter().any(|test| !test.is_sound());
        Self {
            reference: statement.reference.clone(),
            effect: statement.effect,
            principal: statement.principal.clone(),
            except,
            resource,
            tests,
            can_err,
            chars: Chars::of(statement),
        }
    }

    /// Principal, exceptions of `NotAction`, resource, conditions: in the interpreter's order,
    /// which tells No from Error.
    pub(super) fn applies(&self, asked: &Asked<'_>, rule: PrincipalRule) -> Applied {
        let context = asked.prepared.question.context;
        let Some(named) = named(
            self.principal.as_ref(),
            self.effect,
            asked.prepared.question.principal,
            rule,
        ) else {
            return Applied::No;
        };
        if self.except.as_ref().is_some_and(|globs| {
            globs
                .iter()
                .any(|glob| glob.matches(asked.action, context, Sense::NARROW))
        }) {
            return Applied::No;
        }
        match self
            .resource
            .as_ref()
            .map_or(Some(true), |resource| resource.covers(asked, rule))
        {
            Some(true) => {}
            Some(false) => return Applied::No,
            None => return Applied::Error,
        }
        let mut error = false;
        for test in &self.tests {
            match test.holds(context, self.effect) {
                Held::Yes => {}
                Held::Error => error = true,
                // What cannot be told must not let a Deny fall away, nor an Allow grant.
                Held::Untold if self.effect == Effect::Deny => error = true,
                Held::No | Held::Untold => return Applied::No,
            }
        }
        if error {
            Applied::Error
        } else {
            Applied::Yes(named)
        }
    }
}

impl Resources {
    /// `None`: a pattern cannot be read.
    fn covers(&self, asked: &Asked<'_>, rule: PrincipalRule) -> Option<bool> {
        if !self.sound {
            return None;
        }
        let Asked {
            prepared,
            resource,
            action,
        } = asked;
        let (context, text) = (prepared.question.context, resource.text);
        let matches = |arn: &ArnGlob| match (self.wide, text) {
            // A resource `*` is no ARN: `*` covers it, and where it denies, all of a service.
            (true, "*") => arn.covers_service_of(
                action,
                prepared.question.principal.partition(),
                prepared.caller,
            ),
            (true, _) => {
                let [first, literal] = Sense::WIDE;
                let either = |sense| {
                    arn.matches(resource, context, sense) || arn.crosses(text, context, sense)
                };
                either(first) || arn.is_variable() && either(literal)
            }
            (false, _) if rule.pads_short_arns() => arn.matches(resource, context, Sense::PADDED),
            (false, _) => arn.matches(resource, context, Sense::NARROW),
        };
        let listed = self.every || self.arns.iter().any(matches);
        Some(listed != self.not && !self.none)
    }
}
