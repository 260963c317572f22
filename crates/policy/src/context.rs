//! The request context: condition keys and their values. Names are case-insensitive, tag keys
//! included.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The value of a condition key. Whether a key is multivalued is the request's property, never the
/// policy's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// A single-valued key.
    One(String),
    /// A multivalued key, however many values it has; without any it is missing.
    Many(Vec<String>),
    /// What the request says cannot be told here: `null` in JSON. A condition on it neither holds
    /// nor fails, so that no Allow applies by it and no Deny falls away. Under a name that ends in
    /// `/*` it stands for all keys below that are not given.
    Unknown,
}

/// For keys that stand below an unknown prefix.
const UNKNOWN: &Values = &Values::Unknown;

impl Values {
    /// The values as a slice; an unknown key has none to show.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
            Self::Unknown => &[],
        }
    }
}

/// Condition keys of one request, sorted by the hash of their names, so that a key is found without
/// building a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, Values>", into = "BTreeMap<String, Values>")]
pub struct Context {
    entries: Vec<Entry>,
    ambiguous: bool,
    /// Prefixes in lower case, each with its slash, below which every key that is not given is
    /// unknown.
    unknown_below: Vec<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    key: KeyName,
    name: String,
    values: Values,
    ambiguous: bool,
}

/// The name of a condition key as it is compared: lower case, its hash before it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyName {
    hash: u64,
    lower: Box<str>,
}

/// What the context says about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    Missing,
    Unknown,
    One(&'a String),
    /// At least one, of a key that may have several.
    Many(&'a [String]),
    /// Two spellings of one key with different values: nothing can be said.
    Ambiguous,
}

impl KeyName {
    /// The name in lower case.
    pub(crate) fn as_str(&self) -> &str {
        &self.lower
    }

    pub(crate) fn of(name: &str) -> Self {
        let lower = name.to_lowercase().into_boxed_str();
        Self {
            hash: fnv(lower.as_bytes()),
            lower,
        }
    }
}

/// FNV-1a. It only puts names in an order; names are compared as texts too, so a collision decides
/// nothing.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

impl Context {
    /// No keys at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key. The same spelling again replaces; another spelling of the same key makes it
    /// ambiguous.
    pub fn insert(&mut self, name: impl Into<String>, values: impl Into<Values>) {
        let (name, values) = (name.into(), values.into());
        let key = KeyName::of(&name);
        // A prefix that is set again is what it was set to last, as any other key.
        if let Some(prefix) = key
            .lower
            .strip_suffix('*')
            .filter(|prefix| prefix.ends_with('/'))
        {
            self.unknown_below.retain(|known| **known != *prefix);
            if values == Values::Unknown {
                self.unknown_below.push(prefix.into());
            }
        }
        match self.entries.binary_search_by(|entry| entry.key.cmp(&key)) {
            Ok(place) => {
                if let Some(known) = self.entries.get_mut(place) {
                    // Two spellings with one value disagree about nothing.
                    let ambiguous =
                        known.ambiguous || (known.name != name && known.values != values);
                    self.ambiguous |= ambiguous;
                    *known = Entry {
                        key,
                        name,
                        values,
                        ambiguous,
                    };
                }
            }
            Err(place) => self.entries.insert(
                place,
                Entry {
                    key,
                    name,
                    values,
                    ambiguous: false,
                },
            ),
        }
    }

    /// Sets the keys of another context that are wanted, by name: whatever was ambiguous there stays
    /// so.
    pub fn take_in(&mut self, other: &Self, wanted: impl Fn(&str) -> bool) {
        for entry in other.entries.iter().filter(|entry| wanted(&entry.name)) {
            self.insert(entry.name.clone(), entry.values.clone());
            if entry.ambiguous
                && let Ok(place) = self
                    .entries
                    .binary_search_by(|known| known.key.cmp(&entry.key))
                && let Some(known) = self.entries.get_mut(place)
            {
                known.ambiguous = true;
                self.ambiguous = true;
            }
        }
    }

    /// The values of a key, whatever the case of its name.
    pub fn get(&self, name: &str) -> Option<&Values> {
        let key = KeyName::of(name);
        self.entry(&key)
            .map(|entry| &entry.values)
            .or_else(|| self.is_below_unknown(&key).then_some(UNKNOWN))
    }

    /// Names as they were given, and values; in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Values)> {
        self.entries
            .iter()
            .map(|entry| (entry.name.as_str(), &entry.values))
    }

    pub(crate) fn find(&self, key: &KeyName) -> Found<'_> {
        match self.entry(key) {
            Some(entry) if entry.ambiguous => Found::Ambiguous,
            Some(entry) => match &entry.values {
                Values::Unknown => Found::Unknown,
                // An empty list is no value; `Null` then says that the key is absent.
                Values::Many(values) if values.is_empty() => Found::Missing,
                Values::One(value) => Found::One(value),
                Values::Many(values) => Found::Many(values),
            },
            None if self.is_below_unknown(key) => Found::Unknown,
            None => Found::Missing,
        }
    }

    fn is_below_unknown(&self, key: &KeyName) -> bool {
        self.unknown_below
            .iter()
            .any(|prefix| key.lower.starts_with(&**prefix))
    }

    /// Whether some key cannot be read because the request spells it in two ways.
    pub(crate) fn is_ambiguous(&self) -> bool {
        self.ambiguous
    }

    fn entry(&self, key: &KeyName) -> Option<&Entry> {
        let place = self
            .entries
            .binary_search_by(|entry| entry.key.cmp(key))
            .ok()?;
        self.entries.get(place)
    }
}

impl From<String> for Values {
    fn from(value: String) -> Self {
        Self::One(value)
    }
}

impl From<&str> for Values {
    fn from(value: &str) -> Self {
        Self::One(value.to_owned())
    }
}

impl From<BTreeMap<String, Values>> for Context {
    fn from(map: BTreeMap<String, Values>) -> Self {
        let mut context = Self::new();
        for (name, values) in map {
            context.insert(name, values);
        }
        context
    }
}

impl From<Context> for BTreeMap<String, Values> {
    fn from(context: Context) -> Self {
        context
            .entries
            .into_iter()
            .map(|entry| (entry.name, entry.values))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_case_and_two_spellings_are_ambiguous() {
        let mut context = Context::new();
        context.insert("aws:PrincipalTag/Team", "red");
        assert_eq!(
            context.get("AWS:principaltag/team"),
            Some(&Values::One("red".into()))
        );
        context.insert("aws:PrincipalTag/Team", "blue");
        assert_eq!(
            context.find(&KeyName::of("aws:principaltag/team")),
            Found::One(&"blue".to_owned())
        );
        context.insert("aws:PrincipalTag/team", "green");
        assert_eq!(
            context.find(&KeyName::of("aws:principaltag/team")),
            Found::Ambiguous
        );
        assert_eq!(context.find(&KeyName::of("absent")), Found::Missing);
        context.insert("empty", Values::Many(vec![]));
        assert_eq!(context.find(&KeyName::of("empty")), Found::Missing);
    }

    #[test]
    fn what_is_ambiguous_stays_so_wherever_it_is_taken() {
        let mut from = Context::new();
        for (name, value) in [("a:Tag/Team", "red"), ("a:Tag/team", "blue"), ("b:x", "1")] {
            from.insert(name, value);
        }
        let mut into = Context::new();
        into.take_in(&from, |name| name.starts_with("a:"));
        assert_eq!(into.find(&KeyName::of("a:tag/team")), Found::Ambiguous);
        assert_eq!(into.find(&KeyName::of("b:x")), Found::Missing);
        assert!(into.is_ambiguous());
        let mut plain = Context::new();
        plain.take_in(&from, |name| name.starts_with("b:"));
        assert!(!plain.is_ambiguous());
    }

    #[test]
    fn a_key_may_be_unknown_and_so_may_all_below_a_prefix() {
        let mut context = Context::new();
        let find =
            |context: &Context, name: &str| format!("{:?}", context.find(&KeyName::of(name)));
        context.insert("s3:x", Values::Unknown);
        context.insert("s3:ExistingObjectTag/*", Values::Unknown);
        context.insert("s3:ExistingObjectTag/team", "red");
        context.insert("s3:ExistingObjectTag/none", Values::Many(vec![]));
        for (name, expected) in [
            ("S3:X", "Unknown"),
            ("s3:existingobjecttag/cost", "Unknown"),
            ("s3:ExistingObjectTag/a/b", "Unknown"),
            ("s3:ExistingObjectTag/*", "Unknown"),
            ("s3:ExistingObjectTag/Team", r#"One("red")"#),
            ("s3:ExistingObjectTag/none", "Missing"),
            ("s3:ExistingObjectTag", "Missing"),
            ("s3:ExistingObjectTags/x", "Missing"),
        ] {
            assert_eq!(find(&context, name), expected, "{name}");
        }
        assert_eq!(
            context.get("s3:ExistingObjectTag/cost"),
            Some(&Values::Unknown)
        );
        context.insert("s3:X", "known");
        assert_eq!(find(&context, "s3:x"), "Ambiguous");
        context.insert("s3:ExistingObjectTag/*", Values::Many(vec![]));
        assert_eq!(find(&context, "s3:ExistingObjectTag/cost"), "Missing");
    }

    #[test]
    fn unknown_is_null_in_json_both_ways() {
        let text = r#"{"a:b":null,"a:c":"x","a:d":["x"]}"#;
        let context: Context = serde_json::from_str(text).unwrap();
        assert_eq!(context.get("a:b"), Some(&Values::Unknown));
        assert_eq!(serde_json::to_string(&context).unwrap(), text);
    }
}
