//! How a mutation ends: nothing and why, or a patch, with what the pod gets by it.

use crate::objects::Pod;
use crate::patch::{self, Operation, PatchError};

/// What the mutation does with a pod.
#[derive(Clone, Debug, PartialEq)]
pub enum Mutation {
    /// The pod is admitted as it is.
    Nothing(Reason),
    /// The pod is given its role and token.
    Patch(Patch),
}

/// Why a pod is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its service account is not known.
    NoServiceAccount,
    /// Its service account has no role annotation.
    NoAnnotation,
    /// It carries the label that excludes it.
    Excluded,
    /// It is a mirror of a static pod, which cannot have projected tokens.
    Mirror,
    /// It has everything already.
    Complete,
}

/// The smallest edit that gives the pod its role and token.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// What is added, in order.
    pub operations: Vec<Operation>,
    /// What the pod gets by it.
    pub grant: Grant,
    /// What looks wrong; the pod is changed all the same, as upstream does.
    pub warnings: Vec<Warning>,
}

/// Role and token of a pod that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The annotation's role.
    pub role_arn: String,
    /// The token's audience.
    pub audience: String,
    /// The token's life in seconds.
    pub expiration_seconds: i64,
    /// Where containers find the token.
    pub token_path: String,
}

/// Something about an account that will not work as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The annotation is not the ARN of a role.
    NotARole {
        /// What it is.
        annotation: String,
    },
    /// An annotation's value cannot be read and was left out of account.
    Unreadable {
        /// The annotation's name.
        annotation: String,
        /// Its value.
        value: String,
    },
}

impl Patch {
    /// The pod after the edit.
    ///
    /// # Errors
    /// [`PatchError`] when the pod is not the one that the patch was made for.
    pub fn apply(&self, pod: &Pod) -> Result<Pod, PatchError> {
        patch::apply(&self.operations, pod)
    }
}
