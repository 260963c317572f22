//! A simulation's answers on the wire.

use ::policy::Verdict;
use wire::xml::Writer;

use super::super::answer;
use super::case::{Case, Result};
use super::source::Source;

/// The simulator calls every kind of policy so, whatever its model lists.
const POLICY_TYPE: &str = "IAM Policy";

/// One action: the answer for its resource, or for several the answer over all, and each on its
/// own.
pub(super) fn action(xml: &mut Writer, case: &Case<'_>, action: &str, results: &[Result<'_>]) {
    xml.text("EvalActionName", action);
    let alone = match results {
        [one] => Some(one),
        _ => None,
    };
    xml.text("EvalResourceName", alone.map_or("*", |one| one.resource))
        .text("EvalDecision", word(together(results)));
    match alone {
        Some(one) => matched(xml, one),
        None => answer::none(xml, "MatchedStatements"),
    }
    missing(xml, results.iter().flat_map(|it| &it.missing));
    if let Some(allows) = results
        .iter()
        .map(|it| it.boundary_allows)
        .reduce(|one, other| Some(one? && other?))
        .flatten()
    {
        bounded(xml, allows);
    }
    if case.resources == ["*"] {
        return;
    }
    xml.list("ResourceSpecificResults", results, |member, it| {
        member
            .text("EvalResourceName", it.resource)
            .text("EvalResourceDecision", word(it.verdict));
        matched(member, it);
        missing(member, &it.missing);
        if let Some(allows) = it.boundary_allows {
            bounded(member, allows);
        }
    });
}

/// Allowed only where all are.
fn together(results: &[Result<'_>]) -> Verdict {
    let any = |verdict| results.iter().any(|it| it.verdict == verdict);
    // The strictest of all, as for a call that needs every one of them.
    if any(Verdict::ExplicitlyDenied) {
        Verdict::ExplicitlyDenied
    } else if any(Verdict::ImplicitlyDenied) || results.is_empty() {
        Verdict::ImplicitlyDenied
    } else {
        Verdict::Allowed
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "allowed",
        Verdict::ExplicitlyDenied => "explicitDeny",
        Verdict::ImplicitlyDenied => "implicitDeny",
    }
}

fn matched(xml: &mut Writer, result: &Result<'_>) {
    xml.list(
        "MatchedStatements",
        &result.matched,
        |member, (source, index): &(&Source, usize)| {
            member
                .text("SourcePolicyId", &source.id)
                .text("SourcePolicyType", POLICY_TYPE);
            if let Some(part) = source.parts.get(*index) {
                for (name, at) in [("StartPosition", part.start), ("EndPosition", part.end)] {
                    member.element(name, |xml| {
                        xml.text("Line", &at.line.to_string())
                            .text("Column", &at.column.to_string());
                    });
                }
            }
        },
    );
}

fn missing<'a>(xml: &mut Writer, keys: impl IntoIterator<Item = &'a String>) {
    let keys: std::collections::BTreeSet<&String> = keys.into_iter().collect();
    xml.list("MissingContextValues", keys, |member, key| {
        member.raw_text(key);
    });
}

fn bounded(xml: &mut Writer, allows: bool) {
    xml.element("PermissionsBoundaryDecisionDetail", |xml| {
        answer::flag(xml, "AllowedByPermissionsBoundary", allows)
    });
}
