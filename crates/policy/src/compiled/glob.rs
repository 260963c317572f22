//! A pattern compiled: cut at its `*` into stretches, each of which is found once, from left to
//! right, without going back.
//!
//! Costs, for a text of n and a stretch of m characters: plain text n + m (the two-way search of
//! `str::find`); with `?` n * m / 64 (shift-and, one bit a character); with a policy variable
//! between two `*`, n * m at the worst.

use crate::context::{Context, Found, KeyName};
use crate::glob::{Step, fold};
use crate::pattern::{Empty, Pattern, Piece, Sense, Untold};

/// A pattern.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    form: Form,
    varying: Varying,
}

/// The pattern itself, where it has policy variables: one that may be anything is a `*` that was
/// not seen when it was cut.
#[derive(Clone, Debug)]
struct Varying(Option<Box<Pattern>>);

#[derive(Clone, Debug)]
enum Form {
    /// Nothing but `*`.
    Everything,
    /// Plain text.
    Text(Box<str>),
    /// Plain text and one `*` behind it.
    Begins(Box<str>),
    /// No `*`, but something else that is not plain.
    Whole(Stretch),
    /// At least one `*`; first and last may be empty.
    Runs {
        first: Stretch,
        middle: Box<[Needle]>,
        last: Stretch,
    },
}

/// What variables are filled in with, and what an empty value is.
type Filling<'c> = (&'c Context, Empty);

/// What stands between two `*`.
#[derive(Clone, Debug, Default)]
struct Stretch(Box<[Atom]>);

#[derive(Clone, Debug)]
enum Atom {
    Text(Box<str>),
    Any,
    Value {
        key: KeyName,
        default: Option<Box<str>>,
    },
}

/// A stretch that is searched for.
#[derive(Clone, Debug)]
enum Needle {
    Text(Box<str>),
    Bits(Bits),
    Other(Stretch),
}

/// Words of state for shift-and: stretches of up to 1,024 characters.
const WORDS: usize = 16;

/// Text and `?` as bit masks: bit i of a character's mask says that it may stand at place i.
#[derive(Clone, Debug)]
struct Bits {
    length: usize,
    any: Box<[u64]>,
    /// Sorted by character.
    masks: Box<[(char, Box<[u64]>)]>,
}

impl Glob {
    pub(super) fn of(pattern: &Pattern) -> Self {
        Self {
            form: Form::of(pattern),
            varying: Varying::of(pattern),
        }
    }

    pub(super) fn everything() -> Self {
        Self {
            form: Form::Everything,
            varying: Varying(None),
        }
    }

    pub(super) fn matches(&self, text: &str, context: &Context, sense: Sense) -> bool {
        self.varying
            .matches(text, context, sense, false)
            .unwrap_or_else(|| self.form.matches(text, (context, sense.empty)))
    }

    /// The text, if the pattern means that text alone.
    pub(super) fn as_text(&self) -> Option<&str> {
        if let Form::Text(text) = &self.form {
            Some(text)
        } else {
            None
        }
    }

    /// Whether there is a policy variable in it.
    pub(super) fn is_variable(&self) -> bool {
        self.varying.0.is_some()
    }

    /// Whether it has a variable that may be anything.
    pub(super) fn varies(&self, context: &Context, sense: Sense) -> bool {
        sense.untold == Untold::Anything
            && self
                .varying
                .0
                .as_ref()
                .is_some_and(|pattern| pattern.untold(context).is_some())
    }

    /// How long the end of a text is that it matches, where it can match one only: it has no `*`.
    pub(super) fn length_at_end(
        &self,
        text: &str,
        context: &Context,
        sense: Sense,
    ) -> Option<usize> {
        match &self.form {
            Form::Text(wanted) => Some(wanted.len()).filter(|_| text.ends_with(&**wanted)),
            Form::Whole(stretch) => stretch
                .before_end(text, (context, sense.empty))
                .map(|before| text.len() - before.len()),
            Form::Everything | Form::Begins(_) | Form::Runs { .. } => None,
        }
    }

    /// Whether it matches, asked of a text and then of shorter and shorter ends of it. `None`: it
    /// does not, but it may match a later one. Once it can begin, its first `*` takes whatever a
    /// later beginning would have left out.
    pub(super) fn decides(&self, text: &str, context: &Context, sense: Sense) -> Option<bool> {
        let matches = || self.form.matches(text, (context, sense.empty));
        match &self.form {
            Form::Everything | Form::Text(_) | Form::Begins(_) | Form::Whole(_) => {
                matches().then_some(true)
            }
            Form::Runs { first, .. } => first
                .after_start(text, (context, sense.empty))
                .map(|_| matches()),
        }
    }
}

impl Varying {
    fn of(pattern: &Pattern) -> Self {
        Self(pattern.is_variable().then(|| Box::new(pattern.clone())))
    }

    /// The answer where a variable may be anything; that is rare, so it is left to the
    /// interpreter's way.
    fn matches(
        &self,
        text: &str,
        context: &Context,
        sense: Sense,
        fold_case: bool,
    ) -> Option<bool> {
        let pattern = self
            .0
            .as_ref()
            .filter(|_| sense.untold == Untold::Anything)?;
        pattern.untold(context)?;
        Some(pattern.matches(text, context, sense, fold_case))
    }
}

impl Form {
    fn of(pattern: &Pattern) -> Self {
        let mut stretches = pattern
            .pieces()
            .split(|piece| matches!(piece, Piece::Step(Step::Run)))
            .map(Stretch::of);
        let first = stretches.next().unwrap_or_default();
        let Some(last) = stretches.next_back() else {
            return first
                .as_text()
                .map_or_else(|| Self::Whole(first.clone()), Self::Text);
        };
        let middle: Box<[Needle]> = stretches
            .filter(|stretch| !stretch.0.is_empty())
            .map(Needle::of)
            .collect();
        match first
            .as_text()
            .filter(|_| middle.is_empty() && last.0.is_empty())
        {
            Some(text) if text.is_empty() => Self::Everything,
            Some(text) => Self::Begins(text),
            None => Self::Runs {
                first,
                middle,
                last,
            },
        }
    }

    fn matches(&self, text: &str, context: Filling<'_>) -> bool {
        match self {
            Self::Everything => true,
            Self::Text(wanted) => **wanted == *text,
            Self::Begins(wanted) => text.starts_with(&**wanted),
            Self::Whole(stretch) => stretch.after_start(text, context) == Some(""),
            Self::Runs {
                first,
                middle,
                last,
            } => {
                let Some(text) = first.after_start(text, context) else {
                    return false;
                };
                let Some(text) = last.before_end(text, context) else {
                    return false;
                };
                middle
                    .iter()
                    .try_fold(text, |rest, needle| needle.after(rest, context))
                    .is_some()
            }
        }
    }
}

/// A pattern without wildcards that is compared whatever the case.
#[derive(Clone, Debug)]
pub(super) struct Folded {
    stretch: Stretch,
    varying: Varying,
}

impl Folded {
    pub(super) fn of(pattern: &Pattern) -> Self {
        Self {
            stretch: Stretch::of(pattern.pieces()),
            varying: Varying::of(pattern),
        }
    }

    pub(super) fn matches(&self, text: &str, context: &Context, sense: Sense) -> bool {
        self.varying
            .matches(text, context, sense, true)
            .unwrap_or_else(|| self.stretch.is_folded(text, (context, sense.empty)))
    }

    pub(super) fn is_variable(&self) -> bool {
        self.varying.0.is_some()
    }
}

impl Stretch {
    /// Reads pieces without `*`.
    fn of(pieces: &[Piece]) -> Self {
        let mut atoms: Vec<Atom> = Vec::new();
        let mut text = String::new();
        for piece in pieces {
            let atom = match piece {
                Piece::Step(Step::Char(c)) => {
                    text.push(*c);
                    continue;
                }
                Piece::Step(Step::Any | Step::Run) => Atom::Any,
                Piece::Variable { key, default } => Atom::Value {
                    key: key.clone(),
                    default: default.as_deref().map(Box::from),
                },
            };
            if !text.is_empty() {
                atoms.push(Atom::Text(std::mem::take(&mut text).into()));
            }
            atoms.push(atom);
        }
        if !text.is_empty() {
            atoms.push(Atom::Text(text.into()));
        }
        Self(atoms.into())
    }

    fn as_text(&self) -> Option<Box<str>> {
        match &*self.0 {
            [] => Some("".into()),
            [Atom::Text(text)] => Some(text.clone()),
            _ => None,
        }
    }

    /// What follows the stretch when the text begins with it.
    fn after_start<'t>(&self, text: &'t str, context: Filling<'_>) -> Option<&'t str> {
        self.0.iter().try_fold(text, |rest, atom| match atom {
            Atom::Text(wanted) => rest.strip_prefix(&**wanted),
            Atom::Any => {
                let mut chars = rest.chars();
                chars.next().map(|_| chars.as_str())
            }
            Atom::Value { key, default } => {
                rest.strip_prefix(value(key, default.as_deref(), context)?)
            }
        })
    }

    /// What precedes the stretch when the text ends with it.
    fn before_end<'t>(&self, text: &'t str, context: Filling<'_>) -> Option<&'t str> {
        self.0.iter().rev().try_fold(text, |rest, atom| match atom {
            Atom::Text(wanted) => rest.strip_suffix(&**wanted),
            Atom::Any => {
                let mut chars = rest.chars();
                chars.next_back().map(|_| chars.as_str())
            }
            Atom::Value { key, default } => {
                rest.strip_suffix(value(key, default.as_deref(), context)?)
            }
        })
    }

    /// Whether the stretch is the text, whatever the case of either. It has no `?`.
    fn is_folded(&self, text: &str, context: Filling<'_>) -> bool {
        let mut rest = text.chars();
        let mut take = |wanted: &str| {
            wanted
                .chars()
                .all(|c| rest.next().is_some_and(|found| fold(found) == fold(c)))
        };
        let all = self.0.iter().all(|atom| match atom {
            Atom::Text(wanted) => take(wanted),
            Atom::Any => false,
            Atom::Value { key, default } => {
                value(key, default.as_deref(), context).is_some_and(&mut take)
            }
        });
        all && rest.next().is_none()
    }
}

/// The value of a variable; what cannot be told has none.
fn value<'c>(
    key: &KeyName,
    default: Option<&'c str>,
    (context, empty): Filling<'c>,
) -> Option<&'c str> {
    match context.find(key) {
        Found::One(one) if !one.is_empty() || empty == Empty::Text => Some(one),
        Found::One(_) | Found::Missing => default,
        Found::Many(_) | Found::Unknown | Found::Ambiguous => None,
    }
}

impl Needle {
    fn of(stretch: Stretch) -> Self {
        if let [Atom::Text(text)] = &*stretch.0 {
            return Self::Text(text.clone());
        }
        Bits::of(&stretch).map_or(Self::Other(stretch), Self::Bits)
    }

    /// What follows the first place where the needle stands.
    fn after<'t>(&self, text: &'t str, context: Filling<'_>) -> Option<&'t str> {
        match self {
            Self::Text(wanted) => text.split_once(&**wanted).map(|(_, after)| after),
            Self::Bits(bits) => bits.after(text),
            Self::Other(stretch) => {
                let mut rest = text;
                loop {
                    if let Some(after) = stretch.after_start(rest, context) {
                        return Some(after);
                    }
                    let mut chars = rest.chars();
                    chars.next()?;
                    rest = chars.as_str();
                }
            }
        }
    }
}

impl Bits {
    fn of(stretch: &Stretch) -> Option<Self> {
        let mut places: Vec<Option<char>> = Vec::new();
        for atom in &stretch.0 {
            match atom {
                Atom::Text(text) => places.extend(text.chars().map(Some)),
                Atom::Any => places.push(None),
                Atom::Value { .. } => return None,
            }
        }
        let words = places.len().div_ceil(64);
        if words == 0 || words > WORDS {
            return None;
        }
        let mask = |wanted: Option<char>| -> Box<[u64]> {
            let word = |block: &[Option<char>]| {
                block.iter().enumerate().fold(0, |word, (bit, place)| {
                    word | u64::from(*place == wanted) << bit
                })
            };
            places.chunks(64).map(word).collect()
        };
        let mut chars: Vec<char> = places.iter().copied().flatten().collect();
        chars.sort_unstable();
        chars.dedup();
        let masks = chars.into_iter().map(|c| (c, mask(Some(c)))).collect();
        Some(Self {
            length: places.len(),
            any: mask(None),
            masks,
        })
    }

    fn after<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut state = [0u64; WORDS];
        let mut chars = text.chars();
        let (word, bit) = ((self.length - 1) / 64, (self.length - 1) % 64);
        while let Some(c) = chars.next() {
            let found = self
                .masks
                .binary_search_by_key(&c, |(known, _)| *known)
                .ok();
            let mask = found
                .and_then(|place| self.masks.get(place))
                .map(|(_, mask)| &**mask);
            let mut carry = 1;
            for (place, (state, any)) in state.iter_mut().zip(&self.any).enumerate() {
                let allowed = any | mask.and_then(|mask| mask.get(place)).copied().unwrap_or(0);
                let shifted = *state << 1 | carry;
                carry = *state >> 63;
                *state = shifted & allowed;
            }
            if state.get(word).is_some_and(|last| last >> bit & 1 == 1) {
                return Some(chars.as_str());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Reading;

    fn matches(pattern: &str, text: &str) -> bool {
        let mut context = Context::new();
        context.insert("k:v", "é");
        context.insert("k:empty", "");
        let pattern = Pattern::read(
            pattern,
            Reading {
                variables: true,
                wildcards: true,
            },
        )
        .unwrap();
        let slow = pattern.matches(text, &context, Sense::NARROW, false);
        let fast = Glob::of(&pattern).matches(text, &context, Sense::NARROW);
        let literal = Sense::WIDE[1];
        assert_eq!(
            pattern.matches(text, &context, literal, false),
            Glob::of(&pattern).matches(text, &context, literal)
        );
        assert_eq!(slow, fast, "{pattern:?} {text}");
        fast
    }

    #[test]
    fn stretches_are_found_in_their_order() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("**", "x", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*ab*ab*", "abab", true),
            ("*ab*ab*", "aba", false),
            ("*a?c*", "xxabbc abc", true),
            ("*a?c*", "xxabbc", false),
            ("*?*", "", false),
            ("*?é*", "xé", true),
            ("*${k:v}*", "x é y", true),
            ("*${k:v}?*", "x é", false),
            ("*${k:empty}*", "", false),
            ("*${k:missing}*", "x", false),
            ("?*?", "é", false),
            ("?*?", "éé", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
        let long = format!("*{}?{}*", "a".repeat(70), "b".repeat(70));
        assert!(matches(
            &long,
            &format!("aa{}c{}b", "a".repeat(70), "b".repeat(70))
        ));
        assert!(!matches(
            &long,
            &format!("aa{}c{}", "a".repeat(70), "b".repeat(69))
        ));
    }
}
