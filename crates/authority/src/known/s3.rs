//! S3: every operation with every header and parameter that it takes.

use catalog::aws::Catalogue;
use catalog::s3::{Operation, S3Call, route};
use catalog::{Call, Unmapped};
use wire::Head;

use super::Class::{Absent, Refused, Supplied, Unknown};
use super::{Class, NOW, Row, action, assert_class, class, documented, peer, session, world};
use crate::grant;

const NO_TAGS: &str = "no object and no bucket has tags";
const NO_GRANTS: &str = "there are no Access Grants, whose sessions alone have it";
const NO_RETENTION: &str = "no request sets a retention, whose remaining days these are";
const NO_PARAMETER: &str = "the operation has no such parameter";
const PRESIGNED: &str = "\"this condition works only for presigned URLs\", which are refused";

const LISTS: &[&str] = &["ListObjects", "ListObjectsV2"];
const COPIES: &[&str] = &["CopyObject", "UploadPartCopy"];
const STORES: &[&str] = &["PutObject", "CopyObject", "CreateMultipartUpload"];
const ALL: &[&str] = &[];

const ROWS: &[Row] = &[
    ("s3:authType", ALL, Supplied),
    ("s3:signatureversion", ALL, Supplied),
    ("s3:x-amz-content-sha256", ALL, Supplied),
    ("s3:ResourceAccount", ALL, Supplied),
    // In the clear there is none.
    ("s3:TlsVersion", ALL, Unknown),
    ("s3:signatureAge", ALL, Absent(PRESIGNED)),
    ("s3:AccessGrantsInstanceArn", ALL, Absent(NO_GRANTS)),
    ("s3:ExistingObjectTag/<key>", ALL, Absent(NO_TAGS)),
    ("s3:BucketTag/${TagKey}", ALL, Absent(NO_TAGS)),
    ("aws:ResourceTag/${TagKey}", ALL, Absent(NO_TAGS)),
    ("s3:prefix", LISTS, Supplied),
    ("s3:delimiter", LISTS, Supplied),
    ("s3:max-keys", LISTS, Supplied),
    ("s3:prefix", ALL, Absent(NO_PARAMETER)),
    ("s3:delimiter", ALL, Absent(NO_PARAMETER)),
    ("s3:max-keys", ALL, Absent(NO_PARAMETER)),
    ("s3:ObjectCreationOperation", ALL, Supplied),
    ("s3:if-match", ALL, Refused("if-match", "\"a\"")),
    ("s3:if-none-match", ALL, Refused("if-none-match", "*")),
    (
        "s3:x-amz-acl",
        &[
            "CreateBucket",
            "PutObject",
            "CopyObject",
            "CreateMultipartUpload",
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
    (
        "s3:x-amz-metadata-directive",
        ALL,
        Refused("x-amz-metadata-directive", "COPY"),
    ),
    (
        "s3:x-amz-object-annotation-directive",
        ALL,
        Refused("x-amz-object-annotation-directive", "COPY"),
    ),
    (
        "s3:x-amz-grant-full-control",
        ALL,
        Refused("x-amz-grant-full-control", "id=\"1\""),
    ),
    (
        "s3:x-amz-grant-read",
        ALL,
        Refused("x-amz-grant-read", "id=\"1\""),
    ),
    (
        "s3:x-amz-grant-read-acp",
        ALL,
        Refused("x-amz-grant-read-acp", "id=\"1\""),
    ),
    (
        "s3:x-amz-grant-write",
        ALL,
        Refused("x-amz-grant-write", "id=\"1\""),
    ),
    (
        "s3:x-amz-grant-write-acp",
        ALL,
        Refused("x-amz-grant-write-acp", "id=\"1\""),
    ),
    (
        "s3:x-amz-server-side-encryption",
        ALL,
        Refused("x-amz-server-side-encryption", "AES256"),
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
        ALL,
        Refused("x-amz-server-side-encryption-customer-algorithm", "AES256"),
    ),
    (
        "s3:x-amz-website-redirect-location",
        ALL,
        Refused("x-amz-website-redirect-location", "/"),
    ),
    (
        "s3:RequestObjectTag/<key>",
        ALL,
        Refused("x-amz-tagging", "a=b"),
    ),
    (
        "s3:RequestObjectTagKeys",
        ALL,
        Refused("x-amz-tagging", "a=b"),
    ),
    (
        "s3:object-lock-mode",
        ALL,
        Refused("x-amz-object-lock-mode", "GOVERNANCE"),
    ),
    (
        "s3:object-lock-legal-hold",
        ALL,
        Refused("x-amz-object-lock-legal-hold", "ON"),
    ),
    (
        "s3:object-lock-retain-until-date",
        ALL,
        Refused(
            "x-amz-object-lock-retain-until-date",
            "2030-01-01T00:00:00Z",
        ),
    ),
    (
        "s3:object-lock-remaining-retention-days",
        ALL,
        Absent(NO_RETENTION),
    ),
    (
        "s3:object-lock-event-hold",
        ALL,
        Refused("x-amz-object-lock-event-hold", "ON"),
    ),
    (
        "s3:object-lock-event-hold-duration-days",
        ALL,
        Refused("x-amz-object-lock-event-hold-duration-days", "1"),
    ),
    ("s3:locationconstraint", ALL, Supplied),
    ("s3:x-amz-object-ownership", &["CreateBucket"], Supplied),
    (
        "s3:x-amz-bucket-namespace",
        ALL,
        Refused("x-amz-bucket-namespace", "global"),
    ),
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
];

type Headers = &'static [(&'static str, &'static str)];

/// An operation with everything that it takes and policies know of: method, target, headers, body.
fn sample(operation: Operation) -> (&'static str, &'static str, Headers, &'static str) {
    const STORED: Headers = &[
        ("x-amz-acl", "private"),
        ("x-amz-storage-class", "STANDARD"),
    ];
    const COPIED: Headers = &[
        ("x-amz-copy-source", "src-bucket/k"),
        ("x-amz-metadata-directive", "COPY"),
        ("x-amz-acl", "private"),
        ("x-amz-storage-class", "STANDARD"),
    ];
    const CREATED: Headers = &[
        ("x-amz-acl", "bucket-owner-full-control"),
        ("x-amz-object-ownership", "BucketOwnerEnforced"),
    ];
    const CREATE: &str = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    const COMPLETE: &str = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"x\"</ETag></Part></CompleteMultipartUpload>";
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
        Operation::GetObject => ("GET", "/bucket/k", &[], ""),
        Operation::HeadObject => ("HEAD", "/bucket/k", &[], ""),
        Operation::PutObject => ("PUT", "/bucket/k", STORED, ""),
        Operation::CopyObject => ("PUT", "/bucket/k", COPIED, ""),
        Operation::DeleteObject => ("DELETE", "/bucket/k", &[], ""),
        Operation::DeleteObjects => (
            "POST",
            "/bucket?delete",
            &[],
            "<Delete><Object><Key>k</Key></Object></Delete>",
        ),
        Operation::CreateMultipartUpload => ("POST", "/bucket/k?uploads", STORED, ""),
        Operation::UploadPart => ("PUT", "/bucket/k?partNumber=1&uploadId=u", &[], ""),
        Operation::UploadPartCopy => (
            "PUT",
            "/bucket/k?partNumber=1&uploadId=u",
            &[("x-amz-copy-source", "src-bucket/k")],
            "",
        ),
        Operation::ListParts => ("GET", "/bucket/k?uploadId=u", &[], ""),
        Operation::CompleteMultipartUpload => ("POST", "/bucket/k?uploadId=u", &[], COMPLETE),
        Operation::AbortMultipartUpload => ("DELETE", "/bucket/k?uploadId=u", &[], ""),
    }
}

fn call(operation: Operation, more: Option<(&str, &str)>) -> Result<Call<S3Call>, Unmapped> {
    let (method, target, headers, body) = sample(operation);
    let hash = (
        "x-amz-content-sha256",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    let fields = headers
        .iter()
        .copied()
        .chain([hash])
        .chain(more)
        .map(|(name, value)| (name, value.as_bytes()));
    route(&Head::read(method, target, fields).unwrap())?.call(body.as_bytes())
}

#[test]
fn every_documented_key_of_s3_is_in_its_class() {
    let (aws, world) = (Catalogue::load(), world());
    let mut tried = Vec::new();
    for operation in Operation::ALL {
        let name = operation.name();
        let call = call(operation, None).unwrap_or_else(|unmapped| panic!("{name}: {unmapped}"));
        assert_eq!(call.operation, name);
        let contexts = grant::contexts(&world, &session("i.example"), &call, &peer(), NOW);
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
    let unmapped = call(operation, Some((header, value)))
        .map(|call| call.operation)
        .expect_err(header);
    assert_eq!(
        unmapped,
        Unmapped::Header(header.to_owned()),
        "{operation:?}"
    );
}

#[test]
fn who_names_no_region_leaves_the_key_unknown() {
    let head = Head::read("PUT", "/new-bucket", std::iter::empty::<(&str, &[u8])>()).unwrap();
    let call = route(&head).unwrap().call(b"").unwrap();
    let contexts = grant::contexts(&world(), &session("i.example"), &call, &peer(), NOW);
    assert_class(
        Unknown,
        &contexts[0],
        "s3:locationconstraint",
        "CreateBucket",
    );
    let tags = b"<CreateBucketConfiguration><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></CreateBucketConfiguration>";
    assert!(
        route(&head).unwrap().call(tags).is_err(),
        "tags of a bucket that is being made are refused"
    );
    let headers = [("authorization", &b""[..])];
    let presigned = Head::read("GET", "/bucket/k?X-Amz-Signature=0", headers).unwrap();
    assert!(route(&presigned).is_err(), "presigned URLs are refused");
}
