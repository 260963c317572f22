//! Why there are no keys to verify a token with.

/// Why no key of a provider is known, each with words for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeysMissing {
    /// The issuer cannot be reached now; asking again may help.
    Unreachable(String),
    /// The issuer's certificate is neither publicly trusted nor has it one of the provider's
    /// thumbprints.
    Certificate(String),
    /// What the issuer serves is not believed, or may not be asked for.
    Refused(String),
}

impl std::fmt::Display for KeysMissing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable(because) | Self::Certificate(because) | Self::Refused(because) => {
                f.write_str(because)
            }
        }
    }
}

impl std::error::Error for KeysMissing {}
