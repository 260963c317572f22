//! Decimal numbers of any length, compared exactly: `10` equals `10.0`.

use std::cmp::Ordering;

/// How two ordered things must relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same.
    Equals,
    /// Not the same.
    NotEquals,
    /// Found is less than wanted.
    Less,
    /// Found is at most wanted.
    LessOrEqual,
    /// Found is more than wanted.
    Greater,
    /// Found is at least wanted.
    GreaterOrEqual,
}

impl Relation {
    /// Whether found and wanted relate so. `NotEquals` asks for equality: its operator negates the
    /// whole list.
    pub(crate) fn holds(self, found_to_wanted: Ordering) -> bool {
        match self {
            Self::Equals | Self::NotEquals => found_to_wanted == Ordering::Equal,
            Self::Less => found_to_wanted == Ordering::Less,
            Self::LessOrEqual => found_to_wanted != Ordering::Greater,
            Self::Greater => found_to_wanted == Ordering::Greater,
            Self::GreaterOrEqual => found_to_wanted != Ordering::Less,
        }
    }
}

/// A decimal without exponent: sign, whole digits without leading zeros, fraction without trailing
/// ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digits<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

/// [`Digits`] that are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Decimal {
    pub(crate) fn read(text: &str) -> Option<Self> {
        let Digits {
            negative,
            whole,
            fraction,
        } = Digits::read(text)?;
        Some(Self {
            negative,
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
        })
    }

    pub(crate) fn digits(&self) -> Digits<'_> {
        Digits {
            negative: self.negative,
            whole: &self.whole,
            fraction: &self.fraction,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.digits().cmp(&other.digits())
    }
}

impl<'a> Digits<'a> {
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = rest
            .split_once('.')
            .map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !fraction.is_none_or(digits) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.unwrap_or("").trim_end_matches('0');
        // `-0` and `0` are one number.
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            negative: negative && !zero,
            whole,
            fraction,
        })
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        let length = self.whole.len().cmp(&other.whole.len());
        length
            .then_with(|| self.whole.cmp(other.whole))
            .then_with(|| self.fraction.cmp(other.fraction))
    }
}

impl PartialOrd for Digits<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Digits<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_exactly() {
        for (a, b, expected) in [
            ("10", "10.0", Ordering::Equal),
            ("-0", "0", Ordering::Equal),
            ("9", "10", Ordering::Less),
            ("-9", "-10", Ordering::Greater),
            ("0.1", "0.09", Ordering::Greater),
            ("007", "+7", Ordering::Equal),
            (
                "99999999999999999999999",
                "100000000000000000000000",
                Ordering::Less,
            ),
        ] {
            assert_eq!(
                Decimal::read(a).unwrap().cmp(&Decimal::read(b).unwrap()),
                expected,
                "{a} {b}"
            );
        }
        for text in ["", "abc", "1.", ".1", "1e3", "--1", "1,0", " 1", "٣"] {
            assert_eq!(Decimal::read(text), None, "{text:?}");
        }
    }
}
