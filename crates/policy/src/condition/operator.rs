//! Names of condition operators.

use super::number::Relation;

/// An operator: what it compares, how it treats many values, and whether a missing key passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// What it compares.
    pub base: Base,
    /// `ForAllValues:`, `ForAnyValue:` or neither.
    pub qualifier: Qualifier,
    /// `...IfExists`
    pub if_exists: bool,
}

/// The set operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qualifier {
    /// The key has one value.
    None,
    /// Every value of the request meets the condition; so do no values at all.
    ForAllValues,
    /// Some value of the request meets the condition.
    ForAnyValue,
}

/// What an operator compares. `not` turns an OR over the values into a NOR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// `StringEquals`, `StringNotEquals`: to the letter, without wildcards.
    StringEquals {
        /// The negated one.
        not: bool,
    },
    /// `StringEqualsIgnoreCase` and its negation.
    StringEqualsIgnoreCase {
        /// The negated one.
        not: bool,
    },
    /// `StringLike` and its negation: with wildcards.
    StringLike {
        /// The negated one.
        not: bool,
    },
    /// The six of numbers.
    Numeric(Relation),
    /// The six of dates.
    Date(Relation),
    /// `Bool`
    Bool,
    /// `BinaryEquals`
    Binary,
    /// `IpAddress`, `NotIpAddress`
    Ip {
        /// The negated one.
        not: bool,
    },
    /// `ArnEquals`, which is `ArnLike`, and their negations.
    Arn {
        /// The negated one.
        not: bool,
    },
    /// `Null`: whether the key is absent.
    Null,
}

impl Base {
    /// Negated operators pass when the key is missing.
    pub fn negated(self) -> bool {
        match self {
            Self::StringEquals { not }
            | Self::StringEqualsIgnoreCase { not }
            | Self::StringLike { not } => not,
            Self::Ip { not } | Self::Arn { not } => not,
            Self::Numeric(relation) | Self::Date(relation) => relation == Relation::NotEquals,
            Self::Bool | Self::Binary | Self::Null => false,
        }
    }
}

const NAMES: [(&str, Base); 27] = [
    ("StringEquals", Base::StringEquals { not: false }),
    ("StringNotEquals", Base::StringEquals { not: true }),
    (
        "StringEqualsIgnoreCase",
        Base::StringEqualsIgnoreCase { not: false },
    ),
    (
        "StringNotEqualsIgnoreCase",
        Base::StringEqualsIgnoreCase { not: true },
    ),
    ("StringLike", Base::StringLike { not: false }),
    ("StringNotLike", Base::StringLike { not: true }),
    ("NumericEquals", Base::Numeric(Relation::Equals)),
    ("NumericNotEquals", Base::Numeric(Relation::NotEquals)),
    ("NumericLessThan", Base::Numeric(Relation::Less)),
    (
        "NumericLessThanEquals",
        Base::Numeric(Relation::LessOrEqual),
    ),
    ("NumericGreaterThan", Base::Numeric(Relation::Greater)),
    (
        "NumericGreaterThanEquals",
        Base::Numeric(Relation::GreaterOrEqual),
    ),
    ("DateEquals", Base::Date(Relation::Equals)),
    ("DateNotEquals", Base::Date(Relation::NotEquals)),
    ("DateLessThan", Base::Date(Relation::Less)),
    ("DateLessThanEquals", Base::Date(Relation::LessOrEqual)),
    ("DateGreaterThan", Base::Date(Relation::Greater)),
    (
        "DateGreaterThanEquals",
        Base::Date(Relation::GreaterOrEqual),
    ),
    ("Bool", Base::Bool),
    ("BinaryEquals", Base::Binary),
    ("IpAddress", Base::Ip { not: false }),
    ("NotIpAddress", Base::Ip { not: true }),
    ("ArnEquals", Base::Arn { not: false }),
    ("ArnLike", Base::Arn { not: false }),
    ("ArnNotEquals", Base::Arn { not: true }),
    ("ArnNotLike", Base::Arn { not: true }),
    ("Null", Base::Null),
];

impl Operator {
    /// Reads an operator's name, whatever its case: at evaluation a Deny must not vanish over a
    /// capital letter.
    pub fn read(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let (qualifier, rest) = match lower.split_once(':') {
            Some(("forallvalues", rest)) => (Qualifier::ForAllValues, rest),
            Some(("foranyvalue", rest)) => (Qualifier::ForAnyValue, rest),
            Some(_) => return None,
            None => (Qualifier::None, lower.as_str()),
        };
        let (base, if_exists) = rest
            .strip_suffix("ifexists")
            .map_or((rest, false), |base| (base, true));
        let base = NAMES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(base))
            .map(|(_, base)| *base)?;
        (!(base == Base::Null && if_exists)).then_some(Self {
            base,
            qualifier,
            if_exists,
        })
    }

    /// Whether the name is written as AWS writes it.
    pub(crate) fn is_canonical(name: &str) -> bool {
        let rest = name
            .strip_prefix("ForAllValues:")
            .or_else(|| name.strip_prefix("ForAnyValue:"))
            .unwrap_or(name);
        let base = rest.strip_suffix("IfExists").unwrap_or(rest);
        NAMES.iter().any(|(known, _)| *known == base)
    }
}
