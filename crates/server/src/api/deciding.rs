//! What may take long to decide is decided beside the workers, so that it keeps no other request waiting.

use std::sync::Arc;

use authority::denial::Denial;
use authority::grant::{self, Permit};
use authority::record::{Cause, Link};
use authority::{Caller, World, effort};
use catalog::Call;
use policy::AccountId;

use super::blocking_limit::Slot;
use super::gate::internal;
use super::refusals::no_room;
use super::{Api, Refused, RequestInfo};
use crate::clock;

impl Api {
    /// Decides over a signed call, and says over which snapshot.
    pub(super) async fn decide<D: Send + 'static>(
        &self,
        info: &RequestInfo,
        caller: &Caller,
        call: Call<D>,
    ) -> Result<(Arc<World>, Permit<D>), Box<Refused>> {
        let world = self.ledger.world();
        if !effort::call_takes_long(&world, caller, &call) {
            let permit = grant::decide(&world, caller, call, &info.peer, info.at).map_err(Refused::known)?;
            return Ok((world, permit));
        }
        let slot = self.slot_to_decide(caller.bearer().account()).await?;
        // What may be done is what may be done now, however long the turn was in coming.
        let (world, at) = (self.ledger.world(), clock::now());
        let permit = aside(Some(slot), decision(&world, (info, at), caller, call)).await?.map_err(Refused::known)?;
        Ok((world, permit))
    }

    /// Decides over a write that has its turn at the ledger. That turn is all it needs: behind other long decisions it would keep
    /// every write waiting.
    pub(super) async fn decide_in_turn<D: Clone + Send + 'static>(
        &self,
        world: &Arc<World>,
        info: &RequestInfo,
        caller: &Caller,
        call: Call<D>,
    ) -> Result<Permit<D>, Box<Refused>> {
        let decide = decision(world, (info, info.at), caller, call.clone());
        let decided = if effort::call_takes_long(world, caller, &call) { aside(None, decide).await? } else { decide() };
        decided.map_err(Refused::known)
    }

    /// An account's turn at work that takes long. What is decided over is looked at when it has come, not before.
    pub(super) async fn slot_to_decide(&self, account: &AccountId) -> Result<Slot, Box<Refused>> {
        self.deciding.soon(account).await.ok_or_else(|| Refused::known(no_room("too many long decisions are waiting")))
    }
}

/// Does work beside the workers, in its turn if it needs one: a caller that hangs up ends the wait, never the work.
pub(super) async fn aside<T: Send + 'static>(
    slot: Option<Slot>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Box<Refused>> {
    let done = tokio::task::spawn_blocking(move || {
        let _slot = slot;
        work()
    });
    done.await.map_err(|error| {
        tracing::error!(%error, "a decision ended early");
        let because = "the decision ended early; nothing was done".to_owned();
        Refused::known(Denial::new(Link::Permissions, Cause::Internal { because }, internal()))
    })
}

/// A decision that can be made anywhere.
fn decision<D>(
    world: &Arc<World>,
    (info, at): (&RequestInfo, i64),
    caller: &Caller,
    call: Call<D>,
) -> impl FnOnce() -> Result<Permit<D>, Denial> + use<D> {
    let (world, asker, peer) = (Arc::clone(world), caller.clone(), info.peer.clone());
    move || grant::decide(&world, &asker, call, &peer, at)
}
