//! A question that the policies denied: which statement or layer did, every statement that was
//! looked at, and what to change.

use authority::record::{Asked, Evidence};
use policy::{
    Decision, Effect, Element, Layer, LayerOutcome, LayerTrace, Outcome, StatementRef,
    StatementTrace, Verdict,
};

use crate::finding::{Fact, Finding};
use crate::{names, statement};

/// Most hints about values that look alike; a longer list helps nobody.
const MOST_HINTS: usize = 4;

/// The codes of one cause, a story each.
pub(super) struct Codes {
    /// A statement denies.
    pub(super) explicit: &'static str,
    /// No statement allows.
    pub(super) implicit: &'static str,
    /// A statement cannot be evaluated.
    pub(super) error: &'static str,
    /// The record does not have the question (any more).
    pub(super) untold: &'static str,
}

/// Explains the question that was not allowed, of those that a request asked.
pub(super) fn of(evidence: &Evidence, codes: &Codes, general: &str) -> Finding {
    match evidence
        .asked
        .iter()
        .find(|asked| asked.decision.verdict != Verdict::Allowed)
    {
        Some(asked) => denied(asked, codes, general),
        None => Finding::denied(codes.untold, general),
    }
}

/// Explains one denied question.
pub(super) fn denied(asked: &Asked, codes: &Codes, general: &str) -> Finding {
    let Asked {
        action,
        resource,
        decision,
    } = asked;
    let mut finding = head(asked, codes, general);
    finding.evidence.push(Fact::Asked {
        action: action.clone(),
        resource: resource.clone(),
    });
    let denies = finding.code == codes.explicit;
    for trace in decision
        .trace
        .layers
        .iter()
        .filter(|trace| concerns(decision, trace))
    {
        let (facts, hints) = statement::of_layer(trace);
        finding.evidence.extend(facts);
        // What an Allow nearly had does not matter beside a Deny, which no Allow outweighs.
        finding.help.extend(hints.into_iter().filter(|_| !denies));
    }
    finding.help.dedup();
    // Before what follows, which is about the question as a whole and must not be cut off.
    finding.help.truncate(MOST_HINTS);
    finding.help.extend(
        EXTRA_ACTIONS
            .iter()
            .filter(|(extra, _)| extra == action)
            .map(|(_, help)| (*help).to_owned()),
    );
    if finding.code == codes.error {
        finding.help.push(NOT_EVALUATED.to_owned());
    } else if let (true, Some(found)) = (denies, &decision.statement) {
        finding.help.extend(against_deny(decision, found));
    }
    // Only where no hint knows better: beside "is it misspelt?" it would tell people to allow what
    // is misspelt.
    if finding.help.is_empty() && finding.code == codes.implicit {
        finding.help.extend(to_allow(asked));
    }
    finding
}

/// Which statement denied or could not be evaluated, or which layer lacks one that allows.
fn head(asked: &Asked, codes: &Codes, general: &str) -> Finding {
    let Asked {
        action,
        resource,
        decision,
    } = asked;
    // Before the verdict: what could not be evaluated is why it was denied, whatever else there is.
    if let Some(error) = &decision.error {
        let message = format!(
            "{} cannot be evaluated: {}",
            names::place(&error.statement),
            error.because
        );
        return Finding::denied(codes.error, message);
    }
    if let (Verdict::ExplicitlyDenied, Some(found)) = (decision.verdict, &decision.statement) {
        return Finding::denied(
            codes.explicit,
            format!("{} denies {action} on {resource}", names::place(found)),
        );
    }
    let layer = names::layer(decision.layer.unwrap_or(Layer::Identity));
    let message = format!("{general}: no statement of the {layer} allows {action} on {resource}");
    Finding::denied(codes.implicit, message)
}

/// The layer that decided, and those that deny or cannot be evaluated.
fn concerns(decision: &Decision, trace: &LayerTrace) -> bool {
    decision.layer == Some(trace.layer)
        || matches!(trace.outcome, LayerOutcome::Denies | LayerOutcome::Error)
}

/// What would allow it, where nothing that looks alike says so.
fn to_allow(asked: &Asked) -> Option<String> {
    let Asked {
        action,
        resource,
        decision,
    } = asked;
    match decision.layer? {
        Layer::Identity => Some(format!(
            "if this is intended to work, allow {action} on {resource} in a policy of the role"
        )),
        Layer::Trust => decision.trace.layers.iter().find_map(to_trust),
        // Others wrote these policies, and say what they should allow.
        Layer::Scp | Layer::Rcp | Layer::Resource | Layer::Boundary | Layer::Session => None,
    }
}

/// What would make the trust policy allow the caller: the first element that kept an Allow from
/// applying, with what the request has.
fn to_trust(trust: &LayerTrace) -> Option<String> {
    let statements = trust
        .documents
        .iter()
        .flat_map(|document| &document.statements);
    statements.filter(|statement| statement.effect == Effect::Allow).find_map(|statement| {
        let Outcome::Failed(mismatch) = &statement.outcome else { return None };
        // What cannot be determined is not mended by another value.
        if mismatch.untold.is_some() {
            return None;
        }
        let place = names::place(&statement.statement);
        match mismatch.element {
            Element::Condition => {
                let key = mismatch.key.as_deref()?;
                match mismatch.actual.as_slice() {
                    [] => Some(format!("the request has no key `{key}`: {place} must test a key that the caller's requests have")),
                    [actual] => Some(format!(
                        "if this caller should be allowed, {place} must accept `{actual}` for `{key}`; if not, give the \
                         caller a role of its own"
                    )),
                    // Which of several values is meant is not ours to guess.
                    [_, _, ..] => None,
                }
            }
            Element::Principal => {
                let actual = mismatch.actual.last()?;
                Some(format!("if this caller should be allowed, {place} must name `{actual}` as its Principal"))
            }
            Element::NotPrincipal | Element::Action | Element::NotAction | Element::Resource | Element::NotResource => None,
        }
    })
}

/// Actions that an exchange needs besides its own, which surprises most who meet it.
const EXTRA_ACTIONS: [(&str, &str); 2] = [
    (
        "sts:TagSession",
        "session tags, passed or inherited, need sts:TagSession besides the action itself, in the trust policy as well",
    ),
    (
        "sts:SetSourceIdentity",
        "a source identity, passed or inherited, needs sts:SetSourceIdentity besides the action itself, in the trust \
         policy as well",
    ),
];

/// What leads on where a statement could not be evaluated.
const NOT_EVALUATED: &str = "what cannot be evaluated is denied; docs/differs-from-aws.md lists under \"Condition keys\" \
    the keys that are not known here, and under \"Evaluation\" the values that cannot be read";

/// Keys that no request can have otherwise here, which surprises whoever brings a Deny on one of
/// them from AWS.
const FIXED: [(&str, &str); 4] = [
    (
        "aws:SecureTransport",
        "`podpass up` speaks plain http on loopback, so `aws:SecureTransport` is false in every request and this Deny \
         denies everything that it covers; leave it out where there is no TLS",
    ),
    (
        "aws:MultiFactorAuthPresent",
        "`aws:MultiFactorAuthPresent` is false in every session of a role, since podpass has no second factor; leave this \
         Deny out of policies that apply to roles",
    ),
    ("s3:if-none-match", UNCONDITIONAL),
    ("s3:if-match", UNCONDITIONAL),
];
const UNCONDITIONAL: &str = "conditional writes are not supported: a write with `If-Match` or `If-None-Match` is \
    NotImplemented, and this Deny denies one without; leave it out here";

/// What can be done about a Deny.
fn against_deny(decision: &Decision, found: &StatementRef) -> Vec<String> {
    let statements = decision
        .trace
        .layers
        .iter()
        .flat_map(|layer| &layer.documents);
    let statements = statements.flat_map(|document| &document.statements);
    let denying: Vec<&StatementTrace> = statements.filter(|it| it.statement == *found).collect();
    let mut keys: Vec<&str> = denying
        .iter()
        .flat_map(|it| &it.met)
        .map(|condition| condition.key.as_str())
        .collect();
    keys.dedup();
    // Names of condition keys have no case.
    let is_tested = |key: &str| keys.iter().any(|it| it.eq_ignore_ascii_case(key));
    let mut fixed: Vec<String> = FIXED
        .iter()
        .filter(|(key, _)| is_tested(key))
        .map(|(_, text)| (*text).to_owned())
        .collect();
    fixed.dedup();
    if !fixed.is_empty() {
        return fixed;
    }
    let place = names::place(found);
    let change = format!("no Allow outweighs a Deny: if this is intended to work, change {place}");
    if keys.is_empty() {
        return vec![change];
    }
    let keys = keys
        .iter()
        .map(|key| format!("`{key}`"))
        .collect::<Vec<_>>()
        .join(" and ");
    vec![format!(
        "{change}, or send a request that does not match its conditions on {keys}"
    )]
}
