//! A signature in the query string. Served for STS only: there is one call that others make with
//! it, GetCallerIdentity, by which aws-iam-authenticator and its like prove to a third party who
//! they are.
//!
//! STS does not look at `X-Amz-Expires` and takes such a request for 15 minutes, as any other
//! (aws-iam-authenticator, `pkg/token/token.go`); here it must at least be a number that Signature
//! Version 4 allows.

use wire::{BadWords, Head, Words, percent};

use crate::claim::{Claim, Place};
use crate::refusal::Refusal;
use crate::scope::ALGORITHM;

/// The word that holds the signature, and is no part of what is signed.
pub(crate) const SIGNATURE: &str = "X-Amz-Signature";
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
const LONGEST: u32 = 604_800;

/// Whether a word of the query string is one of the signature's. In no case may it hide behind case
/// or encoding.
pub(crate) fn is_presigned(head: &Head) -> bool {
    names(head).any(|name| WORDS.iter().any(|word| word.eq_ignore_ascii_case(&name)))
}

/// Whether the query string has a word of this name, encoded or not: it must not hide from us.
pub(crate) fn names_in_query(head: &Head, wanted: &str) -> bool {
    names(head).any(|name| name == wanted)
}

fn names(head: &Head) -> impl Iterator<Item = String> {
    let pairs = head.target.raw_query().split('&');
    pairs.filter_map(|pair| {
        percent::decode(pair.split_once('=').map_or(pair, |(name, _)| name), true)
    })
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
        .and_then(|text| text.split('/').nth(3));
    if service != Some("sts") {
        return Err(Refusal::Presigned);
    }
    // `x-amz-date` beside `X-Amz-Date`: two readers, two times.
    let strange = |name: &str| {
        name.get(..6)
            .is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
            && !WORDS.contains(&name)
    };
    if words.iter().any(|(name, _)| strange(name)) {
        return Err(Refusal::Malformed("an X-Amz- parameter is not known"));
    }
    let needed = |name: &'static str, missing| words.get(name).ok_or(Refusal::Malformed(missing));
    let algorithm = needed("X-Amz-Algorithm", "X-Amz-Algorithm is missing")?;
    if algorithm != ALGORITHM {
        return Err(Refusal::Algorithm(algorithm.chars().take(32).collect()));
    }
    if head.headers.has("x-amz-date") || head.headers.has("x-amz-security-token") {
        return Err(Refusal::TwoPlaces);
    }
    if let Some(text) = words.get("X-Amz-Expires") {
        let digits =
            !text.is_empty() && text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse()
            .ok()
            .filter(|seconds| digits && (1..=LONGEST).contains(seconds))
            .ok_or(Refusal::Expires)?;
    }
    let place = Place::Query {
        date: needed("X-Amz-Date", "X-Amz-Date is missing")?.to_owned(),
    };
    Claim::of(
        needed("X-Amz-Credential", "X-Amz-Credential is missing")?,
        needed("X-Amz-SignedHeaders", "X-Amz-SignedHeaders is missing")?,
        needed(SIGNATURE, "X-Amz-Signature is missing")?,
        words.get("X-Amz-Security-Token"),
        place,
    )
}

/// A form without the words of the signature.
pub fn without_signature(form: &Words) -> Words {
    form.without(|name| WORDS.contains(&name))
}
