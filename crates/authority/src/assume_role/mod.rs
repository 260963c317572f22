//! AssumeRole: may this session become that role? The caller's own policies and the role's trust
//! policy both decide.
//!
//! A caller that is a role's session chains: one hour at most, transitive tags and the source
//! identity go along, and nothing of the caller's permissions does. The child has its own role's
//! policies, and its own session policies.

mod ask;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use policy::{Arn, Context, Layer, Layers, Policies, Question, Values, Verdict};
use wire::misfits::{Misfits, Shows, at_most};
use wire::{Fault, Words};

pub use ask::Ask;

use crate::assumption::Assumption;
use crate::caller::Caller;
use crate::caller::{CallerContext, CallerPolicies};
use crate::denial::Denial;
use crate::issue::{Issue, Issued, issue};
use crate::lifetime;
use crate::peer::Peer;
use crate::record::{Asked, Cause, Evidence, Link, Outcome};
use crate::session::{Bearer, Facts, NotMinted, Origin};
use crate::session_tags::{self, MAX_TAGS, SessionTags};
use crate::world::World;

/// The operation, as decisions name it.
pub const OPERATION: &str = "sts:AssumeRole";

/// Reads the call: every parameter is checked before anybody is asked.
///
/// # Errors
/// [`Denial`] for parameters that do not fit.
pub fn read(world: &World, caller: &Caller, form: &Words) -> Result<Ask, Denial> {
    Ask::read(form).map_err(|fault| bad_parameters(caller, world, fault))
}

/// A call whose parameters do not fit.
fn bad_parameters(caller: &Caller, world: &World, fault: Fault) -> Denial {
    let CallerContext { account, who, .. } = CallerContext::of(world, caller);
    let because = fault.text.clone();
    Denial::new(Link::Sts, Cause::Parameter { because }, fault)
        .of(OPERATION)
        .by(who)
        .in_account(account)
}

/// Makes credentials of an admission. Nothing is written.
///
/// # Errors
/// [`Denial`] when tags and policies do not fit into a session.
pub fn complete(
    caller: &Caller,
    ask: &Ask,
    assumption: Assumption,
    with: Issue<'_>,
) -> Result<Issued, Denial> {
    let world = with.world;
    issue(assumption, with).map_err(|because| not_minted(caller, world, ask, because))
}

/// A session that could not be minted.
fn not_minted(caller: &Caller, world: &World, ask: &Ask, because: NotMinted) -> Denial {
    let CallerContext {
        account, mut who, ..
    } = CallerContext::of(world, caller);
    who.role = Some(ask.role_arn.to_string());
    because.denial().of(OPERATION).by(who).in_account(account)
}

/// What goes along a chain whether or not the call says so.
struct Inherited {
    tags: SessionTags,
    source_identity: Option<String>,
}

/// Admits a session to another role, or says why not.
///
/// # Errors
/// [`Denial`]. The caller is told the same for a role that does not exist and for one that does not
/// trust the session.
pub fn admit(
    world: &World,
    caller: &Caller,
    ask: &Ask,
    peer: &Peer,
    now: i64,
) -> Result<Assumption, Denial> {
    let asker = CallerContext::of(world, caller);
    let mut who = asker.who.clone();
    who.role = Some(ask.role_arn.to_string());
    let deny = |denial: Denial| {
        denial
            .of(OPERATION)
            .by(who.clone())
            .in_account(asker.account.clone())
    };
    // Root has no policies that could limit a chain, and AWS refuses it too: a leaked root key must
    // not reach other accounts' roles.
    let parent = match caller.bearer() {
        Some(Bearer::Session(parent)) => parent,
        Some(Bearer::Root(_)) => {
            let fault = Fault::new(
                "AccessDenied",
                403,
                "Roles may not be assumed by root accounts.",
            );
            return Err(deny(Denial::new(
                Link::Credentials,
                Cause::RootAssumes,
                fault,
            )));
        }
        None => {
            let fault = Fault::new(
                "MissingAuthenticationToken",
                403,
                "Request is missing Authentication Token",
            );
            return Err(deny(Denial::new(Link::Credentials, Cause::Unsigned, fault)));
        }
    };
    // Before anything of the target is looked up: a session whose own role is gone learns nothing.
    let policies = CallerPolicies::of(world, &asker, caller.bearer()).map_err(deny)?;
    let lifetime = ask.duration.unwrap_or(lifetime::DEFAULT);
    // A role's own MaxSessionDuration is an hour at least, so it never binds here.
    if lifetime > lifetime::CHAINED {
        let text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
        let cause = Cause::ChainedDuration { asked: lifetime };
        return Err(deny(Denial::new(
            Link::Sts,
            cause,
            Fault::new("ValidationError", 400, text),
        )));
    }
    let Inherited {
        tags: inherited,
        source_identity,
    } = inherit(parent, ask, &asker.arn).map_err(deny)?;

    // Partitions are worlds apart: nobody of one is anybody in another (AWS general reference,
    // "Amazon Resource Names").
    let reachable = world
        .role_by_arn(&ask.role_arn)
        .filter(|it| it.role.arn.partition() == asker.partition);
    let Some(found) = reachable else {
        // What another account has is nobody's business here.
        let own = Some(&ask.account) == asker.account.as_ref();
        let existing = world
            .roles(&ask.account)
            .filter(|_| own)
            .take(20)
            .map(|it| it.role.arn.to_string())
            .collect();
        return Err(deny(Denial::new(
            Link::TrustPolicy,
            Cause::NoRole { existing },
            refused(&asker.arn, OPERATION, &ask.role_arn),
        )));
    };
    // The trust policy sees the role's tags as they are, not those of an earlier session in the
    // chain.
    let context = context(
        (&asker, caller),
        ask,
        source_identity.as_deref(),
        &found.role.tags,
        peer,
        now,
    );
    // Inherited tags count as passed ones: else a session could tag the next one by having been
    // tagged itself (docs/threats.md, 22).
    let tagged = !ask.tags.is_empty() || !inherited.is_empty();
    let asked = judge(
        &policies,
        &found.role.arn,
        &found.trust,
        tagged,
        source_identity.is_some(),
        &context,
    );
    if let Some(no) = asked
        .iter()
        .find(|asked| asked.decision.verdict != Verdict::Allowed)
    {
        let fault = refused(&asker.arn, &no.action, &ask.role_arn);
        // The record says which side refused; the caller reads the same text for both.
        let (link, cause) = match no.decision.layer {
            Some(Layer::Trust) => (Link::TrustPolicy, Cause::TrustPolicy),
            _ => (Link::Permissions, Cause::Permissions),
        };
        return Err(deny(Denial::new(link, cause, fault).having_asked(asked)));
    }
    let evidence = Evidence {
        outcome: Outcome::Allowed,
        link: Link::TrustPolicy,
        account: asker.account.clone(),
        operation: OPERATION.to_owned(),
        who,
        asked,
        cause: None,
    };
    // No tag is in both: `inherit` refused that, so the order of joining decides nothing.
    let SessionTags { tags, transitive } = inherited.joined(&ask.tags);
    let facts = Facts {
        account: ask.account.clone(),
        role_id: found.role.id.clone(),
        role_name: found.role.name.clone(),
        session_name: ask.session_name.clone(),
        origin: Origin::Role { by: asker.arn },
        // Set when the session is minted: what is decided here has no clock of its own.
        issued_at: 0,
        expires_at: 0,
        revision: world.revision(),
        policy: ask.policy.clone(),
        policy_arns: ask.policy_arns.clone(),
        tags,
        transitive,
        source_identity,
    };
    Ok(Assumption::decided(facts, lifetime, evidence).padded(ask.token_size))
}

/// Asks both sides for everything that the assumption needs.
///
/// Tags that are passed or inherited need `sts:TagSession`, a source identity needs
/// `sts:SetSourceIdentity`, each as `sts:AssumeRole` itself (IAM user guide, "Pass session tags in
/// AWS STS" and "Monitor and control actions taken with assumed roles").
fn judge(
    policies: &CallerPolicies<'_>,
    role: &Arn,
    trust: &Policies,
    tagged: bool,
    has_source_identity: bool,
    context: &Context,
) -> Vec<Asked> {
    let CallerPolicies {
        principal,
        identity,
        boundary,
        session,
    } = policies;
    let account = policy::AccountId::parse(role.account()).ok();
    let layers = Layers {
        identity: *identity,
        boundary: *boundary,
        session: session.as_ref(),
        resource: Some(trust),
        // A trust policy must allow by itself: unlike with other resource policies, the caller's
        // own permission is not enough in one account.
        resource_is_trust: true,
        ..Layers::default()
    };
    let more = [
        tagged.then_some("sts:TagSession"),
        has_source_identity.then_some("sts:SetSourceIdentity"),
    ];
    let ask = |action: &str| {
        let question = Question {
            principal,
            action,
            resource: role.as_str(),
            resource_account: account.as_ref(),
            context,
        };
        Asked {
            action: action.to_owned(),
            resource: role.to_string(),
            decision: policy::judge(&question, &layers),
        }
    };
    // The operation itself first: if more than one is denied, that is the denial which is told.
    std::iter::once(OPERATION)
        .chain(more.into_iter().flatten())
        .map(ask)
        .collect()
}

/// What policies may know of an assumption.
pub(crate) fn context(
    (asker, caller): (&CallerContext, &Caller),
    ask: &Ask,
    source_identity: Option<&str>,
    role_tags: &BTreeMap<String, String>,
    peer: &Peer,
    now: i64,
) -> Context {
    let mut context = asker.context(
        caller,
        &Context::new(),
        &Context::new(),
        Some(&ask.account),
        peer,
        now,
    );
    describe(&mut context, ask, source_identity, role_tags);
    context
}

/// The condition keys of an assumption, beside those that name the caller (IAM user guide, "AWS STS
/// condition keys").
fn describe(
    context: &mut Context,
    ask: &Ask,
    source_identity: Option<&str>,
    role_tags: &BTreeMap<String, String>,
) {
    let mut put = |name: &str, value: &str| context.insert(name, Values::One(value.to_owned()));
    put("sts:RoleSessionName", &ask.session_name);
    // Absent, not empty: `Null` and `StringNotEquals` tell the two apart.
    if let Some(external_id) = &ask.external_id {
        put("sts:ExternalId", external_id);
    }
    if let Some(source_identity) = source_identity {
        put("sts:SourceIdentity", source_identity);
    }
    for (key, value) in &ask.tags.tags {
        put(&format!("aws:RequestTag/{key}"), value);
    }
    for (key, value) in role_tags {
        put(&format!("aws:ResourceTag/{key}"), value);
        put(&format!("iam:ResourceTag/{key}"), value);
    }
    let named = |keys: Vec<&String>| {
        Values::Many(session_tags::named(
            keys,
            role_tags.keys().map(String::as_str),
        ))
    };
    // A list that is empty is left out, so that `Null` holds for it; `ForAllValues` holds for both.
    if !ask.tags.tags.is_empty() {
        context.insert("aws:TagKeys", named(ask.tags.tags.keys().collect()));
    }
    if !ask.tags.transitive.is_empty() {
        context.insert(
            "sts:TransitiveTagKeys",
            named(ask.tags.transitive.iter().collect()),
        );
    }
}

/// What the parent fixes: transitive tags cannot be passed anew, a source identity cannot be
/// changed.
fn inherit(parent: &Facts, ask: &Ask, caller: &str) -> Result<Inherited, Denial> {
    let tags = SessionTags::handed_on(&parent.tags, &parent.transitive);
    // Whatever its case: `TEAM` beside an inherited `team` would leave two values for one key.
    if let Some(key) = tags.conflict(&ask.tags) {
        let text = "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.";
        let cause = Cause::TagFixed {
            key: key.to_owned(),
        };
        return Err(Denial::new(
            Link::Sts,
            cause,
            Fault::new("InvalidParameterValue", 400, text),
        ));
    }
    // Inherited tags count towards the limit too (IAM user guide, "Pass session tags in AWS STS").
    if tags.tags.len() + ask.tags.tags.len() > MAX_TAGS {
        let because = format!("inherited and passed tags together are more than {MAX_TAGS}");
        let fault = Misfits::new(Shows::Values)
            .broken("tags", &at_most(MAX_TAGS))
            .fault();
        return Err(Denial::new(Link::Sts, Cause::Parameter { because }, fault));
    }
    let source_identity = match (&parent.source_identity, &ask.source_identity) {
        // Sticky along the chain: whoever is behind the first session is behind the last one.
        (Some(set), Some(asked)) if set != asked => {
            let cause = Cause::SourceIdentityFixed {
                set: set.clone(),
                asked: asked.clone(),
            };
            let fault = refused(caller, "sts:SetSourceIdentity", &ask.role_arn);
            return Err(Denial::new(Link::Sts, cause, fault));
        }
        (set, asked) => set.clone().or_else(|| asked.clone()),
    };
    Ok(Inherited {
        tags,
        source_identity,
    })
}

/// AWS's text without a reason: with one it would tell a role that is not there from one that does
/// not trust.
fn refused(caller: &str, action: &str, role: &Arn) -> Fault {
    Fault::new(
        "AccessDenied",
        403,
        format!("User: {caller} is not authorized to perform: {action} on resource: {role}"),
    )
}
