//! Named words, each at most once: a query string or a form body after decoding.

use crate::percent;

/// Largest form body that is read. STS's own limit is not published; its largest legitimate call
/// stays below this.
pub const MAX_FORM_BYTES: usize = 65_536;
/// Most words in one query string or form.
pub const MAX_WORDS: usize = 512;

/// Decoded names and values in the order they came, no name twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<(String, String)>);

/// Why a query string or form was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadWords {
    /// A name came twice: signer, policies and backend could each believe another one.
    Duplicate(String),
    /// A `%` that is not followed by two hexadecimal digits, or bytes that are not UTF-8.
    Encoding,
    /// A word with a value but no name.
    Nameless,
    /// More than [`MAX_WORDS`] words or [`MAX_FORM_BYTES`] bytes.
    TooMany,
}

impl std::fmt::Display for BadWords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Duplicate(name) => write!(f, "parameter `{name}` is given more than once"),
            Self::Encoding => f.write_str("a parameter is not percent-encoded UTF-8"),
            Self::Nameless => f.write_str("a parameter has no name"),
            Self::TooMany => write!(
                f,
                "more than {MAX_WORDS} parameters or {MAX_FORM_BYTES} bytes"
            ),
        }
    }
}

impl Words {
    /// Reads `name=value&...`, the form of query strings and of `application/x-www-form-urlencoded`
    /// bodies.
    ///
    /// # Errors
    /// [`BadWords`] for anything that two readers could understand differently.
    pub fn read(text: &str) -> Result<Self, BadWords> {
        if text.len() > MAX_FORM_BYTES {
            return Err(BadWords::TooMany);
        }
        let mut words = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // Split first, decoded then: an encoded `&` or `=` belongs to the value.
            let decoded = |raw| percent::decode(raw, true).ok_or(BadWords::Encoding);
            let (name, value) = (decoded(name)?, decoded(value)?);
            if name.is_empty() {
                return Err(BadWords::Nameless);
            }
            // Compared after decoding: `Action` and `%41ction` are one name to whoever reads them
            // next.
            if !seen.insert(name.clone()) {
                return Err(BadWords::Duplicate(name));
            }
            if words.len() == MAX_WORDS {
                return Err(BadWords::TooMany);
            }
            words.push((name, value));
        }
        Ok(Self(words))
    }

    /// The value of `name`; `Some("")` when the name stands without a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    }

    /// Names and values in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The query protocol's list `PREFIX.member.1`, `PREFIX.member.2`, ... without gaps.
    ///
    /// An empty list is written `PREFIX=`, which gives an empty one here too.
    pub fn members(&self, prefix: &str) -> Vec<&str> {
        // A gap ends the list: what stands behind it one reader would count and another not.
        (1..=self.0.len())
            .map_while(|n| self.get(&format!("{prefix}.member.{n}")))
            .collect()
    }

    /// The query protocol's list of structures: for each `PREFIX.member.N`, the values of `fields`.
    pub fn structures<const F: usize>(
        &self,
        prefix: &str,
        fields: [&str; F],
    ) -> Vec<[Option<&str>; F]> {
        (1..=self.0.len())
            .map(|n| fields.map(|field| self.get(&format!("{prefix}.member.{n}.{field}"))))
            .take_while(|values| values.iter().any(Option::is_some))
            .collect()
    }

    /// The words but those that `leaves_out` names.
    #[must_use]
    pub fn without(&self, leaves_out: impl Fn(&str) -> bool) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(name, _)| !leaves_out(name))
                .cloned()
                .collect(),
        )
    }

    /// Whether there is no word at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_once_and_strictly() {
        let words =
            Words::read("Action=CreateRole&Tags.member.1.Key=a&Tags.member.1.Value=&Tags.member.2.Key=b&flag&x=a%20b+c").unwrap();
        assert_eq!(words.get("Action"), Some("CreateRole"));
        assert_eq!(words.get("flag"), Some(""));
        assert_eq!(words.get("x"), Some("a b c"));
        assert_eq!(words.get("absent"), None);
        assert_eq!(
            words.structures("Tags", ["Key", "Value"]),
            [[Some("a"), Some("")], [Some("b"), None]]
        );
        assert_eq!(
            Words::read("L.member.1=a&L.member.2=b&L.member.4=d")
                .unwrap()
                .members("L"),
            ["a", "b"]
        );
    }

    #[test]
    fn ambiguous_words_are_refused() {
        for (sentence, text, expected) in [
            (
                "the same name twice",
                "Action=a&Action=b".to_owned(),
                BadWords::Duplicate("Action".into()),
            ),
            (
                "the same name twice, once encoded",
                "Action=a&%41ction=b".to_owned(),
                BadWords::Duplicate("Action".into()),
            ),
            (
                "a value without a name",
                "=a".to_owned(),
                BadWords::Nameless,
            ),
            ("a broken escape", "a=%4".to_owned(), BadWords::Encoding),
            (
                "too many words",
                (0..=MAX_WORDS).map(|n| format!("a{n}=&")).collect(),
                BadWords::TooMany,
            ),
            (
                "too many bytes",
                "a".repeat(MAX_FORM_BYTES + 1),
                BadWords::TooMany,
            ),
        ] {
            assert_eq!(Words::read(&text), Err(expected), "{sentence}");
        }
    }
}
