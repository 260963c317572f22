//! What a signature is limited to, and the two words that are the same in all of them.

/// The only algorithm that is verified.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The last word of every credential scope.
pub(crate) const TERMINATOR: &str = "aws4_request";

/// Date, region and service that a signature is limited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// `YYYYMMDD`.
    pub date: String,
    /// Such as `us-east-1`.
    pub region: String,
    /// Such as `s3`; the request is routed by it.
    pub service: String,
}
