//! What a signed request says of itself: key id, scope, signed headers, signature. Its parts are
//! read strictly; nothing is proven yet.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::credential::AccessKeyId;
use crate::refusal::Refusal;
use crate::region_set::RegionSet;
use crate::scope::{Algorithm, Scope, TERMINATOR};
use crate::signature::Signature;

/// A signature as it was presented.
#[derive(Clone)]
pub struct Claim {
    pub(crate) said: Arc<Said>,
    /// Lower-case names in ascending order, joined by `;`.
    pub(crate) signed_headers: String,
    pub(crate) signature: Signature,
    pub(crate) place: Place,
    session_token: Option<Zeroizing<String>>,
}

/// Who says to have signed, and for what. Shared with what comes of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) access_key_id: AccessKeyId,
    pub(crate) algorithm: Algorithm,
    pub(crate) scope: Scope,
    pub(crate) regions: Option<RegionSet>,
}

/// Where the signature stands, and with it the time of signing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The `Authorization` header; the time is in `x-amz-date`.
    Header,
    /// The query string: a presigned URL.
    Query {
        /// `X-Amz-Date` as it came.
        date: String,
        /// For how many seconds it is good; `None` where the service does not look at that.
        expires: Option<i64>,
        /// `X-Amz-Content-Sha256` as it came.
        content_sha256: Option<String>,
    },
}

/// The parts of a signature as they came.
pub(crate) struct Parts<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) credential: &'a str,
    pub(crate) signed_headers: &'a str,
    pub(crate) signature: &'a str,
    pub(crate) session_token: Option<&'a str>,
    /// `x-amz-region-set`, of Signature Version 4A only.
    pub(crate) region_set: Option<&'a str>,
}

impl Claim {
    /// Puts the parts of a signature together, each read strictly.
    pub(crate) fn of(parts: &Parts<'_>, place: Place) -> Result<Self, Refusal> {
        let said = Said::read(parts)?;
        check_names(parts.signed_headers)?;
        let signature = Signature::read(parts.algorithm, parts.signature.as_bytes());
        Ok(Self {
            said: Arc::new(said),
            signed_headers: parts.signed_headers.to_owned(),
            signature: signature.ok_or(Refusal::Malformed(bad_signature(parts.algorithm)))?,
            place,
            session_token: parts
                .session_token
                .map(|token| Zeroizing::new(token.to_owned())),
        })
    }

    /// Whether the signature stands in the query string.
    pub fn is_presigned(&self) -> bool {
        self.place != Place::Header
    }

    /// The access key id that claims to have signed.
    pub fn access_key_id(&self) -> &AccessKeyId {
        &self.said.access_key_id
    }

    /// How it is signed.
    pub fn algorithm(&self) -> Algorithm {
        self.said.algorithm
    }

    /// What the signature is limited to.
    pub fn scope(&self) -> &Scope {
        &self.said.scope
    }

    /// The regions that a Signature Version 4A is for.
    pub fn region_set(&self) -> Option<&RegionSet> {
        self.said.regions.as_ref()
    }

    /// The session token that came along.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref().map(String::as_str)
    }
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claim")
            .field("access_key_id", &self.said.access_key_id)
            .field("scope", &self.said.scope)
            .finish_non_exhaustive()
    }
}

/// What is wrong with a signature that cannot be read.
fn bad_signature(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::HmacSha256 => "Signature is not 64 lower-case hexadecimal digits",
        Algorithm::EcdsaP256Sha256 => "Signature is no ECDSA signature in hexadecimal digits",
    }
}

impl Said {
    /// `AKID/YYYYMMDD/region/service/aws4_request`; without the region of Signature Version 4A.
    pub(crate) fn read(parts: &Parts<'_>) -> Result<Self, Refusal> {
        let mut words = parts.credential.split('/');
        let mut word = || words.next();
        let (id, date) = (word(), word());
        let region = match parts.algorithm {
            Algorithm::HmacSha256 => word(),
            Algorithm::EcdsaP256Sha256 => parts.region_set.map(Some).ok_or(Refusal::RegionSet)?,
        };
        let (service, terminator) = (word(), word());
        let (Some(id), Some(date), Some(region), Some(service), Some(terminator), None) =
            (id, date, region, service, terminator, word())
        else {
            return Err(Refusal::Malformed(match parts.algorithm {
                Algorithm::HmacSha256 => {
                    "Credential is not of the form AKID/DATE/REGION/SERVICE/aws4_request"
                }
                Algorithm::EcdsaP256Sha256 => {
                    "Credential is not of the form AKID/DATE/SERVICE/aws4_request"
                }
            }));
        };
        if terminator != TERMINATOR {
            return Err(Refusal::Terminator);
        }
        let plain = |text: &str| {
            (1..=64).contains(&text.len())
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let regions = match parts.algorithm {
            Algorithm::HmacSha256 => None,
            Algorithm::EcdsaP256Sha256 => Some(RegionSet::read(region).ok_or(Refusal::RegionSet)?),
        };
        if date.len() != 8
            || !date.bytes().all(|byte| byte.is_ascii_digit())
            || !(regions.is_some() || plain(region))
            || !plain(service)
        {
            return Err(Refusal::Malformed("the credential scope has another form"));
        }
        // Last: whatever else is wrong, a key of another form is above all nobody's.
        let access_key_id =
            AccessKeyId::parse(id).ok_or_else(|| Refusal::AccessKeyId(AccessKeyId::shown(id)))?;
        let scope = Scope {
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        };
        Ok(Self {
            access_key_id,
            algorithm: parts.algorithm,
            scope,
            regions,
        })
    }
}

/// Lower-case names in ascending order, each once: the only form whose reading is beyond doubt.
fn check_names(text: &str) -> Result<(), Refusal> {
    // Sorting here would forgive a signer; it would also let two requests that differ have one
    // signature text.
    let plain = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte)
            })
    };
    // Each name is looked for among the fields, of which there are no more.
    if text.split(';').nth(wire::MAX_HEADERS).is_some() {
        return Err(Refusal::Malformed("SignedHeaders are too many"));
    }
    if !text.split(';').all(plain) || !text.split(';').is_sorted_by(|a, b| a < b) {
        return Err(Refusal::Malformed(
            "SignedHeaders are not lower-case names in ascending order",
        ));
    }
    Ok(())
}
