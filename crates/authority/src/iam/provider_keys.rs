//! Pushed keys: a provider's key set given by whoever runs the cluster, so that nothing is fetched
//! for it. Not AWS's: the actions have a prefix of their own, which no `iam:*` grants, and each is
//! asked together with one of AWS's.

use ::policy::{AccountId, Arn};
use token::{KeySet, Owner};
use wire::Fault;

use super::answer::Answer;
use super::operation::{Context, Result, no_such_entity, writes};
use super::provider;
use crate::form::{Form, validation};
use crate::world::{Change, Entity, Provider, PushedKeys, World};

/// Largest key set that is pushed: a hundred RSA keys of 4,096 bits are below 80 kB, a cluster has
/// two or three.
pub const MOST_PUSHED_BYTES: usize = 65_536;

pub(super) fn put(at: &Context<'_>, input: &Form<'_>) -> Result {
    let provider = provider::find(at, input)?;
    let jwks = input.required("JWKS")?;
    writes(
        pushed(at.world, provider, jwks, at.now)?,
        Answer::empty("PutOpenIDConnectProviderKeys"),
    )
}

pub(super) fn delete(at: &Context<'_>, input: &Form<'_>) -> Result {
    let provider = provider::find(at, input)?;
    writes(
        withdrawn(provider)?,
        Answer::empty("DeleteOpenIDConnectProviderKeys"),
    )
}

/// Gives a provider of whatever account its keys, or with `None` takes them away, without asking
/// who does it: for the owner of the server itself.
///
/// # Errors
/// The operation's own fault; nothing changes then.
pub fn push_keys(
    world: &World,
    arn: &str,
    jwks: Option<&str>,
    now: i64,
) -> std::result::Result<Change, Fault> {
    let none = || no_such_entity(format!("OpenIDConnect Provider not found for arn {arn}"));
    let read = Arn::parse(arn)
        .map_err(|_| Fault::new("InvalidInput", 400, format!("Invalid ARN {arn}")))?;
    let account = AccountId::parse(read.account()).map_err(|_| none())?;
    let url = read
        .resource()
        .strip_prefix("oidc-provider/")
        .ok_or_else(none)?;
    let provider = world
        .provider(&account, url)
        .filter(|provider| provider.arn == read)
        .ok_or_else(none)?;
    match jwks {
        Some(jwks) => pushed(world, provider, jwks, now),
        None => withdrawn(provider),
    }
}

/// The number of a push is the revision that it becomes: it is never given again, not even for a
/// provider made anew.
fn pushed(
    world: &World,
    provider: &Provider,
    jwks: &str,
    now: i64,
) -> std::result::Result<Change, Fault> {
    if jwks.len() > MOST_PUSHED_BYTES {
        return Err(validation(format!(
            "the key set has {} bytes; at most {MOST_PUSHED_BYTES} are accepted",
            jwks.len()
        )));
    }
    // The set names its provider from the start: it verifies for no other (docs/threats.md, 4).
    let owner = Owner::new(provider.arn.as_str());
    let (set, rejected) =
        KeySet::admit(owner, jwks.as_bytes()).map_err(|bad| validation(bad.to_string()))?;
    // Refused rather than kept: without a usable key no pod gets credentials, and an outage would
    // be the first to tell.
    if set.is_empty() {
        let because: Vec<String> = rejected
            .iter()
            .take(5)
            .map(|it| format!("`{}`: {}", wire::visible(&it.kid, 64), it.because))
            .collect();
        let because = if because.is_empty() {
            "it is empty".to_owned()
        } else {
            because.join("; ")
        };
        return Err(validation(format!(
            "the key set has no key that could verify a token: {because}"
        )));
    }
    let keys = PushedKeys {
        jwks: jwks.to_owned(),
        generation: world.revision() + 1,
        at: now,
    };
    Ok(Change::put(Entity::Provider(Provider {
        keys: Some(keys),
        ..provider.clone()
    })))
}

fn withdrawn(provider: &Provider) -> std::result::Result<Change, Fault> {
    if provider.keys.is_none() {
        return Err(no_such_entity(format!(
            "No keys were pushed for {}",
            provider.arn
        )));
    }
    Ok(Change::put(Entity::Provider(Provider {
        keys: None,
        ..provider.clone()
    })))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use token::{Algorithm, SigningKey, public_jwks};

    use super::*;

    fn world(keys: Option<PushedKeys>) -> World {
        let account = AccountId::parse("000000000000").unwrap();
        let provider = Provider {
            arn: Arn::parse(ARN).unwrap(),
            account,
            url: "a.example".to_owned(),
            client_ids: vec![],
            thumbprints: vec![],
            tags: BTreeMap::new(),
            created: 1,
            keys,
        };
        World::default()
            .fold(7, &[Change::put(Entity::Provider(provider))])
            .unwrap()
    }

    const ARN: &str = "arn:aws:iam::000000000000:oidc-provider/a.example";

    #[test]
    fn keys_are_admitted_before_they_are_kept() {
        let world = world(None);
        let jwks = public_jwks(&[&SigningKey::generate(Algorithm::Es256).unwrap()]);
        let change = push_keys(&world, ARN, Some(&jwks), 9).unwrap();
        let next = world.fold(8, &[change]).unwrap();
        let kept = next
            .provider(&AccountId::parse("000000000000").unwrap(), "a.example")
            .unwrap()
            .keys
            .clone()
            .unwrap();
        assert_eq!((kept.jwks, kept.generation, kept.at), (jwks.clone(), 8, 9));
        assert!(push_keys(&next, ARN, None, 9).is_ok());

        let large = format!(
            "{{\"keys\":[],\"x\":\"{}\"}}",
            "a".repeat(MOST_PUSHED_BYTES)
        );
        for (sentence, jwks, words) in [
            ("no JSON", "<html>", "not a JSON object"),
            ("an empty set", "{\"keys\":[]}", "no key that could verify"),
            (
                "only a symmetric key",
                "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"s\",\"k\":\"AAAA\"}]}",
                "private or symmetric",
            ),
            (
                "a private key",
                "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"s\",\"n\":\"AQ\",\"e\":\"AQAB\",\"d\":\"AQ\"}]}",
                "private or symmetric",
            ),
            ("too large", large.as_str(), "at most 65536"),
        ] {
            let fault = push_keys(&world, ARN, Some(jwks), 9).unwrap_err();
            assert!(
                fault.code == "ValidationError" && fault.text.contains(words),
                "{sentence}: {}",
                fault.text
            );
        }
        for arn in [
            "x",
            "arn:aws:iam::000000000000:oidc-provider/b.example",
            "arn:aws:iam::111111111111:oidc-provider/a.example",
            "arn:aws-cn:iam::000000000000:oidc-provider/a.example",
            "arn:aws:iam::000000000000:role/a.example",
        ] {
            assert!(push_keys(&world, arn, Some(&jwks), 9).is_err(), "{arn}");
        }
        assert_eq!(
            push_keys(&world, ARN, None, 9).unwrap_err().code,
            "NoSuchEntity"
        );
    }

    #[test]
    fn a_store_from_before_there_were_pushed_keys_loads() {
        let world = world(None);
        let old = serde_json::to_string(
            world
                .provider(&AccountId::parse("000000000000").unwrap(), "a.example")
                .unwrap(),
        )
        .unwrap();
        assert!(
            !old.contains("keys"),
            "and one without them can still be read by an older server"
        );
        assert!(
            serde_json::from_str::<Provider>(&old)
                .unwrap()
                .keys
                .is_none()
        );
    }
}
