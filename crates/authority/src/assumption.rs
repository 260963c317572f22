//! The proof that somebody was admitted to a role. Two places make one, and only one can become a
//! session.

use wire::Fault;

use crate::denial::Denial;
use crate::record::{Cause, Evidence, Link};
#[cfg(test)]
use crate::record::{Outcome, Who};
use crate::session::Facts;

/// An admitted exchange or assumption. Only [`crate::exchange::admit`] and
/// [`crate::assume_role::admit`] make one.
#[derive(Debug)]
pub struct Assumption {
    facts: Facts,
    lifetime: u32,
    least_token: usize,
    evidence: Box<Evidence>,
}

impl Assumption {
    /// What was decided and why.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// For the two that decide: `facts` without their times, and seconds of life.
    pub(crate) fn decided(facts: Facts, lifetime: u32, evidence: Evidence) -> Self {
        Self {
            facts,
            lifetime,
            least_token: 0,
            evidence: Box::new(evidence),
        }
    }

    /// Asks for a session token of at least so many characters.
    #[must_use]
    pub(crate) fn padded(mut self, least_token: usize) -> Self {
        self.least_token = least_token;
        self
    }

    pub(crate) fn least_token(&self) -> usize {
        self.least_token
    }

    #[cfg(test)]
    pub(crate) fn of(facts: Facts, lifetime: u32) -> Self {
        let link = Link::TrustPolicy;
        let (operation, who) = (String::new(), Who::default());
        let evidence = Evidence {
            outcome: Outcome::Allowed,
            link,
            account: None,
            operation,
            who,
            asked: Vec::new(),
            cause: None,
        };
        Self::decided(facts, lifetime, evidence)
    }

    pub(crate) fn into_facts(mut self, now: i64) -> Facts {
        self.facts.issued_at = now;
        self.facts.expires_at = now + i64::from(self.lifetime);
        self.facts
    }
}

/// The refusal of a session that would live longer than its role allows (STS API reference,
/// `DurationSeconds`), both in seconds.
pub(crate) fn too_long(asked: u32, most: u32) -> Denial {
    let text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    Denial::new(
        Link::Sts,
        Cause::Duration { asked, most },
        Fault::new("ValidationError", 400, text),
    )
}
