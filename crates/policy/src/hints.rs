//! Near-misses: why expected and actual differ although they look alike. Hints explain; they never decide.

use crate::condition::{Base, Condition, Qualifier};
use crate::context::Context;
use crate::decision::Hint;
use crate::glob;

/// Most hints for one mismatch; a longer list helps nobody.
const MOST: usize = 3;

pub(crate) fn near(expected: &[String], actual: &[String]) -> Vec<Hint> {
    let pairs = expected.iter().flat_map(|wanted| actual.iter().map(move |found| (wanted, found)));
    pairs.filter_map(|(wanted, found)| compare(wanted, found)).take(MOST).collect()
}

pub(crate) fn near_action(written: &[String], action: &str) -> Vec<Hint> {
    // Case does not count for actions, so only a slip of the pen is worth telling.
    let lower = action.to_lowercase();
    let typo = |wanted: &&String| alike(&wanted.to_lowercase(), &lower);
    written.iter().filter(typo).take(MOST).map(|wanted| Hint::Typo { expected: wanted.clone() }).collect()
}

pub(crate) fn near_resource(written: &[String], resource: &str) -> Vec<Hint> {
    let mut hints = Vec::new();
    for wanted in written {
        let bucket_of = |text: &str| text.split_once('/').map(|(bucket, _)| bucket.to_owned());
        if !wanted.contains('/') && bucket_of(resource).as_deref() == Some(wanted) {
            hints.push(Hint::BucketNotObjects { expected: wanted.clone() });
        } else if !resource.contains('/') && bucket_of(wanted).as_deref() == Some(resource) {
            hints.push(Hint::ObjectsNotBucket { expected: wanted.clone() });
        } else {
            hints.extend(compare(wanted, resource));
        }
    }
    hints.truncate(MOST);
    hints
}

pub(crate) fn near_condition(condition: &Condition, actual: &[String], context: &Context) -> Vec<Hint> {
    if actual.is_empty() {
        return other_issuer(&condition.key, context);
    }
    let operator = condition.operator();
    let mut hints = Vec::new();
    if actual.len() > 1 && operator.is_some_and(|operator| operator.qualifier == Qualifier::None) {
        hints.push(Hint::Multivalued);
    }
    let literal = operator.is_some_and(|operator| operator.base == Base::StringEquals { not: false });
    for wanted in &condition.values {
        let covers = |found: &String| glob::matches(&glob::steps(wanted), found, false);
        if literal && wanted.contains(['*', '?']) && actual.iter().any(covers) {
            hints.push(Hint::WildcardIsLiteral { expected: wanted.clone(), operator: "StringLike".to_owned() });
        }
    }
    hints.extend(near(&condition.values, actual));
    hints.truncate(MOST);
    hints
}

/// The request has the same claim under another issuer: `localhost:4567:sub` for `localhost:4568:sub`.
fn other_issuer(key: &str, context: &Context) -> Vec<Hint> {
    let Some((_, claim)) = key.rsplit_once(':') else { return Vec::new() };
    if !matches!(claim.to_ascii_lowercase().as_str(), "sub" | "aud" | "oaud" | "amr" | "email") {
        return Vec::new();
    }
    let same_claim = |name: &&str| name.rsplit_once(':').is_some_and(|(_, found)| found.eq_ignore_ascii_case(claim));
    let present = context.iter().map(|(name, _)| name).filter(same_claim).take(MOST);
    present.map(|name| Hint::OtherIssuer { present: name.to_owned() }).collect()
}

fn compare(wanted: &str, found: &str) -> Option<Hint> {
    let expected = wanted.to_owned();
    if wanted == found {
        None
    } else if wanted.to_lowercase() == found.to_lowercase() {
        Some(Hint::Case { expected })
    } else if wanted.trim_end_matches('/') == found.trim_end_matches('/') {
        Some(Hint::TrailingSlash { expected })
    } else if alike(wanted, found) {
        Some(Hint::Typo { expected })
    } else {
        None
    }
}

/// Whether two texts are at most two insertions, deletions or replacements apart, and long enough for that to mean a slip.
pub fn alike(a: &str, b: &str) -> bool {
    // Bytes first: most pairs are told apart without looking at a character. A character has at most four bytes.
    if a.len().abs_diff(b.len()) > 8 || a.is_ascii() && b.is_ascii() && a.len().abs_diff(b.len()) > 2 {
        return false;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a == b || a.len().abs_diff(b.len()) > 2 || a.len().min(b.len()) < 6 || a.len().max(b.len()) > 512 {
        return false;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (to, above) in b.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(from != to)).min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().is_some_and(|distance| *distance <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_pen_are_seen() {
        for (a, b, expected) in [
            ("system:serviceaccount:ns:app", "system:serviceaccount:ns:apq", true),
            ("system:serviceaccount:ns:app", "system:serviceacount:ns:app", true),
            ("system:serviceaccount:ns:app", "system:serviceaccount:prod:app", false),
            ("s3:GetObject", "s3:GetObjects", true),
            ("abc", "abd", false),
            ("abcdef", "abcdef", false),
        ] {
            assert_eq!(alike(a, b), expected, "{a} {b}");
        }
    }
}
