//! What can break whichever link a request has reached: it cannot be read or is not supported, or
//! the server cannot serve it.

use crate::finding::Finding;

pub(super) fn unreadable(because: &str) -> Finding {
    Finding::denied(
        "unreadable",
        format!("the request cannot be read: {because}"),
    )
}

pub(super) fn unmapped(because: &str) -> Finding {
    // What is not understood cannot be decided over, and so is denied rather than guessed at.
    Finding::denied("unmapped", format!("the request is not understood: {because}"))
        .help("a request is denied unless every part of it is understood; docs/differs-from-aws.md lists what is supported")
}

/// The request may be as it should be, so nothing of it is to be changed.
pub(super) fn internal(because: &str) -> Finding {
    Finding::denied("internal", format!("the server failed: {because}"))
        .help("the request may be correct: send it again; the server's log says what failed")
}

pub(super) fn busy(because: &str) -> Finding {
    Finding::denied(
        "busy",
        format!("the server is too busy for the request: {because}"),
    )
    .help("send the request again a little later")
}
