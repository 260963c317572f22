//! The exchange's refusals: what a token lacks, in AWS's words for the caller and ours for the operator.

use std::sync::Arc;

use catalog::federation::provider_keys;
use policy::Arn;
use token::{DEFAULT_MAX_AGE, Expectation, Issuer, Malformed, Refusal};
use wire::Fault;

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

const CERTIFICATE: &str = "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint";
/// The model's own words for the error; what AWS sends is not known.
const UNREACHABLE: &str = "The request could not be fulfilled because the identity provider (IDP) that was asked to verify the incoming identity token could not be reached.";

pub(crate) fn invalid_token(text: impl Into<String>) -> Fault {
    Fault::new("InvalidIdentityToken", 400, text)
}

/// Said alike for a role that does not exist and for one that does not trust the token.
pub(crate) fn not_authorized() -> Fault {
    Fault::new("AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity")
}

/// A call whose parameters do not fit.
pub fn bad_parameters(fault: Fault) -> Denial {
    let because = fault.text.clone();
    Denial::new(Link::Sts, Cause::Parameter { because }, fault).of(OPERATION)
}

/// A text that is no token.
pub fn malformed(ask: &Ask, malformed: &Malformed) -> Denial {
    let cause = Cause::TokenMalformed { because: malformed.to_string() };
    of(ask, None, Denial::new(Link::Token, cause, invalid_token(NOT_A_JWT)))
}

/// The provider of the role's account for a token's issuer.
///
/// # Errors
/// [`Denial`] when the account has none: a provider of another account is never used.
pub fn provider<'a>(world: &'a World, ask: &Ask, issuer: &str) -> Result<&'a Arc<Provider>, Denial> {
    let found = Issuer::strip_scheme(issuer).and_then(|url| world.shared_provider(&ask.account, url));
    found.ok_or_else(|| {
        let shown = wire::visible(issuer, 255).into_owned();
        let text = format!("No OpenIDConnect provider found in your account for {shown}");
        let registered = world.providers(&ask.account).take(20).map(Provider::issuer).collect();
        of(
            ask,
            Some(&shown),
            Denial::new(Link::OidcProvider, Cause::NoProvider { issuer: shown.clone(), registered }, invalid_token(text)),
        )
    })
}

/// What a provider's tokens must be like, and which of their claims are read.
pub fn expectation<'a>(issuer: &'a str, provider: &'a Provider) -> Expectation<'a> {
    let claims = provider_keys(&provider.url).claims();
    Expectation { issuer, client_ids: &provider.client_ids, max_age: DEFAULT_MAX_AGE, claims }
}

/// Why no key of a provider is known, each with words for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeysMissing {
    /// The issuer cannot be reached now; asking again may help.
    Unreachable(String),
    /// The issuer's certificate is neither publicly trusted nor has it one of the provider's thumbprints.
    Certificate(String),
    /// What the issuer serves is not believed, or may not be asked for.
    Refused(String),
}

impl std::fmt::Display for KeysMissing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(because) | Self::Certificate(because) | Self::Refused(because) => f.write_str(because),
        }
    }
}

impl std::error::Error for KeysMissing {}

impl KeysMissing {
    /// `IDPCommunicationError` is what SDKs retry, so only what may pass by itself is called that.
    fn fault(&self) -> Fault {
        match self {
            Self::Unreachable(_) => Fault::new("IDPCommunicationError", 400, UNREACHABLE),
            Self::Certificate(_) => invalid_token(CERTIFICATE),
            Self::Refused(_) => invalid_token(NO_KEY),
        }
    }
}

/// No key of a provider is known.
pub fn no_keys(ask: &Ask, provider: &Provider, missing: &KeysMissing) -> Denial {
    let issuer = provider.issuer();
    let cause = Cause::NoKeys { issuer: issuer.clone(), because: missing.to_string() };
    of(ask, Some(&issuer), Denial::new(Link::OidcProvider, cause, missing.fault()))
}

/// A token that does not hold.
pub fn refused(ask: &Ask, provider: &Provider, refusal: &Refusal) -> Denial {
    let because = refusal.to_string();
    let plain = |text: &str| (Link::Token, Cause::TokenRefused { because: because.clone() }, invalid_token(text));
    let (link, cause, fault) = match refusal {
        Refusal::Expired { now, expires } => {
            let text = format!("Token expired: current date/time {now} must be before the expiration date/time {expires}");
            (Link::Token, Cause::TokenRefused { because: because.clone() }, Fault::new("ExpiredTokenException", 400, text))
        }
        Refusal::TooOld { age } => {
            let cause = Cause::TokenRefused { because: because.clone() };
            (Link::Token, cause, Fault::new("ExpiredTokenException", 400, format!("Token too old: {age}")))
        }
        Refusal::Audience { presented, accepted } => {
            let cause = Cause::Audience { presented: presented.clone(), accepted: accepted.clone() };
            (Link::OidcProvider, cause, invalid_token("Incorrect token audience"))
        }
        Refusal::Missing(claim) => plain(&format!("Missing a required claim: {claim}")),
        Refusal::NoKey { .. } => plain(NO_KEY),
        Refusal::Issuer { .. } | Refusal::Algorithm | Refusal::Signature | Refusal::BadClaim(_) | Refusal::NotYet { .. } => {
            plain(NOT_VALIDATED)
        }
    };
    of(ask, Some(&provider.issuer()), Denial::new(link, cause, fault))
}

/// A session that could not be minted.
pub fn not_minted(ask: &Ask, because: NotMinted) -> Denial {
    of(ask, None, because.denial())
}

fn of(ask: &Ask, issuer: Option<&str>, denial: Denial) -> Denial {
    let who = Who { role: Some(Arn::to_string(&ask.role_arn)), issuer: issuer.map(str::to_owned), ..Who::default() };
    denial.of(OPERATION).by(who).in_account(ask.account.clone())
}
