//! A grant is on record however its call ends: what a caller had done before it hung up was done.

use authority::record::Evidence;

use super::{Api, Visit};

/// The evidence of a grant that is being carried out; kept when dropped, and so when the request is.
pub(super) struct Witness<'a> {
    api: &'a Api,
    visit: &'a Visit,
    evidence: Option<Evidence>,
}

impl<'a> Witness<'a> {
    pub(super) fn of(api: &'a Api, visit: &'a Visit, evidence: &Evidence) -> Self {
        Self { api, visit, evidence: Some(evidence.clone()) }
    }

    /// The call was refused after all, and its refusal is what goes on record.
    pub(super) fn overruled(mut self) {
        self.evidence = None;
    }
}

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        if let Some(evidence) = self.evidence.take() {
            self.api.keep(self.visit, evidence, false);
        }
    }
}
