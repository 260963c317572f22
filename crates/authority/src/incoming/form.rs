//! The form of a query call: read, and given to who answers.

use catalog::{Service, query};
use sigv4::{Claim, Payload};
use wire::{Family, Head, MAX_FORM_BYTES, Method, Words};

use super::authenticate::Authenticator;
use super::claimed::Claimed;
use crate::caller::Caller;
use crate::denial::Denial;
use crate::refusal::{self, Unread};

/// A form that is still to be read.
#[derive(Clone, Copy, Debug)]
pub struct UnreadForm<'a> {
    head: &'a Head,
    claimed: &'a Claimed,
    most: usize,
}

/// Who answers a form.
pub enum FormRoute<'a> {
    /// The exchange. A stray signature on it is no authentication and changes nothing.
    Exchange(Words),
    /// A call that says to be signed.
    Signed(SignedForm<'a>),
}

/// A form that says to be signed for IAM or STS; what it asks for is told to whoever proves who
/// asks.
pub struct SignedForm<'a> {
    head: &'a Head,
    family: Family,
    claim: &'a Claim,
    payload: Payload,
    call: QueryCall,
}

/// The form of a signed call, by the service that answers it.
pub enum QueryCall {
    /// To be read by [`crate::iam::read`].
    Iam(Words),
    /// To be read by [`crate::sts_call::read`].
    Sts(Words),
}

impl<'a> UnreadForm<'a> {
    /// What is wrong before a byte of the body came is refused before.
    pub(super) fn of(head: &'a Head, claimed: &'a Claimed) -> Result<Self, Denial> {
        let most = match head.method {
            // The form of a GET is its query string; a body beside it would be a second one.
            Method::Get => 0,
            _ if head.target.raw_query().is_empty() => MAX_FORM_BYTES,
            // An action in the address and another one in the body: two readers, two calls.
            _ => {
                return Err(refusal::unreadable(
                    "a form at `/` must not have a query string".to_owned(),
                ));
            }
        };
        Ok(Self {
            head,
            claimed,
            most,
        })
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
        let Self {
            head,
            claimed,
            most,
        } = self;
        let body = body.map_err(|unread| refusal::form_unread(unread, most))?;
        let text = match head.method {
            Method::Get => head.target.raw_query(),
            // Strict: bytes that one reader replaces and another keeps would be two forms.
            _ => std::str::from_utf8(body)
                .map_err(|_| refusal::unreadable("the form is not UTF-8".to_owned()))?,
        };
        let form = Words::read(text).map_err(|bad| refusal::unreadable(bad.to_string()))?;
        // Before any signature is looked at: SDKs with other credentials in their environment sign
        // this call too, and AWS ignores it.
        if query::is_exchange(&form) {
            return Ok(FormRoute::Exchange(form));
        }
        // The signature's scope says whose form it is: the same action name may be several
        // services'.
        let (claim, service) = claimed.signed()?;
        let call = match service {
            Service::Iam => QueryCall::Iam(form),
            Service::Sts => QueryCall::Sts(form),
            Service::S3 => return Err(refusal::disagrees("S3 takes no form at `/`")),
        };
        // It names an operation in the JSON protocol: this request would then name two.
        if head.headers.has("x-amz-target") {
            return Err(refusal::disagrees(
                "a query call must not have an X-Amz-Target",
            ));
        }
        // Of the bytes that were read, not of what a header says they are.
        let payload = Payload::Buffered(sigv4::sha256(body));
        Ok(FormRoute::Signed(SignedForm {
            head,
            family: claimed.family,
            claim,
            payload,
            call,
        }))
    }
}

impl SignedForm<'_> {
    /// Proves who asks, and tells for what.
    ///
    /// # Errors
    /// [`Denial`].
    pub fn authenticate(self, with: &Authenticator<'_>) -> Result<(Caller, QueryCall), Denial> {
        let Self {
            head,
            family,
            claim,
            payload,
            call,
        } = self;
        let (caller, _) = with.authenticate(head, claim, payload, family)?;
        if !claim.is_presigned() {
            return Ok((caller, call));
        }
        let call = match call {
            QueryCall::Sts(form) => presigned(&form).map(QueryCall::Sts),
            QueryCall::Iam(form) => presigned(&form).map(QueryCall::Iam),
        };
        // Whoever has a URL may send it any number of times, so this stays a stranger's refusal.
        let call = call?;
        Ok((caller, call))
    }
}

/// The form of a presigned request. A URL is easily passed on: it may say who somebody is, and do
/// nothing else.
fn presigned(form: &Words) -> Result<Words, Denial> {
    // The signature's own parameters are none of the call's, and would be refused as such.
    let form = sigv4::without_signature(form);
    // EKS and Vault log in with exactly this URL; any other action in one could be replayed by
    // whoever sees the link (docs/threats.md, 34).
    if form.get("Action") == Some("GetCallerIdentity") {
        return Ok(form);
    }
    Err(refusal::disagrees(
        "only GetCallerIdentity may be presigned",
    ))
}
