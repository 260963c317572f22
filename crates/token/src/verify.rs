//! The checks, in the order in which STS makes them: key, signature, times, audience, subject.

use serde_json::{Map, Value};
use std::time::Duration;

use crate::jwk::KeySet;
use crate::jws::Unverified;
use crate::refusal::Refusal;
use crate::times::Times;
use crate::verified::{AWS, Verified};
use crate::{claims, jws};

/// Seconds that a token may live at most, a day: STS believes no older one, so nobody need mint one
/// for longer.
pub const LONGEST_TOKEN: i64 = 24 * 3_600;
/// Longest life of a token that is believed, from `iat` to `exp`; and so how old it can be.
pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(LONGEST_TOKEN.unsigned_abs());

/// What a provider expects of its tokens.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// The issuer's whole URL.
    pub issuer: &'a str,
    /// Audiences that are accepted.
    pub client_ids: &'a [String],
    /// Longest life of a token.
    pub max_age: Duration,
    /// Claims of this provider that are asked for later, beside those of every provider.
    pub claims: &'a [&'a str],
}

impl Verified {
    /// Checks again what time and settings can change about a proven token: its times, issuer and
    /// audience.
    ///
    /// Whether its keys are still the provider's is for whoever kept it to know.
    ///
    /// # Errors
    /// [`Refusal`] with the first check that failed.
    pub fn still_holds(&self, expectation: &Expectation<'_>, now: i64) -> Result<(), Refusal> {
        if self.issuer != expectation.issuer {
            return Err(Refusal::Issuer {
                presented: self.issuer.clone(),
            });
        }
        self.times.hold(expectation.max_age, now)?;
        if expectation.client_ids.contains(&self.matched) {
            return Ok(());
        }
        // As in `verify`: the authorized party where there is one.
        let presented = self
            .azp
            .as_ref()
            .map_or_else(|| self.audiences.clone(), |azp| vec![azp.clone()]);
        Err(Refusal::Audience {
            presented,
            accepted: expectation.client_ids.to_vec(),
        })
    }
}

/// Whether a claim is needed to read `wanted`, which may stand within it:
/// `google/organization_number`.
fn keeps(wanted: &str, name: &str) -> bool {
    wanted == name
        || wanted
            .split_once('/')
            .is_some_and(|(outer, _)| outer == name)
}

impl Unverified {
    /// Proves the token with a provider's keys.
    ///
    /// # Errors
    /// [`Refusal`] with the first check that failed.
    pub fn verify(
        self,
        keys: &KeySet,
        expectation: &Expectation<'_>,
        now: i64,
    ) -> Result<Verified, Refusal> {
        if self.issuer != expectation.issuer {
            return Err(Refusal::Issuer {
                presented: self.issuer,
            });
        }
        // Nothing below is read before this holds: until then every claim is the caller's word.
        jws::proves(
            keys,
            &self.kid,
            self.algorithm,
            &self.signed,
            &self.signature,
        )?;

        let expires = claims::time(&self.claims, "exp")?.ok_or(Refusal::Missing("exp"))?;
        let issued = claims::time(&self.claims, "iat")?.ok_or(Refusal::Missing("iat"))?;
        let from = claims::time(&self.claims, "nbf")?.unwrap_or(issued);
        let times = Times {
            issued,
            from: from.max(issued),
            expires,
        };
        times.hold(expectation.max_age, now)?;

        let audiences = claims::audiences(&self.claims)?;
        let azp = claims::text(&self.claims, "azp")?;
        // Where a token has an authorized party, that one is matched and not the audience (IAM user
        // guide).
        let presented: &[String] = azp.as_ref().map_or(&audiences, std::slice::from_ref);
        let matched = presented
            .iter()
            .find(|one| expectation.client_ids.contains(one))
            .cloned();
        let matched = matched.ok_or_else(|| Refusal::Audience {
            presented: presented.to_vec(),
            accepted: expectation.client_ids.to_vec(),
        })?;

        let subject = claims::text(&self.claims, "sub")?.ok_or(Refusal::Missing("sub"))?;
        let email = claims::text(&self.claims, "email")?;
        let amr = claims::methods(&self.claims)?;
        // What nobody asks for later is not kept with the proof.
        let asked = |name: &str| {
            name.starts_with(AWS) || expectation.claims.iter().any(|wanted| keeps(wanted, name))
        };
        let claims: Map<String, Value> = self
            .claims
            .into_iter()
            .filter(|(name, _)| asked(name))
            .collect();
        Ok(Verified {
            owner: keys.owner().clone(),
            issuer: self.issuer,
            subject,
            audiences,
            azp,
            matched,
            amr,
            email,
            times,
            claims,
        })
    }
}
