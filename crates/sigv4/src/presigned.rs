//! A signature in the query string: S3's presigned URLs, and GetCallerIdentity, by which
//! aws-iam-authenticator and its like prove to a third party who they are.
//!
//! STS does not look at `X-Amz-Expires` and takes such a request for 15 minutes, as any other
//! (aws-iam-authenticator, `pkg/token/token.go`); here it must at least be a number that Signature
//! Version 4 allows. S3 takes it for as long as it says (S3 API reference, "Authenticating Requests:
//! Using Query Parameters").

use std::borrow::Cow;

use wire::{BadWords, Head, Words, percent};

use crate::claim::{Claim, Parts, Place};
use crate::date;
use crate::query_flaw::QueryFlaw;
use crate::refusal::Refusal;
use crate::scope::Algorithm;

/// The word that holds the signature, and is no part of what is signed.
pub(crate) const SIGNATURE: &str = "X-Amz-Signature";
/// Where a presigned request of S3 may say what its body hashes to.
const CONTENT_SHA256: &str = "X-Amz-Content-Sha256";
/// Every word of a presigned request.
const WORDS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-SignedHeaders",
    SIGNATURE,
];
/// Seven days (IAM user guide, "Create a signed AWS API request").
const LONGEST: i64 = 604_800;

/// Which signatures the query string has words of.
pub(crate) struct Marks {
    pub(crate) version_4: bool,
    pub(crate) version_2: bool,
}

/// Looks for words of a signature. In no case may one hide behind case or encoding.
pub(crate) fn marks(head: &Head) -> Marks {
    let mut marks = Marks {
        version_4: false,
        version_2: false,
    };
    let query = head.target.raw_query();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        let name = if name.contains(['%', '+']) {
            percent::decode(name, true).map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(name))
        };
        let Some(name) = name else { continue };
        marks.version_4 |= WORDS.iter().any(|word| word.eq_ignore_ascii_case(&name));
        marks.version_2 |= name == "Signature" || name == "AWSAccessKeyId";
    }
    marks
}

/// Whether a parameter of the query string is the signature's own, and none of the call's.
pub fn is_signature_word(name: &str) -> bool {
    WORDS.contains(&name) || name == CONTENT_SHA256
}

/// A form without the words of the signature.
pub fn without_signature(form: &Words) -> Words {
    form.without(|name| WORDS.contains(&name))
}

/// Reads the signature of a presigned request.
pub(crate) fn read(head: &Head) -> Result<Claim, Refusal> {
    let words = Words::read(head.target.raw_query()).map_err(|bad| match bad {
        BadWords::Duplicate(name) => Refusal::DuplicateWord(name),
        BadWords::Encoding | BadWords::Nameless | BadWords::TooMany => Refusal::Target,
    })?;
    // Told apart before anything else: what is not served must not look like a wrong signature.
    let service = words
        .get("X-Amz-Credential")
        .and_then(|text| text.split('/').rev().nth(1));
    let two_places = head.headers.has("x-amz-date") || head.headers.has("x-amz-security-token");
    match service {
        Some("sts") => sts(&words, two_places),
        // A credential that is missing or of another form is S3's to refuse: a URL that somebody
        // else's service signed is none of ours.
        Some("s3") | None => s3(&words, two_places),
        Some(_) if words.get("X-Amz-Credential").is_some_and(has_five_parts) => {
            Err(Refusal::Presigned)
        }
        Some(_) => s3(&words, two_places),
    }
}

fn has_five_parts(credential: &str) -> bool {
    credential.split('/').count() == 5
}

fn sts(words: &Words, two_places: bool) -> Result<Claim, Refusal> {
    // `x-amz-date` beside `X-Amz-Date`: two readers, two times.
    let strange = |name: &str| starts_as_amz(name) && !WORDS.contains(&name);
    if words.iter().any(|(name, _)| strange(name)) {
        return Err(Refusal::Malformed("an X-Amz- parameter is not known"));
    }
    let needed = |name: &'static str, missing| words.get(name).ok_or(Refusal::Malformed(missing));
    let algorithm = needed("X-Amz-Algorithm", "X-Amz-Algorithm is missing")?;
    if algorithm != Algorithm::HmacSha256.as_str() {
        return Err(Refusal::Algorithm(algorithm.chars().take(32).collect()));
    }
    if two_places {
        return Err(Refusal::TwoPlaces);
    }
    if let Some(text) = words.get("X-Amz-Expires") {
        expires(text).map_err(|_| Refusal::Expires)?;
    }
    let place = Place::Query {
        date: needed("X-Amz-Date", "X-Amz-Date is missing")?.to_owned(),
        expires: None,
        content_sha256: None,
    };
    let parts = Parts {
        algorithm: Algorithm::HmacSha256,
        credential: needed("X-Amz-Credential", "X-Amz-Credential is missing")?,
        signed_headers: needed("X-Amz-SignedHeaders", "X-Amz-SignedHeaders is missing")?,
        signature: needed(SIGNATURE, "X-Amz-Signature is missing")?,
        session_token: words.get("X-Amz-Security-Token"),
        region_set: None,
    };
    Claim::of(&parts, place)
}

fn s3(words: &Words, two_places: bool) -> Result<Claim, Refusal> {
    // SDKs put other `x-amz-` headers there, by any name that they have; the signature's own words
    // have one spelling.
    let strange = |name: &str| {
        WORDS
            .iter()
            .chain([&CONTENT_SHA256])
            .any(|word| word.eq_ignore_ascii_case(name) && *word != name)
    };
    if words.iter().any(|(name, _)| strange(name)) {
        return Err(Refusal::Query(QueryFlaw::Missing));
    }
    if two_places {
        return Err(Refusal::TwoPlaces);
    }
    let needed = |name| words.get(name).ok_or(Refusal::Query(QueryFlaw::Missing));
    let [
        algorithm,
        credential,
        date,
        lasts,
        signed_headers,
        signature,
    ] = [
        needed("X-Amz-Algorithm")?,
        needed("X-Amz-Credential")?,
        needed("X-Amz-Date")?,
        needed("X-Amz-Expires")?,
        needed("X-Amz-SignedHeaders")?,
        needed(SIGNATURE)?,
    ];
    if algorithm != Algorithm::HmacSha256.as_str() {
        return Err(Refusal::Query(QueryFlaw::Algorithm));
    }
    let expires = expires(lasts).map_err(Refusal::Query)?;
    if date::read(date).is_none() {
        return Err(Refusal::Query(QueryFlaw::Date));
    }
    let parts = Parts {
        algorithm: Algorithm::HmacSha256,
        credential,
        signed_headers,
        signature,
        session_token: words.get("X-Amz-Security-Token"),
        region_set: None,
    };
    let place = Place::Query {
        date: date.to_owned(),
        expires: Some(expires),
        content_sha256: words.get(CONTENT_SHA256).map(str::to_owned),
    };
    Claim::of(&parts, place).map_err(|refusal| match refusal {
        Refusal::Terminator => Refusal::Query(QueryFlaw::Terminator),
        Refusal::Malformed(_) => Refusal::Query(QueryFlaw::Malformed),
        other => other,
    })
}

fn expires(text: &str) -> Result<i64, QueryFlaw> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.strip_prefix('-') {
        Some(rest) if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(QueryFlaw::Negative)
        }
        _ if !digits => Err(QueryFlaw::NoNumber),
        // Longer numbers overflow, or hide behind zeros.
        _ => match text.parse() {
            Ok(0) => Err(QueryFlaw::Zero),
            Ok(seconds @ 1..=LONGEST) if text.len() <= 6 => Ok(seconds),
            _ => Err(QueryFlaw::TooLong),
        },
    }
}

fn starts_as_amz(name: &str) -> bool {
    name.get(..6)
        .is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
}
