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

/// What `up` says until it is ready for good, and what `env` says of it.
fn said(more: &[&str], wanted: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut up = Command::new(env!("CARGO_BIN_EXE_podpass"))
        .args(["up", "--api", "127.0.0.1:0", "--issuer", "127.0.0.1:0", "--data-dir"])
        .arg(&state)
        .args(more)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(up.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut banner = String::new();
    while !banner.contains(wanted) {
        let Some(line) = lines.next() else { break };
        banner.push_str(&format!("{line}\n"));
    }
    let env = Command::new(env!("CARGO_BIN_EXE_podpass")).args(["env", "--dotenv", "--data-dir"]).arg(&state).output().unwrap();
    up.kill().unwrap();
    up.wait().unwrap();
    (banner, String::from_utf8(env.stdout).unwrap())
}

#[test]
fn the_banner_says_that_the_region_is_the_callers_word() {
    let (banner, env) = said(&[], "for any region");
    assert!(banner.contains("signatures for any region: `aws:RequestedRegion` is the caller's own word"), "{banner}");
    assert!(env.contains("AWS_REGION='us-east-1'\n"), "{env}");
    // The line would come before the last one.
    let (banner, env) = said(&["--region", "eu-west-1,us-east-1", "--region", "cn-north-1"], "podpass run");
    assert!(!banner.contains("any region") && banner.contains("region eu-west-1"), "{banner}");
    assert!(env.contains("AWS_REGION='eu-west-1'\n"), "{env}");
    let refused = Command::new(env!("CARGO_BIN_EXE_podpass")).args(["up", "--region", "EU"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("`EU` has not the form of a region"));
}
