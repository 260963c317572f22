//! The exchange's refusals: what a token lacks, in AWS's words for the caller and ours for the
//! operator.

use catalog::federation::provider_keys;
use policy::Arn;
use token::{DEFAULT_MAX_AGE, Expectation, Malformed, Refusal};
use wire::Fault;

use super::keys_missing::KeysMissing;
use crate::denial::Denial;
use crate::record::{Cause, Link, Who};
use crate::session::NotMinted;
use crate::web_identity::Ask;
use crate::world::{Provider, World};

/// The exchange, as decisions name it.
pub const OPERATION: &str = "sts:AssumeRoleWithWebIdentity";

pub(crate) const NOT_VALIDATED: &str = "The web identity token provided could not be validated";
const NOT_A_JWT: &str = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
/// The two blanks are AWS's.
const NO_KEY: &str = "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";

const CERTIFICATE: &str =
    "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint";
/// The model's own words for the error; what AWS sends is not known.
const UNREACHABLE: &str = "The request could not be fulfilled because the identity provider (IDP) that was asked to verify the incoming identity token could not be reached.";

pub(crate) fn invalid_token(text: impl Into<String>) -> Fault {
    Fault::new("InvalidIdentityToken", 400, text)
}

/// The same for a role that does not exist and for one that does not trust the token.
pub(crate) fn not_authorized() -> Fault {
    Fault::new(
        "AccessDenied",
        403,
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    )
}

/// A call whose parameters do not fit.
pub(super) fn bad_parameters(fault: Fault) -> Denial {
    let because = fault.text.clone();
    Denial::new(Link::Sts, Cause::Parameter { because }, fault).of(OPERATION)
}

/// A text that is no token.
pub(super) fn malformed(ask: &Ask, malformed: &Malformed) -> Denial {
    let cause = Cause::TokenMalformed {
        because: malformed.to_string(),
    };
    of(
        ask,
        None,
        Denial::new(Link::Token, cause, invalid_token(NOT_A_JWT)),
    )
}

/// No provider of the role's account is the token's issuer.
pub(super) fn no_provider(world: &World, ask: &Ask, issuer: &str) -> Denial {
    // Written by a stranger, and on its way to a terminal (docs/threats.md, 58).
    let shown = wire::visible(issuer, 255).into_owned();
    let text = format!("No OpenIDConnect provider found in your account for {shown}");
    // Not told to the caller: a list of issuers would say whom to attack.
    let registered = world
        .providers(&ask.account)
        .take(20)
        .map(Provider::issuer)
        .collect();
    let cause = Cause::NoProvider {
        issuer: shown.clone(),
        registered,
    };
    of(
        ask,
        Some(&shown),
        Denial::new(Link::OidcProvider, cause, invalid_token(text)),
    )
}

/// What a provider's tokens must be like, and which of their claims are read.
pub(super) fn expectation<'a>(issuer: &'a str, provider: &'a Provider) -> Expectation<'a> {
    let claims = provider_keys(&provider.url).claims();
    Expectation {
        issuer,
        // The provider's list and no other. It may be empty, and then no token has an audience of
        // it.
        client_ids: &provider.client_ids,
        // Counted from `iat`, as STS does when it answers "Token too old".
        max_age: DEFAULT_MAX_AGE,
        claims,
    }
}

/// No key of a provider is known. `IDPCommunicationError` is what SDKs retry, so only what may pass
/// by itself is called that.
pub(super) fn no_keys(ask: &Ask, provider: &Provider, missing: &KeysMissing) -> Denial {
    let issuer = provider.issuer();
    let cause = Cause::NoKeys {
        issuer: issuer.clone(),
        because: missing.to_string(),
    };
    let fault = match missing {
        KeysMissing::Unreachable(_) => Fault::new("IDPCommunicationError", 400, UNREACHABLE),
        KeysMissing::Certificate(_) => invalid_token(CERTIFICATE),
        KeysMissing::Refused(_) => invalid_token(NO_KEY),
    };
    of(
        ask,
        Some(&issuer),
        Denial::new(Link::OidcProvider, cause, fault),
    )
}

/// A token that does not hold.
pub(super) fn refused(ask: &Ask, provider: &Provider, refusal: &Refusal) -> Denial {
    let because = refusal.to_string();
    let plain = |text: &str| {
        (
            Link::Token,
            Cause::TokenRefused {
                because: because.clone(),
            },
            invalid_token(text),
        )
    };
    let (link, cause, fault) = match refusal {
        Refusal::Expired { now, expires } => {
            let text = format!(
                "Token expired: current date/time {now} must be before the expiration date/time {expires}"
            );
            (
                Link::Token,
                Cause::TokenRefused {
                    because: because.clone(),
                },
                Fault::new("ExpiredTokenException", 400, text),
            )
        }
        Refusal::TooOld { age } => {
            let cause = Cause::TokenRefused {
                because: because.clone(),
            };
            (
                Link::Token,
                cause,
                Fault::new(
                    "ExpiredTokenException",
                    400,
                    format!("Token too old: {age}"),
                ),
            )
        }
        Refusal::Audience {
            presented,
            accepted,
        } => {
            let cause = Cause::Audience {
                presented: presented.clone(),
                accepted: accepted.clone(),
            };
            (
                Link::OidcProvider,
                cause,
                invalid_token("Incorrect token audience"),
            )
        }
        Refusal::Missing(claim) => plain(&format!("Missing a required claim: {claim}")),
        Refusal::NoKey { .. } => plain(NO_KEY),
        // One text for all that a forger may have tried: which check failed is the operator's to
        // know (docs/threats.md, 19).
        Refusal::Issuer { .. }
        | Refusal::Algorithm
        | Refusal::Signature
        | Refusal::BadClaim(_)
        | Refusal::NotYet { .. } => plain(NOT_VALIDATED),
    };
    of(
        ask,
        Some(&provider.issuer()),
        Denial::new(link, cause, fault),
    )
}

/// A session that could not be minted.
pub(super) fn not_minted(ask: &Ask, because: NotMinted) -> Denial {
    of(ask, None, because.denial()).proven()
}

/// Says that a refusal is one of this exchange, where it does not say it yet.
pub fn asked(denial: Denial, ask: &Ask) -> Denial {
    if denial.evidence.who == Who::default() {
        of(ask, None, denial)
    } else {
        denial
    }
}

fn of(ask: &Ask, issuer: Option<&str>, denial: Denial) -> Denial {
    let who = Who {
        role: Some(Arn::to_string(&ask.role_arn)),
        issuer: issuer.map(str::to_owned),
        ..Who::default()
    };
    denial.of(OPERATION).by(who).in_account(ask.account.clone())
}
