//! The signed calls of STS: read, and answered once they are permitted. Whoever becomes a role does
//! so elsewhere.

use catalog::{Call, Service, query};
use wire::{Family, Fault, Reply, RequestId, Words};

use crate::denial::Denial;
use crate::grant::Permit;
use crate::refusal;
use crate::sts;

/// A signed call, by how it is decided over.
pub enum StsCall {
    /// AssumeRole: both sides' policies are asked, by [`crate::assume_role::admit`].
    AssumeRole(Words),
    /// The caller's policies alone are asked, by [`crate::grant::decide`].
    Other(Call<Words>),
}

/// Reads the form of a signed call.
///
/// # Errors
/// [`Denial`] for what is not understood.
pub fn read(form: Words) -> Result<StsCall, Denial> {
    let kept = form.clone();
    let call = query::call(Service::Sts, form)
        .map_err(|bad| refusal::unmapped_query(&bad, || sts::unfit(&kept)).of("sts:?"))?;
    Ok(if call.operation == "AssumeRole" {
        StsCall::AssumeRole(call.detail)
    } else {
        StsCall::Other(call)
    })
}

/// Answers a permitted call.
///
/// # Errors
/// STS's own fault: permitted, but not possible.
pub fn answer(
    permit: &Permit<Words>,
    family: Family,
    request_id: &RequestId,
) -> Result<Reply, Fault> {
    let call = permit.whole().map_err(|denial| denial.fault)?;
    // Another service's operation may have the same name, and was permitted as what it is there.
    let operation = if call.service == Service::Sts.name() {
        call.operation.as_ref()
    } else {
        "?"
    };
    match operation {
        "GetAccessKeyInfo" => sts::access_key_info(permit, family, request_id),
        "GetCallerIdentity" => sts::caller_identity(permit, family, request_id),
        other => Err(query::not_served(Service::Sts, other).fault()),
    }
}

#[cfg(test)]
mod tests {
    use policy::AccountId;

    use super::*;
    use crate::caller::Caller;
    use crate::session::Bearer;

    #[test]
    fn nothing_is_answered_with_another_services_permit() {
        let account = AccountId::parse("000000000000").unwrap();
        let answered = |service: Service| {
            let form = Words::read("Action=GetCallerIdentity&Version=2011-06-15").unwrap();
            let mut call = query::call(Service::Sts, form).unwrap();
            call.service = service.name().into();
            let caller = Caller::of(Bearer::Root(account.clone()));
            let permit = Permit::undecided(call, caller, "aws");
            answer(&permit, Family::Query, &RequestId::from_entropy([0; 16]))
        };
        assert_eq!(answered(Service::Sts).unwrap().status, 200);
        assert_eq!(
            answered(Service::Iam).unwrap_err().code,
            "InvalidAction",
            "whatever its name is"
        );
    }
}
