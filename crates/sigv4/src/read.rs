//! Where a request has its signature: in the `Authorization` header, read here, or in the query
//! string, left to `presigned`.

use wire::Head;

use crate::claim::{Claim, Place, duplicate};
use crate::presigned;
use crate::refusal::Refusal;
use crate::scope::ALGORITHM;

/// Longest Authorization header; 100 signed headers of ordinary length fit.
const MAX_LENGTH: usize = 8_192;

impl Claim {
    /// Reads the signature of a request; `None` when there is none at all.
    ///
    /// # Errors
    /// [`Refusal`] for everything that is a signature but not exactly of the documented form.
    pub fn read(head: &Head) -> Result<Option<Self>, Refusal> {
        let header = head.headers.one("authorization").map_err(duplicate)?;
        let presigned = presigned::is_presigned(head);
        let version_2 = ["Signature", "AWSAccessKeyId"]
            .iter()
            .any(|name| presigned::names_in_query(head, name));
        // One signature, in one place: with two, each reader could take another one for the caller.
        match (header, presigned, version_2) {
            (Some(_), true, _) | (Some(_), _, true) => Err(Refusal::TwoPlaces),
            (None, true, _) => presigned::read(head).map(Some),
            (None, false, true) => Err(Refusal::Algorithm("AWS".to_owned())),
            (None, false, false) => Ok(None),
            (Some(text), false, false) => Self::from_header(text, head).map(Some),
        }
    }

    fn from_header(text: &str, head: &Head) -> Result<Self, Refusal> {
        if text.len() > MAX_LENGTH {
            return Err(Refusal::Malformed("it is too long"));
        }
        let (algorithm, rest) = text.split_once(' ').unwrap_or((text, ""));
        if algorithm != ALGORITHM {
            return Err(Refusal::Algorithm(algorithm.chars().take(32).collect()));
        }
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
        let credential = credential.ok_or(Refusal::Malformed("Credential is missing"))?;
        let headers = headers.ok_or(Refusal::Malformed("SignedHeaders is missing"))?;
        let signature = signature.ok_or(Refusal::Malformed("Signature is missing"))?;
        let session_token = head
            .headers
            .one("x-amz-security-token")
            .map_err(duplicate)?;
        Self::of(credential, headers, signature, session_token, Place::Header)
    }
}
