//! Attacks 34, 43 and 51: requests that two servers would cut at different places, foreign hosts,
//! and too much of everything.

use crate::stage::{Draft, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn attack_43_requests_that_could_be_cut_in_two_ways() {
    let stage = Stage::new().await;
    let good = || Draft::s3("GET", "/reports/q1.csv", b"", &stage.reader);
    assert_eq!(stage.send(&good()).await.status, 200);
    let spoilt = |from: &str, to: &str| {
        String::from_utf8(good().bytes())
            .unwrap()
            .replacen(from, to, 1)
            .into_bytes()
    };
    let chunked = |mut bytes: Vec<u8>| {
        bytes.extend_from_slice(b"0\r\n\r\n");
        bytes
    };
    for (sentence, bytes) in [
        (
            "a length after a transfer encoding",
            chunked(spoilt("host:", "transfer-encoding: chunked\r\nhost:")),
        ),
        (
            "a transfer encoding after a length",
            chunked(spoilt("\r\n\r\n", "\r\ntransfer-encoding: chunked\r\n\r\n")),
        ),
        (
            "an encoding that is not chunked",
            chunked(spoilt(
                "content-length: 0",
                "transfer-encoding: gzip, identity",
            )),
        ),
        (
            "chunked behind another encoding",
            chunked(spoilt(
                "content-length: 0",
                "transfer-encoding: gzip, chunked",
            )),
        ),
        (
            "chunked twice",
            chunked(spoilt(
                "content-length: 0",
                "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
            )),
        ),
        (
            "chunked in HTTP/1.0",
            chunked(
                String::from_utf8(spoilt("content-length: 0", "transfer-encoding: chunked"))
                    .unwrap()
                    .replacen("HTTP/1.1", "HTTP/1.0", 1)
                    .into_bytes(),
            ),
        ),
        (
            "two lengths",
            spoilt("connection:", "content-length: 5\r\nconnection:"),
        ),
        (
            "a length that is given twice alike",
            spoilt("connection:", "content-length: 0\r\nconnection:"),
        ),
        (
            "line feeds alone",
            String::from_utf8(good().bytes())
                .unwrap()
                .replace("\r\n", "\n")
                .into_bytes(),
        ),
        (
            "a header behind a bare line feed",
            spoilt(
                "connection:",
                "x-a: 1\nx-amz-copy-source: /payroll/x\r\nconnection:",
            ),
        ),
        ("HTTP/1.0", spoilt("HTTP/1.1", "HTTP/1.0")),
        (
            "absolute form",
            spoilt("GET /reports", "GET http://localhost/reports"),
        ),
        (
            "a folded header",
            spoilt("connection:", "x-a: 1\r\n 2\r\nconnection:"),
        ),
        (
            "a header folded behind a bare line feed",
            spoilt(
                "connection:",
                "x-a: 1\n x-amz-copy-source: /payroll/x\r\nconnection:",
            ),
        ),
        (
            "lengths in a list",
            spoilt("content-length: 0", "content-length: 0, 0"),
        ),
        (
            "a length with a sign",
            spoilt("content-length: 0", "content-length: +0"),
        ),
        ("two blanks behind the method", spoilt("GET ", "GET  ")),
        (
            "a NUL in a header",
            spoilt("connection:", "x-a: \0\r\nconnection:"),
        ),
        ("a blank before the colon", spoilt("host:", "host :")),
        (
            "two hosts",
            spoilt("connection:", "host: localhost\r\nconnection:"),
        ),
        ("a method that nobody has", spoilt("GET ", "BREW ")),
    ] {
        let answer = stage.raw(bytes).await;
        assert_eq!(
            (
                answer.status,
                answer.text.matches("content-length: ").count()
            ),
            (400, 1),
            "{sentence}: {}",
            answer.text
        );
    }
}

/// The reader of HTTP tidies these up before anything of ours sees them. What is left means the
/// same to signer and server.
#[tokio::test(flavor = "multi_thread")]
async fn attack_43_what_is_tidied_up_unseen_changes_nothing() {
    let stage = Stage::new().await;
    let good =
        String::from_utf8(Draft::s3("GET", "/reports/q1.csv", b"", &stage.reader).bytes()).unwrap();
    let spoilt = |from: &str, to: &str| good.replacen(from, to, 1);
    for (sentence, request) in [
        (
            "a fragment is dropped",
            spoilt("q1.csv ", "q1.csv#/../../payroll/salaries.csv "),
        ),
        (
            "a fragment behind a query is dropped",
            spoilt("q1.csv ", "q1.csv?#&versionId=1 "),
        ),
        (
            "no body in no chunks is no body",
            spoilt("content-length: 0", "transfer-encoding: chunked") + "0\r\n\r\n",
        ),
        (
            "empty lines before a request are skipped",
            format!("\r\n\r\n{good}"),
        ),
    ] {
        let answer = stage.raw(request.into_bytes()).await;
        assert!(
            answer.status == 200 && answer.text.ends_with("\r\n\r\nq1"),
            "{sentence}: {}",
            answer.text
        );
    }
    let unsigned = spoilt("q1.csv ", "q1.csv?versionId=1#x ");
    let answer = stage.raw(unsigned.into_bytes()).await;
    assert_eq!(
        answer.status, 403,
        "another word before a fragment is not signed: {}",
        answer.text
    );
}

/// What is in a body is no request, whether or not anybody reads the body.
#[tokio::test(flavor = "multi_thread")]
async fn attack_43_a_refused_body_is_no_request() {
    let stage = Stage::new().await;
    let inner = Draft::s3("GET", "/reports/q1.csv", b"", &stage.reader).bytes();
    let unsigned = "GET /reports/q1.csv HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    // The one behind the body is answered, unless the connection was closed before it.
    let and_one_more = |draft: &Draft| {
        String::from_utf8(draft.bytes())
            .unwrap()
            .replacen("connection: close\r\n", "", 1)
            + unsigned
    };
    for (sentence, draft, status) in [
        (
            "denied",
            Draft::s3("PUT", "/payroll/x", &inner, &stage.reader),
            403,
        ),
        (
            "not signed",
            Draft::s3("PUT", "/reports/x", &inner, &stage.reader).header("authorization", ""),
            400,
        ),
        (
            "a foreign host",
            Draft::s3("PUT", "/reports/x", &inner, &stage.reader)
                .header("host", "sts.attacker.example"),
            400,
        ),
        (
            "a body where none belongs",
            Draft::s3("GET", "/reports/q1.csv", &inner, &stage.reader),
            400,
        ),
    ] {
        let answer = stage.raw(and_one_more(&draft).into_bytes()).await;
        assert!(
            (1..=2).contains(&answer.text.matches("HTTP/1.1 ").count()),
            "{sentence}: {}",
            answer.text
        );
        assert!(
            answer.status == status && !answer.text.contains(" 200 OK"),
            "{sentence}: {}",
            answer.text
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_34_hosts_that_are_not_ours() {
    let stage = Stage::new().await;
    let answer = stage.raw(b"GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1\r\nhost: sts.attacker.example\r\nconnection: close\r\n\r\n".to_vec()).await;
    assert_eq!((answer.status, answer.code()), (400, "InvalidRequest"));
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_51_too_much_of_everything() {
    let stage = Stage::new().await;
    let many: String = (0..500).map(|n| format!("x-{n}: 1\r\n")).collect();
    for (sentence, status, bytes) in [
        (
            "500 headers",
            431,
            format!("GET / HTTP/1.1\r\nhost: localhost\r\n{many}connection: close\r\n\r\n"),
        ),
        (
            "a header of a megabyte",
            431,
            format!(
                "GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n",
                "a".repeat(1 << 20)
            ),
        ),
        (
            "a target of 100 kB",
            414,
            format!(
                "GET /{} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
                "a".repeat(100_000)
            ),
        ),
    ] {
        let answer = stage.raw(bytes.into_bytes()).await;
        assert_eq!(answer.status, status, "{sentence}: {}", answer.text);
    }
    assert_eq!(
        stage
            .send(&Draft::s3("GET", "/reports/q1.csv", b"", &stage.reader))
            .await
            .status,
        200,
        "the server still answers"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_48_operations_that_are_not_mapped() {
    let stage = Stage::new().await;
    let unknown = (501, "NotImplemented");
    for (method, target, expected) in [
        ("PUT", "/reports?versioning", unknown),
        ("PUT", "/reports?encryption", unknown),
        ("GET", "/reports/q1.csv?torrent", unknown),
        ("GET", "/reports?inventory", unknown),
        (
            "GET",
            "/reports/q1.csv?versionId=1",
            (400, "InvalidArgument"),
        ),
        ("GET", "/reports/q1.csv?unheard-of=1", unknown),
        ("DELETE", "/reports?lifecycle", unknown),
        (
            "POST",
            "/reports/q1.csv?select&select-type=2",
            (405, "MethodNotAllowed"),
        ),
        ("POST", "/reports/q1.csv?restore", (405, "MethodNotAllowed")),
        (
            "PUT",
            "/reports?acl",
            (400, "AccessControlListNotSupported"),
        ),
        ("POST", "/reports/q1.csv", (405, "MethodNotAllowed")),
        (
            "GET",
            "/reports/q1.csv?partNumber=1&partNumber=2",
            (400, "InvalidURI"),
        ),
    ] {
        let answer = stage
            .send(&Draft::s3(method, target, b"", &stage.root))
            .await;
        assert_eq!(
            (answer.status, answer.code()),
            expected,
            "{method} {target}: {}",
            answer.text
        );
    }
    let unsigned = stage
        .raw(
            b"GET /reports/q1.csv HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
                .to_vec(),
        )
        .await;
    assert_eq!((unsigned.status, unsigned.code()), (403, "AccessDenied"));
}

/// botocore of mid-2026 expects it for an object of no bytes as well, and waits for 10 s without
/// it.
#[tokio::test]
async fn a_put_of_nothing_hears_that_it_may_go_on() {
    let stage = Stage::new().await;
    for body in [b"".as_slice(), b"something"] {
        let put = Draft::s3("PUT", "/reports/empty.csv", body, &stage.root)
            .header("expect", "100-continue");
        let text = stage.send(&put).await.text;
        assert!(
            text.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"),
            "{text}"
        );
    }
    let refused = stage
        .send(
            &Draft::s3("PUT", "/payroll/empty.csv", b"x", &stage.reader)
                .header("expect", "100-continue"),
        )
        .await;
    assert_eq!(
        refused.status, 403,
        "who is refused is not told to go on: {}",
        refused.text
    );
}
