//! What the API refuses before anything is decided, in the words of the services.

use authority::WrongRegion;
use authority::denial::Denial;
use authority::record::{Cause, Link, Who};
use authority::session;
use policy::AccountId;
use wire::{Family, Fault, S3Fault};

use super::{Refused, RequestInfo};

pub(super) fn unreadable(because: String) -> Denial {
    let fault = Fault::new("InvalidRequest", 400, format!("Invalid Request: {because}"));
    Denial::new(Link::Credentials, Cause::Unreadable { because }, fault)
}

pub(super) fn too_large() -> Denial {
    let because = format!("the form has more than {} bytes", wire::MAX_FORM_BYTES);
    let fault = Fault::new("RequestEntityTooLarge", 413, "Request Entity Too Large");
    Denial::new(Link::Credentials, Cause::Unreadable { because }, fault)
}

/// Too many bodies, or long decisions, are on their way. S3's own words for whoever has to slow down; the other services' throttling is a 400,
/// which clients of a form that was not even read would take for their mistake.
pub(super) fn no_room(because: impl std::fmt::Display) -> Denial {
    let fault = S3Fault::SlowDown.fault();
    Denial::new(Link::Credentials, Cause::Busy { because: because.to_string() }, fault)
}

pub(super) fn disagrees(because: &str) -> Denial {
    let fault = Fault::new("InvalidRequest", 400, format!("Invalid Request: {because}"));
    Denial::new(Link::Credentials, Cause::Unmapped { because: because.to_owned() }, fault)
}

pub(super) fn unsigned(family: Family) -> Denial {
    let fault = match family {
        Family::S3 => S3Fault::AccessDenied.fault(),
        Family::Query | Family::QueryJson | Family::Json | Family::RestJson => {
            Fault::new("MissingAuthenticationToken", 403, "Request is missing Authentication Token")
        }
    };
    Denial::new(Link::Credentials, Cause::Unsigned, fault)
}

pub(super) fn bad_signature(info: &RequestInfo, refusal: &sigv4::Refusal) -> Box<Refused> {
    let cause = match refusal {
        sigv4::Refusal::AccessKeyId(id) => Cause::ForeignKey { access_key_id: id.clone() },
        refusal => Cause::Signature { because: refusal.to_string() },
    };
    Refused::stranger(Denial::new(Link::Credentials, cause, refusal.fault(info.family)))
}

/// Credentials that do not open.
pub(super) fn closed(family: Family, claim: &sigv4::Claim, refusal: &session::Refusal) -> Denial {
    let s3 = family == Family::S3;
    let fault = match refusal {
        session::Refusal::Unknown | session::Refusal::TokenMissing if s3 => S3Fault::InvalidAccessKeyId.fault(),
        session::Refusal::TokenUnexpected if s3 => S3Fault::InvalidToken.fault(),
        session::Refusal::Expired { .. } if s3 => S3Fault::ExpiredToken.fault(),
        session::Refusal::Expired { .. } => {
            Fault::new("ExpiredToken", 403, "The security token included in the request is expired")
        }
        session::Refusal::Unknown | session::Refusal::TokenMissing | session::Refusal::TokenUnexpected => {
            Fault::new("InvalidClientTokenId", 403, "The security token included in the request is invalid.")
        }
    };
    let cause = match (refusal, claim.session_token()) {
        // Without a session token there is nothing else that could be wrong with them.
        (session::Refusal::Unknown, None) => {
            Cause::ForeignKey { access_key_id: sigv4::AccessKeyId::shown(claim.access_key_id().as_str()) }
        }
        _ => Cause::Credentials { because: refusal.to_string() },
    };
    Denial::new(Link::Credentials, cause, fault)
}

/// A signature that holds, for a region that is not here.
pub(super) fn elsewhere(wrong: &WrongRegion, access_key_id: &str, account: AccountId) -> Denial {
    let cause = Cause::Region { because: wrong.because(), expected: wrong.expected.clone() };
    let who = Who { access_key_id: Some(access_key_id.to_owned()), ..Who::default() };
    Denial::new(Link::Credentials, cause, wrong.fault()).by(who).in_account(account)
}

pub(super) fn unmapped(unmapped: &catalog::Unmapped) -> Denial {
    Denial::new(Link::Permissions, Cause::Unmapped { because: unmapped.to_string() }, unmapped.fault())
}

/// A query call whose resource is not named, or not by a name: the caller hears of all that does not fit, not of that alone.
pub(super) fn unmapped_query(bad: &catalog::Unmapped, unfit: impl FnOnce() -> Option<Fault>) -> Denial {
    let denial = unmapped(bad);
    let resource = matches!(bad, catalog::Unmapped::Missing(_) | catalog::Unmapped::TooLong(..));
    match resource.then(unfit).flatten() {
        Some(fault) => Denial { fault, ..denial },
        None => denial,
    }
}
