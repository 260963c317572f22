//! Amazon Resource Names and account ids as types.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Twelve digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

/// Six parts, the first five separated by colons: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arn {
    text: String,
    colons: [usize; 5],
}

/// Not an ARN, or not an account id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArnError {
    /// Not twelve digits.
    Account,
    /// Fewer than six parts, an empty part where one is needed, or characters that no ARN has.
    Shape,
}

impl fmt::Display for ArnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "expected an account id of twelve digits",
            Self::Shape => {
                "expected an ARN of the form `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`"
            }
        })
    }
}

impl std::error::Error for ArnError {}

/// The six parts of an ARN, or of a pattern of one. With fewer colons a text is no ARN.
pub(crate) fn parts(text: &str) -> Option<[&str; 6]> {
    let [a, b, c, d, e] = colons(text)?;
    let part = |from: usize, to: usize| text.get(from..to);
    Some([
        part(0, a)?,
        part(a + 1, b)?,
        part(b + 1, c)?,
        part(c + 1, d)?,
        part(d + 1, e)?,
        text.get(e + 1..)?,
    ])
}

/// Where the first five colons stand. By hand: parts are short, and this is asked at every
/// decision.
fn colons(text: &str) -> Option<[usize; 5]> {
    let (mut places, mut found) = ([0; 5], 0);
    for (place, byte) in text.bytes().enumerate() {
        if byte == b':' {
            *places.get_mut(found)? = place;
            found += 1;
            if found == 5 {
                return Some(places);
            }
        }
    }
    None
}

/// Twelve digits.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl AccountId {
    /// Reads twelve digits.
    ///
    /// # Errors
    /// [`ArnError::Account`] for anything else.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        is_account(text)
            .then(|| Self(text.to_owned()))
            .ok_or(ArnError::Account)
    }

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Arn {
    /// Reads an ARN. Region and account may be empty; partition, service and resource may not.
    ///
    /// # Errors
    /// [`ArnError::Shape`].
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        let sound = text.len() <= 2048 && !text.chars().any(|c| c.is_control() || c == ' ');
        let colons = colons(text).ok_or(ArnError::Shape)?;
        let arn = Self {
            text: text.to_owned(),
            colons,
        };
        let filled =
            !arn.partition().is_empty() && !arn.service().is_empty() && !arn.resource().is_empty();
        (sound && text.starts_with("arn:") && filled)
            .then_some(arn)
            .ok_or(ArnError::Shape)
    }

    /// The part after colon number `after`, counted from zero.
    fn part(&self, after: usize) -> &str {
        let begin = self.colons.get(after).map_or(0, |colon| colon + 1);
        let end = self
            .colons
            .get(after + 1)
            .copied()
            .unwrap_or(self.text.len());
        self.text.get(begin..end).unwrap_or("")
    }

    /// `aws`, `aws-cn`, `aws-us-gov`, ...
    pub fn partition(&self) -> &str {
        self.part(0)
    }

    /// Such as `iam` or `s3`.
    pub fn service(&self) -> &str {
        self.part(1)
    }

    /// The region, or nothing.
    pub fn region(&self) -> &str {
        self.part(2)
    }

    /// The account as text, or nothing.
    pub fn account(&self) -> &str {
        self.part(3)
    }

    /// Everything after the fifth colon.
    pub fn resource(&self) -> &str {
        self.part(4)
    }

    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Maps by account are asked with the account part of an ARN as it stands there.
impl std::borrow::Borrow<str> for AccountId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for AccountId {
    type Error = ArnError;

    fn try_from(text: String) -> Result<Self, ArnError> {
        Self::parse(&text)
    }
}

impl TryFrom<String> for Arn {
    type Error = ArnError;

    fn try_from(text: String) -> Result<Self, ArnError> {
        Self::parse(&text)
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> Self {
        id.0
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> Self {
        arn.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_have_six_parts() {
        let arn = Arn::parse("arn:aws:iam::000000000000:role/team/app").unwrap();
        assert_eq!(
            (arn.partition(), arn.service(), arn.region()),
            ("aws", "iam", "")
        );
        assert_eq!(
            (arn.account(), arn.resource()),
            ("000000000000", "role/team/app")
        );
        assert_eq!(
            Arn::parse("arn:aws:logs:us-east-1:1:a:b:c")
                .unwrap()
                .resource(),
            "a:b:c"
        );
        for text in [
            "",
            "arn:aws:s3",
            "arn:aws:s3:::",
            "arn::s3:::b",
            "urn:aws:s3:::b",
            "arn:aws:s3:::a b",
            "arn:aws:s3:::a\n",
        ] {
            assert_eq!(Arn::parse(text), Err(ArnError::Shape), "{text:?}");
        }
    }

    #[test]
    fn accounts_have_twelve_digits() {
        assert!(AccountId::parse("000000000000").is_ok());
        for text in ["", "1", "0000000000000", "00000000000a", "٠٠٠٠٠٠"] {
            assert_eq!(AccountId::parse(text), Err(ArnError::Account), "{text:?}");
        }
    }
}
