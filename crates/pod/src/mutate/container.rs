//! What one container is given, and the volume that its mount names.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::outcome::Grant;
use crate::patch::Operation;
use crate::settings::Settings;

pub(super) const VOLUME: &str = "aws-iam-token";
pub(super) const TOKEN_FILE: &str = "token";

pub(super) struct Injector<'a> {
    pub(super) settings: &'a Settings,
    pub(super) grant: &'a Grant,
    pub(super) regional: bool,
    pub(super) windows: bool,
}

impl Injector<'_> {
    /// Adds what a container lacks. A variable that is there already is never changed, nor half a
    /// pair added.
    pub(super) fn inject(&self, container: &Value, path: &str, operations: &mut Vec<Operation>) {
        let env = container.get("env");
        let has = |name: &str| has_named(env, name);
        let mut wanted: BTreeMap<usize, (&str, String)> = BTreeMap::new();
        let mut want = |name, value| drop(wanted.insert(wanted.len(), (name, value)));
        let identity = has("AWS_ROLE_ARN") || has("AWS_WEB_IDENTITY_TOKEN_FILE");
        let region = has("AWS_REGION") || has("AWS_DEFAULT_REGION");
        let sts = has("AWS_STS_REGIONAL_ENDPOINTS");
        if self.regional && !sts {
            want("AWS_STS_REGIONAL_ENDPOINTS", "regional".to_owned());
        }
        if let Some(name) = self.settings.region.as_ref().filter(|_| !region) {
            want("AWS_DEFAULT_REGION", name.clone());
            want("AWS_REGION", name.clone());
        }
        if !identity {
            want("AWS_ROLE_ARN", self.grant.role_arn.clone());
            want("AWS_WEB_IDENTITY_TOKEN_FILE", self.token_path());
        }
        for (name, value) in &self.settings.environment {
            if !has(name) {
                want(name, value.clone());
            }
        }
        let mut exists = env.is_some_and(Value::is_array);
        for (name, value) in wanted.into_values() {
            let entry = json!({ "name": name, "value": value });
            // One entry is added, the list is never replaced: upstream's typed lists lost fields
            // that they did not know, as restartPolicy of native sidecars
            // (aws/amazon-eks-pod-identity-webhook#208).
            operations.push(if exists {
                Operation::add(format!("{path}/env/-"), entry)
            } else {
                Operation::add(format!("{path}/env"), json!([entry]))
            });
            exists = true;
        }
        // A container that brings all of it itself wants nothing from us, the mount included.
        if identity && region && sts {
            return;
        }
        // By name, whatever its path: who mounted it elsewhere meant that.
        if !has_named(container.get("volumeMounts"), VOLUME) {
            let mount = json!({ "name": VOLUME, "readOnly": true, "mountPath": self.settings.token_mount_path });
            operations.push(append(
                container.get("volumeMounts"),
                &format!("{path}/volumeMounts"),
                mount,
            ));
        }
    }

    pub(super) fn volume(&self) -> Value {
        let token = json!({ "audience": self.grant.audience, "expirationSeconds": self.grant.expiration_seconds, "path": TOKEN_FILE });
        json!({ "name": VOLUME, "projected": { "sources": [{ "serviceAccountToken": token }] } })
    }

    fn token_path(&self) -> String {
        // Read by a program on Windows; the path of the mount is Kubernetes', and stays as it is.
        if self.windows {
            format!("C:{}", self.grant.token_path.replace('/', "\\"))
        } else {
            self.grant.token_path.clone()
        }
    }
}

pub(super) fn has_named(list: Option<&Value>, name: &str) -> bool {
    let mut items = list.and_then(Value::as_array).into_iter().flatten();
    items.any(|item| item.get("name").is_some_and(|found| found == name))
}

/// Appends to a list, or makes it.
pub(super) fn append(list: Option<&Value>, path: &str, item: Value) -> Operation {
    match list {
        Some(Value::Array(_)) => Operation::add(format!("{path}/-"), item),
        _ => Operation::add(path, json!([item])),
    }
}
