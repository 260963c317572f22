//! The decision log: for each account a bounded share of files beside the store, written by one
//! thread, and small rings for refusals of callers whom nobody knows. A stranger's noise never
//! pushes out what was decided about a known caller, nor one account's calls what was decided about
//! another's.

mod file;
mod lines;
mod places;
mod writer;

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::sync::{Arc, Mutex};

use authority::record::{Outcome, Record};
use policy::AccountId;
use wire::RequestId;

use file::Log;
use lines::Lines;
use places::{Places, Share};
pub use writer::Writer;
use writer::{Message, State};

use crate::limits::{OPEN_DECISION_FILES, QUEUE, QUEUE_OF_EACH, QUEUE_OF_ONE, STRANGERS_RING};
use crate::telemetry::{Counters, DropReason};

/// The log.
#[derive(Debug)]
pub struct Decisions {
    queue: Sender<Message>,
    /// Records of each share that wait for the writer: what bounds the queue.
    waiting: Arc<Mutex<HashMap<Share, usize>>>,
    rings: Mutex<HashMap<Share, VecDeque<Record>>>,
    lines: Lines,
    counters: Arc<Counters>,
    places: Places,
}

/// Which record is looked for.
#[derive(Clone, Debug)]
pub enum Which {
    /// The one of this request.
    Request(RequestId),
    /// The latest denial.
    LatestDenial,
}

impl Decisions {
    /// Opens the log in a directory.
    ///
    /// # Errors
    /// When no file can be written there.
    pub fn open(folder: &Path, counters: Arc<Counters>) -> std::io::Result<(Self, Writer)> {
        let places = Places {
            shares: folder.join("decisions"),
            before: folder.join("decisions.jsonl"),
        };
        std::fs::DirBuilder::new()
            .recursive(true)
            // Records name callers and resources, which are nobody else's business.
            .mode(0o700)
            .create(&places.shares)?;
        // Opened at once: who uses up all file descriptors later must find the log with its files,
        // and the disk is tried.
        let mut logs = HashMap::from([(None, Log::open(places.share(&None))?)]);
        for path in places.all() {
            let name = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .and_then(|stem| AccountId::parse(stem).ok());
            if let Some(account) = name.filter(|_| logs.len() < OPEN_DECISION_FILES) {
                logs.insert(Some(account), Log::open(path)?);
            }
        }
        let (queue, inbox) = channel();
        let waiting = Arc::<Mutex<HashMap<Share, usize>>>::default();
        let state = State {
            logs,
            places: places.clone(),
            waiting: Arc::clone(&waiting),
            counters: Arc::clone(&counters),
        };
        let writer = std::thread::Builder::new()
            .name("decisions".to_owned())
            .spawn(move || state.write(&inbox))?;
        let log = Self {
            queue,
            waiting,
            rings: Mutex::default(),
            lines: Lines::default(),
            counters,
            places,
        };
        Ok((log, Writer(writer)))
    }

    /// Keeps a decision and says it in the log. `stranger`: nobody proved who asked.
    pub fn keep(&self, record: Record, stranger: bool) {
        self.counters
            .decisions
            .one((record.evidence.outcome, record.evidence.link));
        self.lines.say(&record, stranger);
        // In memory alone: who proves nothing must not be able to fill a disk.
        if stranger {
            let mut rings = self
                .rings
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            let ring = rings.entry(record.evidence.account.clone()).or_default();
            if ring.len() == STRANGERS_RING {
                ring.pop_front();
            }
            ring.push_back(record);
            return;
        }
        match serde_json::to_vec(&record) {
            Ok(mut line) => {
                line.push(b'\n');
                self.enqueue(record.share(), line);
            }
            Err(error) => {
                self.counters.dropped_records.one(DropReason::Encoding);
                tracing::error!(%error, "a decision could not be written");
            }
        }
    }

    fn enqueue(&self, share: Share, line: Vec<u8>) {
        {
            let mut waiting = self
                .waiting
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            // Counted by share: of a bounded channel the first account could take all there is.
            let all: usize = waiting.values().sum();
            let own = waiting.get(&share).copied().unwrap_or(0);
            let has_room = own < QUEUE_OF_EACH || own < QUEUE_OF_ONE && all < QUEUE;
            if has_room && self.queue.send(Message::Keep(share.clone(), line)).is_ok() {
                waiting.insert(share, own + 1);
                return;
            }
        }
        let dropped = self.counters.dropped_records.one(DropReason::Queue);
        // Each would be a line as well.
        if dropped.is_power_of_two() {
            tracing::warn!(dropped, "decisions come faster than they can be written");
        }
    }

    /// Tells in the log what strangers did too often for a line each, until it is dropped.
    pub async fn sum_up_strangers(self: Arc<Self>) {
        self.lines.sum_up_for_good().await;
    }

    /// Finds a decision. Reads files: not for the road of a request.
    pub fn find(&self, which: &Which) -> Option<Record> {
        // The writer empties its queue first: what was decided before the question must be found.
        let (done, wait) = sync_channel(1);
        if self.queue.send(Message::Flush(done)).is_ok() {
            // The writer answers, or is gone: either way there is nothing more to wait for.
            let _ = wait.recv();
        }
        let remembered = {
            let rings = self
                .rings
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            let all = rings
                .values()
                .flatten()
                .filter(|record| matches(record, which));
            all.max_by_key(|record| record.at).cloned()
        };
        let mut found = remembered;
        let words = match which {
            Which::Request(id) => id.to_string(),
            Which::LatestDenial => "denied".to_owned(),
        };
        for path in self.places.all() {
            let Ok(file) = File::open(path) else { continue };
            // As bytes: a letter that was cut off is no text, and must not end the reading.
            for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
                // Most lines are not meant, and need no reading.
                if !line
                    .windows(words.len())
                    .any(|window| window == words.as_bytes())
                {
                    continue;
                }
                let Ok(record) = serde_json::from_slice::<Record>(&line) else {
                    continue;
                };
                // The later line wins: two denials may be of the same second.
                let newer = found.as_ref().is_none_or(|known| record.at >= known.at);
                if newer && matches(&record, which) {
                    found = Some(record);
                }
            }
        }
        found
    }
}

impl Drop for Decisions {
    fn drop(&mut self) {
        self.lines.sum_up();
    }
}

fn matches(record: &Record, which: &Which) -> bool {
    match which {
        Which::Request(id) => record.request_id == *id,
        Which::LatestDenial => record.evidence.outcome == Outcome::Denied,
    }
}

#[cfg(test)]
mod tests;
