//! Statements as evidence: which statement, which element, what it has and what the request has;
//! and what was probably meant.

use policy::{Element, Hint, Layer, LayerTrace, MetCondition, Mismatch, Outcome, StatementTrace};

use crate::finding::{Comparison, Fact, StatementFact, StatementOutcome};

/// Every statement of a layer with how it ended, and the hints that they give.
pub(crate) fn of_layer(trace: &LayerTrace) -> (Vec<Fact>, Vec<String>) {
    let (mut facts, mut help) = (Vec::new(), Vec::new());
    if trace.documents.is_empty() {
        facts.push(Fact::NoPolicy { layer: trace.layer });
    }
    for document in &trace.documents {
        if document.statements.is_empty() {
            facts.push(Fact::NoStatement {
                layer: trace.layer,
                document: document.name.clone(),
            });
        }
        for statement in &document.statements {
            facts.push(Fact::Statement(fact(trace.layer, statement)));
            if let Outcome::Failed(mismatch) = &statement.outcome {
                help.extend(mismatch.hints.iter().map(|it| hint(it, mismatch)));
            }
        }
    }
    // The statements of one document often fail for one reason.
    help.dedup();
    (facts, help)
}

fn fact(layer: Layer, trace: &StatementTrace) -> StatementFact {
    let (outcome, because, compared) = match &trace.outcome {
        Outcome::Applies => (
            StatementOutcome::Applies,
            None,
            trace.met.iter().map(met).collect(),
        ),
        Outcome::Failed(mismatch) => (StatementOutcome::DoesNotApply, None, vec![unmet(mismatch)]),
        Outcome::Error(because) => (
            StatementOutcome::CannotBeEvaluated,
            Some(because.clone()),
            Vec::new(),
        ),
    };
    StatementFact {
        layer,
        statement: trace.statement.clone(),
        effect: trace.effect,
        outcome,
        because,
        compared,
    }
}

fn met(condition: &MetCondition) -> Comparison {
    Comparison {
        element: Element::Condition,
        operator: Some(condition.operator.clone()),
        key: Some(condition.key.clone()),
        expected: condition.expected.clone(),
        actual: condition.actual.clone(),
        missing: condition.missing,
        because: None,
    }
}

fn unmet(mismatch: &Mismatch) -> Comparison {
    Comparison {
        element: mismatch.element,
        operator: mismatch.operator.clone(),
        key: mismatch.key.clone(),
        expected: mismatch.expected.clone(),
        actual: mismatch.actual.clone(),
        missing: mismatch.missing,
        because: mismatch.untold.clone(),
    }
}

fn hint(hint: &Hint, mismatch: &Mismatch) -> String {
    let key = mismatch.key.as_deref().unwrap_or("the value");
    match hint {
        Hint::Case { expected } => {
            format!(
                "`{expected}` differs from the request's value in upper and lower case only; values are compared exactly"
            )
        }
        Hint::TrailingSlash { expected } => {
            format!("`{expected}` differs from the request's value in a trailing slash only")
        }
        // Under StringEquals `*` is only a character, which neither IAM nor STS tells anybody.
        Hint::WildcardIsLiteral { expected, operator } => {
            format!(
                "`{expected}` has a wildcard, which `{}` takes literally; use `{operator}`",
                mismatch.operator.as_deref().unwrap_or("StringEquals")
            )
        }
        Hint::OtherIssuer { present } => {
            format!("the request has `{present}`; `{key}` names another issuer")
        }
        // The user guide says so of Google ("AWS STS federation condition keys"): with `azp` in the
        // token, `:aud` is that, and the token's own audience is `:oaud`.
        Hint::OtherAudience { present } if present.to_ascii_lowercase().ends_with(":oaud") => {
            format!(
                "`{present}` has it: the token names its client in `azp`, so `{key}` is that client"
            )
        }
        Hint::OtherAudience { present } => {
            format!("`{present}` has it, and `{key}` is the token's own audience")
        }
        Hint::MisspeltKey { present } => {
            format!("the request has `{present}`; is `{key}` misspelt?")
        }
        Hint::Typo { expected } => {
            format!("`{expected}` is nearly what the request has; is it misspelt?")
        }
        Hint::BucketNotObjects { expected } => {
            format!("`{expected}` is the bucket; its objects are `{expected}/*`")
        }
        Hint::ObjectsNotBucket { expected } => {
            let bucket = expected
                .split_once('/')
                .map_or(expected.as_str(), |(bucket, _)| bucket);
            format!("`{expected}` is the objects; the bucket itself is `{bucket}`")
        }
        Hint::Multivalued => {
            format!("`{key}` is a list, even with one value; use `ForAnyValue:` or `ForAllValues:`")
        }
    }
}
