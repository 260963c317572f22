//! How long evidence may be, part by part, and how its length is taken.

use serde::Serialize;

/// Longest evidence in JSON: a dozen of full statements, and a thousand times less than a log.
pub const MOST_BYTES: usize = 16 * 1024;
/// What the counts and names themselves may take of it.
pub(super) const FOR_NAMES: usize = 1_024;
/// Most values of a list, and longest text, in evidence that is too long as it is.
pub(super) const MOST_VALUES: usize = 8;
pub(super) const LONGEST_TEXT: usize = 256;
/// Longest ARN: a key of 1,024 bytes and its bucket.
pub(super) const LONGEST_RESOURCE: usize = 1_200;
/// What the conditions of one Deny that applied may take: it stays whatever else does not, so this
/// is part of what is always there.
pub(super) const MOST_MET_BYTES: usize = 6 * 1024;
/// Policies that are named.
pub(super) const MOST_NAMES: usize = 4;

/// Counts what is written, and takes no more than it has room for.
struct Counted {
    bytes: usize,
    most: usize,
}

impl std::io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > self.most {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Length in JSON.
pub(super) fn size(value: &impl Serialize) -> usize {
    let mut counted = Counted {
        bytes: 0,
        most: usize::MAX,
    };
    // What cannot be written has no length that fits; nothing of ours is such.
    serde_json::to_writer(&mut counted, value).map_or(usize::MAX, |()| counted.bytes)
}

/// Whether something is no longer than this in JSON. Who is denied by long policies makes megabytes
/// of evidence, and it is a worker that asks: so no more is written than may be.
pub(super) fn fits(value: &impl Serialize, most: usize) -> bool {
    serde_json::to_writer(Counted { bytes: 0, most }, value).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attack_56_no_more_is_written_than_may_be() {
        struct Endless<'a>(&'a std::cell::Cell<usize>);
        impl Serialize for Endless<'_> {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_seq((0..usize::MAX).inspect(|_| self.0.set(self.0.get() + 1)))
            }
        }
        let written = std::cell::Cell::new(0);
        assert!(!fits(&Endless(&written), MOST_BYTES));
        assert!(written.get() < MOST_BYTES, "{}", written.get());
        assert!(fits(&"1234", 6) && !fits(&"12345", 6) && size(&"1234") == 6);
    }
}
