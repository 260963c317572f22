//! The form of a query call: read, and given to who answers.

use catalog::{Service, query};
use sigv4::{Claim, Payload};
use wire::{MAX_FORM_BYTES, Method, Words};

use super::{Here, Incoming, not_served};
use crate::caller::Caller;
use crate::denial::Denial;
use crate::refusal::{self, Unread};

/// A form that is still to be read.
#[derive(Clone, Copy, Debug)]
pub struct FormToCome<'a> {
    incoming: &'a Incoming,
    most: usize,
}

/// Who answers a form.
pub enum FormRoute<'a> {
    /// The exchange. A stray signature on it is no authentication and changes nothing.
    Exchange(Words),
    /// A call that says to be signed.
    Signed(SignedForm<'a>),
}

/// A form that says to be signed for IAM or STS; what it asks for is told to whoever proves who asks.
pub struct SignedForm<'a> {
    incoming: &'a Incoming,
    claim: &'a Claim,
    payload: Payload,
    call: QueryCall,
}

/// The form of a signed call, by the service that answers it.
pub enum QueryCall {
    /// To be read by [`crate::iam::read`].
    Iam(Words),
    /// To be read by [`crate::sts::read`].
    Sts(Words),
}

impl<'a> FormToCome<'a> {
    /// What is wrong before a byte of the body came is refused before.
    pub(super) fn of(incoming: &'a Incoming) -> Result<Self, Denial> {
        let most = match incoming.head.method {
            Method::Get => 0,
            _ if incoming.head.target.raw_query().is_empty() => MAX_FORM_BYTES,
            // An action in the address and another one in the body: two readers, two calls.
            _ => return Err(refusal::unreadable("a form at `/` has no query string beside it".to_owned())),
        };
        Ok(Self { incoming, most })
    }

    /// How many bytes the body may have.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Reads the form, by the body that came or why none did, and says who answers it.
    ///
    /// # Errors
    /// [`Denial`] for a form that cannot be read, is signed for nobody here, or not at all.
    pub fn route(self, body: Result<&[u8], Unread>) -> Result<FormRoute<'a>, Denial> {
        let incoming = self.incoming;
        let body = body.map_err(|unread| refusal::form_unread(unread, self.most))?;
        let text = match incoming.head.method {
            Method::Get => incoming.head.target.raw_query(),
            _ => std::str::from_utf8(body).map_err(|_| refusal::unreadable("the form is not UTF-8".to_owned()))?,
        };
        let form = Words::read(text).map_err(|bad| refusal::unreadable(bad.to_string()))?;
        if query::is_exchange(&form) {
            return Ok(FormRoute::Exchange(form));
        }
        let claim = incoming.signed()?;
        let call = match Service::from_scope(&claim.scope().service) {
            Some(Service::Iam) => QueryCall::Iam(form),
            Some(Service::Sts) => QueryCall::Sts(form),
            Some(Service::S3) => return Err(refusal::disagrees("S3 has no form at `/`")),
            None => return Err(not_served()),
        };
        if incoming.head.headers.has("x-amz-target") {
            return Err(refusal::disagrees("a query call has no X-Amz-Target"));
        }
        let payload = Payload::Buffered(sigv4::sha256(body));
        Ok(FormRoute::Signed(SignedForm { incoming, claim, payload, call }))
    }
}

impl SignedForm<'_> {
    /// Proves who asks, and tells for what.
    ///
    /// # Errors
    /// [`Denial`].
    pub fn authenticate(self, here: &Here<'_>) -> Result<(Caller, QueryCall), Denial> {
        let Self { incoming, claim, payload, call } = self;
        let (caller, _) = here.authenticate(&incoming.head, claim, payload, incoming.family)?;
        if !claim.is_presigned() {
            return Ok((caller, call));
        }
        let call = match call {
            QueryCall::Sts(form) => presigned(&form).map(QueryCall::Sts),
            QueryCall::Iam(form) => presigned(&form).map(QueryCall::Iam),
        };
        let call = call.map_err(|denial| denial.asked_by(here.world, &caller))?;
        Ok((caller, call))
    }
}

/// The form of a presigned request. A URL is easily passed on: it may say who somebody is, and do nothing else.
fn presigned(form: &Words) -> Result<Words, Denial> {
    let form = sigv4::without_signature(form);
    if form.get("Action") == Some("GetCallerIdentity") {
        return Ok(form);
    }
    Err(refusal::disagrees("only GetCallerIdentity may be presigned"))
}
