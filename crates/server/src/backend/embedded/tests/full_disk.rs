//! A disk that is full: on a small tmpfs of the test's own, which takes root to mount.

use std::process::Command;

use super::*;
use crate::backend::embedded::index::Reserve;

const MIB: usize = 1024 * 1024;

/// A disk of so many MiB; `None` where none can be mounted.
struct Disk(tempfile::TempDir);

impl Disk {
    fn of(size: usize) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}m"), "tmpfs"])
            .arg(folder.path())
            .output()
            .is_ok_and(|done| done.status.success());
        if !mounted {
            testkit::skip("a full disk (no tmpfs can be mounted here)");
        }
        mounted.then_some(Self(folder))
    }

    fn fill(&self) {
        let _ = std::fs::write(self.0.path().join("blobs/other"), vec![0; 256 * MIB]);
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.path().join("blobs/other")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).output();
    }
}

#[test]
fn a_full_disk_refuses_writes_keeps_what_is_there_and_can_be_emptied() {
    let Some(disk) = Disk::of(96) else {
        return;
    };
    let store = opened(disk.0.path());
    store.create_bucket("b").unwrap();
    let (mut stored, mut number) = (Vec::new(), 0_u64);
    let refused = loop {
        number += 1;
        let length = if number % 3 == 0 { 10_000 } else { 3 * MIB };
        let mut incoming = store.incoming();
        let done = body(number, length)
            .chunks(MIB / 4)
            .try_for_each(|chunk| incoming.write(chunk))
            .and_then(|()| {
                store.put(
                    "b",
                    &number.to_string(),
                    incoming,
                    new("e"),
                    &WriteCond::default(),
                )
            });
        match done {
            Ok(_) => stored.push((number, length)),
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused, Trouble::Full);
    assert!(stored.len() > 20, "{}", stored.len());
    for (number, length) in &stored {
        assert_eq!(
            get(&store, &number.to_string()),
            Some(body(*number, *length))
        );
    }
    let large = stored.iter().filter(|(_, length)| *length > MIB).count();
    assert_eq!(
        files(disk.0.path(), &store),
        (large, large),
        "nothing half written"
    );
    // Emptied, it takes objects again.
    for (number, _) in &stored {
        assert_eq!(store.delete("b", &number.to_string(), None), Ok(true));
    }
    assert_eq!(files(disk.0.path(), &store), (0, 0));
    put(&store, "again", &body(9, 3 * MIB));
    assert_eq!(get(&store, "again"), Some(body(9, 3 * MIB)));
}

#[test]
fn a_disk_that_others_fill_up_ends_no_store() {
    let Some(disk) = Disk::of(64) else {
        return;
    };
    // Without the reserve: every write meets the full disk itself.
    let nothing = Reserve { put: 0, any: 0 };
    let store = Store::open_with(disk.0.path(), nothing).unwrap();
    store.create_bucket("b").unwrap();
    put(&store, "small", b"x");
    put(&store, "large", &body(1, 2 * MIB));
    for round in 0..3_u64 {
        disk.fill();
        let mut full = 0;
        for number in 0..40 {
            let mut blob = store.incoming();
            let length = if number % 2 == 0 { 16_000 } else { 2 * MIB };
            let done = blob.write(&body(number, length)).and_then(|()| {
                let key = format!("{round}-{number}");
                store.put("b", &key, blob, new("e"), &WriteCond::default())
            });
            match done {
                Ok(_) => {}
                Err(Trouble::Full | Trouble::Io(_)) => full += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        assert!(full > 20, "{full}");
        disk.make_room();
        // What was there is there, and it takes objects again.
        assert_eq!(get(&store, "small"), Some(b"x".to_vec()));
        assert_eq!(get(&store, "large"), Some(body(1, 2 * MIB)));
        put(&store, "after", &body(round, 2 * MIB));
        assert_eq!(get(&store, "after"), Some(body(round, 2 * MIB)));
    }
    drop(store);
    let store = opened(disk.0.path());
    assert_eq!(get(&store, "large"), Some(body(1, 2 * MIB)));
    let (found, named) = files(disk.0.path(), &store);
    assert_eq!(found, named);
}
