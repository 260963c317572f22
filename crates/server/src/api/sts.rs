//! STS: the exchange, and who am I.

use std::sync::Arc;

use authority::denial::Denial;
use authority::exchange::KeysMissing;
use authority::trust;
use authority::web_identity::Ask;
use authority::{Caller, Provider, World, assume_role, effort, exchange, session, sts};
use catalog::{Service, query};
use token::{Unverified, Verified};
use wire::Words;

use super::deciding::aside;
use super::refusals::unmapped_query;
use super::{Answer, Api, Refused, RequestInfo, respond};
use crate::clock;
use crate::providers::Kept;

impl Api {
    /// AssumeRoleWithWebIdentity: parameters, token, provider, keys, proof, trust, session. Nothing is written.
    pub(super) async fn exchange(&self, info: &RequestInfo, form: &Words) -> Answer {
        let ask = Ask::read(form).map_err(|fault| Refused::stranger(exchange::bad_parameters(fault)))?;
        let ask = Arc::new(ask);
        let digest = sigv4::sha256(ask.token.as_bytes());
        // The head may be half a minute old by now; `exp` has no grace.
        let at = clock::now();
        let proven = match self.proven_before(&ask, digest, at) {
            Some(proven) => proven,
            None => self.prove(&ask, digest).await.map_err(Refused::stranger)?,
        };
        let (slot, proven) = if effort::exchange_takes_long(&ask) {
            let slot = self.slot_to_decide(&ask.account).await?;
            // Meanwhile the provider may have gone, its keys changed or the token expired.
            (Some(slot), self.prove(&ask, digest).await.map_err(Refused::stranger)?)
        } else {
            (None, proven)
        };
        let Proven { world, provider, verified, at } = proven;
        let assumption = match slot {
            Some(slot) => {
                let (world, ask, peer) = (Arc::clone(&world), Arc::clone(&ask), info.peer.clone());
                aside(Some(slot), move || trust::admit(&world, &ask, &provider, &verified, &peer, at)).await?
            }
            None => trust::admit(&world, &ask, &provider, &verified, &info.peer, at),
        };
        let assumption = assumption.map_err(Refused::known)?;
        let mut evidence = assumption.evidence().clone();
        let session = session::mint(assumption, &self.key_service.ring(), at, &mut clock::entropy())
            .map_err(|because| Refused::known(exchange::not_minted(&ask, because)))?;
        evidence.who.access_key_id = Some(session.access_key_id.clone());
        let partition = world.partition(&ask.account);
        let reply = sts::assumed(&session, partition, info.family, &info.id);
        self.keep(info, evidence, false);
        Ok(respond(reply))
    }

    /// A token whose signature held before: the provider and its keys must be the very same, and time and audience hold.
    fn proven_before(&self, ask: &Ask, digest: [u8; 32], at: i64) -> Option<Proven> {
        let kept = self.providers.tokens.get(&ask.account, digest)?;
        let world = self.ledger.world();
        let current = world.shared_provider(&ask.account, &kept.provider.url);
        if kept.holds(current, || self.providers.keys_now(&world, &kept.provider), at) {
            let Kept { provider, verified, .. } = kept;
            return Some(Proven { world, provider, verified, at });
        }
        // The long way says why.
        self.providers.tokens.forget(&ask.account, digest);
        None
    }

    /// Proves a token with its provider's keys, fetched if need be.
    async fn prove(&self, ask: &Ask, digest: [u8; 32]) -> Result<Proven, Denial> {
        let unverified = Unverified::read(&ask.token).map_err(|bad| exchange::malformed(ask, &bad))?;
        let before = self.ledger.world();
        let provider = Arc::clone(exchange::provider(&before, ask, unverified.issuer())?);
        let keys = self.providers.keys(&before, &provider, unverified.kid()).await;
        let keys = keys.map_err(|missing| exchange::no_keys(ask, &provider, &missing))?;
        // Seconds may have passed: decided is over the account and the time of now.
        let (world, at) = (self.ledger.world(), clock::now());
        if !world.shared_provider(&ask.account, &provider.url).is_some_and(|current| Arc::ptr_eq(current, &provider)) {
            let missing = KeysMissing::Unreachable("the provider was changed while its keys were fetched".to_owned());
            return Err(exchange::no_keys(ask, &provider, &missing));
        }
        let issuer = provider.issuer();
        let verified = unverified.verify(&keys, &exchange::expectation(&issuer, &provider), at);
        let verified = Arc::new(verified.map_err(|refusal| exchange::refused(ask, &provider, &refusal))?);
        let kept = Kept { provider: Arc::clone(&provider), keys, verified: Arc::clone(&verified) };
        self.providers.tokens.put(&ask.account, digest, ask.token.len(), kept);
        Ok(Proven { world, provider, verified, at })
    }

    /// The signed calls of STS.
    pub(super) async fn signed_sts(&self, info: &RequestInfo, caller: &Caller, form: Words) -> Answer {
        let kept = form.clone();
        let call = query::call(Service::Sts, form);
        let call = call.map_err(|bad| Refused::known(unmapped_query(&bad, || sts::unfit(&kept)).of("sts:?")))?;
        if call.operation == "AssumeRole" {
            return self.assume(info, caller, &call.detail).await;
        }
        let (_, permit) = self.decide(info, caller, call).await?;
        let answer = match permit.call().operation.as_ref() {
            "GetAccessKeyInfo" => sts::access_key_info(&permit, info.family, &info.id),
            "GetCallerIdentity" => sts::caller_identity(&permit, info.family, &info.id),
            other => Err(query::not_served(Service::Sts, other).fault()),
        };
        self.keep(info, permit.into_evidence(), false);
        // Permitted, but not possible: the caller hears STS's own fault, and the grant is what was decided.
        Ok(respond(answer.unwrap_or_else(|fault| fault.reply(info.family, sts::NAMESPACE, "/", &info.id))))
    }

    /// AssumeRole: parameters, both sides' policies, session. Nothing is written.
    async fn assume(&self, info: &RequestInfo, caller: &Caller, form: &Words) -> Answer {
        let world = self.ledger.world();
        let ask =
            assume_role::Ask::read(form).map_err(|fault| Refused::known(assume_role::bad_parameters(caller, &world, fault)))?;
        let (world, at, assumption) = if effort::assumption_takes_long(&world, caller, &ask) {
            let slot = self.slot_to_decide(caller.bearer().account()).await?;
            let (world, at) = (self.ledger.world(), clock::now());
            let (over, asker, ask, peer) = (Arc::clone(&world), caller.clone(), ask.clone(), info.peer.clone());
            let assumption = aside(Some(slot), move || assume_role::admit(&over, &asker, &ask, &peer, at)).await?;
            (world, at, assumption)
        } else {
            let assumption = assume_role::admit(&world, caller, &ask, &info.peer, info.at);
            (world, info.at, assumption)
        };
        let assumption = assumption.map_err(Refused::known)?;
        let mut evidence = assumption.evidence().clone();
        let session = session::mint(assumption, &self.key_service.ring(), at, &mut clock::entropy())
            .map_err(|because| Refused::known(assume_role::not_minted(caller, &world, &ask, because)))?;
        evidence.who.minted_access_key_id = Some(session.access_key_id.clone());
        let partition = world.partition(&ask.account);
        let reply = sts::assumed(&session, partition, info.family, &info.id);
        self.keep(info, evidence, false);
        Ok(respond(reply))
    }
}

/// A token that holds, and the account and time that it held in.
struct Proven {
    world: Arc<World>,
    provider: Arc<Provider>,
    verified: Arc<Verified>,
    at: i64,
}
