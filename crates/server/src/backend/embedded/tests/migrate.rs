//! Old stores taken over.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::backend::embedded::index::Reserve;
use crate::backend::embedded::{MigrateError, Migrated, OpenError, migrate};

/// A data directory with an old store in it, laid out as s3s-fs does.
struct Old(tempfile::TempDir);

impl Old {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("s3")).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, bucket: &str, key: &str, bytes: &[u8]) {
        let path = self.path("s3").join(bucket).join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn side(&self, bucket: &str, key: &str, kind: &str, text: &str) {
        let base64 = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let name = format!(
            ".bucket-{}.object-{}.{kind}.json",
            base64(bucket),
            base64(key)
        );
        fs::write(self.path("s3").join(name), text).unwrap();
    }

    fn usual() -> Self {
        let old = Self::new();
        old.put("one", "a", b"hello");
        old.put("one", "deep/er/key", &body(1, 50_000));
        old.put("one", "empty", b"");
        old.put("two", "index.redb", b"x");
        fs::create_dir_all(old.path("s3/none/empty/folder")).unwrap();
        fs::create_dir_all(old.path("s3/.podpass-uploads")).unwrap();
        fs::write(old.path("s3/.upload-0000.json"), "null").unwrap();
        fs::write(old.path("s3/.upload_id-0000.part-1"), "part").unwrap();
        fs::write(old.path("s3/.tmp.7.internal.part"), "half").unwrap();
        old
    }

    fn migrate(&self) -> Result<Option<Migrated>, MigrateError> {
        migrate(&self.path("s3"))
    }

    fn open(&self) -> Result<Store, OpenError> {
        Store::open(&self.path("s3"))
    }
}

fn check(store: &Store) {
    let get = |bucket: &str, key: &str| bytes(&store.look(bucket, key).unwrap().unwrap());
    assert_eq!(get("one", "a"), b"hello");
    assert_eq!(get("one", "deep/er/key"), body(1, 50_000));
    assert_eq!(get("one", "empty"), b"");
    assert_eq!(get("two", "index.redb"), b"x");
    assert_eq!(store.has_bucket("none"), Ok(true));
    assert_eq!(store.has_bucket(".podpass-uploads"), Ok(false));
    let etag = store.look("one", "a").unwrap().unwrap().info.etag;
    assert_eq!(etag, "5d41402abc4b2a76b9719d911017c592");
}

fn snapshot(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(snapshot(&path));
        } else {
            all.push((
                path.strip_prefix(folder).unwrap().to_owned(),
                fs::read(&path).unwrap(),
            ));
        }
    }
    all.sort();
    all
}

#[test]
fn an_old_store_is_refused_and_the_command_named() {
    let old = Old::usual();
    let before = snapshot(&old.path("s3"));
    let refused = old.open().unwrap_err();
    assert!(matches!(refused, OpenError::Old(_)));
    assert!(
        refused.to_string().contains("`podpass migrate`"),
        "{refused}"
    );
    assert_eq!(snapshot(&old.path("s3")), before);
    // A bucket alone is enough of one, whatever its name.
    for bucket in ["index.redb", "lock", "blobs"] {
        let old = Old::new();
        fs::create_dir(old.path("s3").join(bucket)).unwrap();
        assert!(matches!(old.open(), Err(OpenError::Old(_))), "{bucket}");
    }
    Old::new().open().unwrap();
}

#[test]
fn an_old_store_is_taken_over_and_kept() {
    let old = Old::usual();
    let before = snapshot(&old.path("s3"));
    let done = old.migrate().unwrap().unwrap();
    let kept = old.path("s3.old");
    assert_eq!(
        done,
        Migrated {
            objects: 4,
            bytes: 50_006,
            uploads: 1,
            kept: Some(kept.clone())
        }
    );
    assert_eq!(snapshot(&kept), before);
    assert!(!old.path("s3.new").exists());
    check(&old.open().unwrap());
    assert_eq!(
        old.migrate().unwrap(),
        None,
        "a second time there is nothing to do"
    );
    assert_eq!(
        Old::new().migrate().unwrap(),
        None,
        "nor in an empty folder"
    );
}

#[test]
fn what_was_stored_beside_an_object_comes_with_it() {
    let old = Old::new();
    old.put("one", "a", b"hello");
    old.side(
        "one",
        "a",
        "metadata",
        r#"{"user_metadata":{"Who":"me","x":"1"},"content_type":"text/plain","expires":"1994-11-06T08:49:37Z"}"#,
    );
    let internal = r#"{"e_tag":"5d41402abc4b2a76b9719d911017c592","checksum_crc32":"NhCmhg=="}"#;
    old.side("one", "a", "internal", internal);
    old.put("one", "parts", b"hello");
    old.side(
        "one",
        "parts",
        "internal",
        r#"{"e_tag":"0123456789abcdef0123456789abcdef-2"}"#,
    );
    old.put("one", "stale", b"other");
    old.side("one", "stale", "internal", internal);
    old.migrate().unwrap();
    let store = old.open().unwrap();
    let pairs = |look: &Look| {
        let pairs = look
            .meta
            .iter()
            .map(|(name, value)| format!("{name}: {value}"));
        pairs.collect::<Vec<_>>()
    };
    let a = store.look("one", "a").unwrap().unwrap();
    assert_eq!(
        pairs(&a),
        [
            "content-type: text/plain",
            "expires: Sun, 06 Nov 1994 08:49:37 GMT",
            "x-amz-meta-who: me",
            "x-amz-meta-x: 1",
        ]
    );
    let checksum = a.info.checksum.unwrap();
    assert_eq!(
        (checksum.algorithm.as_str(), checksum.value.as_str()),
        ("CRC32", "NhCmhg==")
    );
    let file = fs::metadata(old.path("s3.old/one/a")).unwrap();
    assert_eq!(
        a.info.modified,
        std::os::unix::fs::MetadataExt::mtime(&file)
    );
    let parts = store.look("one", "parts").unwrap().unwrap().info;
    assert_eq!(parts.etag, "0123456789abcdef0123456789abcdef-2");
    let stale = store.look("one", "stale").unwrap().unwrap().info;
    assert_eq!(stale.etag, "795f3202b17cb6bc3d4b771d8c6c9eaf");
    assert_eq!(stale.checksum, None);
}

#[test]
fn no_link_is_followed_and_nothing_is_taken_over_beside_one() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(secret.path(), "secret").unwrap();
    type Spoil = fn(&Old, &Path);
    let table: [(&str, Spoil, &str); 6] = [
        (
            "a link to a file",
            |old, to| symlink(to, old.path("s3/one/link")).unwrap(),
            "`one/link` is a symbolic link",
        ),
        (
            "a link to a folder",
            |old, _| symlink("/etc", old.path("s3/one/deep/etc")).unwrap(),
            "`one/deep/etc` is a symbolic link",
        ),
        (
            "a link that leads nowhere",
            |old, _| symlink("/none", old.path("s3/one/n")).unwrap(),
            "`one/n` is a symbolic link",
        ),
        (
            "a bucket that is a link",
            |old, _| symlink("/etc", old.path("s3/three")).unwrap(),
            "`three` is no folder",
        ),
        (
            "a pipe",
            |old, _| {
                let path = old.path("s3/one/pipe");
                assert!(
                    std::process::Command::new("mkfifo")
                        .arg(path)
                        .status()
                        .unwrap()
                        .success()
                );
            },
            "`one/pipe` is neither file nor folder",
        ),
        (
            "a name that is not UTF-8",
            |old, _| {
                use std::os::unix::ffi::OsStrExt as _;
                let name = std::ffi::OsStr::from_bytes(b"\xff");
                fs::write(old.path("s3/one").join(name), "x").unwrap();
            },
            "is a name that is not UTF-8",
        ),
    ];
    for (name, spoil, expected) in table {
        let old = Old::usual();
        spoil(&old, secret.path());
        let refused = old.migrate().unwrap_err();
        let MigrateError::Refused(problems, 0) = &refused else {
            panic!("{name}: {refused}");
        };
        assert_eq!(problems.len(), 1, "{name}: {problems:?}");
        assert!(problems[0].contains(expected), "{name}: {problems:?}");
        assert!(
            old.path("s3/one/a").exists() && !old.path("s3.old").exists(),
            "{name}"
        );
        assert!(old.open().is_err(), "{name}");
    }
    // The folder itself.
    let old = Old::usual();
    fs::rename(old.path("s3"), old.path("elsewhere")).unwrap();
    symlink(old.path("elsewhere"), old.path("s3")).unwrap();
    assert!(matches!(old.migrate(), Err(MigrateError::Trouble(_))));
    // Side files lie where a link would be followed as well.
    let old = Old::new();
    old.put("one", "a", b"hello");
    let side = format!(
        "s3/.bucket-{0}.object-{1}.metadata.json",
        URL_SAFE_NO_PAD.encode("one"),
        URL_SAFE_NO_PAD.encode("a")
    );
    symlink(secret.path(), old.path(&side)).unwrap();
    assert!(matches!(old.migrate(), Err(MigrateError::Trouble(_))));
    assert!(old.path("s3/one/a").exists());
}

#[test]
fn a_run_that_was_cut_off_is_gone_on_with() {
    // Each as a kill leaves it.
    type Cut = fn(&Old);
    let table: [(&str, Cut); 7] = [
        ("before anything was written", |old| {
            fs::create_dir(old.path("s3.new")).unwrap()
        }),
        ("in the making of the index", |old| {
            fs::create_dir(old.path("s3.new")).unwrap();
            fs::write(old.path("s3.new/index.redb.new"), "half").unwrap();
        }),
        ("with some objects written", |old| {
            fs::create_dir(old.path("s3.new")).unwrap();
            let store = Store::open_with(&old.path("s3.new"), Reserve::USUAL).unwrap();
            store.set_migrating(true).unwrap();
            store.create_bucket("one").unwrap();
            store
                .put(
                    "one",
                    "a",
                    incoming(&store, b"hello"),
                    new("x"),
                    &WriteCond::default(),
                )
                .unwrap();
        }),
        ("with an object that is gone by now", |old| {
            fs::create_dir(old.path("s3.new")).unwrap();
            let store = Store::open_with(&old.path("s3.new"), Reserve::USUAL).unwrap();
            store.set_migrating(true).unwrap();
            store.create_bucket("one").unwrap();
            store
                .put(
                    "one",
                    "gone",
                    incoming(&store, b"hello"),
                    new("x"),
                    &WriteCond::default(),
                )
                .unwrap();
        }),
        ("with everything written", |old| {
            old.migrate().unwrap();
            fs::rename(old.path("s3"), old.path("s3.new")).unwrap();
            fs::rename(old.path("s3.old"), old.path("s3")).unwrap();
        }),
        ("with the old one put aside", |old| {
            old.migrate().unwrap();
            fs::rename(old.path("s3"), old.path("s3.new")).unwrap();
        }),
        ("and a server that was started then", |old| {
            old.migrate().unwrap();
            fs::rename(old.path("s3"), old.path("s3.new")).unwrap();
            fs::create_dir(old.path("s3")).unwrap();
        }),
    ];
    for (name, cut) in table {
        let old = Old::usual();
        cut(&old);
        if old.path("s3").exists() {
            assert!(old.open().is_err(), "{name}: no store is made over it");
        }
        let done = old.migrate().unwrap().unwrap();
        assert_eq!((done.objects, done.bytes), (4, 50_006), "{name}");
        let store = old.open().unwrap();
        check(&store);
        assert_eq!(
            store.look("one", "gone").unwrap().map(|look| look.info),
            None,
            "{name}"
        );
        let (found, named) = files(&old.path("s3"), &store);
        assert_eq!((found, named), (1, 1), "{name}");
        assert!(old.path("s3.old/one/a").exists(), "{name}");
        assert!(!old.path("s3.new").exists(), "{name}");
    }
}

#[test]
fn a_second_old_store_is_kept_beside_the_first() {
    let old = Old::usual();
    fs::create_dir(old.path("s3.old")).unwrap();
    let done = old.migrate().unwrap().unwrap();
    assert_eq!(done.kept, Some(old.path("s3.old2")));
}
