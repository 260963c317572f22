//! S3's ways in: by the path or by the host, signed in a header, in the query string or in a
//! browser's form, or by nobody.

use std::collections::BTreeMap;

use catalog::Call;
use catalog::s3::S3Call;
use catalog::s3::post::Reader;
use policy::AccountId;
use sigv4::{BodyProof, DerivedKeys, SecretKey, sign};
use wire::Family;

use super::*;
use crate::caller::Caller;
use crate::denial::Denial;
use crate::keyring::{Keyring, SealingKey};
use crate::peer::Peer;
use crate::record::Cause;
use crate::regions::Regions;
use crate::s3_call;
use crate::world::{Account, Change, Entity, World};

const NOW: i64 = 1_795_521_600;
const ID: &str = "AKIAROOT000000000000";
const HTTP_1_1: Transport = Transport {
    is_http_1_1: true,
    is_absolute: false,
};
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn secret() -> SecretKey {
    SecretKey::new("s".repeat(40))
}

type Headers<'a> = &'a [(&'a str, &'a str)];

/// What a request comes to: who asks (`root` or `nobody`) for which operation, of which bucket and
/// key.
fn came(
    anonymous: bool,
    (method, target): (&str, &str),
    headers: Headers<'_>,
    body: &str,
) -> Result<String, Denial> {
    came_over(anonymous, [127, 0, 0, 1], (method, target), headers, body)
}

fn came_over(
    anonymous: bool,
    from: [u8; 4],
    (method, target): (&str, &str),
    headers: Headers<'_>,
    body: &str,
) -> Result<String, Denial> {
    let account = AccountId::parse("000000000000").unwrap();
    let own = Account {
        id: account.clone(),
        partition: "aws".into(),
        root_key: Some(ID.into()),
    };
    let world = World::default()
        .fold(1, &[Change::put(Entity::Account(own))])
        .unwrap();
    let keys = BTreeMap::from([(1, SealingKey::new(&[1; 32]).unwrap())]);
    let keyring = Keyring::new("d".to_owned(), 1, keys).with_root(ID.to_owned(), account, secret());
    let here = Authenticator {
        world: &world,
        keyring: &keyring,
        regions: &Regions::only(["us-east-1", "eu-west-1"]).unwrap(),
        derived: &DerivedKeys::default(),
        now: NOW,
    };
    let hosts = Hosts::new(["s3.example.com".to_owned()]).unwrap();
    let fields = headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()));
    let incoming = Incoming::read(HTTP_1_1, method, target, fields, &hosts)?;
    let (caller, call) = match incoming.needs(anonymous)? {
        Needs::S3(unproven) => {
            let (caller, proof) = unproven.authenticate(&here)?;
            let call = read(&incoming, &proof, from, body)?;
            (caller, call)
        }
        Needs::Post(post) => {
            let mut reader = Reader::new(post.content_type()).unwrap();
            reader.push(body.as_bytes(), &mut |_| {}).unwrap();
            post.authenticate(reader.form().unwrap().clone(), &here, &peer(from))?
        }
        Needs::Form(_) => return Ok("a form".to_owned()),
    };
    Ok(shown(&caller, &call))
}

fn read(
    incoming: &Incoming,
    proof: &BodyProof,
    from: [u8; 4],
    body: &str,
) -> Result<Call<S3Call>, Denial> {
    Ok(match s3_call::read(incoming, proof, &peer(from))? {
        s3_call::Needs::Nothing { call, .. } => *call,
        s3_call::Needs::Whole(whole) => whole.call(body.as_bytes())?,
    })
}

fn peer(from: [u8; 4]) -> Peer {
    Peer {
        source_ip: from.into(),
        secure: false,
        user_agent: None,
        referer: None,
        region: None,
    }
}

fn shown(caller: &Caller, call: &Call<S3Call>) -> String {
    let who = match caller.signed() {
        Some(signed) => format!("root in {}", signed.region()),
        None => "nobody".to_owned(),
    };
    let bucket = call.detail.bucket.as_ref().map_or("-", |it| it.as_str());
    let key = call.detail.key.as_ref().map_or("-", |it| it.as_str());
    format!("{who}: {} {bucket} {key}", call.operation)
}

fn code(came: Result<String, Denial>) -> Result<String, (u16, String)> {
    came.map_err(|denial| (denial.fault.status, denial.fault.code.into_owned()))
}

fn refused(status: u16, code: &str) -> Result<String, (u16, String)> {
    Err((status, code.to_owned()))
}

/// A request that is signed in its header, with headers that are signed and others that are not.
fn signed(
    service: &str,
    (method, target): (&str, &str),
    host: &str,
    more: Headers<'_>,
    unsigned: Headers<'_>,
) -> Result<String, Denial> {
    let date = sigv4::amz_date(NOW);
    let mut headers = vec![
        ("host", host),
        ("x-amz-date", date.as_str()),
        ("x-amz-content-sha256", EMPTY),
    ];
    headers.extend(more);
    let request = sign::Request {
        method,
        target,
        headers: &headers,
        payload_hash: EMPTY,
    };
    let seal = sign::authorization(&request, ID, &secret(), "us-east-1", service).unwrap();
    headers.push(("authorization", &seal));
    headers.push(("content-length", "0"));
    headers.extend(unsigned);
    came(false, (method, target), &headers, "")
}

/// A URL that was presigned so many seconds ago for so many, for a host.
fn presigned(
    (method, target): (&str, &str),
    host: &str,
    (age, expires): (i64, u32),
    unsigned: Headers<'_>,
) -> Result<String, Denial> {
    let request = sign::Request {
        method,
        target,
        headers: &[("host", host)],
        payload_hash: "UNSIGNED-PAYLOAD",
    };
    let date = sigv4::amz_date(NOW - age);
    let scope = ("us-east-1", "s3");
    let target = sign::presigned(&request, ID, &secret(), None, scope, (&date, expires)).unwrap();
    let mut headers = vec![("host", host)];
    headers.extend(unsigned);
    came(false, (method, &target), &headers, "")
}

#[test]
fn attack_44_a_bucket_is_named_by_the_path_or_by_the_host_and_never_by_both() {
    for (sentence, target, host, expected) in [
        (
            "by the path",
            "/bucket/k",
            "localhost",
            "GetObject bucket k",
        ),
        (
            "by the host",
            "/k",
            "bucket.localhost",
            "GetObject bucket k",
        ),
        (
            "by the host, the path is the key",
            "/other/k",
            "bucket.localhost",
            "GetObject bucket other/k",
        ),
        (
            "slashes and dots are the key's",
            "//../k/",
            "bucket.localhost",
            "GetObject bucket /../k/",
        ),
        (
            "by an address",
            "/bucket/k",
            "127.0.0.1:4566",
            "GetObject bucket k",
        ),
        (
            "by a base that was told",
            "/bucket/k",
            "s3.example.com",
            "GetObject bucket k",
        ),
        (
            "by the host at that",
            "/k",
            "my.bucket.s3.example.com",
            "GetObject my.bucket k",
        ),
        (
            "all of a bucket",
            "/",
            "bucket.localhost",
            "ListObjects bucket -",
        ),
        ("all buckets", "/", "localhost", "ListBuckets - -"),
        (
            "what is a form at a base",
            "/?Action=ListRoles",
            "localhost",
            "a form",
        ),
    ] {
        let found = signed("s3", ("GET", target), host, &[], &[]);
        let expected = match expected {
            "a form" => expected.to_owned(),
            call => format!("root in us-east-1: {call}"),
        };
        assert_eq!(code(found), Ok(expected), "{sentence}");
    }
    for (sentence, service, target, host, expected) in [
        (
            "another host",
            "s3",
            "/bucket/k",
            "s3.amazonaws.com",
            refused(400, "InvalidRequest"),
        ),
        (
            "no bucket before it",
            "s3",
            "/k",
            "b.localhost",
            refused(400, "InvalidRequest"),
        ),
        (
            "IAM before it",
            "iam",
            "/",
            "bucket.localhost",
            refused(400, "InvalidRequest"),
        ),
        (
            "STS before it",
            "sts",
            "/?Action=GetCallerIdentity&Version=2011-06-15",
            "bucket.localhost",
            refused(400, "InvalidRequest"),
        ),
        (
            "an action before it is a parameter of nobody",
            "s3",
            "/?Action=ListRoles",
            "bucket.localhost",
            refused(501, "NotImplemented"),
        ),
    ] {
        let found = signed(service, ("GET", target), host, &[], &[]);
        assert_eq!(code(found), expected, "{sentence}");
    }
    let fields = [
        ("host", &b"bucket.localhost"[..]),
        ("content-type", b"application/x-www-form-urlencoded"),
    ];
    let incoming = Incoming::read(HTTP_1_1, "POST", "/", fields, &Hosts::default()).unwrap();
    assert_eq!(
        incoming.family(),
        Family::S3,
        "the exchange is at base names only"
    );
    assert_eq!(
        code(incoming.needs(false).map(|_| String::new())),
        refused(403, "AccessDenied")
    );
}

#[test]
fn attack_37_what_nobody_signed_changes_nothing() {
    let copy = [("x-amz-copy-source", "other/secret")];
    let acl = [("x-amz-acl", "public-read")];
    let put = ("PUT", "/bucket/k");
    for (sentence, found, expected) in [
        (
            "a PUT",
            signed("s3", put, "localhost", &[], &[]),
            Ok("root in us-east-1: PutObject bucket k".to_owned()),
        ),
        (
            "a copy that is signed",
            signed("s3", put, "localhost", &copy, &[]),
            Ok("root in us-east-1: CopyObject bucket k".to_owned()),
        ),
        (
            "a copy of a PUT that is signed",
            signed("s3", put, "localhost", &[], &copy),
            refused(403, "AccessDenied"),
        ),
        (
            "an ACL beside it",
            signed("s3", put, "localhost", &[], &acl),
            refused(403, "AccessDenied"),
        ),
        (
            "a presigned PUT",
            presigned(put, "localhost", (0, 60), &[("content-length", "0")]),
            Ok("root in us-east-1: PutObject bucket k".to_owned()),
        ),
        (
            "a copy of it",
            presigned(put, "localhost", (0, 60), &copy),
            refused(403, "AccessDenied"),
        ),
        (
            "tags of it",
            presigned(put, "localhost", (0, 60), &[("x-amz-tagging", "a=b")]),
            refused(403, "AccessDenied"),
        ),
        (
            "another host",
            presigned(("GET", "/k"), "bucket.localhost", (0, 60), &[]),
            Ok("root in us-east-1: GetObject bucket k".to_owned()),
        ),
    ] {
        assert_eq!(code(found), expected, "{sentence}");
    }
    // The same signature for another bucket's host.
    let request = sign::Request {
        method: "GET",
        target: "/k",
        headers: &[("host", "bucket.localhost")],
        payload_hash: "UNSIGNED-PAYLOAD",
    };
    let date = sigv4::amz_date(NOW);
    let target = sign::presigned(
        &request,
        ID,
        &secret(),
        None,
        ("us-east-1", "s3"),
        (&date, 60),
    )
    .unwrap();
    let found = came(false, ("GET", &target), &[("host", "other.localhost")], "");
    assert_eq!(code(found), refused(403, "SignatureDoesNotMatch"));
    let found = came(
        false,
        ("GET", &format!("/bucket{target}")),
        &[("host", "localhost")],
        "",
    );
    assert_eq!(code(found), refused(403, "SignatureDoesNotMatch"));
}

#[test]
fn attack_39_a_presigned_url_is_good_for_as_long_as_it_says() {
    let get = ("GET", "/bucket/k");
    for (sentence, times, expected) in [
        (
            "a week",
            (0, 604_800),
            Ok("root in us-east-1: GetObject bucket k".to_owned()),
        ),
        (
            "its last second",
            (60, 60),
            Ok("root in us-east-1: GetObject bucket k".to_owned()),
        ),
        ("a second later", (61, 60), refused(403, "AccessDenied")),
        (
            "no time",
            (0, 0),
            refused(400, "AuthorizationQueryParametersError"),
        ),
        (
            "more than a week",
            (0, 604_801),
            refused(400, "AuthorizationQueryParametersError"),
        ),
        (
            "of tomorrow",
            (-86_400, 604_800),
            refused(403, "AccessDenied"),
        ),
    ] {
        assert_eq!(
            code(presigned(get, "localhost", times, &[])),
            expected,
            "{sentence}"
        );
    }
}

#[test]
fn attack_40_a_signature_is_for_a_region_of_the_server() {
    let date = sigv4::amz_date(NOW);
    let with = |set: &str| {
        let mut headers = vec![
            ("host", "localhost"),
            ("x-amz-date", date.as_str()),
            ("x-amz-content-sha256", EMPTY),
            ("x-amz-region-set", set),
        ];
        let request = sign::Request {
            method: "GET",
            target: "/bucket/k",
            headers: &headers,
            payload_hash: EMPTY,
        };
        let seal = sign::authorization_v4a(&request, ID, &secret(), "s3").unwrap();
        headers.push(("authorization", &seal));
        code(came(false, ("GET", "/bucket/k"), &headers, ""))
    };
    let by = |region: &str| Ok(format!("root in {region}: GetObject bucket k"));
    for (set, expected) in [
        ("*", by("us-east-1")),
        ("us-east-1", by("us-east-1")),
        ("eu-west-1", by("eu-west-1")),
        ("ap-south-1,eu-*", by("eu-west-1")),
        (
            "ap-south-1,eu-central-1",
            refused(400, "AuthorizationHeaderMalformed"),
        ),
    ] {
        assert_eq!(with(set), expected, "{set}");
    }
    let header = |region: &str| {
        let mut headers = vec![
            ("host", "localhost"),
            ("x-amz-date", date.as_str()),
            ("x-amz-content-sha256", EMPTY),
        ];
        let request = sign::Request {
            method: "GET",
            target: "/bucket/k",
            headers: &headers,
            payload_hash: EMPTY,
        };
        let seal = sign::authorization(&request, ID, &secret(), region, "s3").unwrap();
        headers.push(("authorization", &seal));
        code(came(false, ("GET", "/bucket/k"), &headers, ""))
    };
    assert_eq!(header("eu-west-1"), by("eu-west-1"));
    assert_eq!(
        header("ap-south-1"),
        refused(400, "AuthorizationHeaderMalformed")
    );
}

#[test]
fn signature_version_2_is_told_which_version_is_served() {
    let v2 = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
    let target = format!("/bucket/k?AWSAccessKeyId={ID}&Signature=x&Expires=1795525200");
    let header = format!("AWS {ID}:frJIUN8DYpKDtOLCwo//yllqDzg=");
    for (target, headers) in [
        (target.as_str(), vec![("host", "localhost")]),
        (
            "/bucket/k",
            vec![("host", "localhost"), ("authorization", header.as_str())],
        ),
    ] {
        for anonymous in [false, true] {
            let denial = came(anonymous, ("GET", target), &headers, "").unwrap_err();
            assert_eq!(
                (
                    denial.fault.status,
                    denial.fault.code.as_ref(),
                    denial.fault.text.as_str()
                ),
                (400, "InvalidRequest", v2)
            );
            assert_eq!(denial.evidence.cause, Some(Cause::SignatureV2));
        }
    }
}

#[test]
fn nobody_is_answered_only_where_that_was_told() {
    let host = ("host", "localhost");
    let get = ("GET", "/bucket/k");
    let chunked = ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    let overrides = ("GET", "/bucket/k?response-content-type=text%2Fhtml");
    for (sentence, anonymous, what, headers, expected) in [
        (
            "not told",
            false,
            get,
            vec![host],
            refused(403, "AccessDenied"),
        ),
        (
            "told",
            true,
            get,
            vec![host],
            Ok("nobody: GetObject bucket k".to_owned()),
        ),
        (
            "a signature that is none",
            true,
            get,
            vec![host, ("authorization", "AWS4-HMAC-SHA256 x")],
            refused(400, "AuthorizationHeaderMalformed"),
        ),
        (
            "another scheme",
            true,
            get,
            vec![host, ("authorization", "Bearer x")],
            refused(400, "InvalidRequest"),
        ),
        (
            "a body as nobody can sign it",
            true,
            ("PUT", "/bucket/k"),
            vec![host, chunked],
            refused(501, "NotImplemented"),
        ),
        (
            "headers of the answer",
            true,
            overrides,
            vec![host],
            refused(400, "InvalidRequest"),
        ),
        (
            "a form without a word of who",
            true,
            ("POST", "/"),
            vec![host, ("content-type", "application/x-www-form-urlencoded")],
            Ok("a form".to_owned()),
        ),
    ] {
        assert_eq!(
            code(came(anonymous, what, &headers, "")),
            expected,
            "{sentence}"
        );
    }
    let signed = signed("s3", overrides, "localhost", &[], &[]);
    assert_eq!(
        code(signed),
        Ok("root in us-east-1: GetObject bucket k".to_owned())
    );
    let put = [host, ("content-length", "1")];
    let over = |from| code(came_over(true, from, ("PUT", "/bucket/k"), &put, ""));
    assert_eq!(
        over([127, 0, 0, 1]),
        Ok("nobody: PutObject bucket k".to_owned())
    );
    // attack_42: nothing protects such a body on a network; where there is none, nothing needs to.
    assert_eq!(over([10, 0, 0, 1]), refused(403, "AccessDenied"));
    let get = code(came_over(true, [10, 0, 0, 1], get, &[host], ""));
    assert_eq!(get, Ok("nobody: GetObject bucket k".to_owned()));
    let kind = ("content-type", "multipart/form-data; boundary=b");
    let file = "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n";
    let post = |from| {
        code(came_over(
            true,
            from,
            ("POST", "/bucket"),
            &[host, kind],
            file,
        ))
    };
    assert_eq!(
        post([127, 0, 0, 1]),
        Ok("nobody: PostObject bucket k".to_owned())
    );
    assert_eq!(post([10, 0, 0, 1]), refused(403, "AccessDenied"));
}

/// A form with fields, signed if a policy is given.
fn posted(
    anonymous: bool,
    target: &str,
    host: &str,
    policy: Option<&str>,
    fields: &[(&str, &str)],
) -> Result<String, Denial> {
    let date = sigv4::amz_date(NOW);
    let credential = format!("{ID}/{}/us-east-1/s3/aws4_request", date.get(..8).unwrap());
    let (policy, seal) = match policy {
        Some(policy) => {
            let seal = sign::post_signature(policy, &date, &secret(), "us-east-1").unwrap();
            (policy, seal)
        }
        None => ("", String::new()),
    };
    let mut all = fields.to_vec();
    if !policy.is_empty() {
        all.extend([
            ("policy", policy),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
            ("x-amz-credential", credential.as_str()),
            ("x-amz-date", date.as_str()),
            ("x-amz-signature", seal.as_str()),
        ]);
    }
    let mut body = String::new();
    for (name, value) in all {
        body.push_str(&format!(
            "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n");
    let kind = ("content-type", "multipart/form-data; boundary=b");
    came(anonymous, ("POST", target), &[("host", host), kind], &body)
}

/// `{"expiration":"2026-11-25T00:00:00Z","conditions":[{"bucket":"bucket"},["starts-with","$key","up/"],["starts-with","$x-amz-credential",""],["starts-with","$x-amz-date",""],{"x-amz-algorithm":"AWS4-HMAC-SHA256"}]}`
const POLICY: &str = "eyJleHBpcmF0aW9uIjoiMjAyNi0xMS0yNVQwMDowMDowMFoiLCJjb25kaXRpb25zIjpbeyJidWNrZXQiOiJidWNrZXQifSxbInN0YXJ0cy13aXRoIiwiJGtleSIsInVwLyJdLFsic3RhcnRzLXdpdGgiLCIkeC1hbXotY3JlZGVudGlhbCIsIiJdLFsic3RhcnRzLXdpdGgiLCIkeC1hbXotZGF0ZSIsIiJdLHsieC1hbXotYWxnb3JpdGhtIjoiQVdTNC1ITUFDLVNIQTI1NiJ9XX0=";

#[test]
fn attack_47_a_form_is_what_its_policy_allows() {
    let key = ("key", "up/${filename}");
    for (sentence, anonymous, target, host, policy, fields, expected) in [
        (
            "as it was signed",
            false,
            "/bucket",
            "localhost",
            Some(POLICY),
            vec![key],
            Ok("root in us-east-1: PostObject bucket up/f".to_owned()),
        ),
        (
            "the bucket in the host",
            false,
            "/",
            "bucket.localhost",
            Some(POLICY),
            vec![key],
            Ok("root in us-east-1: PostObject bucket up/f".to_owned()),
        ),
        (
            "another bucket",
            false,
            "/other",
            "localhost",
            Some(POLICY),
            vec![key],
            refused(403, "AccessDenied"),
        ),
        (
            "another key",
            false,
            "/bucket",
            "localhost",
            Some(POLICY),
            vec![("key", "else/f")],
            refused(403, "AccessDenied"),
        ),
        (
            "a field that it does not name",
            false,
            "/bucket",
            "localhost",
            Some(POLICY),
            vec![key, ("acl", "private")],
            refused(403, "AccessDenied"),
        ),
        (
            "nobody",
            false,
            "/bucket",
            "localhost",
            None,
            vec![key],
            refused(403, "AccessDenied"),
        ),
        (
            "nobody where that may be",
            true,
            "/bucket",
            "localhost",
            None,
            vec![key],
            Ok("nobody: PostObject bucket up/f".to_owned()),
        ),
        (
            "a policy that nobody signed",
            true,
            "/bucket",
            "localhost",
            None,
            vec![key, ("policy", POLICY)],
            refused(400, "InvalidArgument"),
        ),
        (
            "a form beside a parameter",
            false,
            "/bucket?delete",
            "localhost",
            Some(POLICY),
            vec![key],
            refused(403, "AccessDenied"),
        ),
    ] {
        let found = posted(anonymous, target, host, policy, &fields);
        assert_eq!(code(found), expected, "{sentence}");
    }
    let denial = posted(false, "/other", "localhost", Some(POLICY), &[key]).unwrap_err();
    assert!(matches!(
        denial.evidence.cause,
        Some(Cause::PostPolicy { .. })
    ));
    assert!(!denial.is_strangers(), "whoever signed it is told");
    assert_eq!(denial.evidence.operation, "s3:PostObject");
    let v2 = posted(
        false,
        "/bucket",
        "localhost",
        None,
        &[
            key,
            ("AWSAccessKeyId", ID),
            ("policy", POLICY),
            ("signature", "x"),
        ],
    );
    assert_eq!(v2.unwrap_err().evidence.cause, Some(Cause::SignatureV2));
}

#[test]
fn attack_45_two_ways_to_say_one_thing_are_none() {
    let get = |target: &str| code(signed("s3", ("GET", target), "localhost", &[], &[]));
    for (sentence, target, expected) in [
        (
            "a parameter twice",
            "/bucket?prefix=a&prefix=b",
            refused(400, "InvalidURI"),
        ),
        (
            "two sub-resources",
            "/bucket?policy&acl",
            refused(501, "NotImplemented"),
        ),
        (
            "a semicolon is no separator",
            "/bucket?list-type=2;prefix=a",
            refused(501, "NotImplemented"),
        ),
        (
            "a parameter of nobody",
            "/bucket?Action=ListRoles",
            refused(501, "NotImplemented"),
        ),
        (
            "a plus is a blank in a query and none in a path",
            "/bucket/a+b?x-id=GetObject",
            Ok("root in us-east-1: GetObject bucket a+b".to_owned()),
        ),
    ] {
        assert_eq!(get(target), expected, "{sentence}");
    }
    let date = sigv4::amz_date(NOW);
    let both = presigned(
        ("GET", "/bucket/k"),
        "localhost",
        (0, 60),
        &[
            ("authorization", "AWS4-HMAC-SHA256 Credential=a"),
            ("x-amz-date", &date),
        ],
    );
    assert_eq!(
        code(both),
        refused(400, "InvalidArgument"),
        "header and query string at once"
    );
}
