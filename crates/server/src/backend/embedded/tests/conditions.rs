//! Conditions of writes and deletes, and tags of the very object.

use super::*;
use crate::backend::embedded::EtagMatch;

fn is(etag: &str) -> WriteCond {
    WriteCond {
        if_match: Some(EtagMatch::Etag(etag.to_owned())),
        ..WriteCond::default()
    }
}

#[test]
fn a_write_is_refused_when_its_condition_does_not_hold() {
    let any = WriteCond {
        if_match: Some(EtagMatch::Any),
        ..WriteCond::default()
    };
    let none = WriteCond {
        if_none_match_any: true,
        ..WriteCond::default()
    };
    let table = [
        (
            "nothing asked, no object",
            false,
            WriteCond::default(),
            Ok(()),
        ),
        (
            "nothing asked, an object",
            true,
            WriteCond::default(),
            Ok(()),
        ),
        ("If-None-Match: *, no object", false, none.clone(), Ok(())),
        (
            "If-None-Match: *, an object",
            true,
            none,
            Err(Trouble::Precondition),
        ),
        (
            "If-Match: *, no object",
            false,
            any.clone(),
            Err(Trouble::NoSuchKey),
        ),
        ("If-Match: *, an object", true, any, Ok(())),
        ("If-Match of its ETag", true, is("e3"), Ok(())),
        (
            "If-Match of another",
            true,
            is("e4"),
            Err(Trouble::Precondition),
        ),
        (
            "If-Match, no object",
            false,
            is("e3"),
            Err(Trouble::NoSuchKey),
        ),
    ];
    for (name, exists, cond, expected) in table {
        let (folder, store) = store();
        if exists {
            put(&store, "k", b"old");
        }
        let done = put_if(&store, "k", &body(1, 40_000), &cond).map(|_| ());
        assert_eq!(done, expected, "{name}");
        let (before, after) = (exists.then(|| b"old".to_vec()), body(1, 40_000));
        let found = get(&store, "k");
        assert_eq!(
            found,
            if expected.is_ok() {
                Some(after)
            } else {
                before
            },
            "{name}"
        );
        let kept = usize::from(expected.is_ok());
        assert_eq!(files(folder.path(), &store), (kept, kept), "{name}");
    }
}

#[test]
fn one_of_many_writers_of_a_new_key_gets_it() {
    let (_folder, store) = store();
    let cond = WriteCond {
        if_none_match_any: true,
        ..WriteCond::default()
    };
    let done = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8_u8)
            .map(|number| {
                let (store, cond) = (&store, &cond);
                scope.spawn(move || put_if(store, "k", &[number; 10], cond).map(|_| number))
            })
            .collect();
        writers
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect::<Vec<_>>()
    });
    let winners: Vec<u8> = done.iter().filter_map(|done| done.clone().ok()).collect();
    assert_eq!(winners.len(), 1, "{done:?}");
    assert_eq!(get(&store, "k"), Some(vec![winners[0]; 10]));
    let refused = done
        .iter()
        .filter(|done| **done == Err(Trouble::Precondition));
    assert_eq!(refused.count(), 7, "{done:?}");
}

#[test]
fn deletes_answer_key_by_key() {
    let (_folder, store) = store();
    for key in ["a", "b", "c", "d"] {
        put(&store, key, b"xyz");
    }
    let etag = |etag: &str| Some(EtagMatch::Etag(etag.to_owned()));
    let keys = [
        ("a", None),
        ("none", None),
        ("b", etag("e3")),
        ("c", etag("other")),
        ("none", etag("e3")),
        ("none", Some(EtagMatch::Any)),
        ("d", Some(EtagMatch::Any)),
        ("d", None),
    ];
    let keys = keys.map(|(key, wanted)| (key.to_owned(), wanted)).to_vec();
    assert_eq!(
        store.delete_many("b", keys).unwrap(),
        [
            Ok(true),
            Ok(false),
            Ok(true),
            Err(Trouble::Precondition),
            Err(Trouble::NoSuchKey),
            Err(Trouble::NoSuchKey),
            Ok(true),
            Ok(false),
        ]
    );
    assert_eq!(get(&store, "c"), Some(b"xyz".to_vec()));
    assert_eq!(
        store.delete_many("none", Vec::new()),
        Err(Trouble::NoSuchBucket)
    );
}

#[test]
fn tags_go_to_the_object_that_was_looked_at() {
    let (folder, store) = store();
    let first = put(&store, "k", &body(1, 40_000));
    let tags = |text: &str| vec![("t".to_owned(), text.to_owned())];
    assert_eq!(store.set_tags("b", "k", first.id, None, tags("1")), Ok(()));
    assert_eq!(look(&store, "k").unwrap().tags, tags("1"));
    let second = put(&store, "k", &body(2, 40_000));
    assert_eq!(
        store.set_tags("b", "k", first.id, None, tags("2")),
        Err(Trouble::Changed)
    );
    assert_eq!(look(&store, "k").unwrap().tags, Vec::new());
    assert_eq!(
        store.set_tags("b", "none", second.id, None, tags("3")),
        Err(Trouble::NoSuchKey)
    );
    assert_eq!(store.set_tags("b", "k", second.id, None, tags("4")), Ok(()));
    for (were, expected) in [("3", Err(Trouble::Changed)), ("4", Ok(()))] {
        let done = store.set_tags("b", "k", second.id, Some(&tags(were)), tags("5"));
        assert_eq!(done, expected, "{were}");
    }
    assert_eq!(look(&store, "k").unwrap().tags, tags("5"));
    assert_eq!(get(&store, "k"), Some(body(2, 40_000)));
    assert_eq!(files(folder.path(), &store), (1, 1));
}
