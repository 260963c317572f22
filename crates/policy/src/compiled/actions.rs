//! Which statements an action may concern, found without looking at the others.
//!
//! Every action pattern begins with plain text. These beginnings are kept sorted, each knowing the
//! longest other one that it begins with itself. The greatest beginning not after the action, and
//! those it leads back to, are all that the action can begin with: whatever else begins the action
//! would stand between and begin that one too.

use super::glob::Glob;
use crate::context::Context;
use crate::glob::{Step, fold};
use crate::pattern::{Pattern, Piece, Reading, Sense};

/// Longest action that is put into lower case without allocating; AWS's longest has 90 characters.
const SHORT: usize = 128;

/// An action in lower case.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Short { bytes: [u8; SHORT], length: usize },
    Long(Box<str>),
}

/// An action pattern and the statement that it stands in.
#[derive(Clone, Debug)]
pub(super) struct Lead {
    pub(super) rule: usize,
    rest: Rest,
}

/// What must hold after the plain beginning.
#[derive(Clone, Debug)]
enum Rest {
    /// Nothing: it ended in `*`.
    Anything,
    /// The action ends here.
    End,
    /// The whole pattern.
    Glob(Glob),
}

/// Beginnings, and the statements that they lead to.
#[derive(Clone, Debug, Default)]
pub(super) struct Actions {
    beginnings: Box<[Beginning]>,
}

#[derive(Clone, Debug)]
struct Beginning {
    text: Box<str>,
    /// The longest other beginning of this one.
    shorter: Option<usize>,
    leads: Box<[Lead]>,
}

impl Action {
    pub(super) fn of(text: &str) -> Self {
        let mut bytes = [0; SHORT];
        match bytes.get_mut(..text.len()) {
            Some(room) if text.is_ascii() => {
                // On the stack: this runs for every call, and every action that AWS has fits.
                room.copy_from_slice(text.as_bytes());
                room.make_ascii_lowercase();
                Self::Short {
                    bytes,
                    length: text.len(),
                }
            }
            _ => Self::Long(text.chars().map(fold).collect::<String>().into()),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Short { bytes, length } => bytes
                .get(..*length)
                .and_then(|text| std::str::from_utf8(text).ok())
                .unwrap_or(""),
            Self::Long(text) => text,
        }
    }
}

/// A pattern in lower case, as it is compared. `None`: no action can match it.
pub(super) fn pattern(written: &str, covers: bool) -> Option<Pattern> {
    let matchable = written == "*"
        || written
            .split_once(':')
            .is_some_and(|(service, _)| covers || !service.contains(['*', '?']));
    let lower: String = written.chars().map(fold).collect();
    Pattern::read(
        &lower,
        Reading {
            variables: false,
            wildcards: true,
        },
    )
    .ok()
    .filter(|_| matchable)
}

impl Actions {
    /// Takes in the patterns of `Action` elements, each with its statement.
    pub(super) fn of(patterns: Vec<(Pattern, usize)>) -> Self {
        let mut sorted: Vec<(String, Lead)> = patterns
            .into_iter()
            .map(|(pattern, rule)| lead(&pattern, rule))
            .collect();
        sorted.sort_by(|(a, one), (b, other)| a.cmp(b).then(one.rule.cmp(&other.rule)));
        let mut beginnings: Vec<Beginning> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        for same in sorted.chunk_by(|(a, _), (b, _)| a == b) {
            let Some((text, _)) = same.first() else {
                continue;
            };
            let begins = |place: &usize| {
                beginnings
                    .get(*place)
                    .is_some_and(|it| text.starts_with(&*it.text))
            };
            while open.last().is_some_and(|last| !begins(last)) {
                open.pop();
            }
            let shorter = open.last().copied();
            let leads = same.iter().map(|(_, lead)| lead.clone()).collect();
            open.push(beginnings.len());
            beginnings.push(Beginning {
                text: text.as_str().into(),
                shorter,
                leads,
            });
        }
        Self {
            beginnings: beginnings.into(),
        }
    }

    /// Calls `each` for every statement one of whose patterns matches; more than once for one that
    /// has several.
    pub(super) fn concerning(&self, action: &str, mut each: impl FnMut(usize)) {
        let after = self.beginnings.partition_point(|it| *it.text <= *action);
        let mut next = after
            .checked_sub(1)
            .and_then(|place| self.beginnings.get(place));
        while let Some(beginning) = next {
            if action.starts_with(&*beginning.text) {
                for lead in &beginning.leads {
                    if lead.matches(action, beginning.text.len()) {
                        each(lead.rule);
                    }
                }
            }
            next = beginning
                .shorter
                .and_then(|place| self.beginnings.get(place));
        }
    }
}

impl Lead {
    fn matches(&self, action: &str, begun: usize) -> bool {
        match &self.rest {
            Rest::Anything => true,
            Rest::End => action.len() == begun,
            Rest::Glob(glob) => glob.matches(action, &Context::new(), Sense::NARROW),
        }
    }
}

/// The plain beginning of a pattern, and what must follow.
fn lead(pattern: &Pattern, rule: usize) -> (String, Lead) {
    let (beginning, rest) = pattern.plain_beginning();
    let rest = match rest {
        [] => Rest::End,
        [Piece::Step(Step::Run)] => Rest::Anything,
        _ => Rest::Glob(Glob::of(pattern)),
    };
    (beginning, Lead { rule, rest })
}
