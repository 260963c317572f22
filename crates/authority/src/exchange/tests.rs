//! What a proof rests on: the provider as it is, its keys as they are, and the time.

use std::collections::BTreeMap;

use policy::{AccountId, Arn};
use token::{Algorithm, Owner, SigningKey, public_jwks, sign_claims};

use super::*;
use crate::record::{Cause, Link};
use crate::world::{Account, Change, Entity};

const ARN: &str = "arn:aws:iam::000000000000:oidc-provider/a.example";

fn provider() -> Provider {
    Provider {
        account: AccountId::parse("000000000000").unwrap(),
        arn: Arn::parse(ARN).unwrap(),
        url: "a.example".to_owned(),
        client_ids: vec!["c".to_owned()],
        thumbprints: vec![],
        tags: BTreeMap::new(),
        created: 0,
        keys: None,
    }
}

fn put(world: &World, entity: Entity) -> Arc<World> {
    Arc::new(
        world
            .fold(world.revision() + 1, &[Change::put(entity)])
            .unwrap(),
    )
}

/// An account with one provider, a call with one of its tokens, and its keys.
struct Facts {
    world: Arc<World>,
    ask: Ask,
    key: SigningKey,
}

impl Facts {
    fn new() -> Self {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let claims = serde_json::json!({ "iss": "https://a.example", "sub": "s", "aud": "c", "iat": 0, "exp": 100 });
        let token = sign_claims(&key, claims.as_object().unwrap()).unwrap();
        let id = AccountId::parse("000000000000").unwrap();
        let account = Account {
            id,
            partition: "aws".to_owned(),
            root_key: None,
        };
        let world = put(&World::default(), Entity::Account(account));
        let form = format!(
            "RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fr&RoleSessionName=s1&WebIdentityToken={token}"
        );
        let ask = read(&Words::read(&form).unwrap()).unwrap();
        Self {
            world: put(&world, Entity::Provider(provider())),
            ask,
            key,
        }
    }

    fn keys(&self) -> Arc<KeySet> {
        Arc::new(
            KeySet::admit(Owner::new(ARN), public_jwks(&[&self.key]).as_bytes())
                .unwrap()
                .0,
        )
    }

    /// Proves the token, over `after` once the keys are there.
    fn prove(
        &self,
        after: &Arc<World>,
        keys: Result<Arc<KeySet>, KeysMissing>,
        now: i64,
    ) -> Result<Proven, Denial> {
        prove(
            Arc::clone(after),
            &self.ask,
            needs(&self.world, &self.ask)?,
            keys,
            now,
        )
    }
}

#[test]
fn a_provider_that_changed_while_its_keys_were_fetched_proves_nothing() {
    let facts = Facts::new();
    let changed = put(
        &facts.world,
        Entity::Provider(Provider {
            client_ids: vec![],
            ..provider()
        }),
    );
    let denial = facts.prove(&changed, Ok(facts.keys()), 1).unwrap_err();
    assert_eq!(
        (denial.fault.code.as_ref(), denial.evidence.link),
        ("IDPCommunicationError", Link::OidcProvider)
    );
    assert!(denial.is_strangers() && matches!(denial.evidence.cause, Some(Cause::NoKeys { .. })));
    // A change to something else is none of the provider's.
    let role = crate::world::Role::bare("000000000000", "r", "AROA");
    let proven = facts
        .prove(&put(&facts.world, Entity::Role(role)), Ok(facts.keys()), 1)
        .unwrap();
    assert_eq!(
        (proven.now(), proven.world().revision()),
        (1, facts.world.revision() + 1)
    );
}

#[test]
fn what_is_missing_is_told_by_whose_fault_it_is() {
    let facts = Facts::new();
    for (missing, code) in [
        (
            KeysMissing::Unreachable("x".to_owned()),
            "IDPCommunicationError",
        ),
        (
            KeysMissing::Certificate("x".to_owned()),
            "InvalidIdentityToken",
        ),
        (KeysMissing::Refused("x".to_owned()), "InvalidIdentityToken"),
    ] {
        let denial = facts
            .prove(&facts.world, Err(missing.clone()), 1)
            .unwrap_err();
        assert_eq!(denial.fault.code, code, "{missing:?}");
    }
    let needed = needs(&facts.world, &facts.ask).unwrap();
    assert_eq!(
        (needed.provider().url.as_str(), needed.kid()),
        ("a.example", facts.key.kid())
    );
    let denial = needs(&World::default(), &facts.ask).unwrap_err();
    assert!(
        matches!(denial.evidence.cause, Some(Cause::NoProvider { .. })),
        "{denial:?}"
    );
}

#[test]
fn a_kept_token_holds_for_the_same_provider_the_same_keys_and_its_time() {
    let facts = Facts::new();
    let keys = facts.keys();
    let kept = facts
        .prove(&facts.world, Ok(Arc::clone(&keys)), 1)
        .unwrap()
        .kept()
        .clone();
    let changed = put(
        &facts.world,
        Entity::Provider(Provider {
            client_ids: vec![],
            ..provider()
        }),
    );
    let gone = Arc::new(World::default());
    for (sentence, world, keys, now, holds) in [
        (
            "all is the same",
            &facts.world,
            Some(Arc::clone(&keys)),
            99,
            true,
        ),
        (
            "it expired",
            &facts.world,
            Some(Arc::clone(&keys)),
            100,
            false,
        ),
        (
            "the same keys, read anew",
            &facts.world,
            Some(facts.keys()),
            1,
            false,
        ),
        ("the keys are gone", &facts.world, None, 1, false),
        (
            "the provider changed",
            &changed,
            Some(Arc::clone(&keys)),
            1,
            false,
        ),
        ("the account is gone", &gone, Some(keys), 1, false),
    ] {
        let proven = kept
            .clone()
            .prove_again(Arc::clone(world), &facts.ask, |_, _| keys, now);
        assert_eq!(proven.is_some(), holds, "{sentence}");
    }
}
