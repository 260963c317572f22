//! Each of the six algorithms verifies what was signed with it, and nothing that was signed with
//! another.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
};
use serde_json::{Value, json};
use token::{KeySet, Owner, Unverified};

use crate::b64;

const NAMES: [&str; 6] = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];

fn message(algorithm: &str) -> String {
    format!(
        "{}.{}",
        b64(json!({ "alg": algorithm }).to_string()),
        b64("{}")
    )
}

/// A key of the algorithm's kind, which names no algorithm and has the id of tokens that name none,
/// and its signature over a message.
fn signed(algorithm: &str, message: &str) -> (Value, Vec<u8>) {
    let rsa = |encoding: &'static dyn RsaEncoding| {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(
            encoding,
            &SystemRandom::new(),
            message.as_bytes(),
            &mut signature,
        )
        .unwrap();
        let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
        let (n, e) = (
            n.big_endian_without_leading_zero(),
            e.big_endian_without_leading_zero(),
        );
        (
            json!({ "kty": "RSA", "kid": "", "n": b64(n), "e": b64(e) }),
            signature,
        )
    };
    let ec = |scheme: &'static EcdsaSigningAlgorithm, curve: &str| {
        let pair = EcdsaKeyPair::generate(scheme).unwrap();
        let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        let point = &pair.public_key().as_ref()[1..];
        let (x, y) = point.split_at(point.len() / 2);
        (
            json!({ "kty": "EC", "kid": "", "crv": curve, "x": b64(x), "y": b64(y) }),
            signature.as_ref().to_vec(),
        )
    };
    match algorithm {
        "RS256" => rsa(&RSA_PKCS1_SHA256),
        "RS384" => rsa(&RSA_PKCS1_SHA384),
        "RS512" => rsa(&RSA_PKCS1_SHA512),
        "ES256" => ec(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
        "ES384" => ec(&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"),
        _ => ec(&ECDSA_P521_SHA512_FIXED_SIGNING, "P-521"),
    }
}

fn holds(key: &Value, message: &str, signature: &[u8]) -> bool {
    let (keys, rejected) = KeySet::admit(
        Owner::new("provider"),
        json!({ "keys": [key] }).to_string().as_bytes(),
    )
    .unwrap();
    assert!(rejected.is_empty(), "{key}: {rejected:?}");
    Unverified::signature_holds(&format!("{message}.{}", b64(signature)), &keys)
}

#[test]
fn each_algorithm_verifies_its_own() {
    for algorithm in NAMES {
        let message = message(algorithm);
        let (mut key, signature) = signed(algorithm, &message);
        assert!(
            holds(&key, &message, &signature),
            "{algorithm}, by a key that names none"
        );
        key["alg"] = json!(algorithm);
        assert!(
            holds(&key, &message, &signature),
            "{algorithm}, by a key that names it"
        );
        for place in [0, signature.len() / 2, signature.len() - 1] {
            let mut forged = signature.clone();
            forged[place] ^= 1;
            assert!(
                !holds(&key, &message, &forged),
                "{algorithm}: byte {place} was turned"
            );
        }
        assert!(
            !holds(&key, &message, &signature[1..]),
            "{algorithm}: a byte is missing"
        );
    }
}

#[test]
fn attack_1_no_algorithm_verifies_what_another_signed() {
    for used in NAMES {
        for named in NAMES.into_iter().filter(|named| *named != used) {
            // The message names one algorithm, and the signature over it was made with the other.
            let message = message(named);
            let (key, signature) = signed(used, &message);
            assert!(
                !holds(&key, &message, &signature),
                "{used} passed for {named}"
            );
        }
    }
}

#[test]
fn a_key_serves_no_other_algorithm_than_it_names() {
    for (named, used) in [("RS256", "RS384"), ("RS384", "RS512"), ("RS512", "RS256")] {
        let message = message(used);
        let (mut key, signature) = signed(used, &message);
        assert!(holds(&key, &message, &signature));
        key["alg"] = json!(named);
        assert!(
            !holds(&key, &message, &signature),
            "a key of {named} served {used}"
        );
    }
}

#[test]
fn a_token_that_names_no_key_wants_the_key_of_the_empty_id() {
    let message = message("RS256");
    let (mut key, signature) = signed("RS256", &message);
    assert!(
        holds(&key, &message, &signature),
        "both say nothing, one of them in so many words"
    );
    key["kid"] = json!("a");
    assert!(!holds(&key, &message, &signature));
    key.as_object_mut().unwrap().remove("kid");
    let (keys, rejected) = KeySet::admit(
        Owner::new("provider"),
        json!({ "keys": [key, key] }).to_string().as_bytes(),
    )
    .unwrap();
    assert!(
        keys.is_empty() && rejected.len() == 2,
        "as on AWS, no token leads to a key without an id: {rejected:?}"
    );
    assert!(!Unverified::signature_holds(
        &format!("{message}.{}", b64(&signature)),
        &keys
    ));
}
