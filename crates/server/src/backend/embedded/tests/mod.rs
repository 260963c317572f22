//! The store, seen from outside.

mod conditions;
mod full_disk;
mod keys;
mod listing;
mod migrate;
mod model;
mod multipart;
mod reading;

use std::path::Path;

use super::{Incoming, Look, NewObject, ObjectInfo, Store, Trouble, WriteCond};

pub(super) const NOW: i64 = 1_760_000_000;

pub(super) fn opened(folder: &Path) -> Store {
    Store::open(folder).unwrap()
}

/// A store with a bucket `b`.
pub(super) fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path());
    store.create_bucket("b").unwrap();
    (folder, store)
}

pub(super) fn incoming(store: &Store, bytes: &[u8]) -> Incoming {
    let mut incoming = store.incoming();
    bytes
        .chunks(50_000)
        .for_each(|chunk| incoming.write(chunk).unwrap());
    incoming
}

pub(super) fn new(etag: &str) -> NewObject {
    NewObject {
        etag: etag.to_owned(),
        modified: NOW,
        ..NewObject::default()
    }
}

pub(super) fn put(store: &Store, key: &str, bytes: &[u8]) -> ObjectInfo {
    put_if(store, key, bytes, &WriteCond::default()).unwrap()
}

pub(super) fn put_if(
    store: &Store,
    key: &str,
    bytes: &[u8],
    cond: &WriteCond,
) -> Result<ObjectInfo, Trouble> {
    let etag = format!("e{}", bytes.len());
    store.put("b", key, incoming(store, bytes), new(&etag), cond)
}

pub(super) fn look(store: &Store, key: &str) -> Option<Look> {
    store.look("b", key).unwrap()
}

/// All bytes, in reads of a size that fits nothing.
pub(super) fn bytes(look: &Look) -> Vec<u8> {
    let (mut all, mut buffer) = (Vec::new(), vec![0; 30_011]);
    loop {
        match look.blob.read_at(&mut buffer, all.len() as u64).unwrap() {
            0 => break,
            read => all.extend_from_slice(&buffer[..read]),
        }
    }
    assert_eq!(all.len() as u64, look.blob.size());
    assert_eq!(look.info.size, look.blob.size());
    all
}

pub(super) fn get(store: &Store, key: &str) -> Option<Vec<u8>> {
    look(store, key).map(|look| bytes(&look))
}

/// Bytes that tell where they are from.
pub(super) fn body(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect()
}

/// How many files lie in the store, and how many its index names.
pub(super) fn files(folder: &Path, store: &Store) -> (usize, usize) {
    store.settle();
    let named = store.index.snapshot().unwrap().files().unwrap();
    let named = redb::ReadableTableMetadata::len(&named).unwrap();
    (
        super::blobs::files(folder).unwrap().len(),
        usize::try_from(named).unwrap(),
    )
}
