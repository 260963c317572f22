//! Who signed a request: proven by the signature and the sealed session together, and by nothing less.

use sigv4::Authenticated;

use crate::session::{Bearer, Opened};

/// A caller whose signature holds.
#[derive(Clone, Debug)]
pub struct Caller {
    access_key_id: String,
    bearer: Bearer,
    region: String,
}

/// The signature was made with another access key id than the one that was opened.
#[derive(Debug, PartialEq, Eq)]
pub struct Mismatched;

impl Caller {
    /// Joins what the signature proved with what the credentials say: both must be of one access key id.
    ///
    /// # Errors
    /// [`Mismatched`] when they are not.
    pub fn new(authenticated: &Authenticated, opened: Opened) -> Result<Self, Mismatched> {
        if authenticated.access_key_id().as_str() != opened.access_key_id {
            return Err(Mismatched);
        }
        let region = authenticated.scope().region.clone();
        Ok(Self { access_key_id: opened.access_key_id, bearer: opened.bearer, region })
    }

    #[cfg(test)]
    pub(crate) fn of(bearer: Bearer) -> Self {
        Self { access_key_id: "ASIATEST".to_owned(), bearer, region: "us-east-1".to_owned() }
    }

    /// The access key id.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The region that the request was signed for.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Whose credentials they are.
    pub fn bearer(&self) -> &Bearer {
        &self.bearer
    }
}
