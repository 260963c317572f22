//! What clients send: forms and signed requests, as AWS's SDKs would.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use authority::session::Session;
use sigv4::SecretKey;
use wire::percent;

use crate::scenario::{Browser, Request, Signer};
use crate::{NOW, OTHER_ROOT_KEY, OTHER_ROOT_SECRET, ROOT_KEY, ROOT_SECRET};

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
        presigned: None,
        region_set: None,
        browser: None,
        from: None,
    }
}

/// An S3 call by root of the first account, or of the other.
pub(crate) fn configures(method: &str, target: &str, body: &str, by_other: bool) -> Sent {
    let (id, secret) = if by_other {
        (OTHER_ROOT_KEY, OTHER_ROOT_SECRET)
    } else {
        (ROOT_KEY, ROOT_SECRET)
    };
    let request = Request {
        method: method.to_owned(),
        target: target.to_owned(),
        body: body.to_owned(),
        ..query("s3", String::new())
    };
    sent(
        &request,
        Some((id, &SecretKey::new(secret.to_owned()), None)),
        NOW,
    )
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
    let other = SecretKey::new(OTHER_ROOT_SECRET.to_owned());
    let keys = match request.signer {
        Signer::Session => Some((
            session.access_key_id.as_str(),
            &session.secret,
            Some(session.token.as_str()),
        )),
        Signer::Root => Some((ROOT_KEY, &root, None)),
        Signer::OtherRoot => Some((OTHER_ROOT_KEY, &other, None)),
        Signer::Elsewhere => Some(("AKIAIOSFODNN7EXAMPLE", &elsewhere, None)),
        Signer::Nobody => None,
    };
    match (&request.browser, &request.presigned, keys) {
        (Some(browser), _, keys) => posted(request, browser, keys, now),
        (None, Some(presigned), Some((id, secret, token))) => {
            let headers = [(
                "host",
                request
                    .headers
                    .get("host")
                    .map_or("localhost", String::as_str),
            )];
            let to_sign = sigv4::sign::Request {
                method: &request.method,
                target: &request.target,
                headers: &headers,
                payload_hash: "UNSIGNED-PAYLOAD",
            };
            let (date, region) = (
                sigv4::amz_date(now - presigned.age),
                request.region.as_deref().unwrap_or("us-east-1"),
            );
            let target = sigv4::sign::presigned(
                &to_sign,
                id,
                secret,
                token,
                (region, &request.service),
                (&date, presigned.expires),
            );
            let mut headers = headers.to_vec();
            headers.extend(
                request
                    .unsigned
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str())),
            );
            Sent {
                method: request.method.clone(),
                target: target.unwrap(),
                headers: owned(&headers),
                body: request.body.clone().into_bytes(),
                from: request.from.unwrap_or(Ipv4Addr::LOCALHOST.into()),
            }
        }
        (None, _, keys) => sent(request, keys, now),
    }
}

/// A browser's form, its policy signed with `keys` if there are any.
fn posted(request: &Request, browser: &Browser, keys: Option<Keys<'_>>, now: i64) -> Sent {
    let mut fields = browser.fields.clone();
    if let Some((id, secret, token)) = keys {
        let date = sigv4::amz_date(now);
        let credential = format!("{id}/{}/us-east-1/s3/aws4_request", date.get(..8).unwrap());
        let mut signed = vec![
            ("x-amz-algorithm".to_owned(), "AWS4-HMAC-SHA256".to_owned()),
            ("x-amz-credential".to_owned(), credential),
            ("x-amz-date".to_owned(), date.clone()),
        ];
        signed.extend(token.map(|token| ("x-amz-security-token".to_owned(), token.to_owned())));
        // As SDKs do: what they add to the form they add to the policy.
        let mut policy = browser.policy.clone();
        for (name, value) in &signed {
            let condition = serde_json::json!({ name.as_str(): value });
            policy["conditions"].as_array_mut().unwrap().push(condition);
        }
        let policy = base64(policy.to_string().as_bytes());
        let seal = sigv4::sign::post_signature(&policy, &date, secret, "us-east-1").unwrap();
        fields.extend(signed);
        fields.push(("policy".to_owned(), policy));
        fields.push(("x-amz-signature".to_owned(), seal));
    }
    let mut body = String::new();
    for (name, value) in &fields {
        body.push_str(&format!(
            "--road\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str(&format!(
        "--road\r\nContent-Disposition: form-data; name=\"file\"; filename=\"q2.csv\"\r\n\r\n{}\r\n--road--\r\n",
        browser.file
    ));
    let length = body.len().to_string();
    let headers = [
        ("host", "localhost"),
        ("content-type", "multipart/form-data; boundary=road"),
        ("content-length", length.as_str()),
    ];
    Sent {
        method: "POST".to_owned(),
        target: request.target.clone(),
        headers: owned(&headers),
        body: body.into_bytes(),
        from: request.from.unwrap_or(Ipv4Addr::LOCALHOST.into()),
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0, |bits, byte| bits << 8 | usize::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            out.push(match place > chunk.len() {
                true => '=',
                false => char::from(LETTERS[bits >> (18 - 6 * place) & 63]),
            });
        }
    }
    out
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
    headers.extend(
        request
            .region_set
            .as_deref()
            .map(|set| ("x-amz-region-set", set)),
    );
    let seal = keys.map(|(id, secret, _)| {
        let to_sign = sigv4::sign::Request {
            method: &request.method,
            target: &request.target,
            headers: &headers,
            payload_hash: &hash,
        };
        let region = request.region.as_deref().unwrap_or("us-east-1");
        match request.region_set {
            Some(_) => sigv4::sign::authorization_v4a(&to_sign, id, secret, &request.service),
            None => sigv4::sign::authorization(&to_sign, id, secret, region, &request.service),
        }
        .unwrap()
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
