//! ListEntitiesForPolicy: the roles that use a managed policy.

use super::answer::{self, Answer};
use super::managed::{self, Managed};
use super::operation::{Context, Result, reads};
use crate::form::Form;

pub(super) fn list(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = managed::find(at, input)?;
    // Users and groups are asked for all the same, and there are none.
    let wants_roles = input
        .maybe("EntityFilter")
        .is_none_or(|kind| kind == "Role");
    let used_as = input.maybe("PolicyUsageFilter");
    let prefix = input.path_prefix();
    let page = input.page()?;
    let arn = match &found {
        Managed::Own(it) => &it.policy.arn,
        Managed::Aws(arn, _) => arn,
    };
    let shown = at.world.roles(at.account).filter(|it| {
        let attached = it.role.attached.contains(arn) && used_as != Some("PermissionsBoundary");
        let bounding =
            it.role.boundary.as_ref() == Some(arn) && used_as != Some("PermissionsPolicy");
        wants_roles && (attached || bounding) && it.role.path.starts_with(prefix)
    });
    let (roles, marker) = page.of(shown, |it| it.role.name.to_lowercase());
    reads(Answer::with("ListEntitiesForPolicy", |xml| {
        answer::none(xml, "PolicyGroups");
        answer::none(xml, "PolicyUsers");
        xml.list("PolicyRoles", roles, |member, it| {
            member
                .text("RoleName", &it.role.name)
                .text("RoleId", &it.role.id);
        });
        answer::page_end(xml, marker.as_deref());
    }))
}
