//! Near-misses: why expected and actual differ although they look alike. Hints explain; they never
//! decide.
//!
//! They are looked for on every denial, so each is a comparison that ends early and, until it has
//! found something, builds no text.

use crate::arn;
use crate::condition::{Base, Condition, Qualifier};
use crate::context::{Context, Found};
use crate::decision::Hint;
use crate::glob;

/// Most hints for one mismatch; a longer list helps nobody.
const MOST: usize = 3;

/// Edits that still count as a typing error.
const SLIPS: usize = 2;

pub(crate) fn near(expected: &[String], actual: &[String]) -> Vec<Hint> {
    let pairs = expected
        .iter()
        .flat_map(|wanted| actual.iter().map(move |found| (wanted, found)));
    pairs
        .filter_map(|(wanted, found)| compare(wanted, found))
        .take(MOST)
        .collect()
}

pub(crate) fn near_action(written: &[String], action: &str) -> Vec<Hint> {
    // Case does not count for actions, so only a typing error is worth telling.
    let lower = action.to_lowercase();
    let typo = |wanted: &&String| alike(&wanted.to_lowercase(), &lower);
    written
        .iter()
        .filter(typo)
        .take(MOST)
        .map(|wanted| Hint::Typo {
            expected: wanted.clone(),
        })
        .collect()
}

pub(crate) fn near_resource(written: &[String], resource: &str) -> Vec<Hint> {
    let bucket_of = |text: &str| text.split_once('/').map(|(bucket, _)| bucket.to_owned());
    let one = |wanted: &String| {
        if !wanted.contains('/') && bucket_of(resource).as_deref() == Some(wanted) {
            Some(Hint::BucketNotObjects {
                expected: wanted.clone(),
            })
        } else if !resource.contains('/') && bucket_of(wanted).as_deref() == Some(resource) {
            Some(Hint::ObjectsNotBucket {
                expected: wanted.clone(),
            })
        } else {
            folded(wanted, resource)
                .or_else(|| spelt_otherwise(wanted, resource))
                .or_else(|| slip_in_arn(wanted, resource))
        }
    };
    written.iter().filter_map(one).take(MOST).collect()
}

pub(crate) fn near_condition(
    condition: &Condition,
    actual: &[String],
    context: &Context,
) -> Vec<Hint> {
    if actual.is_empty() {
        let hints = other_issuer(&condition.key, context);
        return if hints.is_empty() {
            misspelt(&condition.key, context)
        } else {
            hints
        };
    }
    let operator = condition.operator();
    let mut hints = Vec::new();
    let is_many = matches!(context.find(condition.name()), Found::Many(_));
    if is_many && operator.is_some_and(|operator| operator.qualifier == Qualifier::None) {
        hints.push(Hint::Multivalued);
    }
    // A negated operator fails because something matched: nothing was nearly met.
    if operator.is_none_or(|operator| operator.base.negated()) {
        return hints;
    }
    hints.extend(other_audience(condition, context));
    let base = operator.map(|operator| operator.base);
    let one = |wanted: &String| {
        wildcard(base, wanted, actual)
            .or_else(|| actual.iter().find_map(|found| compare(wanted, found)))
    };
    hints.extend(condition.values.iter().filter_map(one).take(MOST));
    hints.truncate(MOST);
    hints
}

/// What is to be said about a value with a wildcard: that the operator has none, or that it would
/// match in another case.
fn wildcard(base: Option<Base>, wanted: &str, actual: &[String]) -> Option<Hint> {
    if !wanted.contains(['*', '?']) {
        return None;
    }
    let literal = match base? {
        Base::StringEquals { .. } => covered(wanted, actual, false),
        Base::StringEqualsIgnoreCase { .. } => covered(wanted, actual, true),
        Base::StringLike { .. } | Base::Arn { .. } => {
            return actual.iter().find_map(|found| folded(wanted, found));
        }
        _ => false,
    };
    literal.then(|| Hint::WildcardIsLiteral {
        expected: wanted.to_owned(),
        operator: "StringLike".to_owned(),
    })
}

/// Whether a pattern, if it were one, would match.
fn covered(wanted: &str, actual: &[String], fold_case: bool) -> bool {
    let steps = glob::steps(wanted);
    actual
        .iter()
        .any(|found| glob::matches(&steps, found, fold_case))
}

/// A pattern that would match if case did not count.
fn folded(wanted: &str, found: &str) -> Option<Hint> {
    let steps = || glob::steps(wanted);
    (wanted.contains(['*', '?'])
        && glob::matches(&steps(), found, true)
        && !glob::matches(&steps(), found, false))
    .then(|| Hint::Case {
        expected: wanted.to_owned(),
    })
}

/// The request has the same claim under another issuer: `localhost:4567:sub` for
/// `localhost:4568:sub`.
fn other_issuer(key: &str, context: &Context) -> Vec<Hint> {
    let Some((_, claim)) = key.rsplit_once(':') else {
        return Vec::new();
    };
    if !["sub", "aud", "oaud", "amr", "email"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(claim))
    {
        return Vec::new();
    }
    let same_claim = |name: &&str| {
        name.rsplit_once(':')
            .is_some_and(|(_, found)| found.eq_ignore_ascii_case(claim))
    };
    let present = context
        .iter()
        .map(|(name, _)| name)
        .filter(same_claim)
        .take(MOST);
    present
        .map(|name| Hint::OtherIssuer {
            present: name.to_owned(),
        })
        .collect()
}

/// `aud` is a token's `azp` where it has one, and its audience is in `oaud` (IAM user guide, "IAM
/// and AWS STS condition context keys"); so the one is often tested where the other is meant.
fn other_audience(condition: &Condition, context: &Context) -> Option<Hint> {
    let (issuer, claim) = condition.key.rsplit_once(':')?;
    let other = match claim {
        _ if claim.eq_ignore_ascii_case("aud") => "oaud",
        _ if claim.eq_ignore_ascii_case("oaud") => "aud",
        _ => return None,
    };
    let present = format!("{issuer}:{other}");
    let values = context.get(&present)?.as_slice();
    values
        .iter()
        .any(|value| condition.values.contains(value))
        .then_some(Hint::OtherAudience { present })
}

/// Keys of the request whose names are nearly the one that is missing: `aws:PrincipalTag/team` for
/// `aws:PrincipleTag/team`.
fn misspelt(key: &str, context: &Context) -> Vec<Hint> {
    const LAST: [char; 2] = [':', '/'];
    let slip = |name: &&str| match (key.rsplit_once(LAST), name.rsplit_once(LAST)) {
        // Below one prefix stand keys of their own, such as two tags: there the names themselves
        // must be near, and long.
        (Some((before, wanted)), Some((same, found))) if before.eq_ignore_ascii_case(same) => {
            alike(wanted, found)
        }
        _ => alike(key, name),
    };
    let present = context.iter().map(|(name, _)| name).filter(slip).take(MOST);
    present
        .map(|name| Hint::MisspeltKey {
            present: name.to_owned(),
        })
        .collect()
}

fn compare(wanted: &str, found: &str) -> Option<Hint> {
    spelt_otherwise(wanted, found).or_else(|| {
        alike(wanted, found).then(|| Hint::Typo {
            expected: wanted.to_owned(),
        })
    })
}

/// Trailing slash or case.
fn spelt_otherwise(wanted: &str, found: &str) -> Option<Hint> {
    let expected = || wanted.to_owned();
    let lower = |text: &str| {
        text.chars()
            .flat_map(char::to_lowercase)
            .collect::<Vec<_>>()
    };
    if wanted == found {
        None
    } else if wanted.trim_end_matches('/') == found.trim_end_matches('/') {
        Some(Hint::TrailingSlash {
            expected: expected(),
        })
    } else if wanted.eq_ignore_ascii_case(found)
        || !(wanted.is_ascii() && found.is_ascii()) && lower(wanted) == lower(found)
    {
        Some(Hint::Case {
            expected: expected(),
        })
    } else {
        None
    }
}

/// What two ARNs have in common before their sixth part says nothing: there the names themselves
/// must be near, and long.
fn slip_in_arn(wanted: &str, found: &str) -> Option<Hint> {
    let slip = match (arn::parts(wanted), arn::parts(found)) {
        (Some([before @ .., wanted]), Some([same @ .., found])) if before == same => {
            alike(wanted, found)
        }
        _ => alike(wanted, found),
    };
    slip.then(|| Hint::Typo {
        expected: wanted.to_owned(),
    })
}

/// Whether two texts are at most two insertions, deletions or replacements apart, and long enough
/// for that to mean a slip.
pub fn alike(a: &str, b: &str) -> bool {
    // Bytes first: most pairs are told apart without looking at a character. A character has at
    // most four bytes.
    if a == b || a.len().abs_diff(b.len()) > 4 * SLIPS || a.len().max(b.len()) > 512 {
        return false;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > SLIPS || a.len().min(b.len()) < 6 {
        return false;
    }
    let begin = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(begin..).unwrap_or(&[]), b.get(begin..).unwrap_or(&[]));
    let end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    within(
        a.get(..a.len() - end).unwrap_or(&[]),
        b.get(..b.len() - end).unwrap_or(&[]),
        SLIPS,
    )
}

/// Whether `edits` edits make one of the other. At each difference there are three ways on, so at
/// most 3^`SLIPS` are tried.
fn within(a: &[char], b: &[char], edits: usize) -> bool {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(same..).unwrap_or(&[]), b.get(same..).unwrap_or(&[]));
    if a.is_empty() || b.is_empty() {
        return a.len().max(b.len()) <= edits;
    }
    let (rest_a, rest_b) = (a.get(1..).unwrap_or(&[]), b.get(1..).unwrap_or(&[]));
    edits > 0
        && (within(rest_a, rest_b, edits - 1)
            || within(rest_a, b, edits - 1)
            || within(a, rest_b, edits - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Values;

    #[test]
    fn typing_errors_are_seen() {
        for (a, b, expected) in [
            (
                "system:serviceaccount:ns:app",
                "system:serviceaccount:ns:apq",
                true,
            ),
            (
                "system:serviceaccount:ns:app",
                "system:serviceacount:ns:app",
                true,
            ),
            (
                "system:serviceaccount:ns:app",
                "system:servcieaccount:ns:app",
                true,
            ),
            (
                "system:serviceaccount:ns:app",
                "system:serviceaccount:prod:app",
                false,
            ),
            (
                "system:serviceaccount:ns:app",
                "ystem:serviceaccount:ns:ap",
                true,
            ),
            ("s3:GetObject", "s3:GetObjects", true),
            ("abc", "abd", false),
            ("abcdef", "abcdef", false),
            ("abcdef", "fedcba", false),
            ("aaaaaa", "aaaaaaaaa", false),
            ("naïveté", "naivete", true),
        ] {
            assert_eq!(alike(a, b), expected, "{a} {b}");
            assert_eq!(alike(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn values_that_look_alike() {
        let case = |expected: &str| {
            Some(Hint::Case {
                expected: expected.to_owned(),
            })
        };
        let slash = |expected: &str| {
            Some(Hint::TrailingSlash {
                expected: expected.to_owned(),
            })
        };
        let typo = |expected: &str| {
            Some(Hint::Typo {
                expected: expected.to_owned(),
            })
        };
        for (wanted, found, expected) in [
            ("Team", "team", case("Team")),
            ("ÉCOLE", "école", case("ÉCOLE")),
            (
                "https://i.example/",
                "https://i.example",
                slash("https://i.example/"),
            ),
            ("i.example", "i.example/", slash("i.example")),
            ("production", "prodction", typo("production")),
            ("red", "blue", None),
            ("red", "red", None),
        ] {
            assert_eq!(compare(wanted, found), expected, "{wanted} {found}");
        }
        let arn = |text: &str| format!("arn:aws:s3:::{text}");
        for (wanted, found, expected) in [
            (
                arn("b"),
                arn("b/x"),
                Some(Hint::BucketNotObjects { expected: arn("b") }),
            ),
            (
                arn("b/*"),
                arn("b"),
                Some(Hint::ObjectsNotBucket {
                    expected: arn("b/*"),
                }),
            ),
            (
                arn("Bucket/*"),
                arn("bucket/x"),
                Some(Hint::Case {
                    expected: arn("Bucket/*"),
                }),
            ),
            (
                arn("b/Reports/x"),
                arn("b/reports/x"),
                Some(Hint::Case {
                    expected: arn("b/Reports/x"),
                }),
            ),
            (
                arn("reprots/x"),
                arn("reports/x"),
                Some(Hint::Typo {
                    expected: arn("reprots/x"),
                }),
            ),
            (arn("c/*"), arn("b/x"), None),
        ] {
            assert_eq!(
                near_resource(std::slice::from_ref(&wanted), &found).pop(),
                expected,
                "{wanted} {found}"
            );
        }
    }

    #[test]
    fn conditions_that_were_nearly_met() {
        let sub = "system:serviceaccount:ns:app";
        let request = [
            ("i.example:sub", vec![sub]),
            ("i.example:aud", vec!["client"]),
            ("i.example:oaud", vec!["sts.amazonaws.com"]),
            ("aws:PrincipalTag/team", vec!["red"]),
            ("aws:TagKeys", vec!["team", "cost"]),
        ];
        let mut context = Context::new();
        for (name, values) in request {
            let values = match values.as_slice() {
                [one] => Values::from(*one),
                many => Values::Many(many.iter().copied().map(str::to_owned).collect()),
            };
            context.insert(name, values);
        }
        let text = str::to_owned;
        for (sentence, operator, key, value, expected) in [
            (
                "case",
                "StringEquals",
                "i.example:sub",
                "system:ServiceAccount:ns:app",
                vec![Hint::Case {
                    expected: text("system:ServiceAccount:ns:app"),
                }],
            ),
            (
                "case beside a wildcard",
                "StringLike",
                "i.example:sub",
                "system:serviceaccount:NS:*",
                vec![Hint::Case {
                    expected: text("system:serviceaccount:NS:*"),
                }],
            ),
            (
                "a wildcard taken literally",
                "StringEquals",
                "i.example:sub",
                "system:serviceaccount:ns:*",
                vec![Hint::WildcardIsLiteral {
                    expected: text("system:serviceaccount:ns:*"),
                    operator: text("StringLike"),
                }],
            ),
            (
                "and without regard to case",
                "StringEqualsIgnoreCase",
                "i.example:sub",
                "SYSTEM:*",
                vec![Hint::WildcardIsLiteral {
                    expected: text("SYSTEM:*"),
                    operator: text("StringLike"),
                }],
            ),
            (
                "a slip",
                "StringEquals",
                "i.example:sub",
                "system:serviceaccount:ns:ap",
                vec![Hint::Typo {
                    expected: text("system:serviceaccount:ns:ap"),
                }],
            ),
            (
                "another issuer",
                "StringEquals",
                "j.example:sub",
                sub,
                vec![Hint::OtherIssuer {
                    present: text("i.example:sub"),
                }],
            ),
            (
                "the audience is in oaud",
                "StringEquals",
                "i.example:aud",
                "sts.amazonaws.com",
                vec![Hint::OtherAudience {
                    present: text("i.example:oaud"),
                }],
            ),
            (
                "the client is in aud",
                "StringEquals",
                "I.EXAMPLE:OAUD",
                "client",
                vec![Hint::OtherAudience {
                    present: text("I.EXAMPLE:aud"),
                }],
            ),
            (
                "a misspelt key",
                "StringEquals",
                "aws:PrincipleTag/team",
                "red",
                vec![Hint::MisspeltKey {
                    present: text("aws:PrincipalTag/team"),
                }],
            ),
            (
                "a misspelt name below a prefix",
                "StringEquals",
                "aws:TagKey",
                "red",
                vec![Hint::MisspeltKey {
                    present: text("aws:TagKeys"),
                }],
            ),
            (
                "another tag is another key",
                "StringEquals",
                "aws:PrincipalTag/tier",
                "red",
                vec![],
            ),
            (
                "another claim too",
                "StringEquals",
                "i.example:sud",
                sub,
                vec![],
            ),
            ("nothing like it", "StringEquals", "s3:prefix", "x", vec![]),
            (
                "several values",
                "StringEquals",
                "aws:TagKeys",
                "team",
                vec![Hint::Multivalued],
            ),
            (
                "a negated operator was met too well",
                "StringNotLike",
                "i.example:sub",
                "System:*",
                vec![],
            ),
        ] {
            let condition = Condition::read(operator, key, vec![value.to_owned()], true);
            let actual = context
                .get(key)
                .map(|values| values.as_slice().to_vec())
                .unwrap_or_default();
            assert_eq!(
                near_condition(&condition, &actual, &context),
                expected,
                "{sentence}"
            );
        }
    }
}
