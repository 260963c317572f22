//! The policies that apply to a caller now. One that cannot be read or is not there any more
//! denies: what it allowed or forbade is not known.

use policy::{
    AccountId, Arn, Context, Document, Layers, Policies, Principal, Question, Strictness,
};
use wire::Fault;

use super::context::CallerContext;
use crate::denial::Denial;
use crate::record::{Cause, Link};
use crate::session::{Bearer, Facts};
use crate::world::{LoadedRole, World};

/// The policies that apply to a caller, each resolved.
#[derive(Debug)]
pub struct CallerPolicies<'a> {
    /// Who asks.
    pub principal: Principal,
    /// Identity-based policies; `None` for the root user, whom they do not limit, and for the
    /// anonymous, who has none.
    pub identity: Option<&'a Policies>,
    /// Permissions boundary.
    pub boundary: Option<&'a Policies>,
    /// Session policies; `None` when the session has none.
    pub session: Option<Policies>,
}

impl<'a> CallerPolicies<'a> {
    /// The policies of a caller as they are now, not as they were when the session was minted.
    ///
    /// # Errors
    /// [`Denial`] when the session's role is gone or a policy that it refers to is.
    pub(crate) fn of(
        world: &'a World,
        asker: &CallerContext,
        bearer: Option<&Bearer>,
    ) -> Result<Self, Denial> {
        let without = |principal| Self {
            principal,
            identity: None,
            boundary: None,
            session: None,
        };
        let facts = match bearer {
            Some(Bearer::Session(facts)) => facts,
            Some(Bearer::Root(account)) => {
                let partition = asker.partition.clone();
                return Ok(without(Principal::Root {
                    account: account.clone(),
                    partition,
                }));
            }
            // Nobody has no policies: only what a resource's own policy gives everybody is left.
            None => return Ok(without(Principal::Anonymous)),
        };
        // Read anew at each call. A copy in the token would keep permissions alive after they were
        // taken away (docs/threats.md, 52).
        let role = live_role(world, facts)?;
        let grants = world
            .grants(role)
            .map_err(|arn| unresolved(&asker.arn, arn.as_str()))?;
        let principal = Principal::Session {
            role: Some(role.role.arn.clone()),
            session: Arn::parse(&asker.arn).map_err(|_| role_gone(&facts.role_name))?,
        };
        let session = session_policies(world, &asker.arn, facts)?;
        Ok(Self {
            principal,
            identity: Some(&grants.identity),
            boundary: grants.boundary.as_ref(),
            session,
        })
    }

    /// A question of this caller.
    pub(crate) fn question<'q>(
        &'q self,
        action: &'q str,
        resource: &'q str,
        owner: Option<&'q AccountId>,
        context: &'q Context,
    ) -> Question<'q> {
        Question {
            principal: &self.principal,
            action,
            resource,
            resource_account: owner,
            context,
        }
    }

    /// The layers of a question about something that has no policy of its own.
    pub(crate) fn layers(&self) -> Layers<'_> {
        Layers {
            identity: self.identity,
            boundary: self.boundary,
            session: self.session.as_ref(),
            ..Layers::default()
        }
    }
}

/// The session's role, if it is still the very role that was assumed.
fn live_role<'a>(world: &'a World, facts: &Facts) -> Result<&'a LoadedRole, Denial> {
    world
        .role(&facts.account, &facts.role_name)
        // By unique id: a role that was deleted and made again under the name revives no session
        // (docs/threats.md, 23).
        .filter(|it| it.role.id == facts.role_id)
        .ok_or_else(|| role_gone(&facts.role_name))
}

fn role_gone(role: &str) -> Denial {
    let fault = Fault::new(
        "InvalidClientTokenId",
        403,
        "The security token included in the request is invalid.",
    );
    Denial::new(
        Link::Credentials,
        Cause::RoleGone {
            role: role.to_owned(),
        },
        fault,
    )
}

/// A reference that no longer resolves denies: what it allowed or forbade is not known.
fn unresolved(principal: &str, policy: &str) -> Denial {
    let text = format!(
        "User: {principal} is not authorized to perform this action because a policy that applies to it cannot be resolved"
    );
    Denial::new(
        Link::Permissions,
        Cause::Unresolved {
            policy: policy.to_owned(),
        },
        Fault::new("AccessDenied", 403, text),
    )
}

fn session_policies(
    world: &World,
    principal: &str,
    facts: &Facts,
) -> Result<Option<Policies>, Denial> {
    // No session policy limits nothing; an empty one would allow nothing.
    if facts.policy.is_none() && facts.policy_arns.is_empty() {
        return Ok(None);
    }
    // It was read when the session was minted; one that cannot be read any more must not fall away.
    let inline = facts.policy.iter().map(|text| {
        let read = Document::read("session policy", text, Strictness::Evaluate);
        read.map(Policies::from)
            .map_err(|_| unresolved(principal, "the session's inline policy"))
    });
    // Of the session's own account or AWS's, as when they were given: another account could change
    // what the session may do.
    let managed = facts.policy_arns.iter().map(|arn| {
        world
            .managed_policy(&facts.account, arn)
            .ok_or_else(|| unresolved(principal, arn.as_str()))
    });
    // The managed ones were compiled for an earlier call: thousands of asks may follow.
    inline
        .chain(managed)
        .collect::<Result<Vec<_>, Denial>>()
        .map(|parts| Some(Policies::joined(parts)))
}
