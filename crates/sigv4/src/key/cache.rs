//! Derived keys that were used lately. Deriving one costs more than the rest of a verification, and
//! a client signs with one key for a whole day.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest;
use zeroize::Zeroizing;

use super::signing::{Deriving, SigningKey};

/// Enough for as many clients as one server has connections; about 1.3 KiB each, so some 5 MiB.
const MOST: usize = 4_096;

/// Derived keys that were used lately, by all that they are derived from.
///
/// Only a key whose signature held is kept, so strangers cannot push out what is used.
pub struct DerivedKeys {
    most: usize,
    kept: Mutex<Generations>,
}

/// Keys of late, and those of before: when there are enough of late they become those of before,
/// which are forgotten.
#[derive(Default)]
struct Generations {
    late: HashMap<Id, SigningKey>,
    before: HashMap<Id, SigningKey>,
}

/// A hash of everything that a key is derived from, the secret too: another secret of the same
/// access key id is another entry, and what is kept shows no secret.
pub(crate) type Id = [u8; 32];

impl Default for DerivedKeys {
    fn default() -> Self {
        Self::new(MOST)
    }
}

impl DerivedKeys {
    /// Keeps at most `most` keys.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            kept: Mutex::default(),
        }
    }

    /// The key, if it was used lately.
    pub(crate) fn find(&self, id: &Id) -> Option<SigningKey> {
        let mut kept = self.lock();
        if let Some(key) = kept.late.get(id) {
            return Some(key.clone());
        }
        let key = kept.before.remove(id)?;
        self.put(&mut kept, *id, key.clone());
        Some(key)
    }

    /// Keeps a key whose signature held.
    pub(crate) fn keep(&self, id: Id, key: SigningKey) {
        self.put(&mut self.lock(), id, key);
    }

    fn put(&self, kept: &mut Generations, id: Id, key: SigningKey) {
        // Both generations together are within the bound.
        let each = self.most / 2;
        if each == 0 {
            return;
        }
        if kept.late.len() >= each {
            kept.before = std::mem::take(&mut kept.late);
        }
        kept.late.insert(id, key);
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        // Nothing in here can be half done: a poisoned lock is as good as any.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for DerivedKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DerivedKeys(..)")
    }
}

/// What a key is kept under.
pub(crate) fn id(of: &Deriving<'_>) -> Id {
    let mut text = Zeroizing::new(Vec::with_capacity(256));
    text.extend_from_slice(of.algorithm.as_str().as_bytes());
    for word in [
        of.id.as_str(),
        of.secret.expose(),
        &of.scope.date,
        &of.scope.region,
        &of.scope.service,
    ] {
        // Lengths first: no two lists of words have one text.
        text.extend_from_slice(&word.len().to_be_bytes());
        text.extend_from_slice(word.as_bytes());
    }
    let mut id = [0; 32];
    for (to, from) in id
        .iter_mut()
        .zip(digest::digest(&digest::SHA256, &text).as_ref())
    {
        *to = *from;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::{AccessKeyId, SecretKey};
    use crate::scope::{Algorithm, Scope};

    fn with<T>(id: &str, secret: &str, region: &str, of: impl Fn(&Deriving<'_>) -> T) -> T {
        of(&Deriving {
            algorithm: Algorithm::HmacSha256,
            id: &AccessKeyId::parse(id).unwrap(),
            secret: &SecretKey::new(secret.to_owned()),
            scope: &Scope {
                date: "20150830".to_owned(),
                region: region.to_owned(),
                service: "s3".to_owned(),
            },
        })
    }

    #[test]
    fn everything_that_a_key_is_derived_from_tells_entries_apart() {
        let plain = with("AKID", "secret", "us-east-1", id);
        assert_eq!(plain, with("AKID", "secret", "us-east-1", id));
        for (sentence, other) in [
            ("another id", with("AKIE", "secret", "us-east-1", id)),
            ("another secret", with("AKID", "secrets", "us-east-1", id)),
            ("another region", with("AKID", "secret", "us-east-2", id)),
            ("moved letters", with("AKIDS", "ecret", "us-east-1", id)),
        ] {
            assert_ne!(plain, other, "{sentence}");
        }
    }

    #[test]
    fn it_is_bounded_and_keeps_what_is_used() {
        let keys = DerivedKeys::new(8);
        let key = with("AKID", "secret", "us-east-1", |of| of.derive()).unwrap();
        keys.keep([0; 32], key.clone());
        for number in 1..=200_u8 {
            keys.keep([number; 32], key.clone());
            assert!(keys.find(&[0; 32]).is_some(), "{number}");
            let kept = keys.lock();
            assert!(kept.late.len() + kept.before.len() <= 8);
        }
        assert!(keys.find(&[1; 32]).is_none());
        let none = DerivedKeys::new(0);
        none.keep([0; 32], key);
        assert!(none.find(&[0; 32]).is_none());
    }
}
