//! Turns for work beside the workers: so much of it at a time, whether or not anybody still waits for it.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinError;

/// So many turns.
pub(crate) struct Turns(Arc<Semaphore>);

impl Turns {
    pub(crate) fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once)))
    }

    /// Does `work` when its turn comes.
    ///
    /// # Errors
    /// When the work panics.
    pub(super) async fn take<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
        let turn = Arc::clone(&self.0).acquire_owned().await;
        // The turn is the work's own: a caller that hangs up ends the wait, never the work.
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn who_hangs_up_gives_no_turn_to_others() {
        let turns = Arc::new(Turns::new(1));
        let ((begin, begun), (go_on, wait)) = (oneshot::channel(), channel::<()>());
        let theirs = Arc::clone(&turns);
        let caller = tokio::spawn(async move {
            let work = move || (begin.send(()), wait.recv());
            theirs.take(work).await
        });
        begun.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        assert_eq!(turns.0.available_permits(), 0, "the work goes on, so its turn is not over");
        go_on.send(()).unwrap();
        turns.take(|| ()).await.unwrap();
    }

    #[tokio::test]
    async fn work_that_panics_ends_its_turn() {
        let turns = Turns::new(1);
        assert!(turns.take(|| panic!("on purpose")).await.is_err());
        turns.take(|| ()).await.unwrap();
    }
}
