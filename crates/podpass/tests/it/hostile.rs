//! What strangers wrote, through every command that shows it: no byte of it is obeyed by a
//! terminal, and no line begins with it. The control socket is played by the test, so that each
//! answer can be as bad as it likes.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// An escape sequence, one of eight bits, what turns letters round, what breaks lines, what is not
/// seen; then a forged line.
const EVIL: &str = "x\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{7f}\u{202e}\u{2066}\u{200e}\u{61c}\u{2028}\u{2029}\u{200b}\u{feff}\u{e0041}\r\nFORGED";

pub(crate) fn run(data_dir: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podpass"));
    command
        .args(arguments)
        .env("PODPASS_DATA_DIR", data_dir)
        .env_remove("AWS_ENDPOINT_URL")
        .env_remove("AWS_ENDPOINT_URL_STS");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

/// Nothing but plain ASCII and line breaks, none of which the stranger made; and the text is there,
/// not dropped.
fn assert_plain(sentence: &str, output: &Output) {
    let bytes = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(
        bytes
            .iter()
            .all(|byte| *byte == b'\n' || (b' '..=b'~').contains(byte)),
        "{sentence}: {text:?}"
    );
    assert!(
        text.contains("FORGED"),
        "{sentence} shows what came: {text}"
    );
    assert!(
        !text
            .lines()
            .any(|line| line.trim_start().starts_with("FORGED")),
        "{sentence}: {text}"
    );
}

/// A control socket that answers whatever is asked with what is written here for the path.
pub(crate) fn controlled(answers: Vec<(&'static str, u16, Value)>, asks: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join("control.sock")).unwrap();
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let answers = &answers;
            answer(stream, |path| {
                let found = answers.iter().find(|(begin, ..)| path.starts_with(begin));
                found.map_or(
                    (404, json!({ "error": "no such endpoint" }).to_string()),
                    |(_, status, body)| (*status, body.to_string()),
                )
            });
        }
    });
    asks(folder.path());
}

fn answer(mut stream: impl std::io::Read + std::io::Write, by: impl Fn(&str) -> (u16, String)) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    let (status, body) = by(head.split(' ').nth(1).unwrap());
    let text = format!(
        "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).unwrap();
}

fn environment() -> Value {
    json!({ "api": "http://127.0.0.1:1", "issuer": format!("https://{EVIL}"), "region": "us-east-1", "account": "000000000000",
        "caBundle": "/x", "accessKeyId": "A", "secretAccessKey": "s" })
}

fn denial() -> Value {
    json!({
        "requestId": "01234567-89ab-4cde-8f01-23456789abcd", "at": 1, "sourceIp": EVIL, "outcome": "denied", "link": "permissions",
        "account": "000000000000", "operation": EVIL, "who": { "arn": EVIL, "role": EVIL, "issuer": EVIL, "subject": EVIL },
        "asked": [{ "action": EVIL, "resource": EVIL, "decision": { "verdict": "ImplicitlyDenied", "layer": "identity", "statement": null,
            "trace": { "layers": [{ "layer": "identity", "outcome": "silent", "documents": [{ "name": EVIL, "statements": [{
                "statement": { "document": EVIL, "index": 0, "sid": EVIL, "line": 1, "column": 1 }, "effect": "Allow",
                "outcome": { "failed": { "element": "Condition", "operator": EVIL, "key": EVIL, "expected": [EVIL], "actual": [EVIL] } } }] }] }] } } }],
        "cause": { "cause": "permissions" },
    })
}

#[test]
fn attack_58_every_command_that_asks_the_server_shows_its_words_plainly() {
    let refused = || ("/", 422, json!({ "error": EVIL }));
    for arguments in [
        vec!["account", "list"],
        vec!["account", "create"],
        vec!["keys", "rotate"],
        vec!["keys", "rotate", "--root", "000000000000"],
        vec!["token", "-n", "a", "b"],
        vec!["env"],
        vec!["why"],
        vec!["issuer", "push", "--provider", "p", "--remove"],
        vec!["run", "-n", "a", "--sa", "b", "--", "true"],
        vec!["creds", "--role", "r", "-n", "a", "--sa", "b"],
    ] {
        controlled(vec![refused()], |data_dir| {
            let output = run(data_dir, &arguments, "");
            assert_plain(&format!("{arguments:?}"), &output);
            assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        });
    }
}

#[test]
fn attack_58_what_the_server_tells_is_shown_plainly() {
    let accounts = json!({ "revision": 1, "accounts": [{ "id": "000000000000", "partition": EVIL, "rootAccessKeyId": EVIL }] });
    let keys = json!({ "keys": 1, "rejected": [EVIL] });
    for (arguments, path, body) in [
        (vec!["account", "list"], "/accounts", accounts.clone()),
        (vec!["account", "list", "-o", "json"], "/accounts", accounts),
        (vec!["why"], "/decisions", denial()),
        (vec!["why", "-o", "json"], "/decisions", denial()),
        (
            vec!["issuer", "push", "--provider", "p", "-"],
            "/provider-keys",
            keys,
        ),
        (vec!["env", "--json"], "/environment", environment()),
    ] {
        controlled(vec![(path, 200, body)], |data_dir| {
            assert_plain(&format!("{arguments:?}"), &run(data_dir, &arguments, "{}"))
        });
    }
}

#[test]
fn attack_58_run_warns_plainly_of_what_a_manifest_has() {
    let annotations = json!({ "eks.amazonaws.com/role-arn": EVIL, "eks.amazonaws.com/sts-regional-endpoints": EVIL });
    let env = json!([{ "name": EVIL, "value": "x" }, { "name": "LD_PRELOAD", "value": "/evil.so" }, { "name": "APP_MODE", "value": "x" }]);
    let pod = json!({ "metadata": {}, "spec": { "containers": [{ "name": "main", "env": env }] } });
    let answers = vec![
        ("/environment", 200, environment()),
        (
            "/pod",
            200,
            json!({ "annotations": annotations, "pod": pod }),
        ),
        ("/token", 200, json!({ "token": "t", "expiresAt": 1 })),
    ];
    controlled(answers, |data_dir| {
        let output = run(data_dir, &["run", "-n", "a", "--sa", "b", "--", "true"], "");
        assert_plain("run", &output);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told.lines().count(), 3, "{told}");
        assert!(told.contains("are ignored: LD_PRELOAD, x\\u{1b}"), "{told}");
        assert_eq!(output.status.code(), Some(0), "{told}");
    });
}

#[test]
fn attack_58_creds_repeats_no_endpoint_to_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            answer(stream, |_| {
                let long = EVIL.repeat(10_000);
                (
                    403,
                    format!("<Error><Code>{EVIL}</Code><Message>{long}</Message></Error>"),
                )
            });
        }
    });
    let token = folder.path().join("token");
    std::fs::write(&token, "t").unwrap();
    let output = run(
        folder.path(),
        &[
            "creds",
            "--role",
            "r",
            "--token-file",
            token.to_str().unwrap(),
            "--endpoint",
            &endpoint,
        ],
        "",
    );
    assert_plain("creds", &output);
    assert!(
        output.stderr.len() < 10_000
            && String::from_utf8_lossy(&output.stderr).contains("explains it)"),
        "the end is seen"
    );
}

#[test]
fn attack_58_files_are_refused_plainly() {
    let folder = tempfile::tempdir().unwrap();
    let quoted = serde_json::to_string(EVIL).unwrap();
    let annotation = format!(
        "kind: ServiceAccount\nmetadata: {{ name: a, annotations: {{ {quoted}: true }} }}\n"
    );
    for (sentence, yaml) in [
        (
            "a name",
            format!("kind: ServiceAccount\nmetadata: {{ name: {quoted} }}\n"),
        ),
        (
            "a namespace",
            format!("kind: ServiceAccount\nmetadata: {{ name: a, namespace: {quoted} }}\n"),
        ),
        ("an annotation", annotation.clone()),
        ("a key", format!("{quoted}: 1\n{quoted}: 2\n")),
        ("a kind", format!("kind: {quoted}\n---\n{annotation}")),
        ("an anchor", "a: *FORGED\u{202e}\n".to_owned()),
    ] {
        let output = run(folder.path(), &["up", "-f", "-"], &yaml);
        assert_eq!(output.status.code(), Some(2), "{sentence}");
        let bytes = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
        assert!(
            bytes
                .iter()
                .all(|byte| *byte == b'\n' || (b' '..=b'~').contains(byte)),
            "{sentence}: {}",
            String::from_utf8_lossy(&bytes)
        );
    }
    let question = json!({ "principal": "arn:aws:iam::000000000000:role/r", "action": format!("s3:{EVIL}"), "resource": EVIL, "identity_policies": [{
        "Version": "2012-10-17", "Statement": [{ "Sid": EVIL, "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "StringEquals": { "a:b": EVIL } } }] }],
        "context": { "a:b": [format!("{EVIL}2")] } });
    for output in [
        ["simulate", "-"].as_slice(),
        &["simulate", "-", "-o", "json"],
    ] {
        assert_plain(
            &format!("{output:?}"),
            &run(folder.path(), output, &question.to_string()),
        );
    }
    for bad in [
        json!({ "principal": EVIL, "action": "a", "resource": "r" }),
        json!({ EVIL: 1 }),
    ] {
        let output = run(folder.path(), &["simulate", "-"], &bad.to_string());
        assert_plain("a file that is no question", &output);
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn what_was_typed_is_repeated_plainly() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        vec!["why", EVIL],
        vec!["account", "create", EVIL],
        vec![
            "creds",
            "--role",
            "r",
            "--endpoint",
            EVIL,
            "--token-file",
            "t",
        ],
    ] {
        let output = run(folder.path(), &arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_plain(&format!("{arguments:?}"), &output);
    }
}
