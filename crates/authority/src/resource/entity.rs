//! IAM's entities: their ARNs by their bare names, and what the account knows of a role, policy,
//! provider or instance profile.

use catalog::EntityKind;
use policy::{AccountId, Arn, Context, Values};

use crate::world::World;

/// The ARN of an entity that the account has, with its path.
pub(super) fn arn<'a>(
    world: &'a World,
    account: &AccountId,
    kind: EntityKind,
    name: &str,
) -> Option<&'a Arn> {
    match kind {
        EntityKind::Role => world.role(account, name).map(|found| &found.role.arn),
        EntityKind::InstanceProfile => world
            .instance_profile(account, name)
            .map(|found| &found.arn),
        // There are no users.
        EntityKind::User => None,
    }
}

/// What the account knows of an entity of its own: its tags, the boundary where the action is asked
/// with it, and what a role that is passed is for.
pub(super) fn describe(
    world: &World,
    account: &AccountId,
    partition: &str,
    (arn, action): (&str, &str),
    context: &mut Context,
) {
    // `*` is no ARN, and of everything nothing in particular is known.
    let Ok(arn) = Arn::parse(arn) else { return };
    let role = world.role_by_arn(&arn).map(|it| &it.role);
    let tags = role
        .map(|it| &it.tags)
        .or_else(|| world.policy_by_arn(&arn).map(|it| &it.policy.tags));
    let tags = tags.or_else(|| world.provider_by_arn(&arn).map(|it| &it.tags));
    let tags = tags.or_else(|| world.instance_profile_by_arn(&arn).map(|it| &it.tags));
    for (key, value) in tags.into_iter().flatten() {
        context.insert(format!("aws:ResourceTag/{key}"), Values::One(value.clone()));
        // A key of roles alone among what is served; `known/` has it beside the reference.
        if role.is_some() {
            context.insert(format!("iam:ResourceTag/{key}"), Values::One(value.clone()));
        }
    }
    let boundary = role
        .and_then(|it| it.boundary.as_ref())
        .filter(|_| catalog::query::reads_boundary(action));
    if action == "iam:PassRole" {
        // "The ARN value must be arn:aws:ec2:*:CallerAccountId:instance/*" (IAM API reference,
        // AddRoleToInstanceProfile).
        let instances = format!("arn:{partition}:ec2:*:{account}:instance/*");
        context.insert("iam:AssociatedResourceArn", Values::One(instances));
    }
    if let Some(boundary) = boundary {
        context.insert("iam:PermissionsBoundary", Values::One(boundary.to_string()));
    }
}
