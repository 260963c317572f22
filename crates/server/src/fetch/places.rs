//! Places to fetch: bounded for each account first, so that none takes those of all others.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use policy::AccountId;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::FetchError;

/// Places of one kind.
#[derive(Debug)]
pub(super) struct Places {
    all: Semaphore,
    /// The most of one account, those that wait for a place of all included.
    of_one: usize,
    /// Only accounts that have some.
    taken: Mutex<HashMap<AccountId, usize>>,
}

impl Places {
    pub(super) fn new(all: usize, of_one: usize) -> Self {
        Self {
            all: Semaphore::new(all),
            of_one,
            taken: Mutex::default(),
        }
    }

    /// A place, given back when dropped; waits while all are taken, but not for others of the same
    /// account.
    ///
    /// # Errors
    /// [`FetchError::TooMany`] when the account has all that it may have.
    pub(super) async fn take(&self, account: &AccountId) -> Result<Place<'_>, FetchError> {
        // The share first, and without waiting: an account whose issuers hang gets an error, and
        // not the whole queue.
        let share = Share::take(self, account).ok_or(FetchError::TooMany)?;
        // An error would mean that the places are closed, which nobody does.
        let permit = self.all.acquire().await.map_err(|_| FetchError::TooMany)?;
        Ok(Place {
            _permit: permit,
            _share: share,
        })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<AccountId, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place that is held.
#[derive(Debug)]
pub(super) struct Place<'a> {
    _permit: SemaphorePermit<'a>,
    _share: Share<'a>,
}

/// One of those that an account may have.
#[derive(Debug)]
struct Share<'a> {
    places: &'a Places,
    account: AccountId,
}

impl<'a> Share<'a> {
    fn take(places: &'a Places, account: &AccountId) -> Option<Self> {
        let mut taken = places.taken();
        let count = taken.get(account).copied().unwrap_or(0);
        if count >= places.of_one {
            return None;
        }
        taken.insert(account.clone(), count + 1);
        Some(Self {
            places,
            account: account.clone(),
        })
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        match taken.get_mut(&self.account) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.account)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(text: &str) -> AccountId {
        AccountId::parse(text).unwrap()
    }

    #[tokio::test]
    async fn an_account_has_its_share_and_leaves_the_rest() {
        let (one, other) = (account("111111111111"), account("222222222222"));
        let places = Places::new(3, 2);
        let held = [
            places.take(&one).await.unwrap(),
            places.take(&one).await.unwrap(),
        ];
        assert!(
            matches!(places.take(&one).await, Err(FetchError::TooMany)),
            "refused at once, it does not wait"
        );
        let theirs = places.take(&other).await.unwrap();
        drop(held);
        assert!(places.take(&one).await.is_ok());
        drop(theirs);
        assert!(
            places.taken().is_empty(),
            "who has nothing under way is forgotten"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_waiting_leaves_nothing_behind() {
        let (one, other) = (account("111111111111"), account("222222222222"));
        let places = Places::new(1, 1);
        let held = places.take(&one).await.unwrap();
        let wait =
            tokio::time::timeout(std::time::Duration::from_millis(20), places.take(&other)).await;
        assert!(wait.is_err() && !places.taken().contains_key(&other));
        drop(held);
        assert!(places.take(&other).await.is_ok());
    }
}
