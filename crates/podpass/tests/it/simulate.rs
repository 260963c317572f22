//! `podpass simulate` as a person types it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// Exit code, stdout and stderr.
fn simulate(input: &str, more: &[&str]) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_podpass"))
        .args(["simulate", "-"])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let out = child.wait_with_output().unwrap();
    (
        out.status.code().unwrap(),
        String::from_utf8(out.stdout).unwrap(),
        String::from_utf8(out.stderr).unwrap(),
    )
}

fn answer(question: &Value) -> (i32, Value) {
    let (code, out, err) = simulate(&question.to_string(), &["-o", "json"]);
    (
        code,
        serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}")),
    )
}

fn policy(effect: &str, action: &str, resource: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "Only", "Effect": effect, "Action": action, "Resource": resource }] })
}

fn question(more: &Value) -> Value {
    let mut question = json!({ "principal": "arn:aws:iam::111111111111:user/alice", "action": "s3:GetObject", "resource": "arn:aws:s3:::b/x" });
    for (name, value) in more.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

#[test]
fn one_question_of_each_kind() {
    let every = policy("Allow", "*", "*");
    let deny = policy("Deny", "s3:*", "*");
    let provider = "arn:aws:iam::111111111111:oidc-provider/i.example";
    let trust = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Principal": { "Federated": provider }, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": { "StringEquals": { "i.example:sub": "me" } } } });
    let exchange = |sub: &str| json!({ "principal": provider, "action": "sts:AssumeRoleWithWebIdentity", "resource": "arn:aws:iam::111111111111:role/r", "resource_policy": trust, "context": { "i.example:sub": sub } });
    let odd = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "NoSuch": { "a:b": "c" } } }, { "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    for (sentence, more, code, decision, layer) in [
        (
            "allowed by an identity policy",
            json!({ "identity_policies": [every] }),
            0,
            "Allowed",
            "identity",
        ),
        (
            "absent identity policies allow nothing",
            json!({}),
            1,
            "ImplicitlyDenied",
            "identity",
        ),
        (
            "null is absent",
            json!({ "identity_policies": null, "resource_policy": null, "permissions_boundary": null }),
            1,
            "ImplicitlyDenied",
            "identity",
        ),
        (
            "an explicit deny",
            json!({ "identity_policies": [every, deny] }),
            1,
            "ExplicitlyDenied",
            "identity",
        ),
        (
            "session policies that are there and empty",
            json!({ "identity_policies": [every], "session_policies": [] }),
            1,
            "ImplicitlyDenied",
            "session",
        ),
        (
            "no levels of control policies",
            json!({ "identity_policies": [every], "service_control_policies": [] }),
            0,
            "Allowed",
            "identity",
        ),
        (
            "a level that allows nothing",
            json!({ "identity_policies": [every], "service_control_policies": [[every], []] }),
            1,
            "ImplicitlyDenied",
            "scp",
        ),
        (
            "a resource control policy denies",
            json!({ "identity_policies": [every], "resource_control_policies": [[{ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*" } }]] }),
            1,
            "ExplicitlyDenied",
            "rcp",
        ),
        (
            "a boundary limits",
            json!({ "identity_policies": [every], "permissions_boundary": policy("Allow", "ec2:*", "*") }),
            1,
            "ImplicitlyDenied",
            "boundary",
        ),
        (
            "a bucket of another account",
            json!({ "identity_policies": [every], "resource_account": "222222222222" }),
            1,
            "ImplicitlyDenied",
            "resource",
        ),
        (
            "a web identity that is trusted",
            exchange("me"),
            0,
            "Allowed",
            "trust",
        ),
        (
            "a web identity that is not",
            exchange("you"),
            1,
            "ImplicitlyDenied",
            "trust",
        ),
        (
            "what cannot be evaluated denies",
            json!({ "identity_policies": [odd] }),
            1,
            "ExplicitlyDenied",
            "identity",
        ),
    ] {
        let (found, told) = answer(&question(&more));
        assert_eq!(
            (found, told["decision"].as_str(), told["layer"].as_str()),
            (code, Some(decision), Some(layer)),
            "{sentence}: {told}"
        );
        assert!(told["trace"]["layers"].is_array(), "{sentence}");
        assert_eq!(
            told["reason"] == "evaluation-error",
            sentence.starts_with("what cannot"),
            "{sentence}"
        );
    }
}

#[test]
fn lists_places_and_words() {
    let every = policy("Allow", "s3:*", "*");
    let list = json!([
        question(&json!({ "identity_policies": [every] })),
        question(&json!({}))
    ]);
    let (code, told) = answer(&list);
    assert_eq!(
        (
            code,
            told[0]["decision"].as_str(),
            told[1]["decision"].as_str()
        ),
        (1, Some("Allowed"), Some("ImplicitlyDenied"))
    );
    assert_eq!(answer(&json!([])), (0, json!([])));
    let (code, told) = answer(&question(
        &json!({ "identity_policies": [every], "context": { "a:b": ["one"] } }),
    ));
    assert_eq!(
        (code, &told["statement"]["sid"], &told["statement"]["index"]),
        (0, &json!("Only"), &json!(0))
    );

    let pretty = "{\n \"principal\": \"arn:aws:iam::111111111111:user/a\",\n \"action\": \"s3:GetObject\", \"resource\": \"*\",\n \"identity_policies\": [\n  { \"Version\": \"2012-10-17\",\n    \"Statement\": { \"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\" } } ]\n}";
    let (_, out, _) = simulate(pretty, &["-o", "json"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&told["statement"]["line"], &told["statement"]["column"]),
        (&json!(6), &json!(18)),
        "the place is the file's own"
    );

    let (code, out, _) = simulate(
        &question(
            &json!({ "identity_policies": [policy("Allow", "s3:GetObject", "arn:aws:s3:::c/*")] }),
        )
        .to_string(),
        &[],
    );
    assert_eq!(code, 1);
    assert!(
        out.contains("denied: no policy allows it")
            && out.contains("does not cover arn:aws:s3:::b/x"),
        "{out}"
    );
}

#[test]
fn a_key_may_be_unknown() {
    let team = |effect: &str| {
        let mut policy = policy(effect, "*", "*");
        policy["Statement"][0]["Condition"] =
            json!({ "StringEquals": { "aws:PrincipalTag/team": "red" } });
        policy
    };
    let ask = |policies: Value| {
        question(
            &json!({ "identity_policies": policies, "context": { "aws:PrincipalTag/*": null } }),
        )
    };
    let (code, told) = answer(&ask(json!([policy("Allow", "*", "*"), team("Deny")])));
    assert_eq!(
        (code, &told["decision"], &told["reason"]),
        (1, &json!("ExplicitlyDenied"), &json!("evaluation-error"))
    );
    assert_eq!(
        told["error"]["because"],
        "`aws:PrincipalTag/team` is not known here"
    );

    let (code, out, _) = simulate(&ask(json!([team("Allow")])).to_string(), &[]);
    assert_eq!(code, 1);
    for words in [
        "on `aws:PrincipalTag/team` cannot be determined",
        "actual   (`aws:PrincipalTag/team` is not known here)",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    assert!(!out.contains("no such key"), "{out}");
}

#[test]
fn files_that_cannot_be_read_are_usage() {
    for (sentence, input, part) in [
        ("no JSON", "{".to_owned(), "line 1"),
        (
            "no principal",
            json!({ "action": "a:b", "resource": "*" }).to_string(),
            "principal",
        ),
        (
            "a member that is not known",
            question(&json!({ "identity_policy": [] })).to_string(),
            "identity_policy",
        ),
        (
            "a principal that is none",
            question(&json!({ "principal": "alice" })).to_string(),
            "`alice` is not a principal",
        ),
        (
            "an account that is none",
            question(&json!({ "resource_account": "1" })).to_string(),
            "twelve digits",
        ),
        (
            "a policy that is no object",
            question(&json!({ "identity_policies": [1] })).to_string(),
            "identity_policies[0], line 1",
        ),
        (
            "a level that is no list",
            question(&json!({ "service_control_policies": [{}] })).to_string(),
            "line 1",
        ),
        (
            "the second question of a list",
            json!([question(&json!({})), question(&json!({ "principal": "x" }))]).to_string(),
            "question 2",
        ),
    ] {
        let (code, out, err) = simulate(&input, &[]);
        assert!(
            code == 2 && out.is_empty() && err.contains(part),
            "{sentence}: {code} {err}"
        );
    }
}

/// The rows of crates/policy, as a person would ask them: all in one list.
#[test]
fn every_question_of_the_law_has_the_documented_answer() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../policy/tests/vectors");
    let mut rows: Vec<Value> = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        rows.extend(serde_json::from_str::<Vec<Value>>(&text).unwrap());
    }
    rows.retain(|row| row["question"].is_object());
    assert!(rows.len() > 400, "{}", rows.len());
    let questions: Vec<&Value> = rows.iter().map(|row| &row["question"]).collect();
    let (code, told) = answer(&json!(questions));
    assert_eq!(code, 1, "{told}");
    let told = told.as_array().unwrap();
    assert_eq!(told.len(), rows.len());
    for (row, told) in rows.iter().zip(told) {
        let expect = &row["expect"];
        assert_eq!(
            (&told["decision"], &told["reason"]),
            (&expect["decision"], &expect["reason"]),
            "{row}"
        );
        assert!(
            expect["layer"].is_null() || told["layer"] == expect["layer"],
            "{row}: {}",
            told["layer"]
        );
        assert!(
            expect["sid"].is_null() || told["statement"]["sid"] == expect["sid"],
            "{row}: {}",
            told["statement"]
        );
    }
}
