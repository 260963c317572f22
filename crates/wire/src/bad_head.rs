//! Why a head was refused.

/// Why a head was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadHead {
    /// A method that no operation uses.
    Method(String),
    /// Not an origin-form target.
    Target,
    /// A header field with an odd name or value.
    Header(String),
    /// A header field that may stand only once stands more often.
    Duplicate(String),
    /// Beyond a bound.
    TooLong(&'static str),
}

impl std::fmt::Display for BadHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Method(method) => write!(f, "method `{method}` is not used by any operation"),
            Self::Target => f.write_str("the request target is not of the form `/path?query`"),
            Self::Header(name) => write!(
                f,
                "header `{name}` has a name or value that is not plain text"
            ),
            Self::Duplicate(name) => write!(f, "header `{name}` is given more than once"),
            Self::TooLong(what) => write!(f, "the {what} is too long"),
        }
    }
}
