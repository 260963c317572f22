//! Statements and mismatches in words: which statement, which element, what it has and what came.

use policy::{Effect, Element, Hint, LayerTrace, Mismatch, Outcome, StatementRef, StatementTrace};

/// `policy "reporting", statement "ReadReports" (line 4)`.
pub(crate) fn place(reference: &StatementRef) -> String {
    let statement = match &reference.sid {
        Some(sid) => format!("statement \"{sid}\""),
        None => format!("statement {}", reference.index + 1),
    };
    format!("\"{}\", {statement} (line {})", reference.document, reference.line)
}

/// Every statement of a layer and why it did not apply, with the hints that they give.
pub(crate) fn layer(trace: &LayerTrace) -> (Vec<String>, Vec<String>) {
    let (mut lines, mut help) = (Vec::new(), Vec::new());
    for document in &trace.documents {
        if document.statements.is_empty() {
            lines.push(format!("looked at  \"{}\": it has no statement", document.name));
        }
        for statement in &document.statements {
            let (said, hints) = statement_lines(statement);
            lines.extend(said);
            help.extend(hints);
        }
    }
    help.dedup();
    (lines, help)
}

fn statement_lines(trace: &StatementTrace) -> (Vec<String>, Vec<String>) {
    let effect = match trace.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    let head = format!("looked at  {} {effect}", place(&trace.statement));
    match &trace.outcome {
        Outcome::Applies => (vec![format!("{head}: applies")], Vec::new()),
        Outcome::Error(because) => (vec![format!("{head}: cannot be evaluated, {because}")], Vec::new()),
        Outcome::Failed(mismatch) => {
            let mut lines = vec![format!("{head}: {}", failed(mismatch, trace.effect))];
            if mismatch.element == Element::Condition || mismatch.element == Element::Principal {
                lines.push(format!("  expected {}", values(&mismatch.expected)));
                lines.push(format!("  actual   {}", actual(mismatch)));
            } else if let Some(because) = &mismatch.untold {
                lines.push(format!("  {because}"));
            }
            (lines, mismatch.hints.iter().map(|it| hint(it, mismatch)).collect())
        }
    }
}

fn actual(mismatch: &Mismatch) -> String {
    match &mismatch.untold {
        Some(because) => format!("({because})"),
        None if mismatch.missing => "(the request has no such key)".to_owned(),
        None => values(&mismatch.actual),
    }
}

fn failed(mismatch: &Mismatch, effect: Effect) -> String {
    let expected = values(&mismatch.expected);
    let actual = values(&mismatch.actual);
    match mismatch.element {
        Element::Principal => "Principal is somebody else".to_owned(),
        Element::NotPrincipal if effect == Effect::Allow => "NotPrincipal in an Allow admits nobody".to_owned(),
        Element::NotPrincipal => format!("NotPrincipal {expected} spares the caller"),
        Element::Action => format!("Action {expected} is not {actual}"),
        Element::NotAction => format!("NotAction {expected} covers {actual}"),
        Element::Resource => format!("Resource {expected} does not cover {actual}"),
        Element::NotResource => format!("NotResource {expected} covers {actual}"),
        Element::Condition => {
            let held = if mismatch.untold.is_some() { "cannot be told" } else { "does not hold" };
            format!(
                "Condition {} on `{}` {held}",
                mismatch.operator.as_deref().unwrap_or("?"),
                mismatch.key.as_deref().unwrap_or("?")
            )
        }
    }
}

fn values(values: &[String]) -> String {
    const SHOWN: usize = 4;
    match values {
        [one] => one.clone(),
        many => {
            let mut text = many.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
            if many.len() > SHOWN {
                text.push_str(&format!(", and {} more", many.len() - SHOWN));
            }
            format!("[{text}]")
        }
    }
}

fn hint(hint: &Hint, mismatch: &Mismatch) -> String {
    let key = mismatch.key.as_deref().unwrap_or("the value");
    match hint {
        Hint::Case { expected } => {
            format!("`{expected}` differs from what came in upper and lower case only; values are compared exactly")
        }
        Hint::TrailingSlash { expected } => format!("`{expected}` differs from what came in a trailing slash only"),
        Hint::WildcardIsLiteral { expected, operator } => {
            format!(
                "`{expected}` has a wildcard, which `{}` takes literally; use `{operator}`",
                mismatch.operator.as_deref().unwrap_or("StringEquals")
            )
        }
        Hint::OtherIssuer { present } => format!("the request has `{present}`; `{key}` names another issuer"),
        Hint::OtherAudience { present } if present.to_ascii_lowercase().ends_with(":oaud") => {
            format!("`{present}` has it: the token names its client in `azp`, so `{key}` is that client")
        }
        Hint::OtherAudience { present } => format!("`{present}` has it, and `{key}` is the token's own audience"),
        Hint::MisspeltKey { present } => format!("the request has `{present}`; is `{key}` a slip of the pen?"),
        Hint::Typo { expected } => format!("`{expected}` is nearly what came; is it a slip of the pen?"),
        Hint::BucketNotObjects { expected } => format!("`{expected}` is the bucket; its objects are `{expected}/*`"),
        Hint::ObjectsNotBucket { expected } => {
            format!(
                "`{expected}` are objects; the bucket itself is `{}`",
                expected.split_once("/").map_or(expected.as_str(), |(bucket, _)| bucket)
            )
        }
        Hint::Multivalued => format!("`{key}` is a list here, be it of one value; use `ForAnyValue:` or `ForAllValues:`"),
    }
}
