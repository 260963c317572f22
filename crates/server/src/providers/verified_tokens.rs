//! Tokens that were verified before: a pod sends one token for up to its whole life, and the signature is half the cost
//! of an exchange.
//!
//! An entry belongs to one provider of one account, as that provider was, and to one key set. Whoever has the token's
//! text can learn from the time taken that it was seen here; without the text there is nothing to ask with, since the
//! name of an entry is the token's SHA-256.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use authority::{Provider, exchange};
use policy::AccountId;
use token::{KeySet, Verified};

/// Entries of one half. Of a token the claims that are asked for later are kept: less than 1 kB of most, so two halves of
/// 2,048 entries are some 4 MB.
const HALF: usize = 2_048;
/// Longest token that is kept.
const LONGEST: usize = 4_096;
/// What a kept token may take in memory: 4,096 of them take 64 MB at the worst. Fifty session tags take some 12 kB.
const HEAVIEST: usize = 16 * 1024;

/// A token's place: the account that was asked and the SHA-256 of the token.
type Name = (AccountId, [u8; 32]);

/// A verified token, and what it was verified against.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) provider: Arc<Provider>,
    pub(crate) keys: Arc<KeySet>,
    pub(crate) verified: Arc<Verified>,
}

impl Kept {
    /// Whether it is as good as verified anew: by the provider and the keys as they are now, at this time. `keys` are only
    /// asked for where the provider is the same.
    pub(crate) fn holds(&self, provider: Option<&Arc<Provider>>, keys: impl FnOnce() -> Option<Arc<KeySet>>, at: i64) -> bool {
        let issuer = self.provider.issuer();
        provider.is_some_and(|current| Arc::ptr_eq(current, &self.provider))
            && keys().is_some_and(|current| Arc::ptr_eq(&current, &self.keys))
            && self.verified.still_holds(&exchange::expectation(&issuer, &self.provider), at).is_ok()
    }
}

/// Two halves: when the young one is full it becomes the old one, and what nobody asked for since then is dropped.
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
    /// A token that was verified for this account; the caller asks [`Kept::holds`].
    pub(crate) fn get(&self, account: &AccountId, digest: [u8; 32]) -> Option<Kept> {
        let name = (account.clone(), digest);
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = halves.young.get(&name) {
            return Some(kept.clone());
        }
        let kept = halves.old.remove(&name)?;
        halves.put(name, kept.clone());
        Some(kept)
    }

    /// Keeps a token that was just verified.
    pub(crate) fn put(&self, account: &AccountId, digest: [u8; 32], length: usize, kept: Kept) {
        if length <= LONGEST && kept.verified.weight() <= HEAVIEST {
            self.halves.lock().unwrap_or_else(PoisonError::into_inner).put((account.clone(), digest), kept);
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
        if self.young.len() >= HALF {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(name, kept);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use policy::Arn;
    use token::{Algorithm, DEFAULT_MAX_AGE, Expectation, Owner, SigningKey, Unverified, public_jwks, sign_claims};

    use super::*;

    fn kept() -> Kept {
        kept_with(serde_json::json!({}))
    }

    fn kept_with(more: serde_json::Value) -> Kept {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let (keys, _) = KeySet::admit(Owner::new("p"), public_jwks(&[&key]).as_bytes()).unwrap();
        let mut claims = serde_json::json!({ "iss": "https://a.example", "sub": "s", "aud": "c", "iat": 0, "exp": 100 });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let token = sign_claims(&key, claims.as_object().unwrap()).unwrap();
        let expectation =
            Expectation { issuer: "https://a.example", client_ids: &["c".to_owned()], max_age: DEFAULT_MAX_AGE, claims: &[] };
        let verified = Unverified::read(&token).unwrap().verify(&keys, &expectation, 1).unwrap();
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
        // Kept tokens are checked again for what time changes.
        assert!(verified.still_holds(&expectation, 99).is_ok() && verified.still_holds(&expectation, 100).is_err());
        assert!(verified.still_holds(&Expectation { client_ids: &[], ..expectation }, 1).is_err());
        assert!(verified.still_holds(&Expectation { issuer: "https://b.example", ..expectation }, 1).is_err());
        Kept { provider: Arc::new(provider), keys: Arc::new(keys), verified: Arc::new(verified) }
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
        assert!(tokens.get(&account("1"), digest(1)).is_none(), "another account");
        assert!(tokens.get(&account("0"), digest(2)).is_none(), "another token");
        tokens.put(&account("0"), digest(3), LONGEST + 1, kept);
        assert!(tokens.get(&account("0"), digest(3)).is_none(), "too long to be kept");
        tokens.forget(&account("0"), digest(1));
        assert!(tokens.get(&account("0"), digest(1)).is_none());
    }

    #[test]
    fn a_token_that_was_verified_still_has_to_hold() {
        let kept = kept();
        let (provider, keys) = (Arc::clone(&kept.provider), Arc::clone(&kept.keys));
        let made_anew = Arc::new(Provider::clone(&provider));
        let (same_text, _) = KeySet::admit(Owner::new("p"), br#"{"keys":[]}"#).unwrap();
        let fetched_anew = Arc::new(same_text);
        for (sentence, provider, keys, at, holds) in [
            ("in its last second", Some(&provider), Some(&keys), 99, true),
            ("at its end, which has no grace", Some(&provider), Some(&keys), 100, false),
            ("its provider was deleted", None, Some(&keys), 1, false),
            ("its provider was made anew, word for word", Some(&made_anew), Some(&keys), 1, false),
            ("its keys are gone", Some(&provider), None, 1, false),
            ("its issuer has other keys", Some(&provider), Some(&fetched_anew), 1, false),
        ] {
            assert_eq!(kept.holds(provider, || keys.cloned(), at), holds, "{sentence}");
        }
        let other_audience = Provider { client_ids: vec!["other".to_owned()], ..Provider::clone(&provider) };
        let other_audience = Kept { provider: Arc::new(other_audience), ..kept.clone() };
        assert!(!other_audience.holds(Some(&other_audience.provider), || Some(Arc::clone(&keys)), 1), "another audience");
    }

    #[test]
    fn attack_51_a_token_of_many_small_objects_is_not_kept() {
        let tokens = VerifiedTokens::default();
        let objects: Vec<_> = (0..390).map(|_| serde_json::json!({ "": 0 })).collect();
        let tags: serde_json::Map<_, _> =
            (0..50).map(|n| (format!("key-of-a-tag-{n}"), serde_json::json!([format!("value-{n}")]))).collect();
        for (place, claim, keeps) in [
            ("elsewhere, where nobody looks", serde_json::json!({ "a": objects }), true),
            ("in a claim that is kept", serde_json::json!({ "https://aws.amazon.com/x": objects }), false),
            ("fifty tags", serde_json::json!({ "https://aws.amazon.com/tags": { "principal_tags": tags } }), true),
        ] {
            let kept = kept_with(claim);
            assert_eq!(kept.verified.weight() <= HEAVIEST, keeps, "{place}: {}", kept.verified.weight());
            tokens.put(&account("0"), digest(7), 3_900, kept);
            assert_eq!(tokens.get(&account("0"), digest(7)).is_some(), keeps, "{place}");
            tokens.forget(&account("0"), digest(7));
        }
    }

    #[test]
    fn attack_51_however_many_tokens_come_few_are_kept_and_those_in_use_stay() {
        let (tokens, kept) = (VerifiedTokens::default(), kept());
        for number in 0..20_000 {
            tokens.put(&account("0"), digest(number), 1_000, kept.clone());
            assert!(tokens.get(&account("0"), digest(0)).is_some(), "one that is used all the time, after {number}");
        }
        let halves = tokens.halves.lock().unwrap();
        assert!(halves.young.len() + halves.old.len() <= 2 * HALF);
    }
}
