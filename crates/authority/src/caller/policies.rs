//! Where a caller stands: who it is, the policies that bear on it now, and what policies may know of it.

use std::collections::BTreeMap;

use policy::{AccountId, Arn, Context, Document, Layers, Policies, Principal, Question, Strictness, Values};
use wire::Fault;

use super::Caller;
use crate::denial::Denial;
use crate::peer::Peer;
use crate::record::{Cause, Link, Who};
use crate::session::{Bearer, Facts, Origin};
use crate::session_tags;
use crate::world::{LoadedRole, World};

/// The policies that bear on a caller, each resolved.
#[derive(Debug)]
pub struct CallerPolicies<'a> {
    /// Who asks.
    pub principal: Principal,
    /// Identity-based policies; `None` for the root user, whom they do not limit.
    pub identity: Option<&'a Policies>,
    /// Permissions boundary.
    pub boundary: Option<&'a Policies>,
    /// Session policies; `None` when the session has none.
    pub session: Option<Policies>,
}

impl CallerPolicies<'_> {
    /// A question of this caller.
    pub(crate) fn question<'q>(
        &'q self,
        action: &'q str,
        resource: &'q str,
        owner: Option<&'q AccountId>,
        context: &'q Context,
    ) -> Question<'q> {
        Question { principal: &self.principal, action, resource, resource_account: owner, context }
    }

    /// The layers of a question about something that has no policy of its own.
    pub(crate) fn layers(&self) -> Layers<'_> {
        Layers { identity: self.identity, boundary: self.boundary, session: self.session.as_ref(), ..Layers::default() }
    }
}

/// Where a caller stands: account, partition, names.
pub(crate) struct CallerContext {
    pub(crate) account: AccountId,
    pub(crate) partition: String,
    pub(crate) arn: String,
    pub(crate) who: Who,
    /// The tags of the caller's role, as they are now.
    role_tags: BTreeMap<String, String>,
}

impl CallerContext {
    pub(crate) fn of(world: &World, caller: &Caller) -> Self {
        let account = caller.bearer().account().clone();
        let partition = world.account(&account).map_or("aws", |it| it.partition.as_str()).to_owned();
        let Bearer::Session(facts) = caller.bearer() else {
            let arn = format!("arn:{partition}:iam::{account}:root");
            let who = Who { arn: Some(arn.clone()), access_key_id: Some(caller.access_key_id().to_owned()), ..Who::default() };
            return Self { account, partition, arn, who, role_tags: BTreeMap::new() };
        };
        let arn = facts.arn(&partition);
        let role = world.role(&account, &facts.role_name);
        let (issuer, subject, assumed_by) = match &facts.origin {
            Origin::WebIdentity { provider, subject, .. } => (Some(format!("https://{provider}")), Some(subject.clone()), None),
            Origin::Role { by } => (None, None, Some(by.clone())),
        };
        let who = Who {
            arn: Some(arn.clone()),
            role: role.map(|it| it.role.arn.to_string()),
            assumed_by,
            issuer,
            subject,
            access_key_id: Some(caller.access_key_id().to_owned()),
            minted_access_key_id: None,
        };
        Self { account, partition, arn, who, role_tags: role.map(|it| it.role.tags.clone()).unwrap_or_default() }
    }

    /// The caller's policies as they are now, not as they were when the session was minted.
    pub(crate) fn policies<'a>(&self, world: &'a World, bearer: &Bearer) -> Result<CallerPolicies<'a>, Denial> {
        let Bearer::Session(facts) = bearer else {
            let principal = Principal::Root { account: self.account.clone(), partition: self.partition.clone() };
            return Ok(CallerPolicies { principal, identity: None, boundary: None, session: None });
        };
        let role = live_role(world, facts)?;
        let grants = world.grants(role).map_err(|arn| unresolved(&self.arn, arn.as_str()))?;
        let principal = Principal::Session {
            role: Some(role.role.arn.clone()),
            session: Arn::parse(&self.arn).map_err(|_| role_gone(&facts.role_name))?,
        };
        let session = session_policies(world, &self.arn, facts)?;
        Ok(CallerPolicies { principal, identity: Some(&grants.identity), boundary: grants.boundary.as_ref(), session })
    }

    /// What policies may know: `of_resource` is what the account knows of the resource. The gate's own keys are set last: neither client nor catalogue can set them.
    pub(crate) fn context(
        &self,
        caller: &Caller,
        from_request: &Context,
        of_resource: &Context,
        owner: Option<&AccountId>,
        peer: &Peer,
        now: i64,
    ) -> Context {
        let mut context = Context::new();
        for (name, values) in from_request.iter() {
            if may_come_from_a_request(name) {
                context.insert(name, values.clone());
            }
        }
        of_resource.iter().for_each(|(name, values)| context.insert(name, values.clone()));
        peer.describe(&mut context, now);
        let mut put = |name: &str, value: &str| context.insert(name, Values::One(value.to_owned()));
        put("aws:PrincipalAccount", self.account.as_str());
        // Always there in a signed request: a Deny that tests one of them must not fall away. The region is never the
        // caller's own word, unless the server is in any.
        put("aws:RequestedRegion", caller.region());
        put("aws:PrincipalIsAWSService", "false");
        match owner {
            Some(owner) => put("aws:ResourceAccount", owner.as_str()),
            // What an ARN of AWS's own, or of no account, has there is not documented.
            None => context.insert("aws:ResourceAccount", Values::Unknown),
        }
        let mut put = |name: &str, value: &str| context.insert(name, Values::One(value.to_owned()));
        match caller.bearer() {
            Bearer::Root(account) => {
                put("aws:PrincipalArn", &self.arn);
                put("aws:PrincipalType", "Account");
                put("aws:userid", account.as_str());
            }
            Bearer::Session(facts) => {
                put("aws:PrincipalArn", self.who.role.as_deref().unwrap_or(&self.arn));
                put("aws:PrincipalType", "AssumedRole");
                put("aws:userid", &facts.user_id());
                put("aws:TokenIssueTime", &crate::iso8601::iso8601(facts.issued_at));
                // In every request made with temporary credentials, and nobody has a second factor here.
                put("aws:MultiFactorAuthPresent", "false");
                if let Some(source_identity) = &facts.source_identity {
                    put("aws:SourceIdentity", source_identity);
                }
                for (key, value) in session_tags::of_principal(&self.role_tags, &facts.tags) {
                    put(&format!("aws:PrincipalTag/{key}"), value);
                }
                // A chain ends what the token said (IAM user guide, "AWS STS federation condition keys").
                if let Origin::WebIdentity { provider, subject, audience, amr } = &facts.origin {
                    put("aws:FederatedProvider", &format!("arn:{}:iam::{}:oidc-provider/{provider}", self.partition, self.account));
                    put(&format!("{provider}:sub"), subject);
                    put(&format!("{provider}:aud"), audience);
                    if !amr.is_empty() {
                        context.insert(format!("{provider}:amr"), Values::Many(amr.clone()));
                    }
                }
            }
        }
        context
    }
}

/// A catalogue entry may bring its service's own keys and the tags of the request, never a key that names the caller.
fn may_come_from_a_request(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !name.starts_with("aws:") || name.starts_with("aws:requesttag/") || name == "aws:tagkeys"
}

/// The session's role, if it is still the very role that was assumed.
fn live_role<'a>(world: &'a World, facts: &Facts) -> Result<&'a LoadedRole, Denial> {
    world.role(&facts.account, &facts.role_name).filter(|it| it.role.id == facts.role_id).ok_or_else(|| role_gone(&facts.role_name))
}

fn role_gone(role: &str) -> Denial {
    let fault = Fault::new("InvalidClientTokenId", 403, "The security token included in the request is invalid.");
    Denial::new(Link::Credentials, Cause::RoleGone { role: role.to_owned() }, fault)
}

/// A reference that no longer resolves denies: what it allowed or forbade is not known.
fn unresolved(principal: &str, policy: &str) -> Denial {
    let text = format!(
        "User: {principal} is not authorized to perform this action because a policy that applies to it cannot be resolved"
    );
    Denial::new(Link::Permissions, Cause::Unresolved { policy: policy.to_owned() }, Fault::new("AccessDenied", 403, text))
}

fn session_policies(world: &World, principal: &str, facts: &Facts) -> Result<Option<Policies>, Denial> {
    if facts.policy.is_none() && facts.policy_arns.is_empty() {
        return Ok(None);
    }
    // It was read when the session was minted; one that cannot be read any more must not fall away.
    let inline = facts.policy.iter().map(|text| {
        let read = Document::read("session policy", text, Strictness::Evaluate);
        read.map(Policies::from).map_err(|_| unresolved(principal, "the session's inline policy"))
    });
    let managed = facts
        .policy_arns
        .iter()
        .map(|arn| world.managed_policy(&facts.account, arn).ok_or_else(|| unresolved(principal, arn.as_str())));
    // The managed ones were compiled for an earlier call: thousands of asks may follow.
    inline.chain(managed).collect::<Result<Vec<_>, Denial>>().map(|parts| Some(Policies::joined(parts)))
}
