//! The policy simulator: the same evaluation that the gate asks, over policies and keys that the
//! call brings. The call sets every condition key itself; nothing is derived from the principal
//! (IAM user guide, "IAM policy testing with the IAM policy simulator").

mod case;
mod parts;
mod source;
mod write;

use std::collections::BTreeMap;

use ::policy::{Arn, Kind};
use wire::Fault;

use super::answer::{self, Answer};
use super::operation::{Context, Result, invalid_input, reads};
use super::role;
use crate::arn_text;
use crate::form::Form;
use crate::world::LoadedRole;
use case::Case;
use source::Sources;

/// Evaluations in one call. AWS names no limit; each of ours costs a walk through every statement.
const MOST_EVALUATIONS: usize = 1_000;
/// Statements walked through in one call, at some microseconds each: half a second at the most.
const MOST_STATEMENTS: usize = 100_000;
/// Characters of policies walked through in one call. Each evaluation may tell as many of missing
/// keys.
const MOST_CHARS: usize = 8 * 1024 * 1024;
/// Those characters times the longest resource's, at about a nanosecond each: a second.
const MOST_EFFORT: usize = 1_000_000_000;

pub(super) fn custom_keys(_: &Context<'_>, input: &Form<'_>) -> Result {
    let mut sources = Sources::default();
    sources.take_list(input, "PolicyInputList", Kind::Identity)?;
    keys(&sources, "GetContextKeysForCustomPolicy")
}

pub(super) fn principal_keys(at: &Context<'_>, input: &Form<'_>) -> Result {
    let mut sources = Sources::default();
    sources.take_role(at, named_role(at, input)?)?;
    sources.take_list(input, "PolicyInputList", Kind::Identity)?;
    keys(&sources, "GetContextKeysForPrincipalPolicy")
}

pub(super) fn custom(at: &Context<'_>, input: &Form<'_>) -> Result {
    let mut sources = Sources::default();
    sources.take_list(input, "PolicyInputList", Kind::Identity)?;
    sources.take_boundary(input)?;
    simulate(at, input, sources, None, "SimulateCustomPolicy")
}

pub(super) fn principal(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = named_role(at, input)?;
    let mut sources = Sources::default();
    sources.take_role(at, found)?;
    sources.take_list(input, "PolicyInputList", Kind::Identity)?;
    // A boundary in the call replaces the role's own.
    sources.take_boundary(input)?;
    if !sources.has_boundary() {
        sources.take_role_boundary(at, found)?;
    }
    simulate(
        at,
        input,
        sources,
        Some(&found.role.arn),
        "SimulatePrincipalPolicy",
    )
}

fn simulate(
    at: &Context<'_>,
    input: &Form<'_>,
    sources: Sources,
    role: Option<&Arn>,
    operation: &'static str,
) -> Result {
    let case = Case::read(at, input, sources, role)?;
    let page = input.page()?;
    let evaluations = case.evaluations();
    let too_many = evaluations > MOST_EVALUATIONS
        || evaluations.saturating_mul(case.statements()) > MOST_STATEMENTS;
    let (chars, text) = (
        evaluations.saturating_mul(case.chars()),
        case.longest_text(),
    );
    // A variable is written in a few characters and compared in as many as its value has.
    let filled = chars.saturating_add(
        evaluations
            .saturating_mul(case.variables())
            .saturating_mul(text),
    );
    if too_many || chars > MOST_CHARS || filled.saturating_mul(text) > MOST_EFFORT {
        return Err(invalid_input(format!(
            "A simulation has at most {MOST_EVALUATIONS} combinations of actions and resources, and {MOST_STATEMENTS} statements and {MOST_CHARS} characters of policies over all; long resources and values of keys make these fewer."
        )));
    }
    let actions = case
        .actions()
        .enumerate()
        .map(|(place, action)| (format!("{place:04}"), action));
    let (shown, marker) = page.of(actions, |(place, _)| place.clone());
    // Only the page's: an action that is not shown is not evaluated, and the bound above holds for
    // all.
    let results: Vec<_> = shown
        .into_iter()
        .map(|(_, action)| (action, case.evaluate(action)))
        .collect();
    reads(Answer::with(operation, |xml| {
        xml.list("EvaluationResults", results, |member, (action, results)| {
            write::action(member, &case, action, &results)
        });
        answer::page_end(xml, marker.as_deref());
    }))
}

fn keys(sources: &Sources, operation: &'static str) -> Result {
    // A key has no case; it is shown as it is written first.
    let mut names = BTreeMap::new();
    for key in sources
        .iter()
        .flat_map(|source| source.parts.iter())
        .flat_map(|part| part.all_keys())
    {
        names.entry(key.to_lowercase()).or_insert(key);
    }
    reads(Answer::with(operation, |xml| {
        xml.list("ContextKeyNames", names.into_values(), |member, name| {
            member.raw_text(name);
        });
    }))
}

/// The role that `PolicySourceArn` names. There are no users or groups here.
fn named_role<'a>(
    at: &Context<'a>,
    input: &Form<'_>,
) -> std::result::Result<&'a LoadedRole, Fault> {
    let text = input.required("PolicySourceArn")?;
    let unclear = || {
        let strange = arn_text::in_brackets(text);
        invalid_input(format!(
            "Invalid Entity Arn: {text} does not clearly define entity type and name.{strange}"
        ))
    };
    let arn = Arn::parse(text)
        .ok()
        .filter(|arn| arn.service() == "iam")
        .ok_or_else(unclear)?;
    let (kind, path) = arn.resource().split_once('/').ok_or_else(unclear)?;
    let name = path.rsplit('/').next().unwrap_or(path);
    match kind {
        "role" => {
            let found = at
                .world
                .role_by_arn(&arn)
                .filter(|it| it.role.account == *at.account);
            found.ok_or_else(|| role::missing(name))
        }
        "user" | "group" => Err(super::operation::no_such_entity(format!(
            "The {kind} with name {name} cannot be found."
        ))),
        _ => Err(unclear()),
    }
}
