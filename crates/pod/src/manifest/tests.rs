//! What is found in manifests, and what is told of those that cannot be read.

use super::*;

#[test]
fn accounts_and_the_pods_of_workloads_are_found() {
    let yaml = "
apiVersion: v1
kind: ServiceAccount
metadata: { name: reporting, namespace: reports, annotations: { eks.amazonaws.com/role-arn: 'arn:x' } }
---
# nothing
---
kind: Deployment
metadata: { name: web, namespace: reports }
spec: { template: { spec: { serviceAccountName: reporting, containers: [] } } }
---
kind: List
items:
- kind: ServiceAccount
  metadata: { name: other }
- kind: ConfigMap
  data: {}
";
    let manifests = read("f.yaml", yaml).unwrap();
    let account = manifests.service_account("reports", "reporting").unwrap();
    assert_eq!(
        (
            account.subject().as_str(),
            account.annotations["eks.amazonaws.com/role-arn"].as_str()
        ),
        ("system:serviceaccount:reports:reporting", "arn:x")
    );
    assert!(manifests.service_account("default", "other").is_some());
    assert_eq!(
        manifests.passed_over,
        BTreeMap::from([("ConfigMap".to_owned(), 1)])
    );
    let pod = &manifests.pods[0];
    assert_eq!(
        (pod.namespace(), pod.name(), pod.service_account()),
        ("reports", "web-", "reporting")
    );
}

#[test]
fn kinds_that_are_not_read_are_counted() {
    let yaml = "kind: ServiceAccountList\nitems: [{ metadata: { name: a } }]\n---\nkind: ReplicationController\n---\nkind: ReplicationController\n---\nkind: Namespace\n";
    let manifests = read("f.yaml", yaml).unwrap();
    let expected = [
        ("ReplicationController".to_owned(), 2),
        ("ServiceAccountList".to_owned(), 1),
    ];
    assert_eq!(manifests.passed_over, BTreeMap::from(expected));
    assert!(manifests.service_accounts.is_empty() && manifests.pods.is_empty());
}

#[test]
fn errors_tell_nobody_to_program() {
    for yaml in [
        "a: 1\na: 2",
        "a: [1",
        "a: *b",
        "a: b: c",
        "\t",
        "a: 'x",
        "{",
        "- a\nb: c",
        "a: !!binary x",
    ] {
        if let Err(error) = read("f.yaml", yaml) {
            let text = error.to_string();
            assert!(
                !["Options", "Policy", "serde", "set "]
                    .iter()
                    .any(|word| text.contains(word)),
                "{text}"
            );
        }
    }
}

#[test]
fn errors_say_where_and_what() {
    for (sentence, yaml, expected) in [
        ("broken YAML", "a: [1", "f.yaml:"),
        (
            "a duplicate member",
            "kind: A\nkind: B\n",
            "f.yaml:2:1: key `kind` appears twice in one mapping",
        ),
        (
            "no kind",
            "a: 1",
            "expected a Kubernetes object with a `kind`",
        ),
        (
            "an annotation that is no text",
            "kind: ServiceAccount\nmetadata: { name: a, annotations: { x: true } }",
            "annotation `x` is not a text",
        ),
        (
            "a name that Kubernetes refuses",
            "kind: ServiceAccount\nmetadata: { name: A_b }",
            "`A_b` is not a DNS subdomain",
        ),
        (
            "twice the same account",
            "kind: ServiceAccount\nmetadata: { name: a }\n---\nkind: ServiceAccount\nmetadata: { name: a }",
            "document 2: ServiceAccount `default/a` appears twice",
        ),
        (
            "a workload without pods",
            "kind: Job\nspec: {}",
            "pod template",
        ),
    ] {
        let error = read("f.yaml", yaml).expect_err(sentence).to_string();
        assert!(error.contains(expected), "{sentence}: {error}");
    }
}
