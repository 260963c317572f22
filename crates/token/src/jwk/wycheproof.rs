//! Project Wycheproof's vectors of RSASSA-PKCS1-v1_5 and ECDSA, all of them: what JWS can express
//! holds exactly where it must, and nothing else is a key or holds.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use wycheproof::ecdsa::{self, TestGroupTypeId};
use wycheproof::{EllipticCurve, HashFunction, TestResult, rsa_pkcs1_verify};

use super::{VerificationKey, admit};
use crate::algorithm::Algorithm;

const RSA: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512];
const EC: [Algorithm; 3] = [Algorithm::Es256, Algorithm::Es384, Algorithm::Es512];

/// What came of the vectors: of signatures by an algorithm of JWS, of all others, and of keys that
/// were not admitted.
#[derive(Debug, Default)]
struct Tally {
    held: usize,
    refused: usize,
    foreign: usize,
    keys: BTreeMap<&'static str, usize>,
}

fn number(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Without the zeros that a signed integer may begin with.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

/// As long as a coordinate of the curve is.
fn coordinate(bytes: &[u8], length: usize) -> String {
    let bytes = trimmed(bytes);
    number(&[&vec![0; length.saturating_sub(bytes.len())], bytes].concat())
}

impl Tally {
    fn key(&mut self, jwk: &Value) -> Option<VerificationKey> {
        admit(jwk.as_object().unwrap())
            .map_err(|because| *self.keys.entry(because).or_default() += 1)
            .ok()
    }

    /// `ours` is the algorithm of JWS that the vector is of, if there is one: then its result
    /// counts. Under any other algorithm no signature holds, a valid one least of all.
    fn signature(
        &mut self,
        key: &VerificationKey,
        algorithms: impl IntoIterator<Item = Algorithm>,
        ours: Option<Algorithm>,
        (message, signature): (&[u8], &[u8]),
        result: TestResult,
        name: &str,
    ) {
        for algorithm in algorithms {
            let holds = key.holds(algorithm, message, signature);
            // "Acceptable" is PKCS #1 without the NULL of its parameters: RFC 8017 writes it, so it
            // is wanted.
            let must = ours == Some(algorithm) && result == TestResult::Valid;
            assert_eq!(holds, must, "{name}: {algorithm:?}");
        }
        match ours {
            Some(_) if result == TestResult::Valid => self.held += 1,
            Some(_) => self.refused += 1,
            None => self.foreign += 1,
        }
    }

    /// Enough vectors were seen to mean something, and these reasons refused keys, and no others
    /// did.
    fn is_at_least(&self, (held, refused, foreign): (usize, usize, usize), reasons: &[&str]) {
        assert!(
            self.held >= held && self.refused >= refused && self.foreign >= foreign,
            "too few vectors: {self:?}"
        );
        assert_eq!(
            self.keys.keys().copied().collect::<Vec<_>>(),
            reasons,
            "{self:?}"
        );
    }
}

#[test]
fn rsa_signatures() {
    let mut tally = Tally::default();
    for set in rsa_pkcs1_verify::TestName::all() {
        for group in rsa_pkcs1_verify::TestSet::load(set).unwrap().test_groups {
            let (n, e) = (number(trimmed(&group.key.n)), number(trimmed(&group.key.e)));
            let Some(key) = tally.key(&json!({ "kty": "RSA", "n": n, "e": e })) else {
                continue;
            };
            let ours = match group.hash {
                HashFunction::Sha2_256 => Some(Algorithm::Rs256),
                HashFunction::Sha2_384 => Some(Algorithm::Rs384),
                HashFunction::Sha2_512 => Some(Algorithm::Rs512),
                _ => None,
            };
            for test in group.tests {
                let name = format!("{set:?} {}: {}", test.tc_id, test.comment);
                // Made with another hash than the set's, which may be one of ours: it is forged for
                // the set's alone.
                let other_hash = test.flags.contains(&rsa_pkcs1_verify::TestFlag::WrongHash);
                let algorithms = RSA
                    .into_iter()
                    .filter(|algorithm| !other_hash || ours == Some(*algorithm));
                tally.signature(
                    &key,
                    algorithms,
                    ours,
                    (&test.msg, &test.sig),
                    test.result,
                    &name,
                );
            }
        }
    }
    tally.is_at_least(
        (60, 2_000, 3_000),
        &["the modulus has fewer than 2048 or more than 4096 bits"],
    );
}

#[test]
fn ecdsa_signatures() {
    let mut tally = Tally::default();
    for set in ecdsa::TestName::all() {
        for group in ecdsa::TestSet::load(set).unwrap().test_groups {
            let (curve, own, length, hash) = match group.key.curve {
                EllipticCurve::Secp256r1 => ("P-256", Algorithm::Es256, 32, HashFunction::Sha2_256),
                EllipticCurve::Secp384r1 => ("P-384", Algorithm::Es384, 48, HashFunction::Sha2_384),
                EllipticCurve::Secp521r1 => ("P-521", Algorithm::Es512, 66, HashFunction::Sha2_512),
                // The one of them that JWS has a name for (RFC 8812); STS does not take it.
                EllipticCurve::Secp256k1 => {
                    ("secp256k1", Algorithm::Es256, 32, HashFunction::Sha2_256)
                }
                _ => (
                    "another",
                    Algorithm::Es256,
                    group.key.affine_x.len(),
                    HashFunction::Sha2_256,
                ),
            };
            let (x, y) = (
                coordinate(&group.key.affine_x, length),
                coordinate(&group.key.affine_y, length),
            );
            let Some(key) = tally.key(&json!({ "kty": "EC", "crv": curve, "x": x, "y": y })) else {
                continue;
            };
            // Of the two encodings JWS takes the one of fixed length (RFC 7518 section 3.4).
            let fixed = group.test_type == TestGroupTypeId::EcdsaP1363;
            let ours = (fixed && group.hash == hash).then_some(own);
            for test in group.tests {
                let name = format!("{set:?} {}: {}", test.tc_id, test.comment);
                tally.signature(&key, EC, ours, (&test.msg, &test.sig), test.result, &name);
            }
        }
    }
    tally.is_at_least(
        (500, 250, 8_000),
        &["the curve is none of P-256, P-384, P-521"],
    );
}
