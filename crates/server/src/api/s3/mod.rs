//! The gate for S3: nothing is done without a permit, and no body completes at the store before its
//! proof holds.
//!
//! A head -> the call, with whatever of its body it needs (here), or a browser's form ([`post`]) ->
//! the objects whose tags policies ask for ([`look`]) -> a permit -> its turn, its buckets -> the
//! ledger or the store ([`carry_out`], [`store_call`]) -> the answer.

mod carry_out;
mod look;
mod post;
mod rest;
mod store_call;

use std::sync::Arc;

use authority::denial::Denial;
use authority::refusal::{self, Busy};
use authority::s3_call::{self, Before, Needs, WholeBody};
use authority::{Caller, Incoming, error_reply};
use catalog::s3::S3Call;
use catalog::{Call, Passes};
use sigv4::BodyProof;
use wire::{Fault, S3Fault};

use super::deciding::aside;
use super::record_on_drop::RecordOnDrop;
use super::upload::decoded;
use super::{Answer, Api, RequestInfo, respond, set_header};
use crate::backend::{self, Body};
use crate::buffer::{Held, Holder, Whole};
use crate::limits::{LONG_BODY_BYTES, LOOKS};

use carry_out::Failed;
use look::Considered;
use rest::Rest;
use store_call::Taken;

/// How one attempt at a call ended.
enum Attempt<'a> {
    Answered(http::Response<Body>),
    /// An object is no longer the one that was decided over.
    Changed(Box<Considered>, RecordOnDrop<'a>),
}

impl Api {
    pub(super) async fn gate(
        &self,
        info: &RequestInfo,
        incoming: &Incoming,
        caller: &Caller,
        proof: BodyProof,
        body: hyper::body::Incoming,
    ) -> Answer {
        let mut rest = Rest {
            incoming,
            upload: None,
            held: None,
        };
        let call = match s3_call::read(incoming, &proof, &info.peer)? {
            Needs::Nothing { call, length } => {
                rest.upload = Some(decoded(body, &proof, length));
                *call
            }
            Needs::Whole(whole) => {
                // What can be decided without the body is decided first: whoever may do nothing
                // here must not make the server read megabytes.
                match whole.before() {
                    Before::Call(call) => drop(self.consider(info, caller, *call).await?),
                    Before::Caller => whole.check_caller(&self.ledger.world(), caller)?,
                    Before::Nothing => {}
                }
                let (call, held) = self.understood(caller, whole, body).await?;
                rest.held = Some(Arc::new(held));
                call
            }
        };
        self.pass(info, caller, call, rest).await
    }

    /// Decides over a call, and carries it out.
    async fn pass(
        &self,
        info: &RequestInfo,
        caller: &Caller,
        mut call: Call<S3Call>,
        mut rest: Rest<'_>,
    ) -> Answer {
        let alone = (call.passes == Passes::Alone).then(|| call.clone());
        for left in (0..LOOKS).rev() {
            // A body is gone after the first time.
            let is_last = left == 0 || rest.upload.is_some();
            let attempt = self.attempt(info, caller, call, &mut rest).await;
            match attempt.or_else(|denial| self.by_key(info, caller, alone.as_ref(), denial))? {
                Attempt::Answered(response) => return Ok(response),
                Attempt::Changed(considered, record) if is_last => {
                    // Dropped here, and so on record: it was granted.
                    drop(record);
                    let operation = &considered.permit.evidence().operation;
                    let fault = S3Fault::OperationAborted.fault();
                    return Ok(self.faulty(info, &rest, operation, &fault));
                }
                Attempt::Changed(considered, record) => {
                    record.overruled();
                    call = considered.into_call();
                }
            }
        }
        Err(refusal::busy(Busy::Decisions))
    }

    async fn attempt<'a>(
        &'a self,
        info: &'a RequestInfo,
        caller: &Caller,
        call: Call<S3Call>,
        rest: &mut Rest<'_>,
    ) -> Result<Attempt<'a>, Denial> {
        let considered = self.consider(info, caller, call).await?;
        // Only who may act waits for others, at the store and in the bucket, or learns of them.
        // The slot before the bucket: who waited for a slot with a bucket locked would keep the
        // owner from deleting it.
        let limit = match rest.upload {
            Some(_) => &self.uploading,
            None => &self.storing,
        };
        let slot = limit.next(considered.permit.account()).await;
        let lock = self.locks.take(&considered.permit.call().detail).await;
        // The bucket may have changed hands before it was held; from here on it cannot.
        let considered = if Arc::ptr_eq(&considered.world, &self.ledger.world()) {
            considered
        } else {
            let call = considered.into_call();
            self.consider(info, caller, call).await?
        };
        // From here on the store may change, so the grant is kept whatever becomes of the
        // connection.
        let record = RecordOnDrop::of(self, info, considered.permit.evidence());
        let operation = considered.permit.evidence().operation.clone();
        let done = match lock {
            Ok(lock) => {
                let taken = Taken {
                    lock,
                    slot,
                    body: rest.held.clone(),
                };
                self.carry_out(info, &considered, rest, taken).await
            }
            Err(fault) => Err(Failed::Fault(fault, Vec::new())),
        };
        match done {
            Ok(response) => Ok(Attempt::Answered(response)),
            Err(Failed::Refused(denial)) => {
                record.overruled();
                Err(denial)
            }
            Err(Failed::Changed) => Ok(Attempt::Changed(Box::new(considered), record)),
            // Permitted, but not possible: the caller hears S3's own fault, and the grant is what
            // was decided.
            Err(Failed::Fault(fault, headers)) => {
                let mut response = self.faulty(info, rest, &operation, &fault);
                for (name, value) in headers {
                    set_header(&mut response, name, &value);
                }
                Ok(Attempt::Answered(response))
            }
        }
    }

    /// A denial that is told of each key is on record as any other.
    fn by_key<'a>(
        &self,
        info: &RequestInfo,
        caller: &Caller,
        call: Option<&Call<S3Call>>,
        denial: Denial,
    ) -> Result<Attempt<'a>, Denial> {
        let told = call.filter(|call| s3_call::is_told_by_key(call, caller, &denial));
        let Some(call) = told else {
            return Err(denial);
        };
        let denial = denial.asked_by(&self.ledger.world(), caller);
        self.keep(info, *denial.evidence, false);
        Ok(Attempt::Answered(backend::none_deleted(&call.detail)))
    }

    fn faulty(
        &self,
        info: &RequestInfo,
        rest: &Rest<'_>,
        operation: &str,
        fault: &Fault,
    ) -> http::Response<Body> {
        let path = rest.incoming.head().target.raw_path();
        respond(error_reply(fault, operation, info.family, path, &info.id))
    }

    /// Reads a body that is decided over, proves it, and then reads what it asks for; a long one
    /// beside the workers. With the call comes the memory that the body took.
    async fn understood(
        &self,
        caller: &Caller,
        whole: Box<WholeBody>,
        body: hyper::body::Incoming,
    ) -> Result<(Call<S3Call>, Held), Denial> {
        let account = caller.account();
        let holder = account.map_or(Holder::Stranger, |account| Holder::Account(account.clone()));
        let Whole { bytes, held } = self
            .budget
            .whole(body, whole.most(), holder)
            .await
            .map_err(s3_call::unread)?;
        let call = if bytes.len() > LONG_BODY_BYTES {
            let slot = self.slot_to_decide(account).await?;
            aside(Some(slot), move || whole.call(&bytes)).await??
        } else {
            whole.call(&bytes)?
        };
        Ok((call, held))
    }
}
