//! The questions of an exchange, put to a trust policy, and the condition keys that go with them.

use std::collections::BTreeMap;

use policy::{Arn, Context, Layers, Policies, Principal, Question, Values};

use super::claims::Claims;
use crate::record::Asked;
use crate::session_tags;

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
    // The provider by its whole ARN: one that only begins like it is another principal.
    let principal = Principal::WebIdentity {
        provider: provider.clone(),
    };
    // All three are asked of the same policy: an identity provider that may not tag must not do so
    // by a claim of its own (docs/threats.md, 22).
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
    // One decision each, all on record: which of them was denied tells what the trust policy lacks.
    let ask = |action: &str| {
        let question = Question {
            principal: &principal,
            action,
            resource: role.as_str(),
            resource_account: account.as_ref(),
            context,
        };
        // Nothing but the trust policy: the call is unsigned, so there is no caller with policies
        // of its own.
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
    // Absent for a token without it, so that `Null` holds. A list even of one: the key is
    // multivalued.
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
    // The provider's ARN, as in the later session: resource control policies test it in both.
    context.insert("aws:FederatedProvider", Values::One(provider.to_string()));
    // The caller's own choice, like every name of a session: a policy that tests it restricts
    // names, not people.
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
        // Both: what the call asks to set, and what the principal has once it is set.
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
        // Policies use either: the global key, or IAM's own for its roles.
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
