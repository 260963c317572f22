//! A signature for a region that the server is not, in the words of each service.

use catalog::Service;
use wire::{Fault, S3Fault};

/// A request that was signed for another region than the service of this server is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongRegion {
    /// Whose signature it is for.
    pub service: Service,
    /// What was signed.
    pub signed: String,
    /// What would have been right.
    pub expected: String,
}

impl WrongRegion {
    /// In words, for the record.
    pub fn because(&self) -> String {
        let Self {
            service,
            signed,
            expected,
        } = self;
        format!(
            "the request to {} is signed for the region `{signed}`, expected `{expected}`",
            service.name()
        )
    }

    /// What the service says; S3 names the right region in a place of its own, for clients that
    /// sign anew.
    pub fn fault(&self) -> Fault {
        let Self {
            service,
            signed,
            expected,
        } = self;
        match service {
            Service::S3 => {
                let text = format!(
                    "The authorization header is malformed; the region '{signed}' is wrong; expecting '{expected}'"
                );
                S3Fault::AuthorizationHeaderMalformed
                    .saying(text)
                    .expecting_region(expected)
            }
            Service::Iam | Service::Sts => Fault::new(
                "SignatureDoesNotMatch",
                403,
                "Credential should be scoped to a valid region.",
            ),
        }
    }
}
