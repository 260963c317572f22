//! The mutation at admission: one volume for the token, and for each container a mount and the
//! variables it lacks.

use std::collections::BTreeMap;

use policy::Arn;
use serde_json::{Value, json};

use crate::csv;
use crate::objects::{Pod, ServiceAccount};
use crate::patch::{self, Operation, PatchError};
use crate::settings::{SHORTEST_TOKEN, Settings};

const VOLUME: &str = "aws-iam-token";
const TOKEN_FILE: &str = "token";

/// What the mutation does with a pod.
#[derive(Clone, Debug, PartialEq)]
pub enum Mutation {
    /// The pod is admitted as it is.
    Nothing(Reason),
    /// The pod is given its role and token.
    Patch(Patch),
}

/// Why a pod is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its service account is not known.
    NoServiceAccount,
    /// Its service account has no role annotation.
    NoAnnotation,
    /// It carries the label that excludes it.
    Excluded,
    /// It is a mirror of a static pod, which cannot have projected tokens.
    Mirror,
    /// It has everything already.
    Complete,
}

/// The smallest edit that dresses the pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// What is added, in order.
    pub operations: Vec<Operation>,
    /// What the pod gets by it.
    pub grant: Grant,
    /// What looks wrong; the pod is changed all the same, as upstream does.
    pub warnings: Vec<Warning>,
}

/// Role and token of a pod that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The annotation's role.
    pub role_arn: String,
    /// The token's audience.
    pub audience: String,
    /// The token's life in seconds.
    pub expiration_seconds: i64,
    /// Where containers find the token.
    pub token_path: String,
}

/// Something about an account that will not work as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The annotation is not the ARN of a role.
    NotARole {
        /// What it is.
        annotation: String,
    },
    /// An annotation's value cannot be read and was left out of account.
    Unreadable {
        /// The annotation's name.
        annotation: String,
        /// Its value.
        value: String,
    },
}

impl Patch {
    /// The pod after the edit.
    ///
    /// # Errors
    /// [`PatchError`] when the pod is not the one that the patch was made for.
    pub fn apply(&self, pod: &Pod) -> Result<Pod, PatchError> {
        patch::apply(&self.operations, pod)
    }
}

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
    let dresser = Dresser {
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
                dresser.dress(container, &format!("/spec/{kind}/{place}"), &mut operations);
            }
        }
    }
    if !has_named(json.pointer("/spec/volumes"), VOLUME) {
        let volume = dresser.volume();
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

struct Dresser<'a> {
    settings: &'a Settings,
    grant: &'a Grant,
    regional: bool,
    windows: bool,
}

impl Dresser<'_> {
    /// Adds what a container lacks. A variable that stands there already is never changed, nor half
    /// a pair added.
    fn dress(&self, container: &Value, path: &str, operations: &mut Vec<Operation>) {
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

    fn volume(&self) -> Value {
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

fn has_named(list: Option<&Value>, name: &str) -> bool {
    let mut items = list.and_then(Value::as_array).into_iter().flatten();
    items.any(|item| item.get("name").is_some_and(|found| found == name))
}

/// Appends to a list, or makes it.
fn append(list: Option<&Value>, path: &str, item: Value) -> Operation {
    match list {
        Some(Value::Array(_)) => Operation::add(format!("{path}/-"), item),
        _ => Operation::add(path, json!([item])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/s3-reader";

    fn account(annotations: &[(&str, &str)]) -> ServiceAccount {
        let annotations = annotations
            .iter()
            .map(|(name, value)| (format!("eks.amazonaws.com/{name}"), (*value).to_owned()))
            .collect();
        ServiceAccount {
            namespace: "default".into(),
            name: "default".into(),
            uid: None,
            annotations,
        }
    }

    fn pod(spec: Value) -> Pod {
        Pod::from_json(json!({ "metadata": { "name": "p" }, "spec": spec })).unwrap()
    }

    fn dressed(pod: &Pod, account: &ServiceAccount, settings: &Settings) -> (Pod, Patch) {
        let Mutation::Patch(patch) = mutate(pod, Some(account), settings) else {
            panic!("nothing was done")
        };
        let dressed = patch.apply(pod).unwrap();
        assert_eq!(
            mutate(&dressed, Some(account), settings),
            Mutation::Nothing(Reason::Complete),
            "a second pass does nothing"
        );
        (dressed, patch)
    }

    #[test]
    fn a_plain_pod_is_given_volume_mount_and_variables() {
        let settings = Settings {
            region: Some("us-east-1".into()),
            sts_regional_endpoints: true,
            ..Settings::default()
        };
        let (dressed, patch) = dressed(
            &pod(json!({ "containers": [{ "name": "a" }] })),
            &account(&[("role-arn", ROLE)]),
            &settings,
        );
        let expected = json!({ "metadata": { "name": "p" }, "spec": {
            "containers": [{ "name": "a",
                "env": [
                    { "name": "AWS_STS_REGIONAL_ENDPOINTS", "value": "regional" },
                    { "name": "AWS_DEFAULT_REGION", "value": "us-east-1" },
                    { "name": "AWS_REGION", "value": "us-east-1" },
                    { "name": "AWS_ROLE_ARN", "value": ROLE },
                    { "name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": "/var/run/secrets/eks.amazonaws.com/serviceaccount/token" },
                ],
                "volumeMounts": [{ "name": "aws-iam-token", "readOnly": true, "mountPath": "/var/run/secrets/eks.amazonaws.com/serviceaccount" }],
            }],
            "volumes": [{ "name": "aws-iam-token", "projected": { "sources": [
                { "serviceAccountToken": { "audience": "sts.amazonaws.com", "expirationSeconds": 86400, "path": "token" } }] } }],
        } });
        assert_eq!(dressed.as_json(), &expected);
        assert_eq!(patch.warnings, []);
    }

    #[test]
    fn what_stands_there_already_is_never_changed() {
        let settings = Settings {
            region: Some("us-east-1".into()),
            sts_regional_endpoints: true,
            ..Settings::default()
        };
        let names = |env: Value| {
            let (dressed, _) = dressed(
                &pod(json!({ "containers": [{ "name": "a", "env": env }] })),
                &account(&[("role-arn", ROLE)]),
                &settings,
            );
            let env = dressed
                .as_json()
                .pointer("/spec/containers/0/env")
                .unwrap()
                .as_array()
                .unwrap()
                .clone();
            env.iter()
                .map(|entry| entry["name"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(json!([{ "name": "AWS_REGION", "value": "x" }])),
            [
                "AWS_REGION",
                "AWS_STS_REGIONAL_ENDPOINTS",
                "AWS_ROLE_ARN",
                "AWS_WEB_IDENTITY_TOKEN_FILE"
            ]
        );
        assert_eq!(
            names(json!([{ "name": "AWS_ROLE_ARN", "value": "x" }])),
            [
                "AWS_ROLE_ARN",
                "AWS_STS_REGIONAL_ENDPOINTS",
                "AWS_DEFAULT_REGION",
                "AWS_REGION"
            ]
        );
    }

    #[test]
    fn a_container_that_brings_everything_is_left_alone() {
        let env = json!([{ "name": "AWS_ROLE_ARN" }, { "name": "AWS_REGION" }, { "name": "AWS_STS_REGIONAL_ENDPOINTS" }]);
        let settings = Settings {
            region: Some("r".into()),
            sts_regional_endpoints: true,
            ..Settings::default()
        };
        let before = pod(json!({ "containers": [{ "name": "a", "env": env }] }));
        let (dressed, _) = dressed(&before, &account(&[("role-arn", ROLE)]), &settings);
        assert_eq!(
            dressed.as_json()["spec"]["containers"],
            before.as_json()["spec"]["containers"]
        );
    }

    #[test]
    fn annotations_and_their_precedence() {
        let expiration = |account_value: Option<&str>, pod_value: Option<&str>| {
            let mut annotations = vec![("role-arn", ROLE)];
            annotations.extend(account_value.map(|value| ("token-expiration", value)));
            let mut json = json!({ "metadata": { "name": "p", "annotations": {} }, "spec": { "containers": [{ "name": "a" }] } });
            if let Some(value) = pod_value {
                json["metadata"]["annotations"]["eks.amazonaws.com/token-expiration"] =
                    json!(value);
            }
            dressed(
                &Pod::from_json(json).unwrap(),
                &account(&annotations),
                &Settings::default(),
            )
            .1
            .grant
            .expiration_seconds
        };
        for (sentence, account_value, pod_value, expected) in [
            ("the default", None, None, 86_400),
            ("the account's", Some("3600"), None, 3_600),
            ("the pod's wins", Some("3600"), Some("7200"), 7_200),
            ("at least ten minutes", Some("5"), None, 600),
            (
                "an unreadable one is left out",
                Some("3600"),
                Some("1h"),
                3_600,
            ),
        ] {
            assert_eq!(expiration(account_value, pod_value), expected, "{sentence}");
        }
        let (_, patch) = dressed(
            &pod(json!({ "containers": [] })),
            &account(&[("role-arn", "my-role"), ("audience", "vault")]),
            &Settings::default(),
        );
        assert_eq!(patch.grant.audience, "vault");
        assert_eq!(
            patch.warnings,
            [Warning::NotARole {
                annotation: "my-role".into()
            }]
        );
    }

    #[test]
    fn pods_that_are_left_alone() {
        let plain = pod(json!({ "containers": [{ "name": "a" }] }));
        assert_eq!(
            mutate(&plain, None, &Settings::default()),
            Mutation::Nothing(Reason::NoServiceAccount)
        );
        assert_eq!(
            mutate(&plain, Some(&account(&[])), &Settings::default()),
            Mutation::Nothing(Reason::NoAnnotation)
        );
        assert_eq!(
            mutate(
                &plain,
                Some(&account(&[("role-arn", "")])),
                &Settings::default()
            ),
            Mutation::Nothing(Reason::NoAnnotation)
        );
        let with = |metadata: Value| {
            Pod::from_json(
                json!({ "metadata": metadata, "spec": { "containers": [{ "name": "a" }] } }),
            )
            .unwrap()
        };
        let some = account(&[("role-arn", ROLE)]);
        let excluded =
            with(json!({ "labels": { "eks.amazonaws.com/skip-pod-identity-webhook": "true" } }));
        assert_eq!(
            mutate(&excluded, Some(&some), &Settings::default()),
            Mutation::Nothing(Reason::Excluded)
        );
        let mirror = with(json!({ "annotations": { "kubernetes.io/config.mirror": "x" } }));
        assert_eq!(
            mutate(&mirror, Some(&some), &Settings::default()),
            Mutation::Nothing(Reason::Mirror)
        );
    }

    #[test]
    fn containers_that_are_skipped_windows_and_fields_that_others_lost() {
        let json = json!({
            "metadata": { "annotations": { "eks.amazonaws.com/skip-containers": "sidecar" } },
            "spec": {
                "nodeSelector": { "kubernetes.io/os": "windows" },
                "securityContext": { "seccompProfile": { "type": "RuntimeDefault" } },
                "initContainers": [{ "name": "native", "restartPolicy": "Always", "livenessProbe": { "grpc": { "port": 1, "service": null } } }],
                "containers": [{ "name": "sidecar" }, { "name": "main" }],
                "ephemeralContainers": [{ "name": "debug" }],
                "fieldOfTomorrow": { "kept": [1, 2.5, "x"] },
            },
        });
        let before = Pod::from_json(json).unwrap();
        let (after, _) = dressed(
            &before,
            &account(&[("role-arn", ROLE)]),
            &Settings::default(),
        );
        let (before, after) = (before.as_json(), after.as_json());
        assert_eq!(
            after["spec"]["containers"][0],
            before["spec"]["containers"][0]
        );
        assert_eq!(
            after["spec"]["ephemeralContainers"],
            before["spec"]["ephemeralContainers"]
        );
        assert_eq!(
            after["spec"]["initContainers"][0]["livenessProbe"],
            before["spec"]["initContainers"][0]["livenessProbe"]
        );
        assert_eq!(
            after["spec"]["initContainers"][0]["restartPolicy"],
            "Always"
        );
        assert_eq!(
            after["spec"]["fieldOfTomorrow"],
            before["spec"]["fieldOfTomorrow"]
        );
        assert_eq!(
            after["spec"]["containers"][1]["env"][1]["value"],
            "C:\\var\\run\\secrets\\eks.amazonaws.com\\serviceaccount\\token"
        );
    }

    #[test]
    fn containers_are_skipped_by_name_and_none_over_a_stray_quote() {
        let skip = |annotation: Option<&str>| {
            let mut json = json!({
                "metadata": { "annotations": {} },
                "spec": { "initContainers": [{ "name": "init" }], "containers": [{ "name": "main" }, { "name": "sidecar" }, {}] },
            });
            if let Some(value) = annotation {
                json["metadata"]["annotations"]["eks.amazonaws.com/skip-containers"] = json!(value);
            }
            let (after, patch) = dressed(
                &Pod::from_json(json).unwrap(),
                &account(&[("role-arn", ROLE)]),
                &Settings::default(),
            );
            let containers = ["initContainers", "containers"]
                .map(|kind| after.as_json()["spec"][kind].as_array().unwrap().clone());
            let left = containers
                .into_iter()
                .flatten()
                .filter(|it| it.get("env").is_none());
            let left: Vec<String> = left
                .map(|it| {
                    it.get("name")
                        .and_then(Value::as_str)
                        .unwrap_or("")
                        .to_owned()
                })
                .collect();
            (left.join(" "), patch.warnings.len())
        };
        for (sentence, annotation, expected) in [
            ("none is named, and one has no name", None, ("", 0)),
            ("an empty annotation names none", Some(""), ("", 0)),
            ("two names", Some("sidecar,init"), ("init sidecar", 0)),
            (
                "in quotes",
                Some("\"sidecar\",\"init\""),
                ("init sidecar", 0),
            ),
            (
                "with a blank it is another name",
                Some("main, sidecar"),
                ("main", 0),
            ),
            ("a stray quote", Some("sidecar,\"init"), ("", 1)),
        ] {
            let (left, warnings) = skip(annotation);
            assert_eq!((left.as_str(), warnings), expected, "{sentence}");
        }
    }

    fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
        use proptest::prelude::*;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z]{0,6}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map("[a-zA-Z]{1,8}", inner, 0..4)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest::proptest! {
        #[test]
        fn everything_else_is_untouched(extra in any_json(), inside in any_json()) {
            let before = pod(json!({ "containers": [{ "name": "a", "extra": inside }], "extra": extra }));
            let (after, _) = dressed(&before, &account(&[("role-arn", ROLE)]), &Settings::default());
            let mut json = after.as_json().clone();
            json["spec"].as_object_mut().unwrap().remove("volumes");
            json["spec"]["containers"][0].as_object_mut().unwrap().remove("env");
            json["spec"]["containers"][0].as_object_mut().unwrap().remove("volumeMounts");
            proptest::prop_assert_eq!(&json, before.as_json());
        }
    }
}
