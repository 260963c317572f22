//! Decides over one signed call: every question it asks of the policies must be allowed, else nothing happens.
//!
//! [`judge`] takes plain facts and returns only decisions; [`decide`] is judge plus the proof of who asks.

use catalog::{Ask, Call, Detail, Service, Target};
use policy::{AccountId, Arn, Context, Decision, Values, Verdict};
use wire::Fault;

use crate::caller::Caller;
use crate::caller::CallerContext;
pub use crate::caller::CallerPolicies;
use crate::denial::{Denial, access_denied_text};
use crate::effort;
use crate::peer::Peer;
use crate::record::{Asked, Cause, Evidence, Link, Outcome};
use crate::session_tags;
use crate::world::World;

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
    pub(crate) fn is_roots(&self) -> bool {
        self.evidence.who.role.is_none()
    }

    /// What was decided and why.
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Gives up the permit for its call, to be decided again.
    pub fn into_call(self) -> Call {
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
pub fn decide(world: &World, caller: &Caller, call: Call, peer: &Peer, now: i64) -> Result<Permit, Denial> {
    let asker = CallerContext::of(world, caller);
    let operation = format!("{}:{}", call.service.name(), call.operation);
    let deny = |denial: Denial| denial.of(operation.clone()).by(asker.who.clone()).in_account(asker.account.clone());
    let policies = asker.policies(world, caller.bearer()).map_err(deny)?;
    if call.asks.is_empty() {
        let because = "the call asks nothing of any policy, so nothing can permit it".to_owned();
        return Err(deny(Denial::new(
            Link::Permissions,
            Cause::Unmapped { because },
            Fault::new("AccessDenied", 403, "Access Denied"),
        )));
    }

    let mut asked = Vec::with_capacity(call.asks.len());
    for ask in &call.asks {
        let place = Place::asked(world, &asker, &call, ask);
        let context = place.context(world, (&asker, caller), (&call, ask), peer, now);
        if asked.is_empty() && call.asks.len() > 1 {
            afford(world, &asker, &policies, &call, &context).map_err(deny)?;
        }
        let decision = judge(&policies, ask.action, &place.arn, place.owner.as_ref(), &context);
        let allowed = decision.verdict == Verdict::Allowed;
        asked.push(Asked { action: ask.action.to_owned(), resource: place.arn.clone(), decision });
        if !allowed && !needs_no_permission(ask.action) {
            let text = asked.last().map(|last| access_denied_text(&asker.arn, last)).unwrap_or_default();
            let denial = Denial::new(Link::Permissions, Cause::Permissions, Fault::new("AccessDenied", 403, text));
            return Err(deny(denial.having_asked(asked)));
        }
        // Only who may act learns that a bucket is taken or missing.
        if let Some(refusal) = place.refusal(&call, &asker) {
            return Err(deny(refusal.having_asked(asked)));
        }
    }
    let evidence = Evidence {
        outcome: Outcome::Allowed,
        link: Link::Permissions,
        account: Some(asker.account.clone()),
        operation,
        who: asker.who,
        asked,
        cause: None,
    };
    Ok(Permit { call, account: asker.account, evidence: Box::new(evidence) })
}

/// Whether so many questions can be decided over; told before the first of them is. `context`: the first one's, as wide as any.
fn afford(
    world: &World,
    asker: &CallerContext,
    policies: &CallerPolicies<'_>,
    call: &Call,
    context: &Context,
) -> Result<(), Denial> {
    let layers = policies.layers();
    let effort = |ask: &Ask| {
        let place = Place::asked(world, asker, call, ask);
        policy::effort(&policies.question(ask.action, &place.arn, place.owner.as_ref(), context), &layers)
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
    let policies = asker.policies(world, caller.bearer()).map(drop);
    policies.map_err(|denial| denial.by(asker.who.clone()).in_account(asker.account.clone()))
}

/// `sts:GetCallerIdentity` is answered to whoever has valid credentials, whatever a policy says (STS API reference).
fn needs_no_permission(action: &str) -> bool {
    action == "sts:GetCallerIdentity"
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

/// What policies know of each question of a call.
#[cfg(test)]
pub(crate) fn contexts(world: &World, caller: &Caller, call: &Call, peer: &Peer, now: i64) -> Vec<Context> {
    let asker = CallerContext::of(world, caller);
    let of = |ask: &Ask| Place::asked(world, &asker, call, ask).context(world, (&asker, caller), (call, ask), peer, now);
    call.asks.iter().map(of).collect()
}

impl Place {
    fn asked(world: &World, asker: &CallerContext, call: &Call, ask: &Ask) -> Self {
        let place = Self::of(world, asker, &ask.target);
        // A bucket to come would be the caller's; that its name is taken is told below, to whoever may create one.
        let own = call.operation == "CreateBucket";
        Self { owner: if own { Some(asker.account.clone()) } else { place.owner }, ..place }
    }

    /// What policies may know of one question.
    fn context(
        &self,
        world: &World,
        (asker, caller): (&CallerContext, &Caller),
        (call, ask): (&Call, &Ask),
        peer: &Peer,
        now: i64,
    ) -> Context {
        let mut known = Context::new();
        self.describe(world, asker, ask.action, &mut known);
        if let Some(keys) = ask.context.get("aws:TagKeys").filter(|keys| **keys != Values::Unknown) {
            let standing = known.iter().filter_map(|(name, _)| name.strip_prefix("aws:ResourceTag/"));
            let keys = session_tags::named(keys.as_slice(), standing);
            known.insert("aws:TagKeys", Values::Many(keys));
        }
        if let Some(owner) = self.owner.as_ref().filter(|_| call.service == Service::S3) {
            known.insert("s3:ResourceAccount", Values::One(owner.to_string()));
        }
        asker.context(caller, &ask.context, &known, self.owner.as_ref(), peer, now)
    }

    /// Resolves a target in the caller's account. A bucket belongs to its owner, everything else to the caller's account.
    fn of(world: &World, asker: &CallerContext, target: &Target) -> Self {
        let CallerContext { account, partition, .. } = asker;
        let own = |arn: String| Self { arn, owner: Some(account.clone()), bucket: None };
        let iam = |rest: String| own(format!("arn:{partition}:iam::{account}:{rest}"));
        match target {
            Target::Everything => own("*".to_owned()),
            Target::Bucket(bucket) => {
                Self::in_bucket(world, asker, bucket.as_str(), format!("arn:{partition}:s3:::{}", bucket.as_str()))
            }
            Target::Object(bucket, key) => {
                Self::in_bucket(world, asker, bucket.as_str(), format!("arn:{partition}:s3:::{}/{}", bucket.as_str(), key.as_str()))
            }
            Target::Role(name) => match world.role(account, name) {
                Some(found) => own(found.role.arn.to_string()),
                None => iam(format!("role/{name}")),
            },
            Target::InstanceProfile(name) => match world.instance_profile(account, name) {
                Some(found) => own(found.arn.to_string()),
                None => iam(format!("instance-profile/{name}")),
            },
            Target::NewInstanceProfile { path, name } => iam(format!("instance-profile{path}{name}")),
            Target::User(name) => iam(format!("user/{name}")),
            Target::NewRole { path, name } => iam(format!("role{path}{name}")),
            Target::NewPolicy { path, name } => iam(format!("policy{path}{name}")),
            Target::NewProvider(url) => iam(format!("oidc-provider/{url}")),
            // An ARN of another account is still asked about as what it is; IAM then finds nothing there.
            Target::Arn(arn) => Self { arn: arn.clone(), owner: owner_of(arn), bucket: None },
        }
    }

    fn in_bucket(world: &World, asker: &CallerContext, name: &str, arn: String) -> Self {
        let owner = world.bucket(name).map(|bucket| bucket.owner.clone());
        let held = Held { name: name.to_owned(), owner: owner.clone() };
        Self { arn, owner: Some(owner.unwrap_or_else(|| asker.account.clone())), bucket: Some(held) }
    }

    /// What the account knows of a role, policy, provider or instance profile: its tags, the boundary where the action is asked with
    /// it, and what a role that is passed is for.
    ///
    /// IAM serves the caller's own account only, so another account's tags are nobody's to probe.
    fn describe(&self, world: &World, asker: &CallerContext, action: &str, context: &mut Context) {
        let Ok(arn) = Arn::parse(&self.arn) else { return };
        if self.owner.as_ref() != Some(&asker.account) {
            return;
        }
        let role = world.role_by_arn(&arn).map(|it| &it.role);
        let tags = role.map(|it| &it.tags).or_else(|| world.policy_by_arn(&arn).map(|it| &it.policy.tags));
        let tags = tags.or_else(|| world.provider_by_arn(&arn).map(|it| &it.tags));
        let tags = tags.or_else(|| world.instance_profile_by_arn(&arn).map(|it| &it.tags));
        for (key, value) in tags.into_iter().flatten() {
            context.insert(format!("aws:ResourceTag/{key}"), Values::One(value.clone()));
            if role.is_some() {
                context.insert(format!("iam:ResourceTag/{key}"), Values::One(value.clone()));
            }
        }
        let boundary = role.and_then(|it| it.boundary.as_ref()).filter(|_| catalog::query::reads_boundary(action));
        if action == "iam:PassRole" {
            // "The ARN value must be arn:aws:ec2:*:CallerAccountId:instance/*" (IAM API reference, AddRoleToInstanceProfile).
            let instances = format!("arn:{}:ec2:*:{}:instance/*", asker.partition, asker.account);
            context.insert("iam:AssociatedResourceArn", Values::One(instances));
        }
        if let Some(boundary) = boundary {
            context.insert("iam:PermissionsBoundary", Values::One(boundary.to_string()));
        }
    }

    /// What an allowed caller is told when the bucket is not as the call needs it.
    fn refusal(&self, call: &Call, asker: &CallerContext) -> Option<Denial> {
        let held = self.bucket.as_ref()?;
        let bucket = held.name.clone();
        match (&held.owner, call.operation) {
            (None, "CreateBucket") => None,
            (None, _) => {
                let fault = Fault::new("NoSuchBucket", 404, "The specified bucket does not exist");
                Some(Denial::new(Link::ResourcePolicy, Cause::NoBucket { bucket }, fault))
            }
            (Some(owner), "CreateBucket") if *owner == asker.account => {
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
            (Some(owner), _) => self.unexpected(owner, call),
        }
    }

    /// The check that a caller asks for: whose the bucket is, of which a copy has two.
    fn unexpected(&self, owner: &AccountId, call: &Call) -> Option<Denial> {
        let (held, Detail::S3(detail)) = (self.bucket.as_ref()?, &call.detail) else { return None };
        let is_source = detail.copy_source.as_ref().is_some_and(|(name, _)| name.as_str() == held.name);
        let is_target = detail.bucket.as_ref().is_some_and(|name| name.as_str() == held.name);
        let source = detail.expected.source.as_ref().filter(|_| is_source);
        let wanted = [source, detail.expected.bucket.as_ref().filter(|_| is_target)];
        let expected = wanted.into_iter().flatten().find(|expected| *expected != owner)?.clone();
        let cause = Cause::OtherOwner { bucket: held.name.clone(), expected };
        Some(Denial::new(Link::ResourcePolicy, cause, Fault::new("AccessDenied", 403, "Access Denied")))
    }
}

fn owner_of(arn: &str) -> Option<AccountId> {
    AccountId::parse(Arn::parse(arn).ok()?.account()).ok()
}
