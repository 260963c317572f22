//! The control endpoint: for its owner, over its socket, and for nobody else.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn no_tcp_listener_mints_tokens_or_shows_decisions() {
    let stage = Stage::new().await;
    let body = "{\"namespace\":\"reports\",\"serviceAccount\":\"reporting\",\"audiences\":[\"sts.amazonaws.com\"],\"expirationSeconds\":3600}";
    for request in [
        format!("POST /token HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len()),
        "GET /environment HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".to_owned(),
        "GET /accounts HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".to_owned(),
        "POST /keys/rotate HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "POST /accounts HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 19\r\n\r\n{\"partition\":\"aws\"}"
            .to_owned(),
        "GET /decisions/latest-denial HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".to_owned(),
    ] {
        let answer = stage.raw(request.into_bytes()).await;
        // It is read as an unsigned call of S3: there is nothing else at this address.
        assert_eq!((answer.status, answer.code()), (403, "AccessDenied"), "{}", answer.text);
        assert!(!answer.text.contains("eyJ") && !answer.text.contains(&stage.root.secret), "{}", answer.text);
    }
    assert_eq!(stage.control("GET", "/environment", "").await.status, 200);
    let accounts = stage.control("GET", "/accounts", "").await;
    assert!(
        accounts.status == 200 && accounts.json()["accounts"].as_array().unwrap().len() == 1,
        "{}",
        accounts.text
    );
    assert_eq!(
        stage
            .control("GET", "/decisions/..%2f..%2fkey", "")
            .await
            .status,
        422
    );
    assert_eq!(stage.control("POST", "/token", "{}").await.status, 422);
    let unknown = body.replace("reporting", "nobody");
    assert_eq!(stage.control("POST", "/token", &unknown).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_user_is_turned_away() {
    let stage = Stage::new().await;
    let folder = stage.server.data_dir().to_owned();
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (
            mode(&folder),
            mode(&folder.join("control.sock")),
            mode(&folder.join("key"))
        ),
        (0o700, 0o600, 0o600)
    );
    // Opened wide on purpose: even then the peer's user decides.
    for path in [stage.folder.path(), &folder, &folder.join("control.sock")] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    }
    let knock = "import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\nsys.stdout.write('connected ')\nsys.stdout.flush()\ns.sendall(b'GET /environment HTTP/1.1\\r\\nhost: c\\r\\nconnection: close\\r\\n\\r\\n')\nsys.stdout.write(repr(s.recv(4096)))";
    let out = Command::new("setpriv")
        .args([
            "--reuid",
            "65534",
            "--regid",
            "65534",
            "--clear-groups",
            "/usr/bin/python3",
            "-c",
            knock,
        ])
        .arg(folder.join("control.sock"))
        .output();
    match out {
        Ok(out)
            if out.status.success()
                || !out.stderr.is_empty()
                    && String::from_utf8_lossy(&out.stderr).contains("Error") =>
        {
            let told = String::from_utf8_lossy(&out.stdout).into_owned();
            assert!(
                told.starts_with("connected "),
                "nothing was tried: {}",
                String::from_utf8_lossy(&out.stderr)
            );
            assert!(
                !told.contains("secretAccessKey") && !told.contains("200 OK"),
                "{told}"
            );
        }
        other => testkit::skip(&format!(
            "a second user at the control socket (no way to become one: {other:?})"
        )),
    }
}
