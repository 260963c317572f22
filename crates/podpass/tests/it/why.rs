//! `why`: what the real server denied, told to people and to programs.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::client::{Client, control};
use crate::hostile::{controlled, run};

const MANIFEST: &str =
    "apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: app, namespace: team }\n";
const ROLE: &str = "arn:aws:iam::000000000000:role/app";
const ID: &str = "01234567-89ab-4cde-8f01-23456789abcd";

/// A server that ends with the test.
struct Up(Child);

impl Up {
    /// Up, and ready to be asked.
    fn new(folder: &Path, state: &Path) -> Self {
        let manifest = folder.join("manifest.yaml");
        std::fs::write(&manifest, MANIFEST).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_podpass"))
            .args([
                "up",
                "--api",
                "127.0.0.1:0",
                "--issuer",
                "127.0.0.1:0",
                "--data-dir",
            ])
            .arg(state)
            .arg("-f")
            .arg(&manifest)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let up = Self(child);
        assert!(
            lines.any(|line| line.contains("is ready")),
            "the server does not come up"
        );
        // What it says later has a reader, or it could not say it.
        std::thread::spawn(move || lines.for_each(drop));
        up
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn why(state: &Path, arguments: &[&str]) -> String {
    let output = run(state, &[&["why"], arguments].concat(), "");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn why_json(state: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&why(state, &[arguments, &["-o", "json"]].concat())).unwrap()
}

#[test]
fn a_denial_is_explained_to_people_and_to_programs() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let _up = Up::new(folder.path(), &state);
    let (_, environment) = control(&state.join("control.sock"), "GET", "/environment", "").unwrap();
    let client = Client::of(&environment);
    let issuer = serde_json::from_str::<Value>(&environment).unwrap()["issuer"]
        .as_str()
        .unwrap()
        .to_owned();
    let host = issuer.trim_start_matches("https://");
    let provider = format!("arn:aws:iam::000000000000:oidc-provider/{host}");
    let sub = format!("{host}:sub");
    let principal = json!({ "Federated": provider });
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringEquals": { format!("{host}:aud"): "sts.amazonaws.com" } } },
        { "Sid": "NotTeam", "Effect": "Deny", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringLike": { &sub: ["system:serviceaccount:team:*", "x"] } } },
    ] });
    let exchange = ["creds", "--role", ROLE, "-n", "team", "--sa", "app"];

    // Nothing is registered yet: a denial that compares lists.
    assert_eq!(run(&state, &exchange, "").status.code(), Some(1));
    let found = why_json(&state, &[]);
    assert_eq!(
        (&found["explanation"]["code"], &found["explanation"]["link"]),
        (&json!("no-provider"), &json!("oidc-provider"))
    );
    assert_eq!(
        found["explanation"]["message"],
        format!("the issuer `{issuer}` is not registered in this account")
    );

    for (action, parameters) in [
        (
            "CreateOpenIDConnectProvider",
            [
                ("Url", issuer.as_str()),
                ("ClientIDList.member.1", "sts.amazonaws.com"),
            ],
        ),
        (
            "CreateRole",
            [
                ("RoleName", "app"),
                ("AssumeRolePolicyDocument", &trust.to_string()),
            ],
        ),
    ] {
        let (status, body) = client.iam(action, &parameters).unwrap();
        assert_eq!(status, 200, "{action}: {body}");
    }
    assert_eq!(run(&state, &exchange, "").status.code(), Some(1));
    let text = why(&state, &[]);
    let denied = "denied at trust-policy: \"trust policy\", statement \"NotTeam\" (line 1) denies";
    let met = format!(
        "    Condition StringLike on `{sub}` matches\n    policy   [system:serviceaccount:team:*, x]\n    \
         request  system:serviceaccount:team:app\n"
    );
    assert!(text.contains(denied) && text.contains(&met), "{text}");

    let found = why_json(&state, &[]);
    let (record, explanation) = (&found["record"], &found["explanation"]);
    assert_eq!(
        (&record["outcome"], &record["link"]),
        (&json!("denied"), &json!("trust-policy")),
        "{record}"
    );
    assert_eq!(explanation["code"], "trust-policy-explicit-deny");
    assert_eq!(
        (&explanation["link"], &explanation["severity"]),
        (&json!("trust-policy"), &json!("error"))
    );
    let statements: Vec<&Value> = explanation["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|fact| fact["kind"] == "statement")
        .collect();
    let denies: Vec<&&Value> = statements
        .iter()
        .filter(|fact| fact["effect"] == "Deny")
        .collect();
    assert_eq!((statements.len(), denies.len()), (2, 1), "{explanation:#}");
    assert_eq!(
        (&denies[0]["outcome"], &denies[0]["statement"]["sid"]),
        (&json!("applies"), &json!("NotTeam"))
    );
    let expected = json!([{
        "element": "Condition", "operator": "StringLike", "key": sub, "missing": false,
        "expected": ["system:serviceaccount:team:*", "x"], "actual": ["system:serviceaccount:team:app"],
    }]);
    assert_eq!(denies[0]["compared"], expected);
    assert!(
        explanation["help"][0]
            .as_str()
            .unwrap()
            .contains("no Allow outweighs a Deny"),
        "{explanation:#}"
    );

    // By its id it is the same one, and what the text says is what the data say.
    assert_eq!(
        why_json(&state, &[record["requestId"].as_str().unwrap()]),
        found
    );
    assert!(text.contains(explanation["message"].as_str().unwrap()));
}

/// A record of 0.1, as its server answered it: its Deny has no conditions that were met.
#[test]
fn an_older_record_is_explained_all_the_same() {
    let record = json!({
        "requestId": ID, "at": 1, "sourceIp": "127.0.0.1", "outcome": "denied", "link": "permissions",
        "account": "000000000000", "operation": "s3:GetObject", "who": { "role": ROLE },
        "asked": [{ "action": "s3:GetObject", "resource": "arn:aws:s3:::b/x", "decision": {
            "verdict": "ExplicitlyDenied", "layer": "identity",
            "statement": { "document": "p", "index": 0, "sid": null, "line": 1, "column": 1 },
            "trace": { "layers": [{ "layer": "identity", "outcome": "denies", "documents": [{ "name": "p", "statements": [{
                "statement": { "document": "p", "index": 0, "sid": null, "line": 1, "column": 1 },
                "effect": "Deny", "outcome": "applies", "tested": ["aws:SourceIp"] }] }] }] } } }],
        "cause": { "cause": "permissions" },
    });
    controlled(vec![("/decisions", 200, record)], |state| {
        let found = why_json(state, &[ID]);
        assert_eq!(found["explanation"]["code"], "permissions-explicit-deny");
        assert_eq!(found["record"]["requestId"], ID);
        assert!(why(state, &[ID]).contains("\"p\", statement 1 (line 1) Deny: applies\n"));
    });
}
