//! Patterns with wildcards and policy variables. A variable's value is text: a `*` in it is never a
//! wildcard.

use crate::arn;
use crate::context::{Context, Found, KeyName};
use crate::glob::{self, Step};

/// How a pattern's text is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// `${...}` is a variable: only in documents of version 2012-10-17.
    pub(crate) variables: bool,
    /// `*` and `?` are wildcards.
    pub(crate) wildcards: bool,
}

/// One piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Step(Step),
    Variable {
        key: KeyName,
        default: Option<String>,
    },
}

/// A pattern that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

/// How a pattern is taken where more than one reading is open: an Allow narrowly, a Deny by any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sense {
    pub(crate) untold: Untold,
    pub(crate) empty: Empty,
    pub(crate) short: Short,
}

/// What a variable matches whose value cannot be told: its key is unknown, multivalued or spelt in
/// two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Untold {
    /// Where a match would grant.
    Nothing,
    /// Where a match would deny.
    Anything,
}

/// What a variable is whose key is there with an empty value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Empty {
    /// As if it were missing: it "has no value or is not present" (IAM user guide, "Policy
    /// variables").
    Missing,
    /// The empty text, which an Allow never takes it for: `b/${aws:PrincipalTag/team}*` would be
    /// all of `b`.
    Text,
}

/// What an ARN pattern of fewer than six parts means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Short {
    /// Parts that are not there are `*`.
    Padded,
    /// No ARN.
    Nothing,
}

impl Sense {
    /// What everybody agrees on.
    pub(crate) const NARROW: Self = Self {
        untold: Untold::Nothing,
        empty: Empty::Missing,
        short: Short::Nothing,
    };
    /// The same where short ARNs are allowed.
    pub(crate) const PADDED: Self = Self {
        short: Short::Padded,
        ..Self::NARROW
    };
    /// What a Deny matches by, either of them.
    pub(crate) const WIDE: [Self; 2] = [
        Self {
            untold: Untold::Anything,
            ..Self::PADDED
        },
        Self {
            untold: Untold::Anything,
            empty: Empty::Text,
            ..Self::PADDED
        },
    ];
}

/// Filled in, or what can match nothing: a variable is without value, or more characters are needed
/// than the text has.
pub(crate) type Filled = Option<Vec<Step>>;

impl Pattern {
    /// Reads a pattern (IAM user guide, "Policy variables").
    ///
    /// # Errors
    /// A `${` that is no variable, in words.
    pub(crate) fn read(text: &str, reading: Reading) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("${").filter(|_| reading.variables) {
                let (inside, after) = after
                    .split_once('}')
                    .ok_or_else(|| format!("`{text}` has a `${{` without `}}`"))?;
                pieces.push(
                    variable(inside)
                        .ok_or_else(|| format!("`${{{inside}}}` is not a policy variable"))?,
                );
                rest = after;
                continue;
            }
            // Wildcards are found before any variable is filled in: the value of a tag that is `*`
            // is a star, and opens nothing.
            pieces.push(Piece::Step(match c {
                '*' if reading.wildcards => Step::Run,
                '?' if reading.wildcards => Step::Any,
                c => Step::Char(c),
            }));
            rest = rest.get(c.len_utf8()..).unwrap_or("");
        }
        Ok(Self(pieces))
    }

    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Whether there is a policy variable in it.
    pub(crate) fn is_variable(&self) -> bool {
        self.0
            .iter()
            .any(|piece| matches!(piece, Piece::Variable { .. }))
    }

    pub(crate) fn ends_in_star(&self) -> bool {
        self.0.last() == Some(&Piece::Step(Step::Run))
    }

    /// A wildcard that is no star at its end.
    pub(crate) fn has_inner_wildcard(&self) -> bool {
        let stars_at_end = self
            .0
            .iter()
            .rev()
            .take_while(|piece| **piece == Piece::Step(Step::Run))
            .count();
        let inner = self
            .0
            .get(..self.0.len() - stars_at_end)
            .unwrap_or_default();
        inner
            .iter()
            .any(|piece| matches!(piece, Piece::Step(Step::Any | Step::Run)))
    }

    /// Nothing but `*`.
    pub(crate) fn is_everything(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|piece| *piece == Piece::Step(Step::Run))
    }

    /// The text before the first wildcard or variable, and the pieces from there on.
    pub(crate) fn plain_beginning(&self) -> (String, &[Piece]) {
        let plain = |piece: &Piece| match piece {
            Piece::Step(Step::Char(c)) => Some(*c),
            Piece::Step(Step::Any | Step::Run) | Piece::Variable { .. } => None,
        };
        let beginning: String = self.0.iter().map_while(plain).collect();
        let rest = self.0.get(beginning.chars().count()..).unwrap_or_default();
        (beginning, rest)
    }

    /// Why the value of a variable cannot be told, if there is such a one.
    pub(crate) fn untold(&self, context: &Context) -> Option<String> {
        self.0.iter().find_map(|piece| match piece {
            Piece::Step(_) => None,
            Piece::Variable { key, .. } => {
                let name = key.as_str();
                match context.find(key) {
                    Found::One(_) | Found::Missing => None,
                    Found::Unknown => Some(unknown(name)),
                    Found::Many(_) => Some(format!(
                        "`{name}` is multivalued, so it cannot be a variable"
                    )),
                    Found::Ambiguous => {
                        Some(format!("the request spells the key `{name}` in two ways"))
                    }
                }
            }
        })
    }

    /// Fills in the variables, for a text of at most `most` characters. A default is for a key that
    /// is missing, not for one that cannot be told.
    ///
    /// Every step but a `*` takes a character, so what needs more of them is not built: a policy
    /// can name a value of many thousands as often as it likes.
    fn fill(&self, context: &Context, sense: Sense, most: usize) -> Filled {
        let mut steps = Vec::with_capacity(self.0.len());
        let mut left = most;
        for piece in &self.0 {
            match piece {
                Piece::Step(step) => {
                    left = left.checked_sub(usize::from(*step != Step::Run))?;
                    steps.push(*step);
                }
                Piece::Variable { key, default } => {
                    let value = match context.find(key) {
                        // A default stands in for what "has no value or is not present" (IAM user
                        // guide, "Specifying default values").
                        Found::One(one) if !one.is_empty() || sense.empty == Empty::Text => one,
                        Found::One(_) | Found::Missing => default.as_ref()?,
                        Found::Many(_) | Found::Unknown | Found::Ambiguous
                            if sense.untold == Untold::Anything =>
                        {
                            // Only where a match denies: whatever the value is, it is covered.
                            steps.push(Step::Run);
                            continue;
                        }
                        Found::Many(_) | Found::Unknown | Found::Ambiguous => return None,
                    };
                    for c in value.chars() {
                        left = left.checked_sub(1)?;
                        steps.push(Step::Char(c));
                    }
                }
            }
        }
        Some(steps)
    }

    /// Whether the pattern, filled in, matches a text.
    pub(crate) fn matches(
        &self,
        text: &str,
        context: &Context,
        sense: Sense,
        fold_case: bool,
    ) -> bool {
        // A character has a byte at least.
        self.fill(context, sense, text.len())
            .is_some_and(|steps| glob::matches(&steps, text, fold_case))
    }
}

/// What is said of a key that the request may have, which cannot be told here.
pub(crate) fn unknown(key: &str) -> String {
    format!("`{key}` is not known here")
}

/// `key`, `key, 'default'`, or one of the escapes `*`, `?`, `$`.
fn variable(inside: &str) -> Option<Piece> {
    match inside {
        "*" | "?" | "$" => return inside.chars().next().map(|c| Piece::Step(Step::Char(c))),
        _ => {}
    }
    let (key, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((key, rest)) => {
            // "key, a comma, a space and the default in single quotes" (IAM user guide, "Specifying
            // default values").
            let quoted = rest.strip_prefix(" '")?.strip_suffix('\'')?;
            (
                key,
                (!quoted.contains('\''))
                    .then(|| quoted.to_owned())
                    .map(Some)?,
            )
        }
    };
    let named = !key.is_empty()
        && key.contains(':')
        && !key
            .chars()
            .any(|c| c.is_whitespace() || matches!(c, '$' | '{' | '\'' | '*' | '?'));
    named.then(|| Piece::Variable {
        key: KeyName::of(key),
        default,
    })
}

/// An ARN pattern: six parts, each matched by itself, so that a `*` in one never swallows a colon
/// before the sixth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArnPattern {
    /// Six of them; those that were not written are `*`.
    parts: Vec<Pattern>,
    /// How many were written.
    written: usize,
}

impl ArnPattern {
    /// Reads an ARN pattern. With `only_last`, variables stand in the sixth part only,
    /// as in `Resource`.
    ///
    /// # Errors
    /// What [`Pattern::read`] refuses.
    pub(crate) fn read(text: &str, variables: bool, only_last: bool) -> Result<Self, String> {
        let parts = split(text, variables && !only_last);
        let mut patterns = Vec::with_capacity(6);
        for place in 0..6 {
            // IAM keeps ARNs such as `arn:aws:s3`, and treats the parts that are not there as
            // stars; whether they are read so is the sense's to say.
            let part = parts.get(place).copied().unwrap_or("*");
            // In `Resource` variables stand in the last part only (IAM user guide, "IAM policy
            // elements: Variables and tags"); before it `${` is text that no ARN has.
            let variables = variables && (!only_last || place == 5);
            patterns.push(Pattern::read(
                part,
                Reading {
                    variables,
                    wildcards: true,
                },
            )?);
        }
        Ok(Self {
            parts: patterns,
            written: parts.len(),
        })
    }

    pub(crate) fn parts(&self) -> &[Pattern] {
        &self.parts
    }

    pub(crate) fn is_variable(&self) -> bool {
        self.parts.iter().any(Pattern::is_variable)
    }

    /// Fewer than six parts were written.
    pub(crate) fn is_short(&self) -> bool {
        self.written < 6
    }

    /// Why the value of a variable cannot be told, if there is such a one.
    pub(crate) fn untold(&self, context: &Context) -> Option<String> {
        self.parts.iter().find_map(|part| part.untold(context))
    }

    /// Whether every part matches. A text with fewer than six parts is no ARN and matches nothing.
    pub(crate) fn matches(&self, text: &str, context: &Context, sense: Sense) -> bool {
        if self.is_short() && sense.short == Short::Nothing {
            return false;
        }
        let parts = arn::parts(text);
        parts.is_some_and(|parts| {
            self.parts
                .iter()
                .zip(parts)
                .all(|(pattern, part)| pattern.matches(part, context, sense, false))
        })
    }

    /// The parts that were written: those that a colon follows, and the last.
    pub(crate) fn written(&self) -> (&[Pattern], Option<&Pattern>) {
        let last = self.written.saturating_sub(1);
        (
            self.parts.get(..last).unwrap_or_default(),
            self.parts.get(last),
        )
    }

    /// Whether some part before the last ends in a `*`: "If the * wildcard is the last character of
    /// a resource ARN segment, it can expand to match beyond the colon boundaries" (IAM user guide,
    /// "IAM JSON policy elements: Resource").
    pub(crate) fn may_cross(&self) -> bool {
        self.written().0.iter().any(Pattern::ends_in_star)
    }

    /// All that was written as one pattern, and how many pieces of it stand before the last part.
    pub(crate) fn joined(&self) -> (Pattern, usize) {
        let (before, last) = self.written();
        let colon = || std::iter::once(Piece::Step(Step::Char(':')));
        let mut pieces: Vec<Piece> = before
            .iter()
            .flat_map(|part| part.0.iter().cloned().chain(colon()))
            .collect();
        let head = pieces.len();
        pieces.extend(last.into_iter().flat_map(|part| part.0.iter().cloned()));
        (Pattern(pieces), head)
    }

    /// Whether it matches when such stars run on over colons. There is no variable before the last
    /// part.
    pub(crate) fn crosses(&self, text: &str, context: &Context, sense: Sense) -> bool {
        let (joined, head) = self.joined();
        joined
            .fill(context, sense, text.len())
            .is_some_and(|steps| glob::crosses(&steps, head, text))
    }

    /// Whether it covers all that a service has in an account, so that actions without a resource
    /// are among it: the guide's own example grants `s3:ListAllMyBuckets` by `arn:aws:s3:::*`.
    pub(crate) fn covers_service(
        &self,
        service: &str,
        partition: Option<&str>,
        account: Option<&str>,
    ) -> bool {
        let [arn, of_partition, of_service, region, of_account, resource] = self.parts.as_slice()
        else {
            return false;
        };
        let matches = |pattern: &Pattern, text: &str| {
            pattern.matches(text, &Context::new(), Sense::NARROW, false)
        };
        let all_or_none = |pattern: &Pattern| pattern.0.is_empty() || pattern.is_everything();
        // What has no resource has no region and no account either: a pattern that names some of
        // them covers only a part of the service.
        matches(arn, "arn")
            && partition.is_none_or(|partition| matches(of_partition, partition))
            && matches(of_service, service)
            && all_or_none(region)
            && (all_or_none(of_account)
                || account.is_some_and(|account| matches(of_account, account)))
            && resource.is_everything()
    }
}

/// Whether a Deny with this resource denies what a service has without a resource, in some account:
/// for those who say of a policy what it denies, so that they cannot say anything else.
pub fn covers_service(resource: &str, service: &str) -> bool {
    let account = arn::parts(resource).map(|parts| parts[4]);
    ArnPattern::read(resource, false, true)
        .is_ok_and(|pattern| pattern.covers_service(service, None, account))
}

/// Splits at the first five colons; with `variables`, not at those inside `${...}`.
fn split(text: &str, variables: bool) -> Vec<&str> {
    let mut parts = Vec::with_capacity(6);
    let (mut start, mut inside) = (0, false);
    for (place, c) in text.char_indices() {
        match c {
            // A key has a colon of its own (`${aws:username}`), which ends no part of the ARN.
            '$' if variables && text.get(place..).is_some_and(|rest| rest.starts_with("${")) => {
                inside = true
            }
            '}' => inside = false,
            ':' if !inside && parts.len() < 5 => {
                parts.push(text.get(start..place).unwrap_or(""));
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or(""));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Values;

    #[test]
    fn attack_72_a_pattern_that_is_longer_than_the_text_is_not_built() {
        let mut context = Context::new();
        // Built it would be 10 GB, for which there is no room anywhere.
        context.insert("k:long", "a".repeat(1_000_000));
        context.insert("k:short", "é");
        let pattern = Pattern::read(&format!("*{}", "${k:long}".repeat(10_000)), BOTH).unwrap();
        assert_eq!(pattern.fill(&context, Sense::NARROW, 1_000), None);
        assert!(!pattern.matches(&"a".repeat(1_000), &context, Sense::NARROW, false));
        assert!(
            !ArnPattern::read(&format!("arn*:{}", "${k:long}".repeat(10_000)), true, true)
                .unwrap()
                .crosses("arn:a", &context, Sense::PADDED)
        );
        for (pattern, text, expected) in [
            ("${k:short}${k:short}", "éé", true),
            ("*${k:short}*?*", "éx", true),
            ("${k:short}?", "é", false),
            ("**${k:short}**", "é", true),
            ("${k:nothing, 'ab'}", "ab", true),
            ("${k:nothing, 'abc'}", "ab", false),
        ] {
            let pattern = Pattern::read(pattern, BOTH).unwrap();
            assert_eq!(
                pattern.matches(text, &context, Sense::NARROW, false),
                expected,
                "{pattern:?} {text}"
            );
        }
    }

    const BOTH: Reading = Reading {
        variables: true,
        wildcards: true,
    };

    fn context() -> Context {
        let mut context = Context::new();
        context.insert("aws:username", "alice");
        context.insert("aws:PrincipalTag/star", "*");
        context.insert("many:keys", Values::Many(vec!["a".into(), "b".into()]));
        context
    }

    #[test]
    fn variables_are_text() {
        for (pattern, text, expected) in [
            ("b/${aws:username}/*", "b/alice/x", true),
            ("b/${AWS:UserName}", "b/alice", true),
            ("b/${aws:missing}*", "b/x", false),
            ("b/${aws:missing, 'all'}", "b/all", true),
            ("b/${aws:PrincipalTag/star}/x", "b/red/x", false),
            ("b/${aws:PrincipalTag/star}/x", "b/*/x", true),
            ("b/${*}/x", "b/foo/x", false),
            ("b/${*}/x", "b/*/x", true),
            ("${$}{x}", "${x}", true),
            ("b/a$b", "b/a$b", true),
            ("b/${many:keys}", "b/a", false),
        ] {
            let pattern = Pattern::read(pattern, BOTH).unwrap();
            assert_eq!(
                pattern.matches(text, &context(), Sense::NARROW, false),
                expected,
                "{pattern:?} {text}"
            );
        }
    }

    #[test]
    fn an_empty_value_is_none_and_an_empty_text() {
        let mut context = context();
        context.insert("k:empty", "");
        for (pattern, text, missing, empty) in [
            ("b/${k:empty}*", "b/x", false, true),
            ("b/${k:empty, 'x'}", "b/x", true, false),
            ("b/${k:empty, 'x'}", "b/", false, true),
            ("b/${k:missing, ''}", "b/", true, true),
        ] {
            let pattern = Pattern::read(pattern, BOTH).unwrap();
            assert_eq!(
                pattern.matches(text, &context, Sense::NARROW, false),
                missing,
                "{pattern:?} {text}"
            );
            assert_eq!(
                pattern.matches(text, &context, Sense::WIDE[1], false),
                empty,
                "{pattern:?} {text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_told_matches_nothing_or_anything() {
        let mut context = context();
        context.insert("k:unknown", Values::Unknown);
        context.insert("k:Twice", "a");
        context.insert("k:twice", "b");
        for (pattern, text, anything) in [
            ("b/${k:unknown}/x", "b/red/x", true),
            ("b/${k:unknown}/x", "b//x", true),
            ("b/${k:unknown}/x", "b/red/y", false),
            ("b/${k:unknown, 'red'}", "b/red", true),
            ("b/${many:keys}", "b/a", true),
            ("b/${k:twice}", "b/a", true),
            ("b/${k:missing}/${k:unknown}", "b/a", false),
        ] {
            let pattern = Pattern::read(pattern, BOTH).unwrap();
            assert!(
                !pattern.matches(text, &context, Sense::NARROW, false),
                "{pattern:?} {text}"
            );
            assert_eq!(
                pattern.matches(text, &context, Sense::WIDE[0], false),
                anything,
                "{pattern:?} {text}"
            );
            assert!(pattern.untold(&context).is_some());
        }
    }

    #[test]
    fn broken_variables_are_refused() {
        for pattern in [
            "${aws:username",
            "${}",
            "${aws username}",
            "${aws:a, b}",
            "${aws:a, 'b}",
            "${aws:a,'b'}",
            "${username}",
        ] {
            assert!(Pattern::read(pattern, BOTH).is_err(), "{pattern}");
        }
        let literal = Reading {
            variables: false,
            wildcards: true,
        };
        assert!(Pattern::read("${aws:username}", literal).unwrap().matches(
            "${aws:username}",
            &context(),
            Sense::NARROW,
            false
        ));
    }

    #[test]
    fn stars_that_end_a_part_cross_colons() {
        const ROLE: &str = "arn:aws:iam::111111111111:role/x";
        for (pattern, text, expected) in [
            ("arn:aws:*:role/x", ROLE, true),
            ("arn:*:role/x", ROLE, true),
            ("arn:aws:i?m:*:role/x", ROLE, true),
            ("arn:aws:*m:role/x", ROLE, false),
            ("arn:aws:*:*:*:*:role/x", ROLE, false),
            (
                "arn:aws:sqs:*:111111111111:q",
                "arn:aws:sqs:us-east-1:222222222222:x:111111111111:q",
                true,
            ),
            (
                "arn:aws:sqs:*1:111111111111:q",
                "arn:aws:sqs:us-east-1:222222222222:x:111111111111:q",
                false,
            ),
        ] {
            let pattern = ArnPattern::read(pattern, true, true).unwrap();
            assert_eq!(
                pattern.crosses(text, &context(), Sense::NARROW),
                expected,
                "{pattern:?} {text}"
            );
        }
        for (pattern, expected) in [
            ("arn:aws:s3:::*", false),
            ("arn:aws:s*s:::*", false),
            ("arn:aws:s3*", false),
            ("arn:aws:s3*:x", true),
        ] {
            assert_eq!(
                ArnPattern::read(pattern, true, true).unwrap().may_cross(),
                expected,
                "{pattern}"
            );
        }
    }

    #[test]
    fn arns_match_part_by_part() {
        for (pattern, text, expected) in [
            (
                "arn:aws:sqs:*:111111111111:q",
                "arn:aws:sqs:us-east-1:222222222222:x:111111111111:q",
                false,
            ),
            (
                "arn:aws:logs:*:*:log-group:*",
                "arn:aws:logs:us-east-1:1:log-group:a:log-stream:b",
                true,
            ),
            ("arn:aws:s3", "arn:aws:s3:::b", true),
            ("arn:aws:s3:::B/*", "arn:aws:s3:::b/x", false),
            ("*", "arn:aws:s3:::b", true),
            ("arn:aws:s3:::b", "b", false),
        ] {
            let pattern = ArnPattern::read(pattern, true, true).unwrap();
            assert_eq!(
                pattern.matches(text, &context(), Sense::PADDED),
                expected,
                "{pattern:?} {text}"
            );
        }
    }
}
