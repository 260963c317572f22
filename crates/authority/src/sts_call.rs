//! The signed calls of STS: read, and answered once they are permitted. Whoever becomes a role does so elsewhere.

use catalog::{Call, Detail, Service, query};
use wire::{Family, Fault, Reply, RequestId, Words};

use crate::caller::Caller;
use crate::denial::Denial;
use crate::grant::Permit;
use crate::refusal;
use crate::sts;
use crate::world::World;

/// A signed call, by how it is decided over.
pub enum StsCall {
    /// AssumeRole: both sides' policies are asked, by [`crate::assume_role::admit`].
    AssumeRole(Words),
    /// The caller's policies alone are asked, by [`crate::grant::decide`].
    Other(Call),
}

/// Reads the form of a signed call.
///
/// # Errors
/// [`Denial`] for what is not understood.
pub fn read(form: Words) -> Result<StsCall, Denial> {
    let kept = form.clone();
    let call = query::call(Service::Sts, form).map_err(|bad| refusal::unmapped_query(&bad, || sts::unfit(&kept)).of("sts:?"))?;
    Ok(match (call.operation, call.detail) {
        ("AssumeRole", Detail::Query(form)) => StsCall::AssumeRole(form),
        (_, detail) => StsCall::Other(Call { detail, ..call }),
    })
}

/// Answers a permitted call.
///
/// # Errors
/// STS's own fault: permitted, but not possible.
pub fn answer(permit: &Permit, caller: &Caller, world: &World, family: Family, request_id: &RequestId) -> Result<Reply, Fault> {
    match (permit.call().operation, &permit.call().detail) {
        ("GetAccessKeyInfo", Detail::Query(form)) => sts::access_key_info(form, family, request_id),
        ("GetCallerIdentity", Detail::Query(form)) => {
            sts::no_parameters(form, "GetCallerIdentity")?;
            let account = world.account(caller.bearer().account());
            let partition = account.map_or("aws", |account| account.partition.as_str());
            Ok(sts::caller_identity(caller.bearer(), partition, family, request_id))
        }
        (other, _) => {
            let text = format!("Could not find operation {other} for version 2011-06-15");
            Err(Fault::new("InvalidAction", 400, text))
        }
    }
}
