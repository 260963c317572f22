//! What people read, kept word by word: why a document is refused, and how a decision came about.
//! `INSTA_UPDATE=always cargo test -p policy` writes the files anew.

use std::fmt::Write as _;

use policy::{Document, Strictness, decide};
use serde_json::{Value, json};

use crate::vectors::{Asking, ask, rows};

const ALICE: &str = "arn:aws:iam::111111111111:user/alice";
const PROVIDER: &str = "arn:aws:iam::111111111111:oidc-provider/i.example";
const OBJECT: &str = "arn:aws:s3:::b/x";

#[test]
fn refusals_at_write() {
    let mut shown = String::new();
    for (family, row) in rows() {
        let (Some(document), Some((text, kind))) = (&row.document, row.written()) else {
            continue;
        };
        // With line breaks, so that lines and columns tell something.
        let text = if document.is_string() {
            text
        } else {
            format!("{document:#}")
        };
        let Err(bad) = Document::read("policy", &text, Strictness::Write(kind)) else {
            continue;
        };
        let path = if bad.path.is_empty() {
            "document"
        } else {
            bad.path.as_str()
        };
        writeln!(shown, "{family}, case {}: {}", row.case, row.title).unwrap();
        writeln!(shown, "    {}", bad.message).unwrap();
        writeln!(
            shown,
            "    {path}, line {}, column {}: {}\n",
            bad.line, bad.column, bad.because
        )
        .unwrap();
    }
    insta::assert_snapshot!("refusals", shown);
}

/// A decision's derivation as logs keep it.
fn trace(question: &Value) -> String {
    let asking: Asking = serde_json::from_str(&question.to_string()).unwrap();
    ask(&asking, |question, layers| {
        serde_json::to_string_pretty(&decide(question, layers).trace).unwrap()
    })
}

fn policy(statement: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

/// A question of alice's about an object, with more members.
fn question(more: &Value) -> Value {
    let mut question = json!({ "principal": ALICE, "action": "s3:GetObject", "resource": OBJECT });
    for (name, value) in more.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

fn identity(statement: &Value) -> Value {
    question(&json!({ "identity_policies": [policy(statement)] }))
}

#[test]
fn an_element_of_each_kind_fails() {
    let other = "arn:aws:iam::222222222222:user/bob";
    let by = |name: &str, principal: &str| {
        let statement = json!({ "Effect": "Allow", name: { "AWS": principal }, "Action": "*", "Resource": "*" });
        question(&json!({ "resource_policy": policy(&statement) }))
    };
    for (name, question) in [
        ("principal", by("Principal", other)),
        ("not-principal", by("NotPrincipal", ALICE)),
        (
            "action",
            identity(
                &json!({ "Effect": "Allow", "Action": ["ec2:*", "s3:Put*"], "Resource": "*" }),
            ),
        ),
        (
            "not-action",
            identity(&json!({ "Effect": "Allow", "NotAction": "s3:*", "Resource": "*" })),
        ),
        (
            "resource",
            identity(
                &json!({ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::other/*" }),
            ),
        ),
        (
            "not-resource",
            identity(
                &json!({ "Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/*" }),
            ),
        ),
        (
            "condition",
            identity(
                &json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "StringEquals": { "aws:PrincipalTag/team": "red" } } }),
            ),
        ),
        (
            "unknown",
            question(&json!({
                "context": { "k:u": null },
                "identity_policies": [
                    policy(&json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "StringEquals": { "k:u": "x" } } })),
                    policy(&json!({ "Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${k:u}" })),
                    policy(&json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "StringEquals": { "k:u": "x" } } })),
                ],
            })),
        ),
        (
            "error",
            identity(
                &json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "NoSuch": { "a:b": "c" } } }),
            ),
        ),
    ] {
        insta::assert_snapshot!(format!("element-{name}"), trace(&question));
    }
}

/// A denial rests on what met the Deny's conditions: each is told, also one that is met by a key's
/// absence.
#[test]
fn what_met_a_deny() {
    let deny = json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
        "StringNotEquals": { "aws:RequestedRegion": ["eu-central-1", "eu-west-1"] },
        "StringNotLike": { "aws:PrincipalTag/team": "red*" },
        "ForAnyValue:StringEquals": { "aws:TagKeys": "cost" },
    } });
    let context = json!({ "aws:requestedregion": "us-east-1", "aws:TagKeys": ["cost", "team"] });
    let shown = trace(&question(
        &json!({ "identity_policies": [policy(&deny)], "context": context }),
    ));
    assert!(
        shown.contains("\"applies\"") && shown.matches("\"expected\"").count() == 3,
        "{shown}"
    );
    insta::assert_snapshot!("deny-met", shown);
    // An Allow that applies, and a Deny that does not, show none.
    let spared = json!({ "identity_policies": [policy(&deny)], "context": { "aws:requestedregion": "eu-west-1" } });
    assert!(!trace(&question(&spared)).contains("\"met\""));
}

#[test]
fn a_hint_of_each_kind() {
    let web = |key: &str, value: &str, operator: &str| {
        let statement = json!({ "Effect": "Allow", "Principal": { "Federated": PROVIDER }, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": { operator: { key: value } } });
        json!({
            "principal": PROVIDER,
            "action": "sts:AssumeRoleWithWebIdentity",
            "resource": "arn:aws:iam::111111111111:role/r",
            "resource_policy": policy(&statement),
            "context": {
                "i.example:sub": "system:serviceaccount:ns:app",
                "i.example:aud": "client",
                "i.example:oaud": "sts.amazonaws.com",
                "i.example:amr": ["one", "two"],
                "aws:RequestTag/team": "red",
            },
        })
    };
    let on = |resource: &str| {
        identity(&json!({ "Effect": "Allow", "Action": "s3:*", "Resource": resource }))
    };
    for (name, question) in [
        (
            "case",
            web(
                "i.example:sub",
                "system:serviceaccount:ns:App",
                "StringEquals",
            ),
        ),
        (
            "trailing-slash",
            web(
                "i.example:sub",
                "system:serviceaccount:ns:app/",
                "StringEquals",
            ),
        ),
        (
            "wildcard-is-literal",
            web(
                "i.example:sub",
                "system:serviceaccount:ns:*",
                "StringEquals",
            ),
        ),
        (
            "other-issuer",
            web(
                "j.example:sub",
                "system:serviceaccount:ns:app",
                "StringEquals",
            ),
        ),
        (
            "other-audience",
            web("i.example:aud", "sts.amazonaws.com", "StringEquals"),
        ),
        (
            "misspelt-key",
            web("aws:RequestedTag/team", "red", "StringEquals"),
        ),
        (
            "typo",
            web(
                "i.example:sub",
                "system:serviceaccount:ns:ap",
                "StringEquals",
            ),
        ),
        ("multivalued", web("i.example:amr", "one", "StringEquals")),
        ("bucket-not-objects", on("arn:aws:s3:::b")),
        ("objects-not-bucket", {
            let mut question = on("arn:aws:s3:::b/*");
            question["resource"] = json!("arn:aws:s3:::b");
            question
        }),
    ] {
        let shown = trace(&question);
        assert!(
            shown.contains(&format!("\"hint\": \"{name}\"")),
            "{name}: {shown}"
        );
        insta::assert_snapshot!(format!("hint-{name}"), shown);
    }
}

#[test]
fn every_layer_of_one_question() {
    let every = policy(&json!({ "Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*" }));
    let deny = policy(
        &json!({ "Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "ec2:*", "Resource": "*" }),
    );
    let grant = policy(
        &json!({ "Sid": "Alice", "Effect": "Allow", "Principal": { "AWS": ALICE }, "Action": "s3:*", "Resource": "*" }),
    );
    let layers = json!({
        "identity_policies": [every],
        "resource_policy": grant,
        "permissions_boundary": every,
        "session_policies": [every],
        "service_control_policies": [[every], [every]],
        "resource_control_policies": [[deny]],
    });
    insta::assert_snapshot!("layers", trace(&question(&layers)));
    let trust = policy(
        &json!({ "Sid": "Alice", "Effect": "Allow", "Principal": { "AWS": ALICE }, "Action": "sts:AssumeRole" }),
    );
    let role = json!({ "action": "sts:AssumeRole", "resource": "arn:aws:iam::111111111111:role/r", "resource_policy": trust });
    insta::assert_snapshot!("layer-trust", trace(&question(&role)));
}
