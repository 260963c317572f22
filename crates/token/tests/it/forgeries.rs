//! A hundred thousand forgeries made from good tokens, none of which holds: flipped bits, edited
//! headers and claims, foreign keys, other algorithms, parts of two tokens.

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, RsaKeyPair};
use serde_json::{Map, Value, json};
use token::{KeySet, SigningKey, public_jwks, sign_claims};

use crate::{EC, ISSUER, NOW, RSA, b64, claims_with, good_claims, verify};

const FORGERIES: usize = 100_000;

/// Numbers that are the same in every run (xorshift64*, Vigna 2016): a failure can be met again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let place = self.below(list.len());
        &list[place]
    }
}

/// What forgeries are made of. Signing costs more than verifying, so everything signed is made
/// once.
struct Workshop {
    keys: KeySet,
    good: Vec<String>,
    /// Signed by keys that the provider does not have, under the kids that it has.
    foreign: Vec<String>,
    /// Secrets that a confused verifier might take: every spelling of the public keys, and none.
    secrets: Vec<hmac::Key>,
}

impl Workshop {
    fn new() -> Self {
        let signers: [&SigningKey; 2] = [&RSA, &EC];
        let variants = [
            good_claims(),
            claims_with(json!({ "sub": "system:serviceaccount:ns:other" })),
            claims_with(json!({ "exp": NOW + 60 })),
            claims_with(
                json!({ "kubernetes.io": { "namespace": "ns", "serviceaccount": { "name": "app" } } }),
            ),
        ];
        let good: Vec<String> = signers
            .iter()
            .flat_map(|key| {
                variants
                    .iter()
                    .map(|claims| sign_claims(key, claims).unwrap())
            })
            .collect();
        let signed = variants
            .iter()
            .map(|claims| b64(Value::Object(claims.clone()).to_string()))
            .collect::<Vec<_>>();
        let foreign = signed
            .iter()
            .flat_map(|claims| [by_foreign_rsa(claims), by_foreign_ec(claims)])
            .collect();
        let jwks = public_jwks(&signers);
        let numbers = serde_json::from_str::<Value>(&jwks).unwrap()["keys"].clone();
        let mut secrets: Vec<Vec<u8>> = vec![
            Vec::new(),
            jwks.into_bytes(),
            b"sts.amazonaws.com".to_vec(),
            ISSUER.as_bytes().to_vec(),
        ];
        for key in numbers.as_array().unwrap() {
            secrets.push(key.to_string().into_bytes());
            secrets.extend(
                ["n", "x", "y", "kid"]
                    .iter()
                    .filter_map(|name| key[*name].as_str())
                    .map(|text| text.as_bytes().to_vec()),
            );
        }
        let secrets = secrets
            .iter()
            .map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret))
            .collect();
        Self {
            keys: crate::both_keys(),
            good,
            foreign,
            secrets,
        }
    }

    fn forge(&self, kind: usize, dice: &mut Dice) -> String {
        let token = dice.of(&self.good);
        match kind % 8 {
            0 => flipped(token, 1, dice),
            1 => {
                let flips = 2 + dice.below(6);
                flipped(token, flips, dice)
            }
            2 => self.other_header(token, dice),
            3 => other_claims(token, dice),
            4 => flipped_below_base64(token, dice),
            5 => self.confused(token, dice),
            6 => self.mixed(token, dice),
            _ => cut_or_grown(token, dice),
        }
    }

    /// The header says something else about the same signature.
    fn other_header(&self, token: &str, dice: &mut Dice) -> String {
        let algorithm = *dice.of(&[
            "none", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "HS256", "PS256",
            "EdDSA", "",
        ]);
        let kid = *dice.of(&[RSA.kid(), EC.kid(), "", "unknown", "../../dev/null"]);
        let mut header = json!({ "alg": algorithm, "kid": kid, "typ": *dice.of(&["JWT", "jwt", "at+jwt", "JWE"]) });
        if dice.below(2) == 0 {
            let name = *dice.of(&[
                "jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc", "cty", "x",
            ]);
            header[name] = json!(dice.below(1000));
        }
        let (_, rest) = token.split_once('.').unwrap();
        let rest = if dice.below(4) == 0 {
            format!("{}.", rest.split('.').next().unwrap())
        } else {
            rest.to_owned()
        };
        format!("{}.{rest}", b64(header.to_string()))
    }

    /// A symmetric tag over good text, made with what anybody knows.
    fn confused(&self, token: &str, dice: &mut Dice) -> String {
        let algorithm = *dice.of(&["HS256", "HS384", "HS512", "RS256", "ES256", "none"]);
        let header =
            b64(json!({ "alg": algorithm, "kid": dice.of(&[RSA.kid(), EC.kid(), ""]), "n": dice.below(1 << 20) }).to_string());
        let signed = format!("{header}.{}", token.split('.').nth(1).unwrap());
        let tag = hmac::sign(dice.of(&self.secrets), signed.as_bytes());
        let mut tag = tag.as_ref().to_vec();
        // As long as a real signature, too.
        tag.resize(*dice.of(&[32, 64, 256]), 0);
        format!("{signed}.{}", b64(tag))
    }

    /// Parts of different tokens, own and foreign, set together.
    fn mixed(&self, token: &str, dice: &mut Dice) -> String {
        let other = if dice.below(2) == 0 {
            dice.of(&self.good)
        } else {
            dice.of(&self.foreign)
        };
        let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        let place = dice.below(3);
        parts[place] = other.split('.').nth(place).unwrap().to_owned();
        match dice.below(4) {
            0 => {
                let whole: &String = dice.of(&self.foreign);
                return if dice.below(4) == 0 {
                    whole.clone()
                } else {
                    flipped(whole, 1, dice)
                };
            }
            1 => {
                parts[2] = b64(Vec::from_iter(
                    (0..*dice.of(&[64, 256])).map(|_| dice.below(256) as u8),
                ))
            }
            _ => {}
        }
        parts.join(".")
    }
}

/// A whole token of a thief: the owner's kid and algorithm, good claims, and the thief's own sound
/// signature over both.
fn stolen(owner: &SigningKey, claims: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let header = json!({ "alg": owner.algorithm().name(), "kid": owner.kid(), "typ": "JWT" });
    let signed = format!("{}.{claims}", b64(header.to_string()));
    let signature = sign(signed.as_bytes());
    format!("{signed}.{}", b64(signature))
}

fn by_foreign_rsa(claims: &str) -> String {
    static THIEF: LazyLock<RsaKeyPair> =
        LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
    stolen(&RSA, claims, |signed| {
        let mut signature = vec![0; THIEF.public_modulus_len()];
        THIEF
            .sign(
                &signature::RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed,
                &mut signature,
            )
            .unwrap();
        signature
    })
}

fn by_foreign_ec(claims: &str) -> String {
    static THIEF: LazyLock<EcdsaKeyPair> = LazyLock::new(|| {
        EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()
    });
    stolen(&EC, claims, |signed| {
        THIEF
            .sign(&SystemRandom::new(), signed)
            .unwrap()
            .as_ref()
            .to_vec()
    })
}

fn flipped(token: &str, flips: usize, dice: &mut Dice) -> String {
    let mut bytes = token.as_bytes().to_vec();
    for _ in 0..flips {
        // Seven bits, so that the text stays one.
        let place = dice.below(bytes.len());
        bytes[place] ^= 1 << dice.below(7);
    }
    String::from_utf8(bytes).unwrap()
}

/// Flips bits of what the base64 stands for, so that the text is well-formed to the end.
fn flipped_below_base64(token: &str, dice: &mut Dice) -> String {
    let mut parts: Vec<Vec<u8>> = token.split('.').map(decode).collect();
    let which = dice.below(3);
    for _ in 0..=dice.below(3) {
        let place = dice.below(parts[which].len());
        parts[which][place] ^= 1 << dice.below(8);
    }
    parts.iter().map(b64).collect::<Vec<_>>().join(".")
}

fn decode(part: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(part)
        .unwrap()
}

/// Claims that would pass every later check, under a signature over others.
fn other_claims(token: &str, dice: &mut Dice) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let mut claims: Map<String, Value> = serde_json::from_slice(&decode(&parts[1])).unwrap();
    let name = *dice.of(&[
        "sub",
        "aud",
        "exp",
        "iat",
        "nbf",
        "iss",
        "azp",
        "jti",
        "https://aws.amazon.com/tags",
    ]);
    let number = i64::try_from(dice.below(3000)).unwrap();
    let value = match name {
        "exp" | "iat" | "nbf" => json!(NOW - 20 + number),
        "aud" => json!(["sts.amazonaws.com", format!("x{number}")]),
        "iss" => json!(ISSUER),
        "azp" => json!("sts.amazonaws.com"),
        "https://aws.amazon.com/tags" => json!({ "principal_tags": { "n": [number.to_string()] } }),
        _ => json!(format!("system:serviceaccount:ns:{number}")),
    };
    claims.insert(name.to_owned(), value);
    claims.insert("n".to_owned(), json!(number));
    parts[1] = b64(Value::Object(claims).to_string());
    parts.join(".")
}

fn cut_or_grown(token: &str, dice: &mut Dice) -> String {
    let place = dice.below(token.len());
    let more = *dice.of(&["A", "=", ".", "\n", " ", "-", "%2E", "\0", "AA", "é"]);
    match dice.below(4) {
        0 => token[..place].to_owned(),
        1 => format!("{}{}", &token[..place], &token[place + 1..]),
        2 => format!("{}{more}{}", &token[..place], &token[place..]),
        _ => format!("{token}{more}"),
    }
}

#[test]
fn a_hundred_thousand_forgeries_and_none_holds() {
    let workshop = Workshop::new();
    for token in &workshop.good {
        assert!(
            verify(token, &workshop.keys).is_ok(),
            "what forgeries are made of holds"
        );
    }
    // Two cores, two halves: the signatures that are looked at cost most.
    let half = |seed: u64, from: usize| {
        let (mut dice, mut tried, mut kind) = (Dice(seed), 0, from);
        while tried < FORGERIES / 2 {
            let forged = workshop.forge(kind, &mut dice);
            kind += 1;
            if workshop.good.contains(&forged) {
                continue;
            }
            assert!(
                verify(&forged, &workshop.keys).is_err(),
                "this one holds: {forged}"
            );
            tried += 1;
        }
        tried
    };
    let tried = std::thread::scope(|scope| {
        let other = scope.spawn(|| half(0x9e37_79b9_7f4a_7c15, 4));
        half(0xd1b5_4a32_d192_ed03, 0) + other.join().unwrap()
    });
    assert_eq!(tried, FORGERIES);
}
