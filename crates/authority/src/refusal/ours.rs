//! What is no caller's fault: no room, and failures of the server's own.

use wire::{Fault, S3Fault};

use crate::denial::Denial;
use crate::record::{Cause, Link};

/// The reason for a body that is not read because others are.
pub(super) const NO_ROOM: &str = "too many bodies are being received";

/// Of what there is no more now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// Memory for bodies.
    Bodies,
    /// Room among decisions that take long.
    Decisions,
}

/// There is no room now. S3's own words for whoever has to slow down; the other services'
/// throttling is a 400, which clients of a form that was not even read would take for their
/// mistake.
pub fn busy(busy: Busy) -> Denial {
    let because = match busy {
        Busy::Bodies => NO_ROOM,
        Busy::Decisions => "too many long decisions are waiting",
    };
    let fault = S3Fault::SlowDown.fault();
    let denial = Denial::new(
        Link::Credentials,
        Cause::Busy {
            because: because.to_owned(),
        },
        fault,
    );
    match busy {
        Busy::Bodies => denial,
        // Only who is known has anything decided.
        Busy::Decisions => denial.proven(),
    }
}

/// What the server failed at. Nothing was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// A decision, before it was made.
    Decision,
    /// A permitted operation of IAM that reads.
    IamRead,
    /// To keep what this permitted operation of IAM changes.
    IamWrite(String),
}

/// The server failed, whatever the request was.
pub fn failed(failed: Failed) -> Denial {
    let unknown =
        "The request processing has failed because of an unknown error, exception or failure.";
    // A 500, which SDKs retry. They may: nothing was changed.
    let iam = Fault::new("ServiceFailure", 500, unknown);
    let (because, operation, fault) = match failed {
        Failed::Decision => {
            let because = "the decision ended early; nothing was done";
            (because, String::new(), S3Fault::InternalError.fault())
        }
        Failed::IamRead => (
            "the operation ended early; nothing was changed",
            "iam:?".to_owned(),
            iam,
        ),
        Failed::IamWrite(operation) => (
            "the store failed; nothing was changed",
            format!("iam:{operation}"),
            iam,
        ),
    };
    let cause = Cause::Internal {
        because: because.to_owned(),
    };
    Denial::new(Link::Permissions, cause, fault)
        .of(operation)
        .proven()
}
