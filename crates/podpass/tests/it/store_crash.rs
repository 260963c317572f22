//! A process that writes to the object store is killed (SIGKILL) at random moments: what was
//! acknowledged is there whole, what was not is there whole or not at all, and no file is left that
//! nothing refers to.
//!
//! `PODPASS_ROUNDS` sets the number of kills, `PODPASS_SEED` repeats a run's choices (not the
//! machine's timing).

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use server::backend::embedded::{
    Incoming, NewObject, NewPart, Query, Store, Trouble, Upload, UploadQuery, WriteCond,
};

use crate::dice::Dice;

const FOLDER: &str = "PODPASS_TEST_STORE";
const CHILD_SEED: &str = "PODPASS_TEST_STORE_SEED";
const WRITERS: u64 = 4;
/// Keys that each writer writes and deletes over and over.
const KEYS: u64 = 6;
/// What the store keeps in its index is at most so long.
const INLINE: usize = server::backend::embedded::INLINE;

/// What an object is: the seed of its bytes and how many they are. `None`: there is none.
type Object = Option<(u64, usize)>;

#[test]
fn what_the_object_store_acknowledged_outlives_two_hundred_kills() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let seed = number("PODPASS_SEED").unwrap_or_else(|| u64::from_be_bytes(server::clock::bytes()));
    let rounds = number("PODPASS_ROUNDS").unwrap_or(200);
    let mut dice = Dice(seed | 1);
    let folder = tempfile::tempdir().unwrap();
    Store::open(folder.path())
        .unwrap()
        .create_bucket("b")
        .unwrap();
    // By key: what was acknowledged, and what may have been done beyond that.
    let mut objects = BTreeMap::<String, (Object, Object)>::new();
    let (mut acknowledged, mut swept) = (0, 0);
    for round in 0..rounds {
        let context = format!("PODPASS_SEED={seed} round {round}");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store_crash::writes_until_it_is_killed"])
            .args(["--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .env(CHILD_SEED, dice.next().to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        // After some writes, in the midst of others; now and then while the store is opened.
        let mut text = Vec::new();
        if dice.below(8) != 0 {
            let enough = dice.below(40);
            while text.iter().filter(|byte| **byte == b'\n').count() < enough as usize {
                let read = said.read_until(b'\n', &mut text).unwrap();
                assert_ne!(read, 0, "{context}: the writer ended");
            }
        }
        std::thread::sleep(Duration::from_micros(dice.below(20_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        said.read_to_end(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["try", key, seed, length] => {
                    let object = Some((seed.parse().unwrap(), length.parse().unwrap()));
                    objects.entry(key.to_owned()).or_default().1 = object;
                }
                ["gone", key] => objects.entry(key.to_owned()).or_default().1 = None,
                ["done", key] => {
                    let object = objects.get_mut(key).unwrap();
                    object.0 = object.1;
                    acknowledged += 1;
                }
                // libtest's own.
                _ => {}
            }
        }
        let before = files(folder.path());
        let store = Store::open(folder.path()).unwrap_or_else(|why| panic!("{context}: {why}"));
        let named = check(&store, &mut objects, &context);
        store.settle();
        let after = files(folder.path());
        assert_eq!(after, named, "{context}: files, and what refers to them");
        swept += before - after;
    }
    eprintln!("{rounds} kills, {acknowledged} acknowledged writes, {swept} files swept");
    assert!(acknowledged > rounds, "{acknowledged}");
}

/// Every object is what was acknowledged, or what was on its way: nothing between. What it is
/// counts from here on. Tells how many files objects and parts have.
fn check(store: &Store, objects: &mut BTreeMap<String, (Object, Object)>, context: &str) -> usize {
    let mut named = 0;
    let mut there = 0;
    for (key, (acknowledged, attempted)) in objects.iter_mut() {
        let found = store.look("b", key).unwrap();
        let is = |object: &Object| match (object, &found) {
            (None, None) => true,
            (Some((seed, length)), Some(found)) => {
                found.info.etag == seed.to_string() && found.info.size == *length as u64
            }
            _ => false,
        };
        let what = [&*acknowledged, &*attempted]
            .into_iter()
            .find(|one| is(one));
        let what = *what.unwrap_or_else(|| {
            let found = found.as_ref().map(|found| &found.info);
            panic!("{context}: {key} is {found:?}, was {acknowledged:?}, then {attempted:?}")
        });
        if let (Some((seed, length)), Some(found)) = (what, &found) {
            let (mut all, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
            loop {
                match found.blob.read_at(&mut buffer, all.len() as u64).unwrap() {
                    0 => break,
                    read => all.extend_from_slice(&buffer[..read]),
                }
            }
            assert!(all == body(seed, length), "{context}: bytes of {key}");
            named += usize::from(found.blob.inline().is_none());
            there += 1;
        }
        (*acknowledged, *attempted) = (what, what);
    }
    let query = Query {
        most: 1_000,
        ..Query::default()
    };
    let page = store.list("b", &query).unwrap();
    assert_eq!(
        page.objects.len(),
        there,
        "{context}: objects that nobody put"
    );
    let query = UploadQuery {
        most: 1_000,
        ..UploadQuery::default()
    };
    for (key, upload, _) in store.uploads("b", &query).unwrap().uploads {
        let page = store.parts("b", &key, &upload, 0, 100).unwrap();
        let in_files = page.parts.iter().filter(|part| part.size > INLINE as u64);
        named += in_files.count();
        // Half of them stay for later rounds.
        if key.ends_with(['0', '2', '4']) {
            store.abort("b", &key, &upload).unwrap();
            let in_files = page.parts.iter().filter(|part| part.size > INLINE as u64);
            named -= in_files.count();
        }
    }
    named
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("blobs"))
        .unwrap()
        .map(|entry| std::fs::read_dir(entry.unwrap().path()).unwrap().count())
        .sum()
}

#[test]
#[ignore = "the child of the test above"]
fn writes_until_it_is_killed() {
    let (Some(folder), Ok(seed)) = (std::env::var_os(FOLDER), std::env::var(CHILD_SEED)) else {
        return;
    };
    let store = Store::open(Path::new(&folder)).unwrap();
    let seed: u64 = seed.parse().unwrap();
    std::thread::scope(|scope| {
        for number in 0..WRITERS {
            let store = &store;
            scope.spawn(move || {
                let mut dice = Dice(seed.wrapping_mul(number * 2 + 3) | 1);
                loop {
                    write(store, number, &mut dice);
                }
            });
        }
    });
}

/// One write, told before and after.
fn write(store: &Store, writer: u64, dice: &mut Dice) {
    let key = format!("w{writer}-{}", dice.below(KEYS));
    if dice.below(5) == 0 {
        say(&format!("gone {key}"));
        store.delete("b", &key, None).unwrap();
        return say(&format!("done {key}"));
    }
    let seed = dice.next();
    let lengths = [0, 100, 16_384, 16_385, 60_000, 300_000];
    let length = lengths[dice.below(6) as usize];
    let new = NewObject {
        etag: seed.to_string(),
        ..NewObject::default()
    };
    let cond = WriteCond::default();
    match dice.below(4) {
        0 => {
            let upload = store.create_upload("b", &key, Upload::default()).unwrap();
            let part = NewPart {
                etag: "e".to_owned(),
                ..NewPart::default()
            };
            let blob = incoming(store, seed, length);
            store.put_part("b", &key, &upload, 3, blob, part).unwrap();
            let wanted = [(3, "e".to_owned())];
            let chosen = store.choose("b", &key, &upload, &wanted).unwrap();
            say(&format!("try {key} {seed} {length}"));
            store.complete(chosen, new, &cond).unwrap();
        }
        1 => {
            // A copy of itself under a new name for its files.
            let Some(from) = store.look("b", &key).unwrap() else {
                return;
            };
            let blob = store.copy(&from, None).unwrap();
            let etag = from.info.etag.clone();
            say(&format!("try {key} {etag} {}", from.info.size));
            let new = NewObject { etag, ..new };
            store.put("b", &key, blob, new, &cond).unwrap();
        }
        _ => {
            let blob = incoming(store, seed, length);
            say(&format!("try {key} {seed} {length}"));
            match store.put("b", &key, blob, new, &cond) {
                Ok(_) => {}
                Err(Trouble::Full) => panic!("the disk is full"),
                Err(other) => panic!("{other}"),
            }
        }
    }
    say(&format!("done {key}"));
}

/// In one write, so that lines of several threads stay lines.
fn say(line: &str) {
    std::io::stdout()
        .lock()
        .write_all(format!("{line}\n").as_bytes())
        .unwrap();
}

fn incoming(store: &Store, seed: u64, length: usize) -> Incoming {
    let mut incoming = store.incoming();
    for chunk in body(seed, length).chunks(40_000) {
        incoming.write(chunk).unwrap();
    }
    incoming
}

/// Bytes that a seed tells.
fn body(seed: u64, length: usize) -> Vec<u8> {
    let mut dice = Dice(seed | 1);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend(dice.next().to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
