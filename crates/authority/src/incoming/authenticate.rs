//! Who asks: the credentials are opened, and the signature is verified with them.

use sigv4::{Authenticated, BodyProof, Claim, DerivedKeys, Payload, PostClaim, SecretKey};
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
    /// Signing keys that were derived before.
    pub derived: &'a DerivedKeys,
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
        let verify =
            |secret: &SecretKey| claim.verify_with(head, payload, secret, self.now, self.derived);
        let opened = match self.open(claim.access_key_id().as_str(), claim.session_token()) {
            Ok(opened) => opened,
            Err(refusal) => {
                // As much work as for a known key id, so that the time taken does not tell which
                // ids exist. Derived anew: no key of nobody is worth keeping.
                drop(claim.verify(head, payload, &nobodys(), self.now));
                return Err(refusal::closed(
                    &refusal,
                    claim.access_key_id(),
                    claim.session_token(),
                    family,
                ));
            }
        };
        // The signature before the region: what a region is to this account is told to whoever has
        // its secret.
        let (authenticated, proof) =
            verify(opened.secret()).map_err(|refusal| refusal::bad_signature(&refusal, family))?;
        let token = claim.session_token();
        Ok((self.caller(&authenticated, opened, token, family)?, proof))
    }

    /// The same for the signature of a browser's form.
    pub(super) fn authenticate_post(&self, claim: &PostClaim) -> Result<Caller, Denial> {
        let token = claim.session_token();
        let opened = match self.open(claim.access_key_id().as_str(), token) {
            Ok(opened) => opened,
            Err(refusal) => {
                drop(claim.verify(&nobodys(), self.now));
                let id = claim.access_key_id();
                return Err(refusal::closed(&refusal, id, token, Family::S3));
            }
        };
        let authenticated = claim
            .verify_with(opened.secret(), self.now, self.derived)
            .map_err(|refusal| refusal::bad_signature(&refusal, Family::S3))?;
        self.caller(&authenticated, opened, token, Family::S3)
    }

    fn open(&self, id: &str, token: Option<&str>) -> Result<session::Opened, session::Refusal> {
        session::open(id, token, self.keyring, self.now)
    }

    fn caller(
        &self,
        authenticated: &Authenticated,
        opened: session::Opened,
        token: Option<&str>,
        family: Family,
    ) -> Result<Caller, Denial> {
        let id = authenticated.access_key_id();
        Caller::new(authenticated, opened, self.world, self.regions).map_err(|no| match no {
            NoCaller::Region(wrong, account) => refusal::elsewhere(&wrong, id.as_str(), account),
            // As an unknown key id: that both halves are sound apart is nothing to tell.
            NoCaller::Mismatched | NoCaller::Service => {
                refusal::closed(&session::Refusal::Unknown, id, token, family)
            }
        })
    }
}

/// A secret that nobody has.
fn nobodys() -> SecretKey {
    SecretKey::new("0".repeat(40))
}
