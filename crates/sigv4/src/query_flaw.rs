//! What can be wrong with the parameters of a presigned S3 request, in S3's words.

/// What is wrong with the parameters of a presigned S3 request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryFlaw {
    /// One is missing, or spelt in another way.
    Missing,
    /// `X-Amz-Algorithm`.
    Algorithm,
    /// `X-Amz-Expires` is no number.
    NoNumber,
    /// `X-Amz-Expires` is below nothing.
    Negative,
    /// `X-Amz-Expires` is nothing.
    Zero,
    /// `X-Amz-Expires` is more than a week.
    TooLong,
    /// `X-Amz-Date`.
    Date,
    /// The last word of `X-Amz-Credential`.
    Terminator,
    /// `X-Amz-Credential`, `X-Amz-SignedHeaders` or `X-Amz-Signature` has another form.
    Malformed,
}

impl QueryFlaw {
    /// S3's own sentence.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Missing => {
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
            }
            Self::Algorithm => "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"",
            Self::NoNumber => "X-Amz-Expires should be a number",
            Self::Negative => "X-Amz-Expires must be non-negative",
            Self::Zero => "X-Amz-Expires must be between 1 and 604800 seconds",
            Self::TooLong => {
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds"
            }
            Self::Date => "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
            Self::Terminator => {
                "Error parsing the X-Amz-Credential parameter; incorrect terminal. This endpoint belongs to \"aws4_request\"."
            }
            Self::Malformed => {
                "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."
            }
        }
    }
}
