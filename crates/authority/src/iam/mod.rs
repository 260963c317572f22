//! IAM's operations over a value: a call becomes changes and an answer, and nothing is changed here.
//!
//! Texts, codes and limits: IAM API reference; what clients depend on is named beside it.

mod answer;
mod input;
mod policy;
mod provider;
mod provider_keys;
mod role;
mod role_policy;

use ::policy::AccountId;
use wire::{Fault, Words};

pub use answer::{Answer, NAMESPACE};
pub use provider::{fill_thumbprint, wants_thumbprint};
pub use provider_keys::{MOST_PUSHED_BYTES, push_keys};

use crate::entropy::Entropy;
use crate::world::{Change, World};
use input::Input;

/// What an operation came to.
#[derive(Debug)]
pub struct Applied {
    /// What is to be kept; nothing for a read.
    pub changes: Vec<Change>,
    /// What the caller is told.
    pub answer: Answer,
}

type Result = std::result::Result<Applied, Fault>;

/// What an operation works on.
struct Context<'a> {
    world: &'a World,
    account: &'a AccountId,
    partition: &'a str,
    now: i64,
}

/// Carries out an operation that was permitted.
///
/// # Errors
/// AWS's own fault; nothing changes then.
pub fn apply(world: &World, account: &AccountId, operation: &str, form: &Words, now: i64, entropy: &mut Entropy) -> Result {
    let partition = world.account(account).map_or("aws", |it| it.partition.as_str());
    let at = Context { world, account, partition, now };
    let input = Input::new(form);
    match operation {
        "CreateOpenIDConnectProvider" => provider::create(&at, &input),
        "GetOpenIDConnectProvider" => provider::get(&at, &input),
        "ListOpenIDConnectProviders" => provider::list(&at, &input),
        "DeleteOpenIDConnectProvider" => provider::delete(&at, &input),
        "PutOpenIDConnectProviderKeys" => provider_keys::put(&at, &input),
        "DeleteOpenIDConnectProviderKeys" => provider_keys::delete(&at, &input),
        "CreatePolicy" => policy::create(&at, &input, entropy),
        "GetPolicy" => policy::get(&at, &input),
        "GetPolicyVersion" => policy::get_version(&at, &input),
        "ListPolicies" => policy::list(&at, &input),
        "DeletePolicy" => policy::delete(&at, &input),
        "CreateRole" => role::create(&at, &input, entropy),
        "GetRole" => role::get(&at, &input),
        "ListRoles" => role::list(&at, &input),
        "UpdateAssumeRolePolicy" => role::update_trust(&at, &input),
        "DeleteRole" => role::delete(&at, &input),
        "ListInstanceProfilesForRole" => role::instance_profiles(&at, &input),
        "AttachRolePolicy" => role_policy::attach(&at, &input),
        "DetachRolePolicy" => role_policy::detach(&at, &input),
        "ListAttachedRolePolicies" => role_policy::attached(&at, &input),
        "PutRolePolicy" => role_policy::put(&at, &input),
        "GetRolePolicy" => role_policy::get(&at, &input),
        "ListRolePolicies" => role_policy::list(&at, &input),
        "DeleteRolePolicy" => role_policy::delete(&at, &input),
        other => Err(Fault::new("InvalidAction", 400, format!("Could not find operation {other} for version 2010-05-08"))),
    }
}

fn reads(answer: Answer) -> Result {
    Ok(Applied { changes: Vec::new(), answer })
}

fn writes(change: Change, answer: Answer) -> Result {
    Ok(Applied { changes: vec![change], answer })
}

fn no_such_entity(text: impl Into<String>) -> Fault {
    Fault::new("NoSuchEntity", 404, text)
}

fn already_exists(text: impl Into<String>) -> Fault {
    Fault::new("EntityAlreadyExists", 409, text)
}

fn conflict(text: impl Into<String>) -> Fault {
    Fault::new("DeleteConflict", 409, text)
}

fn limit(text: impl Into<String>) -> Fault {
    Fault::new("LimitExceeded", 409, text)
}
