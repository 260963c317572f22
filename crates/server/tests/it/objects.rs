//! Objects: what is missing, what is removed, and whose tags are decided over.

use serde_json::json;

use crate::stage::{Draft, Stage};
use crate::store_folder::stored;

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_key_is_told_to_who_may_list() {
    let stage = Stage::new().await;
    let get = |method: &'static str| Draft::s3(method, "/reports/missing", b"", &stage.reader);
    for (method, code) in [("GET", "NoSuchKey"), ("HEAD", "")] {
        let answer = stage.send(&get(method)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (404, code),
            "{}",
            answer.text
        );
    }
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": ["s3:GetObject", "s3:DeleteObject"], "Resource": "*" }] });
    stage.allow("p", &policy).await;
    for (method, code) in [("GET", "AccessDenied"), ("HEAD", "")] {
        let answer = stage.send(&get(method)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (403, code),
            "{}",
            answer.text
        );
    }
    let expected = r#"<Delete><Object><Key>none</Key><ETag>"a"</ETag></Object></Delete>"#;
    for (sentence, caller, code) in [
        ("who may list", &stage.root, "NoSuchKey"),
        ("who may not", &stage.reader, "AccessDenied"),
    ] {
        let delete = Draft::s3("POST", "/reports?delete", expected.as_bytes(), caller);
        let answer = stage.send(&delete).await;
        let error = format!("<Error><Key>none</Key><Code>{code}</Code>");
        assert!(
            answer.status == 200 && answer.text.contains(&error),
            "{sentence}: {}",
            answer.text
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_47_of_many_objects_those_are_removed_that_may_be() {
    let stage = Stage::new().await;
    for key in ["own/a", "own/b", "kept"] {
        let put = Draft::s3("PUT", &format!("/reports/{key}"), b"x", &stage.root);
        assert_eq!(stage.send(&put).await.status, 200);
    }
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::reports/own/*" }] });
    stage.allow("delete", &policy).await;
    let delete = |quiet: bool, keys: &[&str]| {
        let objects: String = keys
            .iter()
            .map(|key| format!("<Object><Key>{key}</Key></Object>"))
            .collect();
        let body = format!("<Delete><Quiet>{quiet}</Quiet>{objects}</Delete>");
        Draft::s3("POST", "/reports?delete", body.as_bytes(), &stage.reader)
    };
    let answer = stage
        .send(&delete(false, &["kept", "own/a", "own/none"]))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    for (part, count) in [
        ("<Deleted><Key>own/a</Key>", 1),
        ("<Deleted><Key>own/none</Key>", 1),
        ("<Error><Key>kept</Key><Code>AccessDenied</Code>", 1),
        ("<Deleted>", 2),
    ] {
        assert_eq!(
            answer.text.matches(part).count(),
            count,
            "{part}: {}",
            answer.text
        );
    }
    let quiet = stage.send(&delete(true, &["kept", "own/b"])).await;
    assert_eq!(
        (
            quiet.text.matches("<Deleted>").count(),
            quiet.text.matches("<Error>").count()
        ),
        (0, 1),
        "{}",
        quiet.text
    );
    assert_eq!(
        stored(&stage, "reports", &stage.root).await,
        ["kept", "q1.csv"]
    );
    let none = stage.send(&delete(false, &["kept", "q1.csv"])).await;
    assert_eq!(
        (
            none.status,
            none.text
                .matches("<Code>AccessDenied</Code><Message>Access Denied</Message>")
                .count(),
            none.text.matches("<Deleted>").count()
        ),
        (200, 2, 0),
        "{}",
        none.text
    );
    let denied = stage.recorded(r#""outcome":"denied""#).await;
    assert!(denied.contains("s3:DeleteObjects"), "{denied}");
    let records = stage.recorded("arn:aws:s3:::reports/own/a").await;
    assert!(records.contains("DeleteObjects"), "{records}");
}

/// A secret one takes the place of an open one, again and again, while somebody reads who may read
/// open ones only.
#[tokio::test(flavor = "multi_thread")]
async fn attack_52_the_object_that_was_decided_over_is_the_one_that_is_served() {
    let stage = Stage::new().await;
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": { "StringEquals": { "s3:ExistingObjectTag/kind": "open" } } }] });
    stage.allow("p", &policy).await;
    let write = |kind: &str| {
        let body = kind.repeat(30_000);
        Draft::signed(
            "PUT",
            "/reports/flips",
            "s3",
            &[("x-amz-tagging", &format!("kind={kind}"))],
            body.as_bytes(),
            None,
            &stage.root,
        )
    };
    let (open, shut) = (write("open"), write("shut"));
    let read = Draft::s3("GET", "/reports/flips", b"", &stage.reader);
    assert_eq!(stage.send(&shut).await.status, 200);
    assert_eq!(stage.send(&read).await.code(), "AccessDenied");
    assert_eq!(stage.send(&open).await.status, 200);
    assert_eq!(stage.send(&read).await.status, 200);
    let writing = async {
        for _ in 0..40 {
            assert_eq!(stage.send(&shut).await.status, 200);
            assert_eq!(stage.send(&open).await.status, 200);
        }
    };
    let reading = async {
        let mut seen = [0, 0];
        for _ in 0..120 {
            let answer = stage.send(&read).await;
            assert!(!answer.text.contains("shut"), "{}", answer.status);
            assert!(matches!(answer.status, 200 | 403), "{}", answer.text);
            assert!(
                answer.status == 403 || answer.body().len() == 120_000,
                "one object, whole"
            );
            seen[usize::from(answer.status == 403)] += 1;
        }
        seen
    };
    let ((), seen) = tokio::join!(writing, reading);
    assert!(seen[0] > 0, "{seen:?}");
    // How many there are is told to who may read them.
    let count = "x-amz-tagging-count: 1\r\n";
    assert!(!stage.send(&read).await.text.contains(count));
    let own = stage
        .send(&Draft::s3("HEAD", "/reports/flips", b"", &stage.root))
        .await;
    assert!(own.text.contains(count), "{}", own.text);
    // Tags that change without the object are as good.
    let tag = b"<Tagging><TagSet><Tag><Key>kind</Key><Value>shut</Value></Tag></TagSet></Tagging>";
    let tagged = stage
        .send(&Draft::s3(
            "PUT",
            "/reports/flips?tagging",
            tag,
            &stage.root,
        ))
        .await;
    assert_eq!(tagged.status, 200, "{}", tagged.text);
    assert_eq!(stage.send(&read).await.code(), "AccessDenied");
}
