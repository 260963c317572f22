//! Changes of an OIDC provider: thumbprints and client ids.

use wire::Fault;

use super::answer::Answer;
use super::operation::{Context, Result, limit, reads, writes};
use super::provider;
use super::quotas;
use crate::form::Form;
use crate::world::{Change, Entity, Provider};

/// Puts the whole list in the place of the old one.
pub(super) fn thumbprints(at: &Context<'_>, input: &Form<'_>) -> Result {
    let found = provider::find(at, input)?;
    let given = input.list("ThumbprintList");
    let thumbprints = provider::thumbprints(&given)?;
    // An empty list would mean "ask the issuer" at the next write, which nobody asked for.
    if thumbprints.is_empty() {
        return Err(Fault::new(
            "InvalidInput",
            400,
            "Thumbprint list must contain at least one entry.",
        ));
    }
    keep(
        Provider {
            thumbprints,
            ..found.clone()
        },
        "UpdateOpenIDConnectProviderThumbprint",
    )
}

/// One that is there already stays.
pub(super) fn add_client(at: &Context<'_>, input: &Form<'_>) -> Result {
    let mut provider = provider::find(at, input)?.clone();
    let id = input.required("ClientID")?.to_owned();
    if provider.client_ids.contains(&id) {
        return reads(Answer::empty("AddClientIDToOpenIDConnectProvider"));
    }
    if provider.client_ids.len() >= quotas::CLIENTS_OF_PROVIDER {
        return Err(limit(format!(
            "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {}",
            quotas::CLIENTS_OF_PROVIDER
        )));
    }
    provider.client_ids.push(id);
    keep(provider, "AddClientIDToOpenIDConnectProvider")
}

/// One that is not there is gone already.
pub(super) fn remove_client(at: &Context<'_>, input: &Form<'_>) -> Result {
    let mut provider = provider::find(at, input)?.clone();
    let id = input.required("ClientID")?.to_owned();
    provider.client_ids.retain(|known| *known != id);
    keep(provider, "RemoveClientIDFromOpenIDConnectProvider")
}

fn keep(provider: Provider, operation: &'static str) -> Result {
    writes(
        Change::put(Entity::Provider(provider)),
        Answer::empty(operation),
    )
}
