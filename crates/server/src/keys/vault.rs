//! The ring as it is now, and everything that changes it while the server runs: accounts, root credentials, sealing keys.
//!
//! The ring is a function of the snapshot. Whatever changes its part of the store makes it anew before it answers, so that
//! what was acknowledged works at once.

use std::sync::Arc;

use arc_swap::ArcSwap;
use authority::World;
use authority::keyring::Keyring;
use policy::AccountId;

use super::Safe;
use super::root::{self, RootCredentials};
use super::sealing::{self, Rotated};
use crate::clock;
use crate::ledger::{Ledger, WriteError};

const HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);

/// The opened key file with the ring.
#[derive(Debug)]
pub struct Vault {
    ledger: Arc<Ledger>,
    safe: Safe,
    ring: ArcSwap<Keyring>,
    renewing: std::sync::Mutex<()>,
}

/// Why the vault did not do it.
#[derive(Debug)]
pub enum VaultError {
    /// There is one of this id.
    AccountExists(AccountId),
    /// There is none of this id.
    NoAccount(AccountId),
    /// Store or keys; in words.
    Failed(String),
}

impl std::fmt::Display for VaultError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AccountExists(id) => write!(f, "account `{id}` exists already"),
            Self::NoAccount(id) => write!(f, "there is no account `{id}`; `podpass account list` shows those that there are"),
            Self::Failed(because) => f.write_str(because),
        }
    }
}

impl std::error::Error for VaultError {}

fn failed(error: impl std::fmt::Display) -> VaultError {
    VaultError::Failed(error.to_string())
}

impl From<WriteError<VaultError>> for VaultError {
    fn from(error: WriteError<VaultError>) -> Self {
        match error {
            WriteError::Refused(refused) => refused,
            WriteError::Store(error) => failed(error),
        }
    }
}

impl Vault {
    /// Opens the ring of a loaded store, without the keys whose every session is over.
    ///
    /// # Errors
    /// [`VaultError::Failed`] when a key is missing or was sealed under another key file.
    pub async fn open(ledger: Arc<Ledger>, safe: Safe) -> Result<Self, VaultError> {
        let now = clock::now();
        ledger.write(|world| sealing::overdue(world, now).map_err(failed)).await?;
        let ring = sealing::ring(&ledger.world(), &safe).map_err(failed)?;
        Ok(Self { ledger, safe, ring: ArcSwap::from_pointee(ring), renewing: std::sync::Mutex::default() })
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
    /// [`VaultError::NoAccount`], also when the account has no root credentials.
    pub fn root(&self, account: &AccountId) -> Result<RootCredentials, VaultError> {
        let found = root::of(&self.ledger.world(), &self.safe, account).map_err(failed)?;
        found.ok_or_else(|| VaultError::NoAccount(account.clone()))
    }

    /// Makes an account with root credentials, under the given id or a random one.
    ///
    /// # Errors
    /// [`VaultError::AccountExists`] for an id that was given and is taken.
    pub async fn create_account(self: &Arc<Self>, id: Option<AccountId>, partition: &'static str) -> Result<AccountId, VaultError> {
        let vault = Arc::clone(self);
        to_the_end(async move {
            let made = vault.ledger.write(|world| {
                let chosen = id.clone().or_else(|| random_id(world)).ok_or_else(|| failed("no free account id was found"))?;
                if world.account(&chosen).is_some() {
                    return Err(VaultError::AccountExists(chosen));
                }
                Ok((root::new_account(&vault.safe, &chosen, partition), chosen))
            });
            let made = made.await?;
            vault.renew()?;
            Ok(made)
        })
        .await
    }

    /// Gives an account new root credentials; the old ones are dead when this returns.
    ///
    /// # Errors
    /// [`VaultError::NoAccount`].
    pub async fn rotate_root(self: &Arc<Self>, account: AccountId) -> Result<(), VaultError> {
        let vault = Arc::clone(self);
        to_the_end(async move {
            let written = vault.ledger.write(|world| {
                let found = world.account(&account).ok_or_else(|| VaultError::NoAccount(account.clone()))?;
                Ok::<_, VaultError>((root::new_account(&vault.safe, &account, &found.partition), ()))
            });
            written.await?;
            vault.renew()
        })
        .await
    }

    /// Lets a new key seal sessions; those before it open theirs for as long as one may live.
    ///
    /// # Errors
    /// [`VaultError::Failed`]; the old key still seals then.
    pub async fn rotate_sealing(self: &Arc<Self>) -> Result<Rotated, VaultError> {
        let vault = Arc::clone(self);
        to_the_end(async move {
            let rotated = vault.ledger.write(|world| sealing::rotate(world, &vault.safe, clock::now()).map_err(failed)).await?;
            vault.renew()?;
            Ok(rotated)
        })
        .await
    }

    /// Does what is due by itself: see [`sealing::due`].
    async fn keep_fresh(self: &Arc<Self>) -> Result<Option<Rotated>, VaultError> {
        let vault = Arc::clone(self);
        to_the_end(async move {
            let rotated = vault.ledger.write(|world| sealing::due(world, &vault.safe, clock::now()).map_err(failed)).await?;
            vault.renew()?;
            Ok(rotated)
        })
        .await
    }

    /// One at a time, and each from the snapshot as it then is: an older ring never replaces a newer one.
    fn renew(&self) -> Result<(), VaultError> {
        let one_at_a_time = self.renewing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let ring = sealing::ring(&self.ledger.world(), &self.safe).map_err(failed)?;
        self.ring.store(Arc::new(ring));
        drop(one_at_a_time);
        Ok(())
    }
}

/// Looks every hour, and at once, whether a sealing key is due to be followed or taken away.
pub(crate) async fn keep_fresh(vault: Arc<Vault>) {
    let mut hourly = tokio::time::interval(HOUR);
    loop {
        hourly.tick().await;
        match vault.keep_fresh().await {
            Ok(Some(rotated)) => tracing::info!(target: "keys", current = rotated.current, "sealing key made anew after a day"),
            Ok(None) => {}
            // The old keys still do their work; the next hour tries again.
            Err(error) => tracing::error!(target: "keys", %error, "sealing keys could not be kept fresh"),
        }
    }
}

/// A caller that hangs up must not leave the store changed and the ring as it was.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, VaultError>> + Send + 'static,
) -> Result<T, VaultError> {
    tokio::spawn(work).await.map_err(failed)?
}

/// Twelve random digits that no account has.
fn random_id(world: &World) -> Option<AccountId> {
    let draw = || AccountId::parse(&format!("{:012}", u64::from_be_bytes(clock::bytes()) % 1_000_000_000_000)).ok();
    (0..16).filter_map(|_| draw()).find(|id| world.account(id).is_none())
}
