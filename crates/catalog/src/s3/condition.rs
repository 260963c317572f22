//! Conditions on what an object is: those of reads and of copy sources (RFC 9110 section 13), and
//! S3's own on writes and deletions.

use wire::S3Fault;

use super::etag::{Etag, EtagList, EtagMatch, list};
use super::fields::Fields;
use super::http_date;
use crate::unmapped::Unmapped;

/// Condition keys and their values, as the headers that say them came.
pub(super) type Says = Vec<(&'static str, String)>;

/// When an object is read, or copied from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadConditions {
    /// `If-Match`.
    pub if_match: Option<EtagList>,
    /// `If-None-Match`.
    pub if_none_match: Option<EtagList>,
    /// `If-Modified-Since`, seconds since 1970.
    pub if_modified_since: Option<i64>,
    /// `If-Unmodified-Since`, seconds since 1970.
    pub if_unmodified_since: Option<i64>,
}

/// When an object is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteConditions {
    /// `If-Match`.
    pub if_match: Option<EtagMatch>,
    /// `If-None-Match: *`.
    pub if_none_match_any: bool,
}

/// Which way a read's condition failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The caller has it already: 304. For a copy it is 412 as well.
    NotModified,
    /// It is not what the caller expects: 412.
    Precondition,
}

impl ReadConditions {
    /// Whether an object of this ETag (without quotes) and time (seconds since 1970) is to be read
    /// `now`, in the order of RFC 9110 section 13.2.2.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn check(&self, etag: &str, modified: i64, now: i64) -> Result<(), Failed> {
        match (&self.if_match, self.if_unmodified_since) {
            (Some(list), _) if !list.has(etag, true) => return Err(Failed::Precondition),
            // "If-Match condition evaluates to true, and If-Unmodified-Since to false: 200" (S3 API
            // reference, GetObject).
            (Some(_), _) => {}
            (None, Some(since)) if modified > since => return Err(Failed::Precondition),
            (None, _) => {}
        }
        match (&self.if_none_match, self.if_modified_since) {
            (Some(list), _) if list.has(etag, false) => Err(Failed::NotModified),
            // Of a time to come nobody knows; S3 reads on (RFC 2616 section 14.25 had it so).
            (None, Some(since)) if modified <= since && since <= now => Err(Failed::NotModified),
            _ => Ok(()),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl WriteConditions {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The conditions of a read, whose headers begin so: with nothing, or `x-amz-copy-source-`.
pub(super) fn of_read(fields: &mut Fields<'_>, prefix: &str) -> Result<ReadConditions, Unmapped> {
    let mut take = |name: &str| fields.take(&format!("{prefix}{name}"));
    let (if_match, if_none_match) = (take("if-match")?, take("if-none-match")?);
    let (modified, unmodified) = (take("if-modified-since")?, take("if-unmodified-since")?);
    // RFC 9110 sections 13.1.3 and 13.1.4: what is no date is ignored. A caller that wanted to be
    // sure that nothing changed is not, so that one is refused.
    let if_unmodified_since = unmodified
        .map(|text| {
            http_date::read(text).ok_or_else(|| bad(&format!("{prefix}if-unmodified-since")))
        })
        .transpose()?;
    Ok(ReadConditions {
        if_match: if_match
            .map(|text| list(text).ok_or_else(|| bad(&format!("{prefix}if-match"))))
            .transpose()?,
        if_none_match: if_none_match
            .map(|text| list(text).ok_or_else(|| bad(&format!("{prefix}if-none-match"))))
            .transpose()?,
        if_modified_since: modified.and_then(http_date::read),
        if_unmodified_since,
    })
}

/// The conditions of a write, and what the headers say as they came: an ETag in `If-Match`, which
/// takes no `*` but of a deletion, and in `If-None-Match` nothing but `*` (S3 API reference,
/// PutObject and DeleteObject).
pub(super) fn of_write(fields: &mut Fields<'_>) -> Result<(WriteConditions, Says), Unmapped> {
    let (matches, differs) = (fields.take("if-match")?, fields.take("if-none-match")?);
    if differs.is_some_and(|text| text != "*" || matches.is_some()) {
        return Err(Unmapped::Header("if-none-match".to_owned()));
    }
    if matches.is_some_and(|text| text.trim() == "*") {
        return Err(Unmapped::Header("if-match".to_owned()));
    }
    let says = [("if-match", matches), ("if-none-match", differs)]
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?.to_owned())))
        .collect();
    let conditions = WriteConditions {
        if_match: matches.map(expected).transpose()?,
        if_none_match_any: differs.is_some(),
    };
    Ok((conditions, says))
}

/// One ETag, or `*`.
pub(super) fn expected(text: &str) -> Result<EtagMatch, Unmapped> {
    match list(text) {
        Some(EtagList::Any) => Ok(EtagMatch::Any),
        Some(EtagList::Of(all)) => match all.as_slice() {
            [Etag { value, weak: false }] => Ok(EtagMatch::One(value.clone())),
            _ => Err(bad("if-match")),
        },
        None => Err(bad("if-match")),
    }
}

fn bad(name: &str) -> Unmapped {
    Unmapped::Says(
        S3Fault::InvalidArgument,
        format!("Invalid Argument: the value of `{name}` cannot be read"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_go_by_the_order_of_the_rfc() {
        let at = |text: &str| list(text);
        let none = ReadConditions::default();
        for (sentence, conditions, expected) in [
            ("nothing is asked", none.clone(), Ok(())),
            (
                "the ETag is the one",
                ReadConditions {
                    if_match: at("\"e\""),
                    ..none.clone()
                },
                Ok(()),
            ),
            (
                "it is another",
                ReadConditions {
                    if_match: at("\"f\""),
                    ..none.clone()
                },
                Err(Failed::Precondition),
            ),
            (
                "the caller has it",
                ReadConditions {
                    if_none_match: at("W/\"e\""),
                    ..none.clone()
                },
                Err(Failed::NotModified),
            ),
            (
                "the caller has another",
                ReadConditions {
                    if_none_match: at("f"),
                    ..none.clone()
                },
                Ok(()),
            ),
            (
                "changed since",
                ReadConditions {
                    if_modified_since: Some(9),
                    ..none.clone()
                },
                Ok(()),
            ),
            (
                "not changed since",
                ReadConditions {
                    if_modified_since: Some(10),
                    ..none.clone()
                },
                Err(Failed::NotModified),
            ),
            (
                "a time to come says nothing",
                ReadConditions {
                    if_modified_since: Some(101),
                    ..none.clone()
                },
                Ok(()),
            ),
            (
                "changed, and it may not have",
                ReadConditions {
                    if_unmodified_since: Some(9),
                    ..none.clone()
                },
                Err(Failed::Precondition),
            ),
            (
                "not changed, as expected",
                ReadConditions {
                    if_unmodified_since: Some(10),
                    ..none.clone()
                },
                Ok(()),
            ),
            (
                "the ETag goes before the date",
                ReadConditions {
                    if_match: at("e"),
                    if_unmodified_since: Some(1),
                    ..none.clone()
                },
                Ok(()),
            ),
            (
                "another ETag goes before the date",
                ReadConditions {
                    if_none_match: at("f"),
                    if_modified_since: Some(99),
                    ..none.clone()
                },
                Ok(()),
            ),
            (
                "the same ETag goes before the date",
                ReadConditions {
                    if_none_match: at("e"),
                    if_modified_since: Some(1),
                    ..none.clone()
                },
                Err(Failed::NotModified),
            ),
        ] {
            assert_eq!(conditions.check("e", 10, 100), expected, "{sentence}");
        }
    }
}
