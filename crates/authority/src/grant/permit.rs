//! The proof that a call was allowed, or some of its parts.

use std::collections::BTreeMap;

use catalog::{Call, Part};
use policy::AccountId;
use wire::Fault;

use crate::caller::Caller;
use crate::denial::Denial;
use crate::peer::Peer;
use crate::record::{Cause, Evidence, Link};
#[cfg(test)]
use crate::record::{Outcome, Who};
use crate::session::Bearer;

/// A call that was allowed, with what carries it out. Only [`super::decide`] makes one, and only
/// with one does the shell act.
///
/// Of a call whose parts stand alone, one part at least is allowed; the others have their denials
/// here. Nothing is ever denied of a call whose parts must all pass.
#[derive(Debug)]
pub struct Permit<D> {
    pub(super) call: Call<D>,
    pub(super) caller: Caller,
    pub(super) peer: Peer,
    pub(super) partition: String,
    /// By their place in the call.
    pub(super) denied: BTreeMap<usize, Denial>,
    pub(super) evidence: Box<Evidence>,
}

impl<D> Permit<D> {
    /// A permit that nobody decided over, to try what an operation refuses by itself.
    #[cfg(test)]
    pub(crate) fn undecided(call: Call<D>, caller: Caller, partition: &str) -> Self {
        let evidence = Evidence {
            outcome: Outcome::Allowed,
            link: Link::Permissions,
            account: None,
            operation: String::new(),
            who: Who::default(),
            asked: Vec::new(),
            cause: None,
        };
        Self {
            call,
            caller,
            peer: Peer {
                source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
                secure: false,
                user_agent: None,
                referer: None,
                region: None,
            },
            partition: partition.to_owned(),
            denied: BTreeMap::new(),
            evidence: Box::new(evidence),
        }
    }

    /// What was asked for; what of it may be done is [`Permit::allowed`].
    pub fn call(&self) -> &Call<D> {
        &self.call
    }

    /// The call, for whoever carries it out whole or not at all.
    ///
    /// # Errors
    /// The first part's denial, which is then what goes on record.
    pub fn whole(&self) -> Result<&Call<D>, Denial> {
        // A caller that carries out the whole must not do the allowed half of it.
        self.denied
            .values()
            .next()
            .map_or(Ok(&self.call), |denial| Err(denial.clone()))
    }

    /// The parts that may be done, by their place in the call.
    pub fn allowed(&self) -> impl Iterator<Item = (usize, &Part)> {
        self.call
            .parts
            .iter()
            .enumerate()
            .filter(|(place, _)| !self.denied.contains_key(place))
    }

    /// The denials of the other parts, by their place in the call.
    pub fn denied(&self) -> impl Iterator<Item = (usize, &Denial)> {
        self.denied.iter().map(|(place, denial)| (*place, denial))
    }

    /// Who asks.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Where the request came from.
    pub(crate) fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The caller's account, if the caller has one.
    pub fn account(&self) -> Option<&AccountId> {
        self.caller.account()
    }

    /// Whose credentials asked, for an operation that is about the account or the session that
    /// asks.
    ///
    /// # Errors
    /// `MissingAuthenticationToken` when nobody signed, whatever a policy allows everybody.
    pub(crate) fn bearer(&self) -> Result<&Bearer, Fault> {
        let missing = || {
            Fault::new(
                "MissingAuthenticationToken",
                403,
                "Request is missing Authentication Token",
            )
        };
        // A policy may allow everybody everything; about an account only its own credentials ask.
        self.caller.bearer().ok_or_else(missing)
    }

    /// The partition of the caller's account.
    pub(crate) fn partition(&self) -> &str {
        &self.partition
    }

    /// What was decided and why.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// What refuses it all the same, with everything that was decided on record: the questions were
    /// allowed, and what was asked for is wrong.
    pub(crate) fn overruled(&self, denial: Denial) -> Denial {
        let Evidence {
            operation,
            who,
            account,
            asked,
            ..
        } = &*self.evidence;
        let denial = denial
            .of(operation.clone())
            .by(who.clone())
            .in_account(account.clone())
            .having_asked(asked.clone());
        match self.caller.signed() {
            Some(_) => denial.proven(),
            None => denial,
        }
    }

    /// The same for a fault that is nobody's denial: what was asked for is not there.
    pub(crate) fn failed(&self, fault: Fault) -> Denial {
        let cause = Cause::Parameter {
            because: fault.text.clone(),
        };
        self.overruled(Denial::new(Link::ResourcePolicy, cause, fault))
    }

    /// Gives up the permit for its call, to be decided again.
    pub fn into_call(self) -> Call<D> {
        self.call
    }

    /// Gives up the permit for its evidence, to be kept.
    pub fn into_evidence(self) -> Evidence {
        *self.evidence
    }
}
