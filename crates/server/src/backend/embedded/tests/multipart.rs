//! Uploads in parts.

use super::*;
use crate::backend::embedded::{EtagMatch, NewPart, Part, StoredChecksum, Upload};

/// Smaller parts than S3's, so that the table is quick; the usual least size has a test of its own.
const LEAST: u64 = 20_000;

fn small() -> (tempfile::TempDir, Store) {
    let (folder, mut store) = store();
    store.least_part = LEAST;
    (folder, store)
}

fn begin(store: &Store) -> String {
    let upload = Upload {
        meta: vec![("content-type".to_owned(), "x/y".to_owned())],
        initiated: NOW,
        ..Upload::default()
    };
    store.create_upload("b", "k", upload).unwrap()
}

fn part(store: &Store, upload: &str, number: u16, seed: u64, length: usize) -> Part {
    let new = NewPart {
        etag: format!("md5-{seed}"),
        modified: NOW,
        checksum: Some(StoredChecksum {
            algorithm: "SHA256".to_owned(),
            value: seed.to_string(),
            kind: super::super::ChecksumKind::FullObject,
        }),
    };
    let blob = incoming(store, &body(seed, length));
    store.put_part("b", "k", upload, number, blob, new).unwrap()
}

fn wanted(parts: &[(u16, u64)]) -> Vec<(u16, String)> {
    parts
        .iter()
        .map(|(number, seed)| (*number, format!("md5-{seed}")))
        .collect()
}

#[test]
fn an_upload_becomes_an_object_of_the_chosen_parts() {
    let (folder, store) = small();
    let upload = begin(&store);
    part(&store, &upload, 7, 1, 40_000);
    part(&store, &upload, 3, 2, 30_000);
    part(&store, &upload, 5, 3, 50_000);
    part(&store, &upload, 10_000, 4, 9);
    part(&store, &upload, 3, 5, 25_000);
    assert_eq!(
        files(folder.path(), &store),
        (3, 3),
        "the part written twice has one file"
    );
    let chosen = store
        .choose("b", "k", &upload, &wanted(&[(3, 5), (7, 1), (10_000, 4)]))
        .unwrap();
    assert_eq!(chosen.upload.meta[0].1, "x/y");
    assert_eq!(chosen.size(), 65_009);
    let numbers: Vec<u16> = chosen.parts().iter().map(|part| part.number).collect();
    assert_eq!(numbers, [3, 7, 10_000]);
    let info = store
        .complete(chosen, new("whole-3"), &WriteCond::default())
        .unwrap();
    assert_eq!(
        (info.size, info.parts, info.etag.as_str()),
        (65_009, Some(3), "whole-3")
    );
    let whole = [body(5, 25_000), body(1, 40_000), body(4, 9)].concat();
    let found = look(&store, "k").unwrap();
    assert_eq!(bytes(&found), whole);
    assert_eq!(found.parts.len(), 3);
    assert_eq!(found.parts[2].checksum.as_ref().unwrap().value, "4");
    assert_eq!(
        files(folder.path(), &store),
        (2, 2),
        "the part that was not chosen is gone"
    );
    assert_eq!(store.abort("b", "k", &upload), Err(Trouble::NoSuchUpload));
    // Across the pieces' borders.
    let mut middle = vec![0; 40_010];
    let mut read = 0;
    while read < middle.len() {
        read += found
            .blob
            .read_at(&mut middle[read..], 24_995 + read as u64)
            .unwrap();
    }
    assert_eq!(middle, whole[24_995..65_005]);
    drop(found);
    drop(store);
    let store = opened(folder.path());
    assert_eq!(get(&store, "k"), Some(whole));
    store.delete("b", "k", None).unwrap();
    assert_eq!(files(folder.path(), &store), (0, 0));
}

#[test]
fn a_failed_completion_changes_nothing() {
    let (folder, store) = small();
    put(&store, "k", b"old");
    let upload = begin(&store);
    part(&store, &upload, 1, 1, 30_000);
    part(&store, &upload, 2, 2, 10);
    part(&store, &upload, 3, 3, 10);
    for (name, parts, expected) in [
        ("none", vec![], Trouble::InvalidPart),
        (
            "one that is not there",
            vec![(1, 1), (4, 4)],
            Trouble::InvalidPart,
        ),
        ("number 0", vec![(0, 1)], Trouble::InvalidPart),
        ("another ETag", vec![(1, 2)], Trouble::InvalidPart),
        ("backwards", vec![(2, 2), (1, 1)], Trouble::PartOrder),
        ("twice", vec![(1, 1), (1, 1)], Trouble::PartOrder),
        (
            "a small one before the last",
            vec![(1, 1), (2, 2), (3, 3)],
            Trouble::TooSmall(2, "md5-2".to_owned(), 10),
        ),
    ] {
        assert_eq!(
            store.choose("b", "k", &upload, &wanted(&parts)),
            Err(expected),
            "{name}"
        );
    }
    let choose = || {
        store
            .choose("b", "k", &upload, &wanted(&[(1, 1), (2, 2)]))
            .unwrap()
    };
    let cond = |if_match: Option<EtagMatch>, if_none_match_any| WriteCond {
        if_match,
        if_none_match_any,
    };
    let refused = store.complete(choose(), new("x"), &cond(None, true));
    assert_eq!(refused, Err(Trouble::Precondition));
    let other = Some(EtagMatch::Etag("e4".to_owned()));
    let refused = store.complete(choose(), new("x"), &cond(other, false));
    assert_eq!(refused, Err(Trouble::Precondition));
    let chosen = choose();
    part(&store, &upload, 1, 1, 30_000);
    let refused = store.complete(chosen, new("x"), &WriteCond::default());
    assert_eq!(
        refused,
        Err(Trouble::InvalidPart),
        "written anew since it was chosen"
    );
    assert_eq!(get(&store, "k"), Some(b"old".to_vec()));
    let page = store.parts("b", "k", &upload, 0, 100).unwrap();
    assert_eq!(page.parts.len(), 3);
    assert_eq!(files(folder.path(), &store), (1, 1));
    let done = store.complete(
        choose(),
        new("x"),
        &cond(Some(EtagMatch::Etag("e3".to_owned())), false),
    );
    assert_eq!(done.unwrap().size, 30_010);
    let refused = store.choose("b", "k", &upload, &wanted(&[(1, 1)]));
    assert_eq!(refused, Err(Trouble::NoSuchUpload));
}

#[test]
fn the_least_part_is_five_mebibytes() {
    let (_folder, store) = store();
    let upload = begin(&store);
    let five = 5 * 1024 * 1024;
    part(&store, &upload, 1, 1, five);
    part(&store, &upload, 2, 2, five - 1);
    part(&store, &upload, 3, 3, 1);
    assert!(
        store
            .choose("b", "k", &upload, &wanted(&[(1, 1), (3, 3)]))
            .is_ok()
    );
    assert_eq!(
        store.choose("b", "k", &upload, &wanted(&[(2, 2), (3, 3)])),
        Err(Trouble::TooSmall(2, "md5-2".to_owned(), five as u64 - 1))
    );
}

#[test]
fn parts_are_listed_by_number_and_in_pages() {
    let (_folder, store) = small();
    let upload = begin(&store);
    for number in [9, 1, 10_000, 5] {
        part(&store, &upload, number, u64::from(number), 10);
    }
    for (after, most, numbers, next) in [
        (0, 10, vec![1, 5, 9, 10_000], None),
        (0, 2, vec![1, 5], Some(5)),
        (5, 2, vec![9, 10_000], None),
        (4, 1, vec![5], Some(5)),
        (10_000, 2, vec![], None),
        (u16::MAX, 2, vec![], None),
        (0, 0, vec![], None),
    ] {
        let page = store.parts("b", "k", &upload, after, most).unwrap();
        let found: Vec<u16> = page.parts.iter().map(|part| part.number).collect();
        assert_eq!((found, page.next), (numbers, next), "after {after}, {most}");
    }
}

#[test]
fn an_upload_is_known_by_bucket_key_and_id_together() {
    let (folder, store) = small();
    store.create_bucket("other").unwrap();
    let upload = begin(&store);
    part(&store, &upload, 1, 1, 30_000);
    let upper = upload.to_uppercase();
    for (name, bucket, key, id) in [
        ("another key", "b", "kk", upload.as_str()),
        ("another bucket", "other", "k", &upload),
        ("no id", "b", "k", "x"),
        ("an empty id", "b", "k", ""),
        ("another spelling", "b", "k", &format!("+{upload}")),
        ("a path", "b", "k", "../../../../x"),
        ("upper case", "b", "k", &upper),
    ] {
        // An id without letters has one case.
        if id == upload && key == "k" && bucket == "b" {
            continue;
        }
        let blob = incoming(&store, &body(1, 30_000));
        let refused = Err(Trouble::NoSuchUpload);
        assert_eq!(
            store
                .put_part(bucket, key, id, 1, blob, NewPart::default())
                .map(|_| ()),
            refused,
            "{name}"
        );
        assert_eq!(store.abort(bucket, key, id), refused, "{name}");
        assert_eq!(
            store.parts(bucket, key, id, 0, 1).map(|_| ()),
            refused,
            "{name}"
        );
        assert_eq!(
            store
                .choose(bucket, key, id, &wanted(&[(1, 1)]))
                .map(|_| ()),
            refused,
            "{name}"
        );
    }
    assert_eq!(files(folder.path(), &store), (1, 1));
    assert_eq!(store.abort("b", "k", &upload), Ok(()));
    assert_eq!(files(folder.path(), &store), (0, 0));
}

#[test]
fn a_part_can_be_a_piece_of_an_object() {
    let (folder, store) = small();
    put(&store, "source", &body(1, 3_000_000));
    let source = look(&store, "source").unwrap();
    let upload = begin(&store);
    for (number, range) in [(1, 0..2_000_000), (2, 2_000_000..2_000_100)] {
        let blob = store.copy(&source, Some(range)).unwrap();
        let new = NewPart {
            etag: format!("md5-{number}"),
            ..NewPart::default()
        };
        store
            .put_part("b", "k", &upload, number, blob, new)
            .unwrap();
    }
    drop(source);
    store.delete("b", "source", None).unwrap();
    let chosen = store
        .choose("b", "k", &upload, &wanted(&[(1, 1), (2, 2)]))
        .unwrap();
    store
        .complete(chosen, new("x"), &WriteCond::default())
        .unwrap();
    assert_eq!(
        get(&store, "k"),
        Some(body(1, 3_000_000)[..2_000_100].to_vec())
    );
    assert_eq!(files(folder.path(), &store), (1, 1));
}
