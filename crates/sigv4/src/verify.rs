//! Verification: the canonical request is built from what came, and the signature compared in
//! constant time.

use aws_lc_rs::{constant_time, hmac};
use wire::Head;

use crate::body::{BodyProof, sha256};
use crate::claim::{Claim, Place, duplicate, hex};
use crate::credential::{AccessKeyId, SecretKey};
use crate::date::SKEW_SECONDS;
use crate::presigned::SIGNATURE;
use crate::refusal::Refusal;
use crate::scope::{ALGORITHM, Scope, TERMINATOR};
use crate::{canonical, date, key};

/// Where the hash of the body comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// `x-amz-content-sha256` says it; the body is checked against it as it streams.
    Declared,
    /// The whole body is at hand; this is its SHA-256.
    Buffered([u8; 32]),
}

/// A signature that holds. Only [`Claim::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    access_key_id: AccessKeyId,
    scope: Scope,
}

impl Authenticated {
    /// Who signed.
    pub fn access_key_id(&self) -> &AccessKeyId {
        &self.access_key_id
    }

    /// For what.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
}

impl Claim {
    /// Verifies the signature with the secret of its access key id.
    ///
    /// # Errors
    /// [`Refusal`]; which check failed is told, the signature that would have held is not.
    pub fn verify(
        &self,
        head: &Head,
        payload: Payload,
        secret: &SecretKey,
        now: i64,
    ) -> Result<(Authenticated, BodyProof), Refusal> {
        let headers = &head.headers;
        // Each of these is read by somebody as one value. Given twice, signer and reader may take
        // different ones.
        for name in [
            "host",
            "authorization",
            "x-amz-date",
            "x-amz-content-sha256",
            "x-amz-security-token",
        ] {
            headers.one(name).map_err(duplicate)?;
        }
        let signed_at = self.time(head, now)?;
        self.covers(head)?;
        let (payload, proof) = payload_hash(head, payload)?;

        let path = canonical::path(head.target.raw_path(), self.scope.service == "s3")?;
        let left_out = (self.place != Place::Header).then_some(SIGNATURE);
        let query = canonical::query(head.target.raw_query(), left_out)?;
        let mut signed = Vec::with_capacity(self.signed_headers.len());
        for name in &self.signed_headers {
            let values: Vec<String> = headers.all(name).map(canonical::value).collect();
            if values.is_empty() {
                return Err(Refusal::Absent(name.clone()));
            }
            // Fields of one name are one list in the order they came (RFC 9110 section 5.3).
            signed.push((name.as_str(), values.join(",")));
        }
        let names = self.signed_headers.join(";");
        let request = canonical::request(
            head.method.as_str(),
            &path,
            &query,
            signed,
            &names,
            &payload,
        );
        let amz_date = date::amz_date(signed_at);
        let to_sign = string_to_sign(&amz_date, &self.scope, &request);
        // The computed signature lives inside the comparison only: nothing can log it.
        hmac::verify(
            &key::derive(secret, &self.scope),
            to_sign.as_bytes(),
            &self.signature,
        )
        .map_err(|_| Refusal::Mismatch)?;
        Ok((
            Authenticated {
                access_key_id: self.access_key_id.clone(),
                scope: self.scope.clone(),
            },
            proof,
        ))
    }

    fn time(&self, head: &Head, now: i64) -> Result<i64, Refusal> {
        let text = match &self.place {
            Place::Header => head
                .headers
                .one("x-amz-date")
                .map_err(duplicate)?
                .ok_or(Refusal::Date)?,
            Place::Query { date } => date,
        };
        let signed_at = date::read(text).ok_or(Refusal::Date)?;
        let day = text.get(..8).unwrap_or("");
        // The key is derived for a day: one that was derived for another day must not sign today's
        // requests.
        if self.scope.date != day {
            return Err(Refusal::ScopeDate {
                scope: self.scope.date.clone(),
                day: day.to_owned(),
            });
        }
        if (signed_at - now).abs() > SKEW_SECONDS {
            return Err(Refusal::Skewed { signed_at, now });
        }
        Ok(signed_at)
    }

    /// Whoever adds an unsigned `x-amz-*` header to a signed request would change what it means:
    /// all must be signed.
    fn covers(&self, head: &Head) -> Result<(), Refusal> {
        let is_signed = |name: &str| self.signed_headers.iter().any(|signed| signed == name);
        if !is_signed("host") {
            return Err(Refusal::NotSigned("host".to_owned()));
        }
        match head
            .headers
            .iter()
            .find(|(name, _)| name.starts_with("x-amz-") && !is_signed(name))
        {
            Some((name, _)) => Err(Refusal::NotSigned(name.to_owned())),
            None => Ok(()),
        }
    }
}

/// The hash as it stands in the canonical request, and what it promises of the body.
fn payload_hash(head: &Head, payload: Payload) -> Result<(String, BodyProof), Refusal> {
    let declared = head
        .headers
        .one("x-amz-content-sha256")
        .map_err(duplicate)?;
    match (payload, declared) {
        (Payload::Declared, None) => Err(Refusal::ContentHash),
        (Payload::Declared, Some("UNSIGNED-PAYLOAD")) => {
            Ok(("UNSIGNED-PAYLOAD".to_owned(), BodyProof::unsigned()))
        }
        // Its chunks carry signatures of their own, which nobody here would check.
        (Payload::Declared, Some(text)) if text.starts_with("STREAMING-") => {
            Err(Refusal::StreamingPayload(text.chars().take(64).collect()))
        }
        (Payload::Declared, Some(text)) => {
            let hash = hex(text).ok_or(Refusal::ContentHash)?;
            Ok((text.to_owned(), BodyProof::sha256(hash)))
        }
        (Payload::Buffered(hash), declared) => {
            let agrees = declared.is_none_or(|text| {
                hex(text).is_some_and(|told| {
                    constant_time::verify_slices_are_equal(&told, &hash).is_ok()
                })
            });
            if !agrees {
                return Err(Refusal::BodyHash);
            }
            Ok((lower_hex(&hash), BodyProof::sha256(hash)))
        }
    }
}

pub(crate) fn string_to_sign(amz_date: &str, scope: &Scope, request: &str) -> String {
    let Scope {
        date,
        region,
        service,
    } = scope;
    let hash = lower_hex(&sha256(request.as_bytes()));
    format!(
        "{ALGORITHM}\n{amz_date}\n{date}/{region}/{service}/{}\n{hash}",
        TERMINATOR
    )
}

pub(crate) fn lower_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
