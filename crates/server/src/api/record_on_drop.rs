//! A grant is on record however its call ends: what a caller had done before it hung up was done.

use authority::record::Evidence;

use super::{Api, RequestInfo};

/// The evidence of a grant that is being carried out; kept when dropped, and so when the request
/// is.
pub(super) struct RecordOnDrop<'a> {
    api: &'a Api,
    info: &'a RequestInfo,
    evidence: Option<Evidence>,
}

impl<'a> RecordOnDrop<'a> {
    pub(super) fn of(api: &'a Api, info: &'a RequestInfo, evidence: &Evidence) -> Self {
        Self {
            api,
            info,
            evidence: Some(evidence.clone()),
        }
    }

    /// The call was refused after all, and its refusal is what goes on record.
    pub(super) fn overruled(mut self) {
        self.evidence = None;
    }
}

impl Drop for RecordOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(evidence) = self.evidence.take() {
            self.api.keep(self.info, evidence, false);
        }
    }
}
