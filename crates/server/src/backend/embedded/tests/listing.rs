//! Listings against a few lines of obvious Rust, and at size.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;
use crate::backend::embedded::{Page, Query, Upload, UploadQuery};

fn filled(keys: &[&str]) -> (tempfile::TempDir, Store) {
    let (folder, store) = store();
    let objects = keys
        .iter()
        .map(|key| {
            (
                "b".to_owned(),
                (*key).to_owned(),
                store.incoming(),
                new("e"),
            )
        })
        .collect();
    store.put_many(objects).unwrap();
    (folder, store)
}

/// Objects and common prefixes as one list, and what the page ends with.
fn flat(page: Page) -> (Vec<String>, Option<String>) {
    let keys = page.objects.into_iter().map(|(key, _)| key);
    let mut all: Vec<String> = keys.chain(page.prefixes).collect();
    all.sort();
    (all, page.next)
}

fn list(store: &Store, prefix: &str, delimiter: &str, after: &str, most: usize) -> Page {
    let query = Query {
        prefix: prefix.to_owned(),
        delimiter: delimiter.to_owned(),
        after: after.to_owned(),
        most,
    };
    store.list("b", &query).unwrap()
}

/// What S3 says, over all keys at once.
fn expected(keys: &BTreeSet<String>, query: &Query) -> (Vec<String>, Option<String>) {
    let mut all = BTreeSet::new();
    for key in keys.iter().filter(|key| key.starts_with(&query.prefix)) {
        let rest = key.strip_prefix(&query.prefix).unwrap();
        let end = rest
            .find(&query.delimiter)
            .filter(|_| !query.delimiter.is_empty());
        let end = end.map(|at| query.prefix.len() + at + query.delimiter.len());
        all.insert(
            end.map_or(key.as_str(), |end| key.get(..end).unwrap())
                .to_owned(),
        );
    }
    let all: Vec<String> = all.into_iter().filter(|one| *one > query.after).collect();
    let page: Vec<String> = all.iter().take(query.most).cloned().collect();
    let more = all.len() > page.len() && query.most > 0;
    let next = page.last().filter(|_| more).cloned();
    (page, next)
}

#[test]
fn a_table_of_listings() {
    let keys = ["a", "a/", "a/b", "a/b/c", "a/d", "ab", "b//c", "b/c", "c"];
    let (_folder, store) = filled(&keys);
    let none: Option<&str> = None;
    for (name, prefix, delimiter, after, most, found, next) in [
        ("all", "", "", "", 100, keys.to_vec(), none),
        (
            "a delimiter",
            "",
            "/",
            "",
            100,
            vec!["a", "a/", "ab", "b/", "c"],
            none,
        ),
        (
            "a prefix that is a key",
            "a",
            "/",
            "",
            100,
            vec!["a", "a/", "ab"],
            none,
        ),
        (
            "below a common prefix",
            "a/",
            "/",
            "",
            100,
            vec!["a/", "a/b", "a/b/", "a/d"],
            none,
        ),
        (
            "an empty segment",
            "b/",
            "/",
            "",
            100,
            vec!["b//", "b/c"],
            none,
        ),
        ("a page", "", "/", "", 2, vec!["a", "a/"], Some("a/")),
        (
            "behind a common prefix",
            "",
            "/",
            "a/",
            100,
            vec!["ab", "b/", "c"],
            none,
        ),
        (
            "within a common prefix",
            "",
            "/",
            "a/b",
            100,
            vec!["ab", "b/", "c"],
            none,
        ),
        ("the last page is full", "", "/", "b/", 1, vec!["c"], none),
        ("behind the last", "", "", "c", 100, vec![], none),
        (
            "a delimiter of two",
            "",
            "/b",
            "",
            100,
            vec!["a", "a/", "a/b", "a/d", "ab", "b//c", "b/c", "c"],
            none,
        ),
        ("a prefix of nothing", "x", "", "", 100, vec![], none),
        (
            "a marker before the prefix",
            "b",
            "",
            "a",
            100,
            vec!["b//c", "b/c"],
            none,
        ),
        (
            "a marker behind the prefix",
            "a",
            "",
            "b",
            100,
            vec![],
            none,
        ),
        ("none asked for", "", "", "", 0, vec![], none),
        (
            "a delimiter at the prefix's end",
            "a",
            "a",
            "",
            100,
            vec!["a", "a/", "a/b", "a/b/c", "a/d", "ab"],
            none,
        ),
    ] {
        let (all, at) = flat(list(&store, prefix, delimiter, after, most));
        assert_eq!(
            (all, at.as_deref()),
            (found.iter().map(|key| (*key).to_owned()).collect(), next),
            "{name}"
        );
    }
    assert_eq!(
        store.list("none", &Query::default()),
        Err(Trouble::NoSuchBucket)
    );
}

#[test]
fn a_common_prefix_costs_one_step_however_many_keys_it_has() {
    let (_folder, store) = store();
    let objects = |from: u32| {
        (from..from + 1_000)
            .map(|at| {
                let key = format!("{}/{at:06}", if at < 19_000 { "many" } else { "more" });
                ("b".to_owned(), key, store.incoming(), new("e"))
            })
            .collect()
    };
    for from in (0..20_000).step_by(1_000) {
        store.put_many(objects(from)).unwrap();
    }
    let (all, next) = flat(list(&store, "", "/", "", 1_000));
    assert_eq!(
        (all, next),
        (vec!["many/".to_owned(), "more/".to_owned()], None)
    );
    // The pages of all keys, one after another.
    let (mut after, mut seen, mut pages) = (String::new(), 0, 0);
    loop {
        let page = list(&store, "", "", &after, 1_000);
        seen += page.objects.len();
        pages += 1;
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!((seen, pages), (20_000, 20));
}

#[test]
fn uploads_are_in_order_of_key_and_beginning() {
    let (_folder, store) = store();
    let begin = |key: &str, initiated: i64| {
        let upload = Upload {
            initiated,
            initiator: "me".to_owned(),
            ..Upload::default()
        };
        store.create_upload("b", key, upload).unwrap()
    };
    let third = begin("k", 300);
    let first = begin("k", 100);
    let second = begin("k", 200);
    let longer = begin("k/x", 50);
    begin("k/y", 50);
    let before = begin("a", 400);
    let page = |delimiter: &str, key_marker: &str, upload_marker: Option<&str>, most: usize| {
        let query = UploadQuery {
            delimiter: delimiter.to_owned(),
            key_marker: key_marker.to_owned(),
            upload_marker: upload_marker.map(str::to_owned),
            most,
            ..UploadQuery::default()
        };
        let page = store.uploads("b", &query).unwrap();
        let ids: Vec<String> = page.uploads.into_iter().map(|(_, id, _)| id).collect();
        (ids, page.prefixes, page.next)
    };
    let (all, prefixes, next) = page("", "", None, 5);
    assert_eq!(
        all,
        [&before, &first, &second, &third, &longer].map(Clone::clone)
    );
    assert_eq!(
        (prefixes, next),
        (vec![], Some(("k/x".to_owned(), Some(longer.clone()))))
    );
    let (all, prefixes, next) = page("/", "k", Some(&first), 2);
    assert_eq!(all, [&second, &third].map(Clone::clone));
    assert_eq!(
        (prefixes.len(), next),
        (0, Some(("k".to_owned(), Some(third.clone()))))
    );
    let (all, prefixes, next) = page("/", "k", Some(&third), 2);
    assert_eq!((all, prefixes, next), (vec![], vec!["k/".to_owned()], None));
    assert_eq!(
        page("/", "k", None, 2).1,
        ["k/"],
        "without an upload: greater keys alone"
    );
    assert_eq!(page("", "k/x", None, 9).0.len(), 1);
    assert_eq!(
        page("", "", Some(&first), 9).0.len(),
        6,
        "no key: the upload means nothing"
    );
    assert_eq!(
        page("/", "", None, 4).2,
        Some(("k".to_owned(), Some(third)))
    );
    assert_eq!(page("/", "k/", None, 4), (vec![], vec![], None));
}

#[test]
fn listings_are_what_a_set_of_strings_lists() {
    let (_folder, store) = store();
    let cases = std::cell::Cell::new(0);
    let keys = proptest::collection::btree_set("[ab/é\u{10ffff}]{1,6}", 1..40);
    let query = (
        "[ab/é]{0,3}",
        "(|/|a|/a|é)",
        "[ab/é\u{10ffff}]{0,4}",
        0..8_usize,
    );
    let queries = proptest::collection::vec(query, 30);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(64));
    let done = runner.run(&(keys, queries), |(keys, queries)| {
        cases.set(cases.get() + 1);
        let bucket = format!("case-{}", cases.get());
        store.create_bucket(&bucket).unwrap();
        let objects = keys
            .iter()
            .map(|key| (bucket.clone(), key.clone(), store.incoming(), new("e")));
        store.put_many(objects.collect()).unwrap();
        for (prefix, delimiter, after, most) in queries {
            let query = Query {
                prefix,
                delimiter,
                after,
                most,
            };
            let page = store.list(&bucket, &query).unwrap();
            prop_assert!(page.objects.iter().all(|(key, _)| keys.contains(key)));
            prop_assert_eq!(flat(page), expected(&keys, &query), "{:?}", query);
        }
        Ok(())
    });
    done.unwrap();
}
