//! `podpass migrate` as a person runs it, and killed while it runs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use server::backend::embedded::Store;

/// A data directory as an earlier podpass left it.
fn old(folder: &Path, objects: usize) -> PathBuf {
    let state = folder.join("state");
    std::fs::create_dir_all(state.join("s3/bucket/deep")).unwrap();
    drop(server::redb_store::Store::open(&state.join("state.redb")).unwrap());
    for number in 0..objects {
        std::fs::write(state.join(format!("s3/bucket/deep/{number}")), body(number)).unwrap();
    }
    state
}

fn body(number: usize) -> Vec<u8> {
    let length = if number.is_multiple_of(5) { 40_000 } else { 50 };
    format!("{number} ").into_bytes().repeat(length)
}

fn migrate(state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podpass"));
    command.args(["migrate", "--data-dir"]).arg(state);
    command
}

fn run(state: &Path) -> (Option<i32>, String, String) {
    let done = migrate(state).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (done.status.code(), text(&done.stdout), text(&done.stderr))
}

fn check(state: &Path, objects: usize) {
    let store = Store::open(&state.join("s3")).unwrap();
    for number in 0..objects {
        let key = format!("deep/{number}");
        let found = store.look("bucket", &key).unwrap().unwrap();
        let mut all = vec![0; found.info.size as usize];
        let mut read = 0;
        while read < all.len() {
            read += found.blob.read_at(&mut all[read..], read as u64).unwrap();
        }
        assert!(all == body(number), "{key}");
    }
}

#[test]
fn an_old_store_is_named_by_up_and_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let state = old(folder.path(), 12);
    let bytes: usize = (0..12).map(|number| body(number).len()).sum();
    let said = format!(
        "took over 12 objects of {bytes} bytes\nthe old store is kept in `{}`; remove it when nothing is missed\n",
        state.join("s3.old").display()
    );
    assert_eq!(run(&state), (Some(0), said, String::new()));
    check(&state, 12);
    let nothing = "there is nothing to take over\n".to_owned();
    assert_eq!(run(&state), (Some(0), nothing, String::new()));
}

#[test]
fn a_link_is_told_and_nothing_changed() {
    let folder = tempfile::tempdir().unwrap();
    let state = old(folder.path(), 3);
    std::os::unix::fs::symlink("/etc/passwd", state.join("s3/bucket/link")).unwrap();
    let (code, out, said) = run(&state);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(
        said.starts_with("`bucket/link` is a symbolic link\npodpass: nothing was changed"),
        "{said}"
    );
    assert!(state.join("s3/bucket/deep/1").exists() && !state.join("s3.old").exists());
    std::fs::remove_file(state.join("s3/bucket/link")).unwrap();
    assert_eq!(run(&state).0, Some(0));
    check(&state, 3);
}

#[test]
fn beside_a_running_server_and_in_no_data_directory_it_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let state = old(folder.path(), 1);
    let running = server::redb_store::Store::open(&state.join("state.redb")).unwrap();
    let refused = format!(
        "podpass: a server runs on `{}`: stop it first\n",
        state.display()
    );
    assert_eq!(run(&state), (Some(1), String::new(), refused));
    drop(running);
    if std::os::unix::fs::chown(&state, Some(54_321), None).is_ok() {
        let (code, _, said) = run(&state);
        assert_eq!(code, Some(1));
        assert!(said.contains("belongs to user 54321"), "{said}");
    } else {
        testkit::skip("a data directory of another user (this one may not give it away)");
    }
    let other = folder.path().join("other");
    let refused = format!(
        "podpass: `{}` is no data directory of podpass\n",
        other.display()
    );
    assert_eq!(run(&other), (Some(1), String::new(), refused));
    assert!(!other.exists());
}

#[test]
fn a_migration_that_is_killed_is_gone_on_with() {
    const OBJECTS: usize = 60;
    let mut killed = 0;
    for round in 0..12_u64 {
        let folder = tempfile::tempdir().unwrap();
        let state = old(folder.path(), OBJECTS);
        // A longer time each round: from before anything is written to the end.
        for more in 0..3 {
            let mut child = migrate(&state).stdout(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(3 + round * 12 + more));
            child.kill().unwrap();
            killed += u32::from(child.wait().unwrap().code().is_none());
            if state.join("s3").exists() && state.join("s3.new").exists() {
                let refused = Store::open(&state.join("s3")).unwrap_err().to_string();
                assert!(
                    refused.contains("`podpass migrate`"),
                    "round {round}: {refused}"
                );
            }
        }
        let (code, said, error) = run(&state);
        assert_eq!(code, Some(0), "round {round}: {said}{error}");
        check(&state, OBJECTS);
        assert!(state.join("s3.old/bucket/deep/0").exists(), "round {round}");
        assert!(!state.join("s3.new").exists(), "round {round}");
    }
    assert!(killed > 3, "{killed}");
}
