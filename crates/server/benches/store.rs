//! What the embedded store costs, without the server above it: `cargo bench -p server --bench
//! store`. `PODPASS_KEYS` sets how many keys are listed out of.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark"
)]

use std::path::Path;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};
use server::backend::embedded::{NewObject, Query, Store, WriteCond};

const MIB: usize = 1024 * 1024;

fn main() {
    // `cargo test --all-targets` runs benchmarks too, and then nothing is to be measured.
    if !std::env::args().any(|word| word == "--bench") {
        return;
    }
    let folder =
        tempfile::tempdir_in(std::env::var("PODPASS_BENCH_DIR").unwrap_or("target".into()));
    let folder = folder.unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.create_bucket("b").unwrap();
    println!("{:<52} {:>12} {:>12}", "", "wall, us", "CPU, us");

    for writers in [1, 4, 16] {
        for length in [1_024, 64 * 1_024] {
            let each = 400 / writers;
            let name = format!("put of {length} bytes, {writers} at once");
            measure(&name, writers * each, || {
                std::thread::scope(|scope| {
                    for writer in 0..writers {
                        let store = &store;
                        scope.spawn(move || {
                            for number in 0..each {
                                put(store, &format!("p/{writer}/{number}"), &vec![7; length]);
                            }
                        });
                    }
                });
            });
        }
    }
    put(&store, "small", &vec![7; 1_024]);
    put(&store, "file", &vec![7; 64 * 1_024]);
    for (key, length) in [("small", 1_024), ("file", 64 * 1_024)] {
        let mut buffer = vec![0; 256 * 1_024];
        measure(&format!("get of {length} bytes"), 20_000, || {
            for _ in 0..20_000 {
                let look = store.look("b", key).unwrap().unwrap();
                assert_eq!(look.blob.read_at(&mut buffer, 0).unwrap(), length);
            }
        });
    }
    let (large, mut buffer) = (vec![7; 64 * MIB], vec![0; MIB]);
    measure("put of 64 MiB", 4, || {
        (0..4).for_each(|_| put(&store, "large", &large))
    });
    measure("get of 64 MiB", 4, || {
        for _ in 0..4 {
            let (look, mut at) = (store.look("b", "large").unwrap().unwrap(), 0);
            while at < look.blob.size() {
                at += look.blob.read_at(&mut buffer, at).unwrap() as u64;
            }
        }
    });

    let keys = std::env::var("PODPASS_KEYS").ok();
    let keys: usize = keys.and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    measure(
        &format!("a key of {keys} that are written in bulk"),
        keys,
        || fill(&store, keys),
    );
    let list = |name: &str, prefix: &str, delimiter: &str, after: &str, found: usize| {
        let query = Query {
            prefix: prefix.to_owned(),
            delimiter: delimiter.to_owned(),
            after: after.to_owned(),
            most: 1_000,
        };
        measure(name, 20, || {
            for _ in 0..20 {
                let page = store.list("b", &query).unwrap();
                assert_eq!(page.objects.len() + page.prefixes.len(), found, "{name}");
            }
        });
    };
    let middle = key(keys / 2);
    list(
        "a listing of 1,000 from the middle",
        "many/",
        "",
        &middle,
        1_000,
    );
    list("a common prefix of them all", "", "/", "many", 3);
    list(
        "1,000 common prefixes",
        "many/",
        "/",
        "",
        (keys / 500).min(1_000),
    );
    measure("a put of 1,024 bytes beside them", 200, || {
        (0..200).for_each(|number| put(&store, &format!("q/{number}"), &[7; 1_024]));
    });

    // As a kill leaves it: copied while it is open.
    let killed = tempfile::tempdir_in(folder.path().parent().unwrap()).unwrap();
    copy(folder.path(), killed.path());
    measure("an opening after a kill", 1, || {
        drop(Store::open(killed.path()).unwrap())
    });
    drop(store);
    measure("an opening after a close", 1, || {
        drop(Store::open(folder.path()).unwrap())
    });
    let size = std::fs::metadata(folder.path().join("index.redb"))
        .unwrap()
        .len();
    println!("the index has {} MiB", size / MIB as u64);
}

fn key(number: usize) -> String {
    format!("many/{:06}/{number:09}.parquet", number / 500)
}

fn fill(store: &Store, keys: usize) {
    for from in (0..keys).step_by(10_000) {
        let objects = (from..keys.min(from + 10_000)).map(|number| {
            let mut incoming = store.incoming();
            incoming.write(b"x").unwrap();
            ("b".to_owned(), key(number), incoming, object())
        });
        store.put_many(objects.collect()).unwrap();
    }
}

fn object() -> NewObject {
    NewObject {
        etag: "0123456789abcdef0123456789abcdef".to_owned(),
        modified: 1_760_000_000,
        meta: vec![("content-type".to_owned(), "text/plain".to_owned())],
        ..NewObject::default()
    }
}

fn put(store: &Store, key: &str, bytes: &[u8]) {
    let mut incoming = store.incoming();
    for chunk in bytes.chunks(MIB / 4) {
        incoming.write(chunk).unwrap();
    }
    store
        .put("b", key, incoming, object(), &WriteCond::default())
        .unwrap();
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let (entry, to) = (
            entry.as_ref().unwrap(),
            to.join(entry.as_ref().unwrap().file_name()),
        );
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), &to).unwrap();
        }
    }
}

fn measure(name: &str, times: usize, work: impl FnOnce()) {
    let cpu = || {
        let now = clock_gettime(ClockId::ProcessCPUTime);
        now.tv_sec as f64 * 1e6 + now.tv_nsec as f64 / 1e3
    };
    let (began, used) = (Instant::now(), cpu());
    work();
    let (wall, used) = (began.elapsed().as_secs_f64() * 1e6, cpu() - used);
    println!(
        "{name:<52} {:>12.1} {:>12.1}",
        wall / times as f64,
        used / times as f64
    );
}
