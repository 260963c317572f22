//! Random operations against a few lines of obvious Rust, with crashes between: the folder is
//! copied in the midst of everything, and the copy is opened.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::backend::embedded::index::Reserve;
use crate::backend::embedded::{EtagMatch, NewPart, Query, Upload, UploadQuery};

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8, usize, Cond),
    Delete(u8, u8, Cond),
    DeleteMany(u8, Vec<u8>),
    Copy(u8, u8, u8),
    Tag(u8, u8, u8),
    MakeBucket(u8),
    DropBucket(u8),
    Begin(u8, u8),
    Part(u8, u16, usize),
    Complete(u8, Vec<u16>, Cond),
    Abort(u8),
    Close,
    Crash,
}

#[derive(Clone, Copy, Debug)]
enum Cond {
    None,
    Any,
    Absent,
    /// The ETag that it has, or one that it has not.
    Etag(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let cond = || {
        prop_oneof![
            4 => Just(Cond::None),
            1 => Just(Cond::Any),
            1 => Just(Cond::Absent),
            1 => Just(Cond::Etag(true)),
            1 => Just(Cond::Etag(false)),
        ]
    };
    let length = || {
        prop_oneof![
            0..40_usize,
            16_380..16_390_usize,
            20_000..60_000_usize,
            Just(1_100_000)
        ]
    };
    let (bucket, key, upload) = (|| 0..2_u8, || 0..5_u8, || 0..4_u8);
    let step = prop_oneof![
        8 => (bucket(), key(), length(), cond()).prop_map(|(b, k, n, c)| Step::Put(b, k, n, c)),
        3 => (bucket(), key(), cond()).prop_map(|(b, k, c)| Step::Delete(b, k, c)),
        1 => (bucket(), proptest::collection::vec(key(), 0..4)).prop_map(|(b, k)| Step::DeleteMany(b, k)),
        2 => (bucket(), key(), key()).prop_map(|(b, k, to)| Step::Copy(b, k, to)),
        1 => (bucket(), key(), 1..255_u8).prop_map(|(b, k, tag)| Step::Tag(b, k, tag)),
        1 => bucket().prop_map(Step::MakeBucket),
        1 => bucket().prop_map(Step::DropBucket),
        3 => (bucket(), key()).prop_map(|(b, k)| Step::Begin(b, k)),
        6 => (upload(), 1..4_u16, length()).prop_map(|(u, p, n)| Step::Part(u, p, n)),
        3 => (upload(), proptest::collection::vec(1..4_u16, 1..3), cond()).prop_map(|(u, p, c)| Step::Complete(u, p, c)),
        1 => upload().prop_map(Step::Abort),
        1 => Just(Step::Close),
        2 => Just(Step::Crash),
    ];
    proptest::collection::vec(step, 1..40)
}

#[derive(Clone, Debug, PartialEq)]
struct Object {
    bytes: Vec<u8>,
    etag: String,
    tag: u8,
}

#[derive(Clone, Debug, PartialEq)]
struct Open {
    bucket: u8,
    key: u8,
    parts: BTreeMap<u16, Vec<u8>>,
}

/// What the store must be.
#[derive(Clone, Debug, Default)]
struct Model {
    buckets: BTreeMap<u8, BTreeMap<u8, Object>>,
    uploads: BTreeMap<String, Open>,
}

impl Model {
    fn may(&self, bucket: u8, key: u8, cond: Cond) -> Result<WriteCond, (WriteCond, Trouble)> {
        let found = self.buckets.get(&bucket).and_then(|keys| keys.get(&key));
        let etag = |etag: &str| WriteCond {
            if_match: Some(EtagMatch::Etag(etag.to_owned())),
            ..WriteCond::default()
        };
        let wanted = match cond {
            Cond::None => WriteCond::default(),
            Cond::Any => WriteCond {
                if_match: Some(EtagMatch::Any),
                ..WriteCond::default()
            },
            Cond::Absent => WriteCond {
                if_none_match_any: true,
                ..WriteCond::default()
            },
            Cond::Etag(true) => etag(found.map_or("none", |object| &object.etag)),
            Cond::Etag(false) => etag("another"),
        };
        if !self.buckets.contains_key(&bucket) {
            return Err((wanted, Trouble::NoSuchBucket));
        }
        match (cond, found) {
            (Cond::None, _) | (Cond::Any | Cond::Etag(true), Some(_)) | (Cond::Absent, None) => {
                Ok(wanted)
            }
            (Cond::Absent | Cond::Etag(false), Some(_)) => Err((wanted, Trouble::Precondition)),
            (Cond::Any | Cond::Etag(_), None) => Err((wanted, Trouble::NoSuchKey)),
        }
    }
}

fn bucket(number: u8) -> String {
    format!("bucket{number}")
}

/// Some are prefixes of others.
fn key(number: u8) -> String {
    ["a", "a/", "a/b", "a//b", "ä"][usize::from(number)].to_owned()
}

fn tag(number: u8) -> Vec<(String, String)> {
    vec![("tag".to_owned(), number.to_string())]
}

struct Run {
    folder: tempfile::TempDir,
    store: Option<Store>,
    model: Model,
    made: u64,
}

impl Run {
    fn open(folder: &Path) -> Store {
        let nothing = Reserve { put: 0, any: 0 };
        let mut store = Store::open_with(folder, nothing).unwrap();
        store.least_part = 1;
        store
    }

    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    fn step(&mut self, step: Step) {
        self.made += 1;
        let etag = format!("etag{}", self.made);
        match step {
            Step::Put(b, k, length, cond) => {
                let bytes = body(self.made, length);
                let blob = incoming(self.store(), &bytes);
                let may = self.model.may(b, k, cond);
                let cond = may.as_ref().unwrap_or_else(|(cond, _)| cond);
                let done = self
                    .store()
                    .put(&bucket(b), &key(k), blob, new(&etag), cond);
                assert_eq!(
                    done.map(|info| info.size),
                    may.clone()
                        .map(|_| bytes.len() as u64)
                        .map_err(|(_, why)| why)
                );
                if may.is_ok() {
                    let keys = self.model.buckets.get_mut(&b).unwrap();
                    keys.insert(
                        k,
                        Object {
                            bytes,
                            etag,
                            tag: 0,
                        },
                    );
                }
            }
            Step::Delete(b, k, cond) => {
                let cond = if matches!(cond, Cond::Absent) {
                    Cond::None
                } else {
                    cond
                };
                let may = self.model.may(b, k, cond);
                let wanted = may.clone().unwrap_or_else(|(cond, _)| cond).if_match;
                let done = self.store().delete(&bucket(b), &key(k), wanted);
                let removed = may
                    .map_err(|(_, why)| why)
                    .map(|_| self.model.buckets.get_mut(&b).unwrap().remove(&k).is_some());
                assert_eq!(done, removed);
            }
            Step::DeleteMany(b, keys) => {
                let asked = keys.iter().map(|k| (key(*k), None)).collect();
                let done = self.store().delete_many(&bucket(b), asked);
                let expected = self
                    .model
                    .buckets
                    .get_mut(&b)
                    .map(|there| keys.iter().map(|k| Ok(there.remove(k).is_some())).collect());
                assert_eq!(done, expected.ok_or(Trouble::NoSuchBucket));
            }
            Step::Copy(b, k, to) => {
                let Ok(Some(source)) = self.store().look(&bucket(b), &key(k)) else {
                    return;
                };
                let blob = self.store().copy(&source, None).unwrap();
                self.store()
                    .put(
                        &bucket(b),
                        &key(to),
                        blob,
                        new(&etag),
                        &WriteCond::default(),
                    )
                    .unwrap();
                let keys = self.model.buckets.get_mut(&b).unwrap();
                let bytes = keys[&k].bytes.clone();
                keys.insert(
                    to,
                    Object {
                        bytes,
                        etag,
                        tag: 0,
                    },
                );
            }
            Step::Tag(b, k, number) => {
                let Ok(Some(found)) = self.store().look(&bucket(b), &key(k)) else {
                    return;
                };
                self.store()
                    .set_tags(&bucket(b), &key(k), found.info.id, None, tag(number))
                    .unwrap();
                self.model
                    .buckets
                    .get_mut(&b)
                    .unwrap()
                    .get_mut(&k)
                    .unwrap()
                    .tag = number;
            }
            Step::MakeBucket(b) => {
                self.store().create_bucket(&bucket(b)).unwrap();
                self.model.buckets.entry(b).or_default();
            }
            Step::DropBucket(b) => {
                let expected = match self.model.buckets.get(&b) {
                    None => Err(Trouble::NoSuchBucket),
                    Some(keys) if !keys.is_empty() => Err(Trouble::BucketNotEmpty),
                    Some(_) => {
                        self.model.buckets.remove(&b);
                        self.model.uploads.retain(|_, upload| upload.bucket != b);
                        Ok(())
                    }
                };
                assert_eq!(self.store().delete_bucket(&bucket(b)), expected);
            }
            Step::Begin(b, k) => {
                let upload = Upload {
                    initiated: NOW + self.made as i64,
                    ..Upload::default()
                };
                match self.store().create_upload(&bucket(b), &key(k), upload) {
                    Ok(id) => {
                        let open = Open {
                            bucket: b,
                            key: k,
                            parts: BTreeMap::new(),
                        };
                        self.model.uploads.insert(id, open);
                    }
                    Err(why) => assert_eq!(
                        (why, self.model.buckets.contains_key(&b)),
                        (Trouble::NoSuchBucket, false)
                    ),
                }
            }
            Step::Part(at, number, length) => {
                let made = self.made;
                let Some((id, open)) = self.model.uploads.iter_mut().nth(usize::from(at)) else {
                    return;
                };
                let bytes = body(made, length);
                let store = self.store.as_ref().unwrap();
                let new = NewPart {
                    etag: bytes.len().to_string(),
                    ..NewPart::default()
                };
                store
                    .put_part(
                        &bucket(open.bucket),
                        &key(open.key),
                        id,
                        number,
                        incoming(store, &bytes),
                        new,
                    )
                    .unwrap();
                open.parts.insert(number, bytes);
            }
            Step::Complete(at, mut numbers, cond) => {
                let Some((id, open)) = self.model.uploads.iter().nth(usize::from(at)) else {
                    return;
                };
                let (id, open) = (id.clone(), open.clone());
                numbers.sort_unstable();
                numbers.dedup();
                let wanted: Vec<_> = numbers
                    .iter()
                    .map(|number| {
                        (
                            *number,
                            open.parts
                                .get(number)
                                .map_or(String::new(), |part| part.len().to_string()),
                        )
                    })
                    .collect();
                let small = numbers
                    .split_last()
                    .unwrap()
                    .1
                    .iter()
                    .any(|number| open.parts.get(number).is_some_and(Vec::is_empty));
                let chosen =
                    self.store()
                        .choose(&bucket(open.bucket), &key(open.key), &id, &wanted);
                if numbers
                    .iter()
                    .any(|number| !open.parts.contains_key(number))
                {
                    assert_eq!(chosen, Err(Trouble::InvalidPart));
                    return;
                }
                if small {
                    assert!(matches!(chosen, Err(Trouble::TooSmall(..))));
                    return;
                }
                let may = self.model.may(open.bucket, open.key, cond);
                let cond = may.as_ref().unwrap_or_else(|(cond, _)| cond);
                let done = self.store().complete(chosen.unwrap(), new(&etag), cond);
                assert_eq!(
                    done.map(|_| ()),
                    may.clone().map(|_| ()).map_err(|(_, why)| why)
                );
                if may.is_ok() {
                    let bytes = numbers
                        .iter()
                        .flat_map(|number| open.parts[number].clone())
                        .collect();
                    let keys = self.model.buckets.get_mut(&open.bucket).unwrap();
                    keys.insert(
                        open.key,
                        Object {
                            bytes,
                            etag,
                            tag: 0,
                        },
                    );
                    self.model.uploads.remove(&id);
                }
            }
            Step::Abort(at) => {
                if let Some((id, open)) =
                    self.model.uploads.clone().into_iter().nth(usize::from(at))
                {
                    self.store()
                        .abort(&bucket(open.bucket), &key(open.key), &id)
                        .unwrap();
                    self.model.uploads.remove(&id);
                }
            }
            Step::Close => {
                self.store = None;
                self.store = Some(Self::open(self.folder.path()));
                self.check();
            }
            Step::Crash => {
                // Something is on its way in.
                let _unfinished = incoming(self.store(), &body(1, 30_000));
                let copy = memory();
                copy_folder(self.folder.path(), copy.path());
                drop(_unfinished);
                self.store = None;
                self.store = Some(Self::open(copy.path()));
                self.folder = copy;
                self.check();
            }
        }
    }

    /// All of it, and nothing but it.
    fn check(&self) {
        let store = self.store();
        let mut named = 0;
        for b in 0..2 {
            let Some(keys) = self.model.buckets.get(&b) else {
                assert_eq!(store.has_bucket(&bucket(b)), Ok(false));
                continue;
            };
            let query = Query {
                most: 100,
                ..Query::default()
            };
            let page = store.list(&bucket(b), &query).unwrap();
            let mut expected: Vec<_> = keys.iter().map(|(k, object)| (key(*k), object)).collect();
            expected.sort_by(|(one, _), (other, _)| one.cmp(other));
            assert_eq!(page.objects.len(), expected.len());
            for ((listed, info), (key, object)) in page.objects.into_iter().zip(expected) {
                assert_eq!((&listed, &info.etag), (&key, &object.etag));
                let found = store.look(&bucket(b), &key).unwrap().unwrap();
                assert_eq!(found.info, info);
                assert!(bytes(&found) == object.bytes, "{key}");
                assert_eq!(
                    found.tags,
                    if object.tag == 0 {
                        Vec::new()
                    } else {
                        tag(object.tag)
                    }
                );
                named += found
                    .blob
                    .pieces()
                    .iter()
                    .filter(|piece| piece.file().is_some())
                    .count();
            }
            let query = UploadQuery {
                most: 100,
                ..UploadQuery::default()
            };
            let page = store.uploads(&bucket(b), &query).unwrap();
            let open = self
                .model
                .uploads
                .iter()
                .filter(|(_, open)| open.bucket == b);
            assert_eq!(page.uploads.len(), open.clone().count());
            for (id, open) in open {
                let page = store.parts(&bucket(b), &key(open.key), id, 0, 100).unwrap();
                let sizes: Vec<_> = page
                    .parts
                    .iter()
                    .map(|part| (part.number, part.size))
                    .collect();
                let expected: Vec<_> = open
                    .parts
                    .iter()
                    .map(|(number, part)| (*number, part.len() as u64))
                    .collect();
                assert_eq!(sizes, expected);
                named += open
                    .parts
                    .values()
                    .filter(|part| part.len() > super::super::INLINE)
                    .count();
            }
        }
        assert_eq!(files(self.folder.path(), store), (named, named));
    }
}

/// In memory where there is some: a crash is a copy here, so nothing is shown by waiting for a disk.
fn memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&to).unwrap();
            copy_folder(&entry.path(), &to);
        } else if let Err(error) = std::fs::copy(entry.path(), &to) {
            // The reaper was quicker.
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn the_store_is_what_a_few_maps_are(steps in steps()) {
        let folder = memory();
        let store = Some(Run::open(folder.path()));
        let mut run = Run { folder, store, model: Model::default(), made: 0 };
        run.step(Step::MakeBucket(0));
        for step in steps {
            run.step(step);
        }
        run.check();
    }
}
