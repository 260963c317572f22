//! STS: the exchange, and who am I.

use std::sync::Arc;

use authority::trust;
use authority::web_identity::Ask;
use authority::{Caller, Provider, exchange, grant, session, sts};
use catalog::{Service, query};
use token::{DEFAULT_MAX_AGE, Expectation, KeySet, Owner, Unverified};
use wire::Words;

use super::{Answer, Api, LocalKeys, Refused, Visit, respond, unmapped};
use crate::clock;

impl Api {
    /// AssumeRoleWithWebIdentity: parameters, token, provider, keys, proof, trust, session. Nothing is written.
    pub(super) fn exchange(&self, visit: &Visit, form: &Words) -> Answer {
        let world = self.ledger.world();
        let ask = Ask::read(form).map_err(|fault| Refused::stranger(exchange::bad_parameters(fault)))?;
        let unverified = Unverified::read(&ask.token).map_err(|bad| Refused::stranger(exchange::malformed(&ask, &bad)))?;
        let provider = exchange::provider(&world, &ask, unverified.issuer()).map_err(Refused::stranger)?;
        let missing = || exchange::KeysMissing::Refused("only the local issuer's keys are known".to_owned());
        let keys = self.local.set_of(provider).ok_or_else(|| Refused::stranger(exchange::no_keys(&ask, provider, &missing())))?;
        let issuer = format!("https://{}", provider.url);
        let expectation = Expectation { issuer: &issuer, client_ids: &provider.client_ids, max_age: DEFAULT_MAX_AGE };
        let verified = unverified
            .verify(&keys, &expectation, visit.at)
            .map_err(|refusal| Refused::stranger(exchange::refused(&ask, provider, &refusal)))?;
        let admission = trust::admit(&world, &ask, provider, &verified, &visit.peer, visit.at).map_err(Refused::known)?;
        let mut evidence = admission.evidence().clone();
        let session = session::mint(admission, &self.keyring, visit.at, &mut clock::entropy())
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
        let permit = grant::decide(&self.ledger.world(), caller, call, &visit.peer, visit.at).map_err(Refused::known)?;
        let reply = sts::caller_identity(caller.bearer(), &self.partition(caller.bearer()), visit.family, &visit.id);
        self.keep(visit, permit.into_evidence(), false);
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
