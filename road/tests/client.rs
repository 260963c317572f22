//! What clients send: forms and signed requests, as AWS's SDKs would.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use authority::session::Session;
use sigv4::SecretKey;
use wire::percent;

use crate::scenario::{Request, Signer};
use crate::{NOW, ROOT_KEY, ROOT_SECRET};

const FORM: &str = "application/x-www-form-urlencoded";

/// A request as it arrives.
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) from: IpAddr,
}

/// The exchange of a token; nobody signs it.
pub(crate) fn exchange(token: &str, words: &BTreeMap<String, String>) -> Sent {
    let words = form("AssumeRoleWithWebIdentity", words);
    Sent {
        method: "POST".to_owned(),
        target: "/".to_owned(),
        headers: owned(&[("host", "localhost"), ("content-type", FORM)]),
        body: format!("{words}&WebIdentityToken={token}").into_bytes(),
        from: Ipv4Addr::LOCALHOST.into(),
    }
}

/// AssumeRole by a session.
pub(crate) fn assume(words: &BTreeMap<String, String>, session: &Session, now: i64) -> Sent {
    signed(&query("sts", form("AssumeRole", words)), session, now)
}

/// A form for a service, as its clients send it.
fn query(service: &str, form: String) -> Request {
    Request {
        service: service.to_owned(),
        method: "POST".to_owned(),
        target: "/".to_owned(),
        form,
        headers: BTreeMap::new(),
        unsigned: BTreeMap::new(),
        region: None,
        body: String::new(),
        sent: None,
        signer: Signer::Session,
        unsigned_payload: false,
        from: None,
    }
}

/// An IAM call by root.
pub(crate) fn by_root(form: &str) -> Sent {
    let root = SecretKey::new(ROOT_SECRET.to_owned());
    let request = query("iam", form.to_owned());
    sent(&request, Some((ROOT_KEY, &root, None)), NOW)
}

/// A scenario's request, signed by whom it says.
pub(crate) fn signed(request: &Request, session: &Session, now: i64) -> Sent {
    let elsewhere = SecretKey::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned());
    let root = SecretKey::new(ROOT_SECRET.to_owned());
    let keys = match request.signer {
        Signer::Session => Some((
            session.access_key_id.as_str(),
            &session.secret,
            Some(session.token.as_str()),
        )),
        Signer::Root => Some((ROOT_KEY, &root, None)),
        Signer::Elsewhere => Some(("AKIAIOSFODNN7EXAMPLE", &elsewhere, None)),
        Signer::Nobody => None,
    };
    sent(request, keys, now)
}

/// An access key id, its secret, and a session's token.
type Keys<'a> = (&'a str, &'a SecretKey, Option<&'a str>);

/// A request on the wire, signed with `keys` if there are any.
// Not a `testkit::Draft`, which is signed for the time that it is and for one host, as a running
// server needs it: a scenario has a time and perhaps a host of its own, and may send another body
// than it signed.
fn sent(request: &Request, keys: Option<Keys<'_>>, now: i64) -> Sent {
    let body = format!("{}{}", request.form, request.body);
    let (date, sent) = (
        sigv4::amz_date(now),
        request.sent.clone().unwrap_or_else(|| body.clone()),
    );
    let hash = match request.unsigned_payload {
        true => "UNSIGNED-PAYLOAD".to_owned(),
        false => sigv4::sign::payload_hash(body.as_bytes()),
    };
    let mut headers = vec![
        ("x-amz-date", date.as_str()),
        ("x-amz-content-sha256", hash.as_str()),
    ];
    if !request.headers.contains_key("host") {
        headers.push(("host", "localhost"));
    }
    if !request.form.is_empty() {
        headers.push(("content-type", FORM));
    }
    headers.extend(
        keys.and_then(|(_, _, token)| token)
            .map(|token| ("x-amz-security-token", token)),
    );
    headers.extend(
        request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let seal = keys.map(|(id, secret, _)| {
        let to_sign = sigv4::sign::Request {
            method: &request.method,
            target: &request.target,
            headers: &headers,
            payload_hash: &hash,
        };
        let region = request.region.as_deref().unwrap_or("us-east-1");
        sigv4::sign::authorization(&to_sign, id, secret, region, &request.service).unwrap()
    });
    let length = sent.len().to_string();
    headers.push(("content-length", &length));
    headers.extend(seal.as_deref().map(|seal| ("authorization", seal)));
    headers.extend(
        request
            .unsigned
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    Sent {
        method: request.method.clone(),
        target: request.target.clone(),
        headers: owned(&headers),
        body: sent.into_bytes(),
        from: request.from.unwrap_or(Ipv4Addr::LOCALHOST.into()),
    }
}

fn form(action: &str, words: &BTreeMap<String, String>) -> String {
    let words: String = words
        .iter()
        .map(|(name, value)| format!("&{name}={}", percent::encode(value)))
        .collect();
    format!("Action={action}&Version=2011-06-15{words}")
}

fn owned(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}
