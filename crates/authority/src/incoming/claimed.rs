//! The signature that a request says to have, for whom it is, and how an error about it is written.

use catalog::Service;
use sigv4::Claim;
use wire::{Family, Head};

use crate::denial::Denial;
use crate::refusal;
use crate::sts;

/// A signature as it was presented, if one was.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    claim: Result<Option<Claim>, sigv4::Refusal>,
    pub(super) family: Family,
}

impl Claimed {
    /// Reads the signature, and settles how every error of the request is written.
    pub(super) fn read(head: &Head, is_form: bool, at_base: bool) -> Self {
        // An error of it is kept: which family it is written in has to be settled first.
        let claim = Claim::read(head);
        let family = match is_form {
            true => sts::family(head.headers.one("accept").ok().flatten()),
            // Whoever signs for IAM or STS reads their answers, however odd the rest of the
            // request.
            false => match claim
                .as_ref()
                .ok()
                .and_then(Option::as_ref)
                .and_then(service)
            {
                Some(Service::Iam | Service::Sts) if at_base => Family::Query,
                Some(Service::Iam | Service::Sts | Service::S3) | None => Family::S3,
            },
        };
        Self { claim, family }
    }

    /// Whether there is no trace of a signature in the head.
    pub(super) fn is_unsigned(&self) -> bool {
        matches!(self.claim, Ok(None))
    }

    /// The signature, and the service that it is for.
    ///
    /// # Errors
    /// [`Denial`] for a request that nobody signed, or as it must not be, or for a service that is
    /// not served.
    pub(super) fn signed(&self) -> Result<(&Claim, Service), Denial> {
        let claim = match &self.claim {
            Ok(Some(claim)) => claim,
            Ok(None) => return Err(refusal::unsigned(self.family)),
            Err(refusal) => return Err(refusal::bad_signature(refusal, self.family)),
        };
        let service = service(claim);
        let not_served =
            || refusal::disagrees("the credential scope names a service that is not supported");
        Ok((claim, service.ok_or_else(not_served)?))
    }
}

fn service(claim: &Claim) -> Option<Service> {
    Service::from_scope(&claim.scope().service)
}
