//! The token's audience against those that the provider accepts: between two links, so that it has
//! a file of its own.

use crate::finding::Finding;

pub(super) fn other(presented: &[String], accepted: &[String]) -> Finding {
    // Both sides: kOps gives its pods tokens for `amazonaws.com`, EKS for `sts.amazonaws.com`.
    Finding::denied("audience", "the token is for another audience")
        .compared(accepted, presented)
        .help("add the audience to the provider's client ids, or request a token with an audience that is among them")
}
