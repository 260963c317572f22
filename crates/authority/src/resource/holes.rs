//! What fills the holes of an ARN.

use catalog::Template;
use policy::AccountId;

use crate::world::NO_PARTITION;

/// What is the caller's, and so fills the holes of the ARNs that its calls name; `None` for
/// what nobody knows of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holes<'a> {
    /// The partition of the caller's account.
    pub(crate) partition: Option<&'a str>,
    /// The region of the request.
    pub(crate) region: Option<&'a str>,
    /// The caller's account.
    pub(crate) account: Option<&'a AccountId>,
}

impl Holes<'_> {
    /// The caller's partition, or that of an account that is not there, by which nothing is
    /// granted.
    pub(super) fn partition(&self) -> &str {
        self.partition.unwrap_or(NO_PARTITION)
    }

    /// The ARN, in `partition`. `None` when a hole stays open: an ARN with a gap would be another
    /// resource's name, and a Deny that names the right one would fall away.
    pub(super) fn fill(&self, partition: &str, template: &Template) -> Option<String> {
        let Template {
            service, resource, ..
        } = template;
        let region = if template.has_region {
            // Unknown where the server is in several and nobody signed: then no ARN of a region can
            // be named.
            self.region?
        } else {
            ""
        };
        let account = if template.has_account {
            self.account?.as_str()
        } else {
            ""
        };
        Some(format!(
            "arn:{partition}:{service}:{region}:{account}:{resource}"
        ))
    }
}
