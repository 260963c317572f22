//! One statement compiled, and whether it applies. Its action is the index's affair.

use super::arn::{ArnGlob, Taken};
use super::condition::{Held, Test};
use super::glob::Glob;
use super::{Asked, actions};
use crate::decision::{Effect, StatementRef};
use crate::document::{Block, Statement};
use crate::pattern::Untold;
use crate::principal::{Entry, Named};
use crate::statement::{PrincipalRule, named, reads_widely};

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
    /// Something in it cannot be evaluated, so it must be asked even where another statement has decided.
    pub(super) can_err: bool,
}

#[derive(Clone, Debug)]
struct Resources {
    not: bool,
    /// What a variable matches that cannot be told.
    untold: Untold,
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
        let except = not.then(|| written.iter().filter_map(|it| actions::pattern(it, covers)).map(|it| Glob::of(&it)).collect());
        let resource = statement.resource.as_ref().map(|block| Resources {
            not: block.not,
            untold: if reads_widely(statement.effect, block.not) { Untold::Anything } else { Untold::Nothing },
            sound: block.parsed.iter().all(Result::is_ok),
            every: block.written.iter().any(|written| written == "*"),
            arns: block.parsed.iter().flatten().map(ArnGlob::of).collect(),
            none: block.written.is_empty(),
        });
        let tests: Box<[Test]> = statement.conditions.iter().map(Test::of).collect();
        let can_err = resource.as_ref().is_some_and(|resource| !resource.sound) || tests.iter().any(|test| !test.is_sound());
        Self {
            reference: statement.reference.clone(),
            effect: statement.effect,
            principal: statement.principal.clone(),
            except,
            resource,
            tests,
            can_err,
        }
    }

    /// Principal, exceptions of `NotAction`, resource, conditions: in the interpreter's order, which tells No from Error.
    pub(super) fn applies(&self, asked: &Asked<'_>, rule: PrincipalRule) -> Applied {
        let context = asked.stage.question.context;
        let Some(named) = named(self.principal.as_ref(), self.effect, asked.stage.question.principal, rule) else {
            return Applied::No;
        };
        if self.except.as_ref().is_some_and(|globs| globs.iter().any(|glob| glob.matches(asked.action, context, Untold::Nothing))) {
            return Applied::No;
        }
        match self.resource.as_ref().map_or(Some(true), |resource| resource.covers(&asked.resource, asked)) {
            Some(true) => {}
            Some(false) => return Applied::No,
            None => return Applied::Error,
        }
        let mut error = false;
        for test in &self.tests {
            match test.holds(context) {
                Held::Yes => {}
                Held::Error => error = true,
                Held::Untold if self.effect == Effect::Deny => error = true,
                Held::No | Held::Untold => return Applied::No,
            }
        }
        if error { Applied::Error } else { Applied::Yes(named) }
    }
}

impl Resources {
    /// `None`: a pattern cannot be read.
    fn covers(&self, resource: &Taken<'_>, asked: &Asked<'_>) -> Option<bool> {
        if !self.sound {
            return None;
        }
        // A resource `*` is no ARN, so only `*` covers it.
        let listed = self.every || self.arns.iter().any(|arn| arn.matches(resource, asked.stage.question.context, self.untold));
        Some(listed != self.not && !self.none)
    }
}
