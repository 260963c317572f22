//! A finding for a terminal, without colour: the message, the evidence and the help, a line each.

use std::borrow::Cow;

use authority::left_out::{LeftOut, MOST_BYTES};
use policy::{Effect, Element};

use crate::finding::{Comparison, Fact, Finding, Severity, StatementFact, StatementOutcome};
use crate::names;

/// Longest line: more than any name, ARN or claim, and less than a screen that scrolls away.
const LONGEST_LINE: usize = 4_096;
/// Most values of a list in a line.
const MOST_VALUES: usize = 4;

impl Finding {
    /// The finding for a terminal.
    pub fn text(&self) -> String {
        let head = match (self.severity, self.link) {
            (Severity::Info, _) => format!("allowed: {}", self.message),
            (Severity::Error, None) => format!("denied: {}", self.message),
            (Severity::Error, Some(link)) => {
                format!("denied at {}: {}", names::link(link), self.message)
            }
        };
        let mut text = format!("{}\n", plain(&head));
        let compared = [("expected", &self.expected), ("actual", &self.actual)];
        // Behind the evidence, beside the help, which is about it.
        let compared = compared
            .into_iter()
            .filter(|(_, values)| !values.is_empty());
        let compared = compared.flat_map(|(name, values)| named(name, values));
        for line in self.evidence.iter().flat_map(fact).chain(compared) {
            text.push_str(&format!("  {}\n", plain(&line)));
        }
        for line in &self.help {
            text.push_str(&format!("  help: {}\n", plain(line)));
        }
        text
    }
}

/// What the sender of a request wrote must neither move the operator's cursor nor begin a line.
fn plain(line: &str) -> Cow<'_, str> {
    wire::visible(line, LONGEST_LINE)
}

fn fact(fact: &Fact) -> Vec<String> {
    match fact {
        Fact::Named { name, values } => named(name, values),
        Fact::Asked { action, resource } => vec![format!("asked      {action} on {resource}")],
        Fact::Allowed {
            action,
            resource,
            statement,
        } => {
            let by = statement
                .as_ref()
                .map(|found| format!(" by {}", names::place(found)))
                .unwrap_or_default();
            vec![format!("allowed    {action} on {resource}{by}")]
        }
        Fact::NoPolicy { layer } => vec![format!("looked at  {}: none", names::layer(*layer))],
        Fact::NoStatement { document, .. } => {
            vec![format!("looked at  \"{document}\": it has no statement")]
        }
        Fact::Statement(fact) => statement(fact),
        Fact::LeftOut(left) => vec![left_out(left)],
    }
}

fn named(name: &str, values: &[String]) -> Vec<String> {
    if values.is_empty() {
        return vec![format!("{name:<10} none")];
    }
    values
        .iter()
        .map(|value| format!("{name:<10} {value}"))
        .collect()
}

fn statement(fact: &StatementFact) -> Vec<String> {
    let effect = match fact.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    let head = format!("looked at  {} {effect}", names::place(&fact.statement));
    match fact.outcome {
        StatementOutcome::Applies => {
            let mut lines = vec![format!("{head}: applies")];
            for condition in &fact.compared {
                lines.push(format!("  {} matches", condition_of(condition)));
                // With "expected" a reader would take what denies for what is wanted.
                lines.extend(both(condition, ["policy  ", "request "]));
            }
            lines
        }
        StatementOutcome::CannotBeEvaluated => {
            vec![format!(
                "{head}: cannot be evaluated, {}",
                fact.because.as_deref().unwrap_or("and why is not known")
            )]
        }
        StatementOutcome::DoesNotApply => {
            let mut lines = Vec::new();
            for compared in &fact.compared {
                lines.push(format!("{head}: {}", mismatch(compared, fact.effect)));
                lines.extend(below(compared));
            }
            lines
        }
    }
}

/// What is below the line of an element that does not match: the values where the line has none.
fn below(compared: &Comparison) -> Vec<String> {
    match compared.element {
        Element::Condition | Element::Principal => both(compared, ["expected", "actual  "]).into(),
        Element::NotPrincipal
        | Element::Action
        | Element::NotAction
        | Element::Resource
        | Element::NotResource => compared
            .because
            .iter()
            .map(|because| format!("  {because}"))
            .collect(),
    }
}

fn both(compared: &Comparison, [policy, request]: [&str; 2]) -> [String; 2] {
    let actual = match &compared.because {
        Some(because) => format!("({because})"),
        None if compared.missing => "(the request has no such key)".to_owned(),
        None => list(&compared.actual),
    };
    [
        format!("  {policy} {}", list(&compared.expected)),
        format!("  {request} {actual}"),
    ]
}

fn condition_of(compared: &Comparison) -> String {
    let [operator, key] =
        [&compared.operator, &compared.key].map(|word| word.as_deref().unwrap_or("?"));
    format!("Condition {operator} on `{key}`")
}

fn mismatch(compared: &Comparison, effect: Effect) -> String {
    let (expected, actual) = (list(&compared.expected), list(&compared.actual));
    match compared.element {
        Element::Principal => "Principal does not match".to_owned(),
        Element::NotPrincipal if effect == Effect::Allow => {
            "NotPrincipal in an Allow allows nobody".to_owned()
        }
        Element::NotPrincipal => format!("NotPrincipal {expected} exempts the caller"),
        Element::Action => format!("Action {expected} is not {actual}"),
        Element::NotAction => format!("NotAction {expected} covers {actual}"),
        Element::Resource => format!("Resource {expected} does not cover {actual}"),
        Element::NotResource => format!("NotResource {expected} covers {actual}"),
        Element::Condition if compared.because.is_some() => {
            format!("{} cannot be determined", condition_of(compared))
        }
        Element::Condition => format!("{} does not match", condition_of(compared)),
    }
}

/// One value as it is, several as a list with an end.
fn list(values: &[String]) -> String {
    // Without brackets: they would be copied along.
    if let [one] = values {
        return one.clone();
    }
    let mut text = values
        .iter()
        .take(MOST_VALUES)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if values.len() > MOST_VALUES {
        text.push_str(&format!(", and {} more", values.len() - MOST_VALUES));
    }
    format!("[{text}]")
}

/// What a record is without, in a line.
fn left_out(left_out: &LeftOut) -> String {
    let LeftOut {
        questions,
        statements,
        policies,
        named,
        values,
    } = left_out;
    let count = |number: &usize, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        more => Some(format!("{more} {many}")),
    };
    let mut parts: Vec<String> = count(questions, "more question", "more questions")
        .into_iter()
        .collect();
    parts.extend(count(statements, "more statement", "more statements"));
    parts.extend(
        count(policies, "policy as a whole", "policies as a whole").map(|text| {
            let names = named
                .iter()
                .map(|name| format!("\"{name}\""))
                .collect::<Vec<_>>()
                .join(", ");
            format!(
                "{text} ({names}{})",
                if named.len() < *policies { ", ..." } else { "" }
            )
        }),
    );
    parts.extend(count(
        values,
        "value or end of one",
        "values or ends of them",
    ));
    format!(
        "left out   {}; a record has {} kB at most",
        parts.join(", "),
        MOST_BYTES / 1024
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_counted_and_named() {
        let of = |questions, statements, policies: usize, values| {
            let named = (0..policies.min(2))
                .map(|place| format!("p{place}"))
                .collect();
            left_out(&LeftOut {
                questions,
                statements,
                policies,
                named,
                values,
            })
        };
        assert_eq!(
            of(0, 9, 0, 0),
            "left out   9 more statements; a record has 16 kB at most"
        );
        assert_eq!(
            of(1, 9, 1, 1),
            "left out   1 more question, 9 more statements, 1 policy as a whole (\"p0\"), 1 value or end of one; \
             a record has 16 kB at most"
        );
        assert!(of(0, 9, 3, 2).contains("3 policies as a whole (\"p0\", \"p1\", ...), 2 values"));
    }

    #[test]
    fn what_a_sender_wrote_moves_no_cursor_and_begins_no_line() {
        let evil = "kid \u{1b}]0;owned\u{7}\u{1b}[2J\nallowed by policy Admin\u{9b}1m\u{202e}\u{2028}\u{2066}";
        let values = [evil.to_owned()];
        let finding = Finding::denied("denied", evil)
            .named("role", &values)
            .compared(&values, &values)
            .help(evil);
        let text = finding.text();
        assert_eq!(text.lines().count(), 5, "{text:?}");
        assert!(
            text.is_ascii() && text.chars().all(|c| c == '\n' || !c.is_control()),
            "{text:?}"
        );
        assert_eq!(text.matches("\\u{1b}]0;owned").count(), 5, "{text:?}");
    }
}
