//! The verifier's mirror: signs a request, for tests and for tools of our own that call the API.

use aws_lc_rs::hmac;

use crate::credential::SecretKey;
use crate::refusal::Refusal;
use crate::scope::{ALGORITHM, Scope, TERMINATOR};
use crate::verify::{lower_hex, string_to_sign};
use crate::{canonical, key};

/// A request to be signed. Header names are lower-case; `host` and `x-amz-date` are among them.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// Path and query as they are sent.
    pub target: &'a str,
    /// Headers; all of them are signed.
    pub headers: &'a [(&'a str, &'a str)],
    /// Hash of the body in hexadecimal, or `UNSIGNED-PAYLOAD`.
    pub payload_hash: &'a str,
}

/// The `Authorization` header of a request.
///
/// # Errors
/// [`Refusal::Target`] when the target is not percent-encoded UTF-8, [`Refusal::Date`] without
/// `x-amz-date`.
pub fn authorization(
    request: &Request<'_>,
    access_key_id: &str,
    secret: &SecretKey,
    region: &str,
    service: &str,
) -> Result<String, Refusal> {
    let amz_date = request
        .headers
        .iter()
        .find(|(name, _)| *name == "x-amz-date")
        .map(|(_, value)| *value)
        .ok_or(Refusal::Date)?;
    let scope = scope(amz_date, region, service)?;
    let (names, signature) = seal(request, amz_date, &scope, secret)?;
    let Scope {
        date,
        region,
        service,
    } = &scope;
    Ok(format!(
        "{ALGORITHM} Credential={access_key_id}/{date}/{region}/{service}/{}, SignedHeaders={names}, Signature={signature}",
        TERMINATOR,
    ))
}

/// The target of a presigned request: `request.target` with the signature in its query string.
/// Valid from `amz_date`.
///
/// # Errors
/// As [`authorization`].
pub fn presigned(
    request: &Request<'_>,
    access_key_id: &str,
    secret: &SecretKey,
    session_token: Option<&str>,
    scope_of: (&str, &str),
    (amz_date, expires): (&str, u32),
) -> Result<String, Refusal> {
    let scope = scope(amz_date, scope_of.0, scope_of.1)?;
    let mut names: Vec<&str> = request.headers.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    let Scope {
        date,
        region,
        service,
    } = &scope;
    let credential = format!("{access_key_id}/{date}/{region}/{service}/{}", TERMINATOR);
    let mut target = request.target.to_owned();
    let expires = expires.to_string();
    let names = names.join(";");
    let words = [
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", &credential),
        ("X-Amz-Date", amz_date),
        ("X-Amz-Expires", &expires),
        ("X-Amz-SignedHeaders", &names),
    ];
    for (name, value) in words
        .into_iter()
        .chain(session_token.map(|token| ("X-Amz-Security-Token", token)))
    {
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(&format!("{name}={}", wire::percent::encode(value)));
    }
    let (_, signature) = seal(
        &Request {
            target: &target,
            ..request.clone()
        },
        amz_date,
        &scope,
        secret,
    )?;
    Ok(format!(
        "{target}&{}={signature}",
        crate::presigned::SIGNATURE
    ))
}

fn scope(amz_date: &str, region: &str, service: &str) -> Result<Scope, Refusal> {
    let date = amz_date.get(..8).ok_or(Refusal::Date)?.to_owned();
    Ok(Scope {
        date,
        region: region.to_owned(),
        service: service.to_owned(),
    })
}

/// The names of the signed headers, and the signature.
fn seal(
    request: &Request<'_>,
    amz_date: &str,
    scope: &Scope,
    secret: &SecretKey,
) -> Result<(String, String), Refusal> {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((request.target, ""));
    let mut headers: Vec<(&str, String)> = request
        .headers
        .iter()
        .map(|(name, value)| (*name, canonical::value(value)))
        .collect();
    headers.sort();
    let names = headers
        .iter()
        .map(|(name, _)| *name)
        .collect::<Vec<_>>()
        .join(";");
    let (path, query) = (
        canonical::path(path, scope.service == "s3")?,
        canonical::query(query, None)?,
    );
    let text = canonical::request(
        request.method,
        &path,
        &query,
        headers,
        &names,
        request.payload_hash,
    );
    let signature = hmac::sign(
        &key::derive(secret, scope),
        string_to_sign(amz_date, scope, &text).as_bytes(),
    );
    Ok((names, lower_hex(signature.as_ref())))
}

/// SHA-256 of a body in hexadecimal.
pub fn payload_hash(body: &[u8]) -> String {
    lower_hex(&crate::sha256(body))
}
