//! The policies that are asked, by their kind.

use crate::policies::Policies;

/// The policies that apply to the question. `None`: there is no such layer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layers<'a> {
    /// Identity-based policies; without them nothing is allowed by them.
    pub identity: Option<&'a Policies>,
    /// The resource's policy.
    pub resource: Option<&'a Policies>,
    /// The resource's policy is a role's trust policy.
    pub resource_is_trust: bool,
    /// Permissions boundary.
    pub boundary: Option<&'a Policies>,
    /// Session policies; without a document they are there and allow nothing.
    pub session: Option<&'a Policies>,
    /// Service control policies by level, root first. No level: not there. An empty level allows
    /// nothing.
    pub scps: &'a [Policies],
    /// Resource control policies by level; `RCPFullAWSAccess` is implied at every level.
    pub rcps: &'a [Policies],
}
