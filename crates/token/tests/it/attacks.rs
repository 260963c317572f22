//! Attacks 1 to 13, 17 and 21 of docs/threats.md.

use aws_lc_rs::hmac;
use serde_json::{Value, json};
use token::{KeySet, Owner, Refusal, Unverified, public_jwks, sign_claims};

use crate::{
    EC, Fate, ISSUER, NOW, RSA, assemble, b64, both_keys, claims_with, fate, fate_of_claims,
    good_claims, verify, with_header,
};

#[test]
fn a_good_token_holds() {
    let token = sign_claims(&RSA, &good_claims()).unwrap();
    let unverified = Unverified::read(&token).unwrap();
    assert_eq!((unverified.issuer(), unverified.kid()), (ISSUER, RSA.kid()));
    assert_eq!(
        fate(&sign_claims(&RSA, &good_claims()).unwrap()),
        Fate::Held
    );
    assert_eq!(fate(&sign_claims(&EC, &good_claims()).unwrap()), Fate::Held);
}

#[test]
fn attack_01_no_algorithm_and_algorithms_that_are_not_listed() {
    let claims = Value::Object(good_claims()).to_string();
    for algorithm in [
        "none", "None", "NONE", "", "PS256", "HS256", "EdDSA", "ES256K", "rs256", "RSA1_5",
    ] {
        let header = json!({ "alg": algorithm, "kid": RSA.kid() }).to_string();
        assert_eq!(
            fate(&assemble(&header, &claims, b"")),
            Fate::Malformed,
            "{algorithm}"
        );
    }
    assert_eq!(
        fate(&format!("{}.{}.", b64("{\"alg\":\"none\"}"), b64(&claims))),
        Fate::Malformed
    );
    assert_eq!(fate(&with_header("{}")), Fate::Malformed);
}

#[test]
fn attack_02_and_03_symmetric_signatures_with_public_or_empty_secrets() {
    let claims = Value::Object(good_claims()).to_string();
    for secret in [
        public_jwks(&[&RSA]).into_bytes(),
        b"sts.amazonaws.com".to_vec(),
        Vec::new(),
    ] {
        for (name, kid) in [
            ("HS256", RSA.kid()),
            ("HS256", "sts.amazonaws.com"),
            ("RS256", RSA.kid()),
        ] {
            let header = json!({ "alg": name, "kid": kid }).to_string();
            let signed = format!("{}.{}", b64(&header), b64(&claims));
            let tag = hmac::sign(
                &hmac::Key::new(hmac::HMAC_SHA256, &secret),
                signed.as_bytes(),
            );
            assert_ne!(
                fate(&format!("{signed}.{}", b64(tag))),
                Fate::Held,
                "{name} {kid}"
            );
        }
    }
}

#[test]
fn attack_04_the_key_of_another_provider() {
    let token = sign_claims(&EC, &good_claims()).unwrap();
    let (theirs, _) = KeySet::admit(
        Owner::new("another provider"),
        public_jwks(&[&EC]).as_bytes(),
    )
    .unwrap();
    let (ours, _) = KeySet::admit(Owner::new("provider"), public_jwks(&[&RSA]).as_bytes()).unwrap();
    assert_eq!(
        verify(&token, &ours).unwrap_err(),
        Fate::Refused(Refusal::NoKey {
            kid: EC.kid().to_owned()
        })
    );
    // Where it verifies, it says whose keys proved it, and the account compares that with the
    // provider it looked up.
    assert_eq!(
        verify(&token, &theirs).unwrap().owner().as_str(),
        "another provider"
    );
    // The right kid under the wrong algorithm.
    let header = json!({ "alg": "ES256", "kid": RSA.kid() }).to_string();
    assert_eq!(
        fate(&with_header(&header)),
        Fate::Refused(Refusal::Algorithm)
    );
}

#[test]
fn attack_05_issuers_that_look_alike() {
    for issuer in [
        "https://issuer.example/",
        "http://issuer.example",
        "https://ISSUER.example",
        "https://u@issuer.example",
        "https://issuer.example:443",
        "issuer.example",
        "",
    ] {
        assert!(
            matches!(
                fate_of_claims(json!({ "iss": issuer })),
                Fate::Refused(Refusal::Issuer { .. })
            ),
            "{issuer}"
        );
    }
    for issuer in [json!(1), json!([ISSUER]), Value::Null] {
        assert_eq!(fate_of_claims(json!({ "iss": issuer })), Fate::Malformed);
    }
}

#[test]
fn attack_06_times_that_are_not_whole_numbers() {
    for name in ["exp", "iat", "nbf"] {
        for value in [
            json!("1795525200"),
            json!(1_795_525_200.5),
            json!(-1),
            json!(1e300),
            json!(9_999_999_999_999i64),
            json!([]),
            json!({}),
            json!(true),
        ] {
            assert_eq!(
                fate_of_claims(json!({ name: value })),
                Fate::Refused(Refusal::BadClaim(name)),
                "{name}"
            );
        }
    }
    assert_eq!(
        fate_of_claims(json!({ "exp": null })),
        Fate::Refused(Refusal::Missing("exp"))
    );
    assert_eq!(
        fate_of_claims(json!({ "iat": null })),
        Fate::Refused(Refusal::Missing("iat"))
    );
    let twice = format!("{{\"iss\":\"{ISSUER}\",\"exp\":1,\"exp\":{}}}", NOW + 100);
    assert_eq!(
        fate(&assemble(
            &json!({ "alg": "RS256" }).to_string(),
            &twice,
            b"x"
        )),
        Fate::Malformed
    );
}

#[test]
fn attack_07_times_that_have_passed_or_not_come() {
    for (sentence, changes, expected) in [
        (
            "expired this very second",
            json!({ "exp": NOW }),
            Fate::Refused(Refusal::Expired {
                now: NOW,
                expires: NOW,
            }),
        ),
        ("a second to live", json!({ "exp": NOW + 1 }), Fate::Held),
        (
            "not yet, beyond the grace",
            json!({ "nbf": NOW + 61 }),
            Fate::Refused(Refusal::NotYet {
                now: NOW,
                from: NOW + 61,
            }),
        ),
        (
            "not yet, within the grace",
            json!({ "nbf": NOW + 60 }),
            Fate::Held,
        ),
        (
            "issued in the future",
            json!({ "iat": NOW + 61, "nbf": null }),
            Fate::Refused(Refusal::NotYet {
                now: NOW,
                from: NOW + 61,
            }),
        ),
        (
            "older than a day",
            json!({ "iat": NOW - 86_461, "exp": NOW + 1 }),
            Fate::Refused(Refusal::TooOld { age: 86_462 }),
        ),
        (
            "valid for a day, with grace",
            json!({ "iat": NOW, "exp": NOW + 86_460 }),
            Fate::Held,
        ),
        (
            "valid for longer",
            json!({ "iat": NOW, "exp": NOW + 86_461 }),
            Fate::Refused(Refusal::TooOld { age: 86_461 }),
        ),
    ] {
        assert_eq!(fate_of_claims(changes), expected, "{sentence}");
    }
}

#[test]
fn attack_08_audiences_that_are_missing_mixed_or_only_begin_alike() {
    for audience in [
        json!([]),
        json!([1]),
        json!(["sts.amazonaws.com", 1]),
        json!({ "a": "sts.amazonaws.com" }),
        json!([["sts.amazonaws.com"]]),
        json!(true),
        json!(""),
    ] {
        assert_eq!(
            fate_of_claims(json!({ "aud": audience })),
            Fate::Refused(Refusal::BadClaim("aud")),
            "{audience}"
        );
    }
    assert_eq!(
        fate_of_claims(json!({ "aud": null })),
        Fate::Refused(Refusal::Missing("aud"))
    );
    for audience in [
        "sts.amazonaws.com.evil",
        "sts.amazonaws",
        "STS.amazonaws.com",
        "sts.amazonaws.com ",
    ] {
        assert!(
            matches!(
                fate_of_claims(json!({ "aud": audience })),
                Fate::Refused(Refusal::Audience { .. })
            ),
            "{audience}"
        );
    }
    assert_eq!(
        fate_of_claims(json!({ "aud": "sts.amazonaws.com" })),
        Fate::Held
    );
    assert_eq!(
        fate_of_claims(json!({ "aud": ["vault", "sts.amazonaws.com"] })),
        Fate::Held
    );
}

#[test]
fn attack_09_the_authorized_party_stands_for_the_audience() {
    assert!(matches!(
        fate_of_claims(json!({ "azp": "other" })),
        Fate::Refused(Refusal::Audience { .. })
    ));
    assert_eq!(
        fate_of_claims(json!({ "azp": "sts.amazonaws.com", "aud": "other" })),
        Fate::Held
    );
    assert_eq!(
        fate_of_claims(json!({ "azp": ["sts.amazonaws.com"] })),
        Fate::Refused(Refusal::BadClaim("azp"))
    );
}

#[test]
fn attack_10_other_serialisations_and_extensions() {
    let good = sign_claims(&RSA, &good_claims()).unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    for (sentence, text) in [
        (
            "five parts, as an encrypted token has",
            format!("{good}.x.y"),
        ),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("many dots", ".".repeat(10_000)),
        (
            "the JSON serialisation",
            json!({ "protected": parts[0], "payload": parts[1], "signature": parts[2] })
                .to_string(),
        ),
        ("padding", format!("{good}=")),
        ("a line break inside", good.replacen('.', ".\n", 1)),
        ("a blank in front", format!(" {good}")),
        ("the other alphabet", good.replace(['-', '_'], "+")),
        ("an empty text", String::new()),
        (
            "more than 20,000 characters",
            format!("{}{good}", "A".repeat(20_000)),
        ),
        (
            "a critical extension",
            with_header(
                &json!({ "alg": "RS256", "kid": RSA.kid(), "crit": ["b64"], "b64": false })
                    .to_string(),
            ),
        ),
        (
            "an unencoded payload",
            with_header(&json!({ "alg": "RS256", "kid": RSA.kid(), "b64": false }).to_string()),
        ),
        (
            "a compressed payload",
            with_header(&json!({ "alg": "RS256", "kid": RSA.kid(), "zip": "DEF" }).to_string()),
        ),
        (
            "a nested token",
            with_header(&json!({ "alg": "RS256", "kid": RSA.kid(), "cty": "JWT" }).to_string()),
        ),
        (
            "an encrypted token's header",
            with_header(&json!({ "alg": "RSA-OAEP", "enc": "A256GCM" }).to_string()),
        ),
        (
            "a member twice in the header",
            with_header("{\"alg\":\"RS256\",\"alg\":\"RS256\"}"),
        ),
        (
            "another type",
            with_header(
                &json!({ "alg": "RS256", "kid": RSA.kid(), "typ": "logout+jwt" }).to_string(),
            ),
        ),
    ] {
        // Without "+" or "-" in it the other alphabet is the same text.
        if text != good {
            assert_eq!(fate(&text), Fate::Malformed, "{sentence}");
        }
    }
}

#[test]
fn attack_11_a_token_that_brings_its_own_key() {
    let foreign = token::SigningKey::generate(token::Algorithm::Es256).unwrap();
    let claims = Value::Object(good_claims()).to_string();
    for name in ["jwk", "jku", "x5u", "x5c"] {
        let header = json!({ "alg": "ES256", "kid": EC.kid(), name: foreign.jwk() }).to_string();
        let signature = sign_claims(&foreign, &good_claims()).unwrap();
        let signature = signature.rsplit('.').next().unwrap();
        assert_eq!(
            fate(&format!("{}.{}.{signature}", b64(&header), b64(&claims))),
            Fate::Refused(Refusal::Signature),
            "{name}"
        );
    }
}

#[test]
fn attack_13_signatures_of_zeros_of_der_and_of_other_lengths() {
    let rsa = sign_claims(&RSA, &good_claims()).unwrap();
    let ec = sign_claims(&EC, &good_claims()).unwrap();
    for (token, length) in [(rsa, 256), (ec, 64)] {
        let signed = token.rsplit_once('.').unwrap().0.to_owned();
        for signature in [
            vec![],
            vec![0; length],
            vec![0xff; length],
            vec![1; length - 1],
            vec![0x30; length + 8],
        ] {
            assert_eq!(
                fate(&format!("{signed}.{}", b64(signature))),
                Fate::Refused(Refusal::Signature)
            );
        }
    }
    // r = s = n: the group's order, which a careless verifier takes for zero.
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order: Vec<u8> = (0..32)
        .map(|place| u8::from_str_radix(&order[2 * place..2 * place + 2], 16).unwrap())
        .collect();
    let ec = sign_claims(&EC, &good_claims()).unwrap();
    let forged = format!(
        "{}.{}",
        ec.rsplit_once('.').unwrap().0,
        b64([order.clone(), order].concat())
    );
    assert_eq!(fate(&forged), Fate::Refused(Refusal::Signature));
}

#[test]
fn attack_21_subjects_with_control_characters_or_without_end() {
    for subject in [
        json!("a\nb"),
        json!("a\0b"),
        json!(""),
        json!("s".repeat(256)),
        json!(1),
        json!(["a"]),
    ] {
        assert_eq!(
            fate_of_claims(json!({ "sub": subject })),
            Fate::Refused(Refusal::BadClaim("sub"))
        );
    }
    assert_eq!(
        fate_of_claims(json!({ "sub": null })),
        Fate::Refused(Refusal::Missing("sub"))
    );
}

#[test]
fn attack_22_claims_that_ask_for_tags_are_read_strictly() {
    const TAGS: &str = "https://aws.amazon.com/tags";
    let read = |changes: Value| {
        verify(
            &sign_claims(&RSA, &claims_with(changes)).unwrap(),
            &crate::both_keys(),
        )
        .unwrap()
    };
    let good = read(
        json!({ TAGS: { "principal_tags": { "team": ["red"] }, "transitive_tag_keys": ["team"] } }),
    );
    let tags = good.tags().unwrap().unwrap();
    assert_eq!(
        (tags.principal_tags["team"].as_str(), tags.transitive),
        ("red", vec!["team".to_owned()])
    );
    assert_eq!(read(json!({})).tags(), Ok(None));
    let flat = read(json!({
        "https://aws.amazon.com/tags/principal_tags/team": "red",
        "https://aws.amazon.com/tags/principal_tags/a/b": ["x"],
        "https://aws.amazon.com/tags/transitive_tag_keys": ["a/b"],
    }));
    let tags = flat.tags().unwrap().unwrap();
    assert_eq!(
        (
            tags.principal_tags["team"].as_str(),
            tags.principal_tags["a/b"].as_str()
        ),
        ("red", "x")
    );
    assert_eq!(tags.transitive, ["a/b"]);
    for bad in [
        json!({ "https://aws.amazon.com/tags/principal_tags/team": ["red", "blue"] }),
        json!({ "https://aws.amazon.com/tags/principal_tags/": "red" }),
        json!({ "https://aws.amazon.com/tags/other": "red" }),
        json!({ "https://aws.amazon.com/tags/transitive_tag_keys": ["team"] }),
        json!({ "https://aws.amazon.com/tags/principal_tags/team": "red", TAGS: { "principal_tags": { "team": ["blue"] } } }),
    ] {
        assert!(read(bad.clone()).tags().is_err(), "{bad}");
    }
    for bad in [
        json!([]),
        json!({ "principal_tags": [] }),
        json!({ "principal_tags": { "team": "red" } }),
        json!({ "principal_tags": { "team": ["red", "blue"] } }),
        json!({ "principal_tags": { "team": [1] } }),
        json!({ "principal_tags": { "": ["red"] } }),
        json!({ "principal_tags": { "team": ["a\nb"] } }),
        json!({ "principal_tags": {}, "transitive_tag_keys": ["team"] }),
        json!({ "principal_tags": { "team": ["x".repeat(257)] } }),
        json!({ "other": 1 }),
        json!({ "principal_tags": (0..51).map(|n| (format!("k{n}"), json!(["v"]))).collect::<serde_json::Map<_, _>>() }),
    ] {
        assert!(read(json!({ TAGS: bad })).tags().is_err(), "{bad}");
    }
    assert!(
        read(json!({ "https://aws.amazon.com/source_identity": "a b" }))
            .source_identity()
            .is_err()
    );
    assert!(
        read(json!({ "https://aws.amazon.com/roles": { "a": 1 } }))
            .roles()
            .is_err()
    );
}

#[test]
fn refusals_do_not_repeat_the_token() {
    let token = sign_claims(&RSA, &claims_with(json!({ "exp": NOW - 1 }))).unwrap();
    let Fate::Refused(refusal) = fate(&token) else {
        panic!()
    };
    assert_eq!(
        refusal.to_string(),
        format!("the token expired at {}, it is {NOW}", NOW - 1)
    );
    for text in [refusal.to_string(), format!("{refusal:?}")] {
        assert!(token.split('.').all(|part| !text.contains(part)), "{text}");
    }
}

#[test]
fn methods_of_authentication_are_a_list_of_texts() {
    let methods = |amr: Value| {
        let verified = verify(
            &sign_claims(&RSA, &claims_with(json!({ "amr": amr }))).unwrap(),
            &both_keys(),
        );
        verified.map(|verified| verified.amr().to_vec())
    };
    assert_eq!(methods(json!(null)), Ok(vec![]));
    assert_eq!(
        methods(json!(["authenticated", "mfa"])),
        Ok(vec!["authenticated".to_owned(), "mfa".to_owned()])
    );
    assert_eq!(
        methods(json!(vec!["x"; 20])).map(|methods| methods.len()),
        Ok(20)
    );
    for bad in [
        json!(vec!["x"; 21]),
        json!("mfa"),
        json!([1]),
        json!([""]),
        json!(["a\u{0}"]),
        json!({}),
    ] {
        assert_eq!(methods(bad), Err(Fate::Refused(Refusal::BadClaim("amr"))));
    }
}

#[test]
fn a_header_says_what_the_token_is() {
    let header = |typ: Value| json!({ "alg": "RS256", "kid": RSA.kid(), "typ": typ }).to_string();
    for typ in ["JWT", "jwt", "at+jwt", "AT+JWT"] {
        // The header is read, and then its signature is another header's.
        assert_eq!(
            fate(&with_header(&header(json!(typ)))),
            Fate::Refused(Refusal::Signature),
            "{typ}"
        );
    }
    for typ in [
        json!("JWE"),
        json!(""),
        json!("application/jwt"),
        json!(1),
        json!(null),
    ] {
        assert_eq!(
            fate(&with_header(&header(typ.clone()))),
            Fate::Malformed,
            "{typ}"
        );
    }
    let because = Unverified::read(&with_header(&header(json!("JWE")))).unwrap_err();
    assert_eq!(because.to_string(), "the token is not of type JWT");
}

#[test]
fn a_token_does_not_show_in_debug_output() {
    let token = sign_claims(&RSA, &good_claims()).unwrap();
    let shown = format!("{:?}", Unverified::read(&token).unwrap());
    assert!(
        shown.contains(ISSUER)
            && shown.contains(RSA.kid())
            && !shown.contains("system:serviceaccount"),
        "{shown}"
    );
    assert!(
        token.split('.').all(|part| !shown.contains(part)),
        "{shown}"
    );
}
