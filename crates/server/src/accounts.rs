//! The accounts as their owner sees them through the control endpoint: made, listed, and each one's
//! environment for a shell.

use std::path::PathBuf;
use std::sync::Arc;

use authority::Regions;
use policy::AccountId;
use serde::{Deserialize, Serialize};

use crate::environment::{Environment, Hidden};
use crate::keys::KeyService;

pub use crate::keys::{KeyError, Rotated};

/// The partitions that an account can be of. What one partition has is never valid in another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Partition {
    /// Commercial regions.
    #[default]
    Aws,
    /// China.
    AwsCn,
    /// GovCloud.
    AwsUsGov,
}

/// Asks for an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountAsk {
    /// Twelve digits; drawn when absent.
    pub id: Option<AccountId>,
    /// Its partition.
    pub partition: Partition,
}

/// All accounts at one revision.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountList {
    /// The store's revision.
    pub revision: u64,
    /// By id.
    pub accounts: Vec<AccountLine>,
}

/// One account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountLine {
    /// Twelve digits.
    pub id: AccountId,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// Access key id of its root, if it has one.
    pub root_access_key_id: Option<String>,
}

impl Partition {
    /// As ARNs have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
        }
    }
}

/// What is behind the readers for accounts and keys.
pub(crate) struct Accounts {
    pub(crate) key_service: Arc<KeyService>,
    /// The account that is meant when none is named.
    pub(crate) first: AccountId,
    pub(crate) api: String,
    pub(crate) issuer: String,
    pub(crate) regions: Regions,
    pub(crate) ca_bundle: PathBuf,
}

impl Accounts {
    pub(crate) fn list(&self) -> AccountList {
        let world = self.key_service.world();
        let line = |it: &authority::Account| AccountLine {
            id: it.id.clone(),
            partition: it.partition.clone(),
            root_access_key_id: it.root_key.clone(),
        };
        AccountList {
            revision: world.revision(),
            accounts: world.accounts().map(line).collect(),
        }
    }

    pub(crate) async fn create(&self, ask: AccountAsk) -> Result<Environment, KeyError> {
        let id = self
            .key_service
            .create_account(ask.id, ask.partition.as_str())
            .await?;
        // The secret goes into the answer alone: a log is kept longer, and read by more people.
        tracing::info!(target: "keys", account = %id, partition = ask.partition.as_str(), "account made");
        self.environment(Some(&id))
    }

    pub(crate) async fn rotate_root(&self, account: AccountId) -> Result<Environment, KeyError> {
        self.key_service.rotate_root(account.clone()).await?;
        tracing::info!(target: "keys", %account, "root credentials replaced");
        self.environment(Some(&account))
    }

    pub(crate) async fn rotate_sealing(&self) -> Result<Rotated, KeyError> {
        let rotated = self.key_service.rotate_sealing().await?;
        tracing::info!(target: "keys", current = rotated.current, dropped = ?rotated.dropped, "sealing key replaced");
        Ok(rotated)
    }

    /// What a shell of the account needs; of the first one when none is named.
    pub(crate) fn environment(&self, account: Option<&AccountId>) -> Result<Environment, KeyError> {
        let world = self.key_service.world();
        // A data directory from before there was a choice has one account, whatever it is called.
        let only = || world.accounts().next().map(|it| &it.id);
        let meant = account
            .or_else(|| world.account(&self.first).map(|it| &it.id).or_else(only))
            .unwrap_or(&self.first);
        let root = self.key_service.root(meant)?;
        let partition = world.partition(meant);
        Ok(Environment {
            api: self.api.clone(),
            issuer: self.issuer.clone(),
            region: self.regions.told(partition).to_owned(),
            account: meant.to_string(),
            ca_bundle: self.ca_bundle.clone(),
            access_key_id: root.access_key_id,
            secret_access_key: Hidden::new(root.secret.expose()),
        })
    }
}
