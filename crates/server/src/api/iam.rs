//! IAM: a permitted call becomes changes, and they are durable before the caller hears of them.

use std::sync::Arc;

use authority::denial::Denial;
use authority::grant::Permit;
use authority::refusal::{self, Failed};
use authority::{Caller, Change, Entropy, World, error_reply, iam};
use wire::{Fault, Words};

use super::record_on_drop::RecordOnDrop;
use super::{Answer, Api, RequestInfo, respond};
use crate::clock;

impl Api {
    pub(super) async fn iam(&self, info: &RequestInfo, caller: &Caller, form: Words) -> Answer {
        let call = iam::read(form)?;
        let (before, permit) = self.decide_call(info, caller, call).await?;
        permit.whole()?;
        let record = RecordOnDrop::of(self, info, permit.evidence());
        let named = permit.evidence().operation.clone();
        let impossible = |fault: Fault| error_reply(&fault, &named, info.family, "/", &info.id);
        // Before the write begins: an issuer that answers slowly must not keep all other writes
        // waiting.
        let found = self.thumbprint_for(info, &permit).await;
        let thumbprint = match found {
            Ok(thumbprint) => thumbprint,
            Err(fault) => return Ok(respond(impossible(fault))),
        };
        let written = if iam::only_reads(&permit.call().operation) {
            self.read_iam(info, permit).await
        } else {
            self.write_iam(info, caller, (before, permit), thumbprint.as_deref())
                .await
        };
        match written {
            Ok(answer) => Ok(respond(answer.reply(&info.id))),
            // Permitted, but not possible: the caller hears IAM's own fault, and no denial is kept.
            Err(No::Impossible(fault)) => Ok(respond(impossible(fault))),
            Err(No::Refused(refused)) => {
                record.overruled();
                Err(refused)
            }
        }
    }

    /// A read waits for no write; and a long simulation keeps neither a write nor anybody else's
    /// request waiting.
    async fn read_iam(&self, info: &RequestInfo, permit: Permit<Words>) -> Result<iam::Answer, No> {
        let (world, at, account) = (self.ledger.world(), info.at, permit.account().cloned());
        // A few at a time: a simulation may take hundreds of milliseconds and as many megabytes.
        let read = self.reading.take(account.as_ref(), move || {
            carry_out(&world, &permit, at, &mut clock::entropy())
        });
        let read = read.await.map_err(|error| {
            tracing::error!(%error, "a read ended early");
            No::Refused(refusal::failed(Failed::IamRead))
        })?;
        read.map(|(_, answer)| answer).map_err(No::Impossible)
    }

    /// Writes over the very snapshot that was decided over: what was permitted before a wait may
    /// not be now.
    async fn write_iam(
        &self,
        info: &RequestInfo,
        caller: &Caller,
        (mut before, mut permit): (Arc<World>, Permit<Words>),
        thumbprint: Option<&str>,
    ) -> Result<iam::Answer, No> {
        let mut entropy = clock::entropy();
        let mut pending = self.ledger.begin_write().await;
        loop {
            let world = self.ledger.world();
            // The same allocation is the same snapshot: nothing was written since the decision.
            if !Arc::ptr_eq(&before, &world) {
                permit = self
                    .decide_write(&world, info, caller, permit.into_call())
                    .await
                    .map_err(No::Refused)?;
                before = Arc::clone(&world);
            }
            let (mut changes, answer) =
                carry_out(&world, &permit, info.at, &mut entropy).map_err(No::Impossible)?;
            // AWS fills it in where it is absent, and Terraform reads it back (`thumbprint_list` is
            // optional and computed).
            if let Some(thumbprint) = thumbprint {
                iam::fill_thumbprint(&mut changes, thumbprint);
            }
            match pending.keep(world, changes).await {
                Ok(None) => return Ok(answer),
                Ok(Some(overtaken)) => pending = overtaken,
                Err(error) => {
                    let operation = permit.call().operation.as_ref();
                    tracing::error!(%error, operation, "a change was not stored");
                    let failed = Failed::IamWrite(operation.to_owned());
                    return Err(No::Refused(refusal::failed(failed)));
                }
            }
        }
    }

    /// The thumbprint for a new provider that comes without one. The operation is tried first: what
    /// IAM refuses anyway asks nobody.
    async fn thumbprint_for(
        &self,
        info: &RequestInfo,
        permit: &Permit<Words>,
    ) -> Result<Option<String>, Fault> {
        if permit.call().operation != "CreateOpenIDConnectProvider" {
            return Ok(None);
        }
        let Ok(tried) = carry_out(&self.ledger.world(), permit, info.at, &mut clock::entropy())
        else {
            return Ok(None);
        };
        let Some(provider) = iam::wants_thumbprint(&tried.0) else {
            return Ok(None);
        };
        let found = self.providers.top_thumbprint(provider).await.map_err(|error| {
            tracing::warn!(target: "provider", provider = provider.arn.as_str(), outcome = "unreachable", %error, "no thumbprint found");
            // Where a name leads inside this network is for the log: whoever may register providers
            // may not ask for it.
            let text = format!("Please check .well-known/openid-configuration of provider: https://{} is valid.", provider.url);
            Fault::new("OpenIdIdpCommunicationError", 400, text)
        })?;
        Ok(Some(found))
    }
}

/// Why there is no answer.
enum No {
    Refused(Denial),
    Impossible(Fault),
}

fn carry_out(
    world: &World,
    permit: &Permit<Words>,
    at: i64,
    entropy: &mut Entropy,
) -> Result<(Vec<Change>, iam::Answer), Fault> {
    let applied = iam::apply(world, permit, at, entropy)?;
    Ok((applied.changes, applied.answer))
}
