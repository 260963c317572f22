//! IAM: a permitted call becomes changes, and they are durable before the caller hears of them.

use std::sync::Arc;

use authority::denial::Denial;
use authority::grant::Permit;
use authority::record::{Cause, Link};
use authority::{Caller, Change, Entropy, World, iam};
use catalog::{Service, query};
use wire::{Fault, Words};

use super::record_on_drop::RecordOnDrop;
use super::refusals::unmapped_query;
use super::{Answer, Api, Refused, RequestInfo, respond};
use crate::clock;

impl Api {
    pub(super) async fn iam(&self, info: &RequestInfo, caller: &Caller, form: Words) -> Answer {
        let kept = form.clone();
        let call = query::call(Service::Iam, form);
        let call = call.map_err(|bad| Refused::known(unmapped_query(&bad, || iam::unfit(&kept)).of("iam:?")))?;
        let (before, permit) = self.decide(info, caller, call).await?;
        let record = RecordOnDrop::of(self, info, permit.evidence());
        let found = self.thumbprint_for(info, &permit).await;
        let thumbprint = match found {
            Ok(thumbprint) => thumbprint,
            Err(fault) => return Ok(respond(fault.reply(info.family, iam::NAMESPACE, "/", &info.id))),
        };
        let written = if iam::only_reads(&permit.call().operation) {
            self.read_iam(info, permit).await
        } else {
            self.write_iam(info, caller, (before, permit), thumbprint.as_deref()).await
        };
        match written {
            Ok(answer) => Ok(respond(answer.reply(&info.id))),
            // Permitted, but not possible: the caller hears IAM's own fault, and no denial is kept.
            Err(No::Impossible(fault)) => Ok(respond(fault.reply(info.family, iam::NAMESPACE, "/", &info.id))),
            Err(No::Refused(refused)) => {
                record.overruled();
                Err(refused)
            }
        }
    }

    /// A read waits for no write; and a long simulation keeps neither a write nor anybody else's request waiting.
    async fn read_iam(&self, info: &RequestInfo, permit: Permit<Words>) -> Result<iam::Answer, No> {
        let (world, at, account) = (self.ledger.world(), info.at, permit.account().clone());
        // A few at a time: a simulation may take hundreds of milliseconds and as many megabytes.
        let read = self.reading.take(&account, move || carry_out(&world, &permit, at, &mut clock::entropy()));
        let read = read.await.map_err(|error| {
            tracing::error!(%error, "a read ended early");
            No::Refused(Refused::known(failure("the operation ended early; nothing was changed").of("iam:?")))
        })?;
        read.map(|(_, answer)| answer).map_err(No::Impossible)
    }

    /// Writes over the very snapshot that was decided over: what was permitted before a wait may not be now.
    async fn write_iam(
        &self,
        info: &RequestInfo,
        caller: &Caller,
        (mut before, mut permit): (Arc<World>, Permit<Words>),
        thumbprint: Option<&str>,
    ) -> Result<iam::Answer, No> {
        let mut entropy = clock::entropy();
        let mut turn = self.ledger.turn().await;
        loop {
            let world = self.ledger.world();
            if !Arc::ptr_eq(&before, &world) {
                permit = self.decide_in_turn(&world, info, caller, permit.into_call()).await.map_err(No::Refused)?;
                before = Arc::clone(&world);
            }
            let (mut changes, answer) = carry_out(&world, &permit, info.at, &mut entropy).map_err(No::Impossible)?;
            if let Some(thumbprint) = thumbprint {
                iam::fill_thumbprint(&mut changes, thumbprint);
            }
            match turn.keep(world, changes).await {
                Ok(None) => return Ok(answer),
                Ok(Some(overtaken)) => turn = overtaken,
                Err(error) => {
                    let operation = permit.call().operation.as_ref();
                    tracing::error!(%error, operation, "a change was not kept");
                    let failed = failure("the store failed; nothing was changed").of(format!("iam:{operation}"));
                    return Err(No::Refused(Refused::known(failed)));
                }
            }
        }
    }

    /// The thumbprint for a new provider that comes without one. The operation is tried first: what IAM refuses anyway
    /// asks nobody.
    async fn thumbprint_for(&self, info: &RequestInfo, permit: &Permit<Words>) -> Result<Option<String>, Fault> {
        if permit.call().operation != "CreateOpenIDConnectProvider" {
            return Ok(None);
        }
        let Ok(tried) = carry_out(&self.ledger.world(), permit, info.at, &mut clock::entropy()) else { return Ok(None) };
        let Some(provider) = iam::wants_thumbprint(&tried.0) else { return Ok(None) };
        let found = self.providers.top_thumbprint(provider).await.map_err(|error| {
            tracing::warn!(target: "provider", provider = provider.arn.as_str(), outcome = "unreachable", %error, "no thumbprint found");
            // Where a name leads inside this network is for the log: whoever may register providers may not ask for it.
            let text = format!("Please check .well-known/openid-configuration of provider: https://{} is valid.", provider.url);
            Fault::new("OpenIdIdpCommunicationError", 400, text)
        })?;
        Ok(Some(found))
    }
}

/// Why there is no answer.
enum No {
    Refused(Box<Refused>),
    Impossible(Fault),
}

fn carry_out(world: &World, permit: &Permit<Words>, at: i64, entropy: &mut Entropy) -> Result<(Vec<Change>, iam::Answer), Fault> {
    let applied = iam::apply(world, permit, at, entropy)?;
    Ok((applied.changes, applied.answer))
}

/// Our own failure, after everything was permitted.
fn failure(because: &str) -> Denial {
    let text = "The request processing has failed because of an unknown error, exception or failure.";
    let cause = Cause::Internal { because: because.to_owned() };
    Denial::new(Link::Permissions, cause, Fault::new("ServiceFailure", 500, text))
}
