//! The exchange itself: its parameters, and what the session would have been.

use authority::lifetime;
use authority::record::Evidence;

use super::role::role;
use crate::finding::Finding;

pub(super) fn parameter(because: &str) -> Finding {
    Finding::denied("parameter", format!("a parameter is not valid: {because}"))
}

pub(super) fn duration(asked: u32, most: u32, evidence: &Evidence) -> Finding {
    let message = format!(
        "the session would last {asked} seconds; `{}` allows {most}",
        role(evidence)
    );
    Finding::denied("duration", message)
        .compared(&[format!("at most {most}")], &[asked.to_string()])
        .help("ask for less, or raise the role's MaxSessionDuration")
}

pub(super) fn chained_duration(asked: u32) -> Finding {
    // People raise MaxSessionDuration, which does nothing for a session from a session.
    let message = format!(
        "the session would last {asked} seconds; one that is assumed from another role's session lasts at most \
         {}",
        lifetime::CHAINED
    );
    Finding::denied("chained-duration", message)
        .compared(
            &[format!("at most {}", lifetime::CHAINED)],
            &[asked.to_string()],
        )
        .help("leave DurationSeconds out; MaxSessionDuration does not apply to role chaining")
}

pub(super) fn tag_fixed(key: &str) -> Finding {
    Finding::denied(
        "tag-fixed",
        format!("the tag `{key}` is inherited from the calling session and cannot be passed again"),
    )
    .help("leave the tag out, or do not mark it as transitive where it is passed first")
}

pub(super) fn source_identity_fixed(set: &str, asked: &str) -> Finding {
    Finding::denied(
        "source-identity-fixed",
        "the source identity is already set and cannot be changed by role chaining",
    )
    .compared(&[set.to_owned()], &[asked.to_owned()])
    .help("leave SourceIdentity out: it is inherited")
}

pub(super) fn session_too_large(percent: usize) -> Finding {
    // In per cent, as AWS says it ("Packed size of session tags consumes 142% of allotted space."):
    // people compare the two.
    let message = format!("tags and policies take {percent} % of what fits into a session token");
    Finding::denied("session-too-large", message).help("pass fewer tags or a shorter policy")
}
