//! A signature as it was presented, of either algorithm.

use crate::hex;
use crate::scope::Algorithm;

/// Longest ECDSA P-256 signature in DER: two integers of 33 bytes and their headers.
const LONGEST_DER: usize = 72;
/// What AWS's clients fill the signature of a chunk up with, so that the length of the body is
/// known beforehand (aws-c-auth, `AWS_SIGV4A_SIGNATURE_PADDING_BYTE`).
const PADDING: u8 = b'*';

/// A signature; nothing says yet that it holds.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Signature {
    /// HMAC-SHA256.
    Hmac([u8; 32]),
    /// ECDSA over P-256, in DER.
    Ecdsa(Vec<u8>),
}

impl Signature {
    /// Reads a signature's hexadecimal digits.
    pub(crate) fn read(algorithm: Algorithm, text: &[u8]) -> Option<Self> {
        match algorithm {
            Algorithm::HmacSha256 => hex::read_32(text).map(Self::Hmac),
            Algorithm::EcdsaP256Sha256 => hex::read(text)
                .filter(|der| (8..=LONGEST_DER).contains(&der.len()))
                .map(Self::Ecdsa),
        }
    }

    /// Reads the signature of a chunk or trailer, which of ECDSA may be filled up.
    pub(crate) fn read_of_chunk(algorithm: Algorithm, text: &[u8]) -> Option<Self> {
        match algorithm {
            Algorithm::EcdsaP256Sha256 if text.len() == 2 * LONGEST_DER => {
                let end = text.iter().position(|byte| *byte == PADDING);
                let (digits, padding) = text.split_at_checked(end.unwrap_or(text.len()))?;
                if padding.iter().any(|byte| *byte != PADDING) {
                    return None;
                }
                Self::read(algorithm, digits)
            }
            Algorithm::HmacSha256 | Algorithm::EcdsaP256Sha256 => Self::read(algorithm, text),
        }
    }

    /// Its digits, as the next chunk's signature holds them.
    pub(crate) fn to_hex(&self) -> String {
        match self {
            Self::Hmac(bytes) => hex::lower(bytes),
            Self::Ecdsa(der) => hex::lower(der),
        }
    }
}
