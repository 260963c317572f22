//! Decides over one signed call: every question it asks of the law must be allowed, else nothing happens.
//!
//! [`judge`] takes plain facts and returns only decisions; [`decide`] is judge plus the proof of who asks.

use std::sync::Arc;

use catalog::{Ask, Call, Target};
use policy::{AccountId, Arn, Context, Decision, Document, Layers, Policies, Principal, Question, Strictness, Values, Verdict};
use wire::Fault;

use crate::caller::Caller;
use crate::denial::{Denial, access_denied_text};
use crate::peer::Peer;
use crate::record::{Asked, Cause, Evidence, Link, Outcome, Who};
use crate::session::{Bearer, Facts};
use crate::world::{LoadedRole, World};

/// A call that was allowed. Only [`decide`] makes one, and only with one does the shell act.
#[derive(Debug)]
pub struct Permit {
    call: Call,
    account: AccountId,
    evidence: Box<Evidence>,
}

impl Permit {
    /// What may be done.
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// The caller's account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Whether the account's root user asks, who has no role.
    pub fn is_roots(&self) -> bool {
        self.evidence.who.role.is_none()
    }

    /// What was decided and why.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Gives up the permit for its evidence, to be kept.
    pub fn into_evidence(self) -> Evidence {
        *self.evidence
    }
}

/// The policies that bear on a caller, each resolved.
#[derive(Debug)]
pub struct Bearing<'a> {
    /// Who asks.
    pub principal: Principal,
    /// Identity-based policies; `None` for the root user, whom they do not limit.
    pub identity: Option<&'a Policies>,
    /// Permissions boundary.
    pub boundary: Option<&'a Policies>,
    /// Session policies; `None` when the session has none.
    pub session: Option<Policies>,
}

/// Puts one question to the law.
pub fn judge(bearing: &Bearing<'_>, action: &str, resource: &str, owner: Option<&AccountId>, context: &Context) -> Decision {
    let Bearing { principal, identity, boundary, session } = bearing;
    policy::judge(
        &Question { principal, action, resource, resource_account: owner, context },
        &Layers { identity: *identity, boundary: *boundary, session: session.as_ref(), ..Layers::default() },
    )
}

/// Decides over a call that was signed by `caller`.
///
/// # Errors
/// [`Denial`] when the caller's role is gone, a reference does not resolve, or any question is not allowed.
pub fn decide(world: &World, caller: &Caller, call: Call, peer: &Peer, now: i64) -> Result<Permit, Denial> {
    let stand = Stand::of(world, caller);
    let operation = format!("{}:{}", call.service.name(), call.operation);
    let deny = |denial: Denial| denial.of(operation.clone()).by(stand.who.clone()).in_account(stand.account.clone());
    let bearing = stand.bearing(world, caller.bearer()).map_err(deny)?;
    if call.asks.is_empty() {
        let because = "the call asks nothing of the law, so nothing can permit it".to_owned();
        return Err(deny(Denial::new(
            Link::Permissions,
            Cause::Unmapped { because },
            Fault::new("AccessDenied", 403, "Access Denied"),
        )));
    }

    let mut asked = Vec::with_capacity(call.asks.len());
    for ask in &call.asks {
        let mut place = Place::of(world, &stand, &ask.target);
        if call.operation == "CreateBucket" {
            // A bucket to come would be the caller's; that its name is taken is told below, to whoever may create one.
            place.owner = Some(stand.account.clone());
        }
        let context = stand.context(world, caller, ask, &place, peer, now);
        let decision = judge(&bearing, ask.action, &place.arn, place.owner.as_ref(), &context);
        let allowed = decision.verdict == Verdict::Allowed;
        asked.push(Asked { action: ask.action.to_owned(), resource: place.arn.clone(), decision });
        if !allowed && !needs_no_permission(ask.action) {
            let text = asked.last().map(|last| access_denied_text(&stand.arn, last)).unwrap_or_default();
            let denial = Denial::new(Link::Permissions, Cause::Permissions, Fault::new("AccessDenied", 403, text));
            return Err(deny(denial.having_asked(asked)));
        }
        // Only who may act learns that a bucket is taken or missing.
        if let Some(refusal) = place.refusal(&call, &stand) {
            return Err(deny(refusal.having_asked(asked)));
        }
    }
    let evidence = Evidence {
        outcome: Outcome::Allowed,
        link: Link::Permissions,
        account: Some(stand.account.clone()),
        operation,
        who: stand.who,
        asked,
        cause: None,
    };
    Ok(Permit { call, account: stand.account, evidence: Box::new(evidence) })
}

/// `sts:GetCallerIdentity` is answered to whoever has valid credentials, whatever a policy says (STS API reference).
fn needs_no_permission(action: &str) -> bool {
    action == "sts:GetCallerIdentity"
}

/// Where a caller stands: account, partition, names.
struct Stand {
    account: AccountId,
    partition: String,
    arn: String,
    who: Who,
}

impl Stand {
    fn of(world: &World, caller: &Caller) -> Self {
        let account = match caller.bearer() {
            Bearer::Session(facts) => facts.account.clone(),
            Bearer::Root(account) => account.clone(),
        };
        let partition = world.account(&account).map_or("aws", |it| it.partition.as_str()).to_owned();
        let (arn, role, subject, issuer) = match caller.bearer() {
            Bearer::Session(facts) => (
                facts.arn(&partition),
                world.role(&account, &facts.role_name).map(|it| it.role.arn.to_string()),
                Some(facts.subject.clone()),
                Some(format!("https://{}", facts.provider)),
            ),
            Bearer::Root(_) => (format!("arn:{partition}:iam::{account}:root"), None, None, None),
        };
        let who = Who { arn: Some(arn.clone()), role, issuer, subject, access_key_id: Some(caller.access_key_id().to_owned()) };
        Self { account, partition, arn, who }
    }

    /// The caller's policies as they stand now, not as they stood when the session was minted.
    fn bearing<'a>(&self, world: &'a World, bearer: &Bearer) -> Result<Bearing<'a>, Denial> {
        let Bearer::Session(facts) = bearer else {
            let principal = Principal::Root { account: self.account.clone(), partition: self.partition.clone() };
            return Ok(Bearing { principal, identity: None, boundary: None, session: None });
        };
        let role = live_role(world, facts)?;
        let grants = world.grants(role).map_err(|arn| unresolved(&self.arn, arn.as_str()))?;
        let principal = Principal::Session {
            role: Some(role.role.arn.clone()),
            session: Arn::parse(&self.arn).map_err(|_| role_gone(&facts.role_name))?,
        };
        let session = session_policies(world, &self.arn, facts)?;
        Ok(Bearing { principal, identity: Some(&grants.identity), boundary: grants.boundary.as_ref(), session })
    }

    /// What the law may know. The gate's own keys are set last: neither client nor catalogue can set them.
    fn context(&self, world: &World, caller: &Caller, ask: &Ask, place: &Place, peer: &Peer, now: i64) -> Context {
        let mut context = Context::new();
        for (name, values) in ask.context.iter() {
            if may_come_from_a_request(name) {
                context.insert(name, values.clone());
            }
        }
        place.describe(world, self, ask.action, &mut context);
        peer.describe(&mut context, now);
        let mut put = |name: &str, value: &str| context.insert(name, Values::One(value.to_owned()));
        put("aws:PrincipalAccount", self.account.as_str());
        if let Some(owner) = &place.owner {
            put("aws:ResourceAccount", owner.as_str());
        }
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
                put("aws:TokenIssueTime", &crate::moment::iso8601(facts.issued_at));
                put(
                    "aws:FederatedProvider",
                    &format!("arn:{}:iam::{}:oidc-provider/{}", self.partition, self.account, facts.provider),
                );
                put(&format!("{}:sub", facts.provider), &facts.subject);
                put(&format!("{}:aud", facts.provider), &facts.audience);
                if let Some(source_identity) = &facts.source_identity {
                    put("aws:SourceIdentity", source_identity);
                }
                for (key, value) in &facts.tags {
                    put(&format!("aws:PrincipalTag/{key}"), value);
                }
                if !facts.amr.is_empty() {
                    context.insert(format!("{}:amr", facts.provider), Values::Many(facts.amr.clone()));
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
        read.map(Arc::new).map_err(|_| unresolved(principal, "the session's inline policy"))
    });
    let managed = facts
        .policy_arns
        .iter()
        .map(|arn| world.managed_document(&facts.account, arn).ok_or_else(|| unresolved(principal, arn.as_str())));
    inline.chain(managed).collect::<Result<Policies, Denial>>().map(Some)
}

/// The resource of one question: its ARN, and who owns it.
struct Place {
    arn: String,
    owner: Option<AccountId>,
    bucket: Option<Held>,
}

/// A bucket by name, and who has it.
struct Held {
    name: String,
    owner: Option<AccountId>,
}

impl Place {
    /// Resolves a target in the caller's account. A bucket belongs to its owner, everything else to the caller's account.
    fn of(world: &World, stand: &Stand, target: &Target) -> Self {
        let Stand { account, partition, .. } = stand;
        let own = |arn: String| Self { arn, owner: Some(account.clone()), bucket: None };
        let iam = |rest: String| own(format!("arn:{partition}:iam::{account}:{rest}"));
        match target {
            Target::Everything => own("*".to_owned()),
            Target::Bucket(bucket) => {
                Self::in_bucket(world, stand, bucket.as_str(), format!("arn:{partition}:s3:::{}", bucket.as_str()))
            }
            Target::Object(bucket, key) => {
                Self::in_bucket(world, stand, bucket.as_str(), format!("arn:{partition}:s3:::{}/{}", bucket.as_str(), key.as_str()))
            }
            Target::Role(name) => match world.role(account, name) {
                Some(found) => own(found.role.arn.to_string()),
                None => iam(format!("role/{name}")),
            },
            Target::User(name) => iam(format!("user/{name}")),
            Target::NewRole { path, name } => iam(format!("role{path}{name}")),
            Target::NewPolicy { path, name } => iam(format!("policy{path}{name}")),
            Target::NewProvider(url) => iam(format!("oidc-provider/{url}")),
            // An ARN of another account is still asked about as what it is; IAM then finds nothing there.
            Target::Arn(arn) => Self { arn: arn.clone(), owner: owner_of(arn), bucket: None },
        }
    }

    fn in_bucket(world: &World, stand: &Stand, name: &str, arn: String) -> Self {
        let owner = world.bucket(name).map(|bucket| bucket.owner.clone());
        let held = Held { name: name.to_owned(), owner: owner.clone() };
        Self { arn, owner: Some(owner.unwrap_or_else(|| stand.account.clone())), bucket: Some(held) }
    }

    /// What the account knows of a role, policy or provider: its tags, and the boundary where the action is asked with it.
    ///
    /// IAM serves the caller's own account only, so another account's tags are nobody's to probe.
    fn describe(&self, world: &World, stand: &Stand, action: &str, context: &mut Context) {
        let Ok(arn) = Arn::parse(&self.arn) else { return };
        if action.starts_with("iam:") && self.owner.as_ref() != Some(&stand.account) {
            return;
        }
        let role = world.role_by_arn(&arn).map(|it| &it.role);
        let policy = world.policy_by_arn(&arn).map(|it| &it.policy.tags);
        for (key, value) in
            role.map(|it| &it.tags).or(policy).or_else(|| world.provider_by_arn(&arn).map(|it| &it.tags)).into_iter().flatten()
        {
            context.insert(format!("aws:ResourceTag/{key}"), Values::One(value.clone()));
            if role.is_some() {
                context.insert(format!("iam:ResourceTag/{key}"), Values::One(value.clone()));
            }
        }
        let boundary = role.and_then(|it| it.boundary.as_ref()).filter(|_| catalog::query::reads_boundary(action));
        if let Some(boundary) = boundary {
            context.insert("iam:PermissionsBoundary", Values::One(boundary.to_string()));
        }
    }

    /// What an allowed caller is told when the bucket is not as the call needs it.
    fn refusal(&self, call: &Call, stand: &Stand) -> Option<Denial> {
        let held = self.bucket.as_ref()?;
        let bucket = held.name.clone();
        match (&held.owner, call.operation) {
            (None, "CreateBucket") => None,
            (None, _) => {
                let fault = Fault::new("NoSuchBucket", 404, "The specified bucket does not exist");
                Some(Denial::new(Link::ResourcePolicy, Cause::NoBucket { bucket }, fault))
            }
            (Some(owner), "CreateBucket") if *owner == stand.account => {
                let text = "Your previous request to create the named bucket succeeded and you already own it.";
                Some(Denial::new(
                    Link::ResourcePolicy,
                    Cause::BucketTaken { bucket },
                    Fault::new("BucketAlreadyOwnedByYou", 409, text),
                ))
            }
            (Some(_), "CreateBucket") => {
                let text = "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.";
                Some(Denial::new(Link::ResourcePolicy, Cause::BucketTaken { bucket }, Fault::new("BucketAlreadyExists", 409, text)))
            }
            (Some(_), _) => None,
        }
    }
}

fn owner_of(arn: &str) -> Option<AccountId> {
    AccountId::parse(Arn::parse(arn).ok()?.account()).ok()
}
