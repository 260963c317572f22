//! What is a service's alone: its service-linked roles, and the path below which only they are.

use catalog::service_linked::PATH_BEGINS;
use wire::Fault;

use super::operation::invalid_input;
use crate::world::Role;

/// Whether a role is linked to a service.
pub(super) fn is_one(role: &Role) -> bool {
    role.path.starts_with(PATH_BEGINS)
}

/// Refuses to change what is a service's.
pub(super) fn leave_alone(role: &Role) -> std::result::Result<(), Fault> {
    if !is_one(role) {
        return Ok(());
    }
    let text = format!(
        "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
        role.name
    );
    Err(Fault::new("UnmodifiableEntity", 400, text))
}

/// Refuses a path that only service-linked roles have.
pub(super) fn keep_out(path: &str) -> std::result::Result<(), Fault> {
    if path.starts_with(PATH_BEGINS) {
        return Err(invalid_input(format!(
            "Path prefix '{PATH_BEGINS}' can only be used for AWS Service linked Roles"
        )));
    }
    Ok(())
}
