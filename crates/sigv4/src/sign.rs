//! The verifier's mirror: signs a request, for tests and for tools of our own that call the API.

use aws_lc_rs::hmac;

use crate::claim::{ALGORITHM, Scope};
use crate::credential::SecretKey;
use crate::refusal::Refusal;
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
/// [`Refusal::Target`] when the target is not percent-encoded UTF-8, [`Refusal::Date`] without `x-amz-date`.
pub fn authorization(
    request: &Request<'_>,
    access_key_id: &str,
    secret: &SecretKey,
    region: &str,
    service: &str,
) -> Result<String, Refusal> {
    let amz_date = request.headers.iter().find(|(name, _)| *name == "x-amz-date").map(|(_, value)| *value).ok_or(Refusal::Date)?;
    let scope =
        Scope { date: amz_date.get(..8).ok_or(Refusal::Date)?.to_owned(), region: region.to_owned(), service: service.to_owned() };
    let (path, query) = request.target.split_once('?').unwrap_or((request.target, ""));
    let mut headers: Vec<(&str, String)> = request.headers.iter().map(|(name, value)| (*name, canonical::value(value))).collect();
    headers.sort();
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let (path, query) = (canonical::path(path, service == "s3")?, canonical::query(query)?);
    let text = canonical::request(request.method, &path, &query, headers, &names, request.payload_hash);
    let signature = hmac::sign(&key::derive(secret, &scope), string_to_sign(amz_date, &scope, &text).as_bytes());
    let Scope { date, region, service } = &scope;
    Ok(format!(
        "{ALGORITHM} Credential={access_key_id}/{date}/{region}/{service}/{}, SignedHeaders={names}, Signature={}",
        key::TERMINATOR,
        lower_hex(signature.as_ref())
    ))
}

/// SHA-256 of a body in hexadecimal.
pub fn payload_hash(body: &[u8]) -> String {
    lower_hex(&crate::sha256(body))
}
