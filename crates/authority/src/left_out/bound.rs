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

/// Length in JSON.
pub(super) fn size(value: &impl Serialize) -> usize {
    struct Counted(usize);
    impl std::io::Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counted = Counted(0);
    // What cannot be written has no length that fits; nothing of ours is such.
    serde_json::to_writer(&mut counted, value).map_or(usize::MAX, |()| counted.0)
}
