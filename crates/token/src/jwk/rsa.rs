//! RSA keys: 2,048 to 4,096 bits, an odd exponent of at least 3, no fingerprint of a broken
//! generator.

use aws_lc_rs::signature::ParsedPublicKey;

use super::roca;
use crate::algorithm::Algorithm;

/// The key as each of its algorithms reads it; once, since reading it is a sixth of a verification.
#[derive(Debug)]
pub(crate) struct PublicKey(Vec<(Algorithm, ParsedPublicKey)>);

impl PublicKey {
    pub(super) fn admit(n: &[u8], e: &[u8]) -> Result<Self, &'static str> {
        // Two spellings of one number are two keys to whoever compares texts.
        if n.first() == Some(&0) || e.first() == Some(&0) {
            return Err("a number of the key begins with a zero (RFC 7518 section 2)");
        }
        let bits = n.len() * 8
            - n.first()
                .map_or(0, |byte| byte.leading_zeros() as usize)
                .min(n.len() * 8);
        // Fewer can be factored (NIST SP 800-131A); more cost a stranger nothing to send and us
        // much to check.
        if !(2048..=4096).contains(&bits) {
            return Err("the modulus has fewer than 2048 or more than 4096 bits");
        }
        // NIST SP 800-56B bounds the exponent below 2^256; four bytes are what anybody uses.
        let odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
        if e.is_empty() || e.len() > 4 || !odd(e) || e == [1] {
            return Err("the exponent is even, one, or too large");
        }
        if !odd(n) {
            return Err("the modulus is even");
        }
        if roca::is_vulnerable(n) {
            return Err("the modulus is from a generator with the ROCA flaw (CVE-2017-15361)");
        }
        let der = der(n, e);
        let read = |algorithm: Algorithm| {
            ParsedPublicKey::new(algorithm.scheme(), &der).map(|key| (algorithm, key))
        };
        let keys = [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512]
            .into_iter()
            .map(read)
            .collect::<Result<_, _>>();
        keys.map(Self).map_err(|_| "the numbers make no RSA key")
    }

    pub(super) fn holds(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        let key = self.0.iter().find(|(known, _)| *known == algorithm);
        key.is_some_and(|(_, key)| key.verify_sig(signed, signature).is_ok())
    }
}

/// `RSAPublicKey` of RFC 8017, appendix A.1.1: a sequence of two integers.
fn der(n: &[u8], e: &[u8]) -> Vec<u8> {
    let element = |tag: u8, content: &[u8]| {
        let length = content.len().to_be_bytes();
        let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
        let long = content.len() > 127;
        let head = [tag]
            .into_iter()
            .chain(long.then_some(0x80 | length.len() as u8))
            .chain(length);
        head.chain(content.iter().copied()).collect::<Vec<u8>>()
    };
    // An integer that begins with a set bit would be negative.
    let integer = |number: &[u8]| {
        let positive = number.first().filter(|first| **first >= 0x80).map(|_| 0);
        element(
            2,
            &positive
                .into_iter()
                .chain(number.iter().copied())
                .collect::<Vec<u8>>(),
        )
    };
    element(0x30, &[integer(n), integer(e)].concat())
}
