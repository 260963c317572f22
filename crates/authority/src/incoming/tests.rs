//! What is refused before anybody is known to ask, in which order, and in whose words.

use std::collections::BTreeMap;

use policy::AccountId;
use sigv4::{DerivedKeys, SecretKey};
use wire::Family;

use super::*;
use crate::denial::Denial;
use crate::keyring::{Keyring, SealingKey};
use crate::refusal::Unread;
use crate::regions::Regions;
use crate::world::{Account, Change, Entity, World};

const NOW: i64 = 1_795_521_600;
const ID: &str = "AKIAROOT000000000000";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const HOST: (&str, &str) = ("host", "localhost");
const HTTP_1_1: Transport = Transport {
    is_http_1_1: true,
    is_absolute: false,
};

/// A request that never was a byte of a socket.
struct Request<'a> {
    transport: Transport,
    method: &'a str,
    target: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    body: Result<&'a str, Unread>,
}

fn request<'a>(
    method: &'a str,
    target: &'a str,
    headers: &[(&'a str, &'a str)],
    body: &'a str,
) -> Request<'a> {
    Request {
        transport: HTTP_1_1,
        method,
        target,
        headers: headers.to_vec(),
        body: Ok(body),
    }
}

/// Where a request gets to, or in which family it was refused and why.
fn road(request: &Request<'_>) -> Result<String, (Family, Denial)> {
    let fields = request
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()));
    let incoming = Incoming::read(
        request.transport,
        request.method,
        request.target,
        fields,
        &Hosts::default(),
    )
    .map_err(|denial| (UNREAD, denial))?;
    let refuse = |denial| (incoming.family(), denial);
    let id = AccountId::parse("000000000000").unwrap();
    let account = Account {
        id: id.clone(),
        partition: "aws".into(),
        root_key: Some(ID.into()),
    };
    let world = World::default()
        .fold(1, &[Change::put(Entity::Account(account))])
        .unwrap();
    let keys = BTreeMap::from([(1, SealingKey::new(&[1; 32]).unwrap())]);
    let keyring = Keyring::new("d".to_owned(), 1, keys).with_root(ID.to_owned(), id, secret());
    let here = Authenticator {
        world: &world,
        keyring: &keyring,
        regions: &Regions::Any,
        derived: &DerivedKeys::default(),
        now: NOW,
    };
    let read = request.body.map(str::as_bytes);
    Ok(match incoming.needs(false).map_err(refuse)? {
        Needs::S3(signed) => {
            let (caller, _) = signed.authenticate(&here).map_err(refuse)?;
            format!("s3 by {}", caller.signed().unwrap().access_key_id())
        }
        Needs::Post(_) => "a browser's form".to_owned(),
        Needs::Form(form) => match form.route(read).map_err(refuse)? {
            FormRoute::Exchange(_) => "exchange".to_owned(),
            FormRoute::Signed(signed) => match signed.authenticate(&here).map_err(refuse)?.1 {
                QueryCall::Iam(form) => format!("iam {}", form.get("Action").unwrap_or("")),
                QueryCall::Sts(form) => format!("sts {}", form.get("Action").unwrap_or("")),
            },
        },
    })
}

fn secret() -> SecretKey {
    SecretKey::new("s".repeat(40))
}

/// The header of a signature that holds.
fn seal(service: &str, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> String {
    let hash = sigv4::sign::payload_hash(body.as_bytes());
    let request = sigv4::sign::Request {
        method,
        target,
        headers,
        payload_hash: &hash,
    };
    sigv4::sign::authorization(&request, ID, &secret(), "us-east-1", service).unwrap()
}

/// A request with a signature that holds for a service.
fn signed(
    service: &str,
    method: &str,
    target: &str,
    more: &[(&str, &str)],
    body: &str,
) -> Result<String, (Family, Denial)> {
    let (date, hash) = (
        sigv4::amz_date(NOW),
        sigv4::sign::payload_hash(body.as_bytes()),
    );
    let mut headers = vec![
        HOST,
        ("x-amz-date", date.as_str()),
        ("x-amz-content-sha256", hash.as_str()),
    ];
    headers.extend(more);
    let seal = seal(service, method, target, &headers, body);
    headers.push(("authorization", &seal));
    road(&request(method, target, &headers, body))
}

fn code(refused: Result<String, (Family, Denial)>) -> Result<String, (Family, u16, &'static str)> {
    refused.map_err(|(family, denial)| {
        (
            family,
            denial.fault.status,
            denial.fault.code.into_owned().leak() as &str,
        )
    })
}

#[test]
fn what_cannot_be_read_is_refused_before_anything_else() {
    let form = "Action=AssumeRoleWithWebIdentity";
    let unreadable = |family| Err((family, 400, "InvalidRequest"));
    let unread = |method, target, most| Request {
        body: Err(most),
        ..request(method, target, &[HOST, FORM], "")
    };
    for (sentence, request, expected) in [
        (
            "a method of nobody",
            request("PATCH", "/b/k", &[HOST], ""),
            unreadable(Family::S3),
        ),
        (
            "no host",
            request("GET", "/b/k", &[], ""),
            unreadable(Family::S3),
        ),
        (
            "a foreign host",
            request("GET", "/b/k", &[("host", "a.example")], ""),
            unreadable(Family::S3),
        ),
        (
            "a transfer encoding that is not served",
            request(
                "PUT",
                "/b/k",
                &[HOST, ("transfer-encoding", "gzip, chunked")],
                "",
            ),
            unreadable(Family::S3),
        ),
        (
            "one that is served, beside a length",
            request(
                "PUT",
                "/b/k",
                &[
                    HOST,
                    ("transfer-encoding", "chunked"),
                    ("content-length", "5"),
                ],
                "",
            ),
            unreadable(Family::S3),
        ),
        (
            "one that is served, of nobody",
            request("PUT", "/b/k", &[HOST, ("transfer-encoding", "Chunked")], ""),
            Err((Family::S3, 403, "AccessDenied")),
        ),
        (
            "HTTP/1.0",
            Request {
                transport: Transport {
                    is_http_1_1: false,
                    ..HTTP_1_1
                },
                ..request("POST", "/", &[HOST, FORM], form)
            },
            unreadable(Family::S3),
        ),
        (
            "a whole URL",
            Request {
                transport: Transport {
                    is_absolute: true,
                    ..HTTP_1_1
                },
                ..request("POST", "/", &[HOST, FORM], form)
            },
            unreadable(Family::S3),
        ),
        (
            "an exchange",
            request("POST", "/", &[HOST, FORM], form),
            Ok("exchange".to_owned()),
        ),
        (
            "two actions",
            request("POST", "/?Action=GetCallerIdentity", &[HOST, FORM], form),
            unreadable(Family::Query),
        ),
        (
            "the same by who reads JSON",
            request(
                "POST",
                "/?a",
                &[HOST, FORM, ("accept", "application/json")],
                form,
            ),
            unreadable(Family::QueryJson),
        ),
        (
            "a name twice",
            request("POST", "/", &[HOST, FORM], "a=1&a=2"),
            unreadable(Family::Query),
        ),
        (
            "a GET with a body",
            unread("GET", "/?Action=GetCallerIdentity", Unread::TooLarge),
            unreadable(Family::Query),
        ),
        (
            "a form without end",
            unread("POST", "/", Unread::TooLarge),
            Err((Family::Query, 413, "RequestEntityTooLarge")),
        ),
        (
            "one that is late",
            unread("POST", "/", Unread::Late),
            unreadable(Family::Query),
        ),
        (
            "one too many",
            unread("POST", "/", Unread::NoRoom),
            Err((Family::Query, 503, "SlowDown")),
        ),
    ] {
        let refused = road(&request);
        assert!(
            refused
                .as_ref()
                .err()
                .is_none_or(|(_, denial)| denial.is_strangers()),
            "{sentence}"
        );
        assert_eq!(code(refused), expected, "{sentence}");
    }
}

#[test]
fn a_signature_says_who_answers_and_in_whose_words() {
    let whose = "Action=GetCallerIdentity&Version=2011-06-15";
    let target = ("x-amz-target", "X.Y");
    let odd = |family| Err((family, 400, "InvalidRequest"));
    for (sentence, found, expected) in [
        (
            "S3",
            signed("s3", "GET", "/b/k", &[], ""),
            Ok(format!("s3 by {ID}")),
        ),
        (
            "STS",
            signed("sts", "POST", "/", &[FORM], whose),
            Ok("sts GetCallerIdentity".to_owned()),
        ),
        (
            "IAM",
            signed("iam", "POST", "/", &[FORM], "Action=ListRoles"),
            Ok("iam ListRoles".to_owned()),
        ),
        (
            "a form of S3",
            signed("s3", "POST", "/", &[FORM], whose),
            odd(Family::Query),
        ),
        (
            "IAM at a path",
            signed("iam", "GET", "/b/k", &[], ""),
            odd(Family::Query),
        ),
        (
            "STS with a target",
            signed("sts", "POST", "/", &[FORM, target], whose),
            odd(Family::Query),
        ),
        (
            "a service of nobody",
            signed("ec2", "POST", "/", &[FORM], whose),
            odd(Family::Query),
        ),
        (
            "the same at a path",
            signed("ec2", "GET", "/b/k", &[], ""),
            odd(Family::S3),
        ),
        (
            "nobody at S3",
            road(&request("GET", "/b/k", &[HOST], "")),
            Err((Family::S3, 403, "AccessDenied")),
        ),
        (
            "nobody with a form",
            road(&request("POST", "/", &[HOST, FORM], whose)),
            Err((Family::Query, 403, "MissingAuthenticationToken")),
        ),
        (
            "an exchange that is signed for nobody",
            road(&request(
                "POST",
                "/",
                &[HOST, FORM, ("authorization", "Basic eA==")],
                "Action=AssumeRoleWithWebIdentity",
            )),
            Ok("exchange".to_owned()),
        ),
        (
            "another scheme",
            road(&request(
                "POST",
                "/",
                &[HOST, FORM, ("authorization", "Basic eA==")],
                whose,
            )),
            Err((Family::Query, 400, "IncompleteSignature")),
        ),
    ] {
        assert!(
            found
                .as_ref()
                .err()
                .is_none_or(|(_, denial)| denial.is_strangers()),
            "{sentence}"
        );
        assert_eq!(code(found), expected, "{sentence}");
    }
}

#[test]
fn a_presigned_url_says_who_somebody_is_and_does_nothing_else() {
    for (query, expected) in [
        (
            "Action=GetCallerIdentity&Version=2011-06-15",
            Ok("sts GetCallerIdentity".to_owned()),
        ),
        (
            "Action=AssumeRole&Version=2011-06-15",
            Err((Family::Query, 400, "InvalidRequest")),
        ),
    ] {
        let hash = sigv4::sign::payload_hash(b"");
        let (date, target) = (sigv4::amz_date(NOW), format!("/?{query}"));
        let to_sign = sigv4::sign::Request {
            method: "GET",
            target: &target,
            headers: &[HOST],
            payload_hash: &hash,
        };
        let scope = ("us-east-1", "sts");
        let target =
            sigv4::sign::presigned(&to_sign, ID, &secret(), None, scope, (&date, 60)).unwrap();
        let found = road(&request("GET", &target, &[HOST], ""));
        // Whoever has the URL can send it for as long as it is valid, so a refusal of it fills the
        // share of strangers and nobody's own.
        let strangers = found
            .as_ref()
            .err()
            .is_none_or(|(_, denial)| denial.is_strangers());
        assert!(strangers, "{query}");
        assert_eq!(code(found), expected, "{query}");
    }
}
