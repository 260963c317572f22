//! The cluster that the server serves: for `up` the manifests, and nothing beyond them.

use pod::ServiceAccount;
use pod::manifest::Manifests;

/// Service accounts and their pods.
#[derive(Debug, Default)]
pub struct Cluster {
    manifests: Manifests,
}

impl Cluster {
    /// The cluster that manifests describe.
    pub fn new(manifests: Manifests) -> Self {
        Self { manifests }
    }

    /// A service account.
    pub fn service_account(&self, namespace: &str, name: &str) -> Option<&ServiceAccount> {
        self.manifests.service_account(namespace, name)
    }

    /// How many service accounts there are.
    pub fn len(&self) -> usize {
        self.manifests.service_accounts.len()
    }

    /// Whether there is no service account.
    pub fn is_empty(&self) -> bool {
        self.manifests.service_accounts.is_empty()
    }

    /// The first pod that runs as a service account.
    pub fn pod_of(&self, namespace: &str, name: &str) -> Option<&pod::Pod> {
        self.manifests.pods.iter().find(|pod| pod.namespace() == namespace && pod.service_account() == name)
    }

    /// The account's uid: the cluster's own, or one that is the same for the same name, since a manifest has none.
    pub fn uid(&self, account: &ServiceAccount) -> String {
        account.uid.clone().unwrap_or_else(|| {
            let hash = sigv4::sha256(account.subject().as_bytes());
            let mut first = [0; 16];
            for (to, from) in first.iter_mut().zip(hash) {
                *to = from;
            }
            wire::RequestId::from_entropy(first).to_string()
        })
    }
}
