//! Starting: everything is validated and locked before a port is bound, and nothing is
//! half-started.
//!
//! The order: [`Settings`] that make sense, the data directory, the store and its key file, the
//! ports, what a fresh store begins with, and last the faces that the settings name.

mod data_dir;
mod error;
mod faces;
mod listeners;
mod settings;
mod stop;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::accounts::Accounts;
use crate::buffer::Budget;
use crate::control::SOCKET;
use crate::decisions::Decisions;
use crate::environment::Environment;
use crate::keys::{self, KeyFile, KeyService};
use crate::ledger::Ledger;
use crate::listen::{self, CurrentCertificate};
use crate::redb_store::Store;
use crate::telemetry::Counters;

use data_dir::{fix_issuer, fixed_issuer, open_socket, prepare, write_bundle};
pub use error::StartError;
use faces::{Asked, Shared};
use listeners::Ports;
pub use settings::{Faces, Settings};
use stop::Running;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    /// What `env` tells.
    pub environment: Environment,
    /// How many service accounts are known.
    pub service_accounts: usize,
    /// Where the metrics are, when they are served.
    pub metrics: Option<SocketAddr>,
    data_dir: PathBuf,
    budget: Arc<Budget>,
    running: Running,
}

impl Server {
    /// Starts everything, or nothing.
    ///
    /// # Errors
    /// [`StartError`]; no port is bound then.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        settings.check()?;
        let counters = Arc::<Counters>::default();
        let folder = prepare(&settings.data_dir, rustix::process::geteuid().as_raw())?;
        let state = |error: &dyn std::fmt::Display| StartError::State(error.to_string());
        // First of all: its lock keeps a second server out of everything below.
        let store = Store::open(&folder.join("state.redb")).map_err(|error| state(&error))?;
        let ledger =
            Ledger::load(Arc::new(store), Arc::clone(&counters)).map_err(|error| state(&error))?;
        let ledger = Arc::new(ledger);
        let fresh = ledger.world().revision() == 0;
        // Only an empty store may get a new one. Beside secrets that it cannot open it would hide
        // that the old one is lost.
        let key_file =
            KeyFile::open_file(&folder.join("key"), fresh).map_err(|error| state(&error))?;
        let fixed = fixed_issuer(&folder)?;

        // From here on ports are held; whatever fails below gives them up again by dropping them.
        let ports = Ports::bind(&settings, fixed.as_ref()).await?;
        let issuer = match fixed {
            Some(issuer) => issuer,
            None => fix_issuer(&folder, ports.issuer.address.port())?,
        };
        if fresh {
            let changes =
                keys::first_changes(&key_file, &settings.account).map_err(|error| state(&error))?;
            let first = ledger
                .write(|_| Ok::<_, std::convert::Infallible>((changes.clone(), ())))
                .await;
            first.map_err(|error| {
                StartError::State(format!("the first state could not be stored: {error:?}"))
            })?;
        }
        let keys = keys::open(&ledger.world(), &key_file).map_err(|error| state(&error))?;
        let key_service = KeyService::open(Arc::clone(&ledger), key_file)
            .await
            .map_err(|error| state(&error))?;
        let key_service = Arc::new(key_service);
        let accounts = Accounts {
            key_service: Arc::clone(&key_service),
            first: settings.account,
            api: format!("http://{}", ports.api.address),
            issuer: issuer.to_string(),
            regions: settings.regions.clone(),
            ca_bundle: write_bundle(&folder, keys.ca.certificate_pem())?,
        };
        let environment = accounts.environment(None).map_err(|error| state(&error))?;
        let (decisions, writer) = Decisions::open(&folder, Arc::clone(&counters))
            .map_err(|error| StartError::DataDir(folder.clone(), error.to_string()))?;
        let decisions = Arc::new(decisions);
        let service_accounts = settings.cluster.snapshot().len();
        let budget = Arc::<Budget>::default();
        let shared = Shared {
            issuer,
            keys,
            key_service: Arc::clone(&key_service),
            ledger,
            decisions: Arc::clone(&decisions),
            budget: Arc::clone(&budget),
            counters: Arc::clone(&counters),
        };

        let store = folder.join("s3");
        let api = match ports.api.listener {
            Some(listener) => Some((
                listener,
                shared.api(
                    &store,
                    settings.regions,
                    settings.issuers,
                    Asked {
                        hosts: settings.hosts.at([ports.api.address.ip()]),
                        anonymous: settings.anonymous,
                    },
                )?,
            )),
            None => None,
        };
        let issuer = match ports.issuer.listener {
            Some(listener) => {
                let shown = CurrentCertificate::new(
                    shared
                        .keys
                        .ca
                        .certify_loopback()
                        .map_err(StartError::State)?,
                );
                Some((
                    listener,
                    shown.server_config().map_err(StartError::State)?,
                    shown,
                ))
            }
            None => None,
        };
        let metrics = ports.metrics.as_ref().map(|port| port.address);
        let control = if settings.faces.control {
            Some(open_socket(&folder)?)
        } else {
            None
        };
        let socket = control.is_some().then(|| folder.join(SOCKET));

        // From here on nothing fails: no client is answered by a server that then does not start.
        let mut tasks = JoinSet::new();
        tasks.spawn(keys::keep_fresh(key_service));
        tasks.spawn(decisions.sum_up_strangers());
        if let Some((listener, api)) = api {
            tasks.spawn(listen::tcp(
                listener,
                None,
                Arc::new(api),
                Arc::clone(&counters),
            ));
        }
        if let Some((listener, uid)) = control {
            let control = shared.control(accounts, settings.cluster);
            tasks.spawn(listen::unix(
                listener,
                uid,
                Arc::new(control),
                Arc::clone(&counters),
            ));
        }
        if let Some(listener) = ports.metrics.and_then(|port| port.listener) {
            tasks.spawn(listen::tcp(
                listener,
                None,
                Arc::new(shared.metrics()),
                Arc::clone(&counters),
            ));
        }
        if let Some((listener, tls, shown)) = issuer {
            let documents = Arc::new(shared.documents());
            tasks.spawn(listen::tcp(
                listener,
                Some(Arc::new(tls)),
                documents,
                counters,
            ));
            // The authority's key goes with this task: no other part of a running server can
            // certify anything.
            tasks.spawn(keys::keep_certified(shared.keys.ca, shown));
        }
        let running = Running {
            tasks,
            writer,
            socket,
        };
        Ok(Self {
            environment,
            service_accounts,
            metrics,
            data_dir: folder,
            budget,
            running,
        })
    }

    /// Where the state is.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Bytes that are held for bodies of requests until they are whole or their calls are over.
    pub fn buffered_bytes(&self) -> usize {
        self.budget.bytes()
    }

    /// Stops listening. What was acknowledged is on disk already, and with the last connection so
    /// is what was decided.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}
