//! STS: the exchange, and who am I.

use std::sync::Arc;

use authority::trust;
use authority::web_identity::Ask;
use authority::{Caller, Provider, assume_role, exchange, grant, session, sts};
use catalog::{Detail, Service, query};
use token::{DEFAULT_MAX_AGE, Expectation, KeySet, Owner, Unverified};
use wire::{Fault, Words};

use super::{Answer, Api, LocalKeys, Refused, Visit, respond, unmapped};
use crate::clock;

impl Api {
    /// AssumeRoleWithWebIdentity: parameters, token, provider, keys, proof, trust, session. Nothing is written.
    pub(super) fn exchange(&self, visit: &Visit, form: &Words) -> Answer {
        let world = self.ledger.world();
        let ask = Ask::read(form).map_err(|fault| Refused::stranger(exchange::bad_parameters(fault)))?;
        let unverified = Unverified::read(&ask.token).map_err(|bad| Refused::stranger(exchange::malformed(&ask, &bad)))?;
        let provider = exchange::provider(&world, &ask, unverified.issuer()).map_err(Refused::stranger)?;
        let keys = self.local.set_of(provider).ok_or_else(|| Refused::stranger(exchange::no_keys(&ask, provider)))?;
        let issuer = format!("https://{}", provider.url);
        let expectation = Expectation { issuer: &issuer, client_ids: &provider.client_ids, max_age: DEFAULT_MAX_AGE };
        let verified = unverified
            .verify(&keys, &expectation, visit.at)
            .map_err(|refusal| Refused::stranger(exchange::refused(&ask, provider, &refusal)))?;
        let admission = trust::admit(&world, &ask, provider, &verified, &visit.peer, visit.at).map_err(Refused::known)?;
        let mut evidence = admission.evidence().clone();
        let session = session::mint(admission, &self.vault.ring(), visit.at, &mut clock::entropy())
            .map_err(|because| Refused::known(exchange::not_minted(&ask, because)))?;
        evidence.who.access_key_id = Some(session.access_key_id.clone());
        let partition = world.account(&ask.account).map_or("aws", |account| account.partition.as_str());
        let reply = sts::assumed(&session, partition, visit.family, &visit.id);
        self.keep(visit, evidence, false);
        Ok(respond(reply))
    }

    /// The signed calls of STS.
    pub(super) fn signed_sts(&self, visit: &Visit, caller: &Caller, form: Words) -> Answer {
        let call = query::call(Service::Sts, form).map_err(|bad| Refused::known(unmapped(&bad).of("sts:?")))?;
        if let ("AssumeRole", Detail::Query(form)) = (call.operation, &call.detail) {
            return self.assume(visit, caller, form);
        }
        let permit = grant::decide(&self.ledger.world(), caller, call, &visit.peer, visit.at).map_err(Refused::known)?;
        let answer = match (permit.call().operation, &permit.call().detail) {
            ("GetAccessKeyInfo", Detail::Query(form)) => sts::access_key_info(form, visit.family, &visit.id),
            ("GetCallerIdentity", Detail::Query(form)) => sts::only(form, &[], "GetCallerIdentity")
                .map(|()| sts::caller_identity(caller.bearer(), &self.partition(caller.bearer()), visit.family, &visit.id)),
            (other, _) => Err(Fault::new("InvalidAction", 400, format!("Could not find operation {other} for version 2011-06-15"))),
        };
        self.keep(visit, permit.into_evidence(), false);
        // Permitted, but not possible: the caller hears STS's own fault, and the grant is what was decided.
        Ok(respond(answer.unwrap_or_else(|fault| fault.reply(visit.family, sts::NAMESPACE, "/", &visit.id))))
    }

    /// AssumeRole: parameters, both sides' policies, session. Nothing is written.
    fn assume(&self, visit: &Visit, caller: &Caller, form: &Words) -> Answer {
        let world = self.ledger.world();
        let ask =
            assume_role::Ask::read(form).map_err(|fault| Refused::known(assume_role::bad_parameters(caller, &world, fault)))?;
        let admission = assume_role::admit(&world, caller, &ask, &visit.peer, visit.at).map_err(Refused::known)?;
        let evidence = admission.evidence().clone();
        let session = session::mint(admission, &self.vault.ring(), visit.at, &mut clock::entropy())
            .map_err(|because| Refused::known(assume_role::not_minted(caller, &world, &ask, because)))?;
        let partition = world.account(&ask.account).map_or("aws", |account| account.partition.as_str());
        let reply = sts::assumed(&session, partition, visit.family, &visit.id);
        self.keep(visit, evidence, false);
        Ok(respond(reply))
    }
}

impl LocalKeys {
    /// The keys of a provider that names the local issuer; any other provider's keys are not known here.
    ///
    /// The set is admitted under the provider's own name: two providers never share one.
    fn set_of(&self, provider: &Provider) -> Option<Arc<KeySet>> {
        if provider.url != self.issuer.without_scheme() {
            return None;
        }
        let mut sets = self.sets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = sets.iter().find(|set| set.owner().as_str() == provider.arn.as_str()) {
            return Some(Arc::clone(known));
        }
        let (set, _) = KeySet::admit(Owner::new(provider.arn.as_str()), self.jwks.as_bytes()).ok()?;
        let set = Arc::new(set);
        sets.push(Arc::clone(&set));
        Some(set)
    }
}
