//! What every operation has: what it reads, what it results in, and the faults that many of them
//! share.

use policy::AccountId;
use wire::Fault;

use super::answer::Answer;
use crate::world::{Change, World};

/// What an operation results in.
#[derive(Debug)]
pub struct Applied {
    /// What is to be kept; nothing for a read.
    pub changes: Vec<Change>,
    /// What the caller is told.
    pub answer: Answer,
}

pub(super) type Result = std::result::Result<Applied, Fault>;

/// What an operation reads.
pub(super) struct Context<'a> {
    pub(super) world: &'a World,
    pub(super) account: &'a AccountId,
    pub(super) by_root: bool,
    pub(super) partition: &'a str,
    pub(super) now: i64,
}

pub(super) fn reads(answer: Answer) -> Result {
    Ok(Applied {
        changes: Vec::new(),
        answer,
    })
}

pub(super) fn writes(change: Change, answer: Answer) -> Result {
    Ok(Applied {
        changes: vec![change],
        answer,
    })
}

pub(super) fn invalid_input(text: impl Into<String>) -> Fault {
    Fault::new("InvalidInput", 400, text)
}

pub(super) fn no_such_entity(text: impl Into<String>) -> Fault {
    Fault::new("NoSuchEntity", 404, text)
}

pub(super) fn already_exists(text: impl Into<String>) -> Fault {
    Fault::new("EntityAlreadyExists", 409, text)
}

pub(super) fn conflict(text: impl Into<String>) -> Fault {
    Fault::new("DeleteConflict", 409, text)
}

pub(super) fn limit(text: impl Into<String>) -> Fault {
    Fault::new("LimitExceeded", 409, text)
}
