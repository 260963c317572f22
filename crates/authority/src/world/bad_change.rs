//! A stored change that no snapshot can be made of.

use super::entity::Key;

/// A change that cannot be folded: the feed or the file is corrupt, and nothing may be decided over
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadChange {
    /// The entity that could not be folded.
    pub key: Key,
    /// Why, in words.
    pub because: String,
}

impl std::fmt::Display for BadChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "stored entity {:?} cannot be used: {}",
            self.key, self.because
        )
    }
}
