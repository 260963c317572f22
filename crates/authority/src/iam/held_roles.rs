//! Which instance profiles hold a role: neither goes while they do.

use super::operation::Context;
use crate::world::{InstanceProfile, World};

/// What a role must be taken out of before either goes.
pub(super) const HOLDS_ROLE: &str =
    "Cannot delete entity, must remove roles from instance profile first.";

/// The profiles that hold a role.
pub(super) fn with_role<'a>(
    world: &'a World,
    at: &Context<'a>,
    role: &'a str,
) -> impl Iterator<Item = &'a InstanceProfile> {
    world
        .instance_profiles(at.account)
        .filter(move |it| holds(it, role))
}

pub(super) fn holds(profile: &InstanceProfile, role: &str) -> bool {
    profile
        .role
        .as_ref()
        .is_some_and(|held| held.eq_ignore_ascii_case(role))
}
