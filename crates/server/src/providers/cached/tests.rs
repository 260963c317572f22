//! What a request does at which age of the keys, without a clock.

use token::{Algorithm, Owner, SigningKey, public_jwks};

use super::*;

fn fetched(key: &SigningKey, max_age: Option<u64>) -> Fetched {
    let jwks = public_jwks(&[key]);
    let (set, _) = KeySet::admit(Owner::new("p"), jwks.as_bytes()).unwrap();
    Fetched {
        set,
        jwks: jwks.into(),
        rejected: 0,
        max_age: max_age.map(Duration::from_secs),
    }
}

fn word(plan: &Plan) -> &'static str {
    match plan {
        Plan::Serve(_) => "serve",
        Plan::ServeAndRefresh(_) => "refresh",
        Plan::Fetch => "fetch",
        Plan::Refuse(_) => "refuse",
    }
}

#[test]
fn keys_live_between_five_minutes_and_an_hour_and_are_renewed_at_four_fifths() {
    let (key, begin) = (
        SigningKey::generate(Algorithm::Es256).unwrap(),
        crate::clock::mark(),
    );
    for (max_age, life) in [
        (None, 3600),
        (Some(0), 300),
        (Some(600), 600),
        (Some(86_400), 3600),
    ] {
        let mut cached = Cached::default();
        assert_eq!(
            word(&cached.plan(Some("x"), begin, &Pace::default())),
            "fetch"
        );
        assert!(
            cached.begin(begin) && !cached.begin(begin),
            "one fetch at a time"
        );
        cached.renew(fetched(&key, max_age), begin, &Pace::default());
        for (at, expected) in [
            (0, "serve"),
            (life * 4 / 5 - 1, "serve"),
            (life * 4 / 5, "refresh"),
            (life, "fetch"),
        ] {
            let plan = cached.plan(
                Some(key.kid()),
                begin + Duration::from_secs(at),
                &Pace::default(),
            );
            assert_eq!(word(&plan), expected, "{max_age:?} after {at}");
        }
    }
}

#[test]
fn attack_14_unknown_key_ids_ask_at_most_once_in_thirty_seconds() {
    let (key, begin, pace) = (
        SigningKey::generate(Algorithm::Es256).unwrap(),
        crate::clock::mark(),
        Pace::default(),
    );
    let mut cached = Cached::default();
    cached.begin(begin);
    cached.renew(fetched(&key, None), begin, &pace);
    let mut fetches = 0;
    for millisecond in 0..60_000 {
        let now = begin + Duration::from_millis(millisecond);
        if matches!(cached.plan(Some("made up"), now, &pace), Plan::Fetch) && cached.begin(now) {
            fetches += 1;
            cached.renew(fetched(&key, None), now, &pace);
        }
    }
    assert_eq!(
        fetches, 1,
        "one in a minute beside the first: at 30 s, the next would be at 60 s"
    );
    // Failures do not make it ask more often.
    cached.begin(begin + Duration::from_secs(60));
    cached.fail(
        KeysMissing::Refused("x".to_owned()),
        begin + Duration::from_secs(61),
        &pace,
    );
    assert_eq!(
        word(&cached.plan(Some("made up"), begin + Duration::from_secs(62), &pace)),
        "serve"
    );
}

#[test]
fn an_issuer_that_fails_is_served_stale_for_a_day_and_asked_ever_less() {
    let (key, begin, pace) = (
        SigningKey::generate(Algorithm::Es256).unwrap(),
        crate::clock::mark(),
        Pace::default(),
    );
    let at = |seconds: u64| begin + Duration::from_secs(seconds);
    let lost = || KeysMissing::Unreachable("gone".to_owned());
    let mut cached = Cached::default();
    cached.begin(begin);
    cached.renew(fetched(&key, None), begin, &pace);
    cached.begin(at(3600));
    cached.fail(lost(), at(3601), &pace);
    for (seconds, expected) in [
        (3602, "serve"),
        (3606, "refresh"),
        (3600 + 86_399, "fetch"),
        (3600 + 86_400, "fetch"),
    ] {
        assert_eq!(
            word(&cached.plan(Some(key.kid()), at(seconds), &pace)),
            expected,
            "{seconds}"
        );
    }
    let mut empty = Cached::default();
    let mut now = begin;
    for rest in [5, 10, 20, 30, 30] {
        assert_eq!(word(&empty.plan(Some("x"), now, &pace)), "fetch");
        empty.begin(now);
        empty.fail(lost(), now, &pace);
        assert_eq!(
            word(&empty.plan(Some("x"), now + Duration::from_secs(rest - 1), &pace)),
            "refuse"
        );
        now += Duration::from_secs(rest);
    }
}

#[test]
fn attack_18_a_removed_key_is_gone_with_the_next_set_and_the_same_document_is_the_same_set() {
    let [old, new] = [0, 1].map(|_| SigningKey::generate(Algorithm::Es256).unwrap());
    let (begin, pace) = (crate::clock::mark(), Pace::default());
    let mut cached = Cached::default();
    let set = |cached: &Cached| match cached.plan(None, begin, &pace) {
        Plan::Serve(set) => set,
        other => panic!("{other:?}"),
    };
    cached.renew(fetched(&old, None), begin, &pace);
    let first = set(&cached);
    cached.renew(fetched(&old, None), begin, &pace);
    assert!(Arc::ptr_eq(&first, &set(&cached)));
    cached.renew(fetched(&new, None), begin, &pace);
    assert!(set(&cached).has(new.kid()) && !set(&cached).has(old.kid()));
}

/// What becomes of the keys that a provider's tokens name, hour after hour at the pace of
/// production: one takes effect when it is first named, one that was removed at the end of its
/// set's life, and one that went while the issuer was away, when the issuer is back.
#[test]
fn attack_18_a_new_key_is_found_at_once_and_a_removed_one_stops_with_the_next_set() {
    let [old, new, last] = [0, 1, 2].map(|_| SigningKey::generate(Algorithm::Es256).unwrap());
    let (begin, pace) = (crate::clock::mark(), Pace::default());
    let at = |seconds: u64| begin + Duration::from_secs(seconds);
    let plan = |cached: &Cached, key: &SigningKey, seconds| {
        word(&cached.plan(Some(key.kid()), at(seconds), &pace))
    };
    let fetch = |cached: &mut Cached, key: &SigningKey, seconds| {
        assert!(cached.begin(at(seconds)));
        cached.renew(fetched(key, None), at(seconds), &pace);
    };
    let fail = |cached: &mut Cached, seconds| {
        assert!(cached.begin(at(seconds)));
        cached.fail(
            KeysMissing::Unreachable("503".to_owned()),
            at(seconds),
            &pace,
        );
    };
    let mut cached = Cached::default();
    fetch(&mut cached, &old, 0);
    // Named for the first time, but the last fetch is not half a minute ago.
    assert_eq!(
        (plan(&cached, &new, 29), plan(&cached, &new, 30)),
        ("serve", "fetch")
    );
    fetch(&mut cached, &new, 30);
    // The old one is unknown now, and stays so however often it is asked for.
    assert_eq!(
        (plan(&cached, &old, 59), plan(&cached, &old, 60)),
        ("serve", "fetch")
    );
    fetch(&mut cached, &new, 60);
    assert!(
        !matches!(cached.plan(Some(old.kid()), at(61), &pace), Plan::Serve(set) if set.has(old.kid()))
    );
    // The issuer fails past the end of the set's life: its keys serve on, and it is asked again
    // and again.
    assert_eq!(
        (plan(&cached, &new, 3_659), plan(&cached, &new, 3_660)),
        ("refresh", "fetch")
    );
    fail(&mut cached, 3_660);
    assert_eq!(
        (plan(&cached, &new, 3_664), plan(&cached, &new, 3_665)),
        ("serve", "refresh")
    );
    fail(&mut cached, 3_665);
    assert_eq!(
        (plan(&cached, &new, 3_674), plan(&cached, &new, 3_675)),
        ("serve", "refresh")
    );
    // Back again, without the key that it had when it went.
    fetch(&mut cached, &last, 3_675);
    assert_eq!(
        (plan(&cached, &last, 3_676), plan(&cached, &new, 3_705)),
        ("serve", "fetch")
    );
    assert!(
        matches!(cached.plan(Some(new.kid()), at(3_676), &pace), Plan::Serve(set) if !set.has(new.kid()))
    );
}

#[test]
fn an_issuer_that_is_down_is_worth_a_retry() {
    let (key, begin, pace) = (
        SigningKey::generate(Algorithm::Es256).unwrap(),
        crate::clock::mark(),
        Pace::default(),
    );
    let plan = |cached: &Cached, seconds| {
        word(&cached.plan(Some(key.kid()), begin + Duration::from_secs(seconds), &pace))
    };
    let mut cached = Cached::default();
    assert!(cached.begin(begin));
    cached.fail(
        KeysMissing::Unreachable("it hangs up".to_owned()),
        begin,
        &pace,
    );
    assert_eq!((plan(&cached, 4), plan(&cached, 5)), ("refuse", "fetch"));
    assert!(cached.begin(begin + Duration::from_secs(5)));
    cached.renew(fetched(&key, None), begin + Duration::from_secs(5), &pace);
    assert_eq!(plan(&cached, 5), "serve", "and then it is up");
}
