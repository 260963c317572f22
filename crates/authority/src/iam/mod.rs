//! IAM's operations over a value: a call becomes changes and an answer, and nothing is changed
//! here.
//!
//! Texts, codes and limits: IAM API reference; what clients depend on is named beside it.

mod account;
mod answer;
mod details;
mod held_roles;
mod input;
mod instance_profile;
mod managed;
mod members;
mod operation;
mod policy;
mod policy_entities;
mod policy_version;
mod protected;
mod provider;
mod provider_change;
mod provider_keys;
mod quotas;
mod role;
mod role_change;
mod role_policy;
mod service_linked;
mod simulate;
mod tags;
#[cfg(test)]
mod tests;
mod usage;

use catalog::{Call, Service, query};
use wire::{Fault, Words};

pub use answer::Answer;
pub use provider::{fill_thumbprint, wants_thumbprint};
pub use provider_keys::{MOST_PUSHED_BYTES, push_keys};

use crate::denial::Denial;
use crate::entropy::Entropy;
use crate::grant::Permit;
use crate::refusal;
use crate::session::Bearer;
use crate::world::World;
pub use operation::Applied;
use operation::{Context, Result};
use tags::Tagged;

/// Carries out an operation that was permitted, as whoever it was permitted to.
///
/// # Errors
/// AWS's own fault; nothing changes then.
pub fn apply(world: &World, permit: &Permit<Words>, now: i64, entropy: &mut Entropy) -> Result {
    let call = permit.whole().map_err(|denial| denial.fault)?;
    let operation = call.operation.as_ref();
    if call.service != Service::Iam.name() {
        // Another service's operation may have the same name, and was permitted as what it is
        // there.
        return Err(query::not_served(Service::Iam, operation).fault());
    }
    // An account id alone is nobody: only credentials may write to it, and root is told apart by
    // them.
    let bearer = permit.bearer()?;
    let by_root = matches!(bearer, Bearer::Root(_));
    let at = Context {
        world,
        account: bearer.account(),
        by_root,
        partition: permit.partition(),
        now,
    };
    // After the permit: an error about parameters would tell strangers which names exist.
    let input = input::read(operation, &call.detail)?;
    match operation {
        "CreateOpenIDConnectProvider" => provider::create(&at, &input),
        "GetOpenIDConnectProvider" => provider::get(&at, &input),
        "ListOpenIDConnectProviders" => provider::list(&at, &input),
        "DeleteOpenIDConnectProvider" => provider::delete(&at, &input),
        "UpdateOpenIDConnectProviderThumbprint" => provider_change::thumbprints(&at, &input),
        "AddClientIDToOpenIDConnectProvider" => provider_change::add_client(&at, &input),
        "RemoveClientIDFromOpenIDConnectProvider" => provider_change::remove_client(&at, &input),
        "PutOpenIDConnectProviderKeys" => provider_keys::put(&at, &input),
        "DeleteOpenIDConnectProviderKeys" => provider_keys::delete(&at, &input),
        "CreatePolicy" => policy::create(&at, &input, entropy),
        "GetPolicy" => policy::get(&at, &input),
        "ListPolicies" => policy::list(&at, &input),
        "DeletePolicy" => policy::delete(&at, &input),
        "CreatePolicyVersion" => policy_version::create(&at, &input),
        "GetPolicyVersion" => policy_version::get(&at, &input),
        "ListPolicyVersions" => policy_version::list(&at, &input),
        "SetDefaultPolicyVersion" => policy_version::set_default(&at, &input),
        "DeletePolicyVersion" => policy_version::delete(&at, &input),
        "ListEntitiesForPolicy" => policy_entities::list(&at, &input),
        "CreateRole" => role::create(&at, &input, entropy),
        "GetRole" => role::get(&at, &input),
        "ListRoles" => role::list(&at, &input),
        "DeleteRole" => role::delete(&at, &input),
        "CreateServiceLinkedRole" => service_linked::create(&at, &input, entropy),
        "DeleteServiceLinkedRole" => service_linked::delete(&at, &input, entropy),
        "GetServiceLinkedRoleDeletionStatus" => service_linked::status(&at, &input),
        "CreateInstanceProfile" => instance_profile::create(&at, &input, entropy),
        "GetInstanceProfile" => instance_profile::get(&at, &input),
        "DeleteInstanceProfile" => instance_profile::delete(&at, &input),
        "AddRoleToInstanceProfile" => instance_profile::add_role(&at, &input),
        "RemoveRoleFromInstanceProfile" => instance_profile::remove_role(&at, &input),
        "ListInstanceProfiles" => instance_profile::list(&at, &input),
        "ListInstanceProfilesForRole" => instance_profile::list_for_role(&at, &input),
        "UpdateRole" => role_change::update(&at, &input),
        "UpdateRoleDescription" => role_change::description(&at, &input),
        "UpdateAssumeRolePolicy" => role_change::trust(&at, &input),
        "PutRolePermissionsBoundary" => role_change::put_boundary(&at, &input),
        "DeleteRolePermissionsBoundary" => role_change::delete_boundary(&at, &input),
        "AttachRolePolicy" => role_policy::attach(&at, &input),
        "DetachRolePolicy" => role_policy::detach(&at, &input),
        "ListAttachedRolePolicies" => role_policy::attached(&at, &input),
        "PutRolePolicy" => role_policy::put(&at, &input),
        "GetRolePolicy" => role_policy::get(&at, &input),
        "ListRolePolicies" => role_policy::list(&at, &input),
        "DeleteRolePolicy" => role_policy::delete(&at, &input),
        "GetUser" => account::user(&at, &input),
        "ListUsers" => account::users(&at, &input),
        "ListGroups" => account::groups(&at, &input),
        "ListAccountAliases" => account::aliases(&at, &input),
        "GetAccountSummary" => account::summary(&at, &input),
        "GetAccountAuthorizationDetails" => details::get(&at, &input),
        "GetContextKeysForCustomPolicy" => simulate::custom_keys(&at, &input),
        "GetContextKeysForPrincipalPolicy" => simulate::principal_keys(&at, &input),
        "SimulateCustomPolicy" => simulate::custom(&at, &input),
        "SimulatePrincipalPolicy" => simulate::principal(&at, &input),
        "TagRole" => tags::add(&at, &input, "TagRole", Tagged::Role),
        "TagPolicy" => tags::add(&at, &input, "TagPolicy", Tagged::Policy),
        "TagOpenIDConnectProvider" => {
            tags::add(&at, &input, "TagOpenIDConnectProvider", Tagged::Provider)
        }
        "TagInstanceProfile" => {
            tags::add(&at, &input, "TagInstanceProfile", Tagged::InstanceProfile)
        }
        "UntagRole" => tags::remove(&at, &input, "UntagRole", Tagged::Role),
        "UntagPolicy" => tags::remove(&at, &input, "UntagPolicy", Tagged::Policy),
        "UntagOpenIDConnectProvider" => {
            tags::remove(&at, &input, "UntagOpenIDConnectProvider", Tagged::Provider)
        }
        "UntagInstanceProfile" => {
            tags::remove(&at, &input, "UntagInstanceProfile", Tagged::InstanceProfile)
        }
        "ListInstanceProfileTags" => tags::list(
            &at,
            &input,
            "ListInstanceProfileTags",
            Tagged::InstanceProfile,
        ),
        "ListRoleTags" => tags::list(&at, &input, "ListRoleTags", Tagged::Role),
        "ListPolicyTags" => tags::list(&at, &input, "ListPolicyTags", Tagged::Policy),
        "ListOpenIDConnectProviderTags" => tags::list(
            &at,
            &input,
            "ListOpenIDConnectProviderTags",
            Tagged::Provider,
        ),
        // A row of the catalogue without code here: denied, like all that is not understood.
        other => Err(query::not_served(Service::Iam, other).fault()),
    }
}

/// Reads the form of a signed call.
///
/// # Errors
/// [`Denial`] for what is not understood.
pub fn read(form: Words) -> std::result::Result<Call<Words>, Denial> {
    let kept = form.clone();
    query::call(Service::Iam, form)
        .map_err(|bad| refusal::unmapped_query(&bad, || unfit(&kept)).of("iam:?"))
}

/// What does not fit in a call's parameters, all together; for a call that is refused before it is
/// decided, because the one that names its resource is missing or too long.
fn unfit(form: &Words) -> Option<Fault> {
    input::read(form.get("Action")?, form).err()
}

/// Whether an operation never changes anything.
pub fn only_reads(operation: &str) -> bool {
    ["Get", "List", "Simulate"]
        .iter()
        .any(|verb| operation.starts_with(verb))
}
