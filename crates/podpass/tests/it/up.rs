//! `podpass up` and what its surroundings allow it.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// Whoever can connect could otherwise use up the descriptors that the store and the decision log need: most systems
/// begin with 1,024, and the listeners alone may hold twice as many.
#[test]
fn connections_do_not_use_up_the_descriptors() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = Command::new("sh")
        .args(["-c", "ulimit -Sn 256 && exec \"$0\" up --api 127.0.0.1:0 --issuer 127.0.0.1:0 --data-dir \"$1\""])
        .arg(env!("CARGO_BIN_EXE_podpass"))
        .arg(folder.path().join("state"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let ready = BufReader::new(up.stderr.take().unwrap()).lines().map_while(Result::ok).any(|line| line.contains("is ready"));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", up.id())).unwrap();
    up.kill().unwrap();
    up.wait().unwrap();
    assert!(ready);
    let files: Vec<&str> = limits.lines().find(|line| line.starts_with("Max open files")).unwrap().split_whitespace().collect();
    let [soft, hard] = [files[3], files[4]].map(|count| count.parse::<u64>().unwrap_or(u64::MAX));
    assert_eq!(soft, hard.min(16_384), "{limits}");
}
