//! STS: the exchange, its signed calls, and from one role to another. What each step says is
//! `authority`'s.

use std::sync::Arc;

use authority::denial::Denial;
use authority::exchange::{self, Proven};
use authority::sts_call::{self, StsCall};
use authority::web_identity::Ask;
use authority::{Caller, Issue, Issued, World, assume_role, error_reply};
use wire::Words;

use super::{Answer, Api, RequestInfo, deciding, respond};
use crate::clock;

impl Api {
    /// AssumeRoleWithWebIdentity: parameters, token, provider, keys, proof, trust, session. Nothing
    /// is written.
    pub(super) async fn exchange(&self, info: &RequestInfo, form: &Words) -> Answer {
        let ask = Arc::new(exchange::read(form)?);
        // What a token is remembered by: a hash, so that nothing is kept that could be sent again.
        let digest = sigv4::sha256(ask.token.as_bytes());
        // The head may be half a minute old by now; `exp` has no grace.
        let proven = match self.proven_before(&ask, digest, clock::now()) {
            Some(proven) => proven,
            None => self.prove(&ask, digest).await?,
        };
        self.exchange_proven(info, &ask, proven, digest)
            .await
            .map_err(|denial| exchange::asked(denial, &ask))
    }

    async fn exchange_proven(
        &self,
        info: &RequestInfo,
        ask: &Arc<Ask>,
        proven: Proven,
        digest: [u8; 32],
    ) -> Answer {
        // During the wait for a slot the provider may be deleted, its keys changed or the token
        // expired.
        let again = self.prove(ask, digest);
        let (proven, assumption) = self
            .decide(deciding::admission(ask, &info.peer), proven, again)
            .await?;
        self.issued(info, proven.world(), proven.now(), |with| {
            exchange::complete(ask, assumption, with)
        })
    }

    /// A token whose signature held before.
    fn proven_before(&self, ask: &Ask, digest: [u8; 32], now: i64) -> Option<Proven> {
        let kept = self.providers.tokens.get(&ask.account, digest)?;
        let keys_now = |world: &World, provider: &_| self.providers.keys_now(world, provider);
        let proven = kept.prove_again(self.ledger.world(), ask, keys_now, now);
        // Dropped at once: it would otherwise be remembered for as long as somebody sends it.
        if proven.is_none() {
            self.providers.tokens.forget(&ask.account, digest);
        }
        proven
    }

    /// Proves a token with its provider's keys, fetched if need be.
    async fn prove(&self, ask: &Ask, digest: [u8; 32]) -> Result<Proven, Denial> {
        let before = self.ledger.world();
        let needs = exchange::needs(&before, ask)?;
        let keys = self
            .providers
            .keys(&before, needs.provider(), needs.kid())
            .await;
        // Over the snapshot after the wait: the provider may have been deleted while its keys were
        // fetched.
        let proven = exchange::prove(self.ledger.world(), ask, needs, keys, clock::now())?;
        self.providers
            .tokens
            .put(&ask.account, digest, ask.token.len(), proven.kept().clone());
        Ok(proven)
    }

    /// The signed calls of STS.
    pub(super) async fn signed_sts(
        &self,
        info: &RequestInfo,
        caller: &Caller,
        form: Words,
    ) -> Answer {
        let call = match sts_call::read(form)? {
            StsCall::AssumeRole(form) => return self.assume(info, caller, &form).await,
            StsCall::Other(call) => call,
        };
        // Decided even where no permission is needed (GetCallerIdentity): one way in, one record.
        let (_, permit) = self.decide_call(info, caller, call).await?;
        permit.whole()?;
        let answer = sts_call::answer(&permit, info.family, &info.id);
        let evidence = permit.into_evidence();
        // Permitted, but not possible: the caller is told STS's own fault, and the grant is what
        // was decided.
        let reply = answer.unwrap_or_else(|fault| {
            error_reply(&fault, &evidence.operation, info.family, "/", &info.id)
        });
        self.keep(info, evidence, false);
        Ok(respond(reply))
    }

    /// AssumeRole: parameters, both sides' policies, session. Nothing is written.
    async fn assume(&self, info: &RequestInfo, caller: &Caller, form: &Words) -> Answer {
        let world = self.ledger.world();
        let ask = Arc::new(assume_role::read(&world, caller, form)?);
        let decision = deciding::assumption(caller, &ask, &info.peer);
        let ((world, now), assumption) = self
            .decide(decision, (world, info.at), self.snapshot())
            .await?;
        self.issued(info, &world, now, |with| {
            assume_role::complete(caller, &ask, assumption, with)
        })
    }

    /// Completes what was admitted over `world` at `now`.
    fn issued(
        &self,
        info: &RequestInfo,
        world: &World,
        now: i64,
        complete: impl FnOnce(Issue<'_>) -> Result<Issued, Denial>,
    ) -> Answer {
        // The ring as it is now: a key that was retired during the wait stops opening before a
        // session that it seals now would end.
        let ring = self.key_service.ring();
        let with = Issue {
            world,
            now,
            keyring: &ring,
            entropy: &mut clock::entropy(),
            family: info.family,
            request_id: &info.id,
        };
        let Issued {
            evidence, reply, ..
        } = complete(with)?;
        self.keep(info, evidence, false);
        Ok(respond(reply))
    }
}
