//! The one thread that writes: it gathers what waits, share by share, and makes room for more
//! before it asks the disk.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, Mutex};

use super::file::{Log, Unwritten, count};
use super::places::{Places, Share};
use crate::limits::{GATHER, GATHERED_BYTES, OPEN_DECISION_FILES, QUEUE, UNWRITTEN_BYTES_OF_ALL};
use crate::telemetry::{Counters, DropReason};

/// The thread that writes.
#[derive(Debug)]
pub struct Writer(pub(super) std::thread::JoinHandle<()>);

pub(super) enum Message {
    Keep(Share, Vec<u8>),
    Flush(SyncSender<()>),
}

impl Writer {
    /// Waits until everything is written: until nobody is left who could keep a decision. Blocks.
    pub fn finish(self) {
        if self.0.join().is_err() {
            tracing::error!("the writer of decisions did not end well");
        }
    }
}

/// What the thread has to write with.
pub(super) struct State {
    pub(super) logs: HashMap<Share, Log>,
    pub(super) places: Places,
    pub(super) waiting: Arc<Mutex<HashMap<Share, usize>>>,
    pub(super) counters: Arc<Counters>,
}

impl State {
    pub(super) fn write(mut self, inbox: &Receiver<Message>) {
        while let Ok(first) = inbox.recv() {
            // Only records are gathered; who asks is answered at once.
            if matches!(first, Message::Keep(..)) {
                std::thread::sleep(GATHER);
            }
            let (mut gathered, mut asking) =
                (HashMap::<Share, (usize, Vec<u8>)>::new(), Vec::new());
            for message in std::iter::once(first).chain(inbox.try_iter().take(QUEUE)) {
                match message {
                    Message::Flush(done) => asking.push(done),
                    Message::Keep(share, line) => {
                        let (count, lines) = gathered.entry(share.clone()).or_default();
                        *count += 1;
                        lines.extend(line);
                        if lines.len() > GATHERED_BYTES {
                            let (count, lines) = (std::mem::take(count), std::mem::take(lines));
                            // Room in the queue before the disk: while that is slow, callers would
                            // otherwise be counted as waiting whose records are here already.
                            self.taken(&share, count);
                            self.append(share, &lines);
                        }
                    }
                }
            }
            for (share, (count, lines)) in gathered.into_iter().filter(|(_, (count, _))| *count > 0)
            {
                self.taken(&share, count);
                self.append(share, &lines);
            }
            // Those with unwritten lines stay: closed, they would lose them.
            if self.logs.len() > OPEN_DECISION_FILES {
                self.logs.retain(|_, log| log.unwritten() > 0);
            }
            for done in asking {
                // Whoever asked may have gone.
                let _ = done.send(());
            }
        }
    }

    fn taken(&self, share: &Share, taken: usize) {
        let mut waiting = self
            .waiting
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(count) = waiting.get_mut(share) {
            *count = count.saturating_sub(taken);
            if *count == 0 {
                waiting.remove(share);
            }
        }
    }

    fn append(&mut self, share: Share, lines: &[u8]) {
        // What other shares keep for a full disk counts: together they have a bound.
        let others: usize = self
            .logs
            .iter()
            .filter(|(other, _)| **other != share)
            .map(|(_, log)| log.unwritten())
            .sum();
        // Opened when it is needed: there may be more accounts than open files.
        let log = match self.logs.entry(share) {
            std::collections::hash_map::Entry::Occupied(found) => found.into_mut(),
            std::collections::hash_map::Entry::Vacant(missing) => {
                match Log::open(self.places.share(missing.key())) {
                    Ok(log) => missing.insert(log),
                    Err(error) => {
                        self.counters
                            .dropped_records
                            .add(DropReason::Disk, count(lines));
                        tracing::error!(%error, bytes = lines.len(), "decisions are lost");
                        return;
                    }
                }
            }
        };
        if let Err(Unwritten { error, lost }) =
            log.append(lines, UNWRITTEN_BYTES_OF_ALL.saturating_sub(others))
        {
            self.counters.dropped_records.add(DropReason::Disk, lost);
            tracing::error!(%error, "decisions could not be written");
        }
    }
}
