//! A signature that holds, and what is known by it.

use std::sync::Arc;

use crate::claim::Said;
use crate::credential::AccessKeyId;
use crate::region_set::RegionSet;
use crate::scope::{Algorithm, Scope};

/// A signature that holds. Only [`crate::Claim::verify`] and [`crate::PostClaim::verify`] make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    said: Arc<Said>,
    signed_at: i64,
    auth_type: AuthType,
}

/// Where the signature stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthType {
    /// The `Authorization` header.
    Header,
    /// The query string.
    Query,
    /// A field of a browser's form.
    Post,
}

impl AuthType {
    /// The value of `s3:authType`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Header => "REST-HEADER",
            Self::Query => "REST-QUERY-STRING",
            Self::Post => "POST",
        }
    }
}

impl Authenticated {
    pub(crate) fn new(said: &Arc<Said>, signed_at: i64, auth_type: AuthType) -> Self {
        Self {
            said: Arc::clone(said),
            signed_at,
            auth_type,
        }
    }

    /// Who signed.
    pub fn access_key_id(&self) -> &AccessKeyId {
        &self.said.access_key_id
    }

    /// For what.
    pub fn scope(&self) -> &Scope {
        &self.said.scope
    }

    /// The regions of a Signature Version 4A; whether they cover the server's is for the caller to
    /// say.
    pub fn region_set(&self) -> Option<&RegionSet> {
        self.said.regions.as_ref()
    }

    /// When it was signed, unix seconds.
    pub fn signed_at(&self) -> i64 {
        self.signed_at
    }

    /// Where the signature stood.
    pub fn auth_type(&self) -> AuthType {
        self.auth_type
    }

    /// How it is signed.
    pub fn algorithm(&self) -> Algorithm {
        self.said.algorithm
    }
}
