//! The ring as it is now, and everything that changes it while the server runs: accounts, root
//! credentials, sealing keys.
//!
//! The ring is a function of the snapshot. Whatever changes its part of the store makes it anew
//! before it answers, so that what was acknowledged works at once.

use std::sync::Arc;

use arc_swap::ArcSwap;
use authority::World;
use authority::keyring::Keyring;
use policy::AccountId;

use super::KeyFile;
use super::root::{self, RootCredentials};
use super::sealing::{self, Rotated};
use crate::clock;
use crate::ledger::{Ledger, WriteError};

const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);

/// The opened key file with the ring.
#[derive(Debug)]
pub struct KeyService {
    ledger: Arc<Ledger>,
    key_file: KeyFile,
    ring: ArcSwap<Keyring>,
    renewing: std::sync::Mutex<()>,
}

/// Why the key service did not do it.
#[derive(Debug)]
pub enum KeyError {
    /// There is one of this id.
    AccountExists(AccountId),
    /// There is none of this id.
    NoAccount(AccountId),
    /// Store or keys; in words.
    Failed(String),
}

impl std::fmt::Display for KeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AccountExists(id) => write!(f, "account `{id}` exists already"),
            Self::NoAccount(id) => write!(
                f,
                "there is no account `{id}`; `podpass account list` lists the accounts"
            ),
            Self::Failed(because) => f.write_str(because),
        }
    }
}

impl std::error::Error for KeyError {}

fn failed(error: impl std::fmt::Display) -> KeyError {
    KeyError::Failed(error.to_string())
}

impl From<WriteError<KeyError>> for KeyError {
    fn from(error: WriteError<KeyError>) -> Self {
        match error {
            WriteError::Refused(refused) => refused,
            WriteError::Store(error) => failed(error),
        }
    }
}

impl KeyService {
    /// Opens the ring of a loaded store, without the keys whose every session is over.
    ///
    /// # Errors
    /// [`KeyError::Failed`] when a key is missing or was sealed under another key file.
    pub async fn open(ledger: Arc<Ledger>, key_file: KeyFile) -> Result<Self, KeyError> {
        // Before the ring is made: a server that was off for days must not open what is long over.
        let now = clock::now();
        ledger
            .write(|world| sealing::overdue(world, now).map_err(failed))
            .await?;
        let ring = sealing::ring(&ledger.world(), &key_file).map_err(failed)?;
        Ok(Self {
            ledger,
            key_file,
            ring: ArcSwap::from_pointee(ring),
            renewing: std::sync::Mutex::default(),
        })
    }

    /// The ring as it is now.
    pub fn ring(&self) -> Arc<Keyring> {
        self.ring.load_full()
    }

    /// The snapshot as it is now.
    pub fn world(&self) -> Arc<World> {
        self.ledger.world()
    }

    /// The root credentials of an account.
    ///
    /// # Errors
    /// [`KeyError::NoAccount`], also when the account has no root credentials.
    pub fn root(&self, account: &AccountId) -> Result<RootCredentials, KeyError> {
        let found = root::of(&self.ledger.world(), &self.key_file, account).map_err(failed)?;
        found.ok_or_else(|| KeyError::NoAccount(account.clone()))
    }

    /// Makes an account with root credentials, under the given id or a random one.
    ///
    /// # Errors
    /// [`KeyError::AccountExists`] for an id that was given and is taken.
    pub async fn create_account(
        self: &Arc<Self>,
        id: Option<AccountId>,
        partition: &'static str,
    ) -> Result<AccountId, KeyError> {
        let key_service = Arc::clone(self);
        to_the_end(async move {
            let made = key_service.ledger.write(|world| {
                let chosen = id
                    .clone()
                    .or_else(|| random_id(world))
                    .ok_or_else(|| failed("no free account id was found"))?;
                if world.account(&chosen).is_some() {
                    return Err(KeyError::AccountExists(chosen));
                }
                Ok((
                    root::new_account(&key_service.key_file, &chosen, partition),
                    chosen,
                ))
            });
            let made = made.await?;
            key_service.renew()?;
            Ok(made)
        })
        .await
    }

    /// Gives an account new root credentials; the old ones are dead when this returns.
    ///
    /// # Errors
    /// [`KeyError::NoAccount`].
    pub async fn rotate_root(self: &Arc<Self>, account: AccountId) -> Result<(), KeyError> {
        let key_service = Arc::clone(self);
        to_the_end(async move {
            let written = key_service.ledger.write(|world| {
                let found = world
                    .account(&account)
                    .ok_or_else(|| KeyError::NoAccount(account.clone()))?;
                Ok::<_, KeyError>((root::rotated(&key_service.key_file, found), ()))
            });
            written.await?;
            key_service.renew()
        })
        .await
    }

    /// Lets a new key seal sessions; those before it open theirs for as long as one may live.
    ///
    /// # Errors
    /// [`KeyError::Failed`]; the old key still seals then.
    pub async fn rotate_sealing(self: &Arc<Self>) -> Result<Rotated, KeyError> {
        let key_service = Arc::clone(self);
        to_the_end(async move {
            let rotated = key_service
                .ledger
                .write(|world| {
                    sealing::rotate(world, &key_service.key_file, clock::now()).map_err(failed)
                })
                .await?;
            key_service.renew()?;
            Ok(rotated)
        })
        .await
    }

    /// Does what is due by itself: see [`sealing::due`].
    async fn keep_fresh(self: &Arc<Self>) -> Result<Option<Rotated>, KeyError> {
        let key_service = Arc::clone(self);
        to_the_end(async move {
            let rotated = key_service
                .ledger
                .write(|world| {
                    sealing::due(world, &key_service.key_file, clock::now()).map_err(failed)
                })
                .await?;
            key_service.renew()?;
            Ok(rotated)
        })
        .await
    }

    /// One at a time, and each from the snapshot as it then is: an older ring never replaces a
    /// newer one.
    fn renew(&self) -> Result<(), KeyError> {
        let one_at_a_time = self
            .renewing
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let ring = sealing::ring(&self.ledger.world(), &self.key_file).map_err(failed)?;
        self.ring.store(Arc::new(ring));
        drop(one_at_a_time);
        Ok(())
    }
}

/// Looks every hour, and at once, whether a sealing key is due to be followed or taken away.
pub(crate) async fn keep_fresh(key_service: Arc<KeyService>) {
    let mut hourly = tokio::time::interval(HOUR);
    loop {
        hourly.tick().await;
        match key_service.keep_fresh().await {
            Ok(Some(rotated)) => {
                tracing::info!(target: "keys", current = rotated.current, "sealing key replaced after a day")
            }
            Ok(None) => {}
            // The old keys still serve; the next hour tries again.
            Err(error) => {
                tracing::error!(target: "keys", %error, "sealing keys could not be renewed")
            }
        }
    }
}

/// A caller that hangs up must not leave the store changed and the ring as it was.
async fn to_the_end<T: Send + 'static>(
    task: impl Future<Output = Result<T, KeyError>> + Send + 'static,
) -> Result<T, KeyError> {
    tokio::spawn(task).await.map_err(failed)?
}

/// Twelve random digits that no account has.
fn random_id(world: &World) -> Option<AccountId> {
    let draw = || {
        AccountId::parse(&format!(
            "{:012}",
            u64::from_be_bytes(clock::bytes()) % 1_000_000_000_000
        ))
        .ok()
    };
    // Of a million million ids: sixteen draws that are all taken mean something else is wrong.
    (0..16)
        .filter_map(|_| draw())
        .find(|id| world.account(id).is_none())
}
