//! One share's file: bounded, with one older file beside it, and what a full disk did not take.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::limits::{DECISION_FILE_BYTES, UNWRITTEN_BYTES};

/// Lines that are not on the disk: they wait for it, but for those that are lost.
#[derive(Debug)]
pub(super) struct Unwritten {
    pub(super) error: std::io::Error,
    /// Records that will never be there.
    pub(super) lost: u64,
}

/// The open file, and how long it is.
pub(super) struct Log {
    file: File,
    length: u64,
    path: PathBuf,
    /// What the last write did not take. It may begin within a line, whose beginning is in the
    /// file.
    unwritten: Vec<u8>,
}

impl Log {
    /// Opens a file, or makes it.
    pub(super) fn open(path: PathBuf) -> std::io::Result<Self> {
        let mut file = open(&path)?;
        if !ends_a_line(&path)? {
            // A write that was cut off: the next record must not be glued to it.
            file.write_all(b"\n")?;
        }
        Ok(Self {
            length: file.metadata()?.len(),
            file,
            path,
            unwritten: Vec::new(),
        })
    }

    /// Bytes that wait for room on the disk.
    pub(super) fn unwritten(&self) -> usize {
        self.unwritten.len()
    }

    /// Appends lines; where the disk takes none, at most `most` bytes wait.
    ///
    /// # Errors
    /// [`Unwritten`] when not all of them are on the disk.
    pub(super) fn append(&mut self, lines: &[u8], most: usize) -> Result<(), Unwritten> {
        let before = self.unwritten.len();
        self.unwritten.extend_from_slice(lines);
        // Not while a line waits for its second half: the first would be in the older file.
        if self.length > 0
            && before == 0
            && self.length + lines.len() as u64 > DECISION_FILE_BYTES
            && let Err(error) = self.set_aside()
        {
            // Better a file that is too long than decisions that nobody kept.
            tracing::error!(%error, "a full file of decisions could not be set aside");
        }
        let Err(error) = self.write_out() else {
            return Ok(());
        };
        let mut lost = 0;
        if self.unwritten.len() > most.min(UNWRITTEN_BYTES) {
            tracing::error!(bytes = lines.len(), "decisions are lost");
            let kept = self.unwritten.len().checked_sub(lines.len());
            // A line that was taken in part is lost as well: its end is here.
            lost = count(&self.unwritten.split_off(kept.unwrap_or(0)));
            if kept.is_none() {
                // A part of what is lost was taken: the next line is not glued to it.
                self.unwritten.push(b'\n');
            }
        }
        Err(Unwritten { error, lost })
    }

    /// Writes what there is, and forgets exactly what was taken: a disk that is nearly full is not
    /// filled with the same again.
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
        // Given back: after a full disk it may be megabytes.
        self.unwritten = Vec::new();
        Ok(())
    }

    /// The next file is opened first: whoever uses up all file descriptors then must find the log
    /// with a file all the same.
    fn set_aside(&mut self) -> std::io::Result<()> {
        let next = self.path.with_extension("next.jsonl");
        let file = open(&next)?;
        std::fs::rename(&self.path, older(&self.path))?;
        (self.file, self.length) = (file, 0);
        std::fs::rename(&next, &self.path)
    }
}

/// How many records some lines are.
pub(super) fn count(lines: &[u8]) -> u64 {
    lines.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Where what was set aside is.
pub(super) fn older(path: &Path) -> PathBuf {
    path.with_extension("1.jsonl")
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn log(path: &Path) -> Log {
        Log::open(path.to_owned()).unwrap()
    }

    fn full() -> File {
        OpenOptions::new().write(true).open("/dev/full").unwrap()
    }

    #[test]
    fn a_line_that_was_cut_off_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        std::fs::write(&path, "{\"at\":1}\n{\"at\":").unwrap();
        assert!(!ends_a_line(&path).unwrap());
        drop(log(&path));
        assert!(
            std::fs::read_to_string(&path)
                .unwrap()
                .ends_with("{\"at\":\n")
        );
        std::fs::write(&path, "").unwrap();
        assert!(ends_a_line(&path).unwrap());
    }

    #[test]
    fn what_a_full_disk_does_not_take_is_written_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let mut log = log(&path);
        let most = UNWRITTEN_BYTES;
        log.append(b"1\n", most).unwrap();
        log.file = full();
        let lost = |result: Result<(), Unwritten>| result.unwrap_err().lost;
        assert_eq!(lost(log.append(b"2\n", most)), 0);
        let long = [vec![b'3'; most], b"\n3\n".to_vec()].concat();
        assert_eq!(lost(log.append(&long, most)), 2, "more than is held");
        assert_eq!(lost(log.append(b"3\n", 1)), 1, "more than others leave");
        assert_eq!(lost(log.append(b"4\n", most)), 0);
        assert_eq!(log.unwritten(), 4);
        log.file = open(&path).unwrap();
        log.append(b"5\n", most).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "1\n2\n4\n5\n");
        assert!(log.unwritten.is_empty());
    }

    #[test]
    fn a_line_that_was_taken_in_part_goes_on_where_it_was_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let mut log = log(&path);
        let most = UNWRITTEN_BYTES;
        // As a disk leaves it that takes three bytes.
        log.append(b"one", most).unwrap();
        log.file = full();
        assert!(log.append(b" line\n", most).is_err());
        log.length = DECISION_FILE_BYTES;
        assert!(log.append(b"2\n", most).is_err());
        log.file = open(&path).unwrap();
        log.append(b"3\n", most).unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "one line\n2\n3\n",
            "nor is a file set aside within a line"
        );
        // A batch beyond all bounds is lost.
        log.length = 0;
        log.file = full();
        assert!(log.append(&vec![b'x'; most + 1], most).is_err());
        assert!(log.unwritten.is_empty());
    }
}
