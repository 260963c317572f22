//! Attack 12: keys that must not be admitted, and the reason that is told for each.

use serde_json::{Value, json};
use token::{KeySet, KeySetError, Owner};

use crate::{EC, RSA, b64};

fn admit(jwks: &Value) -> Result<(KeySet, Vec<token::Rejected>), KeySetError> {
    KeySet::admit(Owner::new("provider"), jwks.to_string().as_bytes())
}

fn changed(key: &Value, name: &str, value: Value) -> Value {
    let mut key = key.clone();
    key[name] = value;
    key
}

#[test]
fn attack_12_keys_that_are_not_admitted() {
    let (rsa, ec) = (RSA.jwk(), EC.jwk());
    let number = |length: usize, first: u8, last: u8| {
        let mut bytes = vec![0x55; length];
        bytes[0] = first;
        bytes[length - 1] = last;
        json!(b64(bytes))
    };
    for (sentence, key) in [
        ("for encryption", changed(&rsa, "use", json!("enc"))),
        (
            "for signing only",
            changed(&rsa, "key_ops", json!(["sign"])),
        ),
        (
            "of another algorithm family",
            changed(&rsa, "alg", json!("ES256")),
        ),
        (
            "of an algorithm that is not verified",
            changed(&rsa, "alg", json!("PS256")),
        ),
        ("of no algorithm", changed(&rsa, "alg", json!("none"))),
        ("of 1024 bits", changed(&rsa, "n", number(128, 0xc5, 1))),
        ("of 2047 bits", changed(&rsa, "n", number(256, 0x7f, 1))),
        ("of 4097 bits", changed(&rsa, "n", number(513, 1, 1))),
        ("of 8192 bits", changed(&rsa, "n", number(1024, 0xc5, 1))),
        (
            "with an even modulus",
            changed(&rsa, "n", number(256, 0xc5, 2)),
        ),
        ("with exponent 1", changed(&rsa, "e", json!("AQ"))),
        ("with exponent 2", changed(&rsa, "e", json!("Ag"))),
        ("with a huge exponent", changed(&rsa, "e", number(32, 1, 1))),
        (
            "with an exponent of five bytes",
            changed(&rsa, "e", number(5, 1, 1)),
        ),
        (
            "with an exponent that begins with zero",
            changed(&rsa, "e", number(4, 0, 1)),
        ),
        ("without an exponent", changed(&rsa, "e", json!(""))),
        (
            "with a modulus that begins with zero",
            changed(&rsa, "n", number(256, 0, 1)),
        ),
        (
            "with padding in a number",
            changed(&rsa, "e", json!("AQAB=")),
        ),
        ("with its private part", changed(&rsa, "d", json!("AQ"))),
        (
            "symmetric",
            json!({ "kty": "oct", "k": "AAAA", "kid": "s" }),
        ),
        (
            "a P-256 point said to be ES384",
            changed(&ec, "alg", json!("ES384")),
        ),
        (
            "a P-256 point said to be on P-384",
            changed(&ec, "crv", json!("P-384")),
        ),
        ("off its curve", changed(&ec, "x", json!(b64([7; 32])))),
        (
            "with a short coordinate",
            changed(&ec, "x", json!(b64([7; 31]))),
        ),
        (
            "with a long coordinate",
            changed(&ec, "y", json!(b64([7; 33]))),
        ),
        ("on another curve", changed(&ec, "crv", json!("secp256k1"))),
        (
            "of another type",
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "AAAA" }),
        ),
    ] {
        let (set, rejected) = admit(&json!({ "keys": [key] })).unwrap();
        assert!(
            set.is_empty() && rejected.len() == 1,
            "a key {sentence} was admitted"
        );
    }
    for (sentence, key) in [
        ("of 2048 bits", changed(&rsa, "n", number(256, 0x80, 1))),
        ("of 4096 bits", changed(&rsa, "n", number(512, 0xff, 1))),
        (
            "with an exponent of four bytes",
            changed(&rsa, "e", number(4, 0xff, 1)),
        ),
        ("with exponent 3", changed(&rsa, "e", json!("Aw"))),
    ] {
        let (set, rejected) = admit(&json!({ "keys": [key] })).unwrap();
        assert!(
            set.len() == 1,
            "a key {sentence} was not admitted: {rejected:?}"
        );
    }
}

#[test]
fn attack_12_sets_that_mean_more_than_one_thing() {
    let (rsa, ec) = (RSA.jwk(), EC.jwk());
    assert_eq!(
        admit(&json!({ "keys": [rsa, changed(&ec, "kid", rsa["kid"].clone())] })).err(),
        Some(KeySetError::DuplicateKid)
    );
    assert_eq!(
        admit(&json!({ "keys": {} })).err(),
        Some(KeySetError::Shape)
    );
    assert_eq!(admit(&json!([rsa])).err(), Some(KeySetError::Shape));
    let many = |count: usize| json!({ "keys": (0..count).map(|n| changed(&rsa, "kid", json!(n.to_string()))).collect::<Vec<_>>() });
    assert_eq!(admit(&many(100)).unwrap().0.len(), 100);
    assert_eq!(admit(&many(101)).err(), Some(KeySetError::TooMany));
    let of_size = |size: usize| {
        let mut text = json!({ "keys": [rsa] }).to_string().into_bytes();
        text.resize(size, b' ');
        KeySet::admit(Owner::new("p"), &text)
    };
    assert_eq!(of_size(262_144).unwrap().0.len(), 1);
    assert_eq!(of_size(262_145).err(), Some(KeySetError::TooLarge));
    assert_eq!(
        KeySet::admit(Owner::new("p"), br#"{"keys":[],"keys":[]}"#).err(),
        Some(KeySetError::Shape)
    );
    let (set, rejected) =
        admit(&json!({ "keys": [rsa, { "kty": "oct", "k": "AAAA", "kid": "s" }] })).unwrap();
    assert!(set.len() == 1 && set.has(RSA.kid()) && !set.has("s"));
    assert_eq!(
        rejected.len(),
        1,
        "a bad key does not take the good one with it"
    );
}

#[test]
fn attack_17_the_discovery_document_names_its_own_issuer() {
    let issuer = token::Issuer::parse("https://localhost:4567").unwrap();
    let text = token::discovery(
        &issuer,
        "https://localhost:4567/openid/v1/jwks",
        &[RSA.algorithm(), EC.algorithm()],
    );
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["issuer"], "https://localhost:4567");
    assert_eq!(
        document["id_token_signing_alg_values_supported"],
        json!(["ES256", "RS256"])
    );
}

#[test]
fn keys_survive_being_kept_and_do_not_show() {
    for key in [&*RSA, &*EC] {
        let again = token::SigningKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        assert_eq!(again.kid(), key.kid());
        assert!(format!("{key:?}").len() < 120);
    }
}
