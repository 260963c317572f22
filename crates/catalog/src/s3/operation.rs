//! One row for each S3 operation: method, place, what marks it in the query string, action, what it
//! wants of the body.

use wire::Method;

/// What an operation wants of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyNeed {
    /// Nothing; a body that is sent all the same is refused.
    None,
    /// All of it before the decision, at most so many bytes.
    Whole(usize),
    /// A stream, after the decision.
    Stream,
    /// A browser's form: its fields before the decision, its file after it.
    Form,
}

/// What an operation is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Service,
    Bucket,
    Object,
}

impl Place {
    /// The methods that do something there without a parameter that says what.
    pub(super) const fn methods(self) -> &'static str {
        match self {
            Self::Service => "GET",
            Self::Bucket => "GET, HEAD, PUT, POST, DELETE",
            Self::Object => "GET, HEAD, PUT, DELETE",
        }
    }
}

use Place::{Bucket, Object, Service};

/// A few elements, with room for a namespace and white space.
const SMALL: BodyNeed = BodyNeed::Whole(8 * 1024);
/// A thousand keys of 1,024 bytes, every byte escaped at worst sixfold, is what S3 itself cuts at
/// 2 MiB.
const LARGE: BodyNeed = BodyNeed::Whole(2 * 1024 * 1024);
/// S3 user guide, "Bucket policies": "limited to 20 KB in size".
pub(super) const MAX_POLICY_BYTES: usize = 20 * 1024;
/// One more byte is read, so that what is too long can be answered by name.
const POLICY: BodyNeed = BodyNeed::Whole(MAX_POLICY_BYTES + 1);
/// Ten tags of 384 characters, each at worst four bytes and those escaped, and their elements.
const TAGS: BodyNeed = BodyNeed::Whole(128 * 1024);
const NONE: BodyNeed = BodyNeed::None;
const STREAM: BodyNeed = BodyNeed::Stream;
const FORM: BodyNeed = BodyNeed::Form;

pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) method: Method,
    pub(super) place: Place,
    /// The parameter that tells it from others of its method and place; empty for the plain one.
    pub(super) mark: &'static str,
    /// The action that must be allowed (S3 user guide, "Required permissions for Amazon S3 API
    /// operations").
    pub(super) action: &'static str,
    /// The action when the version `null` is named.
    pub(super) of_version: Option<&'static str>,
    pub(super) body: BodyNeed,
}

/// The S3 operations that are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the S3 API's own")]
pub enum Operation {
    ListBuckets,
    CreateBucket,
    HeadBucket,
    DeleteBucket,
    GetBucketLocation,
    ListObjects,
    ListObjectsV2,
    ListObjectVersions,
    ListMultipartUploads,
    GetObject,
    HeadObject,
    PutObject,
    PostObject,
    CopyObject,
    DeleteObject,
    DeleteObjects,
    GetObjectAttributes,
    GetObjectTagging,
    PutObjectTagging,
    DeleteObjectTagging,
    CreateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    ListParts,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    GetBucketPolicy,
    PutBucketPolicy,
    DeleteBucketPolicy,
    GetBucketPolicyStatus,
    GetPublicAccessBlock,
    PutPublicAccessBlock,
    DeletePublicAccessBlock,
    GetBucketOwnershipControls,
    PutBucketOwnershipControls,
    DeleteBucketOwnershipControls,
    GetBucketAcl,
    GetObjectAcl,
    GetBucketVersioning,
    GetBucketEncryption,
    GetBucketCors,
    GetBucketLifecycleConfiguration,
    GetBucketLogging,
    GetBucketWebsite,
    GetBucketReplication,
    GetBucketAccelerateConfiguration,
    GetBucketRequestPayment,
    GetBucketTagging,
    GetObjectLockConfiguration,
    GetBucketNotificationConfiguration,
}

/// One row each, so that neither an operation nor what it asks can be forgotten in one of several
/// tables.
macro_rules! operations {
    ($($name:ident: $method:ident $place:ident $mark:literal $action:literal $(or $version:literal)?, $body:ident;)+) => {
        impl Operation {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            pub(super) const fn row(self) -> Row {
                match self {
                    $(Self::$name => Row {
                        name: stringify!($name),
                        method: Method::$method,
                        place: $place,
                        mark: $mark,
                        action: $action,
                        of_version: operations!(@version $($version)?),
                        body: $body,
                    },)+
                }
            }
        }
    };
    (@version) => { None };
    (@version $version:literal) => { Some($version) };
}

operations! {
    ListBuckets: Get Service "" "s3:ListAllMyBuckets", NONE;
    CreateBucket: Put Bucket "" "s3:CreateBucket", SMALL;
    // No action is called like HeadBucket: whoever may list may ask whether it is there.
    HeadBucket: Head Bucket "" "s3:ListBucket", NONE;
    DeleteBucket: Delete Bucket "" "s3:DeleteBucket", NONE;
    GetBucketLocation: Get Bucket "location" "s3:GetBucketLocation", NONE;
    ListObjects: Get Bucket "" "s3:ListBucket", NONE;
    ListObjectsV2: Get Bucket "list-type" "s3:ListBucket", NONE;
    ListObjectVersions: Get Bucket "versions" "s3:ListBucketVersions", NONE;
    ListMultipartUploads: Get Bucket "uploads" "s3:ListBucketMultipartUploads", NONE;
    GetObject: Get Object "" "s3:GetObject" or "s3:GetObjectVersion", NONE;
    // A HEAD tells what a GET does but for the bytes, and S3 has no action of its own for it.
    HeadObject: Head Object "" "s3:GetObject" or "s3:GetObjectVersion", NONE;
    PutObject: Put Object "" "s3:PutObject", STREAM;
    PostObject: Post Bucket "" "s3:PutObject", FORM;
    CopyObject: Put Object "" "s3:PutObject", NONE;
    DeleteObject: Delete Object "" "s3:DeleteObject" or "s3:DeleteObjectVersion", NONE;
    DeleteObjects: Post Bucket "delete" "s3:DeleteObject" or "s3:DeleteObjectVersion", LARGE;
    GetObjectAttributes: Get Object "attributes" "s3:GetObjectAttributes" or "s3:GetObjectVersionAttributes", NONE;
    GetObjectTagging: Get Object "tagging" "s3:GetObjectTagging" or "s3:GetObjectVersionTagging", NONE;
    PutObjectTagging: Put Object "tagging" "s3:PutObjectTagging" or "s3:PutObjectVersionTagging", TAGS;
    DeleteObjectTagging: Delete Object "tagging" "s3:DeleteObjectTagging" or "s3:DeleteObjectVersionTagging", NONE;
    CreateMultipartUpload: Post Object "uploads" "s3:PutObject", NONE;
    UploadPart: Put Object "uploadId" "s3:PutObject", STREAM;
    UploadPartCopy: Put Object "uploadId" "s3:PutObject", NONE;
    ListParts: Get Object "uploadId" "s3:ListMultipartUploadParts", NONE;
    CompleteMultipartUpload: Post Object "uploadId" "s3:PutObject", LARGE;
    AbortMultipartUpload: Delete Object "uploadId" "s3:AbortMultipartUpload", NONE;
    GetBucketPolicy: Get Bucket "policy" "s3:GetBucketPolicy", NONE;
    PutBucketPolicy: Put Bucket "policy" "s3:PutBucketPolicy", POLICY;
    DeleteBucketPolicy: Delete Bucket "policy" "s3:DeleteBucketPolicy", NONE;
    GetBucketPolicyStatus: Get Bucket "policyStatus" "s3:GetBucketPolicyStatus", NONE;
    GetPublicAccessBlock: Get Bucket "publicAccessBlock" "s3:GetBucketPublicAccessBlock", NONE;
    PutPublicAccessBlock: Put Bucket "publicAccessBlock" "s3:PutBucketPublicAccessBlock", SMALL;
    // Who may set it may take it away: there is no action of its own.
    DeletePublicAccessBlock: Delete Bucket "publicAccessBlock" "s3:PutBucketPublicAccessBlock", NONE;
    GetBucketOwnershipControls: Get Bucket "ownershipControls" "s3:GetBucketOwnershipControls", NONE;
    PutBucketOwnershipControls: Put Bucket "ownershipControls" "s3:PutBucketOwnershipControls", SMALL;
    DeleteBucketOwnershipControls: Delete Bucket "ownershipControls" "s3:PutBucketOwnershipControls", NONE;
    GetBucketAcl: Get Bucket "acl" "s3:GetBucketAcl", NONE;
    GetObjectAcl: Get Object "acl" "s3:GetObjectAcl" or "s3:GetObjectVersionAcl", NONE;
    GetBucketVersioning: Get Bucket "versioning" "s3:GetBucketVersioning", NONE;
    GetBucketEncryption: Get Bucket "encryption" "s3:GetEncryptionConfiguration", NONE;
    GetBucketCors: Get Bucket "cors" "s3:GetBucketCORS", NONE;
    GetBucketLifecycleConfiguration: Get Bucket "lifecycle" "s3:GetLifecycleConfiguration", NONE;
    GetBucketLogging: Get Bucket "logging" "s3:GetBucketLogging", NONE;
    GetBucketWebsite: Get Bucket "website" "s3:GetBucketWebsite", NONE;
    GetBucketReplication: Get Bucket "replication" "s3:GetReplicationConfiguration", NONE;
    GetBucketAccelerateConfiguration: Get Bucket "accelerate" "s3:GetAccelerateConfiguration", NONE;
    GetBucketRequestPayment: Get Bucket "requestPayment" "s3:GetBucketRequestPayment", NONE;
    GetBucketTagging: Get Bucket "tagging" "s3:GetBucketTagging", NONE;
    GetObjectLockConfiguration: Get Bucket "object-lock" "s3:GetBucketObjectLockConfiguration", NONE;
    GetBucketNotificationConfiguration: Get Bucket "notification" "s3:GetBucketNotification", NONE;
}

impl Operation {
    /// The operation's name.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    pub(super) fn body_need(self) -> BodyNeed {
        self.row().body
    }

    /// The action of the operation itself.
    pub(super) fn action(self, of_version: bool) -> &'static str {
        let row = self.row();
        match row.of_version {
            Some(action) if of_version => action,
            _ => row.action,
        }
    }

    /// Whether it makes a whole object. Parts of an upload make nothing yet (S3 user guide, "Enforce
    /// conditional writes on Amazon S3 buckets").
    pub(super) fn makes_an_object(self) -> bool {
        matches!(
            self,
            Self::PutObject | Self::PostObject | Self::CopyObject | Self::CompleteMultipartUpload
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Catalogue;

    #[test]
    fn every_action_is_aws_own() {
        let aws = Catalogue::load();
        for operation in Operation::ALL {
            for of_version in [false, true] {
                let name = operation.action(of_version);
                let (service, action) = aws
                    .action(name)
                    .unwrap_or_else(|| panic!("{operation:?}: {name}"));
                assert_eq!(name, format!("{}:{}", service.prefix, action.name));
            }
        }
        assert_eq!(Operation::ALL.len(), 50);
    }

    #[test]
    fn a_place_has_the_methods_of_its_plain_operations() {
        for place in [Service, Bucket, Object] {
            let plain = |method: &Method| {
                let rows = Operation::ALL.iter().map(|operation| operation.row());
                rows.into_iter()
                    .any(|row| row.place == place && row.mark.is_empty() && row.method == *method)
            };
            let all = [
                Method::Get,
                Method::Head,
                Method::Put,
                Method::Post,
                Method::Delete,
            ];
            let named: Vec<&str> = all
                .iter()
                .filter(|it| plain(it))
                .map(|it| it.as_str())
                .collect();
            assert_eq!(place.methods(), named.join(", "), "{place:?}");
        }
    }

    /// Two rows of one method, place and mark could not be told apart but by a header.
    #[test]
    fn only_copies_and_the_list_look_like_another_operation() {
        for (place, one) in Operation::ALL.iter().enumerate() {
            for other in Operation::ALL.iter().skip(place + 1) {
                let (a, b) = (one.row(), other.row());
                let alike = (a.method, a.place, a.mark) == (b.method, b.place, b.mark);
                let copies = matches!(other, Operation::CopyObject | Operation::UploadPartCopy);
                assert!(!alike || copies, "{one:?} {other:?}");
            }
        }
    }
}
