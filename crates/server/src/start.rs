//! Starting: everything is validated and locked before a port is bound, and nothing is half-started.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use authority::Regions;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use policy::AccountId;
use token::{Issuer, SigningKey};
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinSet;

use crate::accounts::Accounts;
use crate::api::{Api, BlockingLimit, BucketLocks};
use crate::backend::DirectoryBackend;
use crate::buffer::Budget;
use crate::cluster::Cluster;
use crate::control::{Control, Environment, SOCKET};
use crate::decisions::{Decisions, Writer};
use crate::issuer;
use crate::keys::{self, KeyFile, KeyService};
use crate::ledger::Ledger;
use crate::listen::{self, Face};
use crate::providers::{IssuerAccess, LocalIssuer, Providers};
use crate::store::Store;

/// How long a stop waits for what was decided to be written. Connections end at once; this is for a disk that does not.
const LAST_DECISIONS: Duration = Duration::from_secs(5);
/// IAM reads at a time.
const READERS: usize = 4;
/// Long decisions at a time.
const DECIDERS: usize = 4;
/// How much of either may be one account's.
const OF_ONE_ACCOUNT: usize = 2;
/// Calls at the store at a time, each with a file or two and perhaps a slow body; and how many of them may be one account's.
const AT_THE_STORE: usize = 512;
const OF_ONE_AT_THE_STORE: usize = 128;

/// What to serve, as meant.
#[derive(Debug)]
pub struct Settings {
    /// Where state is kept; made with mode 0700 when it is not there.
    pub data_dir: PathBuf,
    /// Loopback address of the API; port 0 for any.
    pub api: SocketAddr,
    /// Loopback address of the issuer; port 0 for any, or the one that the data directory has.
    pub issuer: SocketAddr,
    /// Whose service accounts there are.
    pub cluster: Cluster,
    /// The account that a fresh data directory gets, and that `env` means when none is named.
    pub account: AccountId,
    /// The regions that the server is; `env` names the first that fits the account.
    pub regions: Regions,
    /// Which issuers are asked for keys, and how often.
    pub issuers: IssuerAccess,
}

/// Why nothing was started.
#[derive(Debug)]
pub enum StartError {
    /// An address that is not loopback.
    NotLoopback(SocketAddr),
    /// The data directory cannot be used.
    DataDir(PathBuf, String),
    /// The data directory belongs to an issuer with another address.
    OtherIssuer {
        /// The issuer of the data directory.
        fixed: Issuer,
        /// The address that was asked for.
        asked: SocketAddr,
    },
    /// A port cannot be bound.
    Bind(SocketAddr, std::io::Error),
    /// Store or keys.
    State(String),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotLoopback(address) => {
                write!(f, "`{address}` is not a loopback address; this server speaks in the clear and stays on loopback")
            }
            Self::DataDir(path, because) => write!(f, "data directory `{}`: {because}", path.display()),
            Self::OtherIssuer { fixed, asked } => {
                let port = fixed.as_str().rsplit(':').next().unwrap_or("");
                write!(
                    f,
                    "this data directory's issuer is `{fixed}` for good, not one on port {}; use `--issuer 127.0.0.1:{port}` or another `--data-dir`",
                    asked.port()
                )
            }
            Self::Bind(address, error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                write!(f, "port {} of {} is in use by another program", address.port(), address.ip())
            }
            Self::Bind(address, error) => write!(f, "`{address}` cannot be listened on: {error}"),
            Self::State(because) => f.write_str(because),
        }
    }
}

impl std::error::Error for StartError {}

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
        let tls = keys.ca.server_config().map_err(StartError::State)?;
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

        let cluster = Arc::new(settings.cluster);
        let service_accounts = cluster.len();
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
            reading: BlockingLimit::new(READERS, OF_ONE_ACCOUNT),
            deciding: BlockingLimit::new(DECIDERS, OF_ONE_ACCOUNT),
            storing: BlockingLimit::new(AT_THE_STORE, OF_ONE_AT_THE_STORE),
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

/// The issuer's https face.
struct Documents {
    issuer: Issuer,
    key: Arc<SigningKey>,
}

impl Face for Documents {
    type Body = Full<Bytes>;

    async fn answer(&self, request: Request<Incoming>, _: SocketAddr) -> Response<Full<Bytes>> {
        issuer::answer(&request, &self.issuer, &self.key)
    }
}

/// Makes the data directory, or checks that it is the user `uid`'s and that nobody else may look into it.
fn prepare(folder: &Path, uid: u32) -> Result<PathBuf, StartError> {
    let refuse = |because: String| StartError::DataDir(folder.to_owned(), because);
    let io = |error: std::io::Error| refuse(error.to_string());
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io)?;
    let folder = folder.canonicalize().map_err(io)?;
    let found = std::fs::metadata(&folder).map_err(io)?;
    // Whatever the mode is, its owner may change it, and the keys in it.
    if found.uid() != uid {
        return Err(refuse(format!("belongs to user {}, and this server runs as user {uid}; expected its own", found.uid())));
    }
    let mode = found.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(refuse(format!("has mode {mode:04o}, others may look into it; expected 0700")));
    }
    let store = folder.join("s3");
    if !store.exists() {
        std::fs::create_dir(&store).map_err(io)?;
    }
    Ok(folder)
}

/// The issuer that the data directory was made for.
fn fixed_issuer(folder: &Path) -> Result<Option<Issuer>, StartError> {
    let path = folder.join("issuer");
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).map_err(|error| StartError::DataDir(path.clone(), error.to_string()))?;
    Issuer::parse(text.trim()).map(Some).map_err(|error| StartError::DataDir(path, error.to_string()))
}

/// Fixes the issuer for good: trust policies and tokens will name it to the letter.
fn fix_issuer(folder: &Path, port: u16) -> Result<Issuer, StartError> {
    let issuer = Issuer::parse(&format!("https://localhost:{port}")).map_err(|error| StartError::State(error.to_string()))?;
    let (path, draft) = (folder.join("issuer"), folder.join("issuer.new"));
    // Renamed into place: a crash leaves no half of it.
    let written = std::fs::write(&draft, format!("{issuer}\n")).and_then(|()| std::fs::rename(&draft, &path));
    written.map_err(|error| StartError::DataDir(path, error.to_string()))?;
    Ok(issuer)
}

fn issuer_address(asked: SocketAddr, fixed: Option<&Issuer>) -> Result<SocketAddr, StartError> {
    let Some(fixed) = fixed else { return Ok(asked) };
    let port: u16 = fixed.as_str().rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(443);
    match asked.port() {
        0 => Ok(SocketAddr::new(asked.ip(), port)),
        same if same == port => Ok(asked),
        _ => Err(StartError::OtherIssuer { fixed: fixed.clone(), asked }),
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| StartError::Bind(address, error))
}

fn address(listener: &TcpListener, asked: SocketAddr) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|error| StartError::Bind(asked, error))
}

/// The system's certificates and ours in one file: for clients whose bundle replaces the system's.
fn write_bundle(folder: &Path, ours: &str) -> Result<PathBuf, StartError> {
    let system = std::fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
    let path = folder.join("ca-bundle.pem");
    let write = |path: &Path, text: &str| {
        std::fs::write(path, text).map_err(|error| StartError::DataDir(path.to_owned(), error.to_string()))
    };
    write(&folder.join("ca.pem"), ours)?;
    write(&path, &format!("{ours}{system}"))?;
    Ok(path)
}

/// Opens the control socket. The store's lock is held, so a socket that lies there is nobody's.
fn open_socket(folder: &Path) -> Result<(UnixListener, u32), StartError> {
    let path = folder.join(SOCKET);
    let refuse = |error: std::io::Error| StartError::DataDir(path.clone(), error.to_string());
    if path.exists() {
        std::fs::remove_file(&path).map_err(refuse)?;
    }
    // The directory is closed to others, so nobody can knock before the mode is set.
    let listener = UnixListener::bind(&path).map_err(refuse)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(refuse)?;
    let uid = std::fs::metadata(&path).map_err(refuse)?.uid();
    Ok((listener, uid))
}

/// Default addresses of `up`.
impl Settings {
    /// `127.0.0.1:4566`.
    pub const API: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4566);
    /// `127.0.0.1:4567`.
    pub const ISSUER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4567);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_of_another_user_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, own) = (folder.path().join("state"), rustix::process::geteuid().as_raw());
        assert!(prepare(&path, own).is_ok());
        // The same directory, seen by somebody else.
        let refused = prepare(&path, own + 1).unwrap_err().to_string();
        assert!(refused.contains(&format!("belongs to user {own}")), "{refused}");
    }
}
