//! Condition keys: their types, and which key a name in a policy means.

/// A condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionKey {
    /// The name, such as `aws:SourceIp`, `aws:RequestTag/${TagKey}` or
    /// `s3:ExistingObjectTag/<key>`.
    pub name: String,
    /// What its values are.
    pub kind: KeyType,
}

/// What a key's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the reference's own")]
pub enum KeyType {
    String,
    ArrayOfString,
    Arn,
    ArrayOfArn,
    Bool,
    ArrayOfBool,
    Numeric,
    Date,
    IpAddress,
}

impl KeyType {
    /// Whether a request may hold more than one value: such a key wants `ForAllValues` or
    /// `ForAnyValue`.
    pub fn is_multivalued(self) -> bool {
        match self {
            Self::ArrayOfString | Self::ArrayOfArn | Self::ArrayOfBool => true,
            Self::String
            | Self::Arn
            | Self::Bool
            | Self::Numeric
            | Self::Date
            | Self::IpAddress => false,
        }
    }

    /// The type of one value.
    pub fn element(self) -> Self {
        match self {
            Self::ArrayOfString => Self::String,
            Self::ArrayOfArn => Self::Arn,
            Self::ArrayOfBool => Self::Bool,
            one => one,
        }
    }

    /// As the reference writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::ArrayOfString => "ArrayOfString",
            Self::Arn => "ARN",
            Self::ArrayOfArn => "ArrayOfARN",
            Self::Bool => "Bool",
            Self::ArrayOfBool => "ArrayOfBool",
            Self::Numeric => "Numeric",
            Self::Date => "Date",
            Self::IpAddress => "IPAddress",
        }
    }
}

impl ConditionKey {
    /// Whether the name has a part that the writer of a policy fills in.
    pub(crate) fn is_template(&self) -> bool {
        self.name.contains("${") || self.name.contains('<')
    }

    /// Whether a name in a policy is this one to the letter; case does not count.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// When a name fills in this template: how many of its letters are the template's own, so that
    /// `events:Metadata/a/Matcher` is `events:Metadata/${MetadataKey}/Matcher`. Every part filled
    /// in has a letter at least.
    pub(super) fn filled_in(&self, name: &str) -> Option<usize> {
        if !self.is_template() {
            return None;
        }
        let (mut pattern, mut own, mut inside) = (String::new(), 0, None);
        for c in self.name.chars() {
            match (inside, c) {
                (None, '$') => {}
                (None, '{' | '<') => {
                    inside = Some(if c == '{' { '}' } else { '>' });
                    pattern.push_str("?*");
                }
                (None, c) => {
                    own += 1;
                    pattern.push(c);
                }
                (Some(end), c) if c == end => inside = None,
                (Some(_), _) => {}
            }
        }
        policy::like(&pattern, name).then_some(own)
    }
}

/// The key among these that a name means: the one of that very name, else the closest template.
pub(super) fn find<'a>(
    keys: impl Iterator<Item = &'a ConditionKey> + Clone,
    name: &str,
) -> Option<&'a ConditionKey> {
    let exact = keys.clone().find(|key| key.is_named(name));
    exact.or_else(|| {
        keys.filter_map(|key| Some((key.filled_in(name)?, key)))
            .max_by_key(|(own, _)| *own)
            .map(|(_, key)| key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_template_is_meant_and_an_empty_part_is_none() {
        let names = [
            "e:M/${K}",
            "e:M/${K}/Matcher",
            "e:M",
            "s3:ExistingObjectTag/<key>",
            "kms:EC:${K}",
            "a.${D}.b:ref",
        ];
        let keys = names.map(|name| ConditionKey {
            name: name.to_owned(),
            kind: KeyType::String,
        });
        for (name, expected) in [
            ("e:m/a", Some("e:M/${K}")),
            ("E:M/a/b", Some("e:M/${K}")),
            ("e:M/a/matcher", Some("e:M/${K}/Matcher")),
            ("e:M/${K}", Some("e:M/${K}")),
            ("e:M", Some("e:M")),
            ("e:M/", None),
            ("e:MM", None),
            (
                "s3:ExistingObjectTag/team",
                Some("s3:ExistingObjectTag/<key>"),
            ),
            ("kms:EC:app", Some("kms:EC:${K}")),
            ("a.corp.b:ref", Some("a.${D}.b:ref")),
            ("a..b:ref", None),
        ] {
            assert_eq!(
                find(keys.iter(), name).map(|key| key.name.as_str()),
                expected,
                "{name}"
            );
        }
    }
}
