//! Does a statement apply? Principal, action, resource, conditions, in this order; the first that fails is told.

use crate::condition::{Condition, Held};
use crate::decision::{Effect, Element, Mismatch};
use crate::document::{Block, Statement};
use crate::glob;
use crate::hints;
use crate::layers::Question;
use crate::pattern::Untold;
use crate::principal::{Entry, Named, Principal};

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

pub(crate) fn applies(statement: &Statement, question: &Question<'_>, rule: PrincipalRule) -> Applied {
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
    match resource(statement, question) {
        Ok(None) => {}
        Ok(Some(mismatch)) => return Applied::No(mismatch),
        Err(because) => return Applied::Error(because),
    }
    // One condition that fails decides, whatever another one would have said; so their order never matters.
    let mut error = None;
    for condition in &statement.conditions {
        match condition.holds(question.context) {
            Held::Yes => {}
            Held::Error(because) => error = error.or(Some(because)),
            // A Deny over a key that turned out to have several values must not fall away.
            Held::Multivalued if statement.effect == Effect::Deny => {
                let because = || format!("`{}` has several values, which `{}` cannot compare", condition.key, condition.written);
                error = error.or_else(|| Some(because()));
            }
            Held::Untold(because) if statement.effect == Effect::Deny => error = error.or(Some(because)),
            Held::Untold(because) => return Applied::No(unmet(condition, question, Some(because))),
            Held::No | Held::Multivalued => return Applied::No(unmet(condition, question, None)),
        }
    }
    error.map_or(Applied::Yes(named), Applied::Error)
}

fn principal(statement: &Statement, question: &Question<'_>, rule: PrincipalRule) -> Result<Named, Mismatch> {
    let block = statement.principal.as_ref();
    named(block, statement.effect, question.principal, rule).ok_or_else(|| {
        let expected = block.map(|block| block.written.clone()).unwrap_or_default();
        let actual = question.principal.names();
        let element = if block.is_some_and(|block| block.not) { Element::NotPrincipal } else { Element::Principal };
        let hints = hints::near(&expected, &actual);
        Mismatch { element, operator: None, key: None, hints, expected, actual, missing: false, untold: None }
    })
}

/// Whether a statement means the principal, and how.
#[inline]
pub(crate) fn named(block: Option<&Block<Entry>>, effect: Effect, principal: &Principal, rule: PrincipalRule) -> Option<Named> {
    let denying = effect == Effect::Deny;
    let (bounded, block) = match (rule, block) {
        (PrincipalRule::None | PrincipalRule::Everyone, _) => return Some(Named::Directly),
        (PrincipalRule::Needed { .. }, None) => return None,
        (PrincipalRule::Needed { bounded }, Some(block)) => (bounded, block),
    };
    let listed = |denying| block.parsed.iter().filter_map(|entry| entry.names(principal, denying)).max();
    if !block.not {
        return listed(denying);
    }
    // Whoever has a boundary is denied by NotPrincipal, listed or not (user guide, "Permissions boundaries").
    // For the exception every way of being listed counts, so that a Deny spares and an Allow skips whoever is named.
    ((denying && bounded) || listed(true).is_none()).then_some(Named::Directly)
}

fn action(statement: &Statement, question: &Question<'_>) -> Option<Mismatch> {
    let Block { not, written, .. } = &statement.action;
    let covers = reads_widely(statement.effect, *not);
    let listed = written.iter().any(|pattern| action_matches(pattern, question.action, covers));
    // An empty NotAction applies to nothing, not to everything.
    if listed != *not && !written.is_empty() {
        return None;
    }
    let element = if *not { Element::NotAction } else { Element::Action };
    let actual = vec![question.action.to_owned()];
    let hints = if *not { Vec::new() } else { hints::near_action(written, question.action) };
    Some(Mismatch { element, operator: None, key: None, expected: written.clone(), actual, missing: false, untold: None, hints })
}

/// Where AWS is silent, an Allow is read narrowly and a Deny widely; what stands under a `Not` the other way round.
pub(crate) fn reads_widely(effect: Effect, not: bool) -> bool {
    (effect == Effect::Deny) != not
}

/// Actions match whatever their case. `covers`: with a wildcard in the service prefix too, which is not IAM's.
fn action_matches(pattern: &str, action: &str, covers: bool) -> bool {
    if pattern == "*" {
        return true;
    }
    let Some((service, _)) = pattern.split_once(':') else { return false };
    (covers || !service.contains(['*', '?'])) && glob::matches(&glob::steps(pattern), action, true)
}

fn resource(statement: &Statement, question: &Question<'_>) -> Result<Option<Mismatch>, String> {
    // A resource policy without Resource means the resource that it hangs on.
    let Some(block) = &statement.resource else { return Ok(None) };
    let untold = if reads_widely(statement.effect, block.not) { Untold::Anything } else { Untold::Nothing };
    let (mut listed, mut because) = (false, None);
    for (written, pattern) in block.written.iter().zip(&block.parsed) {
        let pattern = pattern.as_ref().map_err(String::clone)?;
        // Actions without resource types are authorised against `*`, which only `*` covers.
        listed |= written == "*" || (question.resource != "*" && pattern.matches(question.resource, question.context, untold));
        because = because.or_else(|| pattern.untold(question.context));
    }
    if listed != block.not && !block.written.is_empty() {
        return Ok(None);
    }
    let element = if block.not { Element::NotResource } else { Element::Resource };
    let hints = if block.not { Vec::new() } else { hints::near_resource(&block.written, question.resource) };
    let (expected, actual) = (block.written.clone(), vec![question.resource.to_owned()]);
    Ok(Some(Mismatch { element, operator: None, key: None, expected, actual, missing: false, untold: because, hints }))
}

fn unmet(condition: &Condition, question: &Question<'_>, untold: Option<String>) -> Mismatch {
    let actual = question.context.get(&condition.key).map(|values| values.as_slice().to_vec()).unwrap_or_default();
    Mismatch {
        element: Element::Condition,
        operator: Some(condition.written.clone()),
        key: Some(condition.key.clone()),
        hints: if untold.is_some() { Vec::new() } else { hints::near_condition(condition, &actual, question.context) },
        expected: condition.values.clone(),
        missing: actual.is_empty() && untold.is_none(),
        actual,
        untold,
    }
}
