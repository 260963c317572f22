//! The counters. They begin with zero at a start, as Prometheus expects of a process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use authority::record::{Link, Outcome};

use super::label::{DropReason, FaceName, FetchKind, FetchOutcome, Labels, WriteOutcome};

/// Everything that is counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Every decision that is kept, of strangers too.
    pub(crate) decisions: Counter<(Outcome, Link)>,
    /// Records that are in no file, although they should be.
    pub(crate) dropped_records: Counter<DropReason>,
    /// Connections that a listener took.
    pub(crate) accepted: Counter<FaceName>,
    /// Those of them that are open.
    pub(super) open: Counter<FaceName>,
    /// Those of them that were closed unanswered.
    pub(crate) refused: Counter<FaceName>,
    /// Connections that the system did not hand over.
    pub(crate) not_accepted: Counter<FaceName>,
    pub(crate) fetches: Counter<(FetchKind, FetchOutcome)>,
    pub(crate) writes: Counter<WriteOutcome>,
}

/// One number for each value of its labels.
#[derive(Debug)]
pub(crate) struct Counter<L> {
    cells: Vec<(L, AtomicU64)>,
}

#[expect(
    private_bounds,
    reason = "which labels there are is decided beside this file"
)]
impl<L: Labels> Counter<L> {
    /// Counts one more, and tells how many there are now.
    pub(crate) fn one(&self, of: L) -> u64 {
        self.add(of, 1)
    }

    /// Counts some more, and tells how many there are now.
    pub(crate) fn add(&self, of: L, more: u64) -> u64 {
        // Some twenty at most: looking through them costs less than a hash. Relaxed, because the
        // numbers order nothing; each is exact by itself.
        self.cell(of)
            .map_or(0, |cell| cell.fetch_add(more, Ordering::Relaxed) + more)
    }

    fn less_one(&self, of: L) {
        if let Some(cell) = self.cell(of) {
            cell.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Every value with its count.
    pub(super) fn each(&self) -> impl Iterator<Item = (L, u64)> {
        self.cells
            .iter()
            .map(|(labels, cell)| (*labels, cell.load(Ordering::Relaxed)))
    }

    fn cell(&self, of: L) -> Option<&AtomicU64> {
        self.cells
            .iter()
            .find(|(labels, _)| *labels == of)
            .map(|(_, cell)| cell)
    }
}

impl<L: Labels> Default for Counter<L> {
    fn default() -> Self {
        Self {
            cells: L::all()
                .into_iter()
                .map(|labels| (labels, AtomicU64::new(0)))
                .collect(),
        }
    }
}

/// A connection that counts as open until it is dropped.
#[derive(Debug)]
pub(crate) struct OpenConnection {
    counters: Arc<Counters>,
    face: FaceName,
}

impl OpenConnection {
    /// Counts a connection that a listener took.
    pub(crate) fn accepted(counters: &Arc<Counters>, face: FaceName) -> Self {
        counters.accepted.one(face);
        counters.open.one(face);
        Self {
            counters: Arc::clone(counters),
            face,
        }
    }

    /// It is closed unanswered.
    pub(crate) fn refuse(self) {
        self.counters.refused.one(self.face);
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.counters.open.less_one(self.face);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count<L: Labels>(counter: &Counter<L>, of: L) -> u64 {
        counter.each().find(|(labels, _)| *labels == of).unwrap().1
    }

    #[test]
    fn each_value_has_a_number_of_its_own() {
        let counters = Counters::default();
        assert_eq!(counters.decisions.one((Outcome::Denied, Link::Token)), 1);
        assert_eq!(counters.decisions.add((Outcome::Denied, Link::Token), 2), 3);
        counters.decisions.one((Outcome::Allowed, Link::Token));
        assert_eq!(
            count(&counters.decisions, (Outcome::Denied, Link::Token)),
            3
        );
        assert_eq!(
            counters
                .decisions
                .each()
                .map(|(_, count)| count)
                .sum::<u64>(),
            4
        );
    }

    #[test]
    fn a_connection_is_open_until_it_is_dropped() {
        let counters = Arc::<Counters>::default();
        let (one, other) = (FaceName::Api, FaceName::Issuer);
        let held = OpenConnection::accepted(&counters, one);
        OpenConnection::accepted(&counters, one).refuse();
        drop(OpenConnection::accepted(&counters, other));
        assert_eq!(
            (
                count(&counters.accepted, one),
                count(&counters.accepted, other)
            ),
            (2, 1)
        );
        assert_eq!(
            (count(&counters.open, one), count(&counters.open, other)),
            (1, 0)
        );
        assert_eq!(
            (
                count(&counters.refused, one),
                count(&counters.refused, other)
            ),
            (1, 0)
        );
        drop(held);
        assert_eq!(count(&counters.open, one), 0);
    }
}
