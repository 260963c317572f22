//! Elliptic curve keys: a point of the right length on one of three curves.

use aws_lc_rs::signature::{EcdsaVerificationAlgorithm, ParsedPublicKey, UnparsedPublicKey};

use crate::algorithm::{Algorithm, Scheme};

/// An uncompressed point (SEC 1 section 2.3.3) and its curve's algorithm.
#[derive(Debug)]
pub(crate) struct PublicKey {
    point: Vec<u8>,
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
            return Err("a coordinate has another length than its curve's (RFC 7518 section 6.2.1)");
        }
        let point: Vec<u8> = [4].iter().chain(x).chain(y).copied().collect();
        let Scheme::Ec(scheme) = algorithm.scheme() else { return Err("the curve has no algorithm") };
        ParsedPublicKey::new(scheme, &point).map_err(|_| "the point is not on its curve")?;
        Ok(Self { point, algorithm })
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn holds(&self, algorithm: &'static EcdsaVerificationAlgorithm, signed: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(algorithm, &self.point).verify(signed, signature).is_ok()
    }
}
