//! Forms of browsers: read strictly whatever pieces they come in, and nothing in them that their
//! policy does not cover.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test"
)]

mod s3_call;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catalog::s3::post::{Form, PolicyDocument, Reader, boundary};
use catalog::s3::{BodyNeed, Checksum, Detail, Expected, Post, S3Call, route};
use catalog::{BucketName, Call, Unmapped};
use s3_call::{asked, head};

const KIND: &str = "multipart/form-data; boundary=x9";
const NOW: i64 = 1_795_521_600;

/// A form of these fields and a file.
fn written(fields: &[(&str, &str)], file_name: &str, file: &str) -> String {
    let mut out = String::new();
    for (name, value) in fields {
        out +=
            &format!("--x9\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    out + &format!(
        "--x9\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\nContent-Type: text/plain\r\n\r\n{file}\r\n--x9--\r\n"
    )
}

/// The form and its file, read in pieces of a size.
fn read(text: &str, pieces: usize) -> Result<(Form, Vec<u8>), Unmapped> {
    let mut reader = Reader::new(KIND)?;
    let mut file = Vec::new();
    for piece in text.as_bytes().chunks(pieces) {
        reader.push(piece, &mut |bytes| file.extend_from_slice(bytes))?;
    }
    let form = reader.form().cloned();
    reader.finish()?;
    Ok((form.unwrap(), file))
}

fn said(unmapped: &Unmapped) -> (String, u16, String) {
    let fault = unmapped.fault();
    (fault.code.into_owned(), fault.status, fault.text)
}

#[test]
fn a_form_is_the_same_in_whatever_pieces_it_comes() {
    let file = "a\r\n--x\r\n--x8\r\r\n-\r\n--x 9 b\r\n";
    let text = written(
        &[
            ("Key", "k-${filename}"),
            ("x-amz-meta-a", "1\r\n2"),
            ("empty", ""),
        ],
        "C:\\dir\\f.txt",
        file,
    );
    let whole = read(&text, text.len()).unwrap();
    assert_eq!(whole.1, file.as_bytes());
    assert_eq!(whole.0.key().unwrap().as_str(), "k-f.txt");
    assert_eq!(whole.0.get("x-amz-meta-a"), Some("1\r\n2"));
    assert_eq!(whole.0.get("empty"), Some(""));
    for pieces in 1..text.len() {
        assert_eq!(read(&text, pieces).unwrap(), whole, "{pieces}");
    }
    // An empty file, and an end without a line break.
    let text = written(&[("key", "k")], "", "");
    assert_eq!(read(text.trim_end(), 3).unwrap().1, b"");
}

#[test]
fn attack_51_a_form_is_bounded_before_its_file() {
    let of = |bytes: usize| written(&[("key", &"k".repeat(bytes))], "f", "file");
    assert!(read(&of(19_000), 1_000).is_ok());
    for pieces in [1, 1_000, 30_000] {
        let (code, status, text) = said(&read(&of(21_000), pieces).unwrap_err());
        assert_eq!(
            (code.as_str(), status),
            ("MaxPostPreDataLengthExceededError", 400)
        );
        assert_eq!(
            text,
            "Your POST request fields preceding the upload file were too large."
        );
    }
    // However much comes in one piece, a file is not held.
    let long = written(&[("key", "k")], "f", &"x".repeat(1_000_000));
    assert_eq!(read(&long, long.len()).unwrap().1.len(), 1_000_000);
}

#[test]
fn what_is_no_form_is_refused() {
    let good = written(&[("key", "k")], "f", "x");
    let replaced = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let head = "Content-Disposition: form-data; name=\"key\"";
    for (sentence, text, code) in [
        ("nothing", String::new(), "MalformedPOSTRequest"),
        (
            "a preamble",
            format!("hello\r\n{good}"),
            "MalformedPOSTRequest",
        ),
        (
            "another boundary",
            replaced("--x9", "--y9"),
            "MalformedPOSTRequest",
        ),
        (
            "no file",
            "--x9--\r\n".to_owned(),
            "IncorrectNumberOfFilesInPostRequest",
        ),
        (
            "no file behind a field",
            format!("--x9\r\n{head}\r\n\r\nk\r\n--x9--\r\n"),
            "IncorrectNumberOfFilesInPostRequest",
        ),
        (
            "two files",
            good.replace("--x9--", "--x9") + &good,
            "IncorrectNumberOfFilesInPostRequest",
        ),
        (
            "a field behind the file",
            good.replace("--x9--", "--x9") + head,
            "IncorrectNumberOfFilesInPostRequest",
        ),
        (
            "more behind the end",
            good.clone() + "x",
            "MalformedPOSTRequest",
        ),
        ("no end", replaced("\r\n--x9--\r\n", ""), "IncompleteBody"),
        (
            "half an end",
            replaced("--x9--\r\n", "--x9-"),
            "IncompleteBody",
        ),
        (
            "no disposition",
            replaced(head, "X: y"),
            "MalformedPOSTRequest",
        ),
        (
            "two dispositions",
            replaced(head, &format!("{head}\r\n{head}")),
            "MalformedPOSTRequest",
        ),
        (
            "no name",
            replaced("; name=\"key\"", ""),
            "MalformedPOSTRequest",
        ),
        (
            "two names",
            replaced(" name=\"key\"", " name=\"key\"; name=\"b\""),
            "MalformedPOSTRequest",
        ),
        (
            "a name without end",
            replaced("name=\"key\"", "name=\"key"),
            "MalformedPOSTRequest",
        ),
        (
            "an extended name",
            replaced("filename=\"f\"", "filename*=UTF-8''f"),
            "MalformedPOSTRequest",
        ),
        (
            "another disposition",
            replaced("form-data;", "attachment;"),
            "MalformedPOSTRequest",
        ),
        (
            "a bare line feed",
            good.replace("\r\n", "\n"),
            "MalformedPOSTRequest",
        ),
        (
            "a field twice, once in another case",
            written(&[("key", "a"), ("KEY", "b")], "f", "x"),
            "InvalidArgument",
        ),
    ] {
        for pieces in [1, 7, 10_000] {
            let found = read(&text, pieces).map(|(form, _)| form);
            assert_eq!(said(&found.unwrap_err()).0, code, "{sentence}");
        }
    }
    for (kind, is) in [
        ("multipart/form-data; boundary=a", Some("a")),
        (
            "Multipart/Form-Data; charset=utf-8; Boundary=\"a:b\"",
            Some("a:b"),
        ),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=", None),
        ("multipart/form-data; boundary=a; boundary=b", None),
        ("multipart/form-data; boundary=a b", None),
        ("multipart/mixed; boundary=a", None),
    ] {
        assert_eq!(boundary(kind).as_deref(), is, "{kind}");
        assert_eq!(Reader::new(kind).is_ok(), is.is_some(), "{kind}");
    }
    assert!(Reader::within(&"a".repeat(70)).is_ok());
    assert!(Reader::within(&"a".repeat(71)).is_err());
}

const GOOD: &str = r#"{"expiration": "2030-01-01T00:00:00.000Z", "conditions": [
    {"bucket": "bucket"}, ["starts-with", "$key", "user/"], {"acl": "private"},
    ["starts-with", "$Content-Type", "image/"], ["content-length-range", 1, "10"],
    {"x-amz-credential": "c"}, {"x-amz-algorithm": "a"}, {"x-amz-date": "d"}
]}"#;
const FIELDS: &[(&str, &str)] = &[
    ("key", "user/${filename}"),
    ("acl", "private"),
    ("Content-Type", "image/png"),
    ("X-Amz-Credential", "c"),
    ("X-Amz-Algorithm", "a"),
    ("X-Amz-Date", "d"),
    ("X-Amz-Signature", "s"),
    ("policy", "p"),
    ("x-ignore-me", "1"),
];

fn form(fields: &[(&str, &str)], file_name: &str) -> Form {
    read(&written(fields, file_name, "x"), 100).unwrap().0
}

fn document(text: &str) -> Result<PolicyDocument, Unmapped> {
    PolicyDocument::read(&STANDARD.encode(text))
}

fn check(policy: &str, fields: &[(&str, &str)], file_name: &str) -> Result<Form, Unmapped> {
    let mut form = form(fields, file_name);
    let bucket = BucketName::parse("bucket").unwrap();
    document(policy)?.check(&mut form, &bucket, NOW)?;
    Ok(form)
}

/// What the signer did not allow is not done.
#[test]
fn attack_47_every_field_is_covered_by_the_policy() {
    assert!(check(GOOD, FIELDS, "f").is_ok());
    let with = |name: &'static str, value: &'static str| {
        let mut fields: Vec<_> = FIELDS
            .iter()
            .filter(|(other, _)| *other != name)
            .copied()
            .collect();
        fields.push((name, value));
        fields
    };
    let without = |name: &str| {
        FIELDS
            .iter()
            .filter(|(other, _)| *other != name)
            .copied()
            .collect::<Vec<_>>()
    };
    for (sentence, policy, fields, text) in [
        (
            "it expired",
            GOOD.replace("2030", "2020"),
            FIELDS.to_vec(),
            "Policy expired.",
        ),
        (
            "a field that it does not name",
            GOOD.to_owned(),
            with("submit", "1"),
            "Extra input fields: submit",
        ),
        (
            "metadata that it does not name",
            GOOD.to_owned(),
            with("x-amz-meta-a", "1"),
            "Extra input fields: x-amz-meta-a",
        ),
        (
            "tags that it does not name",
            GOOD.to_owned(),
            with("tagging", "<Tagging/>"),
            "Extra input fields: tagging",
        ),
        (
            "a token that it does not name",
            GOOD.to_owned(),
            with("x-amz-security-token", "t"),
            "Extra input fields: x-amz-security-token",
        ),
        (
            "no bucket",
            GOOD.replace("{\"bucket\": \"bucket\"},", ""),
            FIELDS.to_vec(),
            "Extra input fields: bucket",
        ),
        (
            "another bucket",
            GOOD.replace("\"bucket\": \"bucket\"", "\"bucket\": \"other\""),
            FIELDS.to_vec(),
            "Policy Condition failed: [\"eq\", \"$bucket\", \"other\"]",
        ),
        (
            "a bucket in a field",
            GOOD.replace("\"bucket\": \"bucket\"", "\"bucket\": \"other\""),
            with("bucket", "other"),
            "Policy Condition failed: [\"eq\", \"$bucket\", \"other\"]",
        ),
        (
            "another key",
            GOOD.to_owned(),
            with("key", "users/${filename}"),
            "Policy Condition failed: [\"starts-with\", \"$key\", \"user/\"]",
        ),
        (
            "another value",
            GOOD.to_owned(),
            with("acl", "public-read"),
            "Policy Condition failed: [\"eq\", \"$acl\", \"private\"]",
        ),
        (
            "no value",
            GOOD.to_owned(),
            without("acl"),
            "Policy Condition failed: [\"eq\", \"$acl\", \"private\"]",
        ),
        (
            "one type of a list is another",
            GOOD.to_owned(),
            with("Content-Type", "image/png,text/html"),
            "Policy Condition failed: [\"starts-with\", \"$Content-Type\", \"image/\"]",
        ),
    ] {
        let found = said(&check(&policy, &fields, "f").unwrap_err());
        let text = format!("Invalid according to Policy: {text}");
        assert_eq!(found, ("AccessDenied".to_owned(), 403, text), "{sentence}");
    }
    assert!(check(GOOD, &with("Content-Type", "image/png, image/gif"), "f").is_ok());
    // The key is what it becomes: a file's name cannot lead out of what is allowed.
    let all = GOOD.replace("user/", "");
    let named = with("key", "${filename}");
    let named = check(&all, &named, "user/../x").unwrap();
    assert_eq!(named.key().unwrap().as_str(), "x");
    let exact = GOOD.replace(
        "[\"starts-with\", \"$key\", \"user/\"]",
        "[\"eq\", \"$key\", \"user/f\"]",
    );
    assert!(check(&exact, FIELDS, "f").is_ok());
    assert_eq!(
        said(&check(&exact, FIELDS, "g").unwrap_err()).2,
        "Invalid according to Policy: Policy Condition failed: [\"eq\", \"$key\", \"user/f\"]"
    );
}

#[test]
fn policies_that_cannot_be_read() {
    for (text, why) in [
        ("", "Invalid JSON."),
        ("[]", "Invalid JSON."),
        (r#"{"conditions": []}"#, "Policy missing expiration."),
        (
            r#"{"expiration": "2030-01-01T00:00:00Z"}"#,
            "Policy missing conditions.",
        ),
        (
            r#"{"expiration": "soon", "conditions": []}"#,
            "Invalid 'expiration' value: 'soon'",
        ),
        (
            r#"{"expiration": "2030-13-01T00:00:00Z", "conditions": []}"#,
            "Invalid 'expiration' value: '2030-13-01T00:00:00Z'",
        ),
        (
            r#"{"expiration": "2030-01-01T00:00:00+01:00", "conditions": []}"#,
            "Invalid 'expiration' value: '2030-01-01T00:00:00+01:00'",
        ),
        (
            r#"{"expiration": "2030-01-01T00:00:00Z", "conditions": [], "more": 1}"#,
            "Unexpected: 'more'",
        ),
        (
            r#"{"expiration": "2030-01-01T00:00:00Z", "expiration": "2031-01-01T00:00:00Z", "conditions": []}"#,
            "Invalid JSON.",
        ),
        (
            r#"{"expiration": "2030-01-01T00:00:00Z", "conditions": [1]}"#,
            "Invalid Condition.",
        ),
        (
            r#"{"expiration": "2030-01-01T00:00:00Z", "conditions": [["eq", "key", "a"]]}"#,
            "Invalid Condition.",
        ),
        (
            r#"{"expiration": "2030-01-01T00:00:00Z", "conditions": [["eq", "$key"]]}"#,
            "Invalid Condition.",
        ),
        (
            r#"{"expiration": "2030-01-01T00:00:00Z", "conditions": [["ends-with", "$key", "a"]]}"#,
            "Invalid Condition.",
        ),
        (
            r#"{"expiration": "2030-01-01T00:00:00Z", "conditions": [["content-length-range", -1, 2]]}"#,
            "Invalid Condition.",
        ),
        (
            r#"{"expiration": "2030-01-01T00:00:00Z", "conditions": [{"acl": 1}]}"#,
            "Invalid Simple-Condition: value must be a string",
        ),
        (
            r#"{"expiration": "2030-01-01T00:00:00Z", "conditions": [{"acl": "a", "acl": "b"}]}"#,
            "Invalid JSON.",
        ),
    ] {
        let found = said(&document(text).unwrap_err());
        let text = format!("Invalid Policy: {why}");
        assert_eq!(found, ("InvalidPolicyDocument".to_owned(), 400, text));
    }
    let found = PolicyDocument::read("{}").unwrap_err();
    assert_eq!(said(&found).2, "Invalid Policy: Invalid Base64 Encoding.");
}

fn posted(form: &Form) -> Result<Call<S3Call>, Unmapped> {
    let headers = &[("content-type", KIND)];
    let bucket = BucketName::parse("bucket").unwrap();
    let by_path = route(&head("POST", "/bucket", headers), None)?;
    let by_host = route(&head("POST", "/", headers), Some(&bucket))?;
    assert_eq!(by_path.body_need(), BodyNeed::Form);
    let (by_path, by_host) = (by_path.post(form)?, by_host.post(form)?);
    assert_eq!(asked(&by_path), asked(&by_host));
    Ok(by_path)
}

#[test]
fn a_form_is_a_call_of_its_fields() {
    let call = posted(&check(GOOD, FIELDS, "f").unwrap()).unwrap();
    assert_eq!(call.operation, "PostObject");
    assert_eq!(
        asked(&call),
        [
            "s3:PutObject bucket/user/f",
            "s3:PutObjectAcl bucket/user/f"
        ]
    );
    let context = &call.asks().next().unwrap().context;
    assert_eq!(context.get("s3:x-amz-acl"), Some(&"private".into()));
    assert_eq!(
        context.get("s3:ObjectCreationOperation"),
        Some(&"true".into())
    );
    let Detail::Post(post) = &call.detail.detail else {
        panic!("another detail");
    };
    assert_eq!((post.status, post.length.clone()), (204, 1..=10));
    assert_eq!(post.meta.content_type.as_deref(), Some("image/png"));

    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
    let call = posted(&form(
        &[
            ("key", "k"),
            ("tagging", tags),
            ("success_action_status", "201"),
            ("x-amz-meta-M", "v"),
            ("x-amz-checksum-crc32", "AAAAAA=="),
            ("x-amz-storage-class", "STANDARD"),
        ],
        "f",
    ))
    .unwrap();
    assert_eq!(
        asked(&call),
        ["s3:PutObject bucket/k", "s3:PutObjectTagging bucket/k"]
    );
    let context = &call.asks().next().unwrap().context;
    assert_eq!(context.get("s3:RequestObjectTag/a"), Some(&"1".into()));
    let Detail::Post(Post {
        meta,
        tags,
        integrity,
        status,
        length,
    }) = call.detail.detail
    else {
        panic!("another detail");
    };
    assert_eq!((status, length), (201, 0..=5 * 1024 * 1024 * 1024));
    assert_eq!(meta.user, [("m".to_owned(), "v".to_owned())]);
    assert_eq!(tags, [("a".to_owned(), "1".to_owned())]);
    assert_eq!(
        integrity.checksum,
        Some((Checksum::Crc32, Expected::Value(vec![0; 4])))
    );
}

#[test]
fn attack_47_fields_that_would_do_more_are_refused_by_name() {
    for (name, value, code) in [
        ("acl", "public-read", "NotImplemented"),
        ("x-amz-storage-class", "GLACIER", "NotImplemented"),
        (
            "success_action_redirect",
            "https://evil.example",
            "NotImplemented",
        ),
        ("redirect", "https://evil.example", "NotImplemented"),
        ("x-amz-server-side-encryption", "AES256", "NotImplemented"),
        ("x-amz-website-redirect-location", "/x", "NotImplemented"),
        ("x-amz-object-lock-mode", "GOVERNANCE", "NotImplemented"),
        ("x-amz-unheard-of", "1", "NotImplemented"),
        ("content-md5", "1", "InvalidDigest"),
        ("x-amz-checksum-sha1", "1", "InvalidRequest"),
        ("tagging", "a=b", "MalformedXML"),
        ("content-type", "a\r\nset-cookie: b", "MalformedPOSTRequest"),
        ("x-amz-meta-a", "a\nb", "MalformedPOSTRequest"),
        ("x-amz-meta-a b", "1", "MalformedPOSTRequest"),
    ] {
        let found = posted(&form(&[("key", "k"), (name, value)], "f")).unwrap_err();
        assert_eq!(said(&found).0, code, "{name}: {value}");
    }
    let long = "v".repeat(2_048);
    let found = posted(&form(&[("key", "k"), ("x-amz-meta-a", &long)], "f")).unwrap_err();
    assert_eq!(said(&found).0, "MetadataTooLarge");
    let two = [("key", "k"), ("acl", "private"), ("x-amz-acl", "private")];
    assert_eq!(
        said(&posted(&form(&two, "f")).unwrap_err()).0,
        "NotImplemented"
    );
    for (key, code) in [
        ("", "InvalidArgument"),
        (&*"k".repeat(1_025), "KeyTooLongError"),
    ] {
        let found = posted(&form(&[("key", key)], "f")).unwrap_err();
        assert_eq!(said(&found).0, code);
    }
    assert_eq!(
        said(&posted(&form(&[], "f")).unwrap_err()).0,
        "InvalidArgument"
    );
    // A form is nothing else, and nothing else a form.
    let route_of = |method: &str, target: &str| {
        route(&head(method, target, &[("content-type", KIND)]), None).unwrap()
    };
    assert!(route_of("POST", "/bucket").call(b"").is_err());
    assert!(
        route_of("PUT", "/bucket/k")
            .post(&form(&[("key", "k")], "f"))
            .is_err()
    );
    // A digest of the whole form could not be held against anything.
    let md5 = [
        ("content-type", KIND),
        ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA=="),
    ];
    assert!(route(&head("POST", "/bucket", &md5), None).is_err());
}

#[test]
fn credentials_of_a_form_are_not_shown() {
    let form = form(&[("key", "k"), ("x-amz-security-token", "hush")], "f");
    assert!(form.is_signed());
    assert!(!format!("{form:?}").contains("hush"));
}
