//! What a verified token says, as plain facts.

use std::collections::BTreeMap;

use catalog::federation::{ProviderKeys, provider_keys};
use token::{Claim, Verified};

use crate::denial::Denial;
use crate::exchange::refusals as exchange;
use crate::record::{Cause, Link};
use crate::session_tags::sound_keys;
use crate::world::Provider;

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
    /// `azp`; is the audience when there.
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

pub(super) fn claims(verified: &Verified, provider: &Provider) -> Result<Claims, Denial> {
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
    // A claim of AWS's own that cannot be read refuses the token. Left out, a limit that the issuer
    // set would be lifted.
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
    // A tag of AWS's own namespace would pass for one that a service set.
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
        ProviderKeys::Undocumented(names) => names
            .iter()
            .map(|name| ((*name).to_owned(), None))
            .collect(),
    }
}
