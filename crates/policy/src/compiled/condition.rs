//! Conditions compiled: every operator over lists of one kind, no text built and nothing allocated
//! while it is asked.

use std::net::IpAddr;

use super::arn::{ArnGlob, Taken};
use super::glob::{Folded, Glob};
use crate::condition::{
    self, Base, Decimal, Digits, Instant, Network, Operator, Qualifier, Relation,
};
use crate::context::{Context, Found, KeyName};
use crate::decision::Effect;
use crate::pattern::{Empty, Sense, Short, Untold};

/// One key under one operator.
#[derive(Clone, Debug)]
pub(super) struct Test {
    key: KeyName,
    /// `None`: it cannot be evaluated.
    sound: Option<(Operator, Wanted)>,
    /// Some value has a policy variable.
    variable: bool,
    /// Some value is an ARN of fewer than six parts.
    short: bool,
}

#[derive(Clone, Debug)]
enum Wanted {
    /// Plain texts, sorted.
    Words(Box<[Box<str>]>),
    Globs(Box<[Glob]>),
    Folded(Box<[Folded]>),
    Arns(Box<[ArnGlob]>),
    Numbers(Box<[(Decimal, Relation)]>),
    Dates(Box<[(Instant, Relation)]>),
    Bools(Box<[bool]>),
    /// Base64, which has one spelling for every value.
    Bytes(Box<[Box<str>]>),
    Networks(Box<[Network]>),
    Absent(Box<[bool]>),
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    Yes,
    No,
    /// It may hold or not: the key is multivalued where the operator expects one value, or
    /// something is not known or read.
    Untold,
    Error,
}

impl Test {
    pub(super) fn of(condition: &condition::Condition) -> Self {
        let sound = condition.sound().and_then(|(operator, wanted)| {
            Wanted::of(operator.base, wanted).map(|it| (operator, it))
        });
        let variable = sound
            .as_ref()
            .is_some_and(|(_, wanted)| wanted.is_variable());
        let short =
            matches!(&sound, Some((_, Wanted::Arns(globs))) if globs.iter().any(ArnGlob::is_short));
        Self {
            key: condition.name().clone(),
            sound,
            variable,
            short,
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        self.sound.is_some()
    }

    pub(super) fn holds(&self, context: &Context, effect: Effect) -> Held {
        let Some((operator, wanted)) = &self.sound else {
            return Held::Error;
        };
        let (present, is_many) = match context.find(&self.key) {
            Found::Ambiguous => return Held::Error,
            Found::Unknown => return Held::Untold,
            Found::Missing => (&[][..], false),
            Found::One(value) => (std::slice::from_ref(value), false),
            Found::Many(values) => (values, true),
        };
        let denying = effect == Effect::Deny;
        if denying && wanted.is_empty() {
            return Held::Yes;
        }
        let empty = || !present.is_empty() && present.iter().all(String::is_empty);
        match (operator.qualifier, wanted) {
            (Qualifier::ForAllValues, Wanted::Absent(_)) => return Held::Yes,
            (Qualifier::ForAnyValue, Wanted::Absent(_)) => return Held::No,
            (Qualifier::None, Wanted::Absent(wanted)) => {
                return Held::yes(match (present.is_empty(), empty()) {
                    (false, false) => wanted.contains(&false),
                    (false, true) => denying && wanted.contains(&true),
                    (true, _) => wanted.contains(&true),
                });
            }
            (Qualifier::None, _) if is_many => return Held::Untold,
            (Qualifier::ForAllValues, wanted)
                if !wanted.is_empty() && empty() && (denying || present.len() == 1) =>
            {
                return Held::Yes;
            }
            (Qualifier::None | Qualifier::ForAllValues | Qualifier::ForAnyValue, _) => {}
        }
        let compare = |sense| compares(*operator, wanted, present, context, sense);
        let Some(plain) = compare(Sense::PADDED) else {
            return Held::Untold;
        };
        if !self.variable && !self.short {
            return Held::yes(plain);
        }
        // The least and the most that it may hold, over the readings of an Allow, or of a Deny.
        let readings = if denying {
            &[Empty::Missing, Empty::Text][..]
        } else {
            &[Empty::Missing]
        };
        let (mut always, mut never, mut surely) = (true, true, false);
        for (empty, short) in readings
            .iter()
            .flat_map(|empty| [(*empty, Short::Padded), (*empty, Short::Nothing)])
        {
            let sense = |untold| Sense {
                untold,
                empty,
                short,
            };
            let both = (
                compare(sense(Untold::Nothing)),
                compare(sense(Untold::Anything)),
            );
            always &= both == (Some(true), Some(true));
            never &= both == (Some(false), Some(false));
            surely |= both == (Some(true), Some(true));
        }
        match (if denying { surely } else { always }, never) {
            (true, _) => Held::Yes,
            (false, true) => Held::No,
            (false, false) => Held::Untold,
        }
    }
}

impl Held {
    fn yes(held: bool) -> Self {
        if held { Self::Yes } else { Self::No }
    }
}

/// `None`: the request has a value that the operator cannot read.
fn compares(
    operator: Operator,
    wanted: &Wanted,
    present: &[String],
    context: &Context,
    sense: Sense,
) -> Option<bool> {
    let Operator {
        base,
        qualifier,
        if_exists,
    } = operator;
    let (mut all, mut any) = (true, false);
    for value in present {
        let meets = wanted.meet(value, context, sense)? != base.negated();
        (all, any) = (all && meets, any || meets);
    }
    Some(match (qualifier, present) {
        (Qualifier::None, []) => if_exists || base.negated() && !wanted.is_empty(),
        (Qualifier::ForAllValues, []) => true,
        (Qualifier::ForAnyValue, []) => if_exists,
        (_, [_, ..]) if wanted.is_empty() => false,
        (Qualifier::None | Qualifier::ForAllValues, _) => all,
        (Qualifier::ForAnyValue, _) => any,
    })
}

impl Wanted {
    /// `None` when the values are not of the operator's kind, which reading has seen to.
    fn of(base: Base, wanted: &[condition::Wanted]) -> Option<Self> {
        use condition::Wanted as Read;
        Some(match base {
            Base::StringEquals { .. } | Base::StringLike { .. } => {
                let globs: Box<[Glob]> = all(wanted, |it| {
                    if let Read::Text { pattern, .. } = it {
                        Some(Glob::of(pattern))
                    } else {
                        None
                    }
                })?;
                let words: Option<Vec<Box<str>>> = globs
                    .iter()
                    .map(|glob| glob.as_text().map(Box::from))
                    .collect();
                match words {
                    Some(mut words) => {
                        words.sort_unstable();
                        Self::Words(words.into())
                    }
                    None => Self::Globs(globs),
                }
            }
            Base::StringEqualsIgnoreCase { .. } => Self::Folded(all(wanted, |it| {
                if let Read::Text { pattern, .. } = it {
                    Some(Folded::of(pattern))
                } else {
                    None
                }
            })?),
            Base::Arn { .. } => Self::Arns(all(wanted, |it| {
                if let Read::Arn(pattern) = it {
                    Some(ArnGlob::of(pattern))
                } else {
                    None
                }
            })?),
            Base::Numeric(_) => Self::Numbers(all(wanted, |it| {
                if let Read::Number(number, relation) = it {
                    Some((number.clone(), *relation))
                } else {
                    None
                }
            })?),
            Base::Date(_) => Self::Dates(all(wanted, |it| {
                if let Read::Date(date, relation) = it {
                    Some((*date, *relation))
                } else {
                    None
                }
            })?),
            Base::Bool => Self::Bools(all(wanted, |it| {
                if let Read::Bool(value) = it {
                    Some(*value)
                } else {
                    None
                }
            })?),
            Base::Binary => Self::Bytes(all(wanted, |it| {
                if let Read::Bytes { written, .. } = it {
                    Some(written.as_str().into())
                } else {
                    None
                }
            })?),
            Base::Ip { .. } => Self::Networks(all(wanted, |it| {
                if let Read::Network(network) = it {
                    Some(*network)
                } else {
                    None
                }
            })?),
            Base::Null => Self::Absent(all(wanted, |it| {
                if let Read::Absent(value) = it {
                    Some(*value)
                } else {
                    None
                }
            })?),
        })
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Words(it) => it.is_empty(),
            Self::Globs(it) => it.is_empty(),
            Self::Folded(it) => it.is_empty(),
            Self::Arns(it) => it.is_empty(),
            Self::Numbers(it) => it.is_empty(),
            Self::Dates(it) => it.is_empty(),
            Self::Bools(it) | Self::Absent(it) => it.is_empty(),
            Self::Bytes(it) => it.is_empty(),
            Self::Networks(it) => it.is_empty(),
        }
    }

    fn is_variable(&self) -> bool {
        match self {
            Self::Globs(globs) => globs.iter().any(Glob::is_variable),
            Self::Folded(folded) => folded.iter().any(Folded::is_variable),
            Self::Arns(globs) => globs.iter().any(ArnGlob::is_variable),
            Self::Words(_) | Self::Numbers(_) | Self::Dates(_) | Self::Bools(_) => false,
            Self::Bytes(_) | Self::Networks(_) | Self::Absent(_) => false,
        }
    }

    /// Whether one value of the request is any of these, before any negation. `None`: it is not of
    /// the operator's kind.
    fn meet(&self, value: &str, context: &Context, sense: Sense) -> Option<bool> {
        Some(match self {
            Self::Words(words) => words.binary_search_by(|word| (**word).cmp(value)).is_ok(),
            Self::Globs(globs) => globs.iter().any(|glob| glob.matches(value, context, sense)),
            Self::Folded(folded) => folded.iter().any(|one| one.matches(value, context, sense)),
            Self::Arns(globs) => {
                let taken = Taken::apart(value);
                if taken.parts?[0] != "arn" {
                    return None;
                }
                globs
                    .iter()
                    .any(|glob| glob.matches(&taken, context, sense))
            }
            Self::Numbers(numbers) => {
                let found = Digits::read(value)?;
                numbers
                    .iter()
                    .any(|(wanted, relation)| relation.holds(found.cmp(&wanted.digits())))
            }
            Self::Dates(dates) => {
                let found = Instant::read(value)?;
                dates
                    .iter()
                    .any(|(wanted, relation)| relation.holds(found.cmp(wanted)))
            }
            Self::Bools(bools) => bools.contains(&condition::truth(value)?),
            Self::Bytes(texts) if condition::is_base64(value) => {
                texts.iter().any(|text| **text == *value)
            }
            Self::Bytes(_) => return None,
            Self::Networks(networks) => {
                let found: IpAddr = value.parse().ok()?;
                networks.iter().any(|network| network.holds_address(found))
            }
            Self::Absent(_) => false,
        })
    }
}

fn all<T>(
    wanted: &[condition::Wanted],
    one: impl Fn(&condition::Wanted) -> Option<T>,
) -> Option<Box<[T]>> {
    wanted.iter().map(one).collect()
}
