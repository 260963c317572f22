//! Does a statement apply? Principal, action, resource, conditions, in this order; the first that
//! fails is told.

use crate::condition::{Condition, Held};
use crate::decision::{Effect, Element, MetCondition, Mismatch};
use crate::document::{Block, Statement};
use crate::glob;
use crate::hints;
use crate::pattern::{ArnPattern, Sense};
use crate::principal::{Entry, Named, Principal, spares};
use crate::question::Question;

/// Whether a statement applied, and for an Allow how it named the principal.
#[derive(Clone, Debug)]
pub(crate) enum Applied {
    Yes(Named),
    No(Mismatch),
    Error(String),
}

/// How a layer treats the principal element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrincipalRule {
    /// Identity-like policies have none.
    None,
    /// Resource policies need one. `bounded`: the principal has a permissions boundary.
    Needed { bounded: bool },
    /// Resource control policies always say `*`.
    Everyone,
}

impl PrincipalRule {
    /// Short ARNs are known from identity-based policies only; of others nothing is said.
    pub(crate) fn pads_short_arns(self) -> bool {
        self == Self::None
    }
}

pub(crate) fn applies(
    statement: &Statement,
    question: &Question<'_>,
    rule: PrincipalRule,
) -> Applied {
    // Not known to apply, and not known to not apply: the statement counts as in error, which
    // denies.
    if let Some(because) = &statement.defect {
        return Applied::Error(because.clone());
    }
    let named = match principal(statement, question, rule) {
        Ok(named) => named,
        Err(mismatch) => return Applied::No(mismatch),
    };
    if let Some(mismatch) = action(statement, question) {
        return Applied::No(mismatch);
    }
    match resource(statement, question, rule) {
        Ok(None) => {}
        Ok(Some(mismatch)) => return Applied::No(mismatch),
        Err(because) => return Applied::Error(because),
    }
    // One condition that fails decides, whatever another one would have said; so their order never
    // matters.
    let mut error = None;
    for condition in &statement.conditions {
        match condition.holds(question.context, statement.effect) {
            Held::Yes => {}
            Held::Error(because) => error = error.or(Some(because)),
            // A Deny over a key that turned out to be multivalued must not fall away.
            Held::Multivalued if statement.effect == Effect::Deny => {
                let because = || {
                    format!(
                        "`{}` is multivalued, which `{}` cannot compare",
                        condition.key, condition.written
                    )
                };
                error = error.or_else(|| Some(because()));
            }
            Held::Untold(because) if statement.effect == Effect::Deny => {
                error = error.or(Some(because))
            }
            Held::Untold(because) => return Applied::No(unmet(condition, question, Some(because))),
            Held::No | Held::Multivalued => return Applied::No(unmet(condition, question, None)),
        }
    }
    error.map_or(Applied::Yes(named), Applied::Error)
}

fn principal(
    statement: &Statement,
    question: &Question<'_>,
    rule: PrincipalRule,
) -> Result<Named, Mismatch> {
    let block = statement.principal.as_ref();
    named(block, statement.effect, question.principal, rule).ok_or_else(|| {
        let expected = block.map(|block| block.written.clone()).unwrap_or_default();
        let actual = question.principal.names();
        let element = if block.is_some_and(|block| block.not) {
            Element::NotPrincipal
        } else {
            Element::Principal
        };
        let hints = hints::near(&expected, &actual);
        Mismatch {
            element,
            operator: None,
            key: None,
            hints,
            expected,
            actual,
            missing: false,
            untold: None,
        }
    })
}

/// Whether a statement means the principal, and how.
#[inline]
pub(crate) fn named(
    block: Option<&Block<Entry>>,
    effect: Effect,
    principal: &Principal,
    rule: PrincipalRule,
) -> Option<Named> {
    let denying = effect == Effect::Deny;
    let (bounded, block) = match (rule, block) {
        (PrincipalRule::None | PrincipalRule::Everyone, _) => return Some(Named::Directly),
        (PrincipalRule::Needed { .. }, None) => return None,
        (PrincipalRule::Needed { bounded }, Some(block)) => (bounded, block),
    };
    if !block.not {
        // Several entries may mean the principal; the most direct one counts, as it grants the
        // most.
        return block
            .parsed
            .iter()
            .filter_map(|entry| entry.names(principal, denying))
            .max();
    }
    // "NotPrincipal" with Allow is not supported (IAM user guide, "NotPrincipal"). Whoever has a
    // boundary is denied by NotPrincipal, listed or not (user guide, "Permissions boundaries").
    (denying && (bounded || !spares(&block.parsed, principal))).then_some(Named::Directly)
}

fn action(statement: &Statement, question: &Question<'_>) -> Option<Mismatch> {
    let Block { not, written, .. } = &statement.action;
    let covers = reads_widely(statement.effect, *not);
    let listed = written
        .iter()
        .any(|pattern| action_matches(pattern, question.action, covers));
    if listed != *not && !covers_nothing(&statement.action, statement.effect) {
        return None;
    }
    let element = if *not {
        Element::NotAction
    } else {
        Element::Action
    };
    let actual = vec![question.action.to_owned()];
    let hints = if *not {
        Vec::new()
    } else {
        hints::near_action(written, question.action)
    };
    Some(Mismatch {
        element,
        operator: None,
        key: None,
        expected: written.clone(),
        actual,
        missing: false,
        untold: None,
        hints,
    })
}

/// An empty `NotAction` or `NotResource` covers everything in a Deny and nothing in an Allow;
/// without `Not`, nothing in either.
pub(crate) fn covers_nothing<T>(block: &Block<T>, effect: Effect) -> bool {
    block.written.is_empty() && !(block.not && effect == Effect::Deny)
}

/// Where AWS is silent, an Allow is read narrowly and a Deny widely; what stands under a `Not` the
/// other way round.
pub(crate) fn reads_widely(effect: Effect, not: bool) -> bool {
    (effect == Effect::Deny) != not
}

/// Actions match whatever their case. `covers`: with a wildcard in the service prefix too, which is
/// not IAM's.
fn action_matches(pattern: &str, action: &str, covers: bool) -> bool {
    if pattern == "*" {
        return true;
    }
    // `GetObject` without its service is no action: IAM refuses it at write, and here it matches
    // none.
    let Some((service, _)) = pattern.split_once(':') else {
        return false;
    };
    (covers || !service.contains(['*', '?'])) && glob::matches(&glob::steps(pattern), action, true)
}

fn resource(
    statement: &Statement,
    question: &Question<'_>,
    rule: PrincipalRule,
) -> Result<Option<Mismatch>, String> {
    // A resource policy without Resource means the resource that it hangs on.
    let Some(block) = &statement.resource else {
        return Ok(None);
    };
    let wide = reads_widely(statement.effect, block.not);
    // An Allow matches by the one reading that AWS documents. A Deny matches by any that it may
    // have had in mind.
    let senses: &[Sense] = match (wide, rule.pads_short_arns()) {
        (true, _) => &Sense::WIDE,
        (false, true) => &[Sense::PADDED],
        (false, false) => &[Sense::NARROW],
    };
    let Question {
        principal,
        action,
        resource: asked,
        context,
        ..
    } = *question;
    let matches = |pattern: &ArnPattern| {
        if asked == "*" {
            let service = action
                .split_once(':')
                .map(|(service, _)| service.chars().map(glob::fold).collect::<String>())
                .filter(|_| wide);
            return service.is_some_and(|service| {
                pattern.covers_service(&service, principal.partition(), principal.account())
            });
        }
        let crosses =
            |sense: &Sense| wide && pattern.may_cross() && pattern.crosses(asked, context, *sense);
        let senses = senses
            .get(..1)
            .filter(|_| !pattern.is_variable())
            .unwrap_or(senses);
        senses
            .iter()
            .any(|sense| pattern.matches(asked, context, *sense) || crosses(sense))
    };
    let mut listed = false;
    for (written, pattern) in block.written.iter().zip(&block.parsed) {
        let pattern = pattern.as_ref().map_err(String::clone)?;
        // Actions without resource types are authorised against `*`: `*` covers them, and where it
        // denies, all of a service.
        listed |= written == "*" || matches(pattern);
    }
    if listed != block.not && !covers_nothing(block, statement.effect) {
        return Ok(None);
    }
    let element = if block.not {
        Element::NotResource
    } else {
        Element::Resource
    };
    let hints = if block.not {
        Vec::new()
    } else {
        hints::near_resource(&block.written, question.resource)
    };
    let (expected, actual) = (block.written.clone(), vec![question.resource.to_owned()]);
    let untold = untold_resource(block, question);
    Ok(Some(Mismatch {
        element,
        operator: None,
        key: None,
        expected,
        actual,
        missing: false,
        untold,
        hints,
    }))
}

/// Why it cannot be told whether the resource is listed, where that rests on a variable.
fn untold_resource(
    block: &Block<Result<ArnPattern, String>>,
    question: &Question<'_>,
) -> Option<String> {
    let patterns = || {
        block
            .parsed
            .iter()
            .flatten()
            .filter(|pattern| pattern.is_variable())
    };
    let matches =
        |pattern: &ArnPattern, sense| pattern.matches(question.resource, question.context, sense);
    if patterns().any(|pattern| matches(pattern, Sense::PADDED)) {
        return None;
    }
    patterns()
        .find(|pattern| matches(pattern, Sense::WIDE[0]))
        .and_then(|pattern| pattern.untold(question.context))
}

/// A condition that held, with what it compared.
pub(crate) fn met(condition: &Condition, question: &Question<'_>) -> MetCondition {
    let actual = values(condition, question);
    MetCondition {
        operator: condition.written.clone(),
        key: condition.key.clone(),
        expected: condition.values.clone(),
        missing: actual.is_empty(),
        actual,
    }
}

fn unmet(condition: &Condition, question: &Question<'_>, untold: Option<String>) -> Mismatch {
    let actual = values(condition, question);
    Mismatch {
        element: Element::Condition,
        operator: Some(condition.written.clone()),
        key: Some(condition.key.clone()),
        hints: if untold.is_some() {
            Vec::new()
        } else {
            hints::near_condition(condition, &actual, question.context)
        },
        expected: condition.values.clone(),
        missing: actual.is_empty() && untold.is_none(),
        actual,
        untold,
    }
}

/// What the request has under the condition's key.
fn values(condition: &Condition, question: &Question<'_>) -> Vec<String> {
    question
        .context
        .get(&condition.key)
        .map(|values| values.as_slice().to_vec())
        .unwrap_or_default()
}
