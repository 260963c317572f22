//! What was not tested, and where that is told.
//!
//! A test that reads optional data and does not find it prints a line `SKIPPED: what (why)` and
//! appends the same line to the file that `PODPASS_SKIPPED` names, when that is set: libtest
//! swallows what a passing test prints, and a skipped test that nobody is told of counts as passed.
//! One line a test. They are printed again at the end, and taken off the number that passed.

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use crate::tools::Site;

/// Names the file of skips to whatever a step runs.
pub(crate) const VARIABLE: &str = "PODPASS_SKIPPED";

/// Says that something was not tested, here and at the end.
pub(crate) fn skip(site: &Site, file: &Path, line: &str) -> Result<(), String> {
    site.say(line);
    let written = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .and_then(|mut file| writeln!(file, "{line}"));
    written.map_err(|error| format!("cannot write {}: {error}", file.display()))
}

/// What was written into a file of skips: each line once.
pub(crate) fn read(file: &Path) -> Result<BTreeSet<String>, String> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(str::to_owned)
            .collect()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(format!("cannot read {}: {error}", file.display())),
    }
}
