//! The signature of a browser's form: of its policy document, by fields of the form (S3 API
//! reference, "Authenticating Requests in Browser-Based Uploads Using POST").
//!
//! What the document says is none of this crate's.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::authenticated::{AuthType, Authenticated};
use crate::claim::{Parts, Said};
use crate::credential::{AccessKeyId, SecretKey};
use crate::date::{self, SKEW_SECONDS};
use crate::key::{DerivedKeys, Deriving};
use crate::refusal::Refusal;
use crate::scope::{Algorithm, Scope};
use crate::signature::Signature;

/// A signing key is good for seven days (as above), whatever the document says.
const LONGEST: i64 = 604_800;

/// The signature of a form as it was presented.
#[derive(Clone)]
pub struct PostClaim {
    said: Arc<Said>,
    policy: String,
    date: String,
    signature: Signature,
    session_token: Option<Zeroizing<String>>,
}

impl PostClaim {
    /// Reads the signature of a form by its fields, whose names are given lower-case; `None` when it
    /// has none at all.
    ///
    /// # Errors
    /// [`Refusal`] for everything that is a signature but not of the documented form.
    pub fn read<'a>(field: impl Fn(&str) -> Option<&'a str>) -> Result<Option<Self>, Refusal> {
        let is_version_4 = [
            "x-amz-algorithm",
            "x-amz-credential",
            "x-amz-date",
            "x-amz-signature",
            "x-amz-security-token",
        ]
        .iter()
        .any(|name| field(name).is_some());
        let is_version_2 = ["awsaccesskeyid", "signature"]
            .iter()
            .any(|name| field(name).is_some());
        match (is_version_4, is_version_2, field("policy")) {
            (true, true, _) => return Err(Refusal::TwoPlaces),
            (false, true, _) => return Err(Refusal::V2),
            // A document that nobody signed is nobody's.
            (false, false, Some(_)) => return Err(Refusal::Form("x-amz-signature")),
            (false, false, None) => return Ok(None),
            (true, false, _) => {}
        }
        let needed = |name: &'static str| field(name).ok_or(Refusal::Form(name));
        let algorithm = needed("x-amz-algorithm")?;
        if algorithm != Algorithm::HmacSha256.as_str() {
            return Err(Refusal::Algorithm(algorithm.chars().take(32).collect()));
        }
        let signature = needed("x-amz-signature")?;
        let parts = Parts {
            algorithm: Algorithm::HmacSha256,
            credential: needed("x-amz-credential")?,
            signed_headers: "",
            signature,
            session_token: field("x-amz-security-token"),
            region_set: None,
        };
        let said = Said::read(&parts).map_err(|refusal| match refusal {
            Refusal::Malformed(_) | Refusal::Terminator => Refusal::Form("x-amz-credential"),
            other => other,
        })?;
        if said.scope.service != "s3" {
            return Err(Refusal::Form("x-amz-credential"));
        }
        Ok(Some(Self {
            said: Arc::new(said),
            policy: needed("policy")?.to_owned(),
            date: needed("x-amz-date")?.to_owned(),
            signature: Signature::read(Algorithm::HmacSha256, signature.as_bytes())
                .ok_or(Refusal::Form("x-amz-signature"))?,
            session_token: parts
                .session_token
                .map(|token| Zeroizing::new(token.to_owned())),
        }))
    }

    /// The access key id that claims to have signed.
    pub fn access_key_id(&self) -> &AccessKeyId {
        &self.said.access_key_id
    }

    /// What the signature is limited to.
    pub fn scope(&self) -> &Scope {
        &self.said.scope
    }

    /// The session token that came along. That the document names it too is for whoever reads the
    /// document to see.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref().map(String::as_str)
    }

    /// The policy document as it is signed, in base64.
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// Verifies the signature with the secret of its access key id. How long the form is good is for
    /// its document to say, up to seven days.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn verify(&self, secret: &SecretKey, now: i64) -> Result<Authenticated, Refusal> {
        self.verify_with(secret, now, &DerivedKeys::new(0))
    }

    /// As [`PostClaim::verify`], without deriving a key that was used lately.
    ///
    /// # Errors
    /// As [`PostClaim::verify`].
    pub fn verify_with(
        &self,
        secret: &SecretKey,
        now: i64,
        keys: &DerivedKeys,
    ) -> Result<Authenticated, Refusal> {
        let signed_at = date::read(&self.date).ok_or(Refusal::Form("x-amz-date"))?;
        let day = self.date.get(..8).unwrap_or("");
        if self.said.scope.date != day {
            return Err(Refusal::ScopeDate {
                scope: self.said.scope.date.clone(),
                day: day.to_owned(),
            });
        }
        if signed_at > now + SKEW_SECONDS {
            return Err(Refusal::NotYet { signed_at, now });
        }
        if now > signed_at + LONGEST {
            let until = signed_at + LONGEST;
            return Err(Refusal::Expired { until, now });
        }
        let deriving = Deriving {
            algorithm: self.said.algorithm,
            id: &self.said.access_key_id,
            secret,
            scope: &self.said.scope,
        };
        deriving.checked(keys, self.policy.as_bytes(), &self.signature)?;
        Ok(Authenticated::new(&self.said, signed_at, AuthType::Post))
    }
}

impl std::fmt::Debug for PostClaim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostClaim")
            .field("access_key_id", &self.said.access_key_id)
            .field("scope", &self.said.scope)
            .finish_non_exhaustive()
    }
}
