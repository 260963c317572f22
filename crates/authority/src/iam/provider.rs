//! OIDC providers.

use ::policy::Arn;
use token::Issuer;
use wire::Fault;

use super::answer::{self, Answer};
use super::operation::{
    Context, Result, already_exists, invalid_input, limit, no_such_entity, reads, writes,
};
use super::quotas;
use crate::arn_text;
use crate::form::Form;
use crate::iso8601::iso8601;
use crate::world::{Change, Entity, Key, Provider};

pub(super) fn create(at: &Context<'_>, input: &Form<'_>) -> Result {
    let url = input.required("Url")?;
    // The same type that tokens and condition keys are matched by: what it refuses could never
    // match.
    let issuer = Issuer::parse(url)
        .map_err(|error| invalid_input(format!("Invalid Open ID Connect Provider URL: {error}")))?;
    let client_ids: Vec<String> = input
        .list("ClientIDList")
        .into_iter()
        .map(str::to_owned)
        .collect();
    // None given: AWS asks the issuer then. That is the shell's business; here the list stays as it
    // was given.
    let thumbprints = thumbprints(&input.list("ThumbprintList"))?;
    let tags = input.tags()?;
    if client_ids.len() > quotas::CLIENTS_OF_PROVIDER {
        return Err(limit(format!(
            "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {}",
            quotas::CLIENTS_OF_PROVIDER
        )));
    }
    if at
        .world
        .provider(at.account, issuer.without_scheme())
        .is_some()
    {
        return Err(already_exists(format!(
            "Provider with url {url} already exists."
        )));
    }
    // After the name: whoever repeats a create that was done is told that it was, even when the
    // account is full.
    if at.world.providers(at.account).count() >= quotas::PROVIDERS {
        return Err(limit(format!(
            "Cannot exceed quota for OpenIdConnectProvidersPerAccount: {}",
            quotas::PROVIDERS
        )));
    }
    let text = format!(
        "arn:{}:iam::{}:oidc-provider/{}",
        at.partition,
        at.account,
        issuer.without_scheme()
    );
    let arn =
        Arn::parse(&text).map_err(|_| invalid_input("Invalid Open ID Connect Provider URL"))?;
    let provider = Provider {
        account: at.account.clone(),
        arn,
        url: issuer.without_scheme().to_owned(),
        client_ids,
        thumbprints,
        tags,
        created: at.now,
        keys: None,
    };
    let answer = Answer::with("CreateOpenIDConnectProvider", |xml| {
        xml.text("OpenIDConnectProviderArn", provider.arn.as_str());
        answer::some_tags(xml, &provider.tags);
    });
    writes(Change::put(Entity::Provider(provider)), answer)
}

pub(super) fn get(at: &Context<'_>, input: &Form<'_>) -> Result {
    let provider = find(at, input)?;
    // AWS leaves `https://` out, and has no ports. Terraform reads `localhost:4567` as the scheme
    // `localhost`, and would make the provider anew at each apply.
    let host = provider.url.split('/').next().unwrap_or_default();
    let url = if host.contains(':') {
        provider.issuer()
    } else {
        provider.url.clone()
    };
    reads(Answer::with("GetOpenIDConnectProvider", |xml| {
        xml.text("Url", &url)
            .list("ClientIDList", &provider.client_ids, |member, id| {
                member.raw_text(id);
            })
            .list("ThumbprintList", &provider.thumbprints, |member, id| {
                member.raw_text(id);
            })
            .text("CreateDate", &iso8601(provider.created));
        answer::tags(xml, &provider.tags);
    }))
}

pub(super) fn list(at: &Context<'_>, _: &Form<'_>) -> Result {
    reads(Answer::with("ListOpenIDConnectProviders", |xml| {
        xml.list(
            "OpenIDConnectProviderList",
            at.world.providers(at.account),
            |member, provider| {
                member.text("Arn", provider.arn.as_str());
            },
        );
    }))
}

/// One that is not there is gone already: "This operation is idempotent" (IAM API reference,
/// DeleteOpenIDConnectProvider). What can be no provider of this account is still an error.
pub(super) fn delete(at: &Context<'_>, input: &Form<'_>) -> Result {
    let arn = named(input)?;
    let answer = Answer::empty("DeleteOpenIDConnectProvider");
    if arn.account() != at.account.as_str() || arn.partition() != at.partition {
        return Err(missing(&arn));
    }
    let Some(provider) = own(at, &arn) else {
        return reads(answer);
    };
    writes(
        Change::Remove(Key::Provider {
            account: at.account.clone(),
            url: provider.url.clone(),
        }),
        answer,
    )
}

/// The provider that the call names.
pub(super) fn find<'a>(
    at: &Context<'a>,
    input: &Form<'_>,
) -> std::result::Result<&'a Provider, Fault> {
    let arn = named(input)?;
    own(at, &arn).ok_or_else(|| missing(&arn))
}

fn missing(arn: &Arn) -> Fault {
    no_such_entity(format!("OpenIDConnect Provider not found for arn {arn}"))
}

fn own<'a>(at: &Context<'a>, arn: &Arn) -> Option<&'a Provider> {
    at.world
        .provider_by_arn(arn)
        // An ARN names an account, and only the caller's own is served.
        .filter(|provider| provider.account == *at.account)
}

/// An ARN that some provider may have.
fn named(input: &Form<'_>) -> std::result::Result<Arn, Fault> {
    let text = input.required("OpenIDConnectProviderArn")?;
    let arn = Arn::parse(text).ok().filter(|arn| {
        let host = arn.resource().strip_prefix("oidc-provider/").unwrap_or("");
        arn.service() == "iam" && arn.region().is_empty() && !host.is_empty()
    });
    arn.ok_or_else(|| invalid_input(format!("Invalid ARN {text}{}", arn_text::in_brackets(text))))
}

/// Thumbprints in their order.
pub(super) fn thumbprints(given: &[&str]) -> std::result::Result<Vec<String>, Fault> {
    // AWS's own text, and its own slip: five are allowed.
    if given.len() > 5 {
        return Err(invalid_input(
            "Thumbprint list must contain fewer than 5 entries.",
        ));
    }
    given.iter().map(|text| thumbprint(text)).collect()
}

/// The issuer whose certificate has to be looked at, when a new provider came without thumbprints:
/// IAM then takes that of the chain's top certificate (IAM API reference,
/// CreateOpenIDConnectProvider).
pub fn wants_thumbprint(changes: &[Change]) -> Option<&Provider> {
    changes.iter().find_map(|change| match change {
        Change::Put(entity) => match &**entity {
            Entity::Provider(provider) if provider.thumbprints.is_empty() => Some(provider),
            _ => None,
        },
        Change::Remove(_) => None,
    })
}

/// Completes a provider that came without thumbprints with the one that was found.
pub fn fill_thumbprint(changes: &mut [Change], found: &str) {
    for change in changes {
        if let Change::Put(entity) = change
            && let Entity::Provider(provider) = &mut **entity
            && provider.thumbprints.is_empty()
        {
            // Only where there is none: one that was given is never replaced by what the network
            // shows.
            provider.thumbprints.push(found.to_owned());
        }
    }
}

/// Their length is a constraint of the parameter; of what else IAM says of them nothing is known.
fn thumbprint(text: &str) -> std::result::Result<String, Fault> {
    match text.chars().find(|c| !c.is_ascii_hexdigit()) {
        // One spelling: it is compared as bytes with what the handshake shows.
        None => Ok(text.to_ascii_lowercase()),
        Some(strange) => {
            let shown = strange.to_string();
            let shown = wire::visible(&shown, 1);
            let text = format!(
                "Invalid thumbprint: a SHA-1 has 40 hexadecimal digits, and `{shown}` is not one."
            );
            Err(invalid_input(text))
        }
    }
}
