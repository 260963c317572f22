//! Any key is a key, and none is a path.

use super::*;
use crate::backend::embedded::{OpenError, Query};

#[test]
fn attack_44_every_key_is_its_own_and_none_leaves_the_folder() {
    let (folder, store) = store();
    let long = "k".repeat(1_024);
    let keys = [
        "a",
        "a/",
        "a/b",
        "a//b",
        "/a",
        "//",
        "/",
        ".",
        "..",
        "../..",
        "../../../../etc/passwd",
        "a/../b",
        "a/./b",
        "a\\b",
        "A",
        "a+b",
        "a b",
        "a%2Fb",
        "index.redb",
        "blobs/00",
        "\u{1}",
        "\u{7f}",
        "\u{85}",
        "\u{fffe}",
        "\u{10ffff}",
        "é",
        "e\u{301}",
        "&<>\"'\n\t\r",
        &long,
    ];
    for (at, key) in keys.iter().enumerate() {
        put(&store, key, &body(at as u64, at * 2_000));
    }
    drop(store);
    let store = opened(folder.path());
    for (at, key) in keys.iter().enumerate() {
        assert_eq!(
            get(&store, key),
            Some(body(at as u64, at * 2_000)),
            "{key:?}"
        );
    }
    let mut sorted = keys.map(str::to_owned);
    sorted.sort();
    let page = store
        .list(
            "b",
            &Query {
                most: 1_000,
                ..Query::default()
            },
        )
        .unwrap();
    let listed: Vec<String> = page.objects.into_iter().map(|(key, _)| key).collect();
    assert_eq!(listed, sorted);
    for key in keys {
        assert_eq!(store.delete("b", key, None), Ok(true), "{key:?}");
        assert_eq!(get(&store, key), None, "{key:?}");
    }
    assert_eq!(files(folder.path(), &store), (0, 0));
    // Nothing but what is the store's own lies in its folder, whatever the keys were.
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["blobs", "index.redb", "lock"]);
}

#[test]
fn a_deleted_key_takes_no_other_with_it() {
    let (_folder, store) = store();
    for key in ["a+b", "a b", "a", "a+b/c"] {
        put(&store, key, key.as_bytes());
    }
    assert_eq!(store.delete("b", "a+b", None), Ok(true));
    assert_eq!(store.delete("b", "a+b", None), Ok(false));
    assert_eq!(get(&store, "a+b"), None);
    for key in ["a b", "a", "a+b/c"] {
        assert_eq!(get(&store, key), Some(key.as_bytes().to_vec()));
    }
}

#[test]
fn a_bucket_made_anew_sees_nothing_of_the_old_one() {
    let (folder, store) = store();
    assert_eq!(store.create_bucket("b"), Ok(()));
    put(&store, "k", b"x");
    assert_eq!(store.delete_bucket("b"), Err(Trouble::BucketNotEmpty));
    store.delete("b", "k", None).unwrap();
    let upload = store.create_upload("b", "k", Default::default()).unwrap();
    store
        .put_part(
            "b",
            "k",
            &upload,
            1,
            incoming(&store, &body(1, 50_000)),
            Default::default(),
        )
        .unwrap();
    assert_eq!(files(folder.path(), &store), (1, 1));
    assert_eq!(store.delete_bucket("b"), Ok(()));
    assert_eq!(files(folder.path(), &store), (0, 0));
    assert_eq!(store.has_bucket("b"), Ok(false));
    assert_eq!(store.delete_bucket("b"), Err(Trouble::NoSuchBucket));
    assert_eq!(store.look("b", "k").unwrap_err(), Trouble::NoSuchBucket);
    assert_eq!(
        put_if(&store, "k", b"x", &WriteCond::default()),
        Err(Trouble::NoSuchBucket)
    );
    store.create_bucket("b").unwrap();
    assert_eq!(store.abort("b", "k", &upload), Err(Trouble::NoSuchUpload));
    let uploads = store
        .uploads(
            "b",
            &crate::backend::embedded::UploadQuery {
                most: 10,
                ..Default::default()
            },
        )
        .unwrap();
    assert!(uploads.uploads.is_empty());
}

#[test]
fn one_process_has_the_folder() {
    let (folder, store) = store();
    assert!(matches!(
        Store::open(folder.path()),
        Err(OpenError::InUse(path)) if path == folder.path()
    ));
    drop(store);
    opened(folder.path());
}

#[test]
fn files_of_nobody_are_swept_and_no_others() {
    let (folder, store) = store();
    put(&store, "k", &body(1, 100_000));
    drop(store);
    let stray = folder
        .path()
        .join("blobs/ab/ab000000000000000000000000000000");
    let foreign = [
        "blobs/ab/README",
        "blobs/ab/AB000000000000000000000000000000",
        "blobs/ab/cd000000000000000000000000000000",
        "ab000000000000000000000000000000",
    ]
    .map(|name| folder.path().join(name));
    std::fs::write(&stray, "x").unwrap();
    for path in &foreign {
        std::fs::write(path, "x").unwrap();
    }
    let store = opened(folder.path());
    assert!(!stray.exists());
    assert!(foreign.iter().all(|path| path.exists()));
    assert_eq!(get(&store, "k"), Some(body(1, 100_000)));
}

#[test]
fn blobs_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, store) = store();
    put(&store, "k", &body(1, 100_000));
    let id = crate::backend::embedded::blobs::files(folder.path()).unwrap()[0];
    let path = format!("blobs/{:02x}/{id:032x}", id >> 120);
    let path = folder.path().join(path);
    assert_eq!(
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn what_is_not_stored_leaves_nothing() {
    let (folder, store) = store();
    drop(incoming(&store, &body(1, 1_000_000)));
    let refused = store.put(
        "nobucket",
        "k",
        incoming(&store, &body(1, 100_000)),
        new("e"),
        &WriteCond::default(),
    );
    assert_eq!(refused, Err(Trouble::NoSuchBucket));
    assert_eq!(files(folder.path(), &store), (0, 0));
}
