//! Access key ids and secrets.

use zeroize::Zeroizing;

/// An access key id: 4 to 128 capital letters and digits. Not secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccessKeyId(String);

impl AccessKeyId {
    /// Reads an access key id; `None` when it has another form.
    pub fn parse(text: &str) -> Option<Self> {
        let sound = (4..=128).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        sound.then(|| Self(text.to_owned()))
    }

    /// What may be told of an id that came; `None` for one that is long or odd enough to be a
    /// secret in its place.
    pub fn shown(text: &str) -> Option<String> {
        let plain = (1..=24).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        plain.then(|| text.to_owned())
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A secret access key: wiped when dropped, never shown.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<String>);

impl SecretKey {
    /// Takes a secret.
    pub fn new(secret: String) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// The secret, for whoever hands it to its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show() {
        assert_eq!(
            format!("{:?}", SecretKey::new("hidden".into())),
            "SecretKey(..)"
        );
    }

    #[test]
    fn access_key_ids_are_capitals_and_digits() {
        assert!(AccessKeyId::parse("AKIDEXAMPLE00000").is_some());
        for text in [
            "",
            "AKI",
            "akidexample00000",
            "AKIDEXAMPLE0000/",
            &"A".repeat(129),
        ] {
            assert!(AccessKeyId::parse(text).is_none(), "{text}");
        }
        for (text, shown) in [
            ("test", true),
            ("AKIAIOSFODNN7EXAMPLE", true),
            ("", false),
            ("wJalrXUtnFEMI/K7MDENG", false),
            ("a b", false),
        ] {
            assert_eq!(AccessKeyId::shown(text).is_some(), shown, "{text}");
        }
        assert_eq!(
            AccessKeyId::shown(&"a".repeat(40)),
            None,
            "as long as a secret"
        );
    }
}
