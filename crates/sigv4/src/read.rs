//! Where a request has its signature: in the `Authorization` header, read here, or in the query
//! string, left to `presigned`.

use wire::Head;

use crate::claim::{Claim, Parts, Place};
use crate::presigned;
use crate::refusal::{Refusal, duplicate};
use crate::scope::Algorithm;

/// Longest Authorization header; 100 signed headers of ordinary length fit.
const MAX_LENGTH: usize = 8_192;
/// How Signature Version 2 names itself.
const VERSION_2: &str = "AWS";

impl Claim {
    /// Reads the signature of a request; `None` when there is none at all.
    ///
    /// # Errors
    /// [`Refusal`] for everything that is a signature but not exactly of the documented form.
    pub fn read(head: &Head) -> Result<Option<Self>, Refusal> {
        let header = head.headers.one("authorization").map_err(duplicate)?;
        let query = presigned::marks(head);
        // One signature, in one place: with two, each reader could take another one for the caller.
        match (header, query.version_4, query.version_2) {
            (Some(_), true, _) | (Some(_), _, true) => Err(Refusal::TwoPlaces),
            (None, true, true) => Err(Refusal::TwoPlaces),
            (None, true, false) => presigned::read(head).map(Some),
            (None, false, true) => Err(Refusal::V2),
            (None, false, false) => Ok(None),
            (Some(text), false, false) => Self::from_header(text, head).map(Some),
        }
    }

    fn from_header(text: &str, head: &Head) -> Result<Self, Refusal> {
        if text.len() > MAX_LENGTH {
            return Err(Refusal::Malformed("it is too long"));
        }
        let (algorithm, rest) = text.split_once(' ').unwrap_or((text, ""));
        let known = [Algorithm::HmacSha256, Algorithm::EcdsaP256Sha256];
        let algorithm = match known.into_iter().find(|known| known.as_str() == algorithm) {
            Some(known) => known,
            None if algorithm == VERSION_2 => return Err(Refusal::V2),
            None => return Err(Refusal::Algorithm(algorithm.chars().take(32).collect())),
        };
        let (mut credential, mut headers, mut signature) = (None, None, None);
        for part in rest.split(',') {
            let (name, value) = part
                .trim_matches(' ')
                .split_once('=')
                .ok_or(Refusal::Malformed("a part has no value"))?;
            let place = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut headers,
                "Signature" => &mut signature,
                _ => return Err(Refusal::Malformed("a part is not known")),
            };
            if place.replace(value).is_some() {
                return Err(Refusal::Malformed("a part is given twice"));
            }
        }
        let one = |name: &str| head.headers.one(name).map_err(duplicate);
        let parts = Parts {
            algorithm,
            credential: credential.ok_or(Refusal::Malformed("Credential is missing"))?,
            signed_headers: headers.ok_or(Refusal::Malformed("SignedHeaders is missing"))?,
            signature: signature.ok_or(Refusal::Malformed("Signature is missing"))?,
            session_token: one("x-amz-security-token")?,
            region_set: match algorithm {
                Algorithm::HmacSha256 => None,
                Algorithm::EcdsaP256Sha256 => one("x-amz-region-set")?,
            },
        };
        Self::of(&parts, Place::Header)
    }
}
