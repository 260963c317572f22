//! The head of a request: method, target, header fields, read once and shared by everybody behind
//! the readers.

use crate::bad_head::BadHead;
use crate::headers::Headers;
use crate::target::Target;

/// What a request says before its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The method.
    pub method: Method,
    /// Path and query as they came.
    pub target: Target,
    /// Header fields as they came.
    pub headers: Headers,
}

/// The methods that AWS's protocols use. Another one is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// HEAD
    Head,
    /// PUT
    Put,
    /// POST
    Post,
    /// DELETE
    Delete,
}

impl Method {
    /// Reads a method name; case counts (RFC 9110 section 9.1).
    ///
    /// # Errors
    /// [`BadHead::Method`] for any other method.
    pub fn read(text: &str) -> Result<Self, BadHead> {
        Ok(match text {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "PUT" => Self::Put,
            "POST" => Self::Post,
            "DELETE" => Self::Delete,
            // A few characters are enough to know it again, and a method can be as long as a
            // request.
            other => return Err(BadHead::Method(other.chars().take(16).collect())),
        })
    }

    /// The method's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

impl Head {
    /// Reads a head from its raw parts.
    ///
    /// # Errors
    /// [`BadHead`] names the part that was refused.
    pub fn read<'a>(
        method: &str,
        target: &str,
        fields: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Self, BadHead> {
        Ok(Self {
            method: Method::read(method)?,
            target: Target::read(target)?,
            headers: Headers::read(fields)?,
        })
    }
}
