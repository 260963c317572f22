//! The request context: condition keys and their values. Names are case-insensitive, tag keys included.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The value of a condition key. Whether a key is multivalued is the request's property, never the policy's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// A single-valued key.
    One(String),
    /// A multivalued key. One value counts as single, none as missing.
    Many(Vec<String>),
}

impl Values {
    /// The values as a slice.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// Condition keys of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, Values>", into = "BTreeMap<String, Values>")]
pub struct Context(BTreeMap<String, Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    name: String,
    values: Values,
    ambiguous: bool,
}

/// What the context says about a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    Missing,
    Values(&'a [String]),
    /// Two spellings of one key with different values: nothing can be said.
    Ambiguous,
}

impl Context {
    /// No keys at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key. The same spelling again replaces; another spelling of the same key makes it ambiguous.
    pub fn insert(&mut self, name: impl Into<String>, values: impl Into<Values>) {
        let (name, values) = (name.into(), values.into());
        let ambiguous =
            self.0.get(&name.to_lowercase()).is_some_and(|known| known.ambiguous || (known.name != name && known.values != values));
        self.0.insert(name.to_lowercase(), Entry { name, values, ambiguous });
    }

    /// The values of a key, whatever the case of its name.
    pub fn get(&self, name: &str) -> Option<&Values> {
        self.0.get(&name.to_lowercase()).map(|entry| &entry.values)
    }

    /// Names as they were given, and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Values)> {
        self.0.values().map(|entry| (entry.name.as_str(), &entry.values))
    }

    pub(crate) fn find(&self, name: &str) -> Found<'_> {
        match self.0.get(&name.to_lowercase()) {
            Some(entry) if entry.ambiguous => Found::Ambiguous,
            Some(entry) if !entry.values.as_slice().is_empty() => Found::Values(entry.values.as_slice()),
            Some(_) | None => Found::Missing,
        }
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
        context.0.into_values().map(|entry| (entry.name, entry.values)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_case_and_two_spellings_are_ambiguous() {
        let mut context = Context::new();
        context.insert("aws:PrincipalTag/Team", "red");
        assert_eq!(context.get("AWS:principaltag/team"), Some(&Values::One("red".into())));
        context.insert("aws:PrincipalTag/Team", "blue");
        assert_eq!(context.find("aws:principaltag/team"), Found::Values(&["blue".to_owned()]));
        context.insert("aws:PrincipalTag/team", "green");
        assert_eq!(context.find("aws:principaltag/team"), Found::Ambiguous);
        assert_eq!(context.find("absent"), Found::Missing);
        context.insert("empty", Values::Many(vec![]));
        assert_eq!(context.find("empty"), Found::Missing);
    }
}
