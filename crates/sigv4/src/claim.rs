//! What a signed request says of itself: key id, scope, signed headers, signature. Its parts are
//! read strictly; nothing is proven yet.

use wire::BadHead;

use crate::credential::AccessKeyId;
use crate::refusal::Refusal;
use crate::scope::{Scope, TERMINATOR};

/// A signature as it was presented.
#[derive(Clone)]
pub struct Claim {
    pub(crate) access_key_id: AccessKeyId,
    pub(crate) scope: Scope,
    pub(crate) signed_headers: Vec<String>,
    pub(crate) signature: [u8; 32],
    pub(crate) place: Place,
    session_token: Option<zeroize::Zeroizing<String>>,
}

/// Where the signature stands, and with it the time of signing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The `Authorization` header; the time is in `x-amz-date`.
    Header,
    /// The query string: a presigned URL, with its `X-Amz-Date`.
    Query {
        /// As it came.
        date: String,
    },
}

impl Claim {
    /// Puts the parts of a signature together, each read strictly.
    pub(crate) fn of(
        credential: &str,
        headers: &str,
        signature: &str,
        session_token: Option<&str>,
        place: Place,
    ) -> Result<Self, Refusal> {
        let (access_key_id, scope) = credential_parts(credential)?;
        Ok(Self {
            access_key_id,
            scope,
            signed_headers: signed_headers(headers)?,
            signature: hex(signature).ok_or(Refusal::Malformed(
                "Signature is not 64 lower-case hexadecimal digits",
            ))?,
            place,
            session_token: session_token.map(|token| zeroize::Zeroizing::new(token.to_owned())),
        })
    }

    /// Whether the signature stands in the query string.
    pub fn is_presigned(&self) -> bool {
        self.place != Place::Header
    }

    /// The access key id that claims to have signed.
    pub fn access_key_id(&self) -> &AccessKeyId {
        &self.access_key_id
    }

    /// What the signature is limited to.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The session token that came along.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref().map(String::as_str)
    }
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claim")
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

pub(crate) fn duplicate(error: BadHead) -> Refusal {
    match error {
        BadHead::Duplicate(name) => Refusal::DuplicateHeader(name),
        BadHead::Method(_) | BadHead::Target | BadHead::Header(_) | BadHead::TooLong(_) => {
            Refusal::Target
        }
    }
}

/// `AKID/YYYYMMDD/region/service/aws4_request`.
fn credential_parts(text: &str) -> Result<(AccessKeyId, Scope), Refusal> {
    let parts: Vec<&str> = text.split('/').collect();
    let [id, date, region, service, terminator] = parts.as_slice() else {
        return Err(Refusal::Malformed(
            "Credential is not of the form AKID/DATE/REGION/SERVICE/aws4_request",
        ));
    };
    if *terminator != TERMINATOR {
        return Err(Refusal::Terminator);
    }
    let word = |text: &str| {
        (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if date.len() != 8
        || !date.bytes().all(|byte| byte.is_ascii_digit())
        || !word(region)
        || !word(service)
    {
        return Err(Refusal::Malformed("the credential scope has another form"));
    }
    // Last: whatever else is wrong, a key of another form is above all nobody's.
    let id = AccessKeyId::parse(id).ok_or_else(|| Refusal::AccessKeyId(AccessKeyId::shown(id)))?;
    Ok((
        id,
        Scope {
            date: (*date).to_owned(),
            region: (*region).to_owned(),
            service: (*service).to_owned(),
        },
    ))
}

/// Lower-case names in ascending order, each once: the only form whose reading is beyond doubt.
fn signed_headers(text: &str) -> Result<Vec<String>, Refusal> {
    // Sorting here would forgive a signer; it would also let two requests that differ have one
    // signature text.
    let names: Vec<String> = text.split(';').map(str::to_owned).collect();
    let plain = |name: &String| {
        !name.is_empty()
            && name.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte)
            })
    };
    if !names.iter().all(plain) || !names.is_sorted_by(|a, b| a < b) {
        return Err(Refusal::Malformed(
            "SignedHeaders are not lower-case names in ascending order",
        ));
    }
    Ok(names)
}

/// 64 lower-case hexadecimal digits.
pub(crate) fn hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64
        || !text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    {
        return None;
    }
    let mut out = [0; 32];
    for (place, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(out)
}
