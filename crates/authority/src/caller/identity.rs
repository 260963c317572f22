//! Who sent a request: proven by the signature and the sealed session together, and by nothing less.

use std::sync::Arc;

use catalog::Service;
use policy::AccountId;
use sigv4::Authenticated;

use crate::regions::{Regions, WrongRegion};
use crate::session::{Bearer, Opened};
use crate::world::World;

/// A caller whose signature holds.
#[derive(Clone, Debug)]
pub struct Caller {
    credentials: Arc<Credentials>,
    region: String,
}

/// What signed. Shared, since a permit and a decision beside the workers keep who asks.
#[derive(Debug)]
struct Credentials {
    access_key_id: String,
    bearer: Bearer,
}

/// Why a signature and credentials make no caller.
#[derive(Debug, PartialEq, Eq)]
pub enum NoCaller {
    /// The signature was made with another access key id than the one that was opened.
    Mismatched,
    /// It is scoped to a region that the service is not in here; whose credentials they are.
    Region(WrongRegion, AccountId),
    /// It is scoped to a service that is not served.
    Service,
}

impl Caller {
    /// Joins what the signature proved with what the credentials say: both must be of one access key id, and the signature
    /// for a region that the server is.
    ///
    /// # Errors
    /// [`NoCaller`] when they are not.
    pub fn new(authenticated: &Authenticated, opened: Opened, world: &World, regions: &Regions) -> Result<Self, NoCaller> {
        if authenticated.access_key_id().as_str() != opened.access_key_id {
            return Err(NoCaller::Mismatched);
        }
        let scope = authenticated.scope();
        let service = Service::from_scope(&scope.service).ok_or(NoCaller::Service)?;
        let account = opened.bearer.account();
        let partition = world.partition(account);
        let region = regions.asked(service, partition, &scope.region);
        let region = region.map_err(|wrong| NoCaller::Region(wrong, account.clone()))?;
        let credentials = Arc::new(Credentials { access_key_id: opened.access_key_id, bearer: opened.bearer });
        Ok(Self { credentials, region })
    }

    #[cfg(test)]
    pub(crate) fn of(bearer: Bearer) -> Self {
        let credentials = Arc::new(Credentials { access_key_id: "ASIATEST".to_owned(), bearer });
        Self { credentials, region: "us-east-1".to_owned() }
    }

    /// The access key id.
    pub fn access_key_id(&self) -> &str {
        &self.credentials.access_key_id
    }

    /// The region that the request is made to: IAM's own, or one that the server is.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Whose credentials they are.
    pub fn bearer(&self) -> &Bearer {
        &self.credentials.bearer
    }
}
