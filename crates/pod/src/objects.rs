//! Service accounts and pods, as far as the mutation needs to know them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// A service account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid, when the cluster gave one.
    pub uid: Option<String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

impl ServiceAccount {
    /// `system:serviceaccount:NAMESPACE:NAME`, the subject of its tokens.
    pub fn subject(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }
}

/// A pod's JSON, kept as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod(Value);

impl Pod {
    /// Takes a pod's JSON; `None` when it has no `spec`.
    pub fn from_json(value: Value) -> Option<Self> {
        value
            .get("spec")
            .is_some_and(Value::is_object)
            .then_some(Self(value))
    }

    /// The smallest pod that runs as a service account, for a process that plays it.
    pub fn minimal(namespace: &str, service_account: &str) -> Self {
        Self(json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": { "name": service_account, "namespace": namespace },
            "spec": { "serviceAccountName": service_account, "containers": [{ "name": "main" }] },
        }))
    }

    /// The JSON.
    pub fn as_json(&self) -> &Value {
        &self.0
    }

    /// Its namespace; `default` when it names none.
    pub fn namespace(&self) -> &str {
        self.text("/metadata/namespace").unwrap_or("default")
    }

    /// Its name, or the beginning of a generated one.
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
            .or_else(|| self.text("/metadata/generateName"))
            .unwrap_or("")
    }

    /// Its service account; `default` when it names none.
    pub fn service_account(&self) -> &str {
        self.text("/spec/serviceAccountName")
            // The deprecated name of the same field.
            .or_else(|| self.text("/spec/serviceAccount"))
            .unwrap_or("default")
    }

    /// Literal environment variables of a container.
    pub fn environment(&self, container: usize) -> BTreeMap<String, String> {
        let env = self
            .0
            .pointer(&format!("/spec/containers/{container}/env"))
            .and_then(Value::as_array);
        // Literal values alone: what `valueFrom` names is known to a cluster only.
        let pair = |entry: &Value| {
            Some((
                entry.get("name")?.as_str()?.to_owned(),
                entry.get("value")?.as_str()?.to_owned(),
            ))
        };
        env.into_iter().flatten().filter_map(pair).collect()
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.0
            .pointer(pointer)
            .and_then(Value::as_str)
            // Kubernetes takes an empty name for none.
            .filter(|text| !text.is_empty())
    }
}
