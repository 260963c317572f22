//! The decision log: for each account a bounded share of files beside the store, written by one
//! thread, and small rings for refusals of callers whom nobody knows. A stranger's noise never
//! pushes out what was decided about a known caller, nor one account's calls what was decided about
//! another's.

mod file;
mod lines;

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use authority::record::{Outcome, Record};
use policy::AccountId;
use wire::RequestId;

use file::{Log, Unwritten, count, older};
use lines::Lines;

use crate::limits::{
    GATHER, GATHERED_BYTES, OPEN_DECISION_FILES, QUEUE, QUEUE_OF_EACH, QUEUE_OF_ONE,
    STRANGERS_RING, UNWRITTEN_BYTES_OF_ALL,
};
use crate::telemetry::{Counters, DropReason};

/// Whose part of the log a record is kept in; none where no account is known.
type Share = Option<AccountId>;

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

/// The thread that writes.
#[derive(Debug)]
pub struct Writer(std::thread::JoinHandle<()>);

enum Message {
    Keep(Share, Vec<u8>),
    Flush(SyncSender<()>),
}

/// Which record is looked for.
#[derive(Clone, Debug)]
pub enum Which {
    /// The one of this request.
    Request(RequestId),
    /// The latest denial.
    LatestDenial,
}

/// Where the files are.
#[derive(Clone, Debug)]
struct Places {
    /// A file for each share.
    shares: PathBuf,
    /// The one file of all accounts that 0.1 wrote. Nothing is added to it.
    before: PathBuf,
}

impl Places {
    fn share(&self, share: &Share) -> PathBuf {
        self.shares.join(format!(
            "{}.jsonl",
            share.as_ref().map_or("none", AccountId::as_str)
        ))
    }

    /// Every file, the one that was written last at the end.
    fn all(&self) -> Vec<PathBuf> {
        let mut found: Vec<(SystemTime, PathBuf)> = Vec::new();
        let entries = std::fs::read_dir(&self.shares)
            .into_iter()
            .flatten()
            .map_while(Result::ok)
            .map(|entry| entry.path());
        for path in entries.chain([older(&self.before), self.before.clone()]) {
            if let Ok(at) = std::fs::metadata(&path).and_then(|file| file.modified()) {
                found.push((at, path));
            }
        }
        found.sort();
        found.into_iter().map(|(_, path)| path).collect()
    }
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
        let work = Work {
            logs,
            places: places.clone(),
            waiting: Arc::clone(&waiting),
            counters: Arc::clone(&counters),
        };
        let writer = std::thread::Builder::new()
            .name("decisions".to_owned())
            .spawn(move || work.write(&inbox))?;
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

impl Writer {
    /// Waits until everything is written: until nobody is left who could keep a decision. Blocks.
    pub fn finish(self) {
        if self.0.join().is_err() {
            tracing::error!("the writer of decisions did not end well");
        }
    }
}

fn matches(record: &Record, which: &Which) -> bool {
    match which {
        Which::Request(id) => record.request_id == *id,
        Which::LatestDenial => record.evidence.outcome == Outcome::Denied,
    }
}

/// What the thread has.
struct Work {
    logs: HashMap<Share, Log>,
    places: Places,
    waiting: Arc<Mutex<HashMap<Share, usize>>>,
    counters: Arc<Counters>,
}

impl Work {
    fn write(mut self, inbox: &Receiver<Message>) {
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

#[cfg(test)]
mod tests {
    use authority::record::Who;
    use authority::refusal::{Busy, busy};

    use super::*;
    use crate::limits::DECISION_FILE_BYTES;

    fn id(id: u8) -> RequestId {
        RequestId::from_entropy([id; 16])
    }

    fn record(number: u8) -> Record {
        Record::new(
            id(number),
            i64::from(number),
            "127.0.0.1".to_owned(),
            *busy(Busy::Bodies).evidence,
        )
    }

    fn by(number: u8, account: &str, long: usize) -> Record {
        let mut record = record(number);
        record.evidence.who = Who {
            arn: Some(format!("arn:aws:sts::{account}:assumed-role/r/s")),
            ..Who::default()
        };
        // Whoever asks for another's things does it at the own cost.
        record.evidence.account = Some(AccountId::parse("333333333333").unwrap());
        record.evidence.operation = "x".repeat(long);
        record
    }

    /// Files by name, and their lengths.
    fn files(folder: &Path) -> Vec<(String, u64)> {
        let entries = std::fs::read_dir(folder.join("decisions"))
            .unwrap()
            .map(Result::unwrap);
        let mut found: Vec<_> = entries
            .map(|entry| {
                (
                    entry.file_name().into_string().unwrap(),
                    entry.metadata().unwrap().len(),
                )
            })
            .collect();
        found.sort();
        found
    }

    #[test]
    fn attack_60_one_accounts_flood_pushes_out_its_own_records_only() {
        let folder = tempfile::tempdir().unwrap();
        let (decisions, writer) = Decisions::open(folder.path(), Arc::default()).unwrap();
        decisions.keep(by(1, "222222222222", 10), false);
        decisions.keep(by(2, "111111111111", 10), false);
        // Three times its share.
        for _ in 0..6 * DECISION_FILE_BYTES / 16_000 {
            decisions.keep(by(3, "111111111111", 16_000), false);
            while decisions.waiting.lock().unwrap().values().sum::<usize>() >= QUEUE_OF_ONE {
                std::thread::yield_now();
            }
        }
        assert!(
            decisions.find(&Which::Request(id(1))).is_some(),
            "another account's is there"
        );
        assert!(decisions.find(&Which::Request(id(3))).is_some());
        assert!(
            decisions.find(&Which::Request(id(2))).is_none(),
            "its own is gone"
        );
        drop(decisions);
        writer.finish();
        let files = files(folder.path());
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "111111111111.1.jsonl",
                "111111111111.jsonl",
                "222222222222.jsonl",
                "none.jsonl"
            ]
        );
        assert!(
            files
                .iter()
                .all(|(_, length)| *length <= DECISION_FILE_BYTES),
            "{files:?}"
        );
    }

    #[test]
    fn attack_60_one_account_does_not_fill_the_queue() {
        let folder = tempfile::tempdir().unwrap();
        let (queue, inbox) = channel();
        let places = Places {
            shares: folder.path().to_owned(),
            before: folder.path().join("x"),
        };
        let (lines, rings, waiting) = Default::default();
        let counters = Arc::<Counters>::default();
        // Nobody writes.
        let decisions = Decisions {
            queue,
            waiting,
            rings,
            lines,
            counters: Arc::clone(&counters),
            places,
        };
        for _ in 0..QUEUE {
            decisions.keep(by(1, "111111111111", 10), false);
        }
        decisions.keep(by(2, "222222222222", 10), false);
        assert_eq!(inbox.try_iter().count(), QUEUE_OF_ONE + 1);
        let dropped = counters.dropped_records.add(DropReason::Queue, 0);
        assert_eq!(dropped, (QUEUE - QUEUE_OF_ONE) as u64);
    }

    #[test]
    fn attack_74_many_accounts_floods_leave_room_for_the_next_and_no_file_grows_beyond_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let (queue, inbox) = channel();
        let places = Places {
            shares: folder.path().join("decisions"),
            before: folder.path().join("x"),
        };
        std::fs::create_dir(&places.shares).unwrap();
        let (lines, rings, counters) = Default::default();
        let waiting = Arc::<Mutex<HashMap<Share, usize>>>::default();
        let decisions = Decisions {
            queue,
            waiting: Arc::clone(&waiting),
            rings,
            lines,
            counters,
            places: places.clone(),
        };
        // Nobody writes yet.
        for account in ["1", "2", "3", "4", "5"] {
            for _ in 0..QUEUE_OF_ONE + 1 {
                decisions.keep(by(1, &account.repeat(12), 15_000), false);
            }
        }
        decisions.keep(by(2, "666666666666", 10), false);
        let waits = |account: &str| {
            waiting
                .lock()
                .unwrap()
                .get(&AccountId::parse(&account.repeat(12)).ok())
                .copied()
        };
        assert_eq!(
            (waits("4"), waits("5"), waits("6")),
            (Some(QUEUE_OF_ONE), Some(QUEUE_OF_EACH), Some(1))
        );
        drop(decisions);
        // More than a file has room for, at once.
        let counters = Arc::<Counters>::default();
        let work = Work {
            logs: HashMap::new(),
            places,
            waiting: Arc::clone(&waiting),
            counters: Arc::clone(&counters),
        };
        work.write(&inbox);
        assert_eq!(counters.dropped_records.add(DropReason::Disk, 0), 0);
        assert!(waiting.lock().unwrap().is_empty());
        let files = files(folder.path());
        assert_eq!(files.len(), 4 * 2 + 2);
        assert!(
            files
                .iter()
                .all(|(_, length)| *length <= DECISION_FILE_BYTES),
            "{files:?}"
        );
    }

    #[test]
    fn what_0_1_wrote_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let line = |number: u8| {
            let mut json = serde_json::to_value(record(number)).unwrap();
            // As it was then.
            assert!(
                json.as_object_mut().unwrap().remove("leftOut").is_none(),
                "and as it is where nothing is left out"
            );
            format!("{json}\n")
        };
        std::fs::write(folder.path().join("decisions.jsonl"), line(7)).unwrap();
        std::fs::write(folder.path().join("decisions.1.jsonl"), line(6)).unwrap();
        let (decisions, _) = Decisions::open(folder.path(), Arc::default()).unwrap();
        for number in [6, 7] {
            assert_eq!(
                decisions.find(&Which::Request(id(number))),
                Some(record(number))
            );
        }
        assert_eq!(decisions.find(&Which::LatestDenial), Some(record(7)));
        decisions.keep(record(8), false);
        assert_eq!(decisions.find(&Which::LatestDenial), Some(record(8)));
        assert_eq!(
            std::fs::read_to_string(folder.path().join("decisions.jsonl")).unwrap(),
            line(7),
            "nothing is added to it"
        );
    }

    #[test]
    fn a_letter_that_was_cut_off_hides_no_later_record() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("decisions")).unwrap();
        // The first byte of two.
        std::fs::write(
            folder.path().join("decisions/none.jsonl"),
            b"{\"at\":1,\"resource\":\"\xc3",
        )
        .unwrap();
        let (decisions, _) = Decisions::open(folder.path(), Arc::default()).unwrap();
        decisions.keep(record(7), false);
        assert_eq!(decisions.find(&Which::Request(id(7))), Some(record(7)));
    }

    #[test]
    fn records_go_on_in_a_full_file_that_cannot_be_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let shares = folder.path().join("decisions");
        std::fs::create_dir(&shares).unwrap();
        let path = shares.join("none.jsonl");
        File::create(&path)
            .unwrap()
            .set_len(DECISION_FILE_BYTES)
            .unwrap();
        for in_the_way in ["none.next.jsonl", "none.1.jsonl"] {
            let in_the_way = shares.join(in_the_way);
            std::fs::create_dir_all(&in_the_way).unwrap();
            let (decisions, _) = Decisions::open(folder.path(), Arc::default()).unwrap();
            decisions.keep(record(7), false);
            assert_eq!(decisions.find(&Which::Request(id(7))), Some(record(7)));
            assert!(
                std::fs::metadata(&path).unwrap().len() > DECISION_FILE_BYTES,
                "nothing was set aside"
            );
            std::fs::remove_dir(&in_the_way).unwrap();
        }
        let (decisions, _) = Decisions::open(folder.path(), Arc::default()).unwrap();
        decisions.keep(record(8), false);
        assert_eq!(decisions.find(&Which::LatestDenial), Some(record(8)));
        assert!(
            std::fs::metadata(&path).unwrap().len() < DECISION_FILE_BYTES,
            "set aside as soon as it can be"
        );
        let names: Vec<_> = files(folder.path())
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["none.1.jsonl", "none.jsonl"]);
    }
}
