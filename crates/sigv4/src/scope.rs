//! What a signature is limited to, and the words that are the same in all of them.

/// The last word of every credential scope.
pub(crate) const TERMINATOR: &str = "aws4_request";

/// How a request is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Signature Version 4.
    HmacSha256,
    /// Signature Version 4A: one signature for a set of regions.
    EcdsaP256Sha256,
}

impl Algorithm {
    /// The algorithm's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "AWS4-HMAC-SHA256",
            Self::EcdsaP256Sha256 => "AWS4-ECDSA-P256-SHA256",
        }
    }
}

/// Date, region and service that a signature is limited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// `YYYYMMDD`.
    pub date: String,
    /// Such as `us-east-1`. Of a Signature Version 4A it is the region set as it came: no region at
    /// all, unless the set has just one.
    pub region: String,
    /// Such as `s3`; the request is routed by it.
    pub service: String,
}

impl Scope {
    /// Writes the scope as it stands in the text that is signed.
    pub(crate) fn write(&self, algorithm: Algorithm, out: &mut Vec<u8>) {
        let Self {
            date,
            region,
            service,
        } = self;
        // Version 4A signs the region set as a header instead (aws-c-auth, `aws_signing.c`).
        let region = match algorithm {
            Algorithm::HmacSha256 => Some(region),
            Algorithm::EcdsaP256Sha256 => None,
        };
        for word in [Some(date), region, Some(service)].into_iter().flatten() {
            out.extend_from_slice(word.as_bytes());
            out.push(b'/');
        }
        out.extend_from_slice(TERMINATOR.as_bytes());
    }
}
