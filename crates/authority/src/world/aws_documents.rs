//! AWS's managed policies as they are asked for: unpacked, read and compiled once, since a session
//! may name ten of them in every call.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use policy::{Arn, Document, Policies, Strictness};

/// At most as many as the catalogue has: what it does not know is not remembered.
#[derive(Debug, Default)]
pub(super) struct AwsDocuments(Mutex<BTreeMap<Arn, Policies>>);

impl AwsDocuments {
    pub(super) fn policy(&self, arn: &Arn) -> Option<Policies> {
        // A lock that a panic left is taken all the same: the map only grows by whole entries.
        if let Some(known) = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(arn)
        {
            return Some(known.clone());
        }
        // Unlocked meanwhile: nobody waits for another one's policy.
        let policy = catalog::aws::managed_policy(arn.as_str())?;
        let policy = Policies::from(
            Document::read(&policy.name, &policy.document, Strictness::Evaluate).ok()?,
        );
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(arn.clone(), policy.clone());
        Some(policy)
    }
}
