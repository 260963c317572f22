//! Why a signature was refused: a sentence for the log, AWS's own code and text for the caller.

use wire::{BadHead, Family, Fault, S3Fault};

use crate::date::{SKEW_SECONDS, amz_date};
use crate::query_flaw::QueryFlaw;

/// Why a signature was refused. Holds no secret and no computed signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Credentials both in the header and in the query.
    TwoPlaces,
    /// Signature Version 2.
    V2,
    /// Not Signature Version 4.
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
    /// The parameters of a presigned S3 request.
    Query(QueryFlaw),
    /// The scope's date of a presigned S3 request is not the day of signing.
    QueryDate {
        /// The scope's date.
        scope: String,
        /// The day of `X-Amz-Date`.
        day: String,
    },
    /// A presigned S3 request whose time is over.
    Expired {
        /// Its last second, unix seconds.
        until: i64,
        /// Time of the server.
        now: i64,
    },
    /// A presigned S3 request or a form whose time has not come.
    NotYet {
        /// Time of signing, unix seconds.
        signed_at: i64,
        /// Time of the server.
        now: i64,
    },
    /// `x-amz-region-set` of a Signature Version 4A is missing or no set of regions.
    RegionSet,
    /// A field of a form's signature is missing or cannot be read; which.
    Form(&'static str),
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
    /// A way to send a payload that is not known, or not with this kind of signature.
    StreamingPayload(String),
    /// `x-amz-decoded-content-length` is missing or no number.
    DecodedLength,
    /// `x-amz-trailer` names what no trailer may be.
    TrailerName,
    /// The chunks of the body are not framed as they must be, or not as long as was said; how.
    Framing(&'static str),
    /// A chunk that is not the last is shorter than any such may be.
    ChunkSize,
    /// A chunk or trailer is not the one that was signed.
    Chunk,
    /// What follows the last chunk is not what was announced; what is wrong.
    Trailer(&'static str),
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
            Self::TwoPlaces => f.write_str(
                "credentials are both in the Authorization header and in the query string",
            ),
            Self::V2 => f.write_str("the request is signed with Signature Version 2"),
            Self::Algorithm(name) => write!(f, "`{name}` is not AWS Signature Version 4"),
            Self::Malformed(part) => write!(f, "the signature is malformed: {part}"),
            Self::AccessKeyId(Some(id)) => write!(f, "`{id}` is not an access key id"),
            Self::AccessKeyId(None) => {
                f.write_str("the access key id does not have the form of one")
            }
            Self::Presigned => f.write_str(
                "presigned requests are supported for S3 and sts:GetCallerIdentity only",
            ),
            Self::DuplicateWord(name) => write!(f, "parameter `{name}` is given more than once"),
            Self::Expires => {
                f.write_str("`X-Amz-Expires` is not a number of seconds from 1 to 604800")
            }
            Self::Query(flaw) => write!(
                f,
                "the parameters of the presigned request are wrong: {}",
                flaw.text()
            ),
            Self::Expired { until, now } => write!(
                f,
                "the presigned request expired at {}, the server's time is {}",
                amz_date(*until),
                amz_date(*now)
            ),
            Self::NotYet { signed_at, now } => write!(
                f,
                "signed for {}, the server's time is {}",
                amz_date(*signed_at),
                amz_date(*now)
            ),
            Self::RegionSet => f.write_str("`x-amz-region-set` is missing or no set of regions"),
            Self::Form(field) => {
                write!(f, "the form's field `{field}` is missing or cannot be read")
            }
            Self::DuplicateHeader(name) => write!(f, "header `{name}` is given more than once"),
            Self::Date => {
                f.write_str("`x-amz-date` is missing or not of the form YYYYMMDDTHHMMSSZ")
            }
            Self::ScopeDate { scope, day } | Self::QueryDate { scope, day } => write!(
                f,
                "the credential scope is of {scope}, the request of {day}"
            ),
            Self::Terminator => f.write_str("the credential scope does not end in `aws4_request`"),
            Self::Skewed { signed_at, now } => {
                write!(
                    f,
                    "signed at {}, the server's time is {}",
                    amz_date(*signed_at),
                    amz_date(*now)
                )
            }
            Self::NotSigned(name) => write!(f, "header `{name}` is not signed"),
            Self::Absent(name) => write!(f, "header `{name}` is listed as signed but absent"),
            Self::ContentHash => f.write_str("`x-amz-content-sha256` is missing or no SHA-256"),
            Self::StreamingPayload(name) => {
                write!(f, "payload `{name}` is not supported with this signature")
            }
            Self::DecodedLength => {
                f.write_str("`x-amz-decoded-content-length` is missing or no number of bytes")
            }
            Self::TrailerName => f.write_str("`x-amz-trailer` does not name checksums"),
            Self::Framing(how) => write!(f, "the chunks of the body cannot be read: {how}"),
            Self::ChunkSize => {
                f.write_str("a chunk that is not the last is shorter than 8192 bytes")
            }
            Self::Chunk => f.write_str("a chunk or trailer is not the one that was signed"),
            Self::Trailer(how) => write!(f, "the trailer of the body is refused: {how}"),
            Self::Target => f.write_str("the path or query string is not percent-encoded UTF-8"),
            Self::Mismatch => f.write_str("the signature does not match the request"),
            Self::BodyHash => f.write_str("the body is not the one that was signed"),
        }
    }
}

impl Refusal {
    /// The answer that AWS gives for it (IAM user guide, "Troubleshoot Signature Version 4"; S3
    /// error responses).
    pub fn fault(&self, family: Family) -> Fault {
        let s3 = family == Family::S3;
        let ((at_s3, (code, status)), text) = match self {
            Self::TwoPlaces => (
                (S3Fault::InvalidArgument, INCOMPLETE),
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified".to_owned(),
            ),
            Self::V2 | Self::Algorithm(_) => (
                (S3Fault::InvalidRequest, INCOMPLETE),
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.".to_owned(),
            ),
            Self::Malformed(part) => (MALFORMED, format!("The authorization header is malformed; {part}.")),
            Self::AccessKeyId(_) => {
                let text = "The security token included in the request is invalid.";
                let text = if s3 { S3Fault::InvalidAccessKeyId.text() } else { text };
                ((S3Fault::InvalidAccessKeyId, ("InvalidClientTokenId", 403)), text.to_owned())
            }
            // Clients try a 5xx again, so only S3, whose own this code is, answers with one.
            Self::Presigned => ((S3Fault::NotImplemented, INCOMPLETE), "Presigned requests are not implemented".to_owned()),
            Self::DuplicateWord(name) => (MALFORMED, format!("Parameter {name} is given more than once.")),
            Self::Expires => (
                (S3Fault::AuthorizationQueryParametersError, INCOMPLETE),
                "X-Amz-Expires must be between 1 and 604800 seconds".to_owned(),
            ),
            Self::Query(flaw) => ((S3Fault::AuthorizationQueryParametersError, INCOMPLETE), flaw.text().to_owned()),
            Self::QueryDate { scope, day } => (
                (S3Fault::AuthorizationQueryParametersError, INCOMPLETE),
                format!("Invalid credential date \"{scope}\". This date is not the same as X-Amz-Date: \"{day}\"."),
            ),
            Self::Expired { .. } => ((S3Fault::AccessDenied, MISMATCH), "Request has expired".to_owned()),
            Self::NotYet { .. } => ((S3Fault::AccessDenied, MISMATCH), "Request is not valid yet".to_owned()),
            Self::RegionSet => (MALFORMED, "The authorization header is malformed; x-amz-region-set is missing or no set of regions.".to_owned()),
            Self::Form(field) => (
                (S3Fault::InvalidArgument, INCOMPLETE),
                format!("Bucket POST must contain a field named '{field}'.  If it is specified, please check the order of the fields."),
            ),
            Self::DuplicateHeader(name) => (MALFORMED, format!("Header {name} is given more than once.")),
            Self::Date => (DENIED, "AWS authentication requires a valid Date or x-amz-date header".to_owned()),
            Self::ScopeDate { scope, day } => (
                (S3Fault::AuthorizationHeaderMalformed, MISMATCH),
                format!("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope}' != '{day}'."),
            ),
            Self::Terminator => (
                (S3Fault::AuthorizationHeaderMalformed, MISMATCH),
                "Credential should be scoped with a valid terminator: 'aws4_request'.".to_owned(),
            ),
            Self::Skewed { signed_at, now } => {
                let text = if s3 { S3Fault::RequestTimeTooSkewed.text().to_owned() } else { skewed(*signed_at, *now) };
                ((S3Fault::RequestTimeTooSkewed, MISMATCH), text)
            }
            Self::NotSigned(name) => (DENIED, format!("There were headers present in the request which were not signed: {name}")),
            Self::Absent(name) => (DENIED, format!("The signed header {name} is not in the request.")),
            Self::ContentHash => (
                (S3Fault::InvalidRequest, INCOMPLETE),
                "Missing or invalid required header for this request: x-amz-content-sha256".to_owned(),
            ),
            Self::StreamingPayload(name) => {
                ((S3Fault::NotImplemented, INCOMPLETE), format!("A payload of kind {name} is not implemented"))
            }
            Self::DecodedLength => {
                ((S3Fault::MissingContentLength, INCOMPLETE), S3Fault::MissingContentLength.text().to_owned())
            }
            Self::TrailerName => (
                (S3Fault::InvalidRequest, INCOMPLETE),
                "The value specified in the x-amz-trailer header is not supported".to_owned(),
            ),
            Self::Framing(_) => ((S3Fault::IncompleteBody, INCOMPLETE), "The request body terminated unexpectedly".to_owned()),
            Self::ChunkSize => return S3Fault::InvalidChunkSizeError.fault(),
            Self::Trailer(_) => return S3Fault::MalformedTrailerError.fault(),
            Self::Target => ((S3Fault::InvalidUri, INCOMPLETE), S3Fault::InvalidUri.text().to_owned()),
            Self::Mismatch | Self::Chunk => {
                ((S3Fault::SignatureDoesNotMatch, MISMATCH), S3Fault::SignatureDoesNotMatch.text().to_owned())
            }
            Self::BodyHash => {
                ((S3Fault::ContentSha256Mismatch, MISMATCH), S3Fault::ContentSha256Mismatch.text().to_owned())
            }
        };
        if s3 {
            at_s3.saying(text)
        } else {
            Fault::new(code, status, text)
        }
    }
}

/// The refusal of a header that stands more often than once.
pub(crate) fn duplicate(error: BadHead) -> Refusal {
    match error {
        BadHead::Duplicate(name) => Refusal::DuplicateHeader(name),
        BadHead::Method(_) | BadHead::Target | BadHead::Header(_) | BadHead::TooLong(_) => {
            Refusal::Target
        }
    }
}

/// What the query services answer: code and status.
type AtQuery = (&'static str, u16);

const INCOMPLETE: AtQuery = ("IncompleteSignature", 400);
const MISMATCH: AtQuery = ("SignatureDoesNotMatch", 403);
const MALFORMED: (S3Fault, AtQuery) = (S3Fault::AuthorizationHeaderMalformed, INCOMPLETE);
const DENIED: (S3Fault, AtQuery) = (S3Fault::AccessDenied, MISMATCH);

/// SDKs read the server's time out of the parentheses.
fn skewed(signed_at: i64, now: i64) -> String {
    let [signed, server] = [signed_at, now].map(amz_date);
    if signed_at < now {
        let edge = amz_date(now - SKEW_SECONDS);
        format!("Signature expired: {signed} is now earlier than {edge} ({server} - 15 min.)")
    } else {
        let edge = amz_date(now + SKEW_SECONDS);
        format!(
            "Signature not yet current: {signed} is still later than {edge} ({server} + 15 min.)"
        )
    }
}
