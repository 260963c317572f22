//! The mutation at admission: one volume for the token, and for each container a mount and the
//! variables it lacks.

mod container;
mod outcome;

use policy::Arn;
use serde_json::Value;

use crate::csv;
use crate::objects::{Pod, ServiceAccount};
use crate::settings::{SHORTEST_TOKEN, Settings};
use container::{Injector, TOKEN_FILE, VOLUME, append, has_named};
pub use outcome::{Grant, Mutation, Patch, Reason, Warning};

/// Decides what an admitted pod is given.
pub fn mutate(pod: &Pod, account: Option<&ServiceAccount>, settings: &Settings) -> Mutation {
    let json = pod.as_json();
    let prefix = &settings.annotation_prefix;
    let metadata = |kind: &str, name: &str| json.get("metadata")?.get(kind)?.get(name)?.as_str();
    // Upstream leaves this label to the objectSelector of its manifest. Whoever mutates without an
    // API server has only this.
    if metadata("labels", &format!("{prefix}/skip-pod-identity-webhook")).is_some() {
        return Mutation::Nothing(Reason::Excluded);
    }
    if metadata("annotations", "kubernetes.io/config.mirror").is_some() {
        return Mutation::Nothing(Reason::Mirror);
    }
    let Some(account) = account else {
        return Mutation::Nothing(Reason::NoServiceAccount);
    };
    let annotation = |name: &str| {
        account
            .annotations
            .get(&format!("{prefix}/{name}"))
            .map(String::as_str)
    };
    let Some(role_arn) = annotation("role-arn").filter(|role| !role.is_empty()) else {
        return Mutation::Nothing(Reason::NoAnnotation);
    };
    let mut warnings = Vec::new();
    // Only a warning, as upstream's: some use it with an IAM whose account ids are not AWS's.
    if !Arn::parse(role_arn).is_ok_and(|arn| {
        arn.service() == "iam" && arn.resource().starts_with("role/") && arn.account().len() == 12
    }) {
        warnings.push(Warning::NotARole {
            annotation: role_arn.to_owned(),
        });
    }
    let pod_expiration = metadata("annotations", &format!("{prefix}/token-expiration"));
    // The pod's annotation wins over its account's, so it is read last. One that is no number
    // changes nothing.
    let mut expiration = settings.token_expiration;
    for value in [annotation("token-expiration"), pod_expiration]
        .into_iter()
        .flatten()
    {
        match value.parse::<i64>() {
            Ok(seconds) => expiration = seconds,
            Err(_) => warnings.push(Warning::Unreadable {
                annotation: "token-expiration".to_owned(),
                value: value.to_owned(),
            }),
        }
    }
    let regional = match annotation("sts-regional-endpoints") {
        None => settings.sts_regional_endpoints,
        // The spellings of Go's ParseBool, with which upstream reads it.
        Some("1" | "t" | "T" | "TRUE" | "true" | "True") => true,
        Some("0" | "f" | "F" | "FALSE" | "false" | "False") => false,
        Some(value) => {
            warnings.push(Warning::Unreadable {
                annotation: "sts-regional-endpoints".to_owned(),
                value: value.to_owned(),
            });
            settings.sts_regional_endpoints
        }
    };
    let grant = Grant {
        role_arn: role_arn.to_owned(),
        audience: annotation("audience")
            .unwrap_or(&settings.token_audience)
            .to_owned(),
        // Raised, as upstream does: Kubernetes refuses a pod whose token would be shorter.
        expiration_seconds: expiration.max(SHORTEST_TOKEN),
        token_path: format!("{}/{TOKEN_FILE}", settings.token_mount_path),
    };
    let skipped = match metadata("annotations", &format!("{prefix}/skip-containers"))
        .map(|value| (value, csv::first_record(value)))
    {
        None => Vec::new(),
        Some((_, Ok(names))) => names,
        // Upstream skips none then, and so hands the role to more containers than were meant.
        Some((value, Err(csv::StrayQuote))) => {
            warnings.push(Warning::Unreadable {
                annotation: "skip-containers".to_owned(),
                value: value.to_owned(),
            });
            Vec::new()
        }
    };
    let injector = Injector {
        settings,
        grant: &grant,
        regional,
        windows: is_windows(json),
    };

    let mut operations = Vec::new();
    // Native sidecars are among the first. Ephemeral containers are added later, and upstream does
    // not change them either.
    for kind in ["initContainers", "containers"] {
        for (place, container) in json
            .pointer(&format!("/spec/{kind}"))
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let name = container.get("name").and_then(Value::as_str).unwrap_or("");
            if !skipped.iter().any(|skipped| skipped == name) {
                injector.inject(container, &format!("/spec/{kind}/{place}"), &mut operations);
            }
        }
    }
    if !has_named(json.pointer("/spec/volumes"), VOLUME) {
        let volume = injector.volume();
        // Upstream's order: the volume before the mounts that name it.
        operations.insert(
            0,
            append(json.pointer("/spec/volumes"), "/spec/volumes", volume),
        );
    }
    if operations.is_empty() {
        return Mutation::Nothing(Reason::Complete);
    }
    Mutation::Patch(Patch {
        operations,
        grant,
        warnings,
    })
}

fn is_windows(pod: &Value) -> bool {
    // As upstream tells it. It reads neither affinity nor `spec.os`.
    let selector = pod.pointer("/spec/nodeSelector");
    ["kubernetes.io/os", "beta.kubernetes.io/os"]
        .iter()
        .any(|name| {
            selector
                .and_then(|it| it.get(name))
                .is_some_and(|os| os == "windows")
        })
}

#[cfg(test)]
mod tests;
