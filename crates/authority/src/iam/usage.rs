//! Where managed policies are in use: counted once for all of them.

use std::collections::BTreeMap;

use ::policy::{AccountId, Arn};

use crate::world::World;

/// How many roles of an account use each managed policy.
pub(super) struct Usage<'a> {
    attached: BTreeMap<&'a Arn, usize>,
    bounding: BTreeMap<&'a Arn, usize>,
}

impl<'a> Usage<'a> {
    pub(super) fn of(world: &'a World, account: &'a AccountId) -> Self {
        let mut usage = Self {
            attached: BTreeMap::new(),
            bounding: BTreeMap::new(),
        };
        // Every role once for a whole listing, instead of once for each policy of it.
        for found in world.roles(account) {
            for arn in &found.role.attached {
                *usage.attached.entry(arn).or_default() += 1;
            }
            if let Some(arn) = &found.role.boundary {
                *usage.bounding.entry(arn).or_default() += 1;
            }
        }
        usage
    }

    /// `AttachmentCount`.
    pub(super) fn attached(&self, policy: &Arn) -> usize {
        self.attached.get(policy).copied().unwrap_or(0)
    }

    /// `PermissionsBoundaryUsageCount`.
    pub(super) fn bounding(&self, policy: &Arn) -> usize {
        self.bounding.get(policy).copied().unwrap_or(0)
    }

    /// Everything that is in use, by ARN.
    pub(super) fn policies(&self) -> impl Iterator<Item = &'a Arn> {
        let mut all: Vec<&Arn> = self
            .attached
            .keys()
            .chain(self.bounding.keys())
            .copied()
            .collect();
        all.sort();
        // One policy may be attached to one role and bound another.
        all.dedup();
        all.into_iter()
    }
}
