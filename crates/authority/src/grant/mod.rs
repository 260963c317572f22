//! Decides over one signed call: every question it asks of the policies must be allowed, else nothing happens.
//!
//! [`judge`] takes plain facts and returns only decisions; [`decide`] is judge plus the proof of who asks.

use catalog::{Ask, Call};
use policy::{AccountId, Context, Decision, Verdict};
use wire::Fault;

use crate::caller::Caller;
use crate::caller::CallerContext;
pub use crate::caller::CallerPolicies;
use crate::denial::{Denial, access_denied_text};
use crate::effort;
use crate::peer::Peer;
use crate::record::{Asked, Cause, Evidence, Link, Outcome};
use crate::resource::{Holes, Operation, Resource};
use crate::world::World;

/// A call that was allowed, with what carries it out. Only [`decide`] makes one, and only with one does the shell act.
#[derive(Debug)]
pub struct Permit<D> {
    call: Call<D>,
    account: AccountId,
    evidence: Box<Evidence>,
}

impl<D> Permit<D> {
    /// What may be done.
    pub fn call(&self) -> &Call<D> {
        &self.call
    }

    /// The caller's account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Whether the account's root user asks, who has no role.
    pub(crate) fn is_roots(&self) -> bool {
        self.evidence.who.role.is_none()
    }

    /// What was decided and why.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
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

/// Puts one question to the policies.
pub fn judge(
    policies: &CallerPolicies<'_>,
    action: &str,
    resource: &str,
    owner: Option<&AccountId>,
    context: &Context,
) -> Decision {
    policy::judge(&policies.question(action, resource, owner, context), &policies.layers())
}

/// Decides over a call that was signed by `caller`.
///
/// # Errors
/// [`Denial`] when the caller's role is gone, a reference does not resolve, or any question is not allowed.
pub fn decide<D>(world: &World, caller: &Caller, call: Call<D>, peer: &Peer, now: i64) -> Result<Permit<D>, Denial> {
    let asker = CallerContext::of(world, caller);
    let name = format!("{}:{}", call.service, call.operation);
    let deny = |denial: Denial| denial.of(name.clone()).by(asker.who.clone()).in_account(asker.account.clone());
    let policies = CallerPolicies::of(world, &asker, caller.bearer()).map_err(deny)?;
    if call.asks.is_empty() {
        let because = "the call asks nothing of any policy, so nothing can permit it".to_owned();
        return Err(deny(Denial::new(
            Link::Permissions,
            Cause::Unmapped { because },
            Fault::new("AccessDenied", 403, "Access Denied"),
        )));
    }

    let (holes, operation) = (holes(&asker, caller), Operation::of(&call));
    let mut asked = Vec::with_capacity(call.asks.len());
    for ask in &call.asks {
        let resource = Resource::of(world, holes, operation, &ask.target).ok_or_else(nameless).map_err(deny)?;
        let known = resource.known(world, holes, operation, ask);
        let context = asker.context(caller, &ask.context, &known, resource.owner.as_ref(), peer, now);
        if asked.is_empty() && call.asks.len() > 1 {
            afford(world, holes, &policies, &call, &context).map_err(deny)?;
        }
        let decision = judge(&policies, &ask.action, &resource.arn, resource.owner.as_ref(), &context);
        let allowed = decision.verdict == Verdict::Allowed;
        asked.push(Asked { action: ask.action.to_string(), resource: resource.arn.clone(), decision });
        if !allowed {
            let text = asked.last().map(|last| access_denied_text(&asker.arn, last)).unwrap_or_default();
            let denial = Denial::new(Link::Permissions, Cause::Permissions, Fault::new("AccessDenied", 403, text));
            return Err(deny(denial.having_asked(asked)));
        }
        // Only who may act learns that a bucket is taken or missing.
        if let Some(refusal) = resource.refusal(operation, holes.account, ask) {
            return Err(deny(refusal.having_asked(asked)));
        }
    }
    let evidence = Evidence {
        outcome: Outcome::Allowed,
        link: Link::Permissions,
        account: Some(asker.account.clone()),
        operation: name,
        who: asker.who,
        asked,
        cause: None,
    };
    Ok(Permit { call, account: asker.account, evidence: Box::new(evidence) })
}

/// Whether so many questions can be decided over; told before the first of them is. `context`: the first one's, as wide as any.
fn afford<D>(
    world: &World,
    holes: Holes<'_>,
    policies: &CallerPolicies<'_>,
    call: &Call<D>,
    context: &Context,
) -> Result<(), Denial> {
    let layers = policies.layers();
    let effort = |ask: &Ask| {
        Resource::of(world, holes, Operation::of(call), &ask.target).map_or(0, |resource| {
            policy::effort(&policies.question(&ask.action, &resource.arn, resource.owner.as_ref(), context), &layers)
        })
    };
    let total = call.asks.iter().map(effort).fold(0, usize::saturating_add);
    if total <= effort::MOST {
        return Ok(());
    }
    let (asks, fit) = (call.asks.len(), call.asks.len() * (effort::MOST / 1_000) / (total / 1_000));
    let text = format!(
        "The request names {asks} resources, and the policies that apply to it are too long to decide over so many at once. Name at most {fit} in one request."
    );
    let cause = Cause::Parameter { because: text.clone() };
    Err(Denial::new(Link::Permissions, cause, Fault::new("InvalidRequest", 400, text)))
}

/// Whether a caller can be asked about at all, for a call whose questions stand in a body that is still to come.
///
/// # Errors
/// [`Denial`] when the caller's role is gone or a reference does not resolve: whatever the call is, it would be refused.
pub fn stands(world: &World, caller: &Caller) -> Result<(), Denial> {
    let asker = CallerContext::of(world, caller);
    let policies = CallerPolicies::of(world, &asker, caller.bearer()).map(drop);
    policies.map_err(|denial| denial.by(asker.who.clone()).in_account(asker.account.clone()))
}

/// What policies know of each question of a call.
#[cfg(test)]
pub(crate) fn contexts<D>(world: &World, caller: &Caller, call: &Call<D>, peer: &Peer, now: i64) -> Vec<Context> {
    let asker = CallerContext::of(world, caller);
    let of = |ask: &Ask| {
        let (holes, operation) = (holes(&asker, caller), Operation::of(call));
        let resource = Resource::of(world, holes, operation, &ask.target).unwrap();
        let known = resource.known(world, holes, operation, ask);
        asker.context(caller, &ask.context, &known, resource.owner.as_ref(), peer, now)
    };
    call.asks.iter().map(of).collect()
}

/// What fills the holes of the ARNs that a caller's calls name.
fn holes<'a>(asker: &'a CallerContext, caller: &'a Caller) -> Holes<'a> {
    Holes { partition: Some(&asker.partition), region: Some(caller.region()), account: Some(&asker.account) }
}

/// A question of which nobody can say what it is about. Policies that cannot be asked allow nothing.
fn nameless() -> Denial {
    let because = "the request does not say all that the name of its resource needs".to_owned();
    Denial::new(Link::Permissions, Cause::Unmapped { because }, Fault::new("AccessDenied", 403, "Access Denied"))
}
