//! RSA keys: 2,048 to 4,096 bits, an odd exponent of at least 3, no fingerprint of a broken generator.

use aws_lc_rs::signature::{RsaParameters, RsaPublicKeyComponents};

use super::roca;

/// Modulus and exponent, big-endian without leading zeros.
#[derive(Debug)]
pub(crate) struct PublicKey {
    n: Vec<u8>,
    e: Vec<u8>,
}

impl PublicKey {
    pub(super) fn admit(n: &[u8], e: &[u8]) -> Result<Self, &'static str> {
        if n.first() == Some(&0) || e.first() == Some(&0) {
            return Err("a number of the key begins with a zero (RFC 7518 section 2)");
        }
        let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize).min(n.len() * 8);
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
            return Err("the modulus comes from a generator with the ROCA flaw (CVE-2017-15361)");
        }
        Ok(Self { n: n.to_vec(), e: e.to_vec() })
    }

    pub(super) fn holds(&self, parameters: &'static RsaParameters, signed: &[u8], signature: &[u8]) -> bool {
        RsaPublicKeyComponents { n: &self.n, e: &self.e }.verify(parameters, signed, signature).is_ok()
    }
}
