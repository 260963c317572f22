//! `scratchstack-aspen`. Its policy set knows where a policy comes from: boundary, session and
//! control policies only limit.

use scratchstack_arn::Arn;
use scratchstack_aspen::{Context, Decision, Policy, PolicySet, PolicySource};
use scratchstack_aws_principal::{Principal, PrincipalIdentity, SessionData, SessionValue};

use super::Decide;
use crate::cases::{Case, ROLE, SESSION};

pub(super) fn prepare(case: &Case) -> Result<Decide, String> {
    let attached =
        || PolicySource::new_entity_attached_policy("arn:aws:iam::aws:policy/p", "ANPA1", "v1");
    let boundary =
        || PolicySource::new_permission_boundary("arn:aws:iam::aws:policy/b", "ANPA2", "v1");
    let control = || {
        PolicySource::new_org_service_control("arn:aws:organizations::aws:policy/p-1", "p", ROLE)
    };
    let sources = case.identity.iter().map(|text| (attached(), text));
    let sources = sources.chain(case.boundary.iter().map(|text| (boundary(), text)));
    let sources = sources.chain(
        case.session
            .iter()
            .map(|text| (PolicySource::new_session(), text)),
    );
    let sources = sources.chain(case.scps.iter().map(|text| (control(), text)));
    let mut set = PolicySet::new();
    for (source, text) in sources {
        set.add_policy(
            source,
            text.parse::<Policy>().map_err(|error| error.to_string())?,
        );
    }

    let (service, api) = case.action.split_once(':').ok_or("no service")?;
    let actor = PrincipalIdentity::parse_arn(SESSION).map_err(|error| error.to_string())?;
    let resource: Arn = case
        .resource
        .parse()
        .map_err(|error| format!("{error:?}"))?;
    let mut session = SessionData::new();
    for (key, value) in &case.context {
        session.insert(*key, SessionValue::from(value.as_str()));
    }
    let context = Context::builder()
        .service(service)
        .api(api)
        .actor(Principal::from(vec![actor]))
        .resources(vec![resource])
        .session_data(session)
        .build()
        .map_err(|error| error.to_string())?;
    set.evaluate(&context).map_err(|error| error.to_string())?;
    Ok(Box::new(move || {
        set.evaluate(&context)
            .is_ok_and(|(decision, _)| decision == Decision::Allow)
    }))
}
