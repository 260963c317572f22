//! Decides over one call: each of its parts is allowed only when every question of it is.

use std::collections::BTreeMap;

use catalog::{Ask, Call, Part, Passes};
use policy::{AccountId, Context, Verdict};
use wire::Fault;

use super::afford::afford;
use super::judge::{judge, judge_tersely};
use super::permit::Permit;
use crate::caller::{Caller, CallerContext, CallerPolicies, of_a_signature};
use crate::denial::{Denial, access_denied_text};
use crate::peer::Peer;
use crate::record::{Asked, Cause, Evidence, Link, Outcome};
use crate::resource::{Holes, Operation, Resource};
use crate::world::World;

/// Decides over a call of `caller`.
///
/// # Errors
/// [`Denial`] when the caller's role is gone, a reference does not resolve, or any question is not
/// allowed; of a call whose parts stand alone, when every part has one that is not. The denial is
/// then the first part's.
pub fn decide<D>(
    world: &World,
    caller: &Caller,
    call: Call<D>,
    peer: &Peer,
    now: i64,
) -> Result<Permit<D>, Denial> {
    let asker = CallerContext::of(world, caller);
    let operation = format!("{}:{}", call.service, call.operation);
    let deny = |denial: Denial| {
        denial
            .of(operation.clone())
            .by(asker.who.clone())
            .in_account(asker.account.clone())
    };
    let policies = CallerPolicies::of(world, &asker, caller.bearer()).map_err(deny)?;
    let asking = Asking {
        world,
        caller,
        asker: &asker,
        policies: &policies,
        operation: Operation::of(&call),
        peer,
        now,
    };
    // All of nothing is true: a call without a question would be allowed to everybody.
    let Some(first) = call.asks().next() else {
        return Err(deny(unaskable(
            "the call asks nothing of any policy, so nothing can permit it",
        )));
    };
    let count = call.asks().count();
    // One question is bounded by the sizes of what it compares; only many of them can add up.
    if count > 1 {
        let context = asking
            .resource(first)
            .map(|resource| asking.context(first, &resource))
            .map_err(deny)?;
        let asker = (asking.holes(), caller.bearer());
        afford(world, asker, &policies, &call, &context).map_err(deny)?;
    }

    let mut asked = Vec::with_capacity(count);
    let mut denied: BTreeMap<usize, Denial> = BTreeMap::new();
    for (place, part) in call.parts.iter().enumerate() {
        let before = asked.len();
        // A thousand derivations, each as long as all policies, are more than anybody reads or a
        // server can hold: the first is told.
        let Err(denial) = asking.part(part, denied.is_empty(), &mut asked) else {
            continue;
        };
        // The first denial settles it: no answer to a later part could change it.
        if call.passes == Passes::Together {
            return Err(deny(denial.having_asked(asked)));
        }
        // Its own questions only: a record of a thousand parts would else have each of them a
        // thousand times.
        let own = asked.get(before..).unwrap_or_default().to_vec();
        denied.insert(place, deny(denial).having_asked(own));
    }
    // Nothing is left to carry out, so there is no permit: its holder may rely on one allowed part.
    if denied.len() == call.parts.len()
        && let Some((_, first)) = denied.pop_first()
    {
        return Err(first.having_asked(asked));
    }
    let evidence = Evidence {
        outcome: Outcome::Allowed,
        link: Link::Permissions,
        account: asker.account.clone(),
        operation,
        who: asker.who,
        asked,
        cause: None,
    };
    Ok(Permit {
        call,
        caller: caller.clone(),
        peer: peer.clone(),
        partition: asker.partition,
        denied,
        evidence: Box::new(evidence),
    })
}

/// Whether a caller can be asked about at all, for a call whose questions are in a body that is
/// not read yet.
///
/// # Errors
/// [`Denial`] when the caller's role is gone or a reference does not resolve: whatever the call is,
/// it would be refused.
pub fn check_caller(world: &World, caller: &Caller) -> Result<(), Denial> {
    let asker = CallerContext::of(world, caller);
    let policies = CallerPolicies::of(world, &asker, caller.bearer()).map(drop);
    policies.map_err(|denial| {
        denial
            .by(asker.who.clone())
            .in_account(asker.account.clone())
    })
}

/// What all questions of a call have in common.
struct Asking<'a> {
    world: &'a World,
    caller: &'a Caller,
    asker: &'a CallerContext,
    policies: &'a CallerPolicies<'a>,
    operation: Operation<'a>,
    peer: &'a Peer,
    now: i64,
}

impl Asking<'_> {
    /// Asks the questions of a part until one is denied. `explained`: how that came about is told
    /// in full.
    fn part(&self, part: &Part, explained: bool, asked: &mut Vec<Asked>) -> Result<(), Denial> {
        for ask in part.asks() {
            // A resource that has no name cannot be asked about, and the wildcard in its place
            // would ask less.
            let resource = self.resource(ask)?;
            // Each question has its own: keys of a resource must not reach another one's.
            let context = self.context(ask, &resource);
            let judge = if explained { judge } else { judge_tersely };
            let decision = judge(
                self.policies,
                resource.policy(self.operation, &ask.action, self.caller.bearer()),
                &ask.action,
                &resource.arn,
                resource.owner.as_ref(),
                &context,
            );
            let allowed = decision.verdict == Verdict::Allowed;
            let this = Asked {
                action: ask.action.to_string(),
                resource: resource.arn.clone(),
                decision,
            };
            // What another account's bucket says, and that there is one, is nothing to tell whoever
            // would be denied without it as well.
            let told = (!allowed && explained).then(|| self.without_bucket(ask, &resource));
            let denial = (!allowed).then(|| self.denied(told.flatten().as_ref().unwrap_or(&this)));
            asked.push(this);
            // Only who may act learns that a bucket is taken or missing.
            let denial = denial.or_else(|| resource.refusal(self.operation, self.holes(), ask));
            if let Some(denial) = denial {
                return Err(denial);
            }
        }
        Ok(())
    }

    fn holes(&self) -> Holes<'_> {
        self.asker.holes(self.caller, self.peer)
    }

    /// The denial of a question about another account's bucket, if there were no such bucket.
    fn without_bucket(&self, ask: &Ask, resource: &Resource<'_>) -> Option<Asked> {
        let missing = resource.without_bucket(self.asker.account.as_ref())?;
        let decision = judge_tersely(
            self.policies,
            None,
            &ask.action,
            &missing.arn,
            missing.owner.as_ref(),
            &self.context(ask, &missing),
        );
        (decision.verdict != Verdict::Allowed).then(|| Asked {
            action: ask.action.to_string(),
            resource: missing.arn,
            decision,
        })
    }

    fn denied(&self, asked: &Asked) -> Denial {
        let (link, text) = match self.caller.signed() {
            Some(_) => (
                Link::Permissions,
                access_denied_text(&self.asker.arn, asked),
            ),
            // Nobody has permissions of their own, and is told no more than that.
            None => (Link::ResourcePolicy, "Access Denied".to_owned()),
        };
        Denial::new(
            link,
            Cause::Permissions,
            Fault::new("AccessDenied", 403, text),
        )
    }

    fn resource(&self, ask: &Ask) -> Result<Resource<'_>, Denial> {
        let resource = Resource::of(self.world, self.holes(), self.operation, &ask.target);
        resource.ok_or_else(|| {
            unaskable("the request does not say all that the name of its resource needs")
        })
    }

    fn context(&self, ask: &Ask, resource: &Resource<'_>) -> Context {
        let known = resource.known(self.world, self.holes(), self.operation, ask);
        let mut context = self.asker.context(
            self.caller,
            &ask.context,
            &known,
            resource.owner.as_ref(),
            self.peer,
            self.now,
        );
        if self.operation.is_of_s3() {
            of_a_signature(self.caller, self.now, &mut context);
        }
        context
    }
}

/// Policies that cannot be asked allow nothing.
fn unaskable(because: &str) -> Denial {
    let cause = Cause::Unmapped {
        because: because.to_owned(),
    };
    Denial::new(
        Link::Permissions,
        cause,
        Fault::new("AccessDenied", 403, "Access Denied"),
    )
}

/// One question of a call as policies are asked it: its resource's ARN and owner, and what they
/// know.
pub(crate) type Put<'a> = (&'a Ask, String, Option<AccountId>, Context);

/// The questions of a call as policies are asked them; of one that cannot be asked there is none.
pub(crate) fn questions<'a, D>(
    world: &World,
    caller: &Caller,
    call: &'a Call<D>,
    peer: &Peer,
    now: i64,
) -> Vec<Put<'a>> {
    let asker = CallerContext::of(world, caller);
    let Ok(policies) = CallerPolicies::of(world, &asker, caller.bearer()) else {
        return Vec::new();
    };
    let asking = Asking {
        world,
        caller,
        asker: &asker,
        policies: &policies,
        operation: Operation::of(call),
        peer,
        now,
    };
    call.asks()
        .filter_map(|ask| {
            let resource = asking.resource(ask).ok()?;
            let context = asking.context(ask, &resource);
            Some((ask, resource.arn, resource.owner, context))
        })
        .collect()
}

/// What policies know of each question of a call.
#[cfg(test)]
pub(crate) fn contexts<D>(
    world: &World,
    caller: &Caller,
    call: &Call<D>,
    peer: &Peer,
    now: i64,
) -> Vec<Context> {
    questions(world, caller, call, peer, now)
        .into_iter()
        .map(|(.., context)| context)
        .collect()
}
