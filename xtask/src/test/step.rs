//! One step of CI, and what it may use.

use std::path::PathBuf;

use cargo_metadata::Metadata;

use super::summary::Counts;
use crate::tools::Site;

/// One step: its name for `--only`, what it runs, what must have passed before it (if it is to run
/// at all), and how.
pub(crate) struct Step {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) after: &'static [&'static str],
    pub(super) run: fn(&Bench) -> Result<Counts, String>,
}

/// What a step may use.
pub(super) struct Bench {
    pub(super) site: Site,
    pub(super) metadata: Metadata,
    /// Its own file of skips.
    pub(super) skipped: PathBuf,
    pub(super) quick: bool,
}
