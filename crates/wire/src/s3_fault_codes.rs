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
    /// An ACL is given to a bucket that has none: none here has.
    AccessControlListNotSupported,
    /// No policy allows it, or nobody signed.
    AccessDenied,
    /// The signature's header cannot be read, or its scope is not ours.
    AuthorizationHeaderMalformed,
    /// A presigned request's parameters cannot be read.
    AuthorizationQueryParametersError,
    /// A digest is not the body's.
    BadDigest,
    /// More tags than an object can have.
    BadRequest,
    /// Another account has the bucket's name.
    BucketAlreadyExists,
    /// The caller has the bucket already.
    BucketAlreadyOwnedByYou,
    /// A bucket with objects in it cannot be deleted.
    BucketNotEmpty,
    /// The object changed while a condition on it was held.
    ConditionalRequestConflict,
    /// The body is not the one that was signed.
    ContentSha256Mismatch,
    /// The body is longer than any object, or than a form's policy allows.
    EntityTooLarge,
    /// A part before the last is shorter than 5 MiB, or a form's file than its policy allows.
    EntityTooSmall,
    /// The session is over. Of the query services the same code has the status 403.
    ExpiredToken,
    /// The bucket's region is not the one that was asked.
    IllegalLocationConstraint,
    /// The body ended early.
    IncompleteBody,
    /// A form without a file, or with two.
    IncorrectNumberOfFiles,
    /// Ours to mend.
    InternalError,
    /// The access key id is nobody's.
    InvalidAccessKeyId,
    /// A parameter or header has no such value.
    InvalidArgument,
    /// An ACL is given to a bucket that is made without any.
    InvalidBucketAclWithObjectOwnership,
    /// The name is against the rules for buckets.
    InvalidBucketName,
    /// The expected owner is no account.
    InvalidBucketOwner,
    /// A chunk before the last is too short.
    InvalidChunkSizeError,
    /// A digest cannot be read.
    InvalidDigest,
    /// No bucket can be put there.
    InvalidLocationConstraint,
    /// A part of an upload is not there.
    InvalidPart,
    /// The object has no such part.
    InvalidPartNumber,
    /// Parts of an upload are named out of order.
    InvalidPartOrder,
    /// A form's policy cannot be read.
    InvalidPolicyDocument,
    /// The object has no such bytes.
    InvalidRange,
    /// The request makes no sense as it is.
    InvalidRequest,
    /// There is one class of storage.
    InvalidStorageClass,
    /// A tag is against the rules for tags, or there are too many.
    InvalidTag,
    /// The session token is none.
    InvalidToken,
    /// The path or query cannot be read.
    InvalidUri,
    /// The key is longer than 1,024 bytes.
    KeyTooLong,
    /// A bucket's policy cannot be read.
    MalformedPolicy,
    /// A form that is none.
    MalformedPostRequest,
    /// What follows the last chunk cannot be read, or was not announced.
    MalformedTrailerError,
    /// The body is not the XML of its operation.
    MalformedXml,
    /// A form has more before its file than it may.
    MaxPostPreDataLengthExceeded,
    /// An object is to have more of its own headers than it may.
    MetadataTooLarge,
    /// The path has no such method.
    MethodNotAllowed,
    /// The body's length is not said.
    MissingContentLength,
    /// An operation that is told by its body was told nothing.
    MissingRequestBody,
    /// Nobody has such a bucket.
    NoSuchBucket,
    /// The bucket has no policy.
    NoSuchBucketPolicy,
    /// The bucket answers no other origin.
    NoSuchCorsConfiguration,
    /// The bucket has no such object.
    NoSuchKey,
    /// The bucket's objects stay.
    NoSuchLifecycleConfiguration,
    /// The bucket blocks no public access.
    NoSuchPublicAccessBlockConfiguration,
    /// The bucket has no tags.
    NoSuchTagSet,
    /// There is no such upload, or no longer.
    NoSuchUpload,
    /// The object has no such version.
    NoSuchVersion,
    /// The bucket is no website.
    NoSuchWebsiteConfiguration,
    /// It is not done here.
    NotImplemented,
    /// The caller has the object as it is. An answer of this status has no body.
    NotModified,
    /// The bucket locks no object.
    ObjectLockConfigurationNotFound,
    /// Another call is at work in the bucket.
    OperationAborted,
    /// The bucket does not say who owns its objects.
    OwnershipControlsNotFound,
    /// The object is not the one that was expected.
    PreconditionFailed,
    /// The bucket has no replicas.
    ReplicationConfigurationNotFound,
    /// The clocks are too far apart.
    RequestTimeTooSkewed,
    /// The body came too slowly.
    RequestTimeout,
    /// The bucket does not say how it encrypts.
    ServerSideEncryptionConfigurationNotFound,
    /// There is no room for it now.
    ServiceUnavailable,
    /// The signature is not the request's.
    SignatureDoesNotMatch,
    /// Too much at once.
    SlowDown,
    /// A form without a key.
    UserKeyMustBeSpecified,
}

macro_rules! rows {
    ($($name:ident = $code:literal, $status:literal, $text:literal;)+) => {
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

// A line each, however long.
rows! {
    AccessControlListNotSupported = "AccessControlListNotSupported", 400, "The bucket does not allow ACLs";
    AccessDenied = "AccessDenied", 403, "Access Denied";
    AuthorizationHeaderMalformed = "AuthorizationHeaderMalformed", 400, "The authorization header that you provided is not valid.";
    AuthorizationQueryParametersError = "AuthorizationQueryParametersError", 400, "The authorization query parameters that you provided are not valid.";
    BadDigest = "BadDigest", 400, "The Content-MD5 or checksum value that you specified did not match what the server received.";
    BadRequest = "BadRequest", 400, "Bad Request";
    BucketAlreadyExists = "BucketAlreadyExists", 409, "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.";
    BucketAlreadyOwnedByYou = "BucketAlreadyOwnedByYou", 409, "Your previous request to create the named bucket succeeded and you already own it.";
    BucketNotEmpty = "BucketNotEmpty", 409, "The bucket you tried to delete is not empty";
    ConditionalRequestConflict = "ConditionalRequestConflict", 409, "The conditional request cannot succeed due to a conflicting operation against this resource.";
    ContentSha256Mismatch = "XAmzContentSHA256Mismatch", 400, "The provided 'x-amz-content-sha256' header does not match what was computed.";
    EntityTooLarge = "EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size";
    EntityTooSmall = "EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size";
    ExpiredToken = "ExpiredToken", 400, "The provided token has expired.";
    IllegalLocationConstraint = "IllegalLocationConstraintException", 400, "The location constraint is incompatible for the region specific endpoint this request was sent to.";
    IncompleteBody = "IncompleteBody", 400, "You did not provide the number of bytes specified by the Content-Length HTTP header.";
    IncorrectNumberOfFiles = "IncorrectNumberOfFilesInPostRequest", 400, "POST requires exactly one file upload per request.";
    InternalError = "InternalError", 500, "We encountered an internal error. Please try again.";
    InvalidAccessKeyId = "InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.";
    InvalidArgument = "InvalidArgument", 400, "Invalid Argument";
    InvalidBucketAclWithObjectOwnership = "InvalidBucketAclWithObjectOwnership", 400, "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
    InvalidBucketName = "InvalidBucketName", 400, "The specified bucket is not valid.";
    InvalidBucketOwner = "InvalidBucketOwnerAWSAccountID", 400, "The value of the expected bucket owner parameter must be an AWS account ID";
    InvalidChunkSizeError = "InvalidChunkSizeError", 403, "Only the last chunk is allowed to have a size less than 8192 bytes";
    InvalidDigest = "InvalidDigest", 400, "The Content-MD5 or checksum value you specified is not valid.";
    InvalidLocationConstraint = "InvalidLocationConstraint", 400, "The specified location-constraint is not valid";
    InvalidPart = "InvalidPart", 400, "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
    InvalidPartNumber = "InvalidPartNumber", 416, "The requested partnumber is not satisfiable";
    InvalidPartOrder = "InvalidPartOrder", 400, "The list of parts was not in ascending order. Parts must be ordered by part number.";
    InvalidPolicyDocument = "InvalidPolicyDocument", 400, "The content of the form does not meet the conditions specified in the policy document.";
    InvalidRange = "InvalidRange", 416, "The requested range is not satisfiable";
    InvalidRequest = "InvalidRequest", 400, "Invalid Request";
    InvalidStorageClass = "InvalidStorageClass", 400, "The storage class you specified is not valid";
    InvalidTag = "InvalidTag", 400, "The tag provided was not a valid tag. This error can occur if the tag did not pass input validation.";
    InvalidToken = "InvalidToken", 400, "The provided token is malformed or otherwise invalid.";
    InvalidUri = "InvalidURI", 400, "Couldn't parse the specified URI.";
    KeyTooLong = "KeyTooLongError", 400, "Your key is too long";
    MalformedPolicy = "MalformedPolicy", 400, "Policies must be valid JSON and the first byte must be '{'";
    MalformedPostRequest = "MalformedPOSTRequest", 400, "The body of your POST request is not well-formed multipart/form-data.";
    MalformedTrailerError = "MalformedTrailerError", 400, "The request contained trailing data that was not well-formed or did not conform to our published schema.";
    MalformedXml = "MalformedXML", 400, "The XML you provided was not well-formed or did not validate against our published schema";
    MaxPostPreDataLengthExceeded = "MaxPostPreDataLengthExceededError", 400, "Your POST request fields preceding the upload file were too large.";
    MetadataTooLarge = "MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size";
    MethodNotAllowed = "MethodNotAllowed", 405, "The specified method is not allowed against this resource.";
    MissingContentLength = "MissingContentLength", 411, "You must provide the Content-Length HTTP header.";
    MissingRequestBody = "MissingRequestBodyError", 400, "Request Body is empty";
    NoSuchBucket = "NoSuchBucket", 404, "The specified bucket does not exist";
    NoSuchBucketPolicy = "NoSuchBucketPolicy", 404, "The bucket policy does not exist";
    NoSuchCorsConfiguration = "NoSuchCORSConfiguration", 404, "The CORS configuration does not exist";
    NoSuchKey = "NoSuchKey", 404, "The specified key does not exist.";
    NoSuchLifecycleConfiguration = "NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist";
    NoSuchPublicAccessBlockConfiguration = "NoSuchPublicAccessBlockConfiguration", 404, "The public access block configuration was not found";
    NoSuchTagSet = "NoSuchTagSet", 404, "The TagSet does not exist";
    NoSuchUpload = "NoSuchUpload", 404, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    NoSuchVersion = "NoSuchVersion", 404, "The specified version does not exist.";
    NoSuchWebsiteConfiguration = "NoSuchWebsiteConfiguration", 404, "The specified bucket does not have a website configuration";
    NotImplemented = "NotImplemented", 501, "A header or parameter you provided implies functionality that is not implemented";
    NotModified = "NotModified", 304, "";
    ObjectLockConfigurationNotFound = "ObjectLockConfigurationNotFoundError", 404, "Object Lock configuration does not exist for this bucket";
    OperationAborted = "OperationAborted", 409, "A conflicting conditional operation is currently in progress against this resource. Please try again.";
    OwnershipControlsNotFound = "OwnershipControlsNotFoundError", 404, "The bucket ownership controls were not found";
    PreconditionFailed = "PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold";
    ReplicationConfigurationNotFound = "ReplicationConfigurationNotFoundError", 404, "The replication configuration was not found";
    RequestTimeTooSkewed = "RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large.";
    RequestTimeout = "RequestTimeout", 400, "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.";
    ServerSideEncryptionConfigurationNotFound = "ServerSideEncryptionConfigurationNotFoundError", 404, "The server side encryption configuration was not found";
    ServiceUnavailable = "ServiceUnavailable", 503, "Please reduce your request rate.";
    SignatureDoesNotMatch = "SignatureDoesNotMatch", 403, "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
    SlowDown = "SlowDown", 503, "Please reduce your request rate.";
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
mod tests;
