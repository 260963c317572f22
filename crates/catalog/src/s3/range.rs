//! The range of a read (RFC 9110 section 14).

/// What a `Range` header means for an object of a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ranged {
    /// All of it: there is no range, or none that is understood.
    Whole,
    /// These bytes, the last included.
    Part(std::ops::RangeInclusive<u64>),
    /// None of the bytes is there: 416.
    Unsatisfiable,
}

/// Reads a `Range` header. Several ranges, another unit and what is malformed are all of the
/// object, as S3 answers them.
pub fn read(header: &str, size: u64) -> Ranged {
    let Some((unit, ranges)) = header.split_once('=') else {
        return Ranged::Whole;
    };
    let Some((first, last)) = ranges.trim().split_once('-') else {
        return Ranged::Whole;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Ranged::Whole;
    }
    let (first, last) = (first.trim(), last.trim());
    match (position(first), position(last)) {
        (Some(first), Some(last)) if first > last => Ranged::Whole,
        (Some(first), end) if end.is_some() || last.is_empty() => {
            let end = end.unwrap_or(u64::MAX).min(size.saturating_sub(1));
            if first < size {
                Ranged::Part(first..=end)
            } else {
                Ranged::Unsatisfiable
            }
        }
        // The last so many bytes.
        (None, Some(length)) if first.is_empty() => {
            if length == 0 || size == 0 {
                Ranged::Unsatisfiable
            } else {
                Ranged::Part(size.saturating_sub(length)..=size - 1)
            }
        }
        _ => Ranged::Whole,
    }
}

/// A position beyond what can be counted is beyond every object.
fn position(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().unwrap_or(u64::MAX))
}

/// `bytes=FIRST-LAST`, both there: what `x-amz-copy-source-range` takes (S3 API reference,
/// UploadPartCopy).
pub(super) fn exact(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = (position(first)?, position(last)?);
    (first <= last && last != u64::MAX).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_ten_bytes() {
        use Ranged::{Part, Unsatisfiable, Whole};
        for (header, expected) in [
            ("bytes=0-0", Part(0..=0)),
            ("bytes=0-9", Part(0..=9)),
            ("bytes=0-10", Part(0..=9)),
            ("bytes=9-", Part(9..=9)),
            ("bytes=-1", Part(9..=9)),
            ("bytes=-99", Part(0..=9)),
            ("Bytes = 2-3", Part(2..=3)),
            ("bytes=0-99999999999999999999999", Part(0..=9)),
            ("bytes=10-", Unsatisfiable),
            ("bytes=10-11", Unsatisfiable),
            ("bytes=99999999999999999999999-", Unsatisfiable),
            ("bytes=-0", Unsatisfiable),
            ("bytes=3-2", Whole),
            ("bytes=0-1,3-4", Whole),
            ("bytes=-", Whole),
            ("bytes=a-b", Whole),
            ("bytes=1-b", Whole),
            ("bytes=+1-2", Whole),
            ("bytes", Whole),
            ("lines=0-1", Whole),
            ("", Whole),
        ] {
            assert_eq!(read(header, 10), expected, "{header}");
        }
        assert_eq!(read("bytes=0-0", 0), Unsatisfiable);
        assert_eq!(read("bytes=-1", 0), Unsatisfiable);
    }

    #[test]
    fn the_range_of_a_copied_part_has_both_ends() {
        for (text, expected) in [
            ("bytes=0-9", Some((0, 9))),
            ("bytes=0-", None),
            ("bytes=-9", None),
            ("bytes=9-0", None),
            ("bytes=0-9,11-12", None),
            ("bytes=0-99999999999999999999", None),
            ("0-9", None),
        ] {
            assert_eq!(exact(text), expected, "{text}");
        }
    }
}
