//! IAM: a permitted call becomes changes, and they are durable before the caller hears of them.

use authority::denial::Denial;
use authority::record::{Cause, Link};
use authority::{Caller, World, grant, iam};
use catalog::{Detail, Service, query};
use wire::{Fault, Words};

use super::{Answer, Api, Refused, Visit, respond, unmapped};
use crate::clock;
use crate::ledger::WriteError;

impl Api {
    pub(super) async fn iam(&self, visit: &Visit, caller: &Caller, form: Words) -> Answer {
        let call = query::call(Service::Iam, form).map_err(|bad| Refused::known(unmapped(&bad).of("iam:?")))?;
        let permit = grant::decide(&self.ledger.world(), caller, call, &visit.peer, visit.at).map_err(Refused::known)?;
        let mut entropy = clock::entropy();
        let mut carry_out = |world: &World| {
            let Detail::Query(form) = &permit.call().detail else {
                return Err(Fault::new("InternalFailure", 500, "The request processing has failed because of an unknown error."));
            };
            let applied = iam::apply(world, &permit, permit.call().operation, form, visit.at, &mut entropy)?;
            Ok((applied.changes, applied.answer))
        };
        // A read waits for no write, and a long simulation makes none wait.
        let written = if iam::only_reads(permit.call().operation) {
            carry_out(&self.ledger.world()).map(|(_, answer)| answer).map_err(WriteError::Refused)
        } else {
            self.ledger.write(carry_out).await
        };
        let operation = format!("iam:{}", permit.call().operation);
        self.keep(visit, permit.into_evidence(), false);
        match written {
            Ok(answer) => Ok(respond(answer.reply(&visit.id))),
            // Permitted, but not possible: the caller hears IAM's own fault, and no denial is kept.
            Err(WriteError::Refused(fault)) => Ok(respond(fault.reply(visit.family, iam::NAMESPACE, "/", &visit.id))),
            Err(WriteError::Store(error)) => {
                tracing::error!(%error, operation, "a change was not kept");
                let fault = Fault::new(
                    "ServiceFailure",
                    500,
                    "The request processing has failed because of an unknown error, exception or failure.",
                );
                let cause = Cause::Unreadable { because: "the store failed; nothing was changed".to_owned() };
                Err(Refused::known(Denial::new(Link::Permissions, cause, fault).of(operation)))
            }
        }
    }
}
