//! What every rule sees of a document.

use super::view;
use crate::aws::{Action, Catalogue, Service};

/// What every rule sees.
pub(super) struct Scene<'a> {
    pub(super) policy: view::Policy<'a>,
    pub(super) catalogue: &'a Catalogue,
    /// IAM refuses the document.
    pub(super) refused: bool,
}

impl<'a> Scene<'a> {
    /// The actions that an action of the document reaches.
    pub(super) fn reached(&self, action: &str) -> Vec<(&'a Service, &'a Action)> {
        if action.contains(['*', '?']) {
            self.catalogue.actions_like(action)
        } else {
            self.catalogue.action(action).into_iter().collect()
        }
    }
}
