//! Signatures and credentials that nobody can be known by.

use policy::AccountId;
use sigv4::AccessKeyId;
use wire::{Family, Fault, S3Fault};

use crate::denial::Denial;
use crate::record::{Cause, Link, Who};
use crate::regions::WrongRegion;
use crate::session;

/// No signature where one is needed.
pub(crate) fn unsigned(family: Family) -> Denial {
    let fault = match family {
        Family::S3 => S3Fault::AccessDenied.fault(),
        Family::Query | Family::QueryJson | Family::Json | Family::RestJson => Fault::new(
            "MissingAuthenticationToken",
            403,
            "Request is missing Authentication Token",
        ),
    };
    Denial::new(Link::Credentials, Cause::Unsigned, fault)
}

/// A signature that cannot be read or does not hold.
pub(crate) fn bad_signature(refusal: &sigv4::Refusal, family: Family) -> Denial {
    let cause = match refusal {
        sigv4::Refusal::AccessKeyId(id) => Cause::ForeignKey {
            access_key_id: id.clone(),
        },
        sigv4::Refusal::V2 => Cause::SignatureV2,
        refusal => Cause::Signature {
            because: refusal.to_string(),
        },
    };
    Denial::new(Link::Credentials, cause, refusal.fault(family))
}

/// Credentials that do not open.
pub(crate) fn closed(
    refusal: &session::Refusal,
    id: &AccessKeyId,
    token: Option<&str>,
    family: Family,
) -> Denial {
    use session::Refusal::{Expired, TokenMissing, TokenUnexpected, Unknown};
    let s3 = family == Family::S3;
    let fault = match refusal {
        // The same failure has a code of its own in S3, and clients of S3 test for that one.
        Unknown | TokenMissing if s3 => S3Fault::InvalidAccessKeyId.fault(),
        TokenUnexpected if s3 => S3Fault::InvalidToken.fault(),
        Expired { .. } if s3 => S3Fault::ExpiredToken.fault(),
        Expired { .. } => Fault::new(
            "ExpiredToken",
            403,
            "The security token included in the request is expired",
        ),
        Unknown | TokenMissing | TokenUnexpected => {
            let text = "The security token included in the request is invalid.";
            Fault::new("InvalidClientTokenId", 403, text)
        }
    };
    let cause = match (refusal, token) {
        // Without a session token there is nothing else that could be wrong with them.
        (Unknown, None) => Cause::ForeignKey {
            // As far as it has the form of one: some people paste the secret there
            // (docs/threats.md, 32).
            access_key_id: AccessKeyId::shown(id.as_str()),
        },
        _ => Cause::Credentials {
            because: refusal.to_string(),
        },
    };
    Denial::new(Link::Credentials, cause, fault)
}

/// A signature that holds, for a region that is not here.
pub(crate) fn elsewhere(wrong: &WrongRegion, access_key_id: &str, account: AccountId) -> Denial {
    let cause = Cause::Region {
        because: wrong.because(),
        expected: wrong.expected.clone(),
    };
    let who = Who {
        access_key_id: Some(access_key_id.to_owned()),
        ..Who::default()
    };
    Denial::new(Link::Credentials, cause, wrong.fault())
        .by(who)
        .in_account(account)
        // The signature was right: it is no stranger's request, and its record belongs to the
        // account.
        .proven()
}
