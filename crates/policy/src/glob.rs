//! Wildcard matching in linear space and without recursion: `*` any run, `?` one character.

use std::collections::HashMap;

/// Whether a text matches a plain pattern, case aside: how policies read the names of actions. For
/// those who list what a pattern reaches, so that they cannot list anything else.
pub fn like(pattern: &str, text: &str) -> bool {
    matches(&steps(pattern), text, true)
}

/// One step of a pattern after its variables were filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// This very character.
    Char(char),
    /// Exactly one character.
    Any,
    /// Any run of characters, the empty one too.
    Run,
}

/// Two pointers and one place to come back to: after a later `*` an earlier one never needs another
/// try.
///
/// That is quick for what people write. A long tail after a `*`, over a text that keeps almost
/// matching it, would cost the product of both lengths; past a few times their sum the same is
/// found by [`states`], whose cost has no such case.
pub(crate) fn matches(pattern: &[Step], text: &str, fold_case: bool) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    // For what people write this is never reached: it is there for patterns that are made to be
    // slow.
    let patience = 8 * (pattern.len() + text.len()) + 64;
    for _ in 0..patience {
        let step = pattern.get(p).copied();
        match (step, text.get(t).copied()) {
            (None, None) => return true,
            (Some(Step::Run), _) => {
                back = Some((p + 1, t));
                p += 1;
                continue;
            }
            (Some(Step::Any), Some(_)) => {
                (p, t) = (p + 1, t + 1);
                continue;
            }
            (Some(Step::Char(wanted)), Some(found)) if same(wanted, found, fold_case) => {
                (p, t) = (p + 1, t + 1);
                continue;
            }
            _ => {}
        }
        match back {
            // The last star takes one character more. Earlier stars are never asked again: what
            // they could take, this one can.
            Some((resume, from)) if from < text.len() => {
                back = Some((resume, from + 1));
                (p, t) = (resume, from + 1);
            }
            _ => return false,
        }
    }
    states(pattern, &text, fold_case, &|_| false)
}

/// Like [`matches`], but over the first `head` steps `?` takes no colon, and `*` none either unless
/// a colon follows it: what a star that ends a part of an ARN may do.
pub(crate) fn crosses(pattern: &[Step], head: usize, text: &str) -> bool {
    // If it does not match when every wildcard takes colons, it does not when some do: that is
    // found soon.
    if !matches(pattern, text, false) {
        return false;
    }
    let ends_a_part = |place: usize| pattern.get(place + 1) == Some(&Step::Char(':'));
    let within = |place: usize| match pattern.get(place) {
        Some(Step::Run) => place < head && !ends_a_part(place),
        Some(Step::Any) => place < head,
        Some(Step::Char(_)) | None => false,
    };
    let text: Vec<char> = text.chars().collect();
    !(0..head).any(within) || states(pattern, &text, false, &within)
}

/// All places of the pattern at once, a bit each: bit i stands for having matched i steps, `*` not
/// counted. Every character moves each bit on if its step takes the character, and keeps it where a
/// `*` stands. Costs text times pattern / 64. `within`: the wildcard at this place takes no colon.
fn states(
    pattern: &[Step],
    text: &[char],
    fold_case: bool,
    within: &dyn Fn(usize) -> bool,
) -> bool {
    let steps: Vec<(usize, Step)> = pattern
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, step)| *step != Step::Run)
        .collect();
    let words = steps.len() / 64 + 1;
    let set = |bits: &mut Vec<u64>, place: usize| {
        if let Some(word) = bits.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    };
    let (mut stays, mut stays_at_colon) = (vec![0; words], vec![0; words]);
    let mut before = 0;
    for (place, step) in pattern.iter().enumerate() {
        match step {
            Step::Run => {
                set(&mut stays, before);
                if !within(place) {
                    set(&mut stays_at_colon, before);
                }
            }
            Step::Any | Step::Char(_) => before += 1,
        }
    }
    let takes = |c: char| {
        let mut bits = vec![0; words];
        for (place, (written, step)) in steps.iter().enumerate() {
            let takes = match step {
                Step::Any => c != ':' || !within(*written),
                Step::Char(wanted) => same(*wanted, c, fold_case),
                Step::Run => false,
            };
            if takes {
                set(&mut bits, place);
            }
        }
        bits
    };
    let mut known: HashMap<char, Vec<u64>> = HashMap::new();
    let mut now = vec![0; words];
    set(&mut now, 0);
    for c in text {
        let takes = known.entry(*c).or_insert_with(|| takes(*c));
        let stays = if *c == ':' { &stays_at_colon } else { &stays };
        let mut carry = 0;
        for ((now, takes), stays) in now.iter_mut().zip(takes).zip(stays) {
            let moved = *now & *takes;
            *now = moved << 1 | carry | *now & stays;
            carry = moved >> 63;
        }
    }
    now.get(steps.len() / 64)
        .is_some_and(|word| word >> (steps.len() % 64) & 1 == 1)
}

fn same(a: char, b: char, fold_case: bool) -> bool {
    a == b || fold_case && fold(a) == fold(b)
}

/// The lower case of a character. One whose lower case has several characters stands for itself
/// alone.
pub(crate) fn fold(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// Whether a pattern of `*` and `?` matches a text, to the letter as for resources.
pub fn like_exactly(pattern: &str, text: &str) -> bool {
    matches(&steps(pattern), text, false)
}

/// Whether some text matches both patterns. Time is the product of their lengths.
pub fn overlap(one: &str, other: &str) -> bool {
    let (one, other) = (steps(one), steps(other));
    // `reached` holds, for every beginning of `other`, whether some text matches it and the part of
    // `one` read so far.
    let mut reached = vec![true];
    for step in &other {
        let before = reached.last().copied().unwrap_or(false);
        reached.push(before && *step == Step::Run);
    }
    for left in &one {
        let mut row = vec![reached.first().copied().unwrap_or(false) && *left == Step::Run];
        for ((right, diagonal), above) in other.iter().zip(&reached).zip(reached.iter().skip(1)) {
            let beside = row.last().copied().unwrap_or(false);
            row.push(match (left, right) {
                (Step::Run, _) | (_, Step::Run) => *above || beside,
                (Step::Char(a), Step::Char(b)) => *diagonal && a == b,
                (Step::Any, _) | (_, Step::Any) => *diagonal,
            });
        }
        reached = row;
    }
    reached.last().copied().unwrap_or(false)
}

/// The steps of a plain pattern without variables.
pub(crate) fn steps(pattern: &str) -> Vec<Step> {
    pattern
        .chars()
        .map(|c| match c {
            '*' => Step::Run,
            '?' => Step::Any,
            c => Step::Char(c),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*c", "abcc", true),
            ("a*c", "abcd", false),
            ("a?", "a", false),
            ("a?", "ab", true),
            ("a?c*", "abcdef", true),
            ("*a*b", "xaxbxb", true),
            ("?é*", "xé", true),
            ("**", "abc", true),
        ] {
            assert_eq!(
                matches(&steps(pattern), text, false),
                expected,
                "{pattern} {text}"
            );
        }
        assert!(matches(&steps("S3:get*"), "s3:GetObject", true));
    }

    #[test]
    fn patterns_overlap() {
        for (one, other, expected) in [
            ("", "", true),
            ("", "*", true),
            ("a", "", false),
            ("a*", "*b", true),
            ("a*c", "ab", false),
            ("*/*", "b", false),
            ("*/*", "b/*", true),
            ("a?", "?b", true),
            ("a?", "a", false),
            ("role/*", "user/*", false),
            ("*a*", "bbb", false),
        ] {
            assert_eq!(overlap(one, other), expected, "{one} {other}");
            assert_eq!(overlap(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn both_ways_find_the_same() {
        let long = format!("*{}?b*{}", "a".repeat(70), "é".repeat(64));
        let hit = format!("xx{}cb{}", "a".repeat(70), "é".repeat(64));
        for (pattern, text) in [
            (long.as_str(), hit.as_str()),
            (&long, "aé"),
            ("", ""),
            ("", "a"),
            ("*", ""),
            ("a*", "b"),
            ("*a?c*", "abcabbc"),
            ("a?", "a"),
            (&"?".repeat(64), &"x".repeat(64)),
            (&"?".repeat(64), &"x".repeat(63)),
            ("A*b", "axB"),
        ] {
            for fold_case in [false, true] {
                let chars: Vec<char> = text.chars().collect();
                let expected = matches(&steps(pattern), text, fold_case);
                assert_eq!(
                    states(&steps(pattern), &chars, fold_case, &|_| false),
                    expected,
                    "{pattern} {text} {fold_case}"
                );
            }
        }
        assert!(matches(&steps(&long), &hit, false));
    }

    #[test]
    fn a_star_that_ends_a_part_crosses_colons() {
        for (pattern, head, text, expected) in [
            ("a*:z", 3, "a:b:c:z", true),
            ("a*b:z", 4, "a:b:z", false),
            ("a*b:z", 4, "axb:z", true),
            ("a?:z", 3, "a::z", false),
            ("a*b*:z", 5, "axb:c:z", true),
            ("a*b*:z", 5, "a:b:c:z", false),
            ("a:*z", 2, "a:b:z", true),
            ("a*:z", 3, "a", false),
        ] {
            assert_eq!(
                crosses(&steps(pattern), head, text),
                expected,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn a_long_tail_is_no_attack() {
        // The product of these lengths is 2 * 10^9: this test would not end.
        let pattern = steps(&format!("*{}b*", "a".repeat(40_000)));
        assert!(!matches(&pattern, &"a".repeat(50_000), false));
        assert!(matches(
            &pattern,
            &format!("{}b", "a".repeat(50_000)),
            false
        ));
        let nine = steps(&format!("{}b", "a*".repeat(9)));
        assert!(!matches(&nine, &"a".repeat(4000), false));
    }
}
