//! Every S3 operation asks the right question, and what it does not understand is refused by name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use catalog::s3::S3Call;
use catalog::{Call, EntityKind, Service, Target, Template, Unmapped, query, s3};
use policy::Values;
use wire::{Head, Words};

fn head(method: &str, target: &str, headers: &[(&str, &str)]) -> Head {
    Head::read(
        method,
        target,
        headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes())),
    )
    .unwrap()
}

fn call(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Call<S3Call>, Unmapped> {
    s3::route(&head(method, target, headers))?.call(body.as_bytes())
}

fn asked(call: &Call<S3Call>) -> Vec<String> {
    let place = |target: &Target| match target {
        Target::Everything => "*".to_owned(),
        Target::Template(it) if *it == Template::global("s3", it.resource.clone()) => {
            it.resource.clone()
        }
        other => format!("{other:?}"),
    };
    call.asks()
        .map(|ask| format!("{} {}", ask.action, place(&ask.target)))
        .collect()
}

#[test]
fn operations_and_their_questions() {
    const COPY: &[(&str, &str)] = &[("x-amz-copy-source", "/src-bucket/a%20b")];
    const JAVA: &[(&str, &str)] = &[
        ("x-amz-checksum-crc32", "AAAAAA=="),
        ("x-amz-te", "append-md5"),
    ];
    const DELETE: &str =
        "<Delete><Object><Key>a</Key></Object><Object><Key>b/c</Key></Object></Delete>";
    const COMPLETE: &str = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"x\"</ETag></Part></CompleteMultipartUpload>";
    for (method, target, headers, body, operation, expected) in [
        (
            "GET",
            "/",
            &[][..],
            "",
            "ListBuckets",
            &["s3:ListAllMyBuckets *"][..],
        ),
        (
            "PUT",
            "/bucket",
            &[],
            "",
            "CreateBucket",
            &["s3:CreateBucket bucket"],
        ),
        (
            "PUT",
            "/bucket/",
            &[],
            "",
            "CreateBucket",
            &["s3:CreateBucket bucket"],
        ),
        (
            "HEAD",
            "/bucket",
            &[],
            "",
            "HeadBucket",
            &["s3:ListBucket bucket"],
        ),
        (
            "DELETE",
            "/bucket",
            &[],
            "",
            "DeleteBucket",
            &["s3:DeleteBucket bucket"],
        ),
        (
            "GET",
            "/bucket?location",
            &[],
            "",
            "GetBucketLocation",
            &["s3:GetBucketLocation bucket"],
        ),
        (
            "GET",
            "/bucket?prefix=a&marker=b",
            &[],
            "",
            "ListObjects",
            &["s3:ListBucket bucket"],
        ),
        (
            "GET",
            "/bucket?list-type=2&delimiter=%2F",
            &[],
            "",
            "ListObjectsV2",
            &["s3:ListBucket bucket"],
        ),
        (
            "GET",
            "/bucket/a%20b?x-id=GetObject",
            &[],
            "",
            "GetObject",
            &["s3:GetObject bucket/a b"],
        ),
        (
            "GET",
            "/bucket/k",
            JAVA,
            "",
            "GetObject",
            &["s3:GetObject bucket/k"],
        ),
        (
            "HEAD",
            "/bucket/k",
            &[],
            "",
            "HeadObject",
            &["s3:GetObject bucket/k"],
        ),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-meta-a", "b")],
            "",
            "PutObject",
            &["s3:PutObject bucket/k"],
        ),
        (
            "PUT",
            "/bucket/k",
            COPY,
            "",
            "CopyObject",
            &["s3:GetObject src-bucket/a b", "s3:PutObject bucket/k"],
        ),
        (
            "DELETE",
            "/bucket/k",
            &[],
            "",
            "DeleteObject",
            &["s3:DeleteObject bucket/k"],
        ),
        (
            "POST",
            "/bucket?delete",
            &[],
            DELETE,
            "DeleteObjects",
            &["s3:DeleteObject bucket/a", "s3:DeleteObject bucket/b/c"],
        ),
        (
            "POST",
            "/bucket/k?uploads",
            &[],
            "",
            "CreateMultipartUpload",
            &["s3:PutObject bucket/k"],
        ),
        (
            "PUT",
            "/bucket/k?partNumber=1&uploadId=u-1",
            &[],
            "",
            "UploadPart",
            &["s3:PutObject bucket/k"],
        ),
        (
            "PUT",
            "/bucket/k?partNumber=1&uploadId=u-1",
            COPY,
            "",
            "UploadPartCopy",
            &["s3:GetObject src-bucket/a b", "s3:PutObject bucket/k"],
        ),
        (
            "GET",
            "/bucket/k?uploadId=u-1",
            &[],
            "",
            "ListParts",
            &["s3:ListMultipartUploadParts bucket/k"],
        ),
        (
            "POST",
            "/bucket/k?uploadId=u-1",
            &[],
            COMPLETE,
            "CompleteMultipartUpload",
            &["s3:PutObject bucket/k"],
        ),
        (
            "DELETE",
            "/bucket/k?uploadId=u-1",
            &[],
            "",
            "AbortMultipartUpload",
            &["s3:AbortMultipartUpload bucket/k"],
        ),
    ] {
        let call = call(method, target, headers, body)
            .unwrap_or_else(|unmapped| panic!("{method} {target}: {unmapped}"));
        assert_eq!(
            (call.operation.as_ref(), asked(&call)),
            (
                operation,
                expected.iter().map(|ask| (*ask).to_owned()).collect()
            ),
            "{method} {target}"
        );
        // The backend's request, read again, is the same call.
        let detail = &call.detail;
        let again = s3::route(&head(detail.method().as_str(), &detail.target(), headers))
            .unwrap()
            .call(body.as_bytes())
            .unwrap();
        assert_eq!(
            (&again.operation, asked(&again)),
            (&call.operation, asked(&call)),
            "{method} {target}"
        );
    }
}

#[test]
fn attack_47_and_48_what_is_not_understood_is_refused_by_name() {
    for (method, target, headers, part) in [
        ("GET", "/bucket/k?versionId=1", &[][..], "`versionId`"),
        ("GET", "/bucket/k?acl", &[], "`acl`"),
        ("GET", "/bucket?policy", &[], "`policy`"),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-acl", "public-read")],
            "`x-amz-acl`",
        ),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-tagging", "a=b")],
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
            &[("x-amz-server-side-encryption", "AES256")],
            "`x-amz-server-side-encryption`",
        ),
        (
            "PUT",
            "/bucket",
            &[("x-amz-bucket-object-lock-enabled", "true")],
            "`x-amz-bucket-object-lock-enabled`",
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
            "/bucket/k",
            &[("content-encoding", "gzip, aws-chunked")],
            "aws-chunked",
        ),
        (
            "PUT",
            "/bucket/k",
            &[("content-type", "a"), ("content-type", "b")],
            "`content-type`",
        ),
        (
            "PUT",
            "/bucket/k?partNumber=0&uploadId=u",
            &[],
            "`partNumber`",
        ),
        (
            "PUT",
            "/bucket/k?partNumber=01&uploadId=u",
            &[],
            "`partNumber`",
        ),
        (
            "PUT",
            "/bucket/k?partNumber=1&uploadId=..%2Fx",
            &[],
            "`uploadId`",
        ),
        ("PUT", "/bucket/k?partNumber=1", &[], "`partNumber`"),
        ("POST", "/bucket", &[], "POST"),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-copy-source", "src-bucket/../x")],
            "`.` or `..`",
        ),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-copy-source", "src-bucket/k?versionId=1")],
            "copy-source",
        ),
        ("GET", "/Bucket/k", &[], "`Bucket`"),
        ("GET", "/bucket?prefix=a&prefix=b", &[], "cannot be read"),
        // The store takes slashes off, and a negative number for none at all; policies would see
        // another call.
        ("GET", "/bucket?prefix=%2Fsecret%2F", &[], "`prefix`"),
        ("GET", "/bucket?list-type=2&prefix=%2F", &[], "`prefix`"),
        ("GET", "/bucket?max-keys=-1", &[], "`max-keys`"),
        (
            "GET",
            "/bucket?list-type=2&max-keys=%2B5",
            &[],
            "`max-keys`",
        ),
        ("GET", "/bucket?list-type=2&max-keys=", &[], "`max-keys`"),
        (
            "GET",
            "/bucket?list-type=2&max-keys=99999999999",
            &[],
            "`max-keys`",
        ),
        // What would be done on a condition is not done without it.
        (
            "PUT",
            "/bucket/k",
            &[("if-none-match", "*")],
            "`if-none-match`",
        ),
        ("PUT", "/bucket/k", &[("if-match", "\"a\"")], "`if-match`"),
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-copy-source", "b2b/k"), ("if-none-match", "*")],
            "`if-none-match`",
        ),
        (
            "POST",
            "/bucket/k?uploadId=u",
            &[("if-none-match", "*")],
            "`if-none-match`",
        ),
        (
            "DELETE",
            "/bucket/k",
            &[("if-match", "\"a\"")],
            "`if-match`",
        ),
        (
            "GET",
            "/bucket/k",
            &[("if-unmodified-since", "Wed, 21 Oct 2009 07:28:00 GMT")],
            "`if-unmodified-since`",
        ),
    ] {
        let unmapped = call(method, target, headers, "").expect_err(target);
        assert!(
            unmapped.to_string().contains(part),
            "{method} {target}: {unmapped}"
        );
    }
}

#[test]
fn a_stated_default_is_taken_and_known_to_policies() {
    const CREATE: &str = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    const COPY: (&str, &str) = ("x-amz-copy-source", "src-bucket/k");
    let (put, create) = (
        &["s3:PutObject bucket/k"][..],
        &["s3:CreateBucket bucket"][..],
    );
    let with_acl = &["s3:PutObject bucket/k", "s3:PutObjectAcl bucket/k"][..];
    for (method, target, headers, body, asks, keys) in [
        (
            "PUT",
            "/bucket/k",
            &[("x-amz-api-version", "2006-03-01")][..],
            "",
            put,
            &[][..],
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
                COPY,
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
            ],
            "",
            &[
                "s3:CreateBucket bucket",
                "s3:PutBucketOwnershipControls bucket",
            ],
            &[("s3:x-amz-object-ownership", "BucketOwnerEnforced")],
        ),
        (
            "PUT",
            "/bucket",
            &[],
            CREATE,
            create,
            &[("s3:locationconstraint", "eu-west-1")],
        ),
    ] {
        let call = call(method, target, headers, body)
            .unwrap_or_else(|unmapped| panic!("{method} {target} {headers:?}: {unmapped}"));
        assert_eq!(asked(&call), asks, "{method} {target} {headers:?}");
        for (key, value) in keys {
            assert_eq!(
                call.asks().next().unwrap().context.get(key),
                Some(&(*value).into()),
                "{headers:?}"
            );
        }
        let detail = &call.detail;
        assert!(
            detail.headers.is_empty(),
            "the store never sees them: {:?}",
            detail.headers
        );
    }
    // Whatever else they say would change what is done.
    for (method, target, name, value) in [
        ("PUT", "/bucket/k", "x-amz-api-version", "2026-01-01"),
        ("PUT", "/bucket/k", "x-amz-request-payer", "owner"),
        ("PUT", "/bucket/k", "x-amz-storage-class", "GLACIER"),
        ("PUT", "/bucket/k", "x-amz-storage-class", "standard"),
        ("PUT", "/bucket/k", "x-amz-acl", "public-read"),
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
        ("PUT", "/bucket", "x-amz-bucket-object-lock-enabled", "true"),
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
    let twice = call(
        "PUT",
        "/bucket/k",
        &[("x-amz-acl", "private"), ("x-amz-acl", "private")],
        "",
    );
    assert_eq!(twice.unwrap_err(), Unmapped::Header("x-amz-acl".to_owned()));
}

/// Which of its two names the key has for eu-west-1, a Deny of either denies.
#[test]
fn attack_64_a_region_by_its_old_name_is_not_another_one() {
    let body = "<CreateBucketConfiguration><LocationConstraint>EU</LocationConstraint></CreateBucketConfiguration>";
    let call = call("PUT", "/bucket", &[], body).unwrap();
    assert_eq!(
        call.asks()
            .next()
            .unwrap()
            .context
            .get("s3:locationconstraint"),
        Some(&Values::Unknown)
    );
}

/// The store takes for COPY whatever is not REPLACE, and a Deny of copies would not.
#[test]
fn attack_66_a_directive_means_one_thing() {
    let copy = |directive: &str| {
        let headers = [
            ("x-amz-copy-source", "bucket/from"),
            ("x-amz-metadata-directive", directive),
        ];
        call("PUT", "/bucket/k", &headers, "").map(|call| {
            call.asks()
                .nth(1)
                .unwrap()
                .context
                .get("s3:x-amz-metadata-directive")
                .cloned()
        })
    };
    for directive in ["COPY", "REPLACE"] {
        assert_eq!(copy(directive), Ok(Some(directive.into())));
    }
    for odd in ["copy", "replace", "COPY,REPLACE", "x", ""] {
        assert_eq!(
            copy(odd),
            Err(Unmapped::Header("x-amz-metadata-directive".to_owned())),
            "{odd}"
        );
    }
}

#[test]
fn owners_that_are_expected_are_accounts() {
    let read = |headers: &[(&str, &str)]| call("PUT", "/bucket/k", headers, "");
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
    const COMPLETE: &str = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"x\"</ETag></Part></CompleteMultipartUpload>";
    const COPY: &[(&str, &str)] = &[("x-amz-copy-source", "src-bucket/k")];
    for (method, target, headers, body, makes) in [
        ("PUT", "/bucket/k", &[][..], "", "true"),
        ("PUT", "/bucket/k", COPY, "", "true"),
        ("POST", "/bucket/k?uploadId=u", &[], COMPLETE, "true"),
        ("POST", "/bucket/k?uploads", &[], "", "false"),
        ("PUT", "/bucket/k?partNumber=1&uploadId=u", &[], "", "false"),
        (
            "PUT",
            "/bucket/k?partNumber=1&uploadId=u",
            COPY,
            "",
            "false",
        ),
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
    let call = call(
        "GET",
        "/bucket?list-type=2&prefix=home%2F&max-keys=5",
        &[],
        "",
    )
    .unwrap();
    let context = &call.asks().next().unwrap().context;
    assert_eq!(context.get("s3:prefix"), Some(&"home/".into()));
    assert_eq!(context.get("s3:max-keys"), Some(&"5".into()));
    assert_eq!(context.get("s3:delimiter"), None);
}

#[test]
fn query_calls_name_their_resource() {
    let read = |service, text: &str| query::call(service, Words::read(text).unwrap());
    let iam = |text: &str| read(Service::Iam, &format!("{text}&Version=2010-05-08"));
    let iam_target = |resource: &str| Target::Template(Template::of_account("iam", resource));
    for (text, action, target) in [
        (
            "Action=GetRole&RoleName=r",
            "iam:GetRole",
            Target::Entity {
                kind: EntityKind::Role,
                name: "r".into(),
            },
        ),
        (
            "Action=CreateRole&RoleName=r&Path=%2Fa%2F",
            "iam:CreateRole",
            iam_target("role/a/r"),
        ),
        (
            "Action=CreatePolicy&PolicyName=p",
            "iam:CreatePolicy",
            iam_target("policy/p"),
        ),
        (
            "Action=GetPolicy&PolicyArn=arn",
            "iam:GetPolicy",
            Target::Written("arn".into()),
        ),
        (
            "Action=CreateOpenIDConnectProvider&Url=https%3A%2F%2Fi.example",
            "iam:CreateOpenIDConnectProvider",
            iam_target("oidc-provider/i.example"),
        ),
        ("Action=ListRoles", "iam:ListRoles", Target::Everything),
    ] {
        let call = iam(text).unwrap();
        assert_eq!(
            (
                call.asks().next().unwrap().action.as_ref(),
                &call.asks().next().unwrap().target
            ),
            (action, &target)
        );
    }
    let keys = |text: &str| iam(text).unwrap().asks().next().unwrap().context.clone();
    let attach = keys(
        "Action=AttachRolePolicy&RoleName=r&PolicyArn=arn&PermissionsBoundary=forged&Tags.member.1.Key=k&Tags.member.1.Value=v",
    );
    assert_eq!(attach.get("iam:PolicyARN"), Some(&"arn".into()));
    assert_eq!(
        attach.get("iam:PermissionsBoundary"),
        None,
        "the role's boundary is the account's to say"
    );
    assert_eq!(
        attach.get("aws:RequestTag/k"),
        None,
        "the action knows no tags"
    );
    assert_eq!(
        keys("Action=GetPolicy&PolicyArn=arn").get("iam:PolicyARN"),
        None
    );
    let tag = keys("Action=TagRole&RoleName=r&Tags.member.1.Key=k&Tags.member.1.Value=v");
    assert_eq!(tag.get("aws:RequestTag/k"), Some(&"v".into()));
    assert_eq!(
        tag.get("aws:TagKeys"),
        Some(&Values::Many(vec!["k".into()]))
    );
    let untag = keys("Action=UntagRole&RoleName=r&TagKeys.member.1=k&TagKeys.member.2=l");
    assert_eq!(
        untag.get("aws:TagKeys"),
        Some(&Values::Many(vec!["k".into(), "l".into()]))
    );
    assert!(matches!(
        iam("Action=GetRole"),
        Err(Unmapped::Missing("RoleName"))
    ));
    assert!(matches!(
        iam("Action=CreateUser&UserName=u"),
        Err(Unmapped::Action { .. })
    ));
    assert!(matches!(
        read(Service::Iam, "Action=ListRoles&Version=2011-06-15"),
        Err(Unmapped::Action { .. })
    ));
    assert!(matches!(
        read(Service::Sts, "Action=ListRoles&Version=2011-06-15"),
        Err(Unmapped::Action { .. })
    ));
    assert!(read(Service::Sts, "Action=GetCallerIdentity&Version=2011-06-15").is_ok());
}
