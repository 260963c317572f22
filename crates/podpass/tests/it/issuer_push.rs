//! `up`, and `issuer push` beside it: the owner gives a provider its keys.

use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use testkit::{Answer, Credentials, Draft};

const ARN: &str = "arn:aws:iam::000000000000:oidc-provider/oidc.example";
const KEYS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"rfc7515","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},{"kty":"oct","kid":"s","k":"AAAA"}]}"#;

/// A server that ends with the test.
struct Up(Child);

impl Drop for Up {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn podpass(data_dir: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_podpass"))
        .args(arguments)
        .env("PODPASS_DATA_DIR", data_dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input closes it.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    let out = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        out.status.code().unwrap(),
        text(out.stdout),
        text(out.stderr),
    )
}

/// Root's environment, once the server answers.
fn environment(data_dir: &Path) -> Value {
    for _ in 0..600 {
        let (code, out, _) = podpass(data_dir, &["env", "--json"], "");
        if code == 0 {
            return serde_json::from_str(&out).unwrap();
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the server does not come up");
}

fn iam(environment: &Value, form: &str) -> Answer {
    let text = |name: &str| environment[name].as_str().unwrap();
    let root = Credentials::root(text("AWS_ACCESS_KEY_ID"), text("AWS_SECRET_ACCESS_KEY"));
    let mut stream =
        TcpStream::connect(text("AWS_ENDPOINT_URL").trim_start_matches("http://")).unwrap();
    stream
        .write_all(&Draft::form("iam", form, &root).bytes())
        .unwrap();
    Answer::read(stream)
}

#[test]
fn keys_are_pushed_replaced_and_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("state");
    let (code, _, told) = podpass(&data_dir, &["issuer", "push", "--provider", ARN, "-"], KEYS);
    assert_eq!(code, 3, "no server: {told}");
    let up = Command::new(env!("CARGO_BIN_EXE_podpass"))
        .args(["up", "--api", "127.0.0.1:0", "--issuer", "127.0.0.1:0"])
        .env("PODPASS_DATA_DIR", &data_dir)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _up = Up(up);
    let environment = environment(&data_dir);

    let push = |input: &str| {
        podpass(
            &data_dir,
            &["issuer", "push", "--provider", ARN, "-"],
            input,
        )
    };
    let (code, _, told) = push(KEYS);
    assert_eq!(
        (code, told.contains("not found")),
        (1, true),
        "no such provider yet: {told}"
    );
    let made = iam(
        &environment,
        &format!(
            "Action=CreateOpenIDConnectProvider&Version=2010-05-08&Url=https%3A%2F%2Foidc.example&ClientIDList.member.1=sts.amazonaws.com&ThumbprintList.member.1={}",
            "a".repeat(40)
        ),
    );
    assert_eq!(made.status, 200, "{}", made.text);

    let (code, out, told) = push(KEYS);
    assert_eq!((code, out.as_str()), (0, ""), "{told}");
    assert!(
        told.contains("has 1 pushed keys")
            && told.contains("rejected: `s`: the key is private or symmetric"),
        "{told}"
    );
    let file = folder.path().join("keys.json");
    std::fs::write(&file, KEYS).unwrap();
    let from_file = podpass(
        &data_dir,
        &["issuer", "push", "--provider", ARN, file.to_str().unwrap()],
        "",
    );
    assert_eq!(from_file.0, 0, "{}", from_file.2);
    for (sentence, input, words) in [
        ("no JSON", "<html>".to_owned(), "not a JSON object"),
        (
            "no key that verifies",
            r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#.to_owned(),
            "no key that could verify",
        ),
        (
            "too large",
            format!(r#"{{"keys":[],"x":"{}"}}"#, "a".repeat(80_000)),
            "at most 65536",
        ),
    ] {
        let (code, _, told) = push(&input);
        assert!(
            code == 1 && told.contains(words),
            "{sentence}: {code} {told}"
        );
    }
    let remove = ["issuer", "push", "--provider", ARN, "--remove"];
    assert_eq!(podpass(&data_dir, &remove, "").0, 0);
    assert_eq!(
        podpass(&data_dir, &remove, "").0,
        1,
        "there are none any more"
    );
    assert_eq!(
        podpass(&data_dir, &["issuer", "push", "--provider", ARN], "").0,
        2,
        "neither a file nor --remove"
    );
}
