//! A token that holds, and what AWS's own claims in it ask for.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::jwk::Owner;
use crate::jws::Malformed;
use crate::verify::Times;

/// A proven token. Only [`Unverified::verify`](crate::Unverified::verify) makes one.
#[derive(Debug)]
pub struct Verified {
    pub(crate) owner: Owner,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audiences: Vec<String>,
    pub(crate) azp: Option<String>,
    pub(crate) matched: String,
    pub(crate) amr: Vec<String>,
    pub(crate) email: Option<String>,
    pub(crate) times: Times,
    pub(crate) claims: Map<String, Value>,
}

/// Session tags that a token asks for (IAM user guide, "Passing session tags using AssumeRoleWithWebIdentity").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Tags by key.
    pub principal_tags: BTreeMap<String, String>,
    /// Keys that go on to the next role of a chain.
    pub transitive: Vec<String>,
}

const TAGS: &str = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
const ROLES: &str = "https://aws.amazon.com/roles";

impl Verified {
    /// Whose keys proved it.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// `iss`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `sub`.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// `aud`, all of them.
    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// `azp`.
    pub fn azp(&self) -> Option<&str> {
        self.azp.as_deref()
    }

    /// The audience or authorized party that is one of the provider's client ids.
    pub fn matched_audience(&self) -> &str {
        &self.matched
    }

    /// `amr`.
    pub fn amr(&self) -> &[String] {
        &self.amr
    }

    /// `email`.
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// `iat`, unix seconds.
    pub fn issued_at(&self) -> i64 {
        self.times.issued
    }

    /// `exp`, unix seconds.
    pub fn expires_at(&self) -> i64 {
        self.times.expires
    }

    /// The session tags that it asks for.
    ///
    /// # Errors
    /// [`Malformed`] when the claim has another form or breaks a limit: tags that cannot be read are not dropped.
    pub fn tags(&self) -> Result<Option<Tags>, Malformed> {
        const BAD: Malformed = Malformed("the claim `https://aws.amazon.com/tags` has another form");
        let Some(claim) = self.claims.get(TAGS) else { return Ok(None) };
        let claim = claim.as_object().ok_or(BAD)?;
        let mut tags = Tags::default();
        for (key, values) in claim.get("principal_tags").map_or(Ok(&Map::new()), |tags| tags.as_object().ok_or(BAD))? {
            let value = match values {
                Value::Array(one) if one.len() == 1 => one.first().and_then(Value::as_str),
                _ => None,
            };
            let value = value.filter(|value| value.chars().count() <= 256 && is_tag_text(value)).ok_or(BAD)?;
            if !(1..=128).contains(&key.chars().count()) || !is_tag_text(key) {
                return Err(BAD);
            }
            tags.principal_tags.insert(key.clone(), value.to_owned());
        }
        for key in claim.get("transitive_tag_keys").map_or(Ok(&Vec::new()), |keys| keys.as_array().ok_or(BAD))? {
            let key = key.as_str().filter(|key| tags.principal_tags.contains_key(*key)).ok_or(BAD)?;
            tags.transitive.push(key.to_owned());
        }
        let known = ["principal_tags", "transitive_tag_keys"];
        let strange = claim.keys().any(|name| !known.contains(&name.as_str()));
        if strange || tags.principal_tags.len() > 50 { Err(BAD) } else { Ok(Some(tags)) }
    }

    /// The source identity that it asks for.
    ///
    /// # Errors
    /// [`Malformed`] when the claim has another form.
    pub fn source_identity(&self) -> Result<Option<String>, Malformed> {
        let Some(claim) = self.claims.get(SOURCE_IDENTITY) else { return Ok(None) };
        let plain = |text: &&str| {
            (2..=64).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c))
        };
        let text = claim.as_str().filter(plain);
        text.map(|text| Some(text.to_owned()))
            .ok_or(Malformed("the claim `https://aws.amazon.com/source_identity` has another form"))
    }

    /// The roles that it is limited to, if it is.
    ///
    /// # Errors
    /// [`Malformed`] when the claim has another form: a limit that cannot be read is not dropped.
    pub fn roles(&self) -> Result<Option<Vec<String>>, Malformed> {
        let Some(claim) = self.claims.get(ROLES) else { return Ok(None) };
        let one = |value: &Value| value.as_str().map(str::to_owned);
        let listed = match claim {
            Value::String(_) => one(claim).map(|role| vec![role]),
            Value::Array(many) => many.iter().map(one).collect(),
            _ => None,
        };
        listed.map(Some).ok_or(Malformed("the claim `https://aws.amazon.com/roles` has another form"))
    }
}

/// Letters, digits, separators and `_.:/=+-@` (STS API reference, Tag).
fn is_tag_text(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
}
