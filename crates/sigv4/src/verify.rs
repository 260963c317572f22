//! Verification: the canonical request is built from what came, and the signature compared in
//! constant time.

use aws_lc_rs::constant_time;
use wire::Head;

use crate::authenticated::{AuthType, Authenticated};
use crate::body::{BodyProof, Declared, Seed};
use crate::canonical;
use crate::claim::{Claim, Place};
use crate::credential::SecretKey;
use crate::date::{self, SKEW_SECONDS};
use crate::digest::sha256;
use crate::hex;
use crate::key::{DerivedKeys, Deriving};
use crate::presigned::SIGNATURE;
use crate::refusal::Refusal;
use crate::scope::{Algorithm, Scope};

/// Where the hash of the body comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// The request says it, as S3's do; the body is checked against it as it streams.
    Declared,
    /// The whole body is at hand; this is its SHA-256.
    Buffered([u8; 32]),
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
        self.verify_with(head, payload, secret, now, &DerivedKeys::new(0))
    }

    /// As [`Claim::verify`], without deriving a key that was used lately.
    ///
    /// # Errors
    /// As [`Claim::verify`].
    pub fn verify_with(
        &self,
        head: &Head,
        payload: Payload,
        secret: &SecretKey,
        now: i64,
        keys: &DerivedKeys,
    ) -> Result<(Authenticated, BodyProof), Refusal> {
        // Long session tokens are headers; most requests fit.
        let mut text = Vec::with_capacity(2_048);
        let fields = Fields::read(head)?;
        let (signed_at, amz_date) = self.time(&fields, now)?;
        text.extend_from_slice(head.method.as_str().as_bytes());
        text.push(b'\n');
        canonical::path(head.target.raw_path(), self.is_s3(), &mut text)?;
        text.push(b'\n');
        let left_out = self.is_presigned().then_some(SIGNATURE);
        canonical::query(head.target.raw_query(), left_out, &mut text)?;
        text.push(b'\n');
        self.headers(head, &mut text)?;
        text.push(b'\n');
        text.extend_from_slice(self.signed_headers.as_bytes());
        text.push(b'\n');
        let declared = self.payload(head, &fields, payload, &mut text)?;

        let algorithm = self.algorithm();
        let to_sign = string_to_sign(algorithm, amz_date, self.scope(), &text);
        let deriving = Deriving {
            algorithm,
            id: self.access_key_id(),
            secret,
            scope: self.scope(),
        };
        let key = deriving.checked(keys, &to_sign, &self.signature)?;
        let proof = declared.proof(|| {
            let mut scope = Vec::with_capacity(64);
            self.scope().write(algorithm, &mut scope);
            Seed {
                algorithm,
                key,
                amz_date: amz_date.to_owned(),
                scope,
                signature: self.signature.to_hex(),
            }
        });
        let auth_type = match self.place {
            Place::Header => AuthType::Header,
            Place::Query { .. } => AuthType::Query,
        };
        Ok((Authenticated::new(&self.said, signed_at, auth_type), proof))
    }

    fn is_s3(&self) -> bool {
        self.scope().service == "s3"
    }

    /// When it was signed, and that text.
    fn time<'a>(&'a self, fields: &Fields<'a>, now: i64) -> Result<(i64, &'a str), Refusal> {
        let (text, expires) = match &self.place {
            Place::Header => (fields.date.ok_or(Refusal::Date)?, None),
            Place::Query { date, expires, .. } => (date.as_str(), *expires),
        };
        let signed_at = date::read(text).ok_or(Refusal::Date)?;
        let day = text.get(..8).unwrap_or("");
        // The key is derived for a day: one that was derived for another day must not sign today's
        // requests.
        if self.scope().date != day {
            let (scope, day) = (self.scope().date.clone(), day.to_owned());
            return Err(match expires {
                Some(_) => Refusal::QueryDate { scope, day },
                None => Refusal::ScopeDate { scope, day },
            });
        }
        match expires {
            None if (signed_at - now).abs() > SKEW_SECONDS => {
                Err(Refusal::Skewed { signed_at, now })
            }
            Some(_) if signed_at > now + SKEW_SECONDS => Err(Refusal::NotYet { signed_at, now }),
            Some(seconds) if now > signed_at + seconds => Err(Refusal::Expired {
                until: signed_at + seconds,
                now,
            }),
            None | Some(_) => Ok((signed_at, text)),
        }
    }

    /// Writes the signed headers. Whoever adds an unsigned `x-amz-*` header to a signed request
    /// would change what it means: all must be signed.
    fn headers(&self, head: &Head, text: &mut Vec<u8>) -> Result<(), Refusal> {
        // A bit for each field that is signed; there are at most `wire::MAX_HEADERS`.
        let mut covered = 0_u128;
        let (mut absent, mut host) = (None, false);
        for name in self.signed_headers.split(';') {
            host |= name == "host";
            text.extend_from_slice(name.as_bytes());
            let start = text.len();
            for (place, (found, value)) in head.headers.iter().enumerate() {
                if found == name {
                    covered |= 1 << place;
                    // Fields of one name are one list in the order they came (RFC 9110 section 5.3).
                    text.push(if text.len() == start { b':' } else { b',' });
                    canonical::value(value, text);
                }
            }
            if text.len() == start {
                absent = absent.or(Some(name));
            }
            text.push(b'\n');
        }
        if !host {
            return Err(Refusal::NotSigned("host".to_owned()));
        }
        for (place, (name, _)) in head.headers.iter().enumerate() {
            if name.starts_with("x-amz-") && covered & (1 << place) == 0 {
                return Err(Refusal::NotSigned(name.to_owned()));
            }
        }
        absent.map_or(Ok(()), |name| Err(Refusal::Absent(name.to_owned())))
    }

    /// Writes the hash of the body as it is signed; gives what is declared of the body.
    fn payload(
        &self,
        head: &Head,
        fields: &Fields<'_>,
        payload: Payload,
        text: &mut Vec<u8>,
    ) -> Result<Declared, Refusal> {
        let in_query = match &self.place {
            Place::Query { content_sha256, .. } => content_sha256.as_deref(),
            Place::Header => None,
        };
        let declared = match (fields.content_sha256, in_query) {
            (Some(header), Some(query)) if header != query => return Err(Refusal::ContentHash),
            (header, query) => header.or(query),
        };
        let hash = match payload {
            Payload::Buffered(hash) => hash,
            // A stranger to S3 that says nothing of its body would be believed anything.
            Payload::Declared if !self.is_s3() => return Err(Refusal::ContentHash),
            Payload::Declared => {
                let unsigned = self.is_presigned().then_some("UNSIGNED-PAYLOAD");
                let declared = declared.or(unsigned).ok_or(Refusal::ContentHash)?;
                text.extend_from_slice(declared.as_bytes());
                // No client signs the chunks of a URL that somebody else may have made.
                let signed = (!self.is_presigned()).then(|| self.algorithm());
                let read = Declared::read(declared, head, signed)?;
                if self.is_presigned() && matches!(read, Declared::Chunked { .. }) {
                    return Err(Refusal::StreamingPayload(declared.to_owned()));
                }
                return Ok(read);
            }
        };
        let agrees = declared.is_none_or(|text| {
            hex::read_32(text.as_bytes())
                .is_some_and(|told| constant_time::verify_slices_are_equal(&told, &hash).is_ok())
        });
        if !agrees {
            return Err(Refusal::BodyHash);
        }
        hex::write(&hash, text);
        Ok(Declared::Sha256(hash))
    }
}

/// Header fields that somebody reads as one value. Given twice, signer and reader may take
/// different ones.
struct Fields<'a> {
    date: Option<&'a str>,
    content_sha256: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn read(head: &'a Head) -> Result<Self, Refusal> {
        let [
            mut host,
            mut authorization,
            mut token,
            mut date,
            mut content_sha256,
        ] = [None; 5];
        for (name, value) in head.headers.iter() {
            let place = match name {
                "host" => &mut host,
                "authorization" => &mut authorization,
                "x-amz-date" => &mut date,
                "x-amz-content-sha256" => &mut content_sha256,
                "x-amz-security-token" => &mut token,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(Refusal::DuplicateHeader(name.to_owned()));
            }
        }
        Ok(Self {
            date,
            content_sha256,
        })
    }
}

/// What the signature of a request is of.
pub(crate) fn string_to_sign(
    algorithm: Algorithm,
    amz_date: &str,
    scope: &Scope,
    request: &[u8],
) -> Vec<u8> {
    let mut text = Vec::with_capacity(256);
    text.extend_from_slice(algorithm.as_str().as_bytes());
    text.push(b'\n');
    text.extend_from_slice(amz_date.as_bytes());
    text.push(b'\n');
    scope.write(algorithm, &mut text);
    text.push(b'\n');
    hex::write(&sha256(request), &mut text);
    text
}
