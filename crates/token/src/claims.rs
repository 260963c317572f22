//! Registered claims, read strictly: a time is a whole number, an audience a text or a list of
//! texts.

use serde_json::{Map, Value};

use crate::refusal::Refusal;

/// Latest second that is believed: the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// A NumericDate. Texts, fractions, negative and absurd numbers are refused, not taken for absent.
pub(crate) fn time(
    claims: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<i64>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => {
            // RFC 7519 allows fractions; issuers of workloads write none, and readers round them
            // differently.
            let seconds = value
                .as_i64()
                .filter(|seconds| (0..=LAST_SECOND).contains(seconds));
            seconds.map(Some).ok_or(Refusal::BadClaim(name))
        }
    }
}

/// `aud`: one text, or a list of them that is not empty.
pub(crate) fn audiences(claims: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let bad = || Refusal::BadClaim("aud");
    let found = match claims.get("aud") {
        None => return Err(Refusal::Missing("aud")),
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many
            .iter()
            .map(|one| one.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(bad)?,
        Some(_) => return Err(bad()),
    };
    // An empty list would match no client id, and pass wherever "all of them" are asked about.
    let sound = !found.is_empty() && found.len() <= 100 && found.iter().all(|one| is_plain(one));
    if sound { Ok(found) } else { Err(bad()) }
}

/// A text claim of 1 to 255 characters without control characters.
pub(crate) fn text(
    claims: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<String>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_str()
            .filter(|text| is_plain(text))
            .map(|text| Some(text.to_owned()))
            .ok_or(Refusal::BadClaim(name)),
    }
}

/// `amr`: none, or a list of at most 20 texts.
pub(crate) fn methods(claims: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    match claims.get("amr") {
        None => Ok(Vec::new()),
        Some(Value::Array(many)) if many.len() <= 20 => {
            let texts = many.iter().map(|one| {
                one.as_str()
                    .filter(|text| is_plain(text))
                    .map(str::to_owned)
            });
            texts.collect::<Option<_>>().ok_or(Refusal::BadClaim("amr"))
        }
        Some(_) => Err(Refusal::BadClaim("amr")),
    }
}

fn is_plain(text: &str) -> bool {
    (1..=255).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}
