//! A writer's work, on its way through a transaction that it shares with others.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::rows::Tables;
use super::types::Trouble;

pub(super) trait Job: Send + Sync + std::fmt::Debug {
    /// Runs in the transaction. An error is one of disk or index, so nobody's work is kept.
    fn run(&self, tables: &mut Tables<'_>) -> Result<(), Trouble>;
    /// The transaction was committed, or failed for all.
    fn end(&self, committed: Result<(), Trouble>);
}

/// How far it is.
pub(super) enum State<F, T> {
    Waiting(F),
    Ran(Result<T, Trouble>),
    Ended(Result<T, Trouble>),
    Empty,
}

/// One writer's work.
pub(super) struct Write<F, T>(Mutex<State<F, T>>);

impl<F, T> std::fmt::Debug for Write<F, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Write")
    }
}

impl<F, T> Write<F, T> {
    pub(super) fn new(work: F) -> Self {
        Self(Mutex::new(State::Waiting(work)))
    }

    pub(super) fn is_ended(&self) -> bool {
        matches!(*held(&self.0), State::Ended(_))
    }

    pub(super) fn take(&self, next: State<F, T>) -> State<F, T> {
        std::mem::replace(&mut held(&self.0), next)
    }
}

impl<F, T> Job for Write<F, T>
where
    F: FnOnce(&mut Tables<'_>) -> Result<T, Trouble> + Send,
    T: Send,
{
    fn run(&self, tables: &mut Tables<'_>) -> Result<(), Trouble> {
        let State::Waiting(write) = self.take(State::Empty) else {
            return Ok(());
        };
        let outcome = write(tables);
        let failed = match &outcome {
            Err(failed @ (Trouble::Io(_) | Trouble::Full)) => Err(failed.clone()),
            _ => Ok(()),
        };
        self.take(State::Ran(outcome));
        failed
    }

    fn end(&self, committed: Result<(), Trouble>) {
        let state = self.take(State::Empty);
        self.take(State::Ended(match (state, committed) {
            (_, Err(failed)) => Err(failed),
            (State::Ran(outcome) | State::Ended(outcome), Ok(())) => outcome,
            (State::Waiting(_) | State::Empty, Ok(())) => {
                Err(Trouble::Io("a write was not run".to_owned()))
            }
        }));
    }
}

pub(super) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
