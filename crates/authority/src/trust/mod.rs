//! May this token become this role? The roles claim, the trust policy, the duration; then, and only
//! then, an [`Assumption`].
//!
//! [`judge`] takes plain facts and returns only decisions; [`admit`] is judge plus the proof of who
//! asks.

mod claims;
mod judge;

use policy::Verdict;
use token::Verified;

pub use claims::Claims;
use claims::claims;
pub use judge::{context, judge};

use crate::assumption::{Assumption, too_long};
use crate::denial::Denial;
use crate::exchange::refusals as exchange;
use crate::lifetime;
use crate::peer::Peer;
use crate::record::{Cause, Evidence, Link, Outcome, Who};
use crate::session::{Facts, Origin};
use crate::web_identity::Ask;
use crate::world::{LoadedRole, Provider, World};

/// Admits a verified token to a role, or says why not.
///
/// # Errors
/// [`Denial`]. The caller is told the same for a role that does not exist and for one that does not
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
    // Before the role is looked up, as AWS does: the provider limits its own token, whatever any
    // trust policy allows. Literal ARNs, so no pattern widens it.
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
    // By the whole ARN, path and case included: a shorter spelling is another role
    // (docs/threats.md, 23).
    let Some(found) = world.role_by_arn(&ask.role_arn) else {
        // For the operator's record alone. Twenty are enough to see a misspelling.
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
    // Last, so that no claim can take the place of what the server itself saw.
    peer.describe_unsigned(&mut context, &ask.account, now);
    let asked = judge(
        &found.role.arn,
        &found.trust,
        &provider.arn,
        &claims,
        &context,
    );
    // All of them: one that is allowed must not carry the others.
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
    // After the trust policy: whoever is not trusted does not learn how long the role's sessions
    // may be.
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
            // Of several the one that the provider accepted: the session's `:aud` is a single
            // value.
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
