//! The last step of becoming a role, whoever became it: credentials, the record of them, and the
//! answer.

use wire::{Family, Reply, RequestId};

use crate::assumption::Assumption;
use crate::entropy::Entropy;
use crate::keyring::Keyring;
use crate::record::Evidence;
use crate::session::{self, NotMinted, Origin, Session};
use crate::sts;
use crate::world::World;

/// What an assumption becomes a session with.
pub struct Issue<'a> {
    /// The accounts that it was decided over.
    pub world: &'a World,
    /// Unix seconds, as it was decided at.
    pub now: i64,
    /// The keys that seal.
    pub keyring: &'a Keyring,
    /// Drawn for this session alone.
    pub entropy: &'a mut Entropy,
    /// How the answer is written.
    pub family: Family,
    /// The answer's id.
    pub request_id: &'a RequestId,
}

/// Temporary credentials on their way out.
pub struct Issued {
    /// The credentials.
    pub session: Session,
    /// What was decided and why, with the access key id that came of it.
    pub evidence: Evidence,
    /// The answer on the wire.
    pub reply: Reply,
}

/// Makes credentials of an assumption.
pub(crate) fn issue(assumption: Assumption, with: Issue<'_>) -> Result<Issued, NotMinted> {
    let Issue {
        world,
        now,
        keyring,
        entropy,
        family,
        request_id,
    } = with;
    let mut evidence = assumption.evidence().clone();
    // By value: one admission becomes one session, never two.
    let session = session::mint(assumption, keyring, now, entropy)?;
    let id = Some(session.access_key_id.clone());
    match &session.facts.origin {
        // Nobody signs an exchange, so there is but one id to name.
        Origin::WebIdentity { .. } => evidence.who.access_key_id = id,
        Origin::Role { .. } => evidence.who.minted_access_key_id = id,
    }
    let partition = world.partition(&session.facts.account);
    let reply = sts::assumed(&session, partition, family, request_id);
    Ok(Issued {
        session,
        evidence,
        reply,
    })
}
