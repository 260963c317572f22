//! The decision log: a bounded file beside the store, written by one thread, and small rings for refusals of callers
//! whom nobody knows, so that a stranger's noise never pushes out what was decided about a known one.

use std::collections::{HashMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use authority::record::{Outcome, Record};
use policy::AccountId;
use wire::RequestId;

/// Size at which the file is set aside; one older file is kept beside it.
const MAX_FILE_BYTES: u64 = 32 * 1024 * 1024;
/// Records that wait for the writer. Beyond it they are counted, not waited for.
const QUEUE: usize = 4_096;
/// What is held for a disk that is full: some 10,000 decisions.
const MOST_UNWRITTEN: usize = 8 * 1024 * 1024;
/// How long the writer gathers before it writes. A busy server then wakes it some hundred times a second, not once a decision.
const GATHER: Duration = Duration::from_millis(5);
/// Refusals of strangers that are remembered for each account, and for requests that name none.
const RING: usize = 256;

/// The log.
#[derive(Debug)]
pub struct Decisions {
    queue: SyncSender<Message>,
    rings: Mutex<HashMap<Option<AccountId>, VecDeque<Record>>>,
    dropped: AtomicU64,
    path: PathBuf,
}

/// The thread that writes.
#[derive(Debug)]
pub struct Writer(std::thread::JoinHandle<()>);

enum Message {
    Keep(Box<Record>),
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

impl Decisions {
    /// Opens the log in a directory.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn open(folder: &Path) -> std::io::Result<(Self, Writer)> {
        let path = folder.join("decisions.jsonl");
        let mut file = open(&path)?;
        if !ends_a_line(&path)? {
            // A write that was cut off: the next record must not be glued to it.
            file.write_all(b"\n")?;
        }
        let log = Log::new(file, path.clone())?;
        let (queue, inbox) = sync_channel(QUEUE);
        let writer = std::thread::Builder::new().name("decisions".to_owned()).spawn(move || write(log, &inbox))?;
        Ok((Self { queue, rings: Mutex::default(), dropped: AtomicU64::new(0), path }, Writer(writer)))
    }

    /// Keeps a decision and says it in the log. `stranger`: nobody proved who asked.
    pub fn keep(&self, record: Record, stranger: bool) {
        log(&record);
        if stranger {
            let mut rings = self.rings.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let ring = rings.entry(record.evidence.account.clone()).or_default();
            if ring.len() == RING {
                ring.pop_front();
            }
            ring.push_back(record);
            return;
        }
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.queue.try_send(Message::Keep(Box::new(record))) {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::warn!(dropped, "decisions are made faster than they can be written");
        }
    }

    /// Finds a decision. Reads files: not for the road of a request.
    pub fn find(&self, which: &Which) -> Option<Record> {
        let (done, wait) = sync_channel(1);
        if self.queue.send(Message::Flush(done)).is_ok() {
            // The writer answers, or is gone: either way there is nothing more to wait for.
            let _ = wait.recv();
        }
        let remembered = {
            let rings = self.rings.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let all = rings.values().flatten().filter(|record| matches(record, which));
            all.max_by_key(|record| record.at).cloned()
        };
        let mut found = remembered;
        for path in [older(&self.path), self.path.clone()] {
            let Ok(file) = File::open(path) else { continue };
            // As bytes: a letter that was cut off is no text, and must not end the reading.
            for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
                let Ok(record) = serde_json::from_slice::<Record>(&line) else { continue };
                let newer = found.as_ref().is_none_or(|known| record.at >= known.at);
                if newer && matches(&record, which) {
                    found = Some(record);
                }
            }
        }
        found
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

/// One structured line a decision. It is made of names only: no header, no token, no body ever reaches it.
fn log(record: &Record) {
    if !tracing::enabled!(target: "decision", tracing::Level::INFO) {
        return;
    }
    let evidence = &record.evidence;
    let cause = evidence.cause.as_ref().and_then(|cause| serde_json::to_value(cause).ok());
    let cause = cause.as_ref().and_then(|cause| cause.get("cause")).and_then(|cause| cause.as_str()).unwrap_or("");
    let resource = evidence.asked.last().map_or("", |asked| asked.resource.as_str());
    let link = serde_json::to_value(evidence.link).ok();
    tracing::info!(
        target: "decision",
        request_id = %record.request_id,
        outcome = if evidence.outcome == Outcome::Allowed { "allowed" } else { "denied" },
        operation = %evidence.operation,
        resource,
        link = link.as_ref().and_then(|link| link.as_str()).unwrap_or(""),
        cause,
        principal = evidence.who.arn.as_deref().or(evidence.who.subject.as_deref()).unwrap_or(""),
        role = evidence.who.role.as_deref().unwrap_or(""),
        source_ip = %record.source_ip,
    );
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

fn ends_a_line(path: &Path) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn older(path: &Path) -> PathBuf {
    path.with_extension("1.jsonl")
}

/// The open file, and how long it is.
struct Log {
    file: File,
    length: u64,
    path: PathBuf,
    /// What the last write did not take. It may begin within a line, whose beginning is in the file.
    unwritten: Vec<u8>,
}

fn write(mut log: Log, inbox: &Receiver<Message>) {
    while let Ok(first) = inbox.recv() {
        if matches!(first, Message::Keep(_)) {
            std::thread::sleep(GATHER);
        }
        let (mut lines, mut waiting) = (Vec::new(), Vec::new());
        for message in std::iter::once(first).chain(inbox.try_iter().take(QUEUE)) {
            match message {
                Message::Flush(done) => waiting.push(done),
                Message::Keep(record) => match serde_json::to_vec(&record) {
                    Ok(line) => lines.extend(line.into_iter().chain([b'\n'])),
                    Err(error) => tracing::error!(%error, "a decision could not be written"),
                },
            }
        }
        if let Err(error) = log.append(&lines) {
            tracing::error!(%error, "decisions could not be written");
        }
        for done in waiting {
            // Whoever asked may have gone.
            let _ = done.send(());
        }
    }
}

impl Log {
    fn new(file: File, path: PathBuf) -> std::io::Result<Self> {
        Ok(Self { length: file.metadata()?.len(), file, path, unwritten: Vec::new() })
    }

    fn append(&mut self, lines: &[u8]) -> std::io::Result<()> {
        let before = self.unwritten.len();
        self.unwritten.extend_from_slice(lines);
        if self.length > 0
            && before == 0
            && self.length + lines.len() as u64 > MAX_FILE_BYTES
            && let Err(error) = self.set_aside()
        {
            // Better a file that is too long than decisions that nobody kept.
            tracing::error!(%error, "a full file of decisions could not be set aside");
        }
        let written = self.write_out();
        if written.is_err() && self.unwritten.len() > MOST_UNWRITTEN {
            tracing::error!(bytes = lines.len(), "decisions are lost");
            let kept = self.unwritten.len().checked_sub(lines.len());
            self.unwritten.truncate(kept.unwrap_or(0));
            if kept.is_none() {
                // A part of what is lost was taken: the next line is not glued to it.
                self.unwritten.push(b'\n');
            }
        }
        written
    }

    /// Writes what there is, and forgets exactly what was taken: a disk that is nearly full is not filled with the same again.
    fn write_out(&mut self) -> std::io::Result<()> {
        while !self.unwritten.is_empty() {
            match self.file.write(&self.unwritten) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(taken) => {
                    self.unwritten.drain(..taken);
                    self.length += taken as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.unwritten = Vec::new();
        Ok(())
    }

    /// The next file is opened first: whoever uses up all file descriptors then must find the log with a file all the same.
    fn set_aside(&mut self) -> std::io::Result<()> {
        let next = self.path.with_extension("next.jsonl");
        let file = open(&next)?;
        std::fs::rename(&self.path, older(&self.path))?;
        (self.file, self.length) = (file, 0);
        std::fs::rename(&next, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use authority::denial::Denial;
    use authority::record::{Cause, Link};
    use wire::Fault;

    use super::*;

    #[test]
    fn a_line_that_was_cut_off_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.jsonl");
        std::fs::write(&path, "{\"at\":1}\n{\"at\":").unwrap();
        assert!(!ends_a_line(&path).unwrap());
        drop(Decisions::open(folder.path()).unwrap());
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("{\"at\":\n"));
        std::fs::write(&path, "").unwrap();
        assert!(ends_a_line(&path).unwrap());
    }

    #[test]
    fn what_a_full_disk_does_not_take_is_written_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.jsonl");
        let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut log = Log::new(open(&path).unwrap(), path.clone()).unwrap();
        log.append(b"1\n").unwrap();
        log.file = full();
        assert!(log.append(b"2\n").is_err());
        assert!(log.append(&vec![b'3'; MOST_UNWRITTEN]).is_err(), "more than is held");
        assert!(log.append(b"4\n").is_err());
        log.file = open(&path).unwrap();
        log.append(b"5\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "1\n2\n4\n5\n");
        assert!(log.unwritten.is_empty());
    }

    #[test]
    fn a_line_that_was_taken_in_part_goes_on_where_it_was_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.jsonl");
        let mut log = Log::new(open(&path).unwrap(), path.clone()).unwrap();
        // As a disk leaves it that takes three bytes.
        log.append(b"one").unwrap();
        log.file = OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert!(log.append(b" line\n").is_err());
        log.length = MAX_FILE_BYTES;
        assert!(log.append(b"2\n").is_err());
        log.file = open(&path).unwrap();
        log.append(b"3\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one line\n2\n3\n", "nor is a file set aside within a line");
        // A batch beyond all bounds is lost.
        log.length = 0;
        log.file = OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert!(log.append(&vec![b'x'; MOST_UNWRITTEN + 1]).is_err());
        assert!(log.unwritten.is_empty());
    }

    fn record(id: u8) -> Record {
        let cause = Cause::Unreadable { because: "a test".to_owned() };
        let denial = Denial::new(Link::Credentials, cause, Fault::new("InvalidRequest", 400, ""));
        let request_id = RequestId::from_entropy([id; 16]);
        Record { request_id, at: i64::from(id), source_ip: "127.0.0.1".to_owned(), evidence: *denial.evidence }
    }

    #[test]
    fn a_letter_that_was_cut_off_hides_no_later_record() {
        let folder = tempfile::tempdir().unwrap();
        // The first byte of two.
        std::fs::write(folder.path().join("decisions.jsonl"), b"{\"at\":1,\"resource\":\"\xc3").unwrap();
        let (decisions, _) = Decisions::open(folder.path()).unwrap();
        decisions.keep(record(7), false);
        let found = decisions.find(&Which::Request(RequestId::from_entropy([7; 16])));
        assert_eq!(found, Some(record(7)));
    }

    #[test]
    fn records_go_on_in_a_full_file_that_cannot_be_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("decisions.jsonl");
        File::create(&path).unwrap().set_len(MAX_FILE_BYTES).unwrap();
        for in_the_way in ["decisions.next.jsonl", "decisions.1.jsonl"] {
            let in_the_way = folder.path().join(in_the_way);
            std::fs::create_dir_all(&in_the_way).unwrap();
            let (decisions, _) = Decisions::open(folder.path()).unwrap();
            decisions.keep(record(7), false);
            assert_eq!(decisions.find(&Which::Request(RequestId::from_entropy([7; 16]))), Some(record(7)));
            assert!(std::fs::metadata(&path).unwrap().len() > MAX_FILE_BYTES, "nothing was set aside");
            std::fs::remove_dir(&in_the_way).unwrap();
        }
        let (decisions, _) = Decisions::open(folder.path()).unwrap();
        decisions.keep(record(8), false);
        assert_eq!(decisions.find(&Which::LatestDenial), Some(record(8)));
        assert!(std::fs::metadata(&path).unwrap().len() < MAX_FILE_BYTES, "set aside as soon as it can be");
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
    }
}
