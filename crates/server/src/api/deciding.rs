//! What may take long to decide is decided beside the workers, so that it keeps no other request waiting.

use std::sync::Arc;

use authority::denial::Denial;
use authority::grant::{self, Permit};
use authority::record::{Cause, Link};
use authority::{Caller, World, effort};
use catalog::Call;
use policy::AccountId;
use tokio::task::JoinError;

use super::gate::internal;
use super::{Api, Refused, Visit};

impl Api {
    /// Decides over a signed call.
    pub(super) async fn decide(
        &self,
        world: &Arc<World>,
        visit: &Visit,
        caller: &Caller,
        call: Call,
    ) -> Result<Permit, Box<Refused>> {
        if !effort::call_takes_long(world, caller, &call) {
            return grant::decide(world, caller, call, &visit.peer, visit.at).map_err(Refused::known);
        }
        let decided = self.beside(caller.bearer().account(), decision(world, visit, caller, call));
        decided.await?.map_err(Refused::known)
    }

    /// Decides over a write that has its turn at the ledger. That turn is all it needs: behind other long decisions it would keep
    /// every write waiting.
    pub(super) async fn decide_in_turn(
        &self,
        world: &Arc<World>,
        visit: &Visit,
        caller: &Caller,
        call: Call,
    ) -> Result<Permit, Box<Refused>> {
        if !effort::call_takes_long(world, caller, &call) {
            return grant::decide(world, caller, call, &visit.peer, visit.at).map_err(Refused::known);
        }
        let decided = tokio::task::spawn_blocking(decision(world, visit, caller, call));
        decided.await.map_err(ended_early)?.map_err(Refused::known)
    }

    /// Does an account's work when its turn comes.
    pub(super) async fn beside<T: Send + 'static>(
        &self,
        account: &AccountId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Box<Refused>> {
        self.deciding.take(account, work).await.map_err(ended_early)
    }
}

/// A decision that can be made anywhere.
fn decision(world: &Arc<World>, visit: &Visit, caller: &Caller, call: Call) -> impl FnOnce() -> Result<Permit, Denial> + use<> {
    let (world, asker, peer, at) = (Arc::clone(world), caller.clone(), visit.peer.clone(), visit.at);
    move || grant::decide(&world, &asker, call, &peer, at)
}

fn ended_early(error: JoinError) -> Box<Refused> {
    tracing::error!(%error, "a decision ended early");
    let because = "the decision ended early; nothing was done".to_owned();
    Refused::known(Denial::new(Link::Permissions, Cause::Unreadable { because }, internal()))
}
