//! Starting: everything is validated and locked before a port is bound, and nothing is half-started.

mod data_dir;
mod error;
mod listeners;
mod settings;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::accounts::Accounts;
use crate::api::{Api, BlockingLimit, BucketLocks};
use crate::backend::DirectoryBackend;
use crate::buffer::Budget;
use crate::control::{Control, Environment, SOCKET};
use crate::decisions::{Decisions, Writer};
use crate::issuer::Documents;
use crate::keys::{self, KeyFile, KeyService, LocalCa};
use crate::ledger::Ledger;
use crate::limits::{DECISIONS, LAST_DECISIONS, OF_ONE_ACCOUNT, READS, STORE_CALLS, STORE_CALLS_OF_ONE};
use crate::listen::{self, CurrentCertificate};
use crate::providers::{LocalIssuer, Providers};
use crate::store::Store;

use data_dir::{fix_issuer, fixed_issuer, open_socket, prepare, write_bundle};
pub use error::StartError;
use listeners::{address, bind, issuer_address};
pub use settings::Settings;

/// How long a listener's certificate is shown before the next one is made.
const CERTIFICATE_RENEWAL: Duration = Duration::from_secs(7 * 86_400);

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    /// What `env` tells.
    pub environment: Environment,
    /// How many service accounts are known.
    pub service_accounts: usize,
    data_dir: PathBuf,
    budget: Arc<Budget>,
    tasks: JoinSet<()>,
    writer: Writer,
}

impl Server {
    /// Starts everything, or nothing.
    ///
    /// # Errors
    /// [`StartError`]; no port is bound then.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        for address in [settings.api, settings.issuer] {
            if !address.ip().is_loopback() {
                return Err(StartError::NotLoopback(address));
            }
        }
        let folder = prepare(&settings.data_dir, rustix::process::geteuid().as_raw())?;
        let state = |error: &dyn std::fmt::Display| StartError::State(error.to_string());
        let store = Store::open(&folder.join("state.redb")).map_err(|error| state(&error))?;
        let ledger = Arc::new(Ledger::load(Arc::new(store)).map_err(|error| state(&error))?);
        let fresh = ledger.world().revision() == 0;
        let key_file = KeyFile::open_file(&folder.join("key"), fresh).map_err(|error| state(&error))?;
        let fixed = fixed_issuer(&folder)?;
        let wanted = issuer_address(settings.issuer, fixed.as_ref())?;

        // From here on ports are held; whatever fails below gives them up again by dropping them.
        let api_listener = bind(settings.api).await?;
        let issuer_listener = bind(wanted).await?;
        let (api, at) = (address(&api_listener, settings.api)?, address(&issuer_listener, wanted)?);
        let issuer = match fixed {
            Some(issuer) => issuer,
            None => fix_issuer(&folder, at.port())?,
        };
        if fresh {
            let changes = keys::first_changes(&key_file, &settings.account).map_err(|error| state(&error))?;
            let first = ledger.write(|_| Ok::<_, std::convert::Infallible>((changes.clone(), ()))).await;
            first.map_err(|error| StartError::State(format!("the first state could not be kept: {error:?}")))?;
        }
        let keys = keys::open(&ledger.world(), &key_file).map_err(|error| state(&error))?;
        let key_service = Arc::new(KeyService::open(Arc::clone(&ledger), key_file).await.map_err(|error| state(&error))?);
        let shown = CurrentCertificate::new(keys.ca.certify_loopback().map_err(StartError::State)?);
        let tls = shown.server_config().map_err(StartError::State)?;
        let accounts = Accounts {
            key_service: Arc::clone(&key_service),
            first: settings.account,
            api: format!("http://{api}"),
            issuer: issuer.to_string(),
            regions: settings.regions.clone(),
            ca_bundle: write_bundle(&folder, keys.ca.certificate_pem())?,
        };
        let environment = accounts.environment(None).map_err(|error| state(&error))?;
        let backend = DirectoryBackend::open(&folder.join("s3")).map_err(StartError::State)?;
        let (decisions, writer) =
            Decisions::open(&folder).map_err(|error| StartError::DataDir(folder.clone(), error.to_string()))?;
        let decisions = Arc::new(decisions);
        let (socket, uid) = open_socket(&folder)?;

        let cluster = settings.cluster;
        let service_accounts = cluster.snapshot().len();
        let jwks = token::public_jwks(&[&keys.issuer]);
        let local = LocalIssuer { issuer: issuer.clone(), jwks, thumbprint: keys.ca.thumbprint().map_err(StartError::State)? };
        let providers = Providers::new(local, settings.issuers);
        let fresh_keys = keys::keep_fresh(Arc::clone(&key_service));
        let budget = Arc::<Budget>::default();
        let face = Api {
            ledger: Arc::clone(&ledger),
            key_service,
            decisions: Arc::clone(&decisions),
            budget: Arc::clone(&budget),
            reading: BlockingLimit::new(READS, OF_ONE_ACCOUNT),
            deciding: BlockingLimit::new(DECISIONS, OF_ONE_ACCOUNT),
            storing: BlockingLimit::new(STORE_CALLS, STORE_CALLS_OF_ONE),
            backend: Arc::new(backend),
            locks: BucketLocks::default(),
            providers,
            regions: settings.regions,
        };
        let control = Control {
            accounts,
            cluster,
            issuer: issuer.clone(),
            key: Arc::clone(&keys.issuer),
            decisions: Arc::clone(&decisions),
            ledger,
            budget: Arc::clone(&budget),
        };
        let documents = Documents { issuer, key: keys.issuer };

        let mut tasks = JoinSet::new();
        tasks.spawn(fresh_keys);
        tasks.spawn(keep_certified(keys.ca, shown));
        tasks.spawn(Arc::clone(&decisions).sum_up_strangers());
        tasks.spawn(listen::tcp(api_listener, None, Arc::new(face)));
        tasks.spawn(listen::tcp(issuer_listener, Some(Arc::new(tls)), Arc::new(documents)));
        tasks.spawn(listen::unix(socket, uid, Arc::new(control)));
        Ok(Self { environment, service_accounts, data_dir: folder, budget, tasks, writer })
    }

    /// Where the state is.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Bytes that are held for bodies of requests until they are whole or their calls are over.
    pub fn buffered_bytes(&self) -> usize {
        self.budget.bytes()
    }

    /// Stops listening. What was acknowledged is on disk already, and with the last connection so is what was decided.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
        let written = tokio::task::spawn_blocking(|| self.writer.finish());
        if tokio::time::timeout(LAST_DECISIONS, written).await.is_err() {
            tracing::error!("decisions are still being made; the last ones may be lost");
        }
        // A socket that nobody answers would make the next command wait for nothing.
        drop(std::fs::remove_file(self.data_dir.join(SOCKET)));
    }
}

/// Shows a new certificate every week. One lasts for more than a year, and a server may run for longer.
async fn keep_certified(ca: LocalCa, shown: Arc<CurrentCertificate>) {
    loop {
        tokio::time::sleep(CERTIFICATE_RENEWAL).await;
        match ca.certify_loopback() {
            Ok(next) => shown.replace(next),
            // The one that is shown has a year left; the next week tries again.
            Err(error) => tracing::error!(target: "keys", %error, "the issuer's certificate was not made anew"),
        }
    }
}
