//! The outside of a token: three parts, a header, claims. Its shape is checked, nothing is proven.

use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::jwk::KeySet;
use crate::refusal::Refusal;
use crate::{base64url, json};

/// Longest token (STS API reference).
const MAX_CHARS: usize = 20_000;

/// A token whose shape holds. Only its issuer and kid may be asked, to find the key that must prove
/// it.
pub struct Unverified {
    pub(crate) signed: String,
    pub(crate) signature: Vec<u8>,
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: String,
    pub(crate) issuer: String,
    pub(crate) claims: Map<String, Value>,
}

/// Why a text is no token that could be verified, in words that do not repeat it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub(crate) &'static str);

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}

impl Unverified {
    /// Reads a compact JWS (RFC 7515 section 7.1).
    ///
    /// # Errors
    /// [`Malformed`] for every other serialisation, encoding or algorithm.
    pub fn read(text: &str) -> Result<Self, Malformed> {
        let Envelope {
            signed,
            claims,
            signature,
            algorithm,
            kid,
        } = Envelope::read(text)?;
        let claims = json::object(&claims).ok_or(Malformed(
            "the token's claims are not a JSON object, or a member appears twice",
        ))?;
        let issuer = claims
            .get("iss")
            .and_then(Value::as_str)
            .ok_or(Malformed("the token has no issuer"))?
            .to_owned();
        Ok(Self {
            signed: signed.to_owned(),
            signature,
            algorithm,
            kid,
            issuer,
            claims,
        })
    }

    /// Whether the signature of a compact JWS holds, whatever its payload is. Says nothing of
    /// issuer, times or audience.
    pub fn signature_holds(text: &str, keys: &KeySet) -> bool {
        Envelope::read(text)
            .is_ok_and(|it| proves(keys, &it.kid, it.algorithm, it.signed, &it.signature).is_ok())
    }

    /// The `iss` that it claims.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The `kid` that it names; empty when it names none, as STS reads it.
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

/// A compact JWS whose payload nobody has looked at.
struct Envelope<'a> {
    signed: &'a str,
    claims: Vec<u8>,
    signature: Vec<u8>,
    algorithm: Algorithm,
    kid: String,
}

impl<'a> Envelope<'a> {
    fn read(text: &'a str) -> Result<Self, Malformed> {
        if !(4..=MAX_CHARS).contains(&text.len()) {
            return Err(Malformed("the token is too short or too long"));
        }
        let mut parts = text.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Malformed("the token does not have three parts"));
        };
        let part = |text: &str| {
            base64url::decode(text)
                .ok_or(Malformed("a part of the token is not canonical base64url"))
        };
        let header = json::object(&part(header)?).ok_or(Malformed(
            "the token's header is not a JSON object, or a member appears twice",
        ))?;
        let (algorithm, kid) = read_header(&header)?;
        let signed = text.rsplit_once('.').map_or("", |(signed, _)| signed);
        Ok(Self {
            signed,
            claims: part(claims)?,
            signature: part(signature)?,
            algorithm,
            kid,
        })
    }
}

/// Proves a signature with the key that the token names; the algorithm is the key's own.
pub(crate) fn proves(
    keys: &KeySet,
    kid: &str,
    named: Algorithm,
    signed: &str,
    signature: &[u8],
) -> Result<(), Refusal> {
    // By its id alone: trying every key of the set would let a token be proved by one that it does
    // not name, and cost a verification each.
    let key = keys.find(kid).ok_or_else(|| Refusal::NoKey {
        kid: kid.to_owned(),
    })?;
    // The token's word is not taken: a key that was made for one algorithm is never used with
    // another (RFC 8725 section 3.1).
    let algorithm = key.algorithm_for(named).ok_or(Refusal::Algorithm)?;
    if key.holds(algorithm, signed.as_bytes(), signature) {
        Ok(())
    } else {
        Err(Refusal::Signature)
    }
}

/// `jku`, `jwk`, `x5u` and `x5c` are never looked at: a token must not bring its own key.
fn read_header(header: &Map<String, Value>) -> Result<(Algorithm, String), Malformed> {
    // RFC 7515 section 4.1.11: who does not understand what `crit` lists must refuse. The others
    // would make the signed bytes mean something else.
    if ["crit", "b64", "zip", "enc"]
        .iter()
        .any(|name| header.contains_key(*name))
    {
        return Err(Malformed(
            "the token's header asks for an extension, a compression or an encryption",
        ));
    }
    let typ = header.get("typ").map(|typ| typ.as_str().unwrap_or(""));
    if typ
        .is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT") && !typ.eq_ignore_ascii_case("at+jwt"))
        || header.contains_key("cty")
    {
        return Err(Malformed("the token is not of type JWT"));
    }
    let algorithm = header
        .get("alg")
        .and_then(Value::as_str)
        .and_then(Algorithm::read);
    let algorithm = algorithm.ok_or(Malformed(
        "the token's algorithm is none of RS256, RS384, RS512, ES256, ES384, ES512",
    ))?;
    let kid = match header.get("kid") {
        // STS looks such a token up under the empty id.
        None => "",
        Some(kid) => kid
            .as_str()
            .filter(|kid| kid.len() <= 1024)
            .ok_or(Malformed("the token's kid is not text"))?,
    };
    Ok((algorithm, kid.to_owned()))
}

impl std::fmt::Debug for Unverified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unverified")
            .field("issuer", &self.issuer)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
