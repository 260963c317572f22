//! AWS's managed policies as they are asked for: unpacked and read once, since a session may name ten of them in every call.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use policy::{Arn, Document, Strictness};

/// At most as many as the catalogue has: what it does not know is not remembered.
#[derive(Debug, Default)]
pub(super) struct AwsDocuments(Mutex<BTreeMap<Arn, Arc<Document>>>);

impl AwsDocuments {
    pub(super) fn document(&self, arn: &Arn) -> Option<Arc<Document>> {
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(arn) {
            return Some(Arc::clone(known));
        }
        // Unlocked meanwhile: nobody waits for another one's policy.
        let policy = catalog::aws::managed_policy(arn.as_str())?;
        let document = Document::read(&policy.name, &policy.document, Strictness::Evaluate).ok().map(Arc::new)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(arn.clone(), Arc::clone(&document));
        Some(document)
    }
}
