//! The faces of one process, made of what they share.

use std::path::Path;
use std::sync::Arc;

use authority::Regions;
use authority::incoming::Hosts;
use sigv4::DerivedKeys;
use token::Issuer;

use super::error::StartError;
use crate::accounts::Accounts;
use crate::api::{Api, BlockingLimit, BucketLocks};
use crate::backend::Backend;
use crate::buffer::Budget;
use crate::cluster::Cluster;
use crate::control::Control;
use crate::decisions::Decisions;
use crate::issuer::Documents;
use crate::keys::{KeyService, Keys};
use crate::ledger::Ledger;
use crate::limits::{DECISIONS, OF_ONE_ACCOUNT, READS, STORE_CALLS, STORE_CALLS_OF_ONE};
use crate::metrics::Metrics;
use crate::providers::{IssuerAccess, LocalIssuer, Providers};
use crate::telemetry::Counters;

/// What the faces share. One of each in a process, whichever faces it runs.
pub(super) struct Shared {
    pub(super) issuer: Issuer,
    pub(super) keys: Keys,
    pub(super) key_service: Arc<KeyService>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) decisions: Arc<Decisions>,
    pub(super) budget: Arc<Budget>,
    pub(super) counters: Arc<Counters>,
}

/// By which names the API is asked, and whether by everybody.
pub(super) struct Asked {
    pub(super) hosts: Hosts,
    pub(super) anonymous: bool,
}

impl Shared {
    /// The API, over the store in a folder.
    pub(super) fn api(
        &self,
        store: &Path,
        regions: Regions,
        issuers: IssuerAccess,
        asked: Asked,
    ) -> Result<Api, StartError> {
        let backend = Backend::open(store).map_err(StartError::State)?;
        // Its keys need no fetching, whichever process runs the issuer.
        let local = LocalIssuer {
            issuer: self.issuer.clone(),
            jwks: token::public_jwks(&[&self.keys.issuer]),
            thumbprint: self.keys.ca.thumbprint().map_err(StartError::State)?,
        };
        Ok(Api {
            ledger: Arc::clone(&self.ledger),
            key_service: Arc::clone(&self.key_service),
            decisions: Arc::clone(&self.decisions),
            budget: Arc::clone(&self.budget),
            reading: BlockingLimit::new(READS, OF_ONE_ACCOUNT),
            deciding: BlockingLimit::new(DECISIONS, OF_ONE_ACCOUNT),
            storing: BlockingLimit::new(STORE_CALLS, STORE_CALLS_OF_ONE),
            uploading: BlockingLimit::new(STORE_CALLS, STORE_CALLS_OF_ONE),
            backend: Arc::new(backend),
            locks: BucketLocks::default(),
            providers: Providers::new(local, issuers, Arc::clone(&self.counters)),
            regions,
            hosts: asked.hosts,
            anonymous: asked.anonymous,
            derived: DerivedKeys::default(),
        })
    }

    /// The issuer's documents.
    pub(super) fn documents(&self) -> Documents {
        Documents {
            issuer: self.issuer.clone(),
            key: Arc::clone(&self.keys.issuer),
        }
    }

    /// The control endpoint.
    pub(super) fn control(&self, accounts: Accounts, cluster: Cluster) -> Control {
        Control {
            accounts,
            cluster,
            issuer: self.issuer.clone(),
            key: Arc::clone(&self.keys.issuer),
            decisions: Arc::clone(&self.decisions),
            ledger: Arc::clone(&self.ledger),
            budget: Arc::clone(&self.budget),
        }
    }

    /// The metrics.
    pub(super) fn metrics(&self) -> Metrics {
        Metrics {
            counters: Arc::clone(&self.counters),
        }
    }
}
