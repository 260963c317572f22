//! Requests that cannot be read, or that no operation is.

use catalog::Unmapped;
use wire::{Fault, S3Fault};

use super::body::Unread;
use super::ours::{Busy, busy};
use crate::denial::Denial;
use crate::record::{Cause, Link};

/// A head or a form that cannot be read, or could be read in two ways.
pub(crate) fn unreadable(because: String) -> Denial {
    let fault = Fault::new("InvalidRequest", 400, format!("Invalid Request: {because}"));
    Denial::new(Link::Credentials, Cause::Unreadable { because }, fault)
}

/// A form that was not read; `most`: how many bytes it might have had.
pub(crate) fn form_unread(unread: Unread, most: usize) -> Denial {
    match unread {
        // Not its size is wrong here, but that there is one.
        Unread::TooLarge if most == 0 => unreadable("a GET must not have a body".to_owned()),
        Unread::TooLarge => {
            let because = format!("the form has more than {most} bytes");
            let fault = Fault::new("RequestEntityTooLarge", 413, "Request Entity Too Large");
            Denial::new(Link::Credentials, Cause::Unreadable { because }, fault)
        }
        Unread::NoRoom => busy(Busy::Bodies),
        Unread::Late | Unread::Broken => unreadable(unread.to_string()),
    }
}

/// A request whose parts are not of one protocol.
pub(crate) fn disagrees(because: &str) -> Denial {
    let fault = Fault::new("InvalidRequest", 400, format!("Invalid Request: {because}"));
    Denial::new(
        Link::Credentials,
        Cause::Unmapped {
            because: because.to_owned(),
        },
        fault,
    )
}

/// A call that is not understood to the last word.
pub(crate) fn unmapped(unmapped: &Unmapped) -> Denial {
    let cause = Cause::Unmapped {
        because: unmapped.to_string(),
    };
    Denial::new(Link::Permissions, cause, unmapped.fault())
}

/// Headers of the answer that nobody signed for.
pub(crate) fn overrides_unsigned() -> Denial {
    let because = "Request specific response headers cannot be used for anonymous GET requests.";
    let cause = Cause::Unmapped {
        because: because.to_owned(),
    };
    Denial::new(
        Link::Credentials,
        cause,
        S3Fault::InvalidRequest.saying(because),
    )
}

/// A query call whose resource is not named, or not by a name: the caller is told all that does not
/// fit, not that alone.
pub(crate) fn unmapped_query(bad: &Unmapped, unfit: impl FnOnce() -> Option<Fault>) -> Denial {
    let mut denial = unmapped(bad);
    // Only these: what is not understood stays refused as that, even if something else does not fit
    // either.
    let resource = matches!(bad, Unmapped::Missing(_) | Unmapped::TooLong(..));
    if let Some(fault) = resource.then(unfit).flatten() {
        denial.fault = fault;
    }
    denial
}
