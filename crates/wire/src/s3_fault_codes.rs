//! S3's faults: code, status and sentence of each in one table. Who refuses names the fault, and
//! says more where S3 does.
//!
//! Source: S3 API reference, "Error responses"
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>), and for the sentences
//! what the service sends. Which protocol they are written in is [`Fault::reply`]'s.

use crate::fault_reply::Fault;

/// What S3 answers instead of doing what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum S3Fault {
    /// No policy allows it, or nobody signed.
    AccessDenied,
    /// The signature's header cannot be read, or its scope is not ours.
    AuthorizationHeaderMalformed,
    /// A presigned request's parameters cannot be read.
    AuthorizationQueryParametersError,
    /// A digest is not the body's.
    BadDigest,
    /// Another account has the bucket's name.
    BucketAlreadyExists,
    /// The caller has the bucket already.
    BucketAlreadyOwnedByYou,
    /// A bucket with objects in it cannot be deleted.
    BucketNotEmpty,
    /// The body is longer than any object.
    EntityTooLarge,
    /// The session is over.
    ExpiredToken,
    /// The bucket's region is not the one that was asked.
    IllegalLocationConstraint,
    /// The body ended early.
    IncompleteBody,
    /// Ours to mend.
    InternalError,
    /// The access key id is nobody's.
    InvalidAccessKeyId,
    /// A parameter or header has no such value.
    InvalidArgument,
    /// The name is against the rules for buckets.
    InvalidBucketName,
    /// The expected owner is no account.
    InvalidBucketOwner,
    /// A digest cannot be read.
    InvalidDigest,
    /// No bucket can be put there.
    InvalidLocationConstraint,
    /// A part of an upload is not there.
    InvalidPart,
    /// The object has no such bytes.
    InvalidRange,
    /// The request makes no sense as it is.
    InvalidRequest,
    /// The session token is none.
    InvalidToken,
    /// The path or query cannot be read.
    InvalidUri,
    /// What the directory below has no room for: a key that is another key's folder.
    KeyIsFolder,
    /// The key is longer than can be kept.
    KeyTooLong,
    /// The body is not the XML of its operation.
    MalformedXml,
    /// The path has no such method.
    MethodNotAllowed,
    /// The body's length is not said.
    MissingContentLength,
    /// Nobody has such a bucket.
    NoSuchBucket,
    /// The bucket has no such object.
    NoSuchKey,
    /// There is no such upload, or no longer.
    NoSuchUpload,
    /// It is not done here.
    NotImplemented,
    /// The caller has the object as it is.
    NotModified,
    /// Another call is at work in the bucket.
    OperationAborted,
    /// The object is not the one that was expected.
    PreconditionFailed,
    /// The clocks are too far apart.
    RequestTimeTooSkewed,
    /// The signature is not the request's.
    SignatureDoesNotMatch,
    /// Too much at once.
    SlowDown,
    /// The body is not the one that was signed.
    ContentSha256Mismatch,
}

impl S3Fault {
    /// Code, status and sentence.
    const fn row(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::AccessDenied => ("AccessDenied", 403, "Access Denied"),
            Self::AuthorizationHeaderMalformed => (
                "AuthorizationHeaderMalformed",
                400,
                "The authorization header that you provided is not valid.",
            ),
            Self::AuthorizationQueryParametersError => (
                "AuthorizationQueryParametersError",
                400,
                "The authorization query parameters that you provided are not valid.",
            ),
            Self::BadDigest => (
                "BadDigest",
                400,
                "The Content-MD5 or checksum value that you specified did not match what the server received.",
            ),
            Self::BucketAlreadyExists => (
                "BucketAlreadyExists",
                409,
                "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
            ),
            Self::BucketAlreadyOwnedByYou => (
                "BucketAlreadyOwnedByYou",
                409,
                "Your previous request to create the named bucket succeeded and you already own it.",
            ),
            Self::BucketNotEmpty => (
                "BucketNotEmpty",
                409,
                "The bucket you tried to delete is not empty",
            ),
            Self::EntityTooLarge => (
                "EntityTooLarge",
                400,
                "Your proposed upload exceeds the maximum allowed size",
            ),
            // Of the query services the same code has the status 403.
            Self::ExpiredToken => ("ExpiredToken", 400, "The provided token has expired."),
            Self::IllegalLocationConstraint => (
                "IllegalLocationConstraintException",
                400,
                "The location constraint is incompatible for the region specific endpoint this request was sent to.",
            ),
            Self::IncompleteBody => (
                "IncompleteBody",
                400,
                "You did not provide the number of bytes specified by the Content-Length HTTP header.",
            ),
            Self::InternalError => (
                "InternalError",
                500,
                "We encountered an internal error. Please try again.",
            ),
            Self::InvalidAccessKeyId => (
                "InvalidAccessKeyId",
                403,
                "The AWS Access Key Id you provided does not exist in our records.",
            ),
            Self::InvalidArgument => ("InvalidArgument", 400, "Invalid Argument"),
            Self::InvalidBucketName => (
                "InvalidBucketName",
                400,
                "The specified bucket is not valid.",
            ),
            Self::InvalidBucketOwner => (
                "InvalidBucketOwnerAWSAccountID",
                400,
                "The value of the expected bucket owner parameter must be an AWS account ID",
            ),
            Self::InvalidDigest => (
                "InvalidDigest",
                400,
                "The Content-MD5 or checksum value you specified is not valid.",
            ),
            Self::InvalidLocationConstraint => (
                "InvalidLocationConstraint",
                400,
                "The specified location-constraint is not valid",
            ),
            Self::InvalidPart => (
                "InvalidPart",
                400,
                "One or more of the specified parts could not be found.",
            ),
            Self::InvalidRange => (
                "InvalidRange",
                416,
                "The requested range is not satisfiable",
            ),
            Self::InvalidRequest => ("InvalidRequest", 400, "Invalid Request"),
            Self::InvalidToken => (
                "InvalidToken",
                400,
                "The provided token is malformed or otherwise invalid.",
            ),
            Self::InvalidUri => ("InvalidURI", 400, "Couldn't parse the specified URI."),
            // S3 itself has room for both keys, so no code of its own is for this; 409, since the
            // other key is in the way.
            Self::KeyIsFolder => (
                "InvalidRequest",
                409,
                "In this store a key and a folder of the same name exclude each other.",
            ),
            Self::KeyTooLong => ("KeyTooLongError", 400, "Your key is too long"),
            Self::MalformedXml => (
                "MalformedXML",
                400,
                "The XML you provided was not well-formed or did not validate against our published schema",
            ),
            Self::MethodNotAllowed => (
                "MethodNotAllowed",
                405,
                "The specified method is not allowed against this resource.",
            ),
            Self::MissingContentLength => (
                "MissingContentLength",
                411,
                "You must provide the Content-Length HTTP header.",
            ),
            Self::NoSuchBucket => ("NoSuchBucket", 404, "The specified bucket does not exist"),
            Self::NoSuchKey => ("NoSuchKey", 404, "The specified key does not exist."),
            Self::NoSuchUpload => (
                "NoSuchUpload",
                404,
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
            ),
            Self::NotImplemented => (
                "NotImplemented",
                501,
                "A header or parameter you provided implies functionality that is not implemented",
            ),
            // An answer of this status has no body.
            Self::NotModified => ("NotModified", 304, ""),
            Self::OperationAborted => (
                "OperationAborted",
                409,
                "A conflicting conditional operation is currently in progress against this resource. Please try again.",
            ),
            Self::PreconditionFailed => (
                "PreconditionFailed",
                412,
                "At least one of the pre-conditions you specified did not hold",
            ),
            Self::RequestTimeTooSkewed => (
                "RequestTimeTooSkewed",
                403,
                "The difference between the request time and the current time is too large.",
            ),
            Self::SignatureDoesNotMatch => (
                "SignatureDoesNotMatch",
                403,
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
            ),
            Self::SlowDown => ("SlowDown", 503, "Please reduce your request rate."),
            Self::ContentSha256Mismatch => (
                "XAmzContentSHA256Mismatch",
                400,
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ),
        }
    }

    /// The code on the wire.
    pub const fn code(self) -> &'static str {
        self.row().0
    }

    /// S3's own sentence, where it has one for every case.
    pub const fn text(self) -> &'static str {
        self.row().2
    }

    /// The fault with S3's own sentence.
    pub fn fault(self) -> Fault {
        self.saying(self.text())
    }

    /// The fault with a sentence for the case.
    pub fn saying(self, text: impl Into<String>) -> Fault {
        let (code, status, _) = self.row();
        Fault::new(code, status, text)
    }

    /// Whether a fault is this one, whatever it says.
    pub fn is(self, fault: &Fault) -> bool {
        let (code, status, _) = self.row();
        fault.code == code && fault.status == status
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    /// Codes that other services have too, so that they may be named elsewhere.
    const SHARED: [&str; 4] = [
        "AccessDenied",
        "ExpiredToken",
        "InvalidRequest",
        "SignatureDoesNotMatch",
    ];

    /// The codes of the table, as its source has them: of its literals these have no blank.
    fn codes() -> Vec<&'static str> {
        let source = include_str!("s3_fault_codes.rs");
        let table = source
            .split_once("const fn row")
            .and_then(|(_, rest)| rest.split_once("\n    }\n"))
            .unwrap()
            .0;
        let literals = table.split('"').skip(1).step_by(2);
        literals
            .filter(|text| {
                !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
            .collect()
    }

    #[expect(clippy::disallowed_methods, reason = "the sources are what is tested")]
    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                // A test says what it expects in the words that are sent.
                && !path.ends_with("tests.rs")
                && !path.ends_with("wire/src/s3_fault_codes.rs")
            {
                found.push(path);
            }
        }
    }

    /// A code that is written out elsewhere has a status and a sentence there too, and some day
    /// others than here.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "the sources are what is tested")]
    fn no_code_of_s3_is_written_out_elsewhere() {
        let codes: Vec<_> = codes()
            .into_iter()
            .filter(|code| !SHARED.contains(code))
            .collect();
        assert!(
            codes.len() > 30 && codes.contains(&"NoSuchBucket") && codes.contains(&"BadDigest"),
            "{codes:?}"
        );
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut found = Vec::new();
        for folder in std::fs::read_dir(crates).unwrap() {
            let folder = folder.unwrap().path().join("src");
            if folder.is_dir() {
                sources(&folder, &mut found);
            }
        }
        assert!(
            found.len() > 100
                && found
                    .iter()
                    .any(|path| path.ends_with("authority/src/grant/mod.rs"))
        );
        for path in found {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for name in &codes {
                assert!(
                    !code.contains(&format!("\"{name}\"")),
                    "{} writes `{name}` out; name the S3Fault",
                    path.display()
                );
            }
        }
    }
}
