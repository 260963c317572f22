//! Conditions compiled: every operator over lists of one kind, no text built and nothing allocated while it is asked.

use super::arn::{ArnGlob, Taken};
use super::glob::{Glob, Stretch};
use crate::condition::{self, Base, Decimal, Digits, Instant, Network, Operator, Qualifier, Relation};
use crate::context::{Context, Found, KeyName};

/// One key under one operator.
#[derive(Clone, Debug)]
pub(super) struct Test {
    key: KeyName,
    /// `None`: it cannot be evaluated.
    sound: Option<(Operator, Wanted)>,
}

#[derive(Clone, Debug)]
enum Wanted {
    /// Plain texts, sorted.
    Words(Box<[Box<str>]>),
    Globs(Box<[Glob]>),
    Folded(Box<[Stretch]>),
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
    Multivalued,
    Error,
}

impl Test {
    pub(super) fn of(condition: &condition::Condition) -> Self {
        let sound = condition.sound().and_then(|(operator, wanted)| Wanted::of(operator.base, wanted).map(|it| (operator, it)));
        Self { key: condition.name().clone(), sound }
    }

    pub(super) fn is_sound(&self) -> bool {
        self.sound.is_some()
    }

    pub(super) fn holds(&self, context: &Context) -> Held {
        let Some((Operator { base, qualifier, if_exists }, wanted)) = &self.sound else { return Held::Error };
        let present = match context.find(&self.key) {
            Found::Ambiguous => return Held::Error,
            Found::Missing => &[],
            Found::Values(values) => values,
        };
        let yes = |held: bool| if held { Held::Yes } else { Held::No };
        if let Wanted::Absent(wanted) = wanted {
            return match qualifier {
                Qualifier::ForAllValues => Held::Yes,
                Qualifier::ForAnyValue => Held::No,
                Qualifier::None => yes(wanted.contains(&present.is_empty())),
            };
        }
        let meets = |value: &String| wanted.meet(value, context) != base.negated();
        match (qualifier, present) {
            (Qualifier::None, []) => yes(*if_exists || base.negated() && !wanted.is_empty()),
            (Qualifier::None, [one]) => yes(!wanted.is_empty() && meets(one)),
            (Qualifier::None, [_, ..]) => Held::Multivalued,
            (Qualifier::ForAllValues, []) => Held::Yes,
            (Qualifier::ForAllValues, [only]) if only.is_empty() && !wanted.is_empty() => Held::Yes,
            (Qualifier::ForAllValues, values) => yes(!wanted.is_empty() && values.iter().all(meets)),
            (Qualifier::ForAnyValue, []) => yes(*if_exists),
            (Qualifier::ForAnyValue, values) => yes(!wanted.is_empty() && values.iter().any(meets)),
        }
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
            Base::StringEqualsIgnoreCase { .. } => Self::Folded(all(wanted, |it| {
                if let Read::Text { pattern, .. } = it { Some(Stretch::of(pattern.pieces())) } else { None }
            })?),
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

    /// Whether one value of the request is any of these, before any negation.
    fn meet(&self, value: &str, context: &Context) -> bool {
        match self {
            Self::Words(words) => words.binary_search_by(|word| (**word).cmp(value)).is_ok(),
            Self::Globs(globs) => globs.iter().any(|glob| glob.matches(value, context)),
            Self::Folded(stretches) => stretches.iter().any(|stretch| stretch.is_folded(value, context)),
            Self::Arns(globs) => {
                let taken = Taken::apart(value);
                globs.iter().any(|glob| glob.matches(&taken, context))
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
