//! Conditions: operators, their values, and whether a request meets them
//! (IAM user guide, "IAM JSON policy elements: Condition operators").

mod binary;
mod date;
mod ip;
mod number;
mod operator;

use std::net::IpAddr;

use crate::arn;
use crate::context::{Context, Found, KeyName};
use crate::decision::Effect;
use crate::pattern::{self, ArnPattern, Empty, Pattern, Reading, Sense, Short, Untold};

pub(crate) use binary::is_base64;
pub(crate) use date::Instant;
pub(crate) use ip::Network;
pub use number::Relation;
pub(crate) use number::{Decimal, Digits};
pub use operator::{Base, Operator, Qualifier};

/// One key under one operator with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    /// The operator as written.
    pub(crate) written: String,
    /// The key as written.
    pub(crate) key: String,
    /// The values as written.
    pub(crate) values: Vec<String>,
    name: KeyName,
    test: Result<Test, String>,
}

/// A condition that can be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Test {
    operator: Operator,
    wanted: Vec<Wanted>,
}

/// One value of the policy, ready to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Text { pattern: Pattern, fold_case: bool },
    Arn(ArnPattern),
    Number(Decimal, Relation),
    Date(Instant, Relation),
    Bool(bool),
    Bytes { written: String, bytes: Vec<u8> },
    Network(Network),
    Absent(bool),
}

/// Whether a condition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Yes,
    No,
    /// The key is multivalued where the operator expects one value.
    Multivalued,
    /// It may hold or not: what it rests on is not known here, or cannot be read by the operator.
    Untold(String),
    Error(String),
}

impl Condition {
    /// Reads a condition. What cannot be evaluated is kept and answers [`Held::Error`].
    pub(crate) fn read(operator: &str, key: &str, values: Vec<String>, variables: bool) -> Self {
        let test = Operator::read(operator)
            .ok_or_else(|| format!("`{operator}` is not a condition operator"))
            .and_then(|operator| Test::read(operator, &values, variables));
        Self {
            written: operator.to_owned(),
            key: key.to_owned(),
            values,
            name: KeyName::of(key),
            test,
        }
    }

    /// What is wrong with it, if it cannot be evaluated.
    pub(crate) fn defect(&self) -> Option<&str> {
        self.test.as_ref().err().map(String::as_str)
    }

    /// The operator, if it is one.
    pub(crate) fn operator(&self) -> Option<Operator> {
        self.test.as_ref().ok().map(|test| test.operator)
    }

    /// The key as it is compared.
    pub(crate) fn name(&self) -> &KeyName {
        &self.name
    }

    /// Operator and values, if it can be evaluated.
    pub(crate) fn sound(&self) -> Option<(Operator, &[Wanted])> {
        self.test
            .as_ref()
            .ok()
            .map(|test| (test.operator, test.wanted.as_slice()))
    }

    /// Whether the request meets the condition of a statement of this effect.
    pub(crate) fn holds(&self, context: &Context, effect: Effect) -> Held {
        let test = match &self.test {
            Ok(test) => test,
            Err(because) => return Held::Error(because.clone()),
        };
        let (present, is_many): (&[String], bool) = match context.find(&self.name) {
            // Names have no case, so `aws:RequestTag/a` and `aws:requesttag/A` are one key with two
            // values. Whoever sends both must not choose which one is read.
            Found::Ambiguous => {
                return Held::Error(format!(
                    "the request spells the key `{}` in two ways",
                    self.key
                ));
            }
            Found::Unknown => return Held::Untold(pattern::unknown(&self.key)),
            Found::Missing => (&[], false),
            Found::One(value) => (std::slice::from_ref(value), false),
            Found::Many(values) => (values, true),
        };
        let denying = effect == Effect::Deny;
        // Access Analyzer, "Empty array condition", has it both ways: it "returns true", and gives
        // no permissions.
        if denying && test.wanted.is_empty() {
            return Held::Yes;
        }
        let Operator {
            base, qualifier, ..
        } = test.operator;
        if base == Base::Null {
            return test.null(present, denying);
        }
        // Several values under a plain operator: Access Analyzer calls it an error ("Missing
        // qualifier"), and no AWS page says what it means. How many values came does not matter,
        // the key is what it is.
        if is_many && qualifier == Qualifier::None {
            return Held::Multivalued;
        }
        // No list at all, and one empty text, are no data: "returns true" (IAM user guide, "Set
        // operators").
        let no_data = matches!(present, [only] if only.is_empty()) || denying && all_empty(present);
        if qualifier == Qualifier::ForAllValues && no_data && !test.wanted.is_empty() {
            return Held::Yes;
        }
        // A value of the request that is no number, date or address is neither inside nor outside
        // what the policy says.
        if let Some((value, what)) = test.unreadable(present) {
            return Held::Untold(format!("`{value}` of `{}` is not {what}", self.key));
        }
        test.holds(present, context, denying)
    }
}

/// Values, and nothing in them.
fn all_empty(present: &[String]) -> bool {
    !present.is_empty() && present.iter().all(String::is_empty)
}

impl Test {
    fn read(operator: Operator, values: &[String], variables: bool) -> Result<Self, String> {
        // `true` and `false` together would hold always; Access Analyzer reports it, and what AWS
        // does is not told.
        if operator.base == Base::Bool && values.len() > 1 {
            return Err("`Bool` takes one value".to_owned());
        }
        let wanted = values
            .iter()
            .map(|value| Wanted::read(operator.base, value, variables))
            .collect::<Result<_, _>>()?;
        Ok(Self { operator, wanted })
    }

    /// `false`: the key "exists and its value is not null", which an empty text is (IAM user guide,
    /// "Null").
    fn null(&self, present: &[String], denying: bool) -> Held {
        let wants = |absent| self.wanted.contains(&Wanted::Absent(absent));
        Held::yes(match self.operator.qualifier {
            // AWS Access Analyzer, "Null with qualifier": the set operators decide before Null is
            // asked.
            Qualifier::ForAllValues => true,
            Qualifier::ForAnyValue => false,
            Qualifier::None if present.is_empty() => wants(true),
            Qualifier::None if all_empty(present) => denying && wants(true),
            Qualifier::None => wants(false),
        })
    }

    /// The first value of the request that the operator cannot read, and what it should be.
    fn unreadable<'a>(&self, present: &'a [String]) -> Option<(&'a str, &'static str)> {
        let (what, reads): (_, fn(&str) -> bool) = match self.operator.base {
            Base::StringEquals { .. }
            | Base::StringEqualsIgnoreCase { .. }
            | Base::StringLike { .. }
            | Base::Null => return None,
            Base::Numeric(_) => ("a number", |value| Decimal::read(value).is_some()),
            Base::Date(_) => ("a date", |value| Instant::read(value).is_some()),
            Base::Bool => ("`true` or `false`", |value| truth(value).is_some()),
            Base::Binary => ("base64", |value| binary::read(value).is_some()),
            Base::Ip { .. } => ("an IP address", |value| value.parse::<IpAddr>().is_ok()),
            Base::Arn { .. } => ("an ARN", |value| {
                arn::parts(value).is_some_and(|[arn, ..]| arn == "arn")
            }),
        };
        present
            .iter()
            .find(|value| !reads(value))
            .map(|value| (value.as_str(), what))
    }

    /// A Deny holds by any reading, an Allow only where those agree that AWS's documents do not
    /// decide between.
    fn holds(&self, present: &[String], context: &Context, denying: bool) -> Held {
        if self.wanted.iter().all(Wanted::is_plain) {
            return Held::yes(self.compares(present, context, Sense::NARROW));
        }
        let told = |empty, short| self.told(present, context, empty, short);
        let documented = [
            told(Empty::Missing, Short::Padded),
            told(Empty::Missing, Short::Nothing),
        ];
        let literal = || {
            [
                told(Empty::Text, Short::Padded),
                told(Empty::Text, Short::Nothing),
            ]
        };
        if denying {
            return documented
                .into_iter()
                .chain(literal())
                .reduce(Held::or)
                .unwrap_or(Held::No);
        }
        match documented {
            // An Allow needs both readings; where they part nothing is granted by it.
            [Held::Yes, Held::Yes] => Held::Yes,
            [Held::No, Held::No] => Held::No,
            [told @ Held::Untold(_), _] | [_, told @ Held::Untold(_)] => told,
            _ => Held::Untold(
                "what an ARN of fewer than six parts matches is not documented".to_owned(),
            ),
        }
    }

    /// The more its patterns match, the more a condition holds, or the less: so what holds whether
    /// a variable that cannot be told matches nothing or anything holds whatever it is.
    fn told(&self, present: &[String], context: &Context, empty: Empty, short: Short) -> Held {
        let compares = |untold| {
            self.compares(
                present,
                context,
                Sense {
                    untold,
                    empty,
                    short,
                },
            )
        };
        let least = compares(Untold::Nothing);
        if least == compares(Untold::Anything) {
            return Held::yes(least);
        }
        Held::Untold(
            self.wanted
                .iter()
                .find_map(|wanted| wanted.untold(context))
                .unwrap_or_default(),
        )
    }

    fn compares(&self, present: &[String], context: &Context, sense: Sense) -> bool {
        let Operator {
            base,
            qualifier,
            if_exists,
        } = self.operator;
        // A negated operator is true where no value of the policy is met: NOR, not OR of the
        // negations (IAM user guide, "Conditions with multiple context keys or values").
        let meets = |value: &String| {
            self.wanted
                .iter()
                .any(|wanted| wanted.meets(value, context, sense))
                != base.negated()
        };
        match qualifier {
            Qualifier::ForAllValues if self.wanted.is_empty() => present.is_empty(),
            // Also without any value: that is why it grants to whoever leaves the key out, and why
            // the lint warns of it in an Allow.
            Qualifier::ForAllValues => present.iter().all(meets),
            Qualifier::ForAnyValue if present.is_empty() => if_exists,
            Qualifier::ForAnyValue => !self.wanted.is_empty() && present.iter().any(meets),
            // What is not there is not equal to anything: a negated operator holds over a missing
            // key (IAM user guide, "Condition operators").
            Qualifier::None if present.is_empty() => {
                if_exists || base.negated() && !self.wanted.is_empty()
            }
            // A key without values never applies (Access Analyzer, "Empty array").
            Qualifier::None => !self.wanted.is_empty() && present.iter().all(meets),
        }
    }
}

impl Held {
    fn yes(held: bool) -> Self {
        if held { Self::Yes } else { Self::No }
    }

    /// By one reading or by another.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, other) => other,
            (told, _) => told,
        }
    }
}

impl Wanted {
    fn read(base: Base, text: &str, variables: bool) -> Result<Self, String> {
        let malformed = |what: &str| format!("`{text}` is not {what}");
        Ok(match base {
            Base::StringEquals { .. } => Self::Text {
                pattern: Pattern::read(
                    text,
                    Reading {
                        variables,
                        wildcards: false,
                    },
                )?,
                fold_case: false,
            },
            Base::StringEqualsIgnoreCase { .. } => Self::Text {
                pattern: Pattern::read(
                    text,
                    Reading {
                        variables,
                        wildcards: false,
                    },
                )?,
                fold_case: true,
            },
            Base::StringLike { .. } => Self::Text {
                pattern: Pattern::read(
                    text,
                    Reading {
                        variables,
                        wildcards: true,
                    },
                )?,
                fold_case: false,
            },
            Base::Arn { .. } => Self::Arn(ArnPattern::read(text, variables, false)?),
            Base::Numeric(relation) => Self::Number(
                Decimal::read(text).ok_or_else(|| malformed("a number"))?,
                relation,
            ),
            Base::Date(relation) => Self::Date(
                Instant::read(text).ok_or_else(|| malformed("a date"))?,
                relation,
            ),
            Base::Bool => Self::Bool(truth(text).ok_or_else(|| malformed("`true` or `false`"))?),
            Base::Binary => Self::Bytes {
                written: text.to_owned(),
                bytes: binary::read(text).ok_or_else(|| malformed("base64"))?,
            },
            Base::Ip { .. } => Self::Network(
                Network::read(text).ok_or_else(|| malformed("an IP address or CIDR block"))?,
            ),
            Base::Null => Self::Absent(truth(text).ok_or_else(|| malformed("`true` or `false`"))?),
        })
    }

    /// Whether one value of the request is what this one value of the policy says, before any
    /// negation.
    fn meets(&self, value: &str, context: &Context, sense: Sense) -> bool {
        match self {
            Self::Text { pattern, fold_case } => pattern.matches(value, context, sense, *fold_case),
            Self::Arn(pattern) => pattern.matches(value, context, sense),
            Self::Number(wanted, relation) => {
                Decimal::read(value).is_some_and(|found| relation.holds(found.cmp(wanted)))
            }
            Self::Date(wanted, relation) => {
                Instant::read(value).is_some_and(|found| relation.holds(found.cmp(wanted)))
            }
            Self::Bool(wanted) => truth(value) == Some(*wanted),
            Self::Bytes { bytes, .. } => binary::read(value).as_ref() == Some(bytes),
            Self::Network(network) => network.holds(value),
            Self::Absent(_) => false,
        }
    }
}

impl Wanted {
    /// Whether it is read in one way only.
    fn is_plain(&self) -> bool {
        match self {
            Self::Text { pattern, .. } => !pattern.is_variable(),
            Self::Arn(pattern) => !pattern.is_short() && !pattern.is_variable(),
            Self::Number(..)
            | Self::Date(..)
            | Self::Bool(_)
            | Self::Bytes { .. }
            | Self::Network(_)
            | Self::Absent(_) => true,
        }
    }

    /// Why the value of one of its variables cannot be told.
    fn untold(&self, context: &Context) -> Option<String> {
        match self {
            Self::Text { pattern, .. } => pattern.untold(context),
            Self::Arn(pattern) => pattern.untold(context),
            Self::Number(..)
            | Self::Date(..)
            | Self::Bool(_)
            | Self::Bytes { .. }
            | Self::Network(_)
            | Self::Absent(_) => None,
        }
    }
}

pub(crate) fn truth(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}
