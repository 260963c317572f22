//! A reader sees the old object or the new, whole.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::backend::embedded::INLINE;

#[test]
fn small_blobs_lie_in_the_index_and_large_ones_in_files() {
    for (length, expected) in [(0, 0), (1, 0), (INLINE, 0), (INLINE + 1, 1), (3_000_000, 1)] {
        let (folder, store) = store();
        put(&store, "k", &body(1, length));
        assert_eq!(
            files(folder.path(), &store),
            (expected, expected),
            "{length}"
        );
        let look = look(&store, "k").unwrap();
        assert_eq!(look.blob.inline().is_some(), expected == 0, "{length}");
        assert_eq!(
            look.blob.file().unwrap().is_some(),
            expected == 1,
            "{length}"
        );
        assert_eq!(bytes(&look), body(1, length), "{length}");
        assert_eq!(look.blob.read_at(&mut [0; 10], length as u64).unwrap(), 0);
        assert_eq!(look.blob.read_at(&mut [0; 10], u64::MAX).unwrap(), 0);
    }
}

#[test]
fn what_is_read_stays_until_it_is_read() {
    let (folder, store) = store();
    put(&store, "k", &body(1, 200_000));
    let before = look(&store, "k").unwrap();
    put(&store, "k", &body(2, 100_000));
    let between = look(&store, "k").unwrap();
    store.delete("b", "k", None).unwrap();
    assert_eq!(files(folder.path(), &store), (2, 0));
    assert_eq!(bytes(&before), body(1, 200_000));
    assert_eq!(bytes(&between), body(2, 100_000));
    drop(before);
    assert_eq!(files(folder.path(), &store), (1, 0));
    drop(between);
    assert_eq!(files(folder.path(), &store), (0, 0));
}

#[test]
fn readers_and_writers_of_one_key_never_see_a_mixture() {
    let (folder, store) = store();
    // Of both kinds, inline and file.
    let of = |number: u64| {
        body(
            number,
            if number.is_multiple_of(2) {
                1_000
            } else {
                60_000
            },
        )
    };
    put(&store, "k", &of(0));
    let writing = AtomicUsize::new(2);
    std::thread::scope(|scope| {
        for writer in 0..2_u64 {
            let (store, writing) = (&store, &writing);
            scope.spawn(move || {
                for number in 0..60 {
                    let number = writer * 1_000 + number;
                    let (new, blob) = (new(&number.to_string()), incoming(store, &of(number)));
                    store
                        .put("b", "k", blob, new, &WriteCond::default())
                        .unwrap();
                }
                writing.fetch_sub(1, Ordering::Relaxed);
            });
            scope.spawn(move || {
                while writing.load(Ordering::Relaxed) > 0 {
                    let look = look(store, "k").unwrap();
                    let number = look.info.etag.parse().unwrap_or(0);
                    assert!(bytes(&look) == of(number), "{number}");
                }
            });
        }
    });
    let (found, named) = files(folder.path(), &store);
    assert_eq!(found, named);
}

#[test]
fn a_copy_has_bytes_of_its_own() {
    for (name, length, range) in [
        ("inline", 10_000, None),
        ("a small file", 100_000, None),
        ("a shared file", 2_000_000, None),
        ("most of a file", 3_000_000, Some(7..2_900_001)),
        ("a little of a file", 3_000_000, Some(999_999..1_000_003)),
        ("a range of nothing", 10, Some(5..5)),
    ] {
        let (folder, store) = store();
        put(&store, "k", &body(1, length));
        let source = look(&store, "k").unwrap();
        let copy = store.copy(&source, range.clone()).unwrap();
        drop(source);
        let info = store.put("b", "copy", copy, new("c"), &WriteCond::default());
        let range = range.map_or(0..length, |range| range.start as usize..range.end as usize);
        assert_eq!(info.unwrap().size, range.len() as u64, "{name}");
        store.delete("b", "k", None).unwrap();
        store.settle();
        assert_eq!(
            get(&store, "copy"),
            Some(body(1, length)[range].to_vec()),
            "{name}"
        );
        store.delete("b", "copy", None).unwrap();
        assert_eq!(files(folder.path(), &store), (0, 0), "{name}");
    }
}

#[test]
fn a_copy_of_what_was_deleted_meanwhile_is_whole() {
    let (folder, store) = store();
    put(&store, "k", &body(1, 2_000_000));
    let source = look(&store, "k").unwrap();
    store.delete("b", "k", None).unwrap();
    store.settle();
    let copy = store.copy(&source, None).unwrap();
    store
        .put("b", "copy", copy, new("c"), &WriteCond::default())
        .unwrap();
    drop(source);
    assert_eq!(get(&store, "copy"), Some(body(1, 2_000_000)));
    assert_eq!(files(folder.path(), &store), (1, 1));
}

#[test]
fn what_was_put_is_there_again() {
    let (folder, store) = store();
    let checksum = crate::backend::embedded::StoredChecksum {
        algorithm: "CRC32".to_owned(),
        value: "AAAAAA==".to_owned(),
        kind: crate::backend::embedded::ChecksumKind::FullObject,
    };
    let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    let object = NewObject {
        etag: "e".to_owned(),
        modified: NOW,
        meta: pair("content-type", "text/plain"),
        tags: pair("t", "v"),
        checksum: Some(checksum.clone()),
    };
    let blob = incoming(&store, b"x");
    let info = store
        .put("b", "k", blob, object, &WriteCond::default())
        .unwrap();
    drop(store);
    let store = opened(folder.path());
    let found = look(&store, "k").unwrap();
    assert_eq!(found.info, info);
    assert_eq!(
        (info.size, info.etag.as_str(), info.modified),
        (1, "e", NOW)
    );
    assert_eq!(info.checksum, Some(checksum));
    assert_eq!(
        (found.meta, found.tags),
        (pair("content-type", "text/plain"), pair("t", "v"))
    );
}
