//! What may take long to decide is decided beside the workers, so that it keeps no other request
//! waiting.
//!
//! Here, and nowhere else, is asked whether it may; whatever is to be decided comes as a
//! [`Decision`].

use std::sync::Arc;

use authority::denial::Denial;
use authority::exchange::{self, Proven};
use authority::grant::{self, Permit};
use authority::refusal::{self, Busy, Failed};
use authority::web_identity::Ask;
use authority::{Assumption, Caller, Peer, World, assume_role, effort};
use catalog::Call;
use policy::AccountId;

use super::blocking_limit::Slot;
use super::{Api, RequestInfo};
use crate::clock;

/// What is decided over: the accounts as they are, and the time in unix seconds.
pub(super) type Snapshot = (Arc<World>, i64);

/// A decision as data: who waits for a slot, whether it may take long, and the function that makes
/// it. `S` is what it is made over, which may be another one by the time that there is a slot.
pub(super) struct Decision<Q, S, T> {
    account: Option<AccountId>,
    question: Q,
    takes_long: fn(&Q, &S) -> bool,
    decide: fn(Q, &S) -> Result<T, Denial>,
}

/// A signed call to be decided over.
pub(super) fn call<D>(
    caller: &Caller,
    call: Call<D>,
    peer: &Peer,
) -> Decision<(Caller, Call<D>, Peer), Snapshot, Permit<D>> {
    Decision {
        account: caller.account().cloned(),
        question: (caller.clone(), call, peer.clone()),
        takes_long: |(caller, call, _), (world, _)| effort::call_takes_long(world, caller, call),
        decide: |(caller, call, peer), (world, now)| {
            grant::decide(world, &caller, call, &peer, *now)
        },
    }
}

/// An AssumeRole to be decided over.
pub(super) fn assumption(
    caller: &Caller,
    ask: &Arc<assume_role::Ask>,
    peer: &Peer,
) -> Decision<(Caller, Arc<assume_role::Ask>, Peer), Snapshot, Assumption> {
    Decision {
        account: caller.account().cloned(),
        question: (caller.clone(), Arc::clone(ask), peer.clone()),
        takes_long: |(caller, ask, _), (world, _)| {
            effort::assumption_takes_long(world, caller, ask)
        },
        decide: |(caller, ask, peer), (world, now)| {
            assume_role::admit(world, &caller, &ask, &peer, *now)
        },
    }
}

/// A token's admission to a role.
pub(super) fn admission(
    ask: &Arc<Ask>,
    peer: &Peer,
) -> Decision<(Arc<Ask>, Peer), Proven, Assumption> {
    Decision {
        account: Some(ask.account.clone()),
        question: (Arc::clone(ask), peer.clone()),
        takes_long: |(ask, _), _| effort::exchange_takes_long(ask),
        decide: |(ask, peer), proven| exchange::admit(proven, &ask, &peer),
    }
}

impl<Q, S, T> Decision<Q, S, T> {
    fn takes_long(&self, over: &S) -> bool {
        (self.takes_long)(&self.question, over)
    }

    fn made(self, over: S) -> Result<(S, T), Denial> {
        let decided = (self.decide)(self.question, &over)?;
        Ok((over, decided))
    }
}

impl Api {
    /// Decides over `over`; what may take long in a slot of its account, and then over what `again`
    /// finds: what may be done is what may be done now, however long the wait for the slot.
    pub(super) async fn decide<Q, S, T>(
        &self,
        decision: Decision<Q, S, T>,
        over: S,
        again: impl Future<Output = Result<S, Denial>>,
    ) -> Result<(S, T), Denial>
    where
        Decision<Q, S, T>: Send + 'static,
        S: Send + 'static,
        T: Send + 'static,
    {
        // Most decisions take microseconds: another thread would cost more than they do.
        if !decision.takes_long(&over) {
            return decision.made(over);
        }
        let slot = self.slot_to_decide(decision.account.as_ref()).await?;
        // Over what there is after the wait: a policy that was taken away meanwhile grants nothing.
        let over = again.await?;
        aside(Some(slot), move || decision.made(over)).await?
    }

    /// Decides over a signed call, and says over which snapshot.
    pub(super) async fn decide_call<D: Send + 'static>(
        &self,
        info: &RequestInfo,
        caller: &Caller,
        what: Call<D>,
    ) -> Result<(Arc<World>, Permit<D>), Denial> {
        let decision = call(caller, what, &info.peer);
        let ((world, _), permit) = self
            .decide(decision, (self.ledger.world(), info.at), self.snapshot())
            .await?;
        Ok((world, permit))
    }

    /// Decides over a write that the ledger waits for. It needs no slot: behind other long
    /// decisions it would keep every write waiting.
    pub(super) async fn decide_write<D: Send + 'static>(
        &self,
        world: &Arc<World>,
        info: &RequestInfo,
        caller: &Caller,
        what: Call<D>,
    ) -> Result<Permit<D>, Denial> {
        let (decision, over) = (call(caller, what, &info.peer), (Arc::clone(world), info.at));
        let made = if decision.takes_long(&over) {
            aside(None, move || decision.made(over)).await?
        } else {
            decision.made(over)
        };
        made.map(|(_, permit)| permit)
    }

    /// The accounts and the time as they are when it is waited for.
    pub(super) async fn snapshot(&self) -> Result<Snapshot, Denial> {
        Ok((self.ledger.world(), clock::now()))
    }

    /// A slot of an account for what takes long.
    pub(super) async fn slot_to_decide(&self, account: Option<&AccountId>) -> Result<Slot, Denial> {
        // Not waited for without end: an account that floods its own slots would keep all its
        // connections, and with them a listener.
        self.deciding
            .soon(account)
            .await
            .ok_or_else(|| refusal::busy(Busy::Decisions))
    }
}

/// Runs something beside the workers, in its slot if it needs one: a caller that hangs up ends the
/// wait, never what is waited for.
pub(super) async fn aside<T: Send + 'static>(
    slot: Option<Slot>,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Denial> {
    let done = tokio::task::spawn_blocking(move || {
        let _slot = slot;
        run()
    });
    done.await.map_err(|error| {
        tracing::error!(%error, "a decision ended early");
        refusal::failed(Failed::Decision)
    })
}
