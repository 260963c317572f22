//! What a token that holds tells is what its claims say.

use std::time::Duration;

use serde_json::{Value, json};
use token::{DEFAULT_MAX_AGE, Expectation, ServiceAccountClaims, Verified, sign, sign_claims};

use crate::{EC, ISSUER, NOW, RSA, both_keys, claims_with, verify};

const TAGS: &str = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
const ROLES: &str = "https://aws.amazon.com/roles";

fn read(changes: Value) -> Verified {
    verify(
        &sign_claims(&RSA, &claims_with(changes)).unwrap(),
        &both_keys(),
    )
    .unwrap()
}

#[test]
fn registered_claims_come_through() {
    let all = read(
        json!({ "aud": ["vault", "sts.amazonaws.com"], "amr": ["mfa"], "email": "a@b.example", "exp": NOW + 60 }),
    );
    assert_eq!(
        (all.issuer(), all.subject()),
        (ISSUER, "system:serviceaccount:ns:app")
    );
    assert_eq!(
        (all.audiences(), all.matched_audience()),
        (
            &["vault".to_owned(), "sts.amazonaws.com".to_owned()][..],
            "sts.amazonaws.com"
        )
    );
    assert_eq!(
        (all.azp(), all.amr(), all.email()),
        (None, &["mfa".to_owned()][..], Some("a@b.example"))
    );
    assert_eq!((all.issued_at(), all.expires_at()), (NOW - 10, NOW + 60));
    let by_party = read(json!({ "azp": "sts.amazonaws.com", "aud": "vault" }));
    assert_eq!(
        (
            by_party.azp(),
            by_party.matched_audience(),
            by_party.email()
        ),
        (Some("sts.amazonaws.com"), "sts.amazonaws.com", None)
    );
}

#[test]
fn what_the_api_server_signs_holds() {
    let claims = ServiceAccountClaims {
        issuer: ISSUER.to_owned(),
        namespace: "ns".to_owned(),
        service_account: "app".to_owned(),
        service_account_uid: "u1".to_owned(),
        pod: Some(("app-0".to_owned(), "u2".to_owned())),
        audiences: vec!["sts.amazonaws.com".to_owned()],
        issued_at: NOW - 1,
        expires_at: NOW + 600,
        id: "j".to_owned(),
    };
    let verified = verify(&sign(&EC, &claims).unwrap(), &both_keys()).unwrap();
    assert_eq!(
        (verified.subject(), verified.expires_at()),
        ("system:serviceaccount:ns:app", NOW + 600)
    );
}

#[test]
fn roles_and_source_identity_are_read_or_refused() {
    assert_eq!(
        (read(json!({})).roles(), read(json!({})).source_identity()),
        (Ok(None), Ok(None))
    );
    assert_eq!(
        read(json!({ ROLES: "arn:a" })).roles(),
        Ok(Some(vec!["arn:a".to_owned()]))
    );
    assert_eq!(
        read(json!({ ROLES: ["arn:a", "arn:b"] })).roles(),
        Ok(Some(vec!["arn:a".to_owned(), "arn:b".to_owned()]))
    );
    assert_eq!(
        read(json!({ ROLES: [] })).roles(),
        Ok(Some(vec![])),
        "limited to none"
    );
    for bad in [
        json!(1),
        json!([1]),
        json!(["arn:a", null]),
        json!({}),
        json!(null),
    ] {
        // `null` in a change removes a claim, so it is written by hand.
        let mut claims = claims_with(json!({}));
        claims.insert(ROLES.to_owned(), bad.clone());
        assert!(
            verify(&sign_claims(&RSA, &claims).unwrap(), &both_keys())
                .unwrap()
                .roles()
                .is_err(),
            "{bad}"
        );
    }
    for good in ["ab", "A.b_c+d=e,f@g-9", &"x".repeat(64)] {
        assert_eq!(
            read(json!({ SOURCE_IDENTITY: good })).source_identity(),
            Ok(Some(good.to_owned()))
        );
    }
    for bad in [
        json!("a"),
        json!("x".repeat(65)),
        json!("a b"),
        json!("ä-b"),
        json!("a/b"),
        json!(12),
        json!(["ab"]),
    ] {
        assert!(
            read(json!({ SOURCE_IDENTITY: bad }))
                .source_identity()
                .is_err(),
            "{bad}"
        );
    }
}

#[test]
fn tags_keep_to_the_limits_of_sts() {
    let tags = |count: usize| {
        (0..count)
            .map(|n| (format!("k{n}"), json!(["v"])))
            .collect::<serde_json::Map<_, _>>()
    };
    let read = |tags: Value| read(json!({ TAGS: { "principal_tags": tags } })).tags();
    assert_eq!(
        read(json!(tags(50))).unwrap().unwrap().principal_tags.len(),
        50
    );
    assert!(read(json!(tags(51))).is_err());
    for (key, value, good) in [
        ("k".repeat(128), "v".repeat(256), true),
        ("k".repeat(129), "v".to_owned(), false),
        ("k".to_owned(), "v".repeat(257), false),
        ("ä _.:/=+-@".to_owned(), String::new(), true),
        ("a*".to_owned(), "v".to_owned(), false),
        ("a".to_owned(), "v*".to_owned(), false),
    ] {
        assert_eq!(
            read(json!({ key.as_str(): [value] })).is_ok(),
            good,
            "{key}"
        );
    }
}

#[test]
fn a_token_weighs_at_least_what_it_holds() {
    let plain = read(json!({})).weight();
    assert!((50..5_000).contains(&plain), "{plain}");
    let more = |changes: Value| read(changes).weight() - plain;
    // Of claims that nobody asks for nothing is kept.
    assert_eq!(more(json!({ "x": "y".repeat(1_000) })), 0);
    let kept = |value: Value| more(json!({ "https://aws.amazon.com/x": value }));
    assert!(kept(json!("y".repeat(1_000))) >= 1_000);
    assert!(more(json!({ format!("https://aws.amazon.com/{}", "x".repeat(1_000)): 1 })) >= 1_000);
    // Every object has a tree of its own, and a list holds each item in 32 bytes.
    let objects = kept(json!(vec![json!({}); 100]));
    assert!((100 * 700..100 * 2_000).contains(&objects), "{objects}");
    assert!(kept(json!(vec![json!([]); 100])) >= 100 * 32);
    assert!(
        kept(json!(
            (0..100)
                .map(|n| (n.to_string(), json!(1)))
                .collect::<serde_json::Map<_, _>>()
        )) >= 20 * 700
    );
    assert!(more(json!({ "aud": vec!["sts.amazonaws.com"; 100] })) >= 99 * (17 + 24));
}

#[test]
fn claims_that_were_asked_for_are_kept_and_read_and_no_others() {
    use token::Claim;
    let value = |text: &str| Some(Claim::Value(text.to_owned()));
    let all = read(
        json!({ "actor": "octo", "ref": "refs/heads/main", "google": { "organization_number": 12 } }),
    );
    assert_eq!(
        (all.claim("actor"), all.claim("ref")),
        (value("octo"), None)
    );
    assert_eq!(all.claim("google/organization_number"), value("12"));
    let flat = read(json!({ "google/organization_number": "7", "actor": true }));
    assert_eq!(
        (
            flat.claim("google/organization_number"),
            flat.claim("actor")
        ),
        (value("7"), value("true"))
    );
    for odd in [json!(["octo"]), json!({ "a": "b" })] {
        assert_eq!(
            read(json!({ "actor": odd })).claim("actor"),
            Some(Claim::Unreadable),
            "{odd}"
        );
    }
    assert_eq!(read(json!({})).claim("actor"), None);
}

#[test]
fn a_token_that_held_is_checked_again_for_what_may_have_changed() {
    let ids = ["sts.amazonaws.com".to_owned()];
    let token = read(json!({}));
    let same = Expectation {
        issuer: ISSUER,
        client_ids: &ids,
        max_age: DEFAULT_MAX_AGE,
        claims: &[],
    };
    for (sentence, expectation, now, holds) in [
        ("its last second", &same, NOW + 3599, true),
        ("the second that it expires", &same, NOW + 3600, false),
        (
            "nobody is meant any more",
            &Expectation {
                client_ids: &[],
                ..same
            },
            NOW,
            false,
        ),
        (
            "another issuer",
            &Expectation {
                issuer: "https://b.example",
                ..same
            },
            NOW,
            false,
        ),
        (
            "its life of 3,610 seconds and a minute of grace",
            &Expectation {
                max_age: Duration::from_secs(3_550),
                ..same
            },
            NOW,
            true,
        ),
        (
            "a life that is a second too long",
            &Expectation {
                max_age: Duration::from_secs(3_549),
                ..same
            },
            NOW,
            false,
        ),
    ] {
        assert_eq!(
            token.still_holds(expectation, now).is_ok(),
            holds,
            "{sentence}"
        );
    }
}
