//! Elliptic curve keys: a point of the right length on one of three curves.

use aws_lc_rs::signature::ParsedPublicKey;

use crate::algorithm::Algorithm;

/// An uncompressed point (SEC 1 section 2.3.3), read once, and its curve's algorithm.
#[derive(Debug)]
pub(crate) struct PublicKey {
    key: ParsedPublicKey,
    algorithm: Algorithm,
}

impl PublicKey {
    pub(super) fn admit(curve: &str, x: &[u8], y: &[u8]) -> Result<Self, &'static str> {
        let (algorithm, length) = match curve {
            "P-256" => (Algorithm::Es256, 32),
            "P-384" => (Algorithm::Es384, 48),
            "P-521" => (Algorithm::Es512, 66),
            _ => return Err("the curve is none of P-256, P-384, P-521"),
        };
        if x.len() != length || y.len() != length {
            return Err(
                "a coordinate has another length than its curve's (RFC 7518 section 6.2.1)",
            );
        }
        let point: Vec<u8> = [4].iter().chain(x).chain(y).copied().collect();
        let key = ParsedPublicKey::new(algorithm.scheme(), &point)
            .map_err(|_| "the point is not on its curve")?;
        Ok(Self { key, algorithm })
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn holds(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        algorithm == self.algorithm && self.key.verify_sig(signed, signature).is_ok()
    }
}
