//! Who asks: the credentials are opened, and the signature is verified with them.

use sigv4::{BodyProof, Claim, Payload, SecretKey};
use wire::{Family, Head};

use crate::caller::{Caller, NoCaller};
use crate::denial::Denial;
use crate::keyring::Keyring;
use crate::refusal;
use crate::regions::Regions;
use crate::session;
use crate::world::World;

/// What credentials are opened and signatures verified with.
#[derive(Clone, Copy, Debug)]
pub struct Authenticator<'a> {
    /// The accounts.
    pub world: &'a World,
    /// The keys that sessions are sealed with.
    pub keyring: &'a Keyring,
    /// The regions that the server is.
    pub regions: &'a Regions,
    /// Unix seconds.
    pub now: i64,
}

impl Authenticator<'_> {
    /// Opens the credentials and verifies the signature with them. An error is worded for a caller
    /// of `family`.
    pub(super) fn authenticate(
        &self,
        head: &Head,
        claim: &Claim,
        payload: Payload,
        family: Family,
    ) -> Result<(Caller, BodyProof), Denial> {
        let id = claim.access_key_id().as_str();
        let opened = match session::open(id, claim.session_token(), self.keyring, self.now) {
            Ok(opened) => opened,
            Err(refusal) => {
                // As much work as for a known key id, so that the time taken does not tell which
                // ids exist.
                drop(claim.verify(head, payload, &SecretKey::new("0".repeat(40)), self.now));
                return Err(refusal::closed(&refusal, claim, family));
            }
        };
        // The signature before the region: what a region is to this account is told to whoever has
        // its secret.
        let (authenticated, proof) = claim
            .verify(head, payload, opened.secret(), self.now)
            .map_err(|refusal| refusal::bad_signature(&refusal, family))?;
        let caller = Caller::new(&authenticated, opened, self.world, self.regions).map_err(
            |no| match no {
                NoCaller::Region(wrong, account) => refusal::elsewhere(&wrong, id, account),
                // As an unknown key id: that both halves are sound apart is nothing to tell.
                NoCaller::Mismatched | NoCaller::Service => {
                    refusal::closed(&session::Refusal::Unknown, claim, family)
                }
            },
        )?;
        Ok((caller, proof))
    }
}
