//! A question as the compiled engine asks it.

use super::arn::Taken;
use crate::combine::Prepared;

/// A question made ready once for all layers.
pub(super) struct Asked<'a> {
    pub(super) prepared: Prepared<'a>,
    /// In lower case.
    pub(super) action: &'a str,
    pub(super) resource: Taken<'a>,
}
