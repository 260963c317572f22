//! A token that holds, and what AWS's own claims in it ask for.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::jwk::Owner;
use crate::jws::Malformed;
use crate::times::Times;

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

/// Most tags of a session, inherited ones included, and of anything in IAM (IAM user guide, "IAM
/// and AWS STS quotas").
pub const MAX_TAGS: usize = 50;
/// Most characters of a tag's key; it has one at least.
pub const MAX_TAG_KEY: usize = 128;
/// Most characters of a tag's value, which may be empty.
pub const MAX_TAG_VALUE: usize = 256;

/// Session tags that a token asks for (IAM user guide, "Passing session tags using
/// AssumeRoleWithWebIdentity").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Tags by key.
    pub principal_tags: BTreeMap<String, String>,
    /// Keys that go on to the next role of a chain.
    pub transitive: Vec<String>,
}

/// A claim that a provider has beyond those of every provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// A text, a number or a boolean, as text.
    Value(String),
    /// It is there and none of these.
    Unreadable,
}

/// How AWS's own claims begin.
pub(crate) const AWS: &str = "https://aws.amazon.com/";
const TAGS: &str = "https://aws.amazon.com/tags";
const BAD_TAGS: Malformed = Malformed("the claim `https://aws.amazon.com/tags` has another form");
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
const ROLES: &str = "https://aws.amazon.com/roles";

impl Verified {
    /// About how many bytes it takes in memory: a claim of many small objects takes a hundred times
    /// its text.
    pub fn weight(&self) -> usize {
        /// Members that one node of an object's tree holds at least, and what the node takes,
        /// however few they are.
        const MEMBERS: usize = 5;
        const NODE: usize = 700;
        fn bytes(value: &Value) -> usize {
            32 + match value {
                Value::Array(items) => items.iter().map(bytes).sum(),
                Value::Object(members) => {
                    let inside: usize = members
                        .iter()
                        .map(|(name, value)| name.len() + bytes(value))
                        .sum();
                    inside + (1 + members.len() / MEMBERS) * NODE
                }
                Value::String(text) => text.len(),
                Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            }
        }
        let listed: usize = self
            .audiences
            .iter()
            .chain(&self.amr)
            .map(|text| text.len() + 24)
            .sum();
        self.claims
            .iter()
            .map(|(name, value)| name.len() + bytes(value))
            .sum::<usize>()
            + listed
            + self.subject.len()
    }

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

    /// A claim that the expectation asked for, by its name or as the member of an object:
    /// `google/organization_number`.
    pub fn claim(&self, name: &str) -> Option<Claim> {
        let within = || {
            let (outer, inner) = name.split_once('/')?;
            self.claims.get(outer)?.as_object()?.get(inner)
        };
        let value = self.claims.get(name).or_else(within)?;
        Some(match value {
            Value::String(text) => Claim::Value(text.clone()),
            Value::Number(number) => Claim::Value(number.to_string()),
            Value::Bool(yes) => Claim::Value(yes.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => Claim::Unreadable,
        })
    }

    /// `iat`, unix seconds.
    pub fn issued_at(&self) -> i64 {
        self.times.issued
    }

    /// `exp`, unix seconds.
    pub fn expires_at(&self) -> i64 {
        self.times.expires
    }

    /// The session tags that it asks for, in either form: one claim, or a claim for each tag for
    /// issuers that cannot nest.
    ///
    /// # Errors
    /// [`Malformed`] when the claims have another form, come in both, or break a limit: tags that
    /// cannot be read are not dropped.
    pub fn tags(&self) -> Result<Option<Tags>, Malformed> {
        let flat: Vec<(&str, &Value)> = self
            .claims
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix(TAGS)?.strip_prefix('/')?, value)))
            .collect();
        let (principal_tags, transitive_keys) = match (self.claims.get(TAGS), flat.is_empty()) {
            (None, true) => return Ok(None),
            (Some(_), false) => return Err(BAD_TAGS),
            (Some(claim), true) => nested(claim)?,
            (None, false) => flattened(flat)?,
        };
        let mut tags = Tags::default();
        for (key, value) in principal_tags {
            let value = value
                .filter(|value| value.chars().count() <= MAX_TAG_VALUE && is_tag_text(value))
                .ok_or(BAD_TAGS)?;
            if !(1..=MAX_TAG_KEY).contains(&key.chars().count()) || !is_tag_text(key) {
                return Err(BAD_TAGS);
            }
            tags.principal_tags.insert(key.to_owned(), value.to_owned());
        }
        for key in
            transitive_keys.map_or(Ok(&Vec::new()), |keys| keys.as_array().ok_or(BAD_TAGS))?
        {
            // A transitive key that is no tag of this token would promise something to the next
            // role that is not there.
            let key = key
                .as_str()
                .filter(|key| tags.principal_tags.contains_key(*key))
                .ok_or(BAD_TAGS)?;
            tags.transitive.push(key.to_owned());
        }
        if tags.principal_tags.len() > MAX_TAGS {
            Err(BAD_TAGS)
        } else {
            Ok(Some(tags))
        }
    }

    /// The source identity that it asks for.
    ///
    /// # Errors
    /// [`Malformed`] when the claim has another form.
    pub fn source_identity(&self) -> Result<Option<String>, Malformed> {
        let Some(claim) = self.claims.get(SOURCE_IDENTITY) else {
            return Ok(None);
        };
        let plain = |text: &&str| {
            (2..=64).contains(&text.len())
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c))
        };
        let text = claim.as_str().filter(plain);
        text.map(|text| Some(text.to_owned())).ok_or(Malformed(
            "the claim `https://aws.amazon.com/source_identity` has another form",
        ))
    }

    /// The roles that it is limited to, if it is.
    ///
    /// # Errors
    /// [`Malformed`] when the claim has another form: a limit that cannot be read is not dropped.
    pub fn roles(&self) -> Result<Option<Vec<String>>, Malformed> {
        let Some(claim) = self.claims.get(ROLES) else {
            return Ok(None);
        };
        let one = |value: &Value| value.as_str().map(str::to_owned);
        let listed = match claim {
            Value::String(_) => one(claim).map(|role| vec![role]),
            Value::Array(many) => many.iter().map(one).collect(),
            _ => None,
        };
        listed.map(Some).ok_or(Malformed(
            "the claim `https://aws.amazon.com/roles` has another form",
        ))
    }
}

/// Keys with their values, where these can be read, and the keys that go on.
type Claimed<'a> = (Vec<(&'a str, Option<&'a str>)>, Option<&'a Value>);

/// `{"principal_tags": {"KEY": ["VALUE"]}, "transitive_tag_keys": ["KEY"]}`.
fn nested(claim: &Value) -> Result<Claimed<'_>, Malformed> {
    let claim = claim.as_object().ok_or(BAD_TAGS)?;
    if claim
        .keys()
        .any(|name| !["principal_tags", "transitive_tag_keys"].contains(&name.as_str()))
    {
        return Err(BAD_TAGS);
    }
    let tags = claim
        .get("principal_tags")
        .map(|tags| tags.as_object().ok_or(BAD_TAGS))
        .transpose()?;
    let tags = tags
        .into_iter()
        .flatten()
        .map(|(key, values)| (key.as_str(), only(values)));
    Ok((tags.collect(), claim.get("transitive_tag_keys")))
}

/// `principal_tags/KEY` with a value or a list of one, and `transitive_tag_keys`.
fn flattened<'a>(claims: Vec<(&'a str, &'a Value)>) -> Result<Claimed<'a>, Malformed> {
    let (mut tags, mut transitive) = (Vec::new(), None);
    for (name, value) in claims {
        match name.strip_prefix("principal_tags/") {
            Some(key) => tags.push((key, value.as_str().or_else(|| only(value)))),
            None if name == "transitive_tag_keys" => transitive = Some(value),
            None => return Err(BAD_TAGS),
        }
    }
    Ok((tags, transitive))
}

/// The text in a list of one.
fn only(values: &Value) -> Option<&str> {
    match values.as_array().map(Vec::as_slice) {
        Some([one]) => one.as_str(),
        _ => None,
    }
}

/// Letters, digits, separators and `_.:/=+-@` (STS API reference, Tag).
pub fn is_tag_text(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
}
