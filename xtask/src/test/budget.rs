//! How long the steps may take.

use std::time::Duration;

/// What all steps may take together where everything was built before. Over it is reported, and
/// no failure: a machine is busy for many reasons, and steps that grew are found by their own
/// seconds.
pub(super) const BUDGET: Duration = Duration::from_secs(45 * 60);
/// The same for `--quick`.
pub(super) const QUICK_BUDGET: Duration = Duration::from_secs(2 * 60);
