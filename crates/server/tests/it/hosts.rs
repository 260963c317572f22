//! The names that the server is asked by, and buckets in them.

use crate::drafts::{at_host, plain};
use crate::stage::{Draft, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_in_the_host_is_the_bucket_and_the_path_is_the_key() {
    let stage = Stage::in_public().await;
    let put = Draft::s3("PUT", "/reports/payroll/x", b"in reports", &stage.root);
    assert_eq!(stage.send(&put).await.status, 200);
    for (host, target, status, code) in [
        ("reports.localhost", "/q1.csv", 200, ""),
        ("reports.localhost:4566", "/q1.csv", 200, ""),
        ("reports.s3.podpass.test", "/q1.csv", 200, ""),
        ("s3.podpass.test", "/reports/q1.csv", 200, ""),
        // The path is a key of this bucket, whatever it is called.
        ("reports.localhost", "/payroll/x", 200, ""),
        ("reports.localhost", "/reports/q1.csv", 404, "NoSuchKey"),
        ("payroll.localhost", "/salaries.csv", 403, "AccessDenied"),
        (
            "payroll.s3.podpass.test",
            "/salaries.csv",
            403,
            "AccessDenied",
        ),
        ("payroll.localhost", "/reports/q1.csv", 403, "AccessDenied"),
        ("nobodys.localhost", "/x", 403, "AccessDenied"),
        ("a_b.localhost", "/q1.csv", 400, "InvalidRequest"),
        ("reports.example.com", "/q1.csv", 400, "InvalidRequest"),
        ("example.com", "/reports/q1.csv", 400, "InvalidRequest"),
        ("podpass.test", "/reports/q1.csv", 400, "InvalidRequest"),
        ("reports.127.0.0.1", "/q1.csv", 400, "InvalidRequest"),
    ] {
        let answer = stage
            .send(&at_host(host, ("GET", target), &[], b"", &stage.reader))
            .await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{host} {target}: {}",
            answer.text
        );
    }
    // Another host than the one that was signed.
    let moved = at_host(
        "reports.localhost",
        ("GET", "/q1.csv"),
        &[],
        b"",
        &stage.reader,
    )
    .header("host", "payroll.localhost");
    assert_eq!(stage.send(&moved).await.code(), "SignatureDoesNotMatch");
    let list = at_host(
        "reports.localhost",
        ("GET", "/?list-type=2"),
        &[],
        b"",
        &stage.reader,
    );
    let list = stage.send(&list).await;
    assert!(list.text.contains("<Key>q1.csv</Key>"), "{}", list.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_34_sts_and_iam_answer_at_base_names_only() {
    let stage = Stage::in_public().await;
    let form = "Action=ListRoles&Version=2010-05-08";
    // Before a bucket's name a POST is S3's, and no such form is one of a browser.
    let at_bucket = (412, "PreconditionFailed");
    for (host, asked, exchanged) in [
        (
            "s3.podpass.test",
            (403, "MissingAuthenticationToken"),
            (400, "InvalidIdentityToken"),
        ),
        ("reports.localhost", at_bucket, at_bucket),
    ] {
        let exchange = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::000000000000:role/reporting&RoleSessionName=test&WebIdentityToken=a.b.c";
        for (form, expected) in [(form, asked), (exchange, exchanged)] {
            let length = form.len().to_string();
            let headers = [
                ("host", host),
                ("content-type", "application/x-www-form-urlencoded"),
                ("content-length", length.as_str()),
            ];
            let answer = stage
                .send(&plain(("POST", "/"), &headers, form.as_bytes()))
                .await;
            assert_eq!(
                (answer.status, answer.code()),
                expected,
                "{host} {form}: {}",
                answer.text
            );
        }
    }
}
