//! What a test needs and a clone may lack, and how a test says that it proved nothing.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Names the file that `cargo xtask test` reads skips from.
const SKIPPED: &str = "PODPASS_SKIPPED";
/// Names the folder of optional data.
const DATA: &str = "PODPASS_SHARED_DATA";

/// A file or folder of the optional data. Where it is not there, `what` is said to be skipped, and
/// a test returns.
pub fn data(name: &str, what: &str) -> Option<PathBuf> {
    let beside_the_clone = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os(DATA)
        .map_or_else(beside_the_clone, PathBuf::from)
        .join(name);
    if path.exists() {
        return Some(path);
    }
    skip(&format!("{what} (no `{name}` in the optional data)"));
    None
}

/// Says aloud that something was not tested. One line a test: a test that is skipped counts as none
/// that passed.
///
/// # Panics
/// When the file of skips cannot be written: the test would be counted as one that passed.
pub fn skip(what: &str) {
    let line = format!("SKIPPED: {}", what.lines().next().unwrap_or_default());
    eprintln!("{line}");
    // libtest swallows what a passing test prints, so it is said in a file as well.
    if let Some(list) = std::env::var_os(SKIPPED) {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(list)
            .unwrap();
        writeln!(file, "{line}").unwrap();
    }
}
