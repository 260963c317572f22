//! Session tags: what a call passes, what a chain inherits, and what of both becomes
//! `aws:PrincipalTag`.
//!
//! Rules: IAM user guide, "Pass session tags in AWS STS". Keys are unique whatever their case; a
//! session tag overrides the role's own of the same key; a transitive one goes on along the chain
//! and cannot be passed anew.

use std::collections::BTreeMap;

use wire::Fault;

use crate::form::Form;

/// Most session tags, inherited ones included.
pub(crate) use token::MAX_TAGS;

/// The tags of one session. Every transitive key is spelt as its tag is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionTags {
    /// Values by key.
    pub tags: BTreeMap<String, String>,
    /// Keys of the tags that go on to the next role of a chain.
    pub transitive: Vec<String>,
}

impl SessionTags {
    /// Reads `Tags` and `TransitiveTagKeys` of a call that fits its members.
    ///
    /// # Errors
    /// `InvalidParameterValue` for keys that are reserved, given twice, or transitive without being
    /// there.
    pub(crate) fn read(form: &Form<'_>) -> Result<Self, Fault> {
        let mut tags = BTreeMap::new();
        let given = form.structures("Tags", ["Key", "Value"]);
        for n in 1..=given.len() {
            let key = form.required(&format!("Tags.member.{n}.Key"))?;
            let value = form.required(&format!("Tags.member.{n}.Value"))?;
            tags.insert(key.to_owned(), value.to_owned());
        }
        let keys = form.list("TransitiveTagKeys");
        // Before the reserved ones: which of two values was meant cannot be told.
        if tags.len() != given.len() || !sound_keys(&tags) {
            return Err(invalid(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        if tags
            .keys()
            .any(|key| key.to_lowercase().starts_with("aws:"))
        {
            return Err(invalid("Tag keys that begin with aws: are reserved"));
        }
        let mut transitive: Vec<String> = Vec::new();
        for asked in keys {
            let key = find(&tags, asked).map(|(key, _)| key.clone());
            let key = key.ok_or_else(|| {
                invalid("The specified transitive tag key must be included in the requested tags.")
            })?;
            if !transitive.contains(&key) {
                transitive.push(key);
            }
        }
        Ok(Self { tags, transitive })
    }

    /// Whether nothing is passed.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.transitive.is_empty()
    }

    /// What a session of these tags hands on to the next role.
    #[must_use]
    pub(crate) fn handed_on(tags: &BTreeMap<String, String>, transitive: &[String]) -> Self {
        // Only the transitive ones: the others end with this session.
        let tags = transitive.iter().filter_map(|key| tags.get_key_value(key));
        Self {
            tags: tags
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            transitive: transitive.to_vec(),
        }
    }

    /// The first key of `passed` that these inherited tags already fix.
    pub(crate) fn conflict<'a>(&self, passed: &'a Self) -> Option<&'a str> {
        passed
            .tags
            .keys()
            .find(|key| find(&self.tags, key).is_some())
            .map(String::as_str)
    }

    /// Inherited and passed tags together.
    #[must_use]
    pub(crate) fn joined(mut self, passed: &Self) -> Self {
        self.tags.extend(
            passed
                .tags
                .iter()
                .map(|(key, value)| (key.clone(), value.clone())),
        );
        self.transitive.extend(passed.transitive.iter().cloned());
        self
    }
}

/// The tags of a principal: its session's, and those of its role that the session does not
/// override.
pub(crate) fn of_principal<'a>(
    role: &'a BTreeMap<String, String>,
    session: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (&'a String, &'a String)> {
    // The session's value wins, whatever the case of the key: a role tagged `Team` does not bring a
    // second `team`.
    role.iter()
        .filter(|(key, _)| find(session, key).is_none())
        .chain(session)
}

/// The keys of tags that a call names, for `aws:TagKeys` and `sts:TransitiveTagKeys`, and those of
/// standing tags that they mean in another spelling. A tag is one whatever its case: what is done
/// to `ENV` is done to `env`, and a policy may name either.
pub(crate) fn named<'a>(
    keys: impl IntoIterator<Item = &'a String>,
    standing: impl IntoIterator<Item = &'a str>,
) -> Vec<String> {
    let mut keys: Vec<String> = keys.into_iter().cloned().collect();
    for tag in standing {
        // Both spellings, and not one of them: a Deny may name either (docs/threats.md, 65).
        if !keys.iter().any(|key| key == tag)
            && keys
                .iter()
                .any(|key| key.to_lowercase() == tag.to_lowercase())
        {
            keys.push(tag.to_owned());
        }
    }
    keys
}

/// Whether no two keys differ in case only.
pub(crate) fn sound_keys(tags: &BTreeMap<String, String>) -> bool {
    let folded: std::collections::BTreeSet<String> =
        tags.keys().map(|key| key.to_lowercase()).collect();
    folded.len() == tags.len()
}

fn find<'a>(tags: &'a BTreeMap<String, String>, wanted: &str) -> Option<(&'a String, &'a String)> {
    let wanted = wanted.to_lowercase();
    tags.iter().find(|(key, _)| key.to_lowercase() == wanted)
}

fn invalid(text: &str) -> Fault {
    Fault::new("InvalidParameterValue", 400, text)
}

#[cfg(test)]
mod tests {
    use wire::Words;

    use super::*;

    fn read(form: &str) -> Result<SessionTags, std::borrow::Cow<'static, str>> {
        let call = "RoleArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fnext&RoleSessionName=s1";
        let ask = crate::assume_role::Ask::read(&Words::read(&format!("{call}&{form}")).unwrap());
        ask.map(|ask| ask.tags).map_err(|fault| fault.code)
    }

    #[test]
    fn tags_are_read_by_aws_rules() {
        let two = "Tags.member.1.Key=Team&Tags.member.1.Value=red&Tags.member.2.Key=x&Tags.member.2.Value=";
        let tags = read(&format!("{two}&TransitiveTagKeys.member.1=team")).unwrap();
        assert_eq!(
            tags.tags,
            BTreeMap::from([("Team".into(), "red".into()), ("x".into(), String::new())])
        );
        assert_eq!(tags.transitive, ["Team"], "spelt as the tag is");
        assert_eq!(read(""), Ok(SessionTags::default()));
        let many: String = (1..=51)
            .map(|n| format!("Tags.member.{n}.Key=k{n}&Tags.member.{n}.Value=v&"))
            .collect();
        for (sentence, form, code) in [
            (
                "a key twice, in another case",
                two.replace("Key=x", "Key=TEAM"),
                "InvalidParameterValue",
            ),
            (
                "a key twice",
                two.replace("Key=x", "Key=Team"),
                "InvalidParameterValue",
            ),
            (
                "a reserved key",
                two.replace("Key=x", "Key=AWS:x"),
                "InvalidParameterValue",
            ),
            (
                "a transitive key that is not passed",
                format!("{two}&TransitiveTagKeys.member.1=y"),
                "InvalidParameterValue",
            ),
            (
                "a tag without a value",
                "Tags.member.1.Key=a".to_owned(),
                "ValidationError",
            ),
            (
                "an empty key",
                two.replace("Key=x", "Key="),
                "ValidationError",
            ),
            (
                "a key of 129 characters",
                two.replace("Key=x", &format!("Key={}", "k".repeat(129))),
                "ValidationError",
            ),
            (
                "a value of 257 characters",
                two.replace("red", &"v".repeat(257)),
                "ValidationError",
            ),
            (
                "a star in a value",
                two.replace("red", "%2A"),
                "ValidationError",
            ),
            ("51 tags", many, "ValidationError"),
            (
                "a gap",
                two.replace("member.2", "member.3"),
                "ValidationError",
            ),
            (
                "a gap among the transitive",
                format!("{two}&TransitiveTagKeys.member.2=x"),
                "ValidationError",
            ),
        ] {
            assert_eq!(read(&form), Err(code.into()), "{sentence}");
        }
    }

    #[test]
    fn a_session_tag_overrides_the_roles_whatever_its_case() {
        let map = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect::<BTreeMap<_, _>>()
        };
        let (role, session) = (
            map(&[("Team", "red"), ("heart", "1")]),
            map(&[("team", "blue")]),
        );
        let effective: Vec<_> = of_principal(&role, &session)
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(effective, [("heart", "1"), ("team", "blue")]);
    }
}
