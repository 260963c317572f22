//! S3's faults: code, status and sentence of each in one table. Who refuses names the fault, and
//! says more where S3 does.
//!
//! Source: S3 API reference, "Error responses"
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>), and for the sentences
//! what the service sends. Which protocol they are written in is [`Fault::reply`]'s.

use crate::fault_reply::Fault;

/// One row each, so that the variant and what it says cannot drift apart.
macro_rules! faults {
    ($($(#[$doc:meta])+ $name:ident = $code:literal, $status:literal, $text:literal;)+) => {
        /// What S3 answers instead of doing what it was asked.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum S3Fault {
            $($(#[$doc])+ $name,)+
        }

        impl S3Fault {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name),+];

            /// Code, status and sentence.
            const fn row(self) -> (&'static str, u16, &'static str) {
                match self {
                    $(Self::$name => ($code, $status, $text),)+
                }
            }
        }
    };
}

faults! {
    /// An ACL is given to a bucket that has none: none here has.
    AccessControlListNotSupported = "AccessControlListNotSupported", 400, "The bucket does not allow ACLs";
    /// No policy allows it, or nobody signed.
    AccessDenied = "AccessDenied", 403, "Access Denied";
    /// The signature's header cannot be read, or its scope is not ours.
    AuthorizationHeaderMalformed = "AuthorizationHeaderMalformed", 400, "The authorization header that you provided is not valid.";
    /// A presigned request's parameters cannot be read.
    AuthorizationQueryParametersError = "AuthorizationQueryParametersError", 400, "The authorization query parameters that you provided are not valid.";
    /// A digest is not the body's.
    BadDigest = "BadDigest", 400, "The Content-MD5 or checksum value that you specified did not match what the server received.";
    /// More tags than an object can have.
    BadRequest = "BadRequest", 400, "Bad Request";
    /// Another account has the bucket's name.
    BucketAlreadyExists = "BucketAlreadyExists", 409, "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.";
    /// The caller has the bucket already.
    BucketAlreadyOwnedByYou = "BucketAlreadyOwnedByYou", 409, "Your previous request to create the named bucket succeeded and you already own it.";
    /// A bucket with objects in it cannot be deleted.
    BucketNotEmpty = "BucketNotEmpty", 409, "The bucket you tried to delete is not empty";
    /// The object changed while a condition on it was held.
    ConditionalRequestConflict = "ConditionalRequestConflict", 409, "The conditional request cannot succeed due to a conflicting operation against this resource.";
    /// The body is not the one that was signed.
    ContentSha256Mismatch = "XAmzContentSHA256Mismatch", 400, "The provided 'x-amz-content-sha256' header does not match what was computed.";
    /// The body is longer than any object, or than a form's policy allows.
    EntityTooLarge = "EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size";
    /// A part before the last is shorter than 5 MiB, or a form's file than its policy allows.
    EntityTooSmall = "EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size";
    /// The session is over. Of the query services the same code has the status 403.
    ExpiredToken = "ExpiredToken", 400, "The provided token has expired.";
    /// The bucket's region is not the one that was asked.
    IllegalLocationConstraint = "IllegalLocationConstraintException", 400, "The location constraint is incompatible for the region specific endpoint this request was sent to.";
    /// The body ended early.
    IncompleteBody = "IncompleteBody", 400, "You did not provide the number of bytes specified by the Content-Length HTTP header.";
    /// A form without a file, or with two.
    IncorrectNumberOfFiles = "IncorrectNumberOfFilesInPostRequest", 400, "POST requires exactly one file upload per request.";
    /// Ours to mend.
    InternalError = "InternalError", 500, "We encountered an internal error. Please try again.";
    /// The access key id is nobody's.
    InvalidAccessKeyId = "InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.";
    /// A parameter or header has no such value.
    InvalidArgument = "InvalidArgument", 400, "Invalid Argument";
    /// The name is against the rules for buckets.
    InvalidBucketName = "InvalidBucketName", 400, "The specified bucket is not valid.";
    /// The expected owner is no account.
    InvalidBucketOwner = "InvalidBucketOwnerAWSAccountID", 400, "The value of the expected bucket owner parameter must be an AWS account ID";
    /// A chunk before the last is too short.
    InvalidChunkSizeError = "InvalidChunkSizeError", 403, "Only the last chunk is allowed to have a size less than 8192 bytes";
    /// A digest cannot be read.
    InvalidDigest = "InvalidDigest", 400, "The Content-MD5 or checksum value you specified is not valid.";
    /// No bucket can be put there.
    InvalidLocationConstraint = "InvalidLocationConstraint", 400, "The specified location-constraint is not valid";
    /// A part of an upload is not there.
    InvalidPart = "InvalidPart", 400, "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
    /// The object has no such part.
    InvalidPartNumber = "InvalidPartNumber", 416, "The requested partnumber is not satisfiable";
    /// Parts of an upload are named out of order.
    InvalidPartOrder = "InvalidPartOrder", 400, "The list of parts was not in ascending order. Parts must be ordered by part number.";
    /// A form's policy cannot be read.
    InvalidPolicyDocument = "InvalidPolicyDocument", 400, "The content of the form does not meet the conditions specified in the policy document.";
    /// The object has no such bytes.
    InvalidRange = "InvalidRange", 416, "The requested range is not satisfiable";
    /// The request makes no sense as it is.
    InvalidRequest = "InvalidRequest", 400, "Invalid Request";
    /// There is one class of storage.
    InvalidStorageClass = "InvalidStorageClass", 400, "The storage class you specified is not valid";
    /// A tag is against the rules for tags, or there are too many.
    InvalidTag = "InvalidTag", 400, "The tag provided was not a valid tag. This error can occur if the tag did not pass input validation.";
    /// The session token is none.
    InvalidToken = "InvalidToken", 400, "The provided token is malformed or otherwise invalid.";
    /// The path or query cannot be read.
    InvalidUri = "InvalidURI", 400, "Couldn't parse the specified URI.";
    /// What a store in a directory has no room for: a key that is another key's folder.
    KeyIsFolder = "InvalidRequest", 409, "In this store a key and a folder of the same name exclude each other.";
    /// The key is longer than 1,024 bytes.
    KeyTooLong = "KeyTooLongError", 400, "Your key is too long";
    /// A bucket's policy cannot be read.
    MalformedPolicy = "MalformedPolicy", 400, "Policies must be valid JSON and the first byte must be '{'";
    /// A form that is none.
    MalformedPostRequest = "MalformedPOSTRequest", 400, "The body of your POST request is not well-formed multipart/form-data.";
    /// What follows the last chunk cannot be read, or was not announced.
    MalformedTrailerError = "MalformedTrailerError", 400, "The request contained trailing data that was not well-formed or did not conform to our published schema.";
    /// The body is not the XML of its operation.
    MalformedXml = "MalformedXML", 400, "The XML you provided was not well-formed or did not validate against our published schema";
    /// A form has more before its file than it may.
    MaxPostPreDataLengthExceeded = "MaxPostPreDataLengthExceededError", 400, "Your POST request fields preceding the upload file were too large.";
    /// An object is to have more of its own headers than it may.
    MetadataTooLarge = "MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size";
    /// The path has no such method.
    MethodNotAllowed = "MethodNotAllowed", 405, "The specified method is not allowed against this resource.";
    /// The body's length is not said.
    MissingContentLength = "MissingContentLength", 411, "You must provide the Content-Length HTTP header.";
    /// An operation that is told by its body was told nothing.
    MissingRequestBody = "MissingRequestBodyError", 400, "Request Body is empty";
    /// Nobody has such a bucket.
    NoSuchBucket = "NoSuchBucket", 404, "The specified bucket does not exist";
    /// The bucket has no policy.
    NoSuchBucketPolicy = "NoSuchBucketPolicy", 404, "The bucket policy does not exist";
    /// The bucket answers no other origin.
    NoSuchCorsConfiguration = "NoSuchCORSConfiguration", 404, "The CORS configuration does not exist";
    /// The bucket has no such object.
    NoSuchKey = "NoSuchKey", 404, "The specified key does not exist.";
    /// The bucket's objects stay.
    NoSuchLifecycleConfiguration = "NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist";
    /// The bucket blocks no public access.
    NoSuchPublicAccessBlockConfiguration = "NoSuchPublicAccessBlockConfiguration", 404, "The public access block configuration was not found";
    /// The bucket has no tags.
    NoSuchTagSet = "NoSuchTagSet", 404, "The TagSet does not exist";
    /// There is no such upload, or no longer.
    NoSuchUpload = "NoSuchUpload", 404, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    /// The object has no such version.
    NoSuchVersion = "NoSuchVersion", 404, "The specified version does not exist.";
    /// The bucket is no website.
    NoSuchWebsiteConfiguration = "NoSuchWebsiteConfiguration", 404, "The specified bucket does not have a website configuration";
    /// It is not done here.
    NotImplemented = "NotImplemented", 501, "A header or parameter you provided implies functionality that is not implemented";
    /// The caller has the object as it is. An answer of this status has no body.
    NotModified = "NotModified", 304, "";
    /// The bucket locks no object.
    ObjectLockConfigurationNotFound = "ObjectLockConfigurationNotFoundError", 404, "Object Lock configuration does not exist for this bucket";
    /// Another call is at work in the bucket.
    OperationAborted = "OperationAborted", 409, "A conflicting conditional operation is currently in progress against this resource. Please try again.";
    /// The bucket does not say who owns its objects.
    OwnershipControlsNotFound = "OwnershipControlsNotFoundError", 404, "The bucket ownership controls were not found";
    /// The object is not the one that was expected.
    PreconditionFailed = "PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold";
    /// The bucket has no replicas.
    ReplicationConfigurationNotFound = "ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found";
    /// The clocks are too far apart.
    RequestTimeTooSkewed = "RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large.";
    /// The body came too slowly.
    RequestTimeout = "RequestTimeout", 400, "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.";
    /// The bucket does not say how it encrypts.
    ServerSideEncryptionConfigurationNotFound = "ServerSideEncryptionConfigurationNotFoundError", 404, "The server side encryption configuration was not found";
    /// There is no room for it now.
    ServiceUnavailable = "ServiceUnavailable", 503, "Please reduce your request rate.";
    /// The signature is not the request's.
    SignatureDoesNotMatch = "SignatureDoesNotMatch", 403, "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
    /// Too much at once.
    SlowDown = "SlowDown", 503, "Please reduce your request rate.";
    /// A form without a key.
    UserKeyMustBeSpecified = "UserKeyMustBeSpecified", 400, "The bucket POST must contain the specified field name. If it is specified, check the order of the fields.";
}

impl S3Fault {
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
    use super::S3Fault;
    use std::path::{Path, PathBuf};

    /// Codes that other services have too, so that they may be named elsewhere.
    const SHARED: [&str; 4] = [
        "AccessDenied",
        "ExpiredToken",
        "InvalidRequest",
        "SignatureDoesNotMatch",
    ];

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
        let codes: Vec<_> = S3Fault::ALL
            .iter()
            .map(|fault| fault.code())
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
