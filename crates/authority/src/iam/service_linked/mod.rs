//! Service-linked roles: made for one service, by name, and nobody's to change (IAM user guide,
//! "Create a service-linked role").
//!
//! A role is one by its path, below which nothing else can be made. Here no service uses it, so a
//! deletion is done at once.

#[cfg(test)]
mod tests;

use ::policy::Arn;
use catalog::service_linked::{self, PATH_BEGINS, ServiceLinked};

use super::answer::Answer;
use super::operation::{Context, Result, invalid_input, no_such_entity, reads, writes};
use super::protected::is_one;
use super::role;
use crate::entropy::Entropy;
use crate::form::Form;
use crate::world::{Change, Entity, Key, Role};

/// Hexadecimal digits of entropy in a task's UUID.
const DRAWN: usize = 12;
/// Characters of a role's name.
const LONGEST_NAME: usize = 64;

pub(super) fn create(at: &Context<'_>, input: &Form<'_>, entropy: &mut Entropy) -> Result {
    let service = input.required("AWSServiceName")?;
    let suffix = input.maybe("CustomSuffix");
    let known = service_linked::of(service).ok_or_else(|| {
        // What AWS says of a service without such a role is not known.
        invalid_input(format!(
            "{service} is not known to have a service-linked role."
        ))
    })?;
    let ServiceLinked {
        policy,
        takes_suffix,
        ..
    } = *known;
    let name = match suffix {
        None => known.role.to_owned(),
        Some(_) if !takes_suffix => {
            return Err(invalid_input(format!(
                "Custom suffix is not allowed for {service}"
            )));
        }
        Some(suffix) => format!("{}_{suffix}", known.role),
    };
    // With the suffix: each alone fits, and the name is what IAM bounds.
    if name.len() > LONGEST_NAME {
        return Err(invalid_input(format!(
            "The role name {name} has more than {LONGEST_NAME} characters."
        )));
    }
    if at.world.role(at.account, &name).is_some() {
        let text = format!(
            "Service role name {name} has been taken in this account, please try a different suffix."
        );
        return Err(invalid_input(text));
    }
    role::room(at)?;
    let path = service_linked::path(service);
    let policy = Arn::parse(&format!(
        "arn:{}:iam::aws:policy{PATH_BEGINS}{policy}",
        at.partition
    ));
    // In other partitions, and for a document that is too long to be read, there is none to attach.
    let attached = policy
        .into_iter()
        .filter(|arn| at.world.managed_policy(at.account, arn).is_some())
        .collect();
    // Not bound as given policies are: a service has no unique id that could be made anew.
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":["{service}"]}},"Action":["sts:AssumeRole"]}}]}}"#
    );
    let role = Role {
        attached,
        description: input.description(),
        trust: trust.clone(),
        ..role::new(at, &path, &name, entropy)?
    };
    let answer = Answer::with("CreateServiceLinkedRole", |xml| {
        xml.element("Role", |xml| role::brief(xml, &role, &trust));
    });
    writes(Change::put(Entity::Role(role)), answer)
}

/// Its policy goes with it, as with the service on AWS.
pub(super) fn delete(at: &Context<'_>, input: &Form<'_>, entropy: &mut Entropy) -> Result {
    let role = &role::find(at, input)?.role;
    if !is_one(role) {
        return Err(no_such_entity(format!(
            "There is no service-linked role with name {}.",
            role.name
        )));
    }
    let task = task(
        at,
        &format!("task{}{}", role.path, role.name),
        &hex(&entropy.draw(), DRAWN / 2),
    );
    // Clients wait by the task's id, so there is one although nothing is left to wait for.
    let answer = Answer::with("DeleteServiceLinkedRole", |xml| {
        xml.text("DeletionTaskId", &task);
    });
    let key = Key::Role {
        account: at.account.clone(),
        name: role.name.to_lowercase(),
    };
    writes(Change::Remove(key), answer)
}

/// What was submitted is done: a task that was given here is over.
pub(super) fn status(at: &Context<'_>, input: &Form<'_>) -> Result {
    let id = input.required("DeletionTaskId")?;
    if service_linked::deleted_role(id).is_none() {
        return Err(invalid_input(
            "A deletion task id is of the form task/aws-service-role/SERVICE/ROLE/UUID.",
        ));
    }
    let (head, uuid) = id.rsplit_once('/').unwrap_or((id, ""));
    let drawn: String = uuid.chars().filter(|c| *c != '-').take(DRAWN).collect();
    // Made for this account and this role: the id of another account's task is unknown here.
    if task(at, head, &drawn) != id {
        return Err(no_such_entity(format!(
            "The deletion task {id} cannot be found."
        )));
    }
    reads(Answer::with("GetServiceLinkedRoleDeletionStatus", |xml| {
        xml.text("Status", "SUCCEEDED");
    }))
}

/// The id of a deletion. Its UUID, of the eighth version, is entropy and a checksum over account,
/// role and that entropy: a task is known again without a list of all that ever were. Whoever makes
/// one up learns that what he made up is done.
fn task(at: &Context<'_>, head: &str, drawn: &str) -> String {
    let sum = hex(
        &sigv4::sha256(format!("{}\n{head}\n{drawn}", at.account).as_bytes()),
        9,
    );
    let part = |of: &str, from: usize, to: usize| of.get(from..to).unwrap_or_default().to_owned();
    let (first, second) = (part(drawn, 0, 8), part(drawn, 8, DRAWN));
    format!(
        "{head}/{first}-{second}-8{}-8{}-{}",
        part(&sum, 0, 3),
        part(&sum, 3, 6),
        part(&sum, 6, 18)
    )
}

fn hex(bytes: &[u8], count: usize) -> String {
    bytes
        .iter()
        .take(count)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
