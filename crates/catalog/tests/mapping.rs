//! Every S3 operation asks the right questions, by path and by virtual host, and what it does not
//! understand is refused by name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test"
)]

mod s3_call;

use catalog::s3::{self, Operation};
use catalog::{BucketName, Passes, Unmapped};
use policy::Values;
use s3_call::{Headers, asked, at_host, call, head, refusal};

const NONE: Headers<'static> = &[];
const COPY: Headers<'static> = &[("x-amz-copy-source", "/src-bucket/a%20b")];
const COPY_NULL: Headers<'static> = &[("x-amz-copy-source", "src-bucket/k?versionId=null")];
/// The old Java SDK: that of the body which a read does not have.
const JAVA: Headers<'static> = &[
    ("x-amz-checksum-crc32", "AAAAAA=="),
    ("x-amz-te", "append-md5"),
];
const DELETE: &str = "<Delete><Object><Key>a</Key></Object><Object><Key>b/c</Key><VersionId>null</VersionId></Object><Object><Key>d</Key><ETag>\"e\"</ETag></Object></Delete>";
const COMPLETE: &str = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"x\"</ETag></Part></CompleteMultipartUpload>";
const TAGGING: &str = "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>";
const BLOCK: &str = "<PublicAccessBlockConfiguration><BlockPublicPolicy>true</BlockPublicPolicy></PublicAccessBlockConfiguration>";
const OWNERSHIP: &str = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>";

type Row = (
    &'static str,
    &'static str,
    Headers<'static>,
    &'static str,
    &'static str,
    &'static [&'static str],
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("GET", "/", NONE, "", "ListBuckets", &["s3:ListAllMyBuckets *"]),
    ("PUT", "/bucket", NONE, "", "CreateBucket", &["s3:CreateBucket bucket"]),
    ("PUT", "/bucket/", NONE, "", "CreateBucket", &["s3:CreateBucket bucket"]),
    ("HEAD", "/bucket", NONE, "", "HeadBucket", &["s3:ListBucket bucket"]),
    ("DELETE", "/bucket", NONE, "", "DeleteBucket", &["s3:DeleteBucket bucket"]),
    ("GET", "/bucket?location", NONE, "", "GetBucketLocation", &["s3:GetBucketLocation bucket"]),
    ("GET", "/bucket?prefix=a&marker=b", NONE, "", "ListObjects", &["s3:ListBucket bucket"]),
    ("GET", "/bucket?list-type=2&delimiter=%2F", NONE, "", "ListObjectsV2", &["s3:ListBucket bucket"]),
    ("GET", "/bucket?versions&prefix=a", NONE, "", "ListObjectVersions", &["s3:ListBucketVersions bucket"]),
    ("GET", "/bucket?uploads", NONE, "", "ListMultipartUploads", &["s3:ListBucketMultipartUploads bucket"]),
    ("GET", "/bucket/a%20b?x-id=GetObject", NONE, "", "GetObject", &["s3:GetObject bucket/a b"]),
    ("GET", "/bucket/k", JAVA, "", "GetObject", &["s3:GetObject bucket/k"]),
    ("GET", "/bucket/k?versionId=null", NONE, "", "GetObject", &["s3:GetObjectVersion bucket/k"]),
    ("HEAD", "/bucket/k", NONE, "", "HeadObject", &["s3:GetObject bucket/k"]),
    ("HEAD", "/bucket/k?versionId=null", NONE, "", "HeadObject", &["s3:GetObjectVersion bucket/k"]),
    ("PUT", "/bucket/k", &[("x-amz-meta-a", "b")], "", "PutObject", &["s3:PutObject bucket/k"]),
    ("PUT", "/bucket/k", &[("x-amz-tagging", "a=b")], "", "PutObject", &["s3:PutObject bucket/k", "s3:PutObjectTagging bucket/k"]),
    ("PUT", "/bucket/k", &[("if-none-match", "*")], "", "PutObject", &["s3:PutObject bucket/k"]),
    ("PUT", "/bucket/k", &[("if-match", "\"e\"")], "", "PutObject", &["s3:PutObject bucket/k", "s3:GetObject bucket/k"]),
    ("PUT", "/bucket/k", COPY, "", "CopyObject", &["s3:GetObject src-bucket/a b", "s3:PutObject bucket/k"]),
    ("PUT", "/bucket/k", COPY_NULL, "", "CopyObject", &["s3:GetObjectVersion src-bucket/k", "s3:PutObject bucket/k"]),
    ("PUT", "/bucket/k", &[COPY[0], ("x-amz-tagging-directive", "REPLACE"), ("x-amz-tagging", "a=b")], "", "CopyObject",
        &["s3:GetObject src-bucket/a b", "s3:PutObject bucket/k", "s3:PutObjectTagging bucket/k"]),
    ("DELETE", "/bucket/k", NONE, "", "DeleteObject", &["s3:DeleteObject bucket/k"]),
    ("DELETE", "/bucket/k?versionId=null", NONE, "", "DeleteObject", &["s3:DeleteObjectVersion bucket/k"]),
    ("DELETE", "/bucket/k", &[("if-match", "*")], "", "DeleteObject", &["s3:DeleteObject bucket/k"]),
    ("DELETE", "/bucket/k", &[("if-match", "\"e\"")], "", "DeleteObject", &["s3:DeleteObject bucket/k", "s3:GetObject bucket/k"]),
    ("POST", "/bucket?delete", NONE, DELETE, "DeleteObjects",
        &["s3:DeleteObject bucket/a", "s3:DeleteObjectVersion bucket/b/c", "s3:DeleteObject bucket/d", "s3:GetObject bucket/d"]),
    ("GET", "/bucket/k?attributes", &[("x-amz-object-attributes", "ETag,ObjectSize")], "", "GetObjectAttributes",
        &["s3:GetObject bucket/k", "s3:GetObjectAttributes bucket/k"]),
    ("GET", "/bucket/k?attributes&versionId=null", &[("x-amz-object-attributes", "ETag")], "", "GetObjectAttributes",
        &["s3:GetObjectVersion bucket/k", "s3:GetObjectVersionAttributes bucket/k"]),
    ("GET", "/bucket/k?tagging", NONE, "", "GetObjectTagging", &["s3:GetObjectTagging bucket/k"]),
    ("GET", "/bucket/k?tagging&versionId=null", NONE, "", "GetObjectTagging", &["s3:GetObjectVersionTagging bucket/k"]),
    ("PUT", "/bucket/k?tagging", NONE, TAGGING, "PutObjectTagging", &["s3:PutObjectTagging bucket/k"]),
    ("DELETE", "/bucket/k?tagging", NONE, "", "DeleteObjectTagging", &["s3:DeleteObjectTagging bucket/k"]),
    ("POST", "/bucket/k?uploads", NONE, "", "CreateMultipartUpload", &["s3:PutObject bucket/k"]),
    ("POST", "/bucket/k?uploads", &[("x-amz-tagging", "a=b")], "", "CreateMultipartUpload", &["s3:PutObject bucket/k", "s3:PutObjectTagging bucket/k"]),
    ("PUT", "/bucket/k?partNumber=1&uploadId=u-1", NONE, "", "UploadPart", &["s3:PutObject bucket/k"]),
    ("PUT", "/bucket/k?partNumber=1&uploadId=u-1", COPY, "", "UploadPartCopy", &["s3:GetObject src-bucket/a b", "s3:PutObject bucket/k"]),
    ("GET", "/bucket/k?uploadId=u-1", NONE, "", "ListParts", &["s3:ListMultipartUploadParts bucket/k"]),
    ("POST", "/bucket/k?uploadId=u-1", NONE, COMPLETE, "CompleteMultipartUpload", &["s3:PutObject bucket/k"]),
    ("DELETE", "/bucket/k?uploadId=u-1", NONE, "", "AbortMultipartUpload", &["s3:AbortMultipartUpload bucket/k"]),
    ("GET", "/bucket?policy", NONE, "", "GetBucketPolicy", &["s3:GetBucketPolicy bucket"]),
    ("PUT", "/bucket?policy", NONE, "{}", "PutBucketPolicy", &["s3:PutBucketPolicy bucket"]),
    ("DELETE", "/bucket?policy", NONE, "", "DeleteBucketPolicy", &["s3:DeleteBucketPolicy bucket"]),
    ("GET", "/bucket?policyStatus", NONE, "", "GetBucketPolicyStatus", &["s3:GetBucketPolicyStatus bucket"]),
    ("GET", "/bucket?publicAccessBlock", NONE, "", "GetPublicAccessBlock", &["s3:GetBucketPublicAccessBlock bucket"]),
    ("PUT", "/bucket?publicAccessBlock", NONE, BLOCK, "PutPublicAccessBlock", &["s3:PutBucketPublicAccessBlock bucket"]),
    ("DELETE", "/bucket?publicAccessBlock", NONE, "", "DeletePublicAccessBlock", &["s3:PutBucketPublicAccessBlock bucket"]),
    ("GET", "/bucket?ownershipControls", NONE, "", "GetBucketOwnershipControls", &["s3:GetBucketOwnershipControls bucket"]),
    ("PUT", "/bucket?ownershipControls", NONE, OWNERSHIP, "PutBucketOwnershipControls", &["s3:PutBucketOwnershipControls bucket"]),
    ("DELETE", "/bucket?ownershipControls", NONE, "", "DeleteBucketOwnershipControls", &["s3:PutBucketOwnershipControls bucket"]),
    ("GET", "/bucket?acl", NONE, "", "GetBucketAcl", &["s3:GetBucketAcl bucket"]),
    ("GET", "/bucket/k?acl", NONE, "", "GetObjectAcl", &["s3:GetObjectAcl bucket/k"]),
    ("GET", "/bucket/k?acl&versionId=null", NONE, "", "GetObjectAcl", &["s3:GetObjectVersionAcl bucket/k"]),
    ("GET", "/bucket?versioning", NONE, "", "GetBucketVersioning", &["s3:GetBucketVersioning bucket"]),
    ("GET", "/bucket?encryption", NONE, "", "GetBucketEncryption", &["s3:GetEncryptionConfiguration bucket"]),
    ("GET", "/bucket?cors", NONE, "", "GetBucketCors", &["s3:GetBucketCORS bucket"]),
    ("GET", "/bucket?lifecycle", NONE, "", "GetBucketLifecycleConfiguration", &["s3:GetLifecycleConfiguration bucket"]),
    ("GET", "/bucket?logging", NONE, "", "GetBucketLogging", &["s3:GetBucketLogging bucket"]),
    ("GET", "/bucket?website", NONE, "", "GetBucketWebsite", &["s3:GetBucketWebsite bucket"]),
    ("GET", "/bucket?replication", NONE, "", "GetBucketReplication", &["s3:GetReplicationConfiguration bucket"]),
    ("GET", "/bucket?accelerate", NONE, "", "GetBucketAccelerateConfiguration", &["s3:GetAccelerateConfiguration bucket"]),
    ("GET", "/bucket?requestPayment", NONE, "", "GetBucketRequestPayment", &["s3:GetBucketRequestPayment bucket"]),
    ("GET", "/bucket?tagging", NONE, "", "GetBucketTagging", &["s3:GetBucketTagging bucket"]),
    ("GET", "/bucket?object-lock", NONE, "", "GetObjectLockConfiguration", &["s3:GetBucketObjectLockConfiguration bucket"]),
    ("GET", "/bucket?notification", NONE, "", "GetBucketNotificationConfiguration", &["s3:GetBucketNotification bucket"]),
];

#[test]
fn operations_and_their_questions_in_both_styles() {
    for (method, target, headers, body, operation, expected) in ROWS {
        let mut found = vec![call(method, target, headers, body)];
        // A virtual host is a bucket: at one, `/` is not the service.
        if *operation != "ListBuckets" {
            found.push(at_host(method, target, headers, body));
        }
        for call in found {
            let call =
                call.unwrap_or_else(|unmapped| panic!("{method} {target} {headers:?}: {unmapped}"));
            assert_eq!(
                (call.operation.as_ref(), asked(&call)),
                (
                    *operation,
                    expected.iter().map(|ask| (*ask).to_owned()).collect()
                ),
                "{method} {target} {headers:?}"
            );
            let alone = *operation == "DeleteObjects";
            assert_eq!(call.passes == Passes::Alone, alone, "{operation}");
        }
    }
    for operation in Operation::ALL {
        let named = ROWS.iter().any(|row| row.4 == operation.name());
        // A form's call needs its fields.
        assert!(
            named || *operation == Operation::PostObject,
            "{operation:?} has no row"
        );
    }
}

#[test]
fn deletions_are_decided_key_by_key() {
    let call = call("POST", "/bucket?delete", NONE, DELETE).unwrap();
    let by_part: Vec<usize> = call.parts.iter().map(|part| part.asks().count()).collect();
    assert_eq!(by_part, [1, 1, 2], "a part for each object, in order");
    let key = |part: usize, name: &str| {
        let context = &call.parts[part].asks().next().unwrap().context;
        context.get(name).cloned()
    };
    assert_eq!(key(0, "s3:if-match"), None);
    assert_eq!(key(1, "s3:versionid"), Some("null".into()));
    assert_eq!(key(2, "s3:if-match"), Some("e".into()));
}

/// Signer, policies and store see one key: the bytes of the target, decoded once.
#[test]
fn attack_44_a_key_is_the_path_decoded_once() {
    for (target, bucket, key) in [
        ("/bucket//k", "bucket", "/k"),
        ("/bucket/k/", "bucket", "k/"),
        ("/bucket///", "bucket", "//"),
        ("/bucket/../other/k", "bucket", "../other/k"),
        ("/bucket/./k", "bucket", "./k"),
        ("/bucket/%2e%2e/k", "bucket", "../k"),
        ("/bucket/%252e", "bucket", "%2e"),
        ("/bucket/a%2Fb", "bucket", "a/b"),
        ("/bucket/a%5Cb", "bucket", "a\\b"),
        ("/bucket/a+b", "bucket", "a+b"),
        ("/bucket/a%2Bb", "bucket", "a+b"),
        ("/bucket/%01%7F", "bucket", "\u{1}\u{7f}"),
        ("/bucket/%C3%A9", "bucket", "\u{e9}"),
    ] {
        for call in [
            call("GET", target, NONE, ""),
            at_host("GET", target, NONE, ""),
        ] {
            let detail = call.unwrap().detail;
            let found = (detail.bucket.unwrap(), detail.key.unwrap());
            assert_eq!(
                (found.0.as_str(), found.1.as_str()),
                (bucket, key),
                "{target}"
            );
        }
    }
    for (target, code) in [
        ("/bucket/%00", "InvalidArgument"),
        ("/bucket/%ff", "InvalidURI"),
        ("/bucket/%zz", "InvalidURI"),
        ("/..%2Fbucket/k", "InvalidBucketName"),
        ("//bucket/k", "InvalidBucketName"),
        ("/%2e%2e/k", "InvalidBucketName"),
        ("/BUCKET/k", "InvalidBucketName"),
    ] {
        let (found, status, _) = refusal("GET", target, NONE, "");
        assert_eq!((found.as_str(), status), (code, 400), "{target}");
    }
    let long = format!("/bucket/{}", "k".repeat(1_025));
    assert_eq!(refusal("GET", &long, NONE, "").0, "KeyTooLongError");
    // At a virtual host another bucket's name is a key like any other.
    let host = BucketName::parse("bucket").unwrap();
    let route = s3::route(&head("GET", "/other-bucket/k", NONE), Some(&host)).unwrap();
    let call = route.call(b"").unwrap();
    assert_eq!(asked(&call), ["s3:GetObject bucket/other-bucket/k"]);
}

/// Two readers of one query string read the same.
#[test]
fn attack_45_a_query_string_has_one_reading() {
    for (query, code, part) in [
        ("prefix=a&prefix=a", "InvalidURI", "specified URI"),
        ("prefix=a&%70refix=b", "InvalidURI", "specified URI"),
        ("=a", "InvalidURI", "specified URI"),
        ("prefix=%zz", "InvalidURI", "specified URI"),
        ("prefix=%ff", "InvalidURI", "specified URI"),
        ("location;prefix=a", "NotImplemented", "`location;prefix`"),
        ("location&amp;prefix=a", "NotImplemented", "`amp;prefix`"),
        ("Prefix=a", "NotImplemented", "`Prefix`"),
        ("prefix%00=a", "NotImplemented", "`prefix\0`"),
        (
            "x-amz-acl=private&X-Amz-Acl=private",
            "NotImplemented",
            "`x-amz-acl`",
        ),
    ] {
        let (found, _, text) = refusal("GET", &format!("/bucket?{query}"), NONE, "");
        assert_eq!(found, code, "{query}");
        assert!(text.contains(part), "{query}: {text}");
    }
    for query in ["prefix=a+b", "prefix=a%20b"] {
        let call = call("GET", &format!("/bucket?{query}"), NONE, "").unwrap();
        let context = &call.asks().next().unwrap().context;
        assert_eq!(context.get("s3:prefix"), Some(&"a b".into()), "{query}");
    }
}

#[test]
fn attack_47_and_48_what_is_not_understood_is_refused_by_name() {
    const KMS: &str = "x-amz-server-side-encryption-aws-kms-key-id";
    for (method, target, headers, part) in [
        ("PUT", "/bucket/k?versionId=null", NONE, "`versionId`"),
        ("HEAD", "/bucket?versionId=null", NONE, "`versionId`"),
        ("GET", "/bucket/k?torrent", NONE, "`torrent`"),
        ("GET", "/bucket/k?legal-hold", NONE, "`legal-hold`"),
        ("GET", "/bucket/k?retention", NONE, "`retention`"),
        ("PUT", "/bucket/k?retention", NONE, "`retention`"),
        ("GET", "/bucket?policy&acl", NONE, "`acl`"),
        ("GET", "/bucket?inventory&id=1", NONE, "`inventory`"),
        ("GET", "/bucket?unheard-of", NONE, "`unheard-of`"),
        ("PUT", "/bucket?versioning", NONE, "`versioning`"),
        ("PUT", "/bucket?lifecycle", NONE, "`lifecycle`"),
        ("PUT", "/bucket?cors", NONE, "`cors`"),
        ("PUT", "/bucket?encryption", NONE, "`encryption`"),
        ("PUT", "/bucket?tagging", NONE, "`tagging`"),
        ("PUT", "/bucket?notification", NONE, "`notification`"),
        ("DELETE", "/bucket?cors", NONE, "`cors`"),
        ("DELETE", "/bucket?lifecycle", NONE, "`lifecycle`"),
        ("DELETE", "/bucket?website", NONE, "`website`"),
        ("HEAD", "/bucket/k?tagging", NONE, "`tagging`"),
        ("HEAD", "/bucket?location", NONE, "`location`"),
        ("GET", "/?acl", NONE, "`acl`"),
        ("PUT", "/bucket/k", &[("if-match", "*")], "`if-match`"),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-acl", "secret")],
            "`x-amz-acl`",
        ),
        (
            "GET",
            "/bucket/k",
            &[("x-amz-grant-read", "id=1")],
            "`x-amz-grant-read`",
        ),
        (
            "GET",
            "/bucket/k",
            &[("x-amz-tagging", "a=b")],
            "`x-amz-tagging`",
        ),
        (
            "PUT",
            "/bucket/k",
            &[COPY[0], ("x-amz-tagging", "a=b")],
            "`x-amz-tagging`",
        ),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-object-lock-mode", "GOVERNANCE")],
            "`x-amz-object-lock-mode`",
        ),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-object-lock-legal-hold", "OFF")],
            "`x-amz-object-lock-legal-hold`",
        ),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-server-side-encryption", "AES256")],
            "`x-amz-server-side-encryption`",
        ),
        ("PUT", "/bucket/k", &[(KMS, "k")], "aws-kms-key-id`"),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-website-redirect-location", "/x")],
            "`x-amz-website-redirect-location`",
        ),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-write-offset-bytes", "1")],
            "`x-amz-write-offset-bytes`",
        ),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-unheard-of", "1")],
            "`x-amz-unheard-of`",
        ),
        (
            "DELETE",
            "/bucket/k",
            &[("x-amz-mfa", "1 2")],
            "`x-amz-mfa`",
        ),
        (
            "DELETE",
            "/bucket/k",
            &[("x-amz-bypass-governance-retention", "true")],
            "`x-amz-bypass-governance-retention`",
        ),
        (
            "DELETE",
            "/bucket/k",
            &[("x-amz-if-match-size", "1")],
            "`x-amz-if-match-size`",
        ),
        (
            "PUT",
            "/bucket",
            &[("x-amz-bucket-object-lock-enabled", "true")],
            "`x-amz-bucket-object-lock-enabled`",
        ),
        (
            "GET",
            "/bucket",
            &[("x-amz-optional-object-attributes", "Other")],
            "`x-amz-optional-object-attributes`",
        ),
        (
            "GET",
            "/bucket/k",
            &[("x-amz-checksum-mode", "DISABLED")],
            "`x-amz-checksum-mode`",
        ),
        (
            "GET",
            "/bucket/k",
            &[("x-amz-expected-bucket-owner", "1")],
            "`x-amz-expected-bucket-owner`",
        ),
        (
            "GET",
            "/bucket/k",
            &[("x-amz-copy-source", "/b2b/k")],
            "`x-amz-copy-source`",
        ),
        (
            "PUT",
            "/bucket",
            &[("x-amz-copy-source", "/b2b/k")],
            "`x-amz-copy-source`",
        ),
        (
            "PUT",
            "/bucket/k",
            &[("content-type", "a"), ("content-type", "b")],
            "`content-type`",
        ),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-meta-a", "1"), ("x-amz-meta-a", "2")],
            "`x-amz-meta-a`",
        ),
        ("PUT", "/bucket/k?partNumber=1", NONE, "`partNumber`"),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-trailer", "x-amz-meta-a")],
            "`x-amz-trailer`",
        ),
        (
            "POST",
            "/bucket/k?uploads",
            &[("if-none-match", "*")],
            "`if-none-match`",
        ),
        (
            "GET",
            "/bucket",
            &[("if-none-match", "\"a\"")],
            "`if-none-match`",
        ),
        (
            "PUT",
            "/bucket/k",
            &[("if-none-match", "\"a\"")],
            "`if-none-match`",
        ),
        (
            "PUT",
            "/bucket/k",
            &[("if-match", "\"a\""), ("if-none-match", "*")],
            "`if-none-match`",
        ),
        (
            "PUT",
            "/bucket/k",
            &[("if-modified-since", "Wed, 21 Oct 2009 07:28:00 GMT")],
            "`if-modified-since`",
        ),
        // Who presigns writes headers into the query string, where they are no less headers.
        ("GET", "/bucket/k?x-amz-acl=private", NONE, "`x-amz-acl`"),
        ("PUT", "/bucket/k?X-Amz-Acl=secret", NONE, "`x-amz-acl`"),
        (
            "PUT",
            "/bucket/k?x-amz-storage-class=STANDARD",
            &[("x-amz-storage-class", "STANDARD")],
            "`x-amz-storage-class`",
        ),
    ] {
        let unmapped = match call(method, target, headers, "") {
            Ok(call) => panic!("{method} {target} {headers:?} is a {}", call.operation),
            Err(unmapped) => unmapped,
        };
        assert!(
            unmapped.to_string().contains(part),
            "{method} {target} {headers:?}: {unmapped}"
        );
        let fault = unmapped.fault();
        let owner = part.contains("owner");
        let expected = if owner {
            ("InvalidBucketOwnerAWSAccountID", 400)
        } else {
            ("NotImplemented", 501)
        };
        assert_eq!(
            (fault.code.as_ref(), fault.status),
            expected,
            "{method} {target}"
        );
    }
}

#[test]
fn what_s3_has_words_for_is_said_in_them() {
    const TWICE: Headers<'static> = &[
        ("x-amz-checksum-crc32", "AAAAAA=="),
        ("x-amz-checksum-sha1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ];
    const DIRECTIVE: (&str, &str) = ("x-amz-checksum-algorithm", "SHA256");
    const NUMBER: &str = "Argument max-keys must be an integer between 0 and 2147483647";
    const ALONE: &str = "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.";
    const PART: &str = "Part number must be an integer between 1 and 10000, inclusive";
    #[rustfmt::skip]
    let rows: &[(&str, &str, Headers<'_>, &str, &str, u16, &str)] = &[
        ("PUT", "/bucket?acl", NONE, "", "AccessControlListNotSupported", 400, "The bucket does not allow ACLs"),
        ("PUT", "/bucket/k?acl", NONE, "", "AccessControlListNotSupported", 400, "The bucket does not allow ACLs"),
        ("PUT", "/bucket/k", &[("x-amz-acl", "public-read")], "", "AccessControlListNotSupported", 400, "The bucket does not allow ACLs"),
        ("PUT", "/bucket/k", &[COPY[0], ("x-amz-grant-read", "id=1")], "", "AccessControlListNotSupported", 400, "The bucket does not allow ACLs"),
        ("POST", "/bucket/k?uploads", &[("x-amz-acl", "authenticated-read")], "", "AccessControlListNotSupported", 400, "The bucket does not allow ACLs"),
        ("PUT", "/bucket", &[("x-amz-acl", "public-read")], "", "InvalidBucketAclWithObjectOwnership", 400, "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"),
        ("PUT", "/bucket", &[("x-amz-grant-write", "id=1")], "", "InvalidBucketAclWithObjectOwnership", 400, "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"),
        ("PUT", "/bucket/k", &[("x-amz-storage-class", "standard")], "", "InvalidStorageClass", 400, "The storage class you specified is not valid"),
        ("PUT", "/bucket/k", &[COPY[0], ("x-amz-metadata-directive", "MERGE")], "", "InvalidArgument", 400, "Unknown metadata directive."),
        ("PUT", "/bucket/k", &[COPY[0], ("x-amz-tagging-directive", "copy")], "", "InvalidArgument", 400, "Unknown tagging directive."),
        ("POST", "/bucket", NONE, "", "PreconditionFailed", 412, "Bucket POST must be of the enclosure-type multipart/form-data"),
        ("POST", "/bucket", &[("content-type", "multipart/form-data; boundary=a")], "", "PreconditionFailed", 412, "Bucket POST must be of the enclosure-type multipart/form-data"),
        ("POST", "/bucket/k", NONE, "", "MethodNotAllowed", 405, "The specified method is not allowed against this resource."),
        ("PUT", "/", NONE, "", "MethodNotAllowed", 405, "The specified method is not allowed against this resource."),
        ("GET", "/bucket?max-keys=-1", NONE, "", "InvalidArgument", 400, NUMBER),
        ("GET", "/bucket?list-type=2&max-keys=%2B5", NONE, "", "InvalidArgument", 400, NUMBER),
        ("GET", "/bucket?versions&max-keys=", NONE, "", "InvalidArgument", 400, NUMBER),
        ("GET", "/bucket?max-keys=2147483648", NONE, "", "InvalidArgument", 400, NUMBER),
        ("GET", "/bucket?encoding-type=base64", NONE, "", "InvalidArgument", 400, "Invalid Encoding Method specified in Request"),
        ("GET", "/bucket?list-type=2&continuation-token=", NONE, "", "InvalidArgument", 400, "The continuation token provided is incorrect"),
        ("GET", "/bucket?versions&version-id-marker=null", NONE, "", "InvalidArgument", 400, "A version-id marker cannot be specified without a key marker."),
        ("GET", "/bucket?versions&key-marker=a&version-id-marker=1", NONE, "", "InvalidArgument", 400, "Invalid version id specified"),
        ("GET", "/bucket?uploads&max-uploads=0", NONE, "", "InvalidArgument", 400, "Argument max-uploads must be an integer between 1 and 2147483647"),
        ("GET", "/?max-buckets=10001", NONE, "", "InvalidArgument", 400, "Argument max-buckets must be an integer between 1 and 10000"),
        ("PUT", "/bucket/k?partNumber=0&uploadId=u", NONE, "", "InvalidArgument", 400, PART),
        ("PUT", "/bucket/k?partNumber=01&uploadId=u", NONE, "", "InvalidArgument", 400, PART),
        ("PUT", "/bucket/k?partNumber=10001&uploadId=u", NONE, "", "InvalidArgument", 400, PART),
        ("PUT", "/bucket/k?uploadId=u", NONE, "", "InvalidArgument", 400, PART),
        ("GET", "/bucket/k?partNumber=x", NONE, "", "InvalidArgument", 400, PART),
        ("GET", "/bucket/k?partNumber=1", &[("range", "bytes=0-1")], "", "InvalidRequest", 400, "Cannot specify both Range header and partNumber query parameter"),
        ("GET", "/bucket/k?versionId=1", NONE, "", "InvalidArgument", 400, "Invalid version id specified"),
        ("DELETE", "/bucket/k?versionId=", NONE, "", "InvalidArgument", 400, "Version id cannot be the empty string"),
        ("PUT", "/bucket/k", &[("x-amz-copy-source", "src-bucket/k?versionId=1")], "", "InvalidArgument", 400, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"),
        ("PUT", "/bucket/k", &[("x-amz-copy-source", "src-bucket")], "", "InvalidArgument", 400, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"),
        ("PUT", "/bucket/k", &[("x-amz-copy-source", "/bucket/k")], "", "InvalidRequest", 400, "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."),
        ("PUT", "/bucket/k?partNumber=1&uploadId=u", &[COPY[0], ("x-amz-copy-source-range", "bytes=0-")], "", "InvalidArgument", 400, "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy"),
        ("PUT", "/bucket/k", TWICE, "", "InvalidRequest", 400, "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."),
        ("PUT", "/bucket/k", &[TWICE[0], ("x-amz-trailer", "x-amz-checksum-crc32")], "", "InvalidRequest", 400, "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."),
        ("PUT", "/bucket/k", &[("x-amz-checksum-crc32", "AAAA")], "", "InvalidRequest", 400, "Value for x-amz-checksum-crc32 header is invalid."),
        ("PUT", "/bucket/k", &[TWICE[0], ("x-amz-sdk-checksum-algorithm", "SHA256")], "", "BadDigest", 400, "The SHA256 you specified did not match the calculated checksum."),
        ("PUT", "/bucket/k", &[("x-amz-sdk-checksum-algorithm", "CRC32")], "", "InvalidRequest", 400, ALONE),
        ("PUT", "/bucket/k?partNumber=1&uploadId=u", &[("x-amz-sdk-checksum-algorithm", "CRC32")], "", "InvalidRequest", 400, ALONE),
        ("POST", "/bucket?delete", &[("x-amz-sdk-checksum-algorithm", "CRC32")], "", "InvalidRequest", 400, ALONE),
        ("PUT", "/bucket/k", &[("x-amz-sdk-checksum-algorithm", "MD6")], "", "InvalidRequest", 400, "Value for x-amz-sdk-checksum-algorithm header is invalid."),
        ("PUT", "/bucket/k", &[("content-md5", "AAAA")], "", "InvalidDigest", 400, "The Content-MD5 you specified was invalid."),
        ("PUT", "/bucket/k", &[("if-match", "\"a\", \"b\"")], "", "InvalidArgument", 400, "Invalid Argument: the value of `if-match` cannot be read"),
        ("POST", "/bucket/k?uploads", &[("x-amz-checksum-algorithm", "MD5")], "", "InvalidRequest", 400, "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"),
        ("POST", "/bucket/k?uploads", &[("x-amz-checksum-type", "COMPOSITE")], "", "InvalidRequest", 400, "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."),
        ("POST", "/bucket/k?uploads", &[DIRECTIVE, ("x-amz-checksum-type", "FULL_OBJECT")], "", "InvalidRequest", 400, "The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm."),
        ("GET", "/bucket/k?attributes", NONE, "", "InvalidRequest", 400, "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"),
        ("GET", "/bucket/k?attributes", &[("x-amz-object-attributes", "ETag,Owner")], "", "InvalidArgument", 400, "Invalid attribute name specified."),
        ("PUT", "/bucket/k", &[("x-amz-tagging", "a=1&a=2")], "", "InvalidArgument", 400, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."),
        ("PUT", "/bucket/k?tagging", NONE, "", "MissingRequestBodyError", 400, "Request Body is empty"),
        ("POST", "/bucket?delete", NONE, "", "MissingRequestBodyError", 400, "Request Body is empty"),
        ("GET", "/bucket/k", &[("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")], "", "BadDigest", 400, "The Content-MD5 you specified did not match what we received."),
        ("GET", "/bucket/k", &[("x-amz-checksum-crc32", "AAAAAQ==")], "", "BadDigest", 400, "The CRC32 you specified did not match the calculated checksum."),
        ("GET", "/bucket?prefix=a&prefix=b", NONE, "", "InvalidURI", 400, "Couldn't parse the specified URI."),
    ];
    for (method, target, headers, body, code, status, text) in rows {
        assert_eq!(
            refusal(method, target, headers, body),
            ((*code).to_owned(), *status, (*text).to_owned()),
            "{method} {target} {headers:?}"
        );
    }
}

#[test]
fn attack_51_what_an_object_says_of_itself_is_bounded() {
    let meta = |bytes: usize| {
        let value = "v".repeat(bytes - 1);
        call("PUT", "/bucket/k", &[("x-amz-meta-a", &value)], "")
    };
    let system = |bytes: usize| {
        let value = "v".repeat(bytes - "cache-control".len() - "expires".len() - 1);
        let headers = [("cache-control", value.as_str()), ("expires", "0")];
        call("PUT", "/bucket/k", &headers, "")
    };
    for of in [&meta as &dyn Fn(usize) -> _, &system] {
        assert!(of(2_048).is_ok());
        let fault = of(2_049).unwrap_err().fault();
        assert_eq!(
            (fault.code.as_ref(), fault.status),
            ("MetadataTooLarge", 400)
        );
    }
}

#[test]
fn a_stated_default_is_taken_and_known_to_policies() {
    const CREATE: &str = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    const SRC: (&str, &str) = ("x-amz-copy-source", "src-bucket/k");
    let put = &["s3:PutObject bucket/k"][..];
    let create = &["s3:CreateBucket bucket"][..];
    let with_acl = &["s3:PutObject bucket/k", "s3:PutObjectAcl bucket/k"][..];
    #[rustfmt::skip]
    type Taken<'a> = (&'a str, &'a str, Headers<'a>, &'a str, &'a [&'a str], &'a [(&'a str, &'a str)]);
    let rows: &[Taken<'_>] = &[
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-api-version", "2006-03-01")],
            "",
            put,
            &[],
        ),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-request-payer", "requester")],
            "",
            put,
            &[],
        ),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-storage-class", "STANDARD")],
            "",
            put,
            &[("s3:x-amz-storage-class", "STANDARD")],
        ),
        (
            "PUT",
            "/bucket/k?x-amz-storage-class=STANDARD",
            NONE,
            "",
            put,
            &[("s3:x-amz-storage-class", "STANDARD")],
        ),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-acl", "private")],
            "",
            with_acl,
            &[("s3:x-amz-acl", "private")],
        ),
        (
            "POST",
            "/bucket/k?uploads",
            &[("x-amz-acl", "bucket-owner-full-control")],
            "",
            with_acl,
            &[("s3:x-amz-acl", "bucket-owner-full-control")],
        ),
        (
            "PUT",
            "/bucket/k",
            &[
                SRC,
                ("x-amz-acl", "private"),
                ("x-amz-tagging-directive", "COPY"),
            ],
            "",
            &[
                "s3:GetObject src-bucket/k",
                "s3:PutObject bucket/k",
                "s3:PutObjectAcl bucket/k",
            ],
            &[],
        ),
        (
            "PUT",
            "/bucket/k",
            &[("if-none-match", "*")],
            "",
            put,
            &[("s3:if-none-match", "*")],
        ),
        (
            "PUT",
            "/bucket/k",
            &[("if-match", "\"a\"")],
            "",
            &["s3:PutObject bucket/k", "s3:GetObject bucket/k"],
            &[("s3:if-match", "\"a\"")],
        ),
        (
            "PUT",
            "/bucket",
            &[("x-amz-acl", "private")],
            "",
            create,
            &[("s3:x-amz-acl", "private")],
        ),
        (
            "PUT",
            "/bucket",
            &[("x-amz-acl", "bucket-owner-full-control")],
            "",
            &["s3:CreateBucket bucket", "s3:PutBucketAcl bucket"],
            &[("s3:x-amz-acl", "bucket-owner-full-control")],
        ),
        (
            "PUT",
            "/bucket",
            &[
                ("x-amz-object-ownership", "BucketOwnerEnforced"),
                ("x-amz-bucket-object-lock-enabled", "false"),
                ("x-amz-bucket-namespace", "global"),
            ],
            "",
            &[
                "s3:CreateBucket bucket",
                "s3:PutBucketOwnershipControls bucket",
            ],
            &[
                ("s3:x-amz-object-ownership", "BucketOwnerEnforced"),
                ("s3:x-amz-bucket-namespace", "global"),
            ],
        ),
        (
            "PUT",
            "/bucket",
            NONE,
            CREATE,
            create,
            &[("s3:locationconstraint", "eu-west-1")],
        ),
        (
            "GET",
            "/bucket/k?versionId=null",
            NONE,
            "",
            &["s3:GetObjectVersion bucket/k"],
            &[("s3:versionid", "null")],
        ),
        (
            "GET",
            "/bucket",
            &[("x-amz-optional-object-attributes", "RestoreStatus")],
            "",
            &["s3:ListBucket bucket"],
            &[],
        ),
        (
            "DELETE",
            "/bucket/k",
            &[
                ("x-amz-bypass-governance-retention", "false"),
                ("if-match", "*"),
            ],
            "",
            &["s3:DeleteObject bucket/k"],
            &[("s3:if-match", "*")],
        ),
        // The words of a signature are somebody else's.
        (
            "GET",
            "/bucket/k?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Date=c&X-Amz-Expires=1&X-Amz-SignedHeaders=host&X-Amz-Signature=d&X-Amz-Security-Token=e&x-id=GetObject&x-amz-checksum-mode=ENABLED",
            NONE,
            "",
            &["s3:GetObject bucket/k"],
            &[],
        ),
    ];
    for (method, target, headers, body, asks, keys) in rows {
        let call = call(method, target, headers, body)
            .unwrap_or_else(|unmapped| panic!("{method} {target} {headers:?}: {unmapped}"));
        assert_eq!(asked(&call), *asks, "{method} {target} {headers:?}");
        for (key, value) in *keys {
            assert_eq!(
                call.asks().next().unwrap().context.get(key),
                Some(&(*value).into()),
                "{headers:?}"
            );
        }
    }
    let payer = [("x-amz-request-payer", "requester")];
    assert!(call("GET", "/bucket?accelerate", &payer, "").is_ok());
    // Whatever else they say would change what is done.
    for (method, target, name, value) in [
        ("PUT", "/bucket/k", "x-amz-api-version", "2026-01-01"),
        ("PUT", "/bucket/k", "x-amz-request-payer", "owner"),
        ("PUT", "/bucket/k", "x-amz-storage-class", "GLACIER"),
        ("PUT", "/bucket/k", "x-amz-acl", ""),
        ("GET", "/bucket/k", "x-amz-acl", "private"),
        ("GET", "/bucket/k", "x-amz-storage-class", "STANDARD"),
        (
            "PUT",
            "/bucket/k?partNumber=1&uploadId=u",
            "x-amz-acl",
            "private",
        ),
        ("PUT", "/bucket", "x-amz-object-ownership", "ObjectWriter"),
        (
            "PUT",
            "/bucket",
            "x-amz-bucket-namespace",
            "account-regional",
        ),
        ("PUT", "/bucket", "x-amz-request-payer", "requester"),
        (
            "PUT",
            "/bucket",
            "x-amz-expected-bucket-owner",
            "111111111111",
        ),
        ("GET", "/", "x-amz-expected-bucket-owner", "111111111111"),
        (
            "GET",
            "/bucket/k",
            "x-amz-source-expected-bucket-owner",
            "111111111111",
        ),
    ] {
        let unmapped = call(method, target, &[(name, value)], "").expect_err(target);
        assert_eq!(
            unmapped,
            Unmapped::Header(name.to_owned()),
            "{method} {target} {value}"
        );
    }
    let twice = [("x-amz-acl", "private"), ("x-amz-acl", "private")];
    assert_eq!(
        call("PUT", "/bucket/k", &twice, "").unwrap_err(),
        Unmapped::Header("x-amz-acl".to_owned())
    );
}

/// Which of its two names the key has for eu-west-1, a Deny of either denies.
#[test]
fn attack_64_a_region_by_its_old_name_is_not_another_one() {
    let body = "<CreateBucketConfiguration><LocationConstraint>EU</LocationConstraint></CreateBucketConfiguration>";
    for body in [body, ""] {
        let call = call("PUT", "/bucket", NONE, body).unwrap();
        let context = &call.asks().next().unwrap().context;
        assert_eq!(context.get("s3:locationconstraint"), Some(&Values::Unknown));
    }
}

/// A Deny of the namespace that is meant by naming none holds.
#[test]
fn a_namespace_that_is_not_named_is_unknown() {
    let call = call("PUT", "/bucket", NONE, "").unwrap();
    let context = &call.asks().next().unwrap().context;
    assert_eq!(
        context.get("s3:x-amz-bucket-namespace"),
        Some(&Values::Unknown)
    );
}

#[test]
fn attack_66_a_directive_means_one_thing() {
    let copy = |directive: &str| {
        let headers = [
            ("x-amz-copy-source", "bucket/from"),
            ("x-amz-metadata-directive", directive),
        ];
        call("PUT", "/bucket/k", &headers, "").map(|call| {
            let context = &call.asks().nth(1).unwrap().context;
            context.get("s3:x-amz-metadata-directive").cloned()
        })
    };
    for directive in ["COPY", "REPLACE"] {
        assert_eq!(copy(directive), Ok(Some(directive.into())));
    }
    for odd in ["copy", "replace", "COPY,REPLACE", "x", ""] {
        let fault = copy(odd).unwrap_err().fault();
        assert_eq!(
            (fault.code.as_ref(), fault.status),
            ("InvalidArgument", 400),
            "{odd}"
        );
    }
}

#[test]
fn owners_that_are_expected_are_accounts() {
    let read = |headers: Headers<'_>| call("PUT", "/bucket/k", headers, "");
    let owner = |id: &str| policy::AccountId::parse(id).unwrap();
    let copy = read(&[
        ("x-amz-copy-source", "src-bucket/k"),
        ("x-amz-expected-bucket-owner", "111111111111"),
        ("x-amz-source-expected-bucket-owner", "222222222222"),
    ]);
    let detail = copy.unwrap().detail;
    assert_eq!(
        (detail.expected.bucket, detail.expected.source),
        (Some(owner("111111111111")), Some(owner("222222222222")))
    );
    let presigned = "/bucket/k?x-amz-expected-bucket-owner=111111111111";
    let detail = call("GET", presigned, NONE, "").unwrap().detail;
    assert_eq!(detail.expected.bucket, Some(owner("111111111111")));
    for odd in ["", "1", "11111111111a", "1111111111111"] {
        let unmapped = read(&[("x-amz-expected-bucket-owner", odd)]).unwrap_err();
        assert_eq!(
            (unmapped.fault().code.as_ref(), unmapped.fault().status),
            ("InvalidBucketOwnerAWSAccountID", 400),
            "{odd}"
        );
    }
    let twice = read(&[
        ("x-amz-expected-bucket-owner", "111111111111"),
        ("x-amz-expected-bucket-owner", "111111111111"),
    ]);
    assert_eq!(
        twice.unwrap_err(),
        Unmapped::Header("x-amz-expected-bucket-owner".to_owned())
    );
}

#[test]
fn only_what_makes_an_object_is_a_creation() {
    const SRC: Headers<'static> = &[("x-amz-copy-source", "src-bucket/k")];
    for (method, target, headers, body, makes) in [
        ("PUT", "/bucket/k", NONE, "", "true"),
        ("PUT", "/bucket/k", SRC, "", "true"),
        ("POST", "/bucket/k?uploadId=u", NONE, COMPLETE, "true"),
        ("POST", "/bucket/k?uploads", NONE, "", "false"),
        (
            "PUT",
            "/bucket/k?partNumber=1&uploadId=u",
            NONE,
            "",
            "false",
        ),
        ("PUT", "/bucket/k?partNumber=1&uploadId=u", SRC, "", "false"),
    ] {
        let call = call(method, target, headers, body).unwrap();
        for ask in call.asks() {
            let wanted = (ask.action == "s3:PutObject").then(|| Values::from(makes));
            assert_eq!(
                ask.context.get("s3:ObjectCreationOperation"),
                wanted.as_ref(),
                "{} {}",
                call.operation,
                ask.action
            );
        }
    }
}

#[test]
fn listings_bring_their_condition_keys() {
    for (target, action) in [
        (
            "/bucket?list-type=2&prefix=home%2F&max-keys=5&delimiter=",
            "s3:ListBucket",
        ),
        (
            "/bucket?versions&prefix=home%2F&max-keys=5&delimiter=",
            "s3:ListBucketVersions",
        ),
    ] {
        let call = call("GET", target, NONE, "").unwrap();
        let ask = call.asks().next().unwrap();
        assert_eq!(ask.action, action);
        assert_eq!(ask.context.get("s3:prefix"), Some(&"home/".into()));
        assert_eq!(ask.context.get("s3:max-keys"), Some(&"5".into()));
        assert_eq!(ask.context.get("s3:delimiter"), Some(&"".into()));
    }
    let call = call("GET", "/bucket?list-type=2", NONE, "").unwrap();
    let context = &call.asks().next().unwrap().context;
    assert_eq!(context.get("s3:prefix"), None);
    assert_eq!(context.get("s3:max-keys"), None);
}

#[test]
fn tags_of_a_request_are_condition_keys_of_what_sets_them() {
    let names = Values::Many(vec!["a".into(), "b".into()]);
    for (method, target, body) in [("PUT", "/bucket/k", ""), ("POST", "/bucket/k?uploads", "")] {
        let call = call(method, target, &[("x-amz-tagging", "a=1&b=2")], body).unwrap();
        for ask in call.asks() {
            assert_eq!(ask.context.get("s3:RequestObjectTag/a"), Some(&"1".into()));
            assert_eq!(ask.context.get("s3:RequestObjectTagKeys"), Some(&names));
        }
    }
    let put = call("PUT", "/bucket/k?tagging", NONE, TAGGING).unwrap();
    let context = &put.asks().next().unwrap().context;
    assert_eq!(context.get("s3:RequestObjectTag/k"), Some(&"v".into()));
    let bare = call("PUT", "/bucket/k", NONE, "").unwrap();
    let context = &bare.asks().next().unwrap().context;
    assert_eq!(context.get("s3:RequestObjectTagKeys"), None);
}

/// Copying an object with tags reads them and sets them.
#[test]
fn attack_47_tags_that_are_copied_are_asked_about() {
    let copy = || call("PUT", "/bucket/k", COPY, "").unwrap();
    let source = s3::copies_tags(&copy().detail).unwrap().clone();
    assert_eq!(
        (source.bucket.as_str(), source.key.as_str()),
        ("src-bucket", "a b")
    );
    assert_eq!(
        asked(&s3::with_copied_tags(copy(), &vec![])),
        asked(&copy())
    );
    let tags = vec![("a".to_owned(), "1".to_owned())];
    let call_with = s3::with_copied_tags(copy(), &tags);
    assert_eq!(
        asked(&call_with),
        [
            "s3:GetObject src-bucket/a b",
            "s3:PutObject bucket/k",
            "s3:GetObjectTagging src-bucket/a b",
            "s3:PutObjectTagging bucket/k"
        ]
    );
    assert_eq!(call_with.parts.len(), 1, "all or nothing");
    let replaces = [COPY[0], ("x-amz-tagging-directive", "REPLACE")];
    let replaces = call("PUT", "/bucket/k", &replaces, "").unwrap();
    assert!(s3::copies_tags(&replaces.detail).is_none());
    assert_eq!(
        asked(&s3::with_copied_tags(replaces.clone(), &tags)),
        asked(&replaces)
    );
}

/// An unsigned body may not pass for one whose hash was signed.
#[test]
fn the_hash_of_a_presigned_body_is_not_known() {
    let hash = |target: &str, headers: Headers<'_>| {
        let call = call("PUT", target, headers, "").unwrap();
        let context = &call.asks().next().unwrap().context;
        context.get("s3:x-amz-content-sha256").cloned()
    };
    let header = &[("x-amz-content-sha256", "UNSIGNED-PAYLOAD")];
    assert_eq!(hash("/bucket/k", header), Some("UNSIGNED-PAYLOAD".into()));
    assert_eq!(
        hash("/bucket/k?X-Amz-Signature=a", NONE),
        Some(Values::Unknown)
    );
    let query = "/bucket/k?X-Amz-Signature=a&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD";
    assert_eq!(hash(query, NONE), Some("UNSIGNED-PAYLOAD".into()));
    assert_eq!(hash("/bucket/k", NONE), None);
}
