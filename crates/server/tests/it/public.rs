//! Bucket policies: other accounts, and everybody.

use serde_json::json;

use crate::drafts::plain;
use crate::stage::{Answer, Credentials, Draft, Stage};

async fn policy(stage: &Stage, text: &serde_json::Value, by: &Credentials) -> Answer {
    let body = text.to_string();
    stage
        .send(&Draft::s3("PUT", "/reports?policy", body.as_bytes(), by))
        .await
}

fn everybody() -> serde_json::Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*" },
    ] })
}

async fn anonymous(stage: &Stage, method: &str, target: &str, body: &[u8]) -> (u16, String) {
    let length = body.len().to_string();
    let headers = [("host", "localhost"), ("content-length", length.as_str())];
    let answer = stage.send(&plain((method, target), &headers, body)).await;
    (answer.status, answer.code().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_nothing_is_answered_where_a_policy_allows_everybody() {
    let denied = || (403, "AccessDenied".to_owned());
    let stage = Stage::in_public().await;
    assert_eq!(
        anonymous(&stage, "GET", "/reports/q1.csv", b"").await,
        denied()
    );
    let blocked = policy(&stage, &everybody(), &stage.root).await;
    assert_eq!(
        (blocked.status, blocked.code()),
        (403, "AccessDenied"),
        "{}",
        blocked.text
    );
    let unblock = Draft::s3("DELETE", "/reports?publicAccessBlock", b"", &stage.root);
    assert_eq!(stage.send(&unblock).await.status, 204);
    let put = policy(&stage, &everybody(), &stage.root).await;
    assert_eq!(put.status, 204, "{}", put.text);
    for (method, target, expected) in [
        ("GET", "/reports/q1.csv", (200, String::new())),
        ("HEAD", "/reports/q1.csv", (200, String::new())),
        ("PUT", "/reports/new", denied()),
        ("DELETE", "/reports/q1.csv", denied()),
        ("GET", "/reports?list-type=2", denied()),
        ("GET", "/reports/missing", denied()),
        ("GET", "/payroll/salaries.csv", denied()),
        ("GET", "/reports?policy", denied()),
        ("GET", "/", denied()),
        (
            "GET",
            "/reports/q1.csv?response-content-type=text/html",
            (400, "InvalidRequest".to_owned()),
        ),
    ] {
        assert_eq!(
            anonymous(&stage, method, target, b"").await,
            expected,
            "{method} {target}"
        );
    }
    let status = stage
        .send(&Draft::s3("GET", "/reports?policyStatus", b"", &stage.root))
        .await;
    assert_eq!(status.element("IsPublic"), "true", "{}", status.text);
    // What was allowed no longer is, once the bucket restricts.
    let restrict = b"<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
    let restrict = Draft::s3("PUT", "/reports?publicAccessBlock", restrict, &stage.root);
    assert_eq!(stage.send(&restrict).await.status, 200);
    assert_eq!(
        anonymous(&stage, "GET", "/reports/q1.csv", b"").await,
        denied()
    );

    // Nobody is answered who signs nothing, unless the server was told to.
    let private = Stage::new().await;
    let unblock = Draft::s3("DELETE", "/reports?publicAccessBlock", b"", &private.root);
    assert_eq!(private.send(&unblock).await.status, 204);
    assert_eq!(
        policy(&private, &everybody(), &private.root).await.status,
        204
    );
    assert_eq!(
        anonymous(&private, "GET", "/reports/q1.csv", b"").await,
        denied()
    );
    let stranger = private.account("aws").await.1;
    let get = Draft::s3("GET", "/reports/q1.csv", b"", &stranger);
    assert_eq!(private.send(&get).await.status, 200, "who signs is");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_policy_is_kept_told_and_removed() {
    let stage = Stage::new().await;
    let (theirs, other) = stage.account("aws").await;
    let get = || Draft::s3("GET", "/reports?policy", b"", &stage.root);
    let none = stage.send(&get()).await;
    assert_eq!(
        (none.status, none.code()),
        (404, "NoSuchBucketPolicy"),
        "{}",
        none.text
    );
    let text = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{theirs}:root") }, "Action": ["s3:GetObject", "s3:PutBucketPolicy", "s3:GetBucketPolicy"], "Resource": ["arn:aws:s3:::reports/*", "arn:aws:s3:::reports"] },
    ] });
    let object = || Draft::s3("GET", "/reports/q1.csv", b"", &other);
    assert_eq!(stage.send(&object()).await.code(), "AccessDenied");
    assert_eq!(policy(&stage, &text, &stage.root).await.status, 204);
    assert_eq!(stage.send(&object()).await.status, 200);
    let kept = stage.send(&get()).await;
    assert_eq!(
        (kept.status, kept.json()),
        (200, text.clone()),
        "{}",
        kept.text
    );
    // The policy is the owner's alone, whatever it says.
    let foreign = policy(&stage, &text, &other).await;
    assert_eq!(
        (foreign.status, foreign.code()),
        (405, "MethodNotAllowed"),
        "{}",
        foreign.text
    );
    let stage = stage.restarted(|_| {}).await;
    let get = || Draft::s3("GET", "/reports?policy", b"", &stage.root);
    assert_eq!(stage.send(&get()).await.json(), text, "and after a restart");
    // A policy that shuts everybody out, the owner's root gets rid of.
    let deny = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::reports/*", "arn:aws:s3:::reports"] },
    ] });
    let body = deny.to_string();
    let put = Draft::signed(
        "PUT",
        "/reports?policy",
        "s3",
        &[("x-amz-confirm-remove-self-bucket-access", "true")],
        body.as_bytes(),
        None,
        &stage.root,
    );
    let put = stage.send(&put).await;
    assert_eq!(put.status, 204, "{}", put.text);
    let own = Draft::s3("GET", "/reports/q1.csv", b"", &stage.root);
    assert_eq!(stage.send(&own).await.code(), "AccessDenied");
    let delete = Draft::s3("DELETE", "/reports?policy", b"", &stage.root);
    assert_eq!(stage.send(&delete).await.status, 204);
    assert_eq!(stage.send(&own).await.status, 200);
    for wrong in [
        json!({}),
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::payroll/*" }] }),
    ] {
        let refused = policy(&stage, &wrong, &stage.root).await;
        assert_eq!(
            (refused.status, refused.code()),
            (400, "MalformedPolicy"),
            "{}",
            refused.text
        );
    }
}
