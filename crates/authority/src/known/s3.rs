//! S3: every operation with every header and parameter that it takes.

use catalog::aws::Catalogue;
use catalog::s3::{self, Operation, S3Call, route};
use catalog::{Call, Unmapped};
use policy::Values;
use sigv4::AuthType;
use wire::{Head, S3Fault};

use super::Class::{Absent, Refused, Supplied, Unknown};
use super::{Class, NOW, Row, action, assert_class, class, documented, peer, session, world};
use crate::grant;

const NO_BUCKET_TAGS: &str = "no bucket has tags";
const NO_GRANTS: &str = "there are no Access Grants, whose sessions alone have it";
const NO_ACCESS_POINTS: &str = "there are no access points";
const NO_RETENTION: &str = "no request sets a retention, whose remaining days these are";
const NO_PARAMETER: &str = "the operation has no such parameter";
const NO_HEADER: &str = "the operation has no such header, and ignores none";
const PRESIGNED: &str = "\"this condition works only for presigned URLs\"";
const FORM: &str = "a form says it in a field, which is refused";

const LISTS: &[&str] = &["ListObjects", "ListObjectsV2", "ListObjectVersions"];
const COPIES: &[&str] = &["CopyObject", "UploadPartCopy"];
const STORES: &[&str] = &[
    "PutObject",
    "CopyObject",
    "CreateMultipartUpload",
    "PostObject",
];
const TAGS: &[&str] = &[
    "PutObject",
    "CopyObject",
    "CreateMultipartUpload",
    "PostObject",
    "PutObjectTagging",
];
const ALL: &[&str] = &[];
const POST: &[&str] = &["PostObject"];

const ROWS: &[Row] = &[
    ("s3:authType", ALL, Supplied),
    ("s3:signatureversion", ALL, Supplied),
    // A form has no such header: its file is not known when it is signed.
    ("s3:x-amz-content-sha256", POST, Absent(NO_HEADER)),
    ("s3:x-amz-content-sha256", ALL, Supplied),
    ("s3:ResourceAccount", ALL, Supplied),
    // In the clear there is none.
    ("s3:TlsVersion", ALL, Unknown),
    ("s3:signatureAge", ALL, Absent(PRESIGNED)),
    ("s3:AccessGrantsInstanceArn", ALL, Absent(NO_GRANTS)),
    // Nobody has looked at the object here; who has, says what there is.
    ("s3:ExistingObjectTag/<key>", ALL, Unknown),
    ("s3:BucketTag/${TagKey}", ALL, Absent(NO_BUCKET_TAGS)),
    ("aws:ResourceTag/${TagKey}", ALL, Absent(NO_BUCKET_TAGS)),
    ("s3:AccessPointNetworkOrigin", ALL, Absent(NO_ACCESS_POINTS)),
    ("s3:DataAccessPointAccount", ALL, Absent(NO_ACCESS_POINTS)),
    ("s3:DataAccessPointArn", ALL, Absent(NO_ACCESS_POINTS)),
    ("s3:AccessPointTag/${TagKey}", ALL, Absent(NO_ACCESS_POINTS)),
    ("s3:prefix", LISTS, Supplied),
    ("s3:delimiter", LISTS, Supplied),
    ("s3:max-keys", LISTS, Supplied),
    ("s3:prefix", ALL, Absent(NO_PARAMETER)),
    ("s3:delimiter", ALL, Absent(NO_PARAMETER)),
    ("s3:max-keys", ALL, Absent(NO_PARAMETER)),
    ("s3:ObjectCreationOperation", ALL, Supplied),
    ("s3:if-match", IF_MATCH, Supplied),
    ("s3:if-match", POST, Absent(FORM)),
    ("s3:if-match", ALL, Refused("if-match", "\"a\"")),
    ("s3:if-none-match", IF_NONE_MATCH, Supplied),
    ("s3:if-none-match", POST, Absent(FORM)),
    ("s3:if-none-match", ALL, Refused("if-none-match", "*")),
    (
        "s3:x-amz-acl",
        &[
            "CreateBucket",
            "PutObject",
            "CopyObject",
            "CreateMultipartUpload",
            "PostObject",
        ],
        Supplied,
    ),
    ("s3:x-amz-acl", ALL, Refused("x-amz-acl", "private")),
    ("s3:x-amz-storage-class", STORES, Supplied),
    (
        "s3:x-amz-storage-class",
        ALL,
        Refused("x-amz-storage-class", "STANDARD"),
    ),
    ("s3:x-amz-copy-source", COPIES, Supplied),
    (
        "s3:x-amz-copy-source",
        &["CreateMultipartUpload", "CompleteMultipartUpload"],
        Refused("x-amz-copy-source", "src-bucket/k"),
    ),
    (
        "s3:x-amz-copy-source",
        ALL,
        Absent("with one it is the copying operation"),
    ),
    ("s3:x-amz-metadata-directive", &["CopyObject"], Supplied),
    ("s3:x-amz-metadata-directive", POST, Absent(FORM)),
    (
        "s3:x-amz-metadata-directive",
        ALL,
        Refused("x-amz-metadata-directive", "COPY"),
    ),
    ("s3:RequestObjectTag/<key>", TAGS, Supplied),
    (
        "s3:RequestObjectTag/<key>",
        ALL,
        Refused("x-amz-tagging", "a=b"),
    ),
    ("s3:RequestObjectTagKeys", TAGS, Supplied),
    (
        "s3:RequestObjectTagKeys",
        ALL,
        Refused("x-amz-tagging", "a=b"),
    ),
    (
        "s3:object-lock-remaining-retention-days",
        ALL,
        Absent(NO_RETENTION),
    ),
    ("s3:locationconstraint", ALL, Supplied),
    ("s3:x-amz-object-ownership", &["CreateBucket"], Supplied),
    (
        "aws:RequestTag/${TagKey}",
        ALL,
        Absent("a body that brings tags is refused"),
    ),
    (
        "aws:TagKeys",
        ALL,
        Absent("a body that brings tags is refused"),
    ),
    ("s3:x-amz-object-annotation-directive", POST, Absent(FORM)),
    (
        "s3:x-amz-object-annotation-directive",
        ALL,
        Refused("x-amz-object-annotation-directive", "COPY"),
    ),
    ("s3:x-amz-grant-full-control", POST, Absent(FORM)),
    (
        "s3:x-amz-grant-full-control",
        ALL,
        Refused("x-amz-grant-full-control", "id=\"1\""),
    ),
    ("s3:x-amz-grant-read", POST, Absent(FORM)),
    (
        "s3:x-amz-grant-read",
        ALL,
        Refused("x-amz-grant-read", "id=\"1\""),
    ),
    ("s3:x-amz-grant-read-acp", POST, Absent(FORM)),
    (
        "s3:x-amz-grant-read-acp",
        ALL,
        Refused("x-amz-grant-read-acp", "id=\"1\""),
    ),
    ("s3:x-amz-grant-write", POST, Absent(FORM)),
    (
        "s3:x-amz-grant-write",
        ALL,
        Refused("x-amz-grant-write", "id=\"1\""),
    ),
    ("s3:x-amz-grant-write-acp", POST, Absent(FORM)),
    (
        "s3:x-amz-grant-write-acp",
        ALL,
        Refused("x-amz-grant-write-acp", "id=\"1\""),
    ),
    ("s3:x-amz-server-side-encryption", POST, Absent(FORM)),
    (
        "s3:x-amz-server-side-encryption",
        ALL,
        Refused("x-amz-server-side-encryption", "AES256"),
    ),
    (
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        POST,
        Absent(FORM),
    ),
    (
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        ALL,
        Refused(
            "x-amz-server-side-encryption-aws-kms-key-id",
            "arn:aws:kms:us-east-1:000000000000:key/1",
        ),
    ),
    (
        "s3:x-amz-server-side-encryption-customer-algorithm",
        POST,
        Absent(FORM),
    ),
    (
        "s3:x-amz-server-side-encryption-customer-algorithm",
        ALL,
        Refused("x-amz-server-side-encryption-customer-algorithm", "AES256"),
    ),
    ("s3:x-amz-website-redirect-location", POST, Absent(FORM)),
    (
        "s3:x-amz-website-redirect-location",
        ALL,
        Refused("x-amz-website-redirect-location", "/"),
    ),
    ("s3:object-lock-mode", POST, Absent(FORM)),
    (
        "s3:object-lock-mode",
        ALL,
        Refused("x-amz-object-lock-mode", "GOVERNANCE"),
    ),
    ("s3:object-lock-legal-hold", POST, Absent(FORM)),
    (
        "s3:object-lock-legal-hold",
        ALL,
        Refused("x-amz-object-lock-legal-hold", "ON"),
    ),
    ("s3:object-lock-retain-until-date", POST, Absent(FORM)),
    (
        "s3:object-lock-retain-until-date",
        ALL,
        Refused(
            "x-amz-object-lock-retain-until-date",
            "2030-01-01T00:00:00Z",
        ),
    ),
    ("s3:object-lock-event-hold", POST, Absent(FORM)),
    (
        "s3:object-lock-event-hold",
        ALL,
        Refused("x-amz-object-lock-event-hold", "ON"),
    ),
    (
        "s3:object-lock-event-hold-duration-days",
        POST,
        Absent(FORM),
    ),
    (
        "s3:object-lock-event-hold-duration-days",
        ALL,
        Refused("x-amz-object-lock-event-hold-duration-days", "1"),
    ),
    ("s3:x-amz-bucket-namespace", &["CreateBucket"], Supplied),
];

const IF_MATCH: &[&str] = &[
    "PutObject",
    "CopyObject",
    "CompleteMultipartUpload",
    "DeleteObject",
    "DeleteObjects",
];
const IF_NONE_MATCH: &[&str] = &["PutObject", "CopyObject", "CompleteMultipartUpload"];

type Headers = &'static [(&'static str, &'static str)];

/// An operation with everything that it takes and policies know of: method, target, headers, body.
fn sample(operation: Operation) -> (&'static str, &'static str, Headers, &'static str) {
    const STORED: Headers = &[
        ("x-amz-acl", "private"),
        ("x-amz-storage-class", "STANDARD"),
        ("x-amz-tagging", "a=b"),
    ];
    const PUT: Headers = &[
        ("x-amz-acl", "private"),
        ("x-amz-storage-class", "STANDARD"),
        ("x-amz-tagging", "a=b"),
        ("if-match", "\"a\""),
    ];
    const COPIED: Headers = &[
        ("x-amz-copy-source", "src-bucket/k"),
        ("x-amz-metadata-directive", "COPY"),
        ("x-amz-tagging-directive", "REPLACE"),
        ("x-amz-acl", "private"),
        ("x-amz-storage-class", "STANDARD"),
        ("x-amz-tagging", "a=b"),
        ("if-match", "\"a\""),
    ];
    const CREATED: Headers = &[
        ("x-amz-acl", "bucket-owner-full-control"),
        ("x-amz-object-ownership", "BucketOwnerEnforced"),
        ("x-amz-bucket-namespace", "global"),
    ];
    const CREATE: &str = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    const COMPLETE: &str = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"x\"</ETag></Part></CompleteMultipartUpload>";
    const TAGGING: &str =
        "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    const BLOCK: &str = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>";
    const OWNERSHIP: &str = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>";
    match operation {
        Operation::ListBuckets => ("GET", "/", &[], ""),
        Operation::CreateBucket => ("PUT", "/new-bucket", CREATED, CREATE),
        Operation::HeadBucket => ("HEAD", "/bucket", &[], ""),
        Operation::DeleteBucket => ("DELETE", "/bucket", &[], ""),
        Operation::GetBucketLocation => ("GET", "/bucket?location", &[], ""),
        Operation::ListObjects => ("GET", "/bucket?prefix=a&delimiter=%2F&max-keys=5", &[], ""),
        Operation::ListObjectsV2 => (
            "GET",
            "/bucket?list-type=2&prefix=a&delimiter=%2F&max-keys=5",
            &[],
            "",
        ),
        Operation::ListObjectVersions => (
            "GET",
            "/bucket?versions&prefix=a&delimiter=%2F&max-keys=5",
            &[],
            "",
        ),
        Operation::ListMultipartUploads => ("GET", "/bucket?uploads&prefix=a", &[], ""),
        Operation::GetObject => ("GET", "/bucket/k", &[], ""),
        Operation::HeadObject => ("HEAD", "/bucket/k", &[], ""),
        Operation::PutObject => ("PUT", "/bucket/k", PUT, ""),
        Operation::PostObject => (
            "POST",
            "/bucket",
            &[("content-type", "multipart/form-data; boundary=b")],
            "",
        ),
        Operation::CopyObject => ("PUT", "/bucket/k", COPIED, ""),
        Operation::DeleteObject => ("DELETE", "/bucket/k", &[("if-match", "\"a\"")], ""),
        Operation::DeleteObjects => (
            "POST",
            "/bucket?delete",
            &[],
            "<Delete><Object><Key>k</Key><ETag>\"a\"</ETag></Object></Delete>",
        ),
        Operation::GetObjectAttributes => (
            "GET",
            "/bucket/k?attributes",
            &[("x-amz-object-attributes", "ETag")],
            "",
        ),
        Operation::GetObjectTagging => ("GET", "/bucket/k?tagging", &[], ""),
        Operation::PutObjectTagging => ("PUT", "/bucket/k?tagging", &[], TAGGING),
        Operation::DeleteObjectTagging => ("DELETE", "/bucket/k?tagging", &[], ""),
        Operation::CreateMultipartUpload => ("POST", "/bucket/k?uploads", STORED, ""),
        Operation::UploadPart => ("PUT", "/bucket/k?partNumber=1&uploadId=u", &[], ""),
        Operation::UploadPartCopy => (
            "PUT",
            "/bucket/k?partNumber=1&uploadId=u",
            &[("x-amz-copy-source", "src-bucket/k")],
            "",
        ),
        Operation::ListParts => ("GET", "/bucket/k?uploadId=u", &[], ""),
        Operation::CompleteMultipartUpload => (
            "POST",
            "/bucket/k?uploadId=u",
            &[("if-match", "\"a\"")],
            COMPLETE,
        ),
        Operation::AbortMultipartUpload => ("DELETE", "/bucket/k?uploadId=u", &[], ""),
        Operation::GetBucketPolicy => ("GET", "/bucket?policy", &[], ""),
        Operation::PutBucketPolicy => ("PUT", "/bucket?policy", &[], "{}"),
        Operation::DeleteBucketPolicy => ("DELETE", "/bucket?policy", &[], ""),
        Operation::GetBucketPolicyStatus => ("GET", "/bucket?policyStatus", &[], ""),
        Operation::GetPublicAccessBlock => ("GET", "/bucket?publicAccessBlock", &[], ""),
        Operation::PutPublicAccessBlock => ("PUT", "/bucket?publicAccessBlock", &[], BLOCK),
        Operation::DeletePublicAccessBlock => ("DELETE", "/bucket?publicAccessBlock", &[], ""),
        Operation::GetBucketOwnershipControls => ("GET", "/bucket?ownershipControls", &[], ""),
        Operation::PutBucketOwnershipControls => {
            ("PUT", "/bucket?ownershipControls", &[], OWNERSHIP)
        }
        Operation::DeleteBucketOwnershipControls => {
            ("DELETE", "/bucket?ownershipControls", &[], "")
        }
        Operation::GetBucketAcl => ("GET", "/bucket?acl", &[], ""),
        Operation::GetObjectAcl => ("GET", "/bucket/k?acl", &[], ""),
        Operation::GetBucketVersioning => ("GET", "/bucket?versioning", &[], ""),
        Operation::GetBucketEncryption => ("GET", "/bucket?encryption", &[], ""),
        Operation::GetBucketCors => ("GET", "/bucket?cors", &[], ""),
        Operation::GetBucketLifecycleConfiguration => ("GET", "/bucket?lifecycle", &[], ""),
        Operation::GetBucketLogging => ("GET", "/bucket?logging", &[], ""),
        Operation::GetBucketWebsite => ("GET", "/bucket?website", &[], ""),
        Operation::GetBucketReplication => ("GET", "/bucket?replication", &[], ""),
        Operation::GetBucketAccelerateConfiguration => ("GET", "/bucket?accelerate", &[], ""),
        Operation::GetBucketRequestPayment => ("GET", "/bucket?requestPayment", &[], ""),
        Operation::GetBucketTagging => ("GET", "/bucket?tagging", &[], ""),
        Operation::GetObjectLockConfiguration => ("GET", "/bucket?object-lock", &[], ""),
        Operation::GetBucketNotificationConfiguration => ("GET", "/bucket?notification", &[], ""),
    }
}

/// The fields of a form that policies know of.
fn form() -> s3::post::Form {
    let mut body = String::new();
    for (name, value) in [
        ("key", "k"),
        ("acl", "private"),
        ("x-amz-storage-class", "STANDARD"),
        (
            "tagging",
            "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
        ),
    ] {
        body.push_str(&format!(
            "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n");
    let mut reader = s3::post::Reader::new("multipart/form-data; boundary=b").unwrap();
    reader.push(body.as_bytes(), &mut |_| {}).unwrap();
    reader.form().unwrap().clone()
}

fn call(operation: Operation, more: &[(&str, &str)]) -> Result<Call<S3Call>, Unmapped> {
    let (method, target, headers, body) = sample(operation);
    let hash = (
        "x-amz-content-sha256",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    let fields = headers
        .iter()
        .copied()
        .chain((operation != Operation::PostObject).then_some(hash))
        .chain(more.iter().copied())
        .map(|(name, value)| (name, value.as_bytes()));
    let route = route(&Head::read(method, target, fields).unwrap(), None)?;
    if operation == Operation::PostObject {
        route.post(&form())
    } else {
        route.call(body.as_bytes())
    }
}

/// A condition of a write that excludes the one of the sample.
fn none_yet(operation: Operation) -> Call<S3Call> {
    let (method, target, headers, body) = sample(operation);
    let fields = headers
        .iter()
        .filter(|(name, _)| *name != "if-match")
        .chain([&("if-none-match", "*")])
        .map(|(name, value)| (*name, value.as_bytes()));
    let head = Head::read(method, target, fields).unwrap();
    route(&head, None).unwrap().call(body.as_bytes()).unwrap()
}

#[test]
fn every_documented_key_of_s3_is_in_its_class() {
    let (aws, world) = (Catalogue::load(), world());
    let mut tried = Vec::new();
    for operation in Operation::ALL.iter().copied() {
        let name = operation.name();
        let call = call(operation, &[]).unwrap_or_else(|unmapped| panic!("{name}: {unmapped}"));
        assert_eq!(call.operation, name);
        let contexts = grant::contexts(&world, &session("i.example"), &call, &peer(), NOW);
        let conditional = IF_NONE_MATCH.contains(&name).then(|| none_yet(operation));
        for (ask, context) in call.asks().zip(&contexts) {
            let (service, action) = action(&aws, &ask.action);
            // What is copied is read, without any header of the copy's own.
            let asked = if ask.action == "s3:GetObject" {
                "GetObject"
            } else {
                name
            };
            for key in documented(service, action, &["bucket", "object"]) {
                let class = class(ROWS, asked, &key);
                // One write has one of the two conditions.
                let other = conditional
                    .as_ref()
                    .filter(|_| key == "s3:if-none-match")
                    .map(|call| grant::contexts(&world, &session("i.example"), call, &peer(), NOW));
                let context = other.as_ref().map_or(context, |contexts| {
                    let call = conditional.as_ref().unwrap();
                    let place = call.asks().position(|it| it.action == ask.action);
                    &contexts[place.unwrap()]
                });
                assert_class(class, context, &key, &format!("{name}, {}", ask.action));
                if let Class::Refused(header, value) = class {
                    refused(operation, header, value);
                }
                tried.push((key, asked.to_owned(), class));
            }
        }
    }
    for (key, operations, class) in ROWS {
        let used = |operation: &str| {
            tried
                .iter()
                .any(|(tried, of, as_what)| tried == key && of == operation && as_what == class)
        };
        let all = tried
            .iter()
            .any(|(tried, _, as_what)| tried == key && as_what == class);
        assert!(
            if operations.is_empty() {
                all
            } else {
                operations.iter().all(|of| used(of))
            },
            "no use: {key} {operations:?}"
        );
    }
}

/// With this header, a whole other value or beside one that is there, the request is none.
fn refused(operation: Operation, header: &str, value: &str) {
    let unmapped = call(operation, &[(header, value)])
        .map(|call| call.operation)
        .expect_err(header);
    // Where ACLs could be given, S3 has words of its own for one.
    let of_acl = header.starts_with("x-amz-grant-")
        && matches!(
            unmapped,
            Unmapped::Says(
                S3Fault::AccessControlListNotSupported
                    | S3Fault::InvalidBucketAclWithObjectOwnership,
                _
            )
        );
    assert!(
        of_acl || unmapped == Unmapped::Header(header.to_owned()),
        "{operation:?}: {unmapped:?}"
    );
}

#[test]
fn who_names_no_region_leaves_the_key_unknown() {
    let head = Head::read("PUT", "/new-bucket", std::iter::empty::<(&str, &[u8])>()).unwrap();
    let call = route(&head, None).unwrap().call(b"").unwrap();
    let contexts = grant::contexts(&world(), &session("i.example"), &call, &peer(), NOW);
    assert_class(
        Unknown,
        &contexts[0],
        "s3:locationconstraint",
        "CreateBucket",
    );
    let tags = b"<CreateBucketConfiguration><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></CreateBucketConfiguration>";
    assert!(
        route(&head, None).unwrap().call(tags).is_err(),
        "tags of a bucket that is being made are refused"
    );
}

#[test]
fn a_presigned_url_has_its_age_and_a_version_its_action() {
    let target = "/bucket/k?versionId=null&X-Amz-Signature=0";
    let head = Head::read("GET", target, std::iter::empty::<(&str, &[u8])>()).unwrap();
    let call = route(&head, None).unwrap().call(b"").unwrap();
    let who = session("i.example");
    for (auth_type, signed_at, age) in [
        (AuthType::Query, NOW - 90, Some("90000")),
        (AuthType::Query, NOW + 90, Some("0")),
        (AuthType::Header, NOW - 90, None),
        (AuthType::Post, NOW - 90, None),
    ] {
        let caller = who.clone().by(auth_type, signed_at, "us-east-1");
        let context = grant::contexts(&world(), &caller, &call, &peer(), NOW).remove(0);
        assert_eq!(
            context.get("s3:signatureAge"),
            age.map(Values::from).as_ref()
        );
        assert_eq!(
            context.get("s3:authType"),
            Some(&Values::from(auth_type.as_str()))
        );
        assert_eq!(
            context.get("s3:signatureversion"),
            Some(&Values::from("AWS4-HMAC-SHA256"))
        );
    }
    // attack_47: a version is read by another action than an object.
    let asked: Vec<&str> = call.asks().map(|ask| ask.action.as_ref()).collect();
    assert_eq!(asked, ["s3:GetObjectVersion"]);
    assert_eq!(
        call.asks().next().unwrap().context.get("s3:versionid"),
        Some(&Values::from("null"))
    );
}
