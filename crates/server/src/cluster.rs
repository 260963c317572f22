//! The cluster that the server serves: service accounts and their pods, by name. For `up` that is
//! what the manifests say, and nothing beyond them.
//!
//! It can change while it is read: a reader takes a [`Snapshot`] and goes on with it, a writer puts
//! another one in its place.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use pod::manifest::Manifests;
use pod::{Pod, ServiceAccount};

/// The cluster as it is now. Clones are the same cluster.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    current: Arc<ArcSwap<Snapshot>>,
}

/// The cluster as it was at one time.
#[derive(Debug, Default)]
pub struct Snapshot {
    service_accounts: ByName<ServiceAccount>,
    /// The pods of each service account, whether or not there is such an account: a pod names its
    /// account, and nothing else of it is known here.
    pods: ByName<Vec<Pod>>,
}

/// Things by namespace and name. Two maps, so that a lookup needs no text of its own.
type ByName<T> = HashMap<String, HashMap<String, T>>;

impl Cluster {
    /// The cluster that manifests describe.
    pub fn new(manifests: Manifests) -> Self {
        let cluster = Self::default();
        cluster.replace(manifests);
        cluster
    }

    /// The cluster as it is now, for one question: a later one may find another.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Makes the cluster what these manifests describe. Who reads it at this time goes on with what
    /// there was.
    pub fn replace(&self, manifests: Manifests) {
        self.current.store(Arc::new(Snapshot::of(manifests)));
    }
}

impl Snapshot {
    fn of(manifests: Manifests) -> Self {
        let mut snapshot = Self::default();
        for account in manifests.service_accounts {
            let names = snapshot
                .service_accounts
                .entry(account.namespace.clone())
                .or_default();
            // The first of a name is the one that is meant, as for whoever looks through a list.
            names.entry(account.name.clone()).or_insert(account);
        }
        for pod in manifests.pods {
            let names = snapshot.pods.entry(pod.namespace().to_owned()).or_default();
            names
                .entry(pod.service_account().to_owned())
                .or_default()
                .push(pod);
        }
        snapshot
    }

    /// A service account.
    pub fn service_account(&self, namespace: &str, name: &str) -> Option<&ServiceAccount> {
        self.service_accounts.get(namespace)?.get(name)
    }

    /// How many service accounts there are.
    pub fn len(&self) -> usize {
        self.service_accounts.values().map(HashMap::len).sum()
    }

    /// Whether there is no service account.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The pods that run as a service account, in the order in which they were described.
    pub fn pods_of(&self, namespace: &str, name: &str) -> &[Pod] {
        self.pods
            .get(namespace)
            .and_then(|names| names.get(name))
            .map_or(&[], Vec::as_slice)
    }
}

/// An account's uid: the cluster's own, or one that is the same for the same name, since a manifest
/// has none.
pub fn uid(account: &ServiceAccount) -> String {
    account.uid.clone().unwrap_or_else(|| {
        // Of the name alone, so that a restart does not make another account of it.
        let hash = sigv4::sha256(account.subject().as_bytes());
        let mut first = [0; 16];
        for (to, from) in first.iter_mut().zip(hash) {
            *to = from;
        }
        wire::RequestId::from_entropy(first).to_string()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn account(namespace: &str, name: &str, uid: Option<&str>) -> ServiceAccount {
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        ServiceAccount {
            namespace,
            name,
            uid: uid.map(str::to_owned),
            annotations: Default::default(),
        }
    }

    fn pod(number: usize, namespace: Option<&str>, service_account: Option<&str>) -> Pod {
        let value = json!({ "metadata": { "name": format!("pod-{number}"), "namespace": namespace },
            "spec": { "serviceAccountName": service_account } });
        Pod::from_json(value).unwrap()
    }

    /// So few that most of them are the same; one has the other's text at its border.
    fn name() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["a", "b", "ab", "default", "kube-system"])
    }

    prop_compose! {
        fn manifests()(
            accounts in prop::collection::vec((name(), name(), prop::option::of("[a-f0-9]{4}")), 0..24),
            pods in prop::collection::vec((prop::option::of(name()), prop::option::of(name())), 0..24),
        ) -> Manifests {
            let accounts = accounts.iter().map(|(space, name, uid)| account(space, name, uid.as_deref()));
            let pods = pods.iter().enumerate().map(|(number, (space, name))| pod(number, *space, *name));
            Manifests { service_accounts: accounts.collect(), pods: pods.collect(), ..Manifests::default() }
        }
    }

    proptest! {
        #[test]
        fn a_lookup_finds_what_a_look_at_everything_finds(
            manifests in manifests(),
            asked in prop::collection::vec((name(), name()), 32),
        ) {
            let snapshot = Cluster::new(manifests.clone()).snapshot();
            let mut found = 0;
            for (namespace, name) in asked {
                let accounts = &manifests.service_accounts;
                let scanned = accounts.iter().find(|it| it.namespace == namespace && it.name == name);
                prop_assert_eq!(snapshot.service_account(namespace, name), scanned);
                let pods = manifests.pods.iter();
                let pods = pods.filter(|it| it.namespace() == namespace && it.service_account() == name);
                let pods: Vec<&Pod> = pods.collect();
                prop_assert_eq!(snapshot.pods_of(namespace, name).iter().collect::<Vec<_>>(), pods);
                found += usize::from(scanned.is_some());
            }
            prop_assert!(found == 0 || !snapshot.is_empty());
            let mut names: Vec<_> =
                manifests.service_accounts.iter().map(|it| (&it.namespace, &it.name)).collect();
            names.sort();
            names.dedup();
            prop_assert_eq!(snapshot.len(), names.len());
        }
    }

    #[test]
    fn who_reads_goes_on_with_what_there_was() {
        let of = |name: &str| Manifests {
            service_accounts: vec![account("a", name, None)],
            pods: vec![pod(1, Some("a"), Some(name))],
            ..Manifests::default()
        };
        let cluster = Cluster::new(of("before"));
        let held = cluster.snapshot();
        let found = held.service_account("a", "before").unwrap();
        cluster.clone().replace(of("after"));
        // The reader's things are there, and are the very same, however often the cluster changes.
        cluster.replace(Manifests::default());
        cluster.replace(of("after"));
        assert!(std::ptr::eq(
            held.service_account("a", "before").unwrap(),
            found
        ));
        assert_eq!(
            (
                held.pods_of("a", "before").len(),
                held.pods_of("a", "after").len()
            ),
            (1, 0)
        );
        // Who asks now finds the other, whole.
        let now = cluster.snapshot();
        assert!(
            now.service_account("a", "before").is_none()
                && now.service_account("a", "after").is_some()
        );
        assert_eq!(
            (
                now.pods_of("a", "before").len(),
                now.pods_of("a", "after").len(),
                now.len()
            ),
            (0, 1, 1)
        );
    }
}
