//! Conditions compiled: every operator over lists of one kind, no text built and nothing allocated while it is asked.

use super::arn::{ArnGlob, Taken};
use super::glob::{Folded, Glob};
use crate::condition::{self, Base, Decimal, Digits, Instant, Network, Operator, Qualifier, Relation};
use crate::context::{Context, Found, KeyName};
use crate::pattern::Untold;

/// One key under one operator.
#[derive(Clone, Debug)]
pub(super) struct Test {
    key: KeyName,
    /// `None`: it cannot be evaluated.
    sound: Option<(Operator, Wanted)>,
    /// Some value has a policy variable.
    variable: bool,
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
    /// It may hold or not: the request has several values where the operator expects one, or something is not known here.
    Untold,
    Error,
}

impl Test {
    pub(super) fn of(condition: &condition::Condition) -> Self {
        let sound = condition.sound().and_then(|(operator, wanted)| Wanted::of(operator.base, wanted).map(|it| (operator, it)));
        let variable = sound.as_ref().is_some_and(|(_, wanted)| wanted.is_variable());
        Self { key: condition.name().clone(), sound, variable }
    }

    pub(super) fn is_sound(&self) -> bool {
        self.sound.is_some()
    }

    pub(super) fn holds(&self, context: &Context) -> Held {
        let Some((operator, wanted)) = &self.sound else { return Held::Error };
        let present = match context.find(&self.key) {
            Found::Ambiguous => return Held::Error,
            Found::Unknown => return Held::Untold,
            Found::Missing => &[],
            Found::Values(values) => values,
        };
        let compare = |untold| compares(*operator, wanted, present, context, untold);
        let least = compare(Untold::Nothing);
        if self.variable && least != compare(Untold::Anything) { Held::Untold } else { least }
    }
}

fn compares(operator: Operator, wanted: &Wanted, present: &[String], context: &Context, untold: Untold) -> Held {
    let Operator { base, qualifier, if_exists } = operator;
    let yes = |held: bool| if held { Held::Yes } else { Held::No };
    if let Wanted::Absent(wanted) = wanted {
        return match qualifier {
            Qualifier::ForAllValues => Held::Yes,
            Qualifier::ForAnyValue => Held::No,
            Qualifier::None => yes(wanted.contains(&present.is_empty())),
        };
    }
    let meets = |value: &String| wanted.meet(value, context, untold) != base.negated();
    match (qualifier, present) {
        (Qualifier::None, []) => yes(if_exists || base.negated() && !wanted.is_empty()),
        (Qualifier::None, [one]) => yes(!wanted.is_empty() && meets(one)),
        (Qualifier::None, [_, ..]) => Held::Untold,
        (Qualifier::ForAllValues, []) => Held::Yes,
        (Qualifier::ForAllValues, [only]) if only.is_empty() && !wanted.is_empty() => Held::Yes,
        (Qualifier::ForAllValues, values) => yes(!wanted.is_empty() && values.iter().all(meets)),
        (Qualifier::ForAnyValue, []) => yes(if_exists),
        (Qualifier::ForAnyValue, values) => yes(!wanted.is_empty() && values.iter().any(meets)),
    }
}

impl Wanted {
    /// `None` when the values are not of the operator's kind, which reading has seen to.
    fn of(base: Base, wanted: &[condition::Wanted]) -> Option<Self> {
        use condition::Wanted as Read;
        Some(match base {
            Base::StringEquals { .. } | Base::StringLike { .. } => {
                let globs: Box<[Glob]> =
                    all(wanted, |it| if let Read::Text { pattern, .. } = it { Some(Glob::of(pattern)) } else { None })?;
                let words: Option<Vec<Box<str>>> = globs.iter().map(|glob| glob.as_text().map(Box::from)).collect();
                match words {
                    Some(mut words) => {
                        words.sort_unstable();
                        Self::Words(words.into())
                    }
                    None => Self::Globs(globs),
                }
            }
            Base::StringEqualsIgnoreCase { .. } => {
                Self::Folded(all(wanted, |it| if let Read::Text { pattern, .. } = it { Some(Folded::of(pattern)) } else { None })?)
            }
            Base::Arn { .. } => {
                Self::Arns(all(wanted, |it| if let Read::Arn(pattern) = it { Some(ArnGlob::of(pattern)) } else { None })?)
            }
            Base::Numeric(_) => Self::Numbers(all(wanted, |it| {
                if let Read::Number(number, relation) = it { Some((number.clone(), *relation)) } else { None }
            })?),
            Base::Date(_) => {
                Self::Dates(all(wanted, |it| if let Read::Date(date, relation) = it { Some((*date, *relation)) } else { None })?)
            }
            Base::Bool => Self::Bools(all(wanted, |it| if let Read::Bool(value) = it { Some(*value) } else { None })?),
            Base::Binary => {
                Self::Bytes(all(
                    wanted,
                    |it| {
                        if let Read::Bytes { written, .. } = it { Some(written.as_str().into()) } else { None }
                    },
                )?)
            }
            Base::Ip { .. } => {
                Self::Networks(all(wanted, |it| if let Read::Network(network) = it { Some(*network) } else { None })?)
            }
            Base::Null => Self::Absent(all(wanted, |it| if let Read::Absent(value) = it { Some(*value) } else { None })?),
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

    /// Whether one value of the request is any of these, before any negation.
    fn meet(&self, value: &str, context: &Context, untold: Untold) -> bool {
        match self {
            Self::Words(words) => words.binary_search_by(|word| (**word).cmp(value)).is_ok(),
            Self::Globs(globs) => globs.iter().any(|glob| glob.matches(value, context, untold)),
            Self::Folded(folded) => folded.iter().any(|one| one.matches(value, context, untold)),
            Self::Arns(globs) => {
                let taken = Taken::apart(value);
                globs.iter().any(|glob| glob.matches(&taken, context, untold))
            }
            Self::Numbers(numbers) => Digits::read(value)
                .is_some_and(|found| numbers.iter().any(|(wanted, relation)| relation.holds(found.cmp(&wanted.digits())))),
            Self::Dates(dates) => {
                Instant::read(value).is_some_and(|found| dates.iter().any(|(wanted, relation)| relation.holds(found.cmp(wanted))))
            }
            Self::Bools(bools) => condition::truth(value).is_some_and(|found| bools.contains(&found)),
            Self::Bytes(texts) => texts.iter().any(|text| **text == *value),
            Self::Networks(networks) => networks.iter().any(|network| network.holds(value)),
            Self::Absent(_) => false,
        }
    }
}

fn all<T>(wanted: &[condition::Wanted], one: impl Fn(&condition::Wanted) -> Option<T>) -> Option<Box<[T]>> {
    wanted.iter().map(one).collect()
}
