//! The mutation as rows: what a pod has before and after.

use serde_json::json;

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

fn mutated(pod: &Pod, account: &ServiceAccount, settings: &Settings) -> (Pod, Patch) {
    let Mutation::Patch(patch) = mutate(pod, Some(account), settings) else {
        panic!("nothing was done")
    };
    let mutated = patch.apply(pod).unwrap();
    assert_eq!(
        mutate(&mutated, Some(account), settings),
        Mutation::Nothing(Reason::Complete),
        "a second pass does nothing"
    );
    (mutated, patch)
}

#[test]
fn a_plain_pod_is_given_volume_mount_and_variables() {
    let settings = Settings {
        region: Some("us-east-1".into()),
        sts_regional_endpoints: true,
        ..Settings::default()
    };
    let (mutated, patch) = mutated(
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
    assert_eq!(mutated.as_json(), &expected);
    assert_eq!(patch.warnings, []);
}

#[test]
fn what_is_there_already_is_never_changed() {
    let settings = Settings {
        region: Some("us-east-1".into()),
        sts_regional_endpoints: true,
        ..Settings::default()
    };
    let names = |env: Value| {
        let (mutated, _) = mutated(
            &pod(json!({ "containers": [{ "name": "a", "env": env }] })),
            &account(&[("role-arn", ROLE)]),
            &settings,
        );
        let env = mutated
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
    let (mutated, _) = mutated(&before, &account(&[("role-arn", ROLE)]), &settings);
    assert_eq!(
        mutated.as_json()["spec"]["containers"],
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
            json["metadata"]["annotations"]["eks.amazonaws.com/token-expiration"] = json!(value);
        }
        mutated(
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
    let (_, patch) = mutated(
        &pod(json!({ "containers": [] })),
        &account(&[("role-arn", "my-role"), ("audience", "other")]),
        &Settings::default(),
    );
    assert_eq!(patch.grant.audience, "other");
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
        Pod::from_json(json!({ "metadata": metadata, "spec": { "containers": [{ "name": "a" }] } }))
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
    let (after, _) = mutated(
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
        let (after, patch) = mutated(
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
        let (after, _) = mutated(&before, &account(&[("role-arn", ROLE)]), &Settings::default());
        let mut json = after.as_json().clone();
        json["spec"].as_object_mut().unwrap().remove("volumes");
        json["spec"]["containers"][0].as_object_mut().unwrap().remove("env");
        json["spec"]["containers"][0].as_object_mut().unwrap().remove("volumeMounts");
        proptest::prop_assert_eq!(&json, before.as_json());
    }
}
