//! What may take long to decide is decided beside the workers, so that it keeps no other request waiting.

use std::sync::Arc;

use authority::denial::Denial;
use authority::grant::{self, Permit};
use authority::record::{Cause, Link};
use authority::{Caller, World, effort};
use catalog::Call;
use policy::AccountId;

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
        let (world, asker, peer, at) = (Arc::clone(world), caller.clone(), visit.peer.clone(), visit.at);
        let decided = self.beside(caller.bearer().account(), move || grant::decide(&world, &asker, call, &peer, at));
        decided.await?.map_err(Refused::known)
    }

    /// Does an account's work when its turn comes.
    pub(super) async fn beside<T: Send + 'static>(
        &self,
        account: &AccountId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Box<Refused>> {
        self.deciding.take(account, work).await.map_err(|error| {
            tracing::error!(%error, "a decision ended early");
            let because = "the decision ended early; nothing was done".to_owned();
            Refused::known(Denial::new(Link::Permissions, Cause::Unreadable { because }, internal()))
        })
    }
}
