//! Kubernetes YAML: service accounts, pods and the pods inside workloads. Other kinds are passed
//! over.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use serde_saphyr::{Error, MessageFormatter as _, UserMessageFormatter};

use crate::objects::{Pod, ServiceAccount};

/// Largest file; a cluster's whole dump of accounts and workloads stays far below.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifests {
    /// Service accounts.
    pub service_accounts: Vec<ServiceAccount>,
    /// Pods, those of workloads included.
    pub pods: Vec<Pod>,
    /// Kinds that are not read, and how many objects of each: whoever expected an account or a pod
    /// of them is told.
    pub passed_over: BTreeMap<String, usize>,
}

/// A file that cannot be read as manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError {
    /// The file.
    pub file: String,
    /// Line and column, counted from one, where they are known.
    pub at: Option<(u64, u64)>,
    /// What is wrong and what was expected.
    pub because: String,
}

impl std::fmt::Display for ManifestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "{}:{line}:{column}: {}", self.file, self.because),
            None => write!(f, "{}: {}", self.file, self.because),
        }
    }
}

impl std::error::Error for ManifestError {}

impl Manifests {
    /// The service account of this name.
    pub fn service_account(&self, namespace: &str, name: &str) -> Option<&ServiceAccount> {
        self.service_accounts
            .iter()
            .find(|account| account.namespace == namespace && account.name == name)
    }
}

/// Reads the documents of one file.
///
/// # Errors
/// [`ManifestError`] for YAML that is broken, an object without kind, a name that Kubernetes would
/// refuse, an annotation that is not a text, or a service account that is there twice.
pub fn read(file: &str, yaml: &str) -> Result<Manifests, ManifestError> {
    let refuse = |because: String| ManifestError {
        file: file.to_owned(),
        at: None,
        because,
    };
    if yaml.len() > MAX_BYTES {
        return Err(refuse(format!("the file is larger than {MAX_BYTES} bytes")));
    }
    // A few lines of aliases can mean billions of nodes. The bounds are far above a dump of any
    // cluster.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_documents: 100_000, max_nodes: 5_000_000, max_events: 20_000_000 }
    };
    let documents: Vec<Value> =
        serde_saphyr::from_multiple_with_options(yaml, options).map_err(|error| ManifestError {
            file: file.to_owned(),
            at: error
                .location()
                .map(|location| (location.line(), location.column())),
            because: match error.without_snippet() {
                Error::DuplicateMappingKey { key: Some(key), .. } => {
                    format!("key `{key}` appears twice in one mapping")
                }
                // The library's plain words are for who writes programs with it.
                other => UserMessageFormatter.format_message(other).into_owned(),
            },
        })?;
    let mut manifests = Manifests::default();
    for (place, document) in documents
        .iter()
        .enumerate()
        // A `---` at either end of a file makes an empty document.
        .filter(|(_, document)| !document.is_null())
    {
        let here = |because: String| refuse(format!("document {}: {because}", place + 1));
        object(document, &mut manifests).map_err(here)?;
    }
    Ok(manifests)
}

fn object(document: &Value, manifests: &mut Manifests) -> Result<(), String> {
    let kind = document
        .get("kind")
        .and_then(Value::as_str)
        .ok_or("expected a Kubernetes object with a `kind`")?;
    let template = match kind {
        // What `kubectl get -o yaml` writes.
        "List" => {
            let items = document
                .get("items")
                .and_then(Value::as_array)
                .ok_or("a `List` has `items`")?;
            return items.iter().try_for_each(|item| object(item, manifests));
        }
        "ServiceAccount" => {
            let account = service_account(document)?;
            if manifests
                .service_account(&account.namespace, &account.name)
                .is_some()
            {
                return Err(format!(
                    "ServiceAccount `{}/{}` appears twice",
                    account.namespace, account.name
                ));
            }
            manifests.service_accounts.push(account);
            return Ok(());
        }
        "Pod" => {
            let pod = Pod::from_json(document.clone()).ok_or("a `Pod` has a `spec`")?;
            manifests.pods.push(pod);
            return Ok(());
        }
        "Deployment" | "DaemonSet" | "StatefulSet" | "ReplicaSet" | "Job" => "/spec/template",
        "CronJob" => "/spec/jobTemplate/spec/template",
        // Every object names its own; one that is declared beside them changes nothing.
        "Namespace" => return Ok(()),
        other => {
            *manifests.passed_over.entry(other.to_owned()).or_default() += 1;
            return Ok(());
        }
    };
    let found = document
        .pointer(template)
        .ok_or_else(|| format!("a `{kind}` has a pod template at `{template}`"))?;
    let mut pod = found.clone();
    let name = document
        .pointer("/metadata/name")
        .and_then(Value::as_str)
        .unwrap_or("");
    let namespace = document
        .pointer("/metadata/namespace")
        .and_then(Value::as_str)
        .unwrap_or("default");
    if let Some(pod) = pod.as_object_mut() {
        let metadata = pod.entry("metadata").or_insert_with(|| json!({}));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata
                .entry("namespace")
                .or_insert_with(|| json!(namespace));
            metadata
                // As the workload's controller would call it.
                .entry("generateName")
                .or_insert_with(|| json!(format!("{name}-")));
        }
    }
    manifests.pods.push(
        Pod::from_json(pod).ok_or_else(|| format!("the pod template of `{kind}` has a `spec`"))?,
    );
    Ok(())
}

fn service_account(document: &Value) -> Result<ServiceAccount, String> {
    let metadata = document
        .get("metadata")
        .ok_or("a `ServiceAccount` has `metadata`")?;
    let text = |name: &str| metadata.get(name).and_then(Value::as_str);
    let name = text("name").ok_or("`metadata.name` is missing or not a text")?;
    let namespace = text("namespace").unwrap_or("default");
    // Both become the subject of tokens, `system:serviceaccount:NAMESPACE:NAME`: with a colon in
    // them two accounts could be one.
    if !is_label(namespace) || namespace.len() > 63 {
        return Err(format!(
            "namespace `{namespace}` is not a DNS label (lower-case letters, digits and `-`)"
        ));
    }
    if name.len() > 253 || !name.split('.').all(is_label) {
        return Err(format!(
            "ServiceAccount name `{name}` is not a DNS subdomain (lower-case letters, digits, `-` and `.`)"
        ));
    }
    let mut annotations = BTreeMap::new();
    for (key, value) in metadata
        .get("annotations")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        // Mostly `true` or `3600` without quotes, which YAML does not read as text.
        let value = value.as_str().ok_or_else(|| {
            format!(
                "ServiceAccount `{namespace}/{name}`: annotation `{key}` is not a text; Kubernetes refuses it, put it in quotes"
            )
        })?;
        annotations.insert(key.clone(), value.to_owned());
    }
    Ok(ServiceAccount {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: text("uid").map(str::to_owned),
        annotations,
    })
}

fn is_label(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().copied().is_some_and(letter)
        && bytes.last().copied().is_some_and(letter)
        && bytes.iter().all(|byte| letter(*byte) || *byte == b'-')
}

#[cfg(test)]
mod tests;
