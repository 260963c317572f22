//! Limits of what runs beside the workers: so much of it at a time, whether or not anybody still
//! waits for it.
//!
//! Each account waits for its own slots first, so that what one account asks for is never all that
//! the others wait behind. Who has no account has one account's slots, together with all others who
//! have none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use policy::AccountId;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinError;

use crate::limits::SLOT_TIMEOUT;

/// So many at a time, and so many of one account.
pub(crate) struct BlockingLimit {
    all: Arc<Semaphore>,
    of_one: usize,
    /// Those of the accounts that have something under way, or had it lately.
    accounts: Mutex<HashMap<Option<AccountId>, Weak<Semaphore>>>,
}

/// One slot, an account's and one of all; over when dropped.
#[expect(dead_code, reason = "held, never read")]
pub(super) struct Slot {
    // Nobody closes these semaphores, so neither is ever an error. Kept as they are, nothing needs
    // to be unwrapped.
    own: Result<OwnedSemaphorePermit, AcquireError>,
    of_all: Result<OwnedSemaphorePermit, AcquireError>,
}

impl BlockingLimit {
    pub(crate) fn new(at_once: usize, of_one_account: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(at_once)),
            of_one: of_one_account,
            accounts: Mutex::default(),
        }
    }

    /// Runs something for an account when there is a slot.
    ///
    /// # Errors
    /// When it panics.
    pub(super) async fn take<T: Send + 'static>(
        &self,
        account: Option<&AccountId>,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let slot = self.next(account).await;
        // The slot goes along: a caller that hangs up ends the wait, never what is running.
        tokio::task::spawn_blocking(move || {
            let _slot = slot;
            run()
        })
        .await
    }

    /// The next slot of an account, if there is one soon.
    pub(super) async fn soon(&self, account: Option<&AccountId>) -> Option<Slot> {
        tokio::time::timeout(SLOT_TIMEOUT, self.next(account))
            .await
            .ok()
    }

    /// The next slot of an account, for what is no single function.
    pub(super) async fn next(&self, account: Option<&AccountId>) -> Slot {
        // The own one first: no account then has more in the queue of all than its share.
        let own = self.of(account).acquire_owned().await;
        Slot {
            own,
            of_all: Arc::clone(&self.all).acquire_owned().await,
        }
    }

    fn of(&self, account: Option<&AccountId>) -> Arc<Semaphore> {
        let account = account.cloned();
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = accounts.get(&account).and_then(Weak::upgrade) {
            return known;
        }
        // Swept when an account is added, which is when the map would grow.
        accounts.retain(|_, slots| slots.strong_count() > 0);
        let slots = Arc::new(Semaphore::new(self.of_one));
        accounts.insert(account, Arc::downgrade(&slots));
        slots
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use tokio::sync::oneshot;

    use super::*;

    fn account(text: &str) -> AccountId {
        AccountId::parse(text).unwrap()
    }

    #[tokio::test]
    async fn who_hangs_up_gives_no_turn_to_others() {
        let limit = Arc::new(BlockingLimit::new(1, 1));
        let ((begin, begun), (go_on, wait)) = (oneshot::channel(), channel::<()>());
        let theirs = Arc::clone(&limit);
        let caller = tokio::spawn(async move {
            let run = move || (begin.send(()), wait.recv());
            theirs.take(Some(&account("111111111111")), run).await
        });
        begun.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        assert_eq!(
            limit.all.available_permits(),
            0,
            "it goes on, so its slot is not free"
        );
        go_on.send(()).unwrap();
        limit
            .take(Some(&account("222222222222")), || ())
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn attack_73_a_turn_goes_with_the_work_and_not_with_who_asked_for_it() {
        let limit = Arc::new(BlockingLimit::new(2, 1));
        let (account, (go_on, wait)) = (account("111111111111"), oneshot::channel::<()>());
        let slot = limit.next(Some(&account)).await;
        // As a call at the store is: on its own.
        let run = tokio::spawn(async move {
            wait.await.unwrap();
            drop(slot);
        });
        let (theirs, own) = (Arc::clone(&limit), account.clone());
        let next = tokio::spawn(async move { theirs.next(Some(&own)).await });
        tokio::task::yield_now().await;
        // Who waits and hangs up is in nobody's way.
        next.abort();
        assert!(
            next.await.is_err_and(|error| error.is_cancelled()),
            "there was no second slot"
        );
        assert_eq!(limit.all.available_permits(), 1, "others have theirs");
        go_on.send(()).unwrap();
        run.await.unwrap();
        drop(limit.next(Some(&account)).await);
        assert_eq!(limit.all.available_permits(), 2);
    }

    #[tokio::test]
    async fn work_that_panics_ends_its_turn() {
        let limit = BlockingLimit::new(1, 1);
        assert!(
            limit
                .take(Some(&account("111111111111")), || panic!("on purpose"))
                .await
                .is_err()
        );
        limit
            .take(Some(&account("222222222222")), || ())
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn attack_56_one_account_leaves_turns_to_the_others() {
        let limit = Arc::new(BlockingLimit::new(2, 1));
        let (begin, begun) = oneshot::channel();
        let (go_on, wait) = channel::<()>();
        let busy = Arc::clone(&limit);
        let first = tokio::spawn(async move {
            let run = move || (begin.send(()), wait.recv());
            busy.take(Some(&account("111111111111")), run)
                .await
                .map(|_| ())
        });
        begun.await.unwrap();
        let queue: Vec<_> = (0..50)
            .map(|_| {
                let limit = Arc::clone(&limit);
                tokio::spawn(async move { limit.take(Some(&account("111111111111")), || ()).await })
            })
            .collect();
        tokio::task::yield_now().await;
        limit
            .take(Some(&account("222222222222")), || ())
            .await
            .unwrap();
        assert!(
            queue.iter().all(|waiting| !waiting.is_finished()),
            "an account has no more than its slots"
        );
        go_on.send(()).unwrap();
        first.await.unwrap().unwrap();
        for waiting in queue {
            waiting.await.unwrap().unwrap();
        }
        limit.of(Some(&account("333333333333")));
        assert_eq!(
            limit.accounts.lock().unwrap().len(),
            1,
            "who has nothing under way is forgotten"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn attack_52_nobody_waits_for_a_turn_until_the_permission_is_an_old_one() {
        let limit = BlockingLimit::new(2, 1);
        let (one, other) = (account("111111111111"), account("222222222222"));
        let held = limit.soon(Some(&one)).await;
        assert!(
            held.is_some() && limit.soon(Some(&one)).await.is_none(),
            "given up, on a clock that runs on by itself"
        );
        assert!(
            limit.soon(Some(&other)).await.is_some(),
            "who waited in vain is in nobody's way"
        );
        drop(held);
        assert!(limit.soon(Some(&one)).await.is_some());
        let nobodys = limit.soon(None).await;
        assert!(
            nobodys.is_some() && limit.soon(None).await.is_none(),
            "all who have no account have the slots of one"
        );
    }
}
