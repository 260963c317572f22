//! A kept decision as a story: one line that says it, the evidence, and the help.

use std::borrow::Cow;

use authority::left_out::{LeftOut, MOST_BYTES};
use authority::record::{Asked, Evidence, Link, Outcome, Record};
use policy::Verdict;

use crate::{cause, statement};

/// Longest line: more than any name, ARN or claim, and less than a screen that scrolls away.
const LONGEST_LINE: usize = 4_096;

/// What happened, why, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// One line: the link that broke, and why; or what was granted by what.
    pub headline: String,
    /// The evidence, a line each.
    pub evidence: Vec<String>,
    /// What to change, a line each.
    pub help: Vec<String>,
}

/// The name of a link, as it stands in every output.
pub(crate) fn link_name(link: Link) -> &'static str {
    match link {
        Link::Pod => "pod",
        Link::ServiceAccount => "service-account",
        Link::Webhook => "webhook",
        Link::Token => "token",
        Link::OidcProvider => "oidc-provider",
        Link::TrustPolicy => "trust-policy",
        Link::Sts => "sts",
        Link::Credentials => "credentials",
        Link::Permissions => "permissions",
        Link::ResourcePolicy => "resource-policy",
    }
}

/// Explains a decision.
pub fn explain(record: &Record) -> Explanation {
    let mut explanation = story(&record.evidence);
    explanation.evidence.extend(left_out(&record.left_out));
    explanation
}

fn story(evidence: &Evidence) -> Explanation {
    match (evidence.outcome, &evidence.cause) {
        (Outcome::Denied, Some(cause)) => {
            let mut explanation = cause::explain(cause, evidence);
            explanation.headline = format!("denied at {}: {}", link_name(evidence.link), explanation.headline);
            explanation.evidence.splice(0..0, who(evidence));
            explanation
        }
        (Outcome::Denied, None) => {
            Explanation { headline: format!("denied at {}", link_name(evidence.link)), evidence: who(evidence), help: Vec::new() }
        }
        (Outcome::Allowed, _) => {
            let mut lines = who(evidence);
            lines.extend(evidence.asked.iter().map(granted));
            Explanation { headline: format!("allowed: {}", evidence.operation), evidence: lines, help: Vec::new() }
        }
    }
}

/// What a record is without, in a line.
fn left_out(left_out: &LeftOut) -> Option<String> {
    let LeftOut { questions, statements, policies, named, values } = left_out;
    let count = |number: &usize, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        more => Some(format!("{more} {many}")),
    };
    let mut parts: Vec<String> = count(questions, "more question", "more questions").into_iter().collect();
    parts.extend(count(statements, "more statement", "more statements"));
    parts.extend(count(policies, "policy as a whole", "policies as a whole").map(|text| {
        let names = named.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        format!("{text} ({names}{})", if named.len() < *policies { ", ..." } else { "" })
    }));
    parts.extend(count(values, "value or end of one", "values or ends of them"));
    (!parts.is_empty()).then(|| format!("left out   {}; a record has {} kB at most", parts.join(", "), MOST_BYTES / 1024))
}

/// Explains the answer to one question that was put to the policies by itself.
pub fn explain_question(asked: &Asked) -> Explanation {
    if asked.decision.verdict == Verdict::Allowed {
        return Explanation { headline: format!("allowed: {}", asked.action), evidence: vec![granted(asked)], help: Vec::new() };
    }
    let mut explanation = cause::denied_question(asked, "no policy allows it");
    explanation.headline = format!("denied: {}", explanation.headline);
    explanation
}

impl Explanation {
    /// The explanation for a terminal, without colour.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", plain(&self.headline));
        for line in &self.evidence {
            text.push_str(&format!("  {}\n", plain(line)));
        }
        for line in &self.help {
            text.push_str(&format!("  help: {}\n", plain(line)));
        }
        text
    }
}

/// What came from a stranger must neither move the operator's cursor nor begin a line.
fn plain(line: &str) -> Cow<'_, str> {
    wire::visible(line, LONGEST_LINE)
}

/// Who asked for what.
fn who(evidence: &Evidence) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            lines.push(format!("{name:<10} {value}"));
        }
    };
    say("operation", Some(evidence.operation.as_str()).filter(|operation| !operation.is_empty()));
    say("caller", evidence.who.arn.as_deref());
    say("role", evidence.who.role.as_deref());
    say("assumed by", evidence.who.assumed_by.as_deref());
    say("subject", evidence.who.subject.as_deref());
    say("issuer", evidence.who.issuer.as_deref());
    lines
}

fn granted(asked: &Asked) -> String {
    let Asked { action, resource, decision } = asked;
    match (&decision.statement, decision.verdict) {
        (Some(found), Verdict::Allowed) => format!("allowed    {action} on {resource} by {}", statement::place(found)),
        _ => format!("allowed    {action} on {resource}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_counted_and_named() {
        let of = |questions, statements, policies: usize, values| {
            let named = (0..policies.min(2)).map(|place| format!("p{place}")).collect();
            left_out(&LeftOut { questions, statements, policies, named, values })
        };
        assert_eq!(of(0, 0, 0, 0), None);
        assert_eq!(of(0, 9, 0, 0).unwrap(), "left out   9 more statements; a record has 16 kB at most");
        assert_eq!(
            of(1, 9, 1, 1).unwrap(),
            "left out   1 more question, 9 more statements, 1 policy as a whole (\"p0\"), 1 value or end of one; a record has 16 kB at most"
        );
        assert!(of(0, 9, 3, 2).unwrap().contains("3 policies as a whole (\"p0\", \"p1\", ...), 2 values"));
    }

    #[test]
    fn what_a_stranger_sent_moves_no_cursor_and_begins_no_line() {
        let evil = "kid \u{1b}]0;owned\u{7}\u{1b}[2J\nallowed by policy Admin\u{9b}1m\u{202e}\u{2028}\u{2066}";
        let explanation = Explanation { headline: evil.to_owned(), evidence: vec![evil.to_owned()], help: vec![evil.to_owned()] };
        let text = explanation.text();
        assert_eq!(text.lines().count(), 3, "{text:?}");
        assert!(text.is_ascii() && text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        assert!(text.contains("\\u{1b}]0;owned"), "{text:?}");
    }
}
