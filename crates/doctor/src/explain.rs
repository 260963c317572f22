//! A kept decision as a finding: what its cause means, who asked, and what the record is without.

use authority::record::{Asked, Evidence, Outcome, Record};
use policy::Verdict;

use crate::check;
use crate::finding::{Fact, Finding};

/// Explains a decision.
pub fn explain(record: &Record) -> Finding {
    let evidence = &record.evidence;
    let mut finding = match (evidence.outcome, &evidence.cause) {
        (Outcome::Denied, Some(cause)) => check::explain(cause, evidence),
        // None is written like this; one that is read from elsewhere still has its facts.
        (Outcome::Denied, None) => Finding::denied("denied", "the record has no cause"),
        (Outcome::Allowed, Some(_) | None) => {
            let mut finding = Finding::allowed(evidence.operation.as_str());
            finding.evidence.extend(evidence.asked.iter().map(answered));
            let denied = evidence
                .asked
                .iter()
                .filter(|asked| asked.decision.verdict != Verdict::Allowed)
                .count();
            // Objects of a DeleteObjects stand alone, each with an answer of its own.
            if denied > 0 {
                finding = finding.help(format!(
                    "{denied} of {} questions were denied, and what they are about was not done",
                    evidence.asked.len()
                ));
            }
            finding
        }
    };
    // As the record has it: which link broke was settled by what refused, and is not worked out
    // again.
    finding.link = Some(evidence.link);
    // First of all who asked: most often it is not the identity that was meant, but a node's role
    // or a key of one's own.
    finding.evidence.splice(0..0, who(evidence));
    // Told with everything else, so that a shortened record is not taken for all there was.
    if !record.left_out.is_nothing() {
        finding
            .evidence
            .push(Fact::LeftOut(record.left_out.clone()));
    }
    finding
}

/// Explains the answer to one question that was put to the policies by itself.
pub fn explain_question(asked: &Asked) -> Finding {
    if asked.decision.verdict == Verdict::Allowed {
        let mut finding = Finding::allowed(asked.action.as_str());
        finding.evidence.push(allowed(asked));
        return finding;
    }
    check::question_by_itself(asked)
}

/// Who asked for what.
fn who(evidence: &Evidence) -> Vec<Fact> {
    let who = &evidence.who;
    let facts = [
        (
            "operation",
            Some(&evidence.operation).filter(|operation| !operation.is_empty()),
        ),
        ("caller", who.arn.as_ref()),
        ("role", who.role.as_ref()),
        ("assumed by", who.assumed_by.as_ref()),
        ("subject", who.subject.as_ref()),
        ("issuer", who.issuer.as_ref()),
    ];
    let named = |(name, value): (_, Option<&String>)| {
        Some(Fact::Named {
            name,
            values: vec![value?.clone()],
        })
    };
    facts.into_iter().filter_map(named).collect()
}

/// A question of a call that was allowed, if only in part.
fn answered(asked: &Asked) -> Fact {
    if asked.decision.verdict == Verdict::Allowed {
        return allowed(asked);
    }
    Fact::Asked {
        action: asked.action.clone(),
        resource: asked.resource.clone(),
    }
}

fn allowed(asked: &Asked) -> Fact {
    let Asked {
        action,
        resource,
        decision,
    } = asked;
    // A question that was not allowed may have a statement too: the one that denies.
    let statement = decision
        .statement
        .clone()
        .filter(|_| decision.verdict == Verdict::Allowed);
    Fact::Allowed {
        action: action.clone(),
        resource: resource.clone(),
        statement,
    }
}
