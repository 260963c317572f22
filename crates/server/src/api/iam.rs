//! IAM: a permitted call becomes changes, and they are durable before the caller hears of them.

use authority::denial::Denial;
use authority::grant::Permit;
use authority::record::{Cause, Link};
use authority::{Caller, Change, Entropy, World, grant, iam};
use catalog::{Detail, Service, query};
use policy::AccountId;
use wire::{Fault, Words};

use super::refusals::unmapped_query;
use super::witness::Witness;
use super::{Answer, Api, Refused, Visit, respond};
use crate::clock;
use crate::ledger::WriteError;

impl Api {
    pub(super) async fn iam(&self, visit: &Visit, caller: &Caller, form: Words) -> Answer {
        let kept = form.clone();
        let call = query::call(Service::Iam, form);
        let call = call.map_err(|bad| Refused::known(unmapped_query(&bad, || iam::unfit(&kept)).of("iam:?")))?;
        let before = self.ledger.world();
        let permit = self.decide(&before, visit, caller, call).await?;
        let witness = Witness::of(self, visit, permit.evidence());
        let operation = permit.call().operation;
        let found = self.thumbprint_for(visit, permit.account(), &permit.call().detail, operation).await;
        let thumbprint = match found {
            Ok(thumbprint) => thumbprint,
            Err(fault) => return Ok(respond(fault.reply(visit.family, iam::NAMESPACE, "/", &visit.id))),
        };
        let (at, mut entropy) = (visit.at, clock::entropy());
        let written = if iam::only_reads(operation) {
            // A read waits for no write; and a long simulation keeps neither a write nor anybody else's request waiting.
            let world = self.ledger.world();
            // A few at a time: a simulation may take hundreds of milliseconds and as many megabytes.
            let account = permit.account().clone();
            let read = self.reading.take(&account, move || {
                carry_out(&world, &permit, at, &mut entropy).map(|(_, answer)| answer).map_err(WriteError::Refused)
            });
            match read.await {
                Ok(read) => read,
                Err(error) => {
                    tracing::error!(%error, "a read ended early");
                    witness.overruled();
                    return Err(Refused::known(failure("the operation ended early; nothing was changed").of("iam:?")));
                }
            }
        } else {
            let written = self.ledger.write(|world| {
                // Decided over the very snapshot that is written to: what was permitted before a wait may not be now.
                let again = (world.revision() != before.revision())
                    .then(|| grant::decide(world, caller, permit.call().clone(), &visit.peer, at))
                    .transpose()
                    .map_err(No::Denied)?;
                let permit = again.as_ref().unwrap_or(&permit);
                let (mut changes, answer) = carry_out(world, permit, at, &mut entropy).map_err(No::Impossible)?;
                if let Some(thumbprint) = &thumbprint {
                    iam::fill_thumbprint(&mut changes, thumbprint);
                }
                Ok((changes, answer))
            });
            match written.await {
                Ok(answer) => Ok(answer),
                Err(WriteError::Refused(No::Denied(denial))) => {
                    witness.overruled();
                    return Err(Refused::known(denial));
                }
                Err(WriteError::Refused(No::Impossible(fault))) => Err(WriteError::Refused(fault)),
                Err(WriteError::Store(error)) => Err(WriteError::Store(error)),
            }
        };
        match written {
            Ok(answer) => Ok(respond(answer.reply(&visit.id))),
            // Permitted, but not possible: the caller hears IAM's own fault, and no denial is kept.
            Err(WriteError::Refused(fault)) => Ok(respond(fault.reply(visit.family, iam::NAMESPACE, "/", &visit.id))),
            Err(WriteError::Store(error)) => {
                tracing::error!(%error, operation, "a change was not kept");
                witness.overruled();
                Err(Refused::known(failure("the store failed; nothing was changed").of(format!("iam:{operation}"))))
            }
        }
    }

    /// The thumbprint for a new provider that comes without one. The operation is tried first: what IAM refuses anyway
    /// asks nobody.
    async fn thumbprint_for(
        &self,
        visit: &Visit,
        account: &AccountId,
        detail: &Detail,
        operation: &str,
    ) -> Result<Option<String>, Fault> {
        let (Detail::Query(form), "CreateOpenIDConnectProvider") = (detail, operation) else { return Ok(None) };
        let tried = iam::apply(&self.ledger.world(), account, operation, form, visit.at, &mut clock::entropy());
        let Ok(tried) = tried else { return Ok(None) };
        let Some(provider) = iam::wants_thumbprint(&tried.changes) else { return Ok(None) };
        let found = self.providers.top_thumbprint(provider).await.map_err(|error| {
            tracing::warn!(target: "provider", provider = provider.arn.as_str(), outcome = "unreachable", %error, "no thumbprint found");
            // Where a name leads inside this network is for the log: whoever may register providers may not ask for it.
            let text = format!("Please check .well-known/openid-configuration of provider: https://{} is valid.", provider.url);
            Fault::new("OpenIdIdpCommunicationError", 400, text)
        })?;
        Ok(Some(found))
    }
}

/// Why nothing was written.
enum No {
    Denied(Denial),
    Impossible(Fault),
}

fn carry_out(world: &World, permit: &Permit, at: i64, entropy: &mut Entropy) -> Result<(Vec<Change>, iam::Answer), Fault> {
    let Detail::Query(form) = &permit.call().detail else {
        return Err(Fault::new("InternalFailure", 500, "The request processing has failed because of an unknown error."));
    };
    let applied = iam::apply(world, permit, permit.call().operation, form, at, entropy)?;
    Ok((applied.changes, applied.answer))
}

/// Our own failure, after everything was permitted.
fn failure(because: &str) -> Denial {
    let text = "The request processing has failed because of an unknown error, exception or failure.";
    let cause = Cause::Unreadable { because: because.to_owned() };
    Denial::new(Link::Permissions, cause, Fault::new("ServiceFailure", 500, text))
}
