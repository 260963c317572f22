//! A shortened record keeps what decided, and stays within its bound.

use policy::{
    Decision, DocumentTrace, Effect, Element, Layer, LayerOutcome, LayerTrace, MetCondition,
    Mismatch, Outcome, StatementRef, StatementTrace, Trace,
};

use super::bound::*;
use super::*;
use crate::denial::Denial;
use crate::record::{Cause, Link};

fn statement(
    document: &str,
    index: usize,
    element: Element,
    outcome: Option<Outcome>,
) -> StatementTrace {
    let mismatch = Mismatch {
        element,
        operator: None,
        key: None,
        expected: (0..40)
            .map(|number| format!("{}{number}", "s3:GetObject".repeat(3)))
            .collect(),
        actual: vec!["s3:PutObject".repeat(100)],
        missing: false,
        untold: None,
        hints: Vec::new(),
    };
    let statement = StatementRef {
        document: document.to_owned(),
        index,
        sid: None,
        line: 1,
        column: 1,
    };
    StatementTrace {
        statement,
        effect: Effect::Allow,
        outcome: outcome.unwrap_or(Outcome::Failed(mismatch)),
        met: Vec::new(),
    }
}

fn evidence(policies: usize, statements: usize, questions: usize, deny: bool) -> Evidence {
    let documents = |_| {
        let one = |place: usize| {
            let name = format!("arn:aws:iam::000000000000:policy/p{place}");
            let mut all: Vec<_> = (0..statements)
                .map(|index| statement(&name, index, Element::Action, None))
                .collect();
            if place + 1 == policies {
                all.push(statement(&name, statements, Element::Condition, None));
                if deny {
                    all.push(statement(
                        &name,
                        statements + 1,
                        Element::Action,
                        Some(Outcome::Applies),
                    ));
                }
            }
            DocumentTrace {
                name,
                statements: all,
            }
        };
        (0..policies).map(one).collect()
    };
    let asked = |number: usize| {
        let documents: Vec<DocumentTrace> = documents(number);
        let decider = documents
            .last()
            .and_then(|it| it.statements.last())
            .map(|it| it.statement.clone());
        let last = number + 1 == questions;
        let decision = Decision {
            verdict: match (last, deny) {
                (false, _) => Verdict::Allowed,
                (true, true) => Verdict::ExplicitlyDenied,
                (true, false) => Verdict::ImplicitlyDenied,
            },
            layer: Some(Layer::Session),
            statement: decider.filter(|_| deny),
            error: None,
            trace: Trace {
                layers: vec![LayerTrace {
                    layer: Layer::Session,
                    level: None,
                    outcome: LayerOutcome::Silent,
                    documents,
                }],
            },
        };
        Asked {
            action: "s3:GetObject".to_owned(),
            resource: format!("arn:aws:s3:::b/{number}/{}", "k".repeat(1_000)),
            decision,
        }
    };
    let denial = Denial::new(
        Link::Permissions,
        Cause::Permissions,
        wire::Fault::new("AccessDenied", 403, ""),
    );
    denial
        .having_asked((0..questions).map(asked).collect())
        .evidence
        .as_ref()
        .clone()
}

fn told(evidence: &Evidence) -> (usize, usize, usize) {
    let documents = || {
        evidence
            .asked
            .iter()
            .flat_map(|asked| &asked.decision.trace.layers)
            .flat_map(|layer| &layer.documents)
    };
    (
        evidence.asked.len(),
        documents().count(),
        documents().map(|it| it.statements.len()).sum(),
    )
}

#[test]
fn what_is_short_stays_as_it_is() {
    let mut short = evidence(1, 1, 1, false);
    let before = short.clone();
    assert!(shorten(&mut short).is_nothing());
    assert_eq!(short, before);
}

#[test]
fn nothing_is_lost_uncounted_and_what_decided_stays() {
    for (policies, statements, questions, deny) in [
        (10, 40, 1, false),
        (10, 40, 1, true),
        (1, 200, 1, true),
        (300, 1, 1, true),
        (3, 3, 1_000, true),
        (10, 100, 100, false),
    ] {
        let mut long = evidence(policies, statements, questions, deny);
        let (before, all) = (size(&long), told(&long));
        let left_out = shorten(&mut long);
        let after = size(&long) + size(&left_out);
        let row = format!(
            "{policies} policies, {statements} statements, {questions} questions: {before} -> {after}"
        );
        assert!(before > 20_000 && after <= MOST_BYTES, "{row}");
        let rest = told(&long);
        assert_eq!(left_out.questions, all.0 - rest.0, "{row}");
        assert!(
            left_out.questions > 0 || left_out.statements == all.2 - rest.2,
            "{row}"
        );
        assert!(
            left_out.questions > 0 || left_out.policies == all.1 - rest.1,
            "{row}"
        );
        // Of several questions the same policy is left out several times, and named once.
        let named = if questions == 1 {
            left_out.policies
        } else {
            left_out.policies.min(policies)
        };
        assert!(
            left_out.named.len() <= MOST_NAMES && left_out.named.is_empty() == (named == 0),
            "{row}"
        );
        assert!(
            questions > 1 || left_out.named.len() == named.min(MOST_NAMES),
            "{row}"
        );
        let denied = long.asked.last().unwrap();
        assert!(
            denied.decision.verdict != Verdict::Allowed,
            "{row}: what was denied is told"
        );
        let statements: Vec<_> = denied
            .decision
            .trace
            .layers
            .iter()
            .flat_map(|it| &it.documents)
            .flat_map(|it| &it.statements)
            .collect();
        let near = |it: &&&StatementTrace| matches!(&it.outcome, Outcome::Failed(it) if it.element == Element::Condition);
        assert_eq!(
            statements.iter().filter(near).count(),
            1,
            "{row}: the nearest miss stays"
        );
        assert_eq!(
            statements
                .iter()
                .filter(|it| it.outcome == Outcome::Applies)
                .count(),
            usize::from(deny),
            "{row}"
        );
    }
}

#[test]
fn what_met_a_deny_is_shortened_and_no_condition_hides_the_others() {
    let mut long = evidence(10, 40, 1, true);
    let mut statements: Vec<&mut StatementTrace> = long
        .asked
        .iter_mut()
        .flat_map(|asked| &mut asked.decision.trace.layers)
        .flat_map(|layer| &mut layer.documents)
        .flat_map(|document| &mut document.statements)
        .filter(|statement| statement.outcome == Outcome::Applies)
        .collect();
    let [decider] = statements.as_mut_slice() else {
        panic!("{statements:?}")
    };
    let condition = |number| MetCondition {
        operator: "StringNotEquals".to_owned(),
        key: format!("aws:PrincipalTag/{number}"),
        expected: vec!["\u{1}".repeat(500); 50],
        actual: vec!["short".to_owned(); 50],
        missing: false,
    };
    decider.met = (0..30).map(condition).collect();
    let left_out = shorten(&mut long);
    assert!(
        size(&long) + size(&left_out) <= MOST_BYTES,
        "{}",
        size(&long)
    );
    let kept: Vec<_> = long
        .asked
        .iter()
        .flat_map(|asked| &asked.decision.trace.layers)
        .collect();
    let mut kept = kept
        .iter()
        .flat_map(|layer| &layer.documents)
        .flat_map(|document| &document.statements);
    let met = &kept
        .find(|statement| statement.outcome == Outcome::Applies)
        .unwrap()
        .met;
    assert_eq!(met.len(), MOST_VALUES);
    for condition in met {
        // A value of control characters is six times as long in JSON, and does not fit; the
        // others do.
        assert_eq!(
            (condition.expected.len(), condition.actual.len()),
            (0, MOST_VALUES),
            "{}",
            condition.key
        );
    }
    // 22 conditions, 42 values of each list of the 8 others, and the ends, or the whole, of the
    // 8 long ones of each.
    assert!(left_out.values >= 22 + 8 * (42 + 42 + 8), "{left_out:?}");
}

#[test]
fn texts_of_strangers_are_cut_first() {
    let mut long = evidence(1, 1, 1, false);
    long.cause = Some(Cause::NoProvider {
        issuer: "é".repeat(20_000),
        registered: vec!["x".repeat(5_000); 30],
    });
    let left_out = shorten(&mut long);
    assert!(
        size(&long) < MOST_BYTES && left_out.values > 22 && left_out.statements == 0,
        "{left_out:?}"
    );
}
