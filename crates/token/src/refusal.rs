//! Why a token does not hold, as data. Nothing of the token but names and times.

/// Why a token was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Signed for another issuer than the provider's.
    Issuer {
        /// What the token says.
        presented: String,
    },
    /// The provider has no key of this id.
    NoKey {
        /// What the token names.
        kid: String,
    },
    /// The header names another algorithm than the key has.
    Algorithm,
    /// The signature does not hold.
    Signature,
    /// A claim that is needed is missing.
    Missing(&'static str),
    /// A claim has a form that it cannot have.
    BadClaim(&'static str),
    /// Past its end.
    Expired {
        /// Unix seconds.
        now: i64,
        /// Unix seconds.
        expires: i64,
    },
    /// Before its beginning, or issued in the future.
    NotYet {
        /// Unix seconds.
        now: i64,
        /// Unix seconds.
        from: i64,
    },
    /// Valid for too long; AWS's word for it.
    TooOld {
        /// Seconds from `iat` to `exp`.
        age: i64,
    },
    /// For another audience.
    Audience {
        /// What the token presents.
        presented: Vec<String>,
        /// The provider's client ids.
        accepted: Vec<String>,
    },
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Issuer { presented } => {
                write!(f, "the token's issuer `{presented}` is not the provider's")
            }
            Self::NoKey { kid } => write!(f, "the provider has no key with the id `{kid}`"),
            Self::Algorithm => f.write_str("the token names another algorithm than its key has"),
            Self::Signature => f.write_str("the token's signature is not valid"),
            Self::Missing(claim) => write!(f, "the token has no claim `{claim}`"),
            Self::BadClaim(claim) => write!(f, "the token's claim `{claim}` has an invalid form"),
            Self::Expired { now, expires } => {
                write!(f, "the token expired at {expires}, it is {now}")
            }
            Self::NotYet { now, from } => write!(f, "the token is valid from {from}, it is {now}"),
            Self::TooOld { age } => {
                write!(f, "the token is valid for {age} seconds, which is too long")
            }
            Self::Audience {
                presented,
                accepted,
            } => {
                write!(
                    f,
                    "the token is for {presented:?}, the provider accepts {accepted:?}"
                )
            }
        }
    }
}

impl std::error::Error for Refusal {}
