//! Who sent a request: proven by the signature and the sealed session together, and by nothing
//! less; or nobody in particular.

use std::sync::Arc;

use catalog::Service;
use policy::AccountId;
use sigv4::{Algorithm, AuthType, Authenticated};

use crate::regions::{Regions, WrongRegion};
use crate::session::{Bearer, Opened};
use crate::world::World;

/// A caller whose signature holds, or an anonymous one, who signed nothing.
#[derive(Clone, Debug)]
pub struct Caller(Option<Signed>);

/// What a signature that holds says of a caller.
#[derive(Clone, Debug)]
pub struct Signed {
    credentials: Arc<Credentials>,
    region: String,
    signature: Signature,
}

/// How a request was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    /// Where the signature stood.
    pub(crate) auth_type: AuthType,
    /// With what it was made.
    pub(crate) algorithm: Algorithm,
    /// Unix seconds.
    pub(crate) signed_at: i64,
}

/// What signed. Shared, since a permit and a decision beside the workers keep who asks.
#[derive(Debug)]
struct Credentials {
    access_key_id: String,
    bearer: Bearer,
}

/// Why a signature and credentials make no caller.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoCaller {
    /// The signature was made with another access key id than the one that was opened.
    Mismatched,
    /// It is scoped to a region that the service is not in here; whose credentials they are.
    Region(WrongRegion, AccountId),
    /// It is scoped to a service that is not served.
    Service,
}

impl Caller {
    /// Joins what the signature proved with what the credentials say: both must be of one access
    /// key id, and the signature for a region that the server is.
    ///
    /// # Errors
    /// [`NoCaller`] when they are not.
    pub(crate) fn new(
        authenticated: &Authenticated,
        opened: Opened,
        world: &World,
        regions: &Regions,
    ) -> Result<Self, NoCaller> {
        // The token of one session beside the key id of another would mix two identities
        // (docs/threats.md, 25).
        if authenticated.access_key_id().as_str() != opened.access_key_id {
            return Err(NoCaller::Mismatched);
        }
        let scope = authenticated.scope();
        let service = Service::from_scope(&scope.service).ok_or(NoCaller::Service)?;
        let account = opened.bearer.account();
        // IAM's one region depends on the account's partition, so the account is looked up first.
        let partition = world.partition(account);
        // After the signature holds: only then is it the caller who named the region.
        let region = match authenticated.region_set() {
            Some(set) => {
                regions.asked_one_of(service, partition, &scope.region, |one| set.covers(one))
            }
            None => regions.asked(service, partition, &scope.region),
        };
        let region = region.map_err(|wrong| NoCaller::Region(wrong, account.clone()))?;
        let credentials = Arc::new(Credentials {
            access_key_id: opened.access_key_id,
            bearer: opened.bearer,
        });
        Ok(Self(Some(Signed {
            credentials,
            region,
            signature: Signature {
                auth_type: authenticated.auth_type(),
                algorithm: authenticated.algorithm(),
                signed_at: authenticated.signed_at(),
            },
        })))
    }

    #[cfg(test)]
    pub(crate) fn of(bearer: Bearer) -> Self {
        let credentials = Arc::new(Credentials {
            access_key_id: "ASIATEST".to_owned(),
            bearer,
        });
        Self(Some(Signed {
            credentials,
            region: "us-east-1".to_owned(),
            signature: Signature {
                auth_type: AuthType::Header,
                algorithm: Algorithm::HmacSha256,
                signed_at: 0,
            },
        }))
    }

    /// The same caller with another signature.
    #[cfg(test)]
    pub(crate) fn by(mut self, auth_type: AuthType, signed_at: i64, region: &str) -> Self {
        if let Some(signed) = &mut self.0 {
            signed.signature.auth_type = auth_type;
            signed.signature.signed_at = signed_at;
            region.clone_into(&mut signed.region);
        }
        self
    }

    /// Whoever sends a request without a signature. Anybody can be that, so it proves nothing: no
    /// policy but the resource's own allows it anything.
    pub fn anonymous() -> Self {
        Self(None)
    }

    /// What the signature says, if there is one.
    pub fn signed(&self) -> Option<&Signed> {
        self.0.as_ref()
    }

    /// Whose credentials signed.
    pub fn bearer(&self) -> Option<&Bearer> {
        self.signed().map(Signed::bearer)
    }

    /// The account of those credentials.
    pub fn account(&self) -> Option<&AccountId> {
        self.bearer().map(Bearer::account)
    }
}

impl Signed {
    /// The access key id.
    pub fn access_key_id(&self) -> &str {
        &self.credentials.access_key_id
    }

    /// The region that the request is made to: IAM's own, or one that the server is.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// How it was signed.
    pub(crate) fn signature(&self) -> Signature {
        self.signature
    }

    /// Whose credentials they are.
    pub fn bearer(&self) -> &Bearer {
        &self.credentials.bearer
    }
}
