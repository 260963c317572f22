//! May this token become this role? The roles claim, the trust policy, the duration; then, and only
//! then, an [`Assumption`].
//!
//! [`judge`] takes plain facts and returns only decisions; `admit` is judge plus the proof of who
//! asks.

use std::collections::BTreeMap;

use catalog::federation::{ProviderKeys, provider_keys};
use policy::{Arn, Context, Layers, Policies, Principal, Question, Values, Verdict};
use token::{Claim, Verified};

use crate::assumption::{Assumption, too_long};
use crate::denial::Denial;
use crate::exchange::refusals as exchange;
use crate::lifetime;
use crate::peer::Peer;
use crate::record::{Asked, Cause, Evidence, Link, Outcome, Who};
use crate::session::{Facts, Origin};
use crate::session_tags::{self, sound_keys};
use crate::web_identity::Ask;
use crate::world::{LoadedRole, Provider, World};

/// What a token says, as plain facts: the doctor has them without a proof, the exchange only with
/// one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// The issuer without scheme: how its condition keys begin.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// `aud`, all of them.
    pub audiences: Vec<String>,
    /// `azp`; stands for the audience when there.
    pub azp: Option<String>,
    /// `amr`.
    pub amr: Vec<String>,
    /// `email`.
    pub email: Option<String>,
    /// Session tags that the token asks for.
    pub tags: BTreeMap<String, String>,
    /// Keys of the tags that go on to the next role.
    pub transitive: Vec<String>,
    /// Source identity that the token asks for.
    pub source_identity: Option<String>,
    /// Roles that the token is limited to, if it is.
    pub roles: Option<Vec<String>>,
    /// Claims that STS knows of this provider alone; `None` for one whose value cannot be told.
    pub provider: BTreeMap<String, Option<String>>,
}

/// Asks a trust policy for everything that an exchange with these claims needs.
///
/// Session tags need `sts:TagSession` and a source identity needs `sts:SetSourceIdentity` beside
/// the exchange's own action.
pub fn judge(
    role: &Arn,
    trust: &Policies,
    provider: &Arn,
    claims: &Claims,
    context: &Context,
) -> Vec<Asked> {
    let principal = Principal::WebIdentity {
        provider: provider.clone(),
    };
    let mut actions = vec!["sts:AssumeRoleWithWebIdentity"];
    actions.extend(
        (!claims.tags.is_empty() || !claims.transitive.is_empty()).then_some("sts:TagSession"),
    );
    actions.extend(
        claims
            .source_identity
            .is_some()
            .then_some("sts:SetSourceIdentity"),
    );
    let account = policy::AccountId::parse(role.account()).ok();
    let ask = |action: &str| {
        let question = Question {
            principal: &principal,
            action,
            resource: role.as_str(),
            resource_account: account.as_ref(),
            context,
        };
        let layers = Layers {
            resource: Some(trust),
            resource_is_trust: true,
            ..Layers::default()
        };
        Asked {
            action: action.to_owned(),
            resource: role.to_string(),
            decision: policy::judge(&question, &layers),
        }
    };
    actions.into_iter().map(ask).collect()
}

/// The condition keys of an exchange (IAM user guide, "AWS STS federation condition keys").
pub fn context(
    claims: &Claims,
    provider: &Arn,
    session_name: &str,
    role_tags: &BTreeMap<String, String>,
) -> Context {
    let mut context = Context::new();
    let key = |claim: &str| format!("{}:{claim}", claims.issuer);
    context.insert(key("sub"), Values::One(claims.subject.clone()));
    // `aud` shows azp when the token has one, `oaud` always the audience itself.
    let aud = claims
        .azp
        .clone()
        .map_or_else(|| one_or_many(&claims.audiences), Values::One);
    context.insert(key("aud"), aud);
    context.insert(key("oaud"), one_or_many(&claims.audiences));
    if !claims.amr.is_empty() {
        context.insert(key("amr"), Values::Many(claims.amr.clone()));
    }
    if let Some(email) = &claims.email {
        context.insert(key("email"), Values::One(email.clone()));
    }
    for (claim, value) in &claims.provider {
        context.insert(
            key(claim),
            value.clone().map_or(Values::Unknown, Values::One),
        );
    }
    context.insert("aws:FederatedProvider", Values::One(provider.to_string()));
    context.insert("sts:RoleSessionName", Values::One(session_name.to_owned()));
    if let Some(name) = &claims.source_identity {
        context.insert("sts:SourceIdentity", Values::One(name.clone()));
    }
    let named = |keys: Vec<&String>| {
        Values::Many(session_tags::named(
            keys,
            role_tags.keys().map(String::as_str),
        ))
    };
    if !claims.tags.is_empty() {
        context.insert("aws:TagKeys", named(claims.tags.keys().collect()));
    }
    for (tag, value) in &claims.tags {
        context.insert(format!("aws:RequestTag/{tag}"), Values::One(value.clone()));
        context.insert(
            format!("aws:PrincipalTag/{tag}"),
            Values::One(value.clone()),
        );
    }
    if !claims.transitive.is_empty() {
        context.insert(
            "sts:TransitiveTagKeys",
            named(claims.transitive.iter().collect()),
        );
    }
    for (tag, value) in role_tags {
        for prefix in ["aws", "iam"] {
            context.insert(
                format!("{prefix}:ResourceTag/{tag}"),
                Values::One(value.clone()),
            );
        }
    }
    // `true` is documented. Whether the key is false or missing for a token without the claim is
    // not, and a Deny may ask either.
    let authorized = claims
        .roles
        .as_ref()
        .map_or(Values::Unknown, |_| Values::One("true".to_owned()));
    context.insert("sts:RoleAuthorizedByIdp", authorized);
    context
}

/// One audience is a single value; several make the key multivalued, which a plain `StringEquals`
/// does not match.
fn one_or_many(values: &[String]) -> Values {
    match values {
        [one] => Values::One(one.clone()),
        many => Values::Many(many.to_vec()),
    }
}

/// Admits a verified token to a role, or says why not.
///
/// # Errors
/// [`Denial`]. The caller hears the same for a role that does not exist and for one that does not
/// trust it.
pub(crate) fn admit(
    world: &World,
    ask: &Ask,
    provider: &Provider,
    verified: &Verified,
    peer: &Peer,
    now: i64,
) -> Result<Assumption, Denial> {
    let who = Who {
        role: Some(ask.role_arn.to_string()),
        issuer: Some(provider.issuer()),
        subject: Some(verified.subject().to_owned()),
        ..Who::default()
    };
    let deny = |denial: Denial| {
        denial
            .of(exchange::OPERATION)
            .by(who.clone())
            .in_account(ask.account.clone())
    };
    let claims = claims(verified, provider).map_err(deny)?;
    if let Some(listed) = claims
        .roles
        .as_ref()
        .filter(|listed| !listed.iter().any(|role| role == ask.role_arn.as_str()))
    {
        let text =
            "The target role ARN is not present in the roles claim of the web identity token";
        let cause = Cause::RoleNotInClaim {
            listed: listed.clone(),
        };
        return Err(deny(Denial::new(
            Link::Token,
            cause,
            exchange::invalid_token(text),
        )));
    }
    let Some(found) = world.role_by_arn(&ask.role_arn) else {
        let existing = world
            .roles(&ask.account)
            .take(20)
            .map(|it| it.role.arn.to_string())
            .collect();
        return Err(deny(Denial::new(
            Link::TrustPolicy,
            Cause::NoRole { existing },
            exchange::not_authorized(),
        )));
    };
    let mut context = context(&claims, &provider.arn, &ask.session_name, &found.role.tags);
    peer.describe_unsigned(&mut context, &ask.account, now);
    let asked = judge(
        &found.role.arn,
        &found.trust,
        &provider.arn,
        &claims,
        &context,
    );
    if asked
        .iter()
        .any(|asked| asked.decision.verdict != Verdict::Allowed)
    {
        let denial = Denial::new(
            Link::TrustPolicy,
            Cause::TrustPolicy,
            exchange::not_authorized(),
        );
        return Err(deny(denial.having_asked(asked)));
    }
    let lifetime = ask.duration.unwrap_or(lifetime::DEFAULT);
    if lifetime > found.role.max_session {
        return Err(deny(
            too_long(lifetime, found.role.max_session).having_asked(asked),
        ));
    }
    let evidence = Evidence {
        outcome: Outcome::Allowed,
        link: Link::TrustPolicy,
        account: Some(ask.account.clone()),
        operation: exchange::OPERATION.to_owned(),
        who,
        asked,
        cause: None,
    };
    Ok(Assumption::decided(
        facts(world, ask, found, claims, verified),
        lifetime,
        evidence,
    )
    .padded(ask.token_size))
}

fn claims(verified: &Verified, provider: &Provider) -> Result<Claims, Denial> {
    // By type a key set names its provider; a token that another provider's keys proved is worth
    // nothing here.
    if verified.owner().as_str() != provider.arn.as_str() {
        let cause = Cause::TokenRefused {
            because: "the token was verified with another provider's keys".to_owned(),
        };
        return Err(Denial::new(
            Link::Token,
            cause,
            exchange::invalid_token(exchange::NOT_VALIDATED),
        ));
    }
    let malformed = |because: String| {
        Denial::new(
            Link::Token,
            Cause::TokenMalformed { because },
            exchange::invalid_token(exchange::NOT_VALIDATED),
        )
    };
    let tags = verified
        .tags()
        .map_err(|error| malformed(error.to_string()))?
        .unwrap_or_default();
    let reserved = tags
        .principal_tags
        .keys()
        .any(|key| key.to_lowercase().starts_with("aws:"));
    if reserved || !sound_keys(&tags.principal_tags) {
        return Err(malformed(
            "the session tags have a reserved key, or keys that differ in case only".to_owned(),
        ));
    }
    Ok(Claims {
        issuer: provider.url.clone(),
        subject: verified.subject().to_owned(),
        audiences: verified.audiences().to_vec(),
        azp: verified.azp().map(str::to_owned),
        amr: verified.amr().to_vec(),
        email: verified.email().map(str::to_owned),
        tags: tags.principal_tags,
        transitive: tags.transitive,
        source_identity: verified
            .source_identity()
            .map_err(|error| malformed(error.to_string()))?,
        roles: verified
            .roles()
            .map_err(|error| malformed(error.to_string()))?,
        provider: provider_claims(verified, &provider.url),
    })
}

/// A claim that is there and cannot be read is unknown, not missing: a Deny on it must not fall
/// away.
fn provider_claims(verified: &Verified, issuer: &str) -> BTreeMap<String, Option<String>> {
    let read = |name: &&str| match verified.claim(name)? {
        Claim::Value(text) => Some(((*name).to_owned(), Some(text))),
        Claim::Unreadable => Some(((*name).to_owned(), None)),
    };
    match provider_keys(issuer) {
        ProviderKeys::Claims(names) => names.iter().filter_map(read).collect(),
        ProviderKeys::Untold(names) => names
            .iter()
            .map(|name| ((*name).to_owned(), None))
            .collect(),
    }
}

fn facts(
    world: &World,
    ask: &Ask,
    found: &LoadedRole,
    claims: Claims,
    verified: &Verified,
) -> Facts {
    Facts {
        account: ask.account.clone(),
        role_id: found.role.id.clone(),
        role_name: found.role.name.clone(),
        session_name: ask.session_name.clone(),
        origin: Origin::WebIdentity {
            provider: claims.issuer,
            subject: claims.subject,
            audience: verified.matched_audience().to_owned(),
            amr: claims.amr,
        },
        issued_at: 0,
        expires_at: 0,
        revision: world.revision(),
        policy: ask.policy.clone(),
        policy_arns: ask.policy_arns.clone(),
        tags: claims.tags,
        transitive: claims.transitive,
        source_identity: claims.source_identity,
    }
}
