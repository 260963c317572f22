//! Signs a request in its header or its query string.

use aws_lc_rs::{digest, hmac};

use crate::credential::{AccessKeyId, SecretKey};
use crate::key::{hmac_key, key_pair};
use crate::refusal::Refusal;
use crate::scope::{Algorithm, Scope, TERMINATOR};
use crate::verify::string_to_sign;
use crate::{canonical, hex};

/// A request to be signed. Header names are lower-case; `host` and `x-amz-date` are among them.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// Path and query as they are sent.
    pub target: &'a str,
    /// Headers; all of them are signed.
    pub headers: &'a [(&'a str, &'a str)],
    /// Hash of the body in hexadecimal, or a word that stands for one, such as `UNSIGNED-PAYLOAD`.
    pub payload_hash: &'a str,
}

impl Request<'_> {
    fn amz_date(&self) -> Result<&str, Refusal> {
        let mut headers = self.headers.iter();
        headers
            .find(|(name, _)| *name == "x-amz-date")
            .map(|(_, value)| *value)
            .ok_or(Refusal::Date)
    }
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
    let amz_date = request.amz_date()?;
    let scope = scope(amz_date, region, service)?;
    let (names, signature) = seal(request, amz_date, &scope, secret)?;
    let Scope {
        date,
        region,
        service,
    } = &scope;
    let algorithm = Algorithm::HmacSha256.as_str();
    Ok(format!(
        "{algorithm} Credential={access_key_id}/{date}/{region}/{service}/{TERMINATOR}, SignedHeaders={names}, Signature={signature}",
    ))
}

/// The `Authorization` header of a request with Signature Version 4A; `x-amz-region-set` is among
/// its headers.
///
/// # Errors
/// As [`authorization`], and [`Refusal::AccessKeyId`] for what is none.
pub fn authorization_v4a(
    request: &Request<'_>,
    access_key_id: &str,
    secret: &SecretKey,
    service: &str,
) -> Result<String, Refusal> {
    let amz_date = request.amz_date()?;
    let scope = scope(amz_date, "", service)?;
    let id = AccessKeyId::parse(access_key_id).ok_or(Refusal::AccessKeyId(None))?;
    let pair = key_pair(&id, secret).ok_or(Refusal::Mismatch)?;
    let (names, text) = canonical_request(request, service)?;
    let text = string_to_sign(Algorithm::EcdsaP256Sha256, amz_date, &scope, &text);
    let signature = pair
        .sign_digest(&digest::digest(&digest::SHA256, &text))
        .map_err(|_| Refusal::Mismatch)?;
    let (algorithm, date) = (Algorithm::EcdsaP256Sha256.as_str(), &scope.date);
    let signature = hex::lower(signature.as_ref());
    Ok(format!(
        "{algorithm} Credential={access_key_id}/{date}/{service}/{TERMINATOR}, SignedHeaders={names}, Signature={signature}",
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
    let credential = format!("{access_key_id}/{date}/{region}/{service}/{TERMINATOR}");
    let mut target = request.target.to_owned();
    let expires = expires.to_string();
    let names = names.join(";");
    let words = [
        ("X-Amz-Algorithm", Algorithm::HmacSha256.as_str()),
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

/// SHA-256 of a body in hexadecimal.
pub fn payload_hash(body: &[u8]) -> String {
    hex::lower(&crate::sha256(body))
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
    let (names, text) = canonical_request(request, &scope.service)?;
    let text = string_to_sign(Algorithm::HmacSha256, amz_date, scope, &text);
    let signature = hmac::sign(&hmac_key(secret, scope), &text);
    Ok((names, hex::lower(signature.as_ref())))
}

fn canonical_request(request: &Request<'_>, service: &str) -> Result<(String, Vec<u8>), Refusal> {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((request.target, ""));
    let mut headers = request.headers.to_vec();
    headers.sort_unstable();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let mut text = format!("{}\n", request.method).into_bytes();
    canonical::path(path, service == "s3", &mut text)?;
    text.push(b'\n');
    canonical::query(query, None, &mut text)?;
    text.push(b'\n');
    for (name, value) in headers {
        text.extend_from_slice(name.as_bytes());
        text.push(b':');
        canonical::value(value, &mut text);
        text.push(b'\n');
    }
    text.extend_from_slice(format!("\n{names}\n{}", request.payload_hash).as_bytes());
    Ok((names, text))
}
