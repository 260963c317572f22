//! Tokens that were verified before: a pod sends one token for up to its whole life, and the
//! signature is half the cost of an exchange.
//!
//! An entry belongs to one provider of one account, as that provider was, and to one key set.
//! Whoever has the token's text can learn from the time taken that it was seen here; without the
//! text there is nothing to ask with, since the name of an entry is the token's SHA-256.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use authority::exchange::Kept;
use policy::AccountId;

use crate::limits::{REMEMBERED_TOKEN_BYTES, REMEMBERED_TOKEN_WEIGHT, VERIFIED_TOKENS};

/// A token's place: the account that was asked and the SHA-256 of the token.
type Name = (AccountId, [u8; 32]);

/// Two halves: when the young one is full it becomes the old one, and what nobody asked for since
/// then is dropped.
#[derive(Debug, Default)]
pub(crate) struct VerifiedTokens {
    halves: Mutex<Halves>,
}

#[derive(Debug, Default)]
struct Halves {
    young: HashMap<Name, Kept>,
    old: HashMap<Name, Kept>,
}

impl VerifiedTokens {
    /// A token that was verified for this account; the caller asks [`Kept::prove_again`].
    pub(crate) fn get(&self, account: &AccountId, digest: [u8; 32]) -> Option<Kept> {
        let name = (account.clone(), digest);
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = halves.young.get(&name) {
            return Some(kept.clone());
        }
        // Moved to the young half: a token in use outlives both.
        let kept = halves.old.remove(&name)?;
        halves.put(name, kept.clone());
        Some(kept)
    }

    /// Keeps a token that was just verified.
    pub(crate) fn put(&self, account: &AccountId, digest: [u8; 32], length: usize, kept: Kept) {
        if length <= REMEMBERED_TOKEN_BYTES && kept.weight() <= REMEMBERED_TOKEN_WEIGHT {
            self.halves
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .put((account.clone(), digest), kept);
        }
    }

    /// Forgets a token that no longer holds.
    pub(crate) fn forget(&self, account: &AccountId, digest: [u8; 32]) {
        let name = (account.clone(), digest);
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        halves.young.remove(&name);
        halves.old.remove(&name);
    }
}

impl Halves {
    fn put(&mut self, name: Name, kept: Kept) {
        if self.young.len() >= VERIFIED_TOKENS {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(name, kept);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use authority::{Account, Change, Entity, Provider, World, exchange};
    use policy::Arn;
    use token::{Algorithm, KeySet, Owner, SigningKey, public_jwks, sign_claims};
    use wire::Words;

    use super::*;

    fn kept() -> Kept {
        kept_with(serde_json::json!({}))
    }

    fn kept_with(more: serde_json::Value) -> Kept {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let mut claims = serde_json::json!({ "iss": "https://a.example", "sub": "s", "aud": "c", "iat": 0, "exp": 100 });
        claims
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let token = sign_claims(&key, claims.as_object().unwrap()).unwrap();
        let provider = Provider {
            account: account("0"),
            arn: Arn::parse("arn:aws:iam::000000000000:oidc-provider/a.example").unwrap(),
            url: "a.example".to_owned(),
            client_ids: vec!["c".to_owned()],
            thumbprints: vec![],
            tags: BTreeMap::new(),
            created: 0,
            keys: None,
        };
        let owner = Owner::new(provider.arn.as_str());
        let (keys, _) = KeySet::admit(owner, public_jwks(&[&key]).as_bytes()).unwrap();
        let account = Account {
            id: account("0"),
            partition: "aws".to_owned(),
            root_key: None,
        };
        let put = |world: &World, entity| {
            Arc::new(
                world
                    .fold(world.revision() + 1, &[Change::put(entity)])
                    .unwrap(),
            )
        };
        let world = put(&World::default(), Entity::Account(account));
        let world = put(&world, Entity::Provider(provider));
        let form = format!(
            "RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fr&RoleSessionName=s1&WebIdentityToken={token}"
        );
        let ask = exchange::read(&Words::read(&form).unwrap()).unwrap();
        let needs = exchange::needs(&world, &ask).unwrap();
        let proven =
            exchange::prove(Arc::clone(&world), &ask, needs, Ok(Arc::new(keys)), 1).unwrap();
        proven.kept().clone()
    }

    fn account(digit: &str) -> AccountId {
        AccountId::parse(&digit.repeat(12)).unwrap()
    }

    fn digest(number: usize) -> [u8; 32] {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.to_be_bytes());
        digest
    }

    #[test]
    fn a_token_is_known_to_the_account_that_it_was_verified_for() {
        let (tokens, kept) = (VerifiedTokens::default(), kept());
        tokens.put(&account("0"), digest(1), 1_000, kept.clone());
        assert!(tokens.get(&account("0"), digest(1)).is_some());
        assert!(
            tokens.get(&account("1"), digest(1)).is_none(),
            "another account"
        );
        assert!(
            tokens.get(&account("0"), digest(2)).is_none(),
            "another token"
        );
        tokens.put(&account("0"), digest(3), REMEMBERED_TOKEN_BYTES + 1, kept);
        assert!(
            tokens.get(&account("0"), digest(3)).is_none(),
            "too long to be kept"
        );
        tokens.forget(&account("0"), digest(1));
        assert!(tokens.get(&account("0"), digest(1)).is_none());
    }

    #[test]
    fn attack_51_a_token_of_many_small_objects_is_not_kept() {
        let tokens = VerifiedTokens::default();
        let objects: Vec<_> = (0..390).map(|_| serde_json::json!({ "": 0 })).collect();
        let tags: serde_json::Map<_, _> = (0..50)
            .map(|n| {
                (
                    format!("key-of-a-tag-{n}"),
                    serde_json::json!([format!("value-{n}")]),
                )
            })
            .collect();
        for (place, claim, keeps) in [
            (
                "elsewhere, where nobody looks",
                serde_json::json!({ "a": objects }),
                true,
            ),
            (
                "in a claim that is kept",
                serde_json::json!({ "https://aws.amazon.com/x": objects }),
                false,
            ),
            (
                "fifty tags",
                serde_json::json!({ "https://aws.amazon.com/tags": { "principal_tags": tags } }),
                true,
            ),
        ] {
            let kept = kept_with(claim);
            assert_eq!(
                kept.weight() <= REMEMBERED_TOKEN_WEIGHT,
                keeps,
                "{place}: {}",
                kept.weight()
            );
            tokens.put(&account("0"), digest(7), 3_900, kept);
            assert_eq!(
                tokens.get(&account("0"), digest(7)).is_some(),
                keeps,
                "{place}"
            );
            tokens.forget(&account("0"), digest(7));
        }
    }

    #[test]
    fn attack_51_however_many_tokens_come_few_are_kept_and_those_in_use_stay() {
        let (tokens, kept) = (VerifiedTokens::default(), kept());
        for number in 0..20_000 {
            tokens.put(&account("0"), digest(number), 1_000, kept.clone());
            assert!(
                tokens.get(&account("0"), digest(0)).is_some(),
                "one that is used all the time, after {number}"
            );
        }
        let halves = tokens.halves.lock().unwrap();
        assert!(halves.young.len() + halves.old.len() <= 2 * VERIFIED_TOKENS);
    }
}
