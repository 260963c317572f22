//! What an S3 call carries: typed, and read once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test"
)]

mod s3_call;

use catalog::s3::{
    BodyNeed, Checksum, ChecksumKind, Complete, Detail, EtagMatch, Expected, IfRange, List,
    ListBuckets, ListUploads, PublicAccessBlock, Ranged, Read, http_date, route,
};
use s3_call::{Headers, call, head, refusal};

const NONE: Headers<'static> = &[];

fn detail(method: &str, target: &str, headers: Headers<'_>, body: &str) -> Detail {
    call(method, target, headers, body)
        .unwrap_or_else(|unmapped| panic!("{method} {target} {headers:?}: {unmapped}"))
        .detail
        .detail
}

#[test]
fn listings() {
    let list = List {
        most: 1_000,
        ..List::default()
    };
    for (target, expected) in [
        ("?list-type=2", list.clone()),
        (
            "?list-type=2&prefix=a%2F+b&delimiter=%2F&max-keys=2000&start-after=c&continuation-token=t&fetch-owner=true&encoding-type=url",
            List {
                prefix: "a/ b".into(),
                delimiter: Some("/".into()),
                asked: Some(2_000),
                after: "c".into(),
                token: Some("t".into()),
                encode: true,
                owner: true,
                ..list.clone()
            },
        ),
        (
            "?max-keys=0&marker=m&delimiter=",
            List {
                asked: Some(0),
                most: 0,
                after: "m".into(),
                owner: true,
                ..list.clone()
            },
        ),
        (
            "?versions&key-marker=k&version-id-marker=null&delimiter=ab",
            List {
                delimiter: Some("ab".into()),
                after: "k".into(),
                version_marker: true,
                owner: true,
                ..list.clone()
            },
        ),
        // A prefix may begin as no path does.
        (
            "?list-type=2&prefix=%2F..%2F",
            List {
                prefix: "/../".into(),
                ..list.clone()
            },
        ),
    ] {
        let target = format!("/bucket{target}");
        assert_eq!(
            detail("GET", &target, NONE, ""),
            Detail::List(expected),
            "{target}"
        );
    }
    assert_eq!(
        detail(
            "GET",
            "/bucket?uploads&prefix=p&delimiter=d&max-uploads=3&key-marker=k&upload-id-marker=u&encoding-type=url",
            NONE,
            ""
        ),
        Detail::ListUploads(ListUploads {
            prefix: "p".into(),
            delimiter: Some("d".into()),
            most: 3,
            key_marker: "k".into(),
            upload_marker: Some("u".into()),
            encode: true,
        })
    );
    let Detail::ListUploads(uploads) =
        detail("GET", "/bucket?uploads&upload-id-marker=u", NONE, "")
    else {
        panic!("another detail");
    };
    assert_eq!(uploads.upload_marker, None, "ignored without a key marker");
    assert_eq!(
        detail(
            "GET",
            "/?max-buckets=5&prefix=a&continuation-token=t&bucket-region=eu-west-1",
            NONE,
            ""
        ),
        Detail::ListBuckets(ListBuckets {
            prefix: "a".into(),
            most: Some(5),
            token: Some("t".into()),
            region: Some("eu-west-1".into()),
        })
    );
    assert_eq!(
        detail(
            "GET",
            "/bucket/k?uploadId=u&max-parts=9999&part-number-marker=7",
            NONE,
            ""
        ),
        Detail::ListParts {
            upload: "u".into(),
            after: 7,
            most: 1_000
        }
    );
}

#[test]
fn reads() {
    let read = |target: &str, headers: Headers<'_>| match detail("GET", target, headers, "") {
        Detail::Read(read) => read,
        other => panic!("{other:?}"),
    };
    let found = read(
        "/bucket/k?response-content-type=a%2Fb&response-expires=x&response-cache-control=c&response-content-disposition=d&response-content-encoding=e&response-content-language=f",
        &[("x-amz-checksum-mode", "ENABLED")],
    );
    assert_eq!(
        found.overrides,
        [
            ("cache-control", "c"),
            ("content-disposition", "d"),
            ("content-encoding", "e"),
            ("content-language", "f"),
            ("content-type", "a/b"),
            ("expires", "x"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
    );
    assert!(found.checksum_mode);
    let overriding = call("GET", "/bucket/k?response-expires=x", NONE, "").unwrap();
    assert!(overriding.detail.overrides_headers());
    // It would be two headers of the answer.
    let split = refusal(
        "GET",
        "/bucket/k?response-expires=x%0D%0Aset-cookie:a",
        NONE,
        "",
    );
    assert_eq!(split.0, "NotImplemented");
    assert_eq!(read("/bucket/k?partNumber=10000", NONE).part, Some(10_000));
    // RFC 9110 section 13.1.5.
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let at = http_date::read(date).unwrap();
    for (if_range, etag, modified, expected) in [
        (None, "e", 0, Ranged::Part(0..=0)),
        (Some("\"e\""), "e", 0, Ranged::Part(0..=0)),
        (Some("\"f\""), "e", 0, Ranged::Whole),
        (Some("W/\"e\""), "e", 0, Ranged::Whole),
        (Some(date), "e", at, Ranged::Part(0..=0)),
        (Some(date), "e", at + 1, Ranged::Whole),
        (Some("\"e"), "e", at, Ranged::Whole),
    ] {
        let mut headers = vec![("range", "bytes=0-0")];
        headers.extend(if_range.map(|value| ("if-range", value)));
        let found = read("/bucket/k", &headers);
        assert_eq!(found.ranged(10, etag, modified), expected, "{if_range:?}");
    }
    assert_eq!(
        read("/bucket/k", &[("if-range", "\"")]).if_range,
        Some(IfRange::Nothing)
    );
    assert_eq!(Read::default().ranged(10, "e", 0), Ranged::Whole);
}

#[test]
fn attributes() {
    const NAME: &str = "x-amz-object-attributes";
    let read = |headers: Headers<'_>| match detail("GET", "/bucket/k?attributes", headers, "") {
        Detail::Attributes(found) => found,
        other => panic!("{other:?}"),
    };
    let once = read(&[(NAME, "ETag, ObjectParts,ObjectSize")]);
    assert!(once.etag && once.parts && once.size && !once.checksum && !once.storage_class);
    assert_eq!((once.most, once.after), (1_000, 0));
    // The Rust SDK writes a field for each.
    let often = [(NAME, "ETag"), (NAME, "ObjectParts"), (NAME, "ObjectSize")];
    assert_eq!(read(&often), once);
    let paged = [
        (NAME, "Checksum,StorageClass"),
        ("x-amz-max-parts", "9999"),
        ("x-amz-part-number-marker", "7"),
    ];
    let paged = read(&paged);
    assert!(paged.checksum && paged.storage_class);
    assert_eq!((paged.most, paged.after), (1_000, 7));
}

#[test]
fn writes() {
    let put = |headers: Headers<'_>| match detail("PUT", "/bucket/k", headers, "") {
        Detail::Put(put) => put,
        other => panic!("{other:?}"),
    };
    let found = put(&[
        ("content-type", "text/plain"),
        ("content-encoding", "gzip,aws-chunked"),
        ("cache-control", "no-store"),
        ("expires", "whenever"),
        ("x-amz-meta-b", "1"),
        ("X-Amz-Meta-A", "2"),
        ("x-amz-sdk-checksum-algorithm", "CRC64NVME"),
        ("x-amz-trailer", "x-amz-checksum-crc64nvme"),
        ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
        ("x-amz-tagging", "k=v"),
        ("if-none-match", "*"),
    ]);
    assert_eq!(found.meta.content_encoding.as_deref(), Some("gzip"));
    assert_eq!(found.meta.expires.as_deref(), Some("whenever"));
    assert_eq!(
        found.meta.user,
        [("b", "1"), ("a", "2")].map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    assert_eq!(
        found.integrity.checksum,
        Some((Checksum::Crc64Nvme, Expected::Trailer))
    );
    assert_eq!(
        found.integrity.check(b""),
        Err(Checksum::Crc64Nvme.mismatch())
    );
    assert!(found.integrity.md5.is_some() && found.conditions.if_none_match_any);
    let hoisted = call(
        "PUT",
        "/bucket/k?x-amz-meta-a=b%20c&x-amz-checksum-crc32=AAAAAA%3D%3D",
        NONE,
        "",
    );
    let Detail::Put(hoisted) = hoisted.unwrap().detail.detail else {
        panic!("another detail");
    };
    assert_eq!(hoisted.meta.user, [("a".to_owned(), "b c".to_owned())]);
    assert_eq!(hoisted.integrity.check(b""), Ok(()));
    assert_eq!(
        put(&[("if-match", "e")]).conditions.if_match,
        Some(EtagMatch::One("e".into()))
    );
    assert!(put(NONE).conditions.is_empty());
}

#[test]
fn uploads_and_copies() {
    let create = |headers: Headers<'_>| match detail("POST", "/bucket/k?uploads", headers, "") {
        Detail::CreateUpload {
            algorithm, kind, ..
        } => (algorithm, kind),
        other => panic!("{other:?}"),
    };
    let algorithm = |name| ("x-amz-checksum-algorithm", name);
    for (headers, expected) in [
        (vec![], (None, None)),
        (
            vec![algorithm("CRC32")],
            (Some(Checksum::Crc32), Some(ChecksumKind::Composite)),
        ),
        (
            vec![algorithm("crc64nvme")],
            (Some(Checksum::Crc64Nvme), Some(ChecksumKind::FullObject)),
        ),
        (
            vec![algorithm("CRC32C"), ("x-amz-checksum-type", "FULL_OBJECT")],
            (Some(Checksum::Crc32c), Some(ChecksumKind::FullObject)),
        ),
    ] {
        assert_eq!(create(&headers), expected);
    }
    let source = ("x-amz-copy-source", "src-bucket/k");
    let copy = |headers: Headers<'_>| match detail("PUT", "/bucket/k", headers, "") {
        Detail::Copy(copy) => copy,
        other => panic!("{other:?}"),
    };
    let plain = copy(&[source, ("content-type", "a/b")]);
    assert!(plain.replaces_meta.is_none() && plain.replaces_tags.is_none());
    let replaced = copy(&[
        source,
        ("x-amz-metadata-directive", "REPLACE"),
        ("x-amz-tagging-directive", "REPLACE"),
        ("content-type", "a/b"),
        ("x-amz-copy-source-if-match", "\"e\""),
        (
            "x-amz-copy-source-if-unmodified-since",
            "Sun, 06 Nov 1994 08:49:37 GMT",
        ),
        ("if-match", "\"d\""),
    ]);
    assert_eq!(
        replaced.replaces_meta.unwrap().content_type.as_deref(),
        Some("a/b")
    );
    assert_eq!(replaced.replaces_tags, Some(vec![]));
    assert_eq!(
        replaced.source_conditions.check("e", i64::MAX, i64::MAX),
        Ok(())
    );
    assert_eq!(
        replaced.conditions.if_match,
        Some(EtagMatch::One("d".to_owned()))
    );
    let part = "/bucket/k?partNumber=2&uploadId=..%2Fx";
    let range = ("x-amz-copy-source-range", "bytes=0-9");
    let Detail::UploadPartCopy {
        upload,
        number,
        range,
        ..
    } = detail("PUT", part, &[source, range], "")
    else {
        panic!("another detail");
    };
    assert_eq!((upload.as_str(), number, range), ("../x", 2, Some((0, 9))));
}

#[test]
fn completions() {
    const TARGET: &str = "/bucket/k?uploadId=u";
    let body = |parts: &str| {
        format!(
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{parts}</CompleteMultipartUpload>"
        )
    };
    let one = "<Part><ETag>&quot;a-1&quot;</ETag><PartNumber>7</PartNumber><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part>";
    let two = "<Part><PartNumber>10000</PartNumber><ETag>b</ETag></Part>";
    let headers = &[
        (
            "x-amz-checksum-sha256",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=-2",
        ),
        ("x-amz-checksum-type", "COMPOSITE"),
        ("x-amz-mp-object-size", "5242880"),
        ("if-none-match", "*"),
    ];
    let Detail::Complete(Complete {
        upload,
        parts,
        checksum,
        kind,
        size,
        conditions,
    }) = detail("POST", TARGET, headers, &body(&format!("{one}{two}")))
    else {
        panic!("another detail");
    };
    assert_eq!(
        (upload.as_str(), kind, size),
        ("u", Some(ChecksumKind::Composite), Some(5_242_880))
    );
    assert_eq!(checksum, Some((Checksum::Sha256, Checksum::Sha256.of(b""))));
    assert!(conditions.if_none_match_any);
    let parts: Vec<_> = parts
        .iter()
        .map(|part| (part.number, part.etag.as_str(), part.checksum.is_some()))
        .collect();
    assert_eq!(parts, [(7, "a-1", true), (10_000, "b", false)]);
    let again = format!("{two}{one}");
    let twice = format!("{one}{one}");
    for (sentence, parts, code) in [
        ("no part", "", "MalformedXML"),
        ("descending numbers", again.as_str(), "InvalidPartOrder"),
        ("a part twice", &twice, "InvalidPartOrder"),
        (
            "no ETag",
            "<Part><PartNumber>1</PartNumber></Part>",
            "MalformedXML",
        ),
        ("no number", "<Part><ETag>a</ETag></Part>", "MalformedXML"),
        (
            "part zero",
            "<Part><ETag>a</ETag><PartNumber>0</PartNumber></Part>",
            "InvalidArgument",
        ),
        (
            "a number beyond every part's",
            "<Part><ETag>a</ETag><PartNumber>10001</PartNumber></Part>",
            "InvalidPart",
        ),
        (
            "a number that is none",
            "<Part><ETag>a</ETag><PartNumber>+1</PartNumber></Part>",
            "MalformedXML",
        ),
        (
            "another element",
            "<Part><ETag>a</ETag><PartNumber>1</PartNumber><Size>1</Size></Part>",
            "MalformedXML",
        ),
        (
            "a number twice",
            "<Part><ETag>a</ETag><PartNumber>1</PartNumber><PartNumber>2</PartNumber></Part>",
            "MalformedXML",
        ),
        (
            "a checksum that is none",
            "<Part><ETag>a</ETag><PartNumber>1</PartNumber><ChecksumSHA1>AA==</ChecksumSHA1></Part>",
            "InvalidRequest",
        ),
    ] {
        let (found, status, _) = refusal("POST", TARGET, NONE, &body(parts));
        assert_eq!((found.as_str(), status), (code, 400), "{sentence}");
    }
}

#[test]
fn attack_47_deletions_name_one_thing_each() {
    const TARGET: &str = "/bucket?delete";
    let body = |text: &str| format!("<Delete>{text}</Delete>");
    let text = "<Object><Key>a&amp;b&#x1;</Key></Object><Quiet>true</Quiet><Object><VersionId>null</VersionId><ETag>*</ETag><Key> ../x </Key></Object>";
    let Detail::DeleteMany { objects, quiet } = detail("POST", TARGET, NONE, &body(text)) else {
        panic!("another detail");
    };
    assert!(quiet);
    let objects: Vec<_> = objects
        .iter()
        .map(|one| (one.key.as_str(), one.version_null, one.if_match.clone()))
        .collect();
    assert_eq!(
        objects,
        [
            ("a&b\u{1}", false, None),
            (" ../x ", true, Some(EtagMatch::Any))
        ]
    );
    let many = |count: usize| body(&"<Object><Key>k</Key></Object>".repeat(count));
    assert!(call("POST", TARGET, NONE, &many(1_000)).is_ok());
    let long = format!("<Object><Key>{}</Key></Object>", "k".repeat(1_025));
    for (sentence, text, code) in [
        ("no object", body(""), "MalformedXML"),
        ("1,001 objects", many(1_001), "MalformedXML"),
        (
            "a version",
            body("<Object><Key>a</Key><VersionId>1</VersionId></Object>"),
            "NotImplemented",
        ),
        (
            "a size",
            body("<Object><Key>a</Key><Size>1</Size></Object>"),
            "NotImplemented",
        ),
        (
            "a time",
            body("<Object><Key>a</Key><LastModifiedTime>1</LastModifiedTime></Object>"),
            "NotImplemented",
        ),
        (
            "two keys",
            body("<Object><Key>a</Key><Key>b</Key></Object>"),
            "MalformedXML",
        ),
        (
            "no key",
            body("<Object><VersionId>null</VersionId></Object>"),
            "MalformedXML",
        ),
        (
            "an empty key",
            body("<Object><Key></Key></Object>"),
            "InvalidArgument",
        ),
        ("a long key", body(&long), "KeyTooLongError"),
        ("another element", body("<Other/>"), "MalformedXML"),
        ("another root", "<Remove/>".to_owned(), "MalformedXML"),
        (
            "an entity of its own",
            "<!DOCTYPE d [<!ENTITY x \"a\">]><Delete><Object><Key>&x;</Key></Object></Delete>"
                .to_owned(),
            "MalformedXML",
        ),
        (
            "a comment in a key",
            body("<Object><Key>a<!-- b -->c</Key></Object>"),
            "MalformedXML",
        ),
        ("deep nesting", "<Delete>".repeat(1_000), "MalformedXML"),
    ] {
        let (found, _, _) = refusal("POST", TARGET, NONE, &text);
        assert_eq!(found, code, "{sentence}");
    }
}

#[test]
fn whole_bodies_are_the_ones_that_were_meant() {
    const BODY: &str = "<Delete><Object><Key>a</Key></Object></Delete>";
    let sum = |one: Checksum| base64_of(&one.of(BODY.as_bytes()));
    for checksum in Checksum::ALL {
        let good = sum(checksum);
        assert!(
            call(
                "POST",
                "/bucket?delete",
                &[(checksum.header(), &good)],
                BODY
            )
            .is_ok(),
            "{checksum:?}"
        );
        let bad = base64_of(&vec![7; checksum.length()]);
        let (code, status, text) =
            refusal("POST", "/bucket?delete", &[(checksum.header(), &bad)], BODY);
        assert_eq!((code.as_str(), status), ("BadDigest", 400));
        assert!(text.contains(checksum.name()), "{text}");
    }
    for (method, target, body) in [
        ("PUT", "/bucket?policy", "{}"),
        ("PUT", "/bucket/k?tagging", "<Tagging><TagSet/></Tagging>"),
        (
            "PUT",
            "/bucket?publicAccessBlock",
            "<PublicAccessBlockConfiguration/>",
        ),
        ("PUT", "/bucket", ""),
    ] {
        let md5 = [("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")];
        assert_eq!(
            refusal(method, target, &md5, body).0,
            "BadDigest",
            "{method} {target}"
        );
    }
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn bodies_about_a_bucket() {
    let block = |inner: &str| {
        let body =
            format!("<PublicAccessBlockConfiguration>{inner}</PublicAccessBlockConfiguration>");
        call("PUT", "/bucket?publicAccessBlock", NONE, &body).map(|call| call.detail.detail)
    };
    assert_eq!(
        block(
            "<BlockPublicAcls>TRUE</BlockPublicAcls><RestrictPublicBuckets>true</RestrictPublicBuckets><BlockPublicPolicy>false</BlockPublicPolicy>"
        ),
        Ok(Detail::PublicAccessBlock(PublicAccessBlock {
            block_public_acls: true,
            restrict_public_buckets: true,
            ..PublicAccessBlock::default()
        }))
    );
    for odd in [
        "<BlockPublicAcls>yes</BlockPublicAcls>",
        "<BlockPublicAcls/>",
        "<Other>true</Other>",
        "<BlockPublicAcls>true</BlockPublicAcls><BlockPublicAcls>false</BlockPublicAcls>",
    ] {
        assert_eq!(
            block(odd).unwrap_err().fault().code,
            "MalformedXML",
            "{odd}"
        );
    }
    let ownership = |value: &str| {
        let body = format!(
            "<OwnershipControls><Rule><ObjectOwnership>{value}</ObjectOwnership></Rule></OwnershipControls>"
        );
        call("PUT", "/bucket?ownershipControls", NONE, &body).map(|call| call.detail.detail)
    };
    assert_eq!(
        ownership("BucketOwnerEnforced"),
        Ok(Detail::Ownership("BucketOwnerEnforced".into()))
    );
    for (value, code) in [("ObjectWriter", "NotImplemented"), ("Mine", "MalformedXML")] {
        assert_eq!(ownership(value).unwrap_err().fault().code, code);
    }
    let policy = |body: &str, headers: Headers<'_>| call("PUT", "/bucket?policy", headers, body);
    let confirm = &[("x-amz-confirm-remove-self-bucket-access", "true")];
    assert_eq!(
        policy("{\"a\":1}", confirm).unwrap().detail.detail,
        Detail::Policy {
            text: "{\"a\":1}".into(),
            confirm: true
        }
    );
    assert_eq!(
        policy(&" ".repeat(20_481), NONE).unwrap_err().fault().code,
        "MalformedPolicy"
    );
    let create = |inner: &str| {
        let body = format!("<CreateBucketConfiguration>{inner}</CreateBucketConfiguration>");
        call("PUT", "/bucket", NONE, &body).map(|call| call.detail.detail)
    };
    let at = |name: &str| format!("<LocationConstraint>{name}</LocationConstraint>");
    for (inner, location) in [
        ("".to_owned(), None),
        (at("eu-west-1"), Some("eu-west-1")),
        (at("EU"), Some("EU")),
        (at(""), None),
    ] {
        let location = location.map(str::to_owned);
        assert_eq!(
            create(&inner),
            Ok(Detail::CreateBucket { location }),
            "{inner}"
        );
    }
    for (inner, code) in [
        ("<Tags/>".to_owned(), "NotImplemented"),
        ("<Other/>".to_owned(), "MalformedXML"),
        (at("eu-west-1") + &at("eu-west-2"), "MalformedXML"),
        (at("us-east-1"), "InvalidLocationConstraint"),
        (at("the moon"), "InvalidLocationConstraint"),
    ] {
        assert_eq!(create(&inner).unwrap_err().fault().code, code, "{inner}");
    }
}

/// Who is denied anyway need not send a body.
#[test]
fn some_calls_can_be_asked_about_before_their_body() {
    for (method, target, asks) in [
        ("POST", "/bucket/k?uploadId=u", Some("s3:PutObject")),
        ("PUT", "/bucket?policy", Some("s3:PutBucketPolicy")),
        (
            "PUT",
            "/bucket?publicAccessBlock",
            Some("s3:PutBucketPublicAccessBlock"),
        ),
        (
            "PUT",
            "/bucket?ownershipControls",
            Some("s3:PutBucketOwnershipControls"),
        ),
        ("PUT", "/bucket", None),
        ("PUT", "/bucket/k?tagging", None),
        ("POST", "/bucket?delete", None),
    ] {
        let route = route(&head(method, target, NONE), None).unwrap();
        assert!(matches!(route.body_need(), BodyNeed::Whole(_)), "{target}");
        let early = route.call_without_body();
        let early = early.map(|call| call.asks().next().unwrap().action.clone().into_owned());
        assert_eq!(early.as_deref(), asks, "{target}");
    }
}
