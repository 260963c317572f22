//! The key pair of Signature Version 4A, derived from the secret in counter mode (NIST SP 800-108;
//! aws-c-auth, `key_derivation.c`).

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use zeroize::Zeroizing;

use crate::credential::{AccessKeyId, SecretKey};
use crate::scope::Algorithm;

/// The order of P-256 less two, big-endian (FIPS 186-4, D.1.2.3).
const ORDER_LESS_TWO: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x4f,
];

/// The key pair of an access key; `None` when no counter gives one, which no secret is known to do.
pub(crate) fn key_pair(id: &AccessKeyId, secret: &SecretKey) -> Option<EcdsaKeyPair> {
    let private = private(id, secret)?;
    let public = public(&private)?;
    EcdsaKeyPair::from_private_key_and_public_key(
        &ECDSA_P256_SHA256_ASN1_SIGNING,
        private.as_slice(),
        &public,
    )
    .ok()
}

/// The public half, an uncompressed point.
pub(super) fn public_key(id: &AccessKeyId, secret: &SecretKey) -> Option<Vec<u8>> {
    public(&private(id, secret)?)
}

fn public(private: &Zeroizing<[u8; 32]>) -> Option<Vec<u8>> {
    let key = PrivateKey::from_private_key(&ECDH_P256, private.as_slice()).ok()?;
    Some(key.compute_public_key().ok()?.as_ref().to_vec())
}

fn private(id: &AccessKeyId, secret: &SecretKey) -> Option<Zeroizing<[u8; 32]>> {
    let first = Zeroizing::new(format!("AWS4A{}", secret.expose()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, first.as_bytes());
    (1..=254_u8).find_map(|counter| {
        let mut input = vec![0, 0, 0, 1];
        input.extend_from_slice(Algorithm::EcdsaP256Sha256.as_str().as_bytes());
        input.push(0);
        input.extend_from_slice(id.as_str().as_bytes());
        input.push(counter);
        // How many bits are asked for.
        input.extend_from_slice(&256_u32.to_be_bytes());
        let drawn = hmac::sign(&key, &input);
        let mut candidate = Zeroizing::new([0_u8; 32]);
        candidate.copy_from_slice(drawn.as_ref());
        // Not in constant time: about one secret in 2^32 takes another turn, and only that is told.
        if *candidate > ORDER_LESS_TWO {
            return None;
        }
        add_one(&mut candidate);
        Some(candidate)
    })
}

fn add_one(number: &mut [u8; 32]) {
    for byte in number.iter_mut().rev() {
        let (sum, carried) = byte.overflowing_add(1);
        *byte = sum;
        if !carried {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_aws_own_suite_is_derived() {
        let id = AccessKeyId::parse("AKIDEXAMPLE").unwrap();
        let secret = SecretKey::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
        // `public-key.json` of every case of the suite.
        let expected = "04b6618f6a65740a99e650b33b6b4b5bd0d43b176d721a3edfea7e7d2d56d936b1865ed22a7eadc9c5cb9d2cbaca1b3699139fedc5043dc6661864218330c8e518";
        assert_eq!(
            public_key(&id, &secret).map(|key| crate::hex::lower(&key)),
            Some(expected.to_owned())
        );
    }

    #[test]
    fn adding_one_carries() {
        let mut number = [0xff; 32];
        number[0] = 0;
        add_one(&mut number);
        let mut expected = [0; 32];
        expected[0] = 1;
        assert_eq!(number, expected);
    }
}
