//! Conditions: operators, their values, and whether a request meets them
//! (IAM user guide, "IAM JSON policy elements: Condition operators").

mod binary;
mod date;
mod ip;
mod number;
mod operator;

use crate::context::{Context, Found, KeyName};
use crate::pattern::{self, ArnPattern, Pattern, Reading, Untold};

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
    /// The request has several values where the operator expects one.
    Multivalued,
    /// It may hold or not: what it rests on is not known here.
    Untold(String),
    Error(String),
}

impl Condition {
    /// Reads a condition. What cannot be evaluated is kept and answers [`Held::Error`].
    pub(crate) fn read(operator: &str, key: &str, values: Vec<String>, variables: bool) -> Self {
        let test = Operator::read(operator)
            .ok_or_else(|| format!("`{operator}` is not a condition operator"))
            .and_then(|operator| Test::read(operator, &values, variables));
        Self { written: operator.to_owned(), key: key.to_owned(), values, name: KeyName::of(key), test }
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
        self.test.as_ref().ok().map(|test| (test.operator, test.wanted.as_slice()))
    }

    /// Whether the request meets the condition.
    pub(crate) fn holds(&self, context: &Context) -> Held {
        let test = match &self.test {
            Ok(test) => test,
            Err(because) => return Held::Error(because.clone()),
        };
        let present: &[String] = match context.find(&self.name) {
            Found::Ambiguous => return Held::Error(format!("the request spells the key `{}` in two ways", self.key)),
            Found::Unknown => return Held::Untold(pattern::unknown(&self.key)),
            Found::Missing => &[],
            Found::Values(values) => values,
        };
        test.holds(present, context)
    }
}

impl Test {
    fn read(operator: Operator, values: &[String], variables: bool) -> Result<Self, String> {
        if operator.base == Base::Bool && values.len() > 1 {
            return Err("`Bool` takes one value".to_owned());
        }
        let wanted = values.iter().map(|value| Wanted::read(operator.base, value, variables)).collect::<Result<_, _>>()?;
        Ok(Self { operator, wanted })
    }

    /// The more its patterns match, the more a condition holds, or the less: so what holds whether a variable that cannot be
    /// told matches nothing or anything holds whatever it is.
    fn holds(&self, present: &[String], context: &Context) -> Held {
        let (least, most) = (self.compares(present, context, Untold::Nothing), self.compares(present, context, Untold::Anything));
        let untold = || self.wanted.iter().find_map(|wanted| wanted.untold(context)).unwrap_or_default();
        if least == most { least } else { Held::Untold(untold()) }
    }

    fn compares(&self, present: &[String], context: &Context, untold: Untold) -> Held {
        let Operator { base, qualifier, if_exists } = self.operator;
        let yes = |held: bool| if held { Held::Yes } else { Held::No };
        if base == Base::Null {
            return match qualifier {
                // AWS Access Analyzer, "Null with qualifier": the set operators decide before Null is asked.
                Qualifier::ForAllValues => Held::Yes,
                Qualifier::ForAnyValue => Held::No,
                Qualifier::None => yes(self.wanted.contains(&Wanted::Absent(present.is_empty()))),
            };
        }
        let meets = |value: &String| self.wanted.iter().any(|wanted| wanted.meets(value, context, untold)) != base.negated();
        match qualifier {
            // An empty list, or one empty string, vacuously passes.
            Qualifier::ForAllValues if self.wanted.is_empty() => yes(present.is_empty()),
            Qualifier::ForAllValues => yes(present.iter().all(meets) || matches!(present, [only] if only.is_empty())),
            Qualifier::ForAnyValue if present.is_empty() => yes(if_exists),
            Qualifier::ForAnyValue => yes(!self.wanted.is_empty() && present.iter().any(meets)),
            Qualifier::None => match present {
                [] => yes(if_exists || base.negated() && !self.wanted.is_empty()),
                // A key without values never applies (Access Analyzer, "Empty array").
                [_] if self.wanted.is_empty() => Held::No,
                [one] => yes(meets(one)),
                _ => Held::Multivalued,
            },
        }
    }
}

impl Wanted {
    fn read(base: Base, text: &str, variables: bool) -> Result<Self, String> {
        let malformed = |what: &str| format!("`{text}` is not {what}");
        Ok(match base {
            Base::StringEquals { .. } => {
                Self::Text { pattern: Pattern::read(text, Reading { variables, wildcards: false })?, fold_case: false }
            }
            Base::StringEqualsIgnoreCase { .. } => {
                Self::Text { pattern: Pattern::read(text, Reading { variables, wildcards: false })?, fold_case: true }
            }
            Base::StringLike { .. } => {
                Self::Text { pattern: Pattern::read(text, Reading { variables, wildcards: true })?, fold_case: false }
            }
            Base::Arn { .. } => Self::Arn(ArnPattern::read(text, variables, false)?),
            Base::Numeric(relation) => Self::Number(Decimal::read(text).ok_or_else(|| malformed("a number"))?, relation),
            Base::Date(relation) => Self::Date(Instant::read(text).ok_or_else(|| malformed("a date"))?, relation),
            Base::Bool => Self::Bool(truth(text).ok_or_else(|| malformed("`true` or `false`"))?),
            Base::Binary => Self::Bytes { written: text.to_owned(), bytes: binary::read(text).ok_or_else(|| malformed("base64"))? },
            Base::Ip { .. } => Self::Network(Network::read(text).ok_or_else(|| malformed("an IP address or CIDR block"))?),
            Base::Null => Self::Absent(truth(text).ok_or_else(|| malformed("`true` or `false`"))?),
        })
    }

    /// Whether one value of the request is what this one value of the policy says, before any negation.
    fn meets(&self, value: &str, context: &Context, untold: Untold) -> bool {
        match self {
            Self::Text { pattern, fold_case } => pattern.matches(value, context, untold, *fold_case),
            Self::Arn(pattern) => pattern.matches(value, context, untold),
            Self::Number(wanted, relation) => Decimal::read(value).is_some_and(|found| relation.holds(found.cmp(wanted))),
            Self::Date(wanted, relation) => Instant::read(value).is_some_and(|found| relation.holds(found.cmp(wanted))),
            Self::Bool(wanted) => truth(value) == Some(*wanted),
            Self::Bytes { bytes, .. } => binary::read(value).as_ref() == Some(bytes),
            Self::Network(network) => network.holds(value),
            Self::Absent(_) => false,
        }
    }
}

impl Wanted {
    /// Why the value of one of its variables cannot be told.
    fn untold(&self, context: &Context) -> Option<String> {
        match self {
            Self::Text { pattern, .. } => pattern.untold(context),
            Self::Arn(pattern) => pattern.untold(context),
            Self::Number(..) | Self::Date(..) | Self::Bool(_) | Self::Bytes { .. } | Self::Network(_) | Self::Absent(_) => None,
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
