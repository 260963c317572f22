//! Why a signature was refused: a sentence for the log, AWS's own code and text for the caller.

use wire::{Family, Fault};

use crate::date::{SKEW_SECONDS, amz_date};

/// Why a signature was refused. Holds no secret and no computed signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Credentials both in the header and in the query.
    TwoPlaces,
    /// Not Signature Version 4: version 2, 4a or something unknown.
    Algorithm(String),
    /// The Authorization header cannot be read; what is wrong with it.
    Malformed(&'static str),
    /// An access key id that has not the form of one, as far as it may be told.
    AccessKeyId(Option<String>),
    /// A presigned URL.
    Presigned,
    /// A parameter of the query string stands more often than once.
    DuplicateWord(String),
    /// `X-Amz-Expires` is no number of seconds up to seven days.
    Expires,
    /// A header that may stand only once stands more often.
    DuplicateHeader(String),
    /// `x-amz-date` is missing or no date.
    Date,
    /// The scope's date is not the day of signing.
    ScopeDate {
        /// The scope's date.
        scope: String,
        /// The day of `x-amz-date`.
        day: String,
    },
    /// The scope does not end as it must.
    Terminator,
    /// Signed too long ago, or in the future.
    Skewed {
        /// Time of signing, unix seconds.
        signed_at: i64,
        /// Time of the server.
        now: i64,
    },
    /// A header that must be signed is not.
    NotSigned(String),
    /// A header is listed as signed but absent.
    Absent(String),
    /// `x-amz-content-sha256` is missing or no hash.
    ContentHash,
    /// A payload that is signed in chunks or followed by a trailer.
    StreamingPayload(String),
    /// The target cannot be read.
    Target,
    /// The signature is another one.
    Mismatch,
    /// The body is another one than was signed.
    BodyHash,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TwoPlaces => f.write_str("credentials stand in the Authorization header and in the query string"),
            Self::Algorithm(name) => write!(f, "`{name}` is not AWS Signature Version 4"),
            Self::Malformed(part) => write!(f, "the signature is malformed: {part}"),
            Self::AccessKeyId(Some(id)) => write!(f, "`{id}` is no access key id"),
            Self::AccessKeyId(None) => f.write_str("what stands for an access key id is none"),
            Self::Presigned => f.write_str("presigned requests are served for sts:GetCallerIdentity only"),
            Self::DuplicateWord(name) => write!(f, "parameter `{name}` is given more than once"),
            Self::Expires => f.write_str("`X-Amz-Expires` is not a number of seconds from 1 to 604800"),
            Self::DuplicateHeader(name) => write!(f, "header `{name}` is given more than once"),
            Self::Date => f.write_str("`x-amz-date` is missing or not of the form YYYYMMDDTHHMMSSZ"),
            Self::ScopeDate { scope, day } => write!(f, "the credential scope is of {scope}, the request of {day}"),
            Self::Terminator => f.write_str("the credential scope does not end in `aws4_request`"),
            Self::Skewed { signed_at, now } => {
                write!(f, "signed at {}, the server's time is {}", amz_date(*signed_at), amz_date(*now))
            }
            Self::NotSigned(name) => write!(f, "header `{name}` is not signed"),
            Self::Absent(name) => write!(f, "header `{name}` is listed as signed but absent"),
            Self::ContentHash => f.write_str("`x-amz-content-sha256` is missing or no SHA-256"),
            Self::StreamingPayload(name) => write!(f, "payload `{name}` is not served yet"),
            Self::Target => f.write_str("the path or query string is not percent-encoded UTF-8"),
            Self::Mismatch => f.write_str("the signature does not match the request"),
            Self::BodyHash => f.write_str("the body is not the one that was signed"),
        }
    }
}

impl Refusal {
    /// The answer that AWS gives for it (IAM user guide, "Troubleshoot Signature Version 4"; S3 error responses).
    pub fn fault(&self, family: Family) -> Fault {
        let s3 = family == Family::S3;
        let malformed = if s3 { ("AuthorizationHeaderMalformed", 400) } else { ("IncompleteSignature", 400) };
        let denied = if s3 { ("AccessDenied", 403) } else { ("SignatureDoesNotMatch", 403) };
        let ((code, status), text) = match self {
            Self::TwoPlaces => (
                (if s3 { "InvalidArgument" } else { "IncompleteSignature" }, 400),
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified".to_owned(),
            ),
            Self::Algorithm(_) => (
                if s3 { ("InvalidRequest", 400) } else { malformed },
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.".to_owned(),
            ),
            Self::Malformed(part) => (malformed, format!("The authorization header is malformed; {part}.")),
            Self::AccessKeyId(_) if s3 => {
                (("InvalidAccessKeyId", 403), "The AWS Access Key Id you provided does not exist in our records.".to_owned())
            }
            Self::AccessKeyId(_) => {
                (("InvalidClientTokenId", 403), "The security token included in the request is invalid.".to_owned())
            }
            // Clients try a 5xx again; this stays as it is.
            Self::Presigned => {
                (if s3 { ("NotImplemented", 501) } else { malformed }, "Presigned requests are not implemented".to_owned())
            }
            Self::DuplicateWord(name) => (malformed, format!("Parameter {name} is given more than once.")),
            Self::Expires => (
                if s3 { ("AuthorizationQueryParametersError", 400) } else { malformed },
                "X-Amz-Expires must be between 1 and 604800 seconds".to_owned(),
            ),
            Self::DuplicateHeader(name) => (malformed, format!("Header {name} is given more than once.")),
            Self::Date => (denied, "AWS authentication requires a valid Date or x-amz-date header".to_owned()),
            Self::ScopeDate { scope, day } => (
                if s3 { malformed } else { ("SignatureDoesNotMatch", 403) },
                format!("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope}' != '{day}'."),
            ),
            Self::Terminator => (
                if s3 { malformed } else { ("SignatureDoesNotMatch", 403) },
                "Credential should be scoped with a valid terminator: 'aws4_request'.".to_owned(),
            ),
            Self::Skewed { .. } if s3 => {
                (("RequestTimeTooSkewed", 403), "The difference between the request time and the current time is too large.".to_owned())
            }
            // SDKs read the server's time out of the parentheses.
            Self::Skewed { signed_at, now } => {
                let [signed, server] = [*signed_at, *now].map(amz_date);
                let text = if signed_at < now {
                    let edge = amz_date(now - SKEW_SECONDS);
                    format!("Signature expired: {signed} is now earlier than {edge} ({server} - 15 min.)")
                } else {
                    let edge = amz_date(now + SKEW_SECONDS);
                    format!("Signature not yet current: {signed} is still later than {edge} ({server} + 15 min.)")
                };
                (("SignatureDoesNotMatch", 403), text)
            }
            Self::NotSigned(name) => (denied, format!("There were headers present in the request which were not signed: {name}")),
            Self::Absent(name) => (denied, format!("The signed header {name} is not in the request.")),
            Self::ContentHash => (
                (if s3 { "InvalidRequest" } else { "IncompleteSignature" }, 400),
                "Missing or invalid required header for this request: x-amz-content-sha256".to_owned(),
            ),
            Self::StreamingPayload(name) => (if s3 { ("NotImplemented", 501) } else { malformed }, format!("A payload of kind {name} is not implemented")),
            Self::Target => ((if s3 { "InvalidURI" } else { "IncompleteSignature" }, 400), "Couldn't parse the specified URI.".to_owned()),
            Self::Mismatch => (
                ("SignatureDoesNotMatch", 403),
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.".to_owned(),
            ),
            Self::BodyHash => (
                (if s3 { "XAmzContentSHA256Mismatch" } else { "SignatureDoesNotMatch" }, if s3 { 400 } else { 403 }),
                "The provided 'x-amz-content-sha256' header does not match what was computed.".to_owned(),
            ),
        };
        Fault::new(code, status, text)
    }
}
