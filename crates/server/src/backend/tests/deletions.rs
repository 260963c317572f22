//! DeleteObject and DeleteObjects.

use super::{Stage, ask, call};

#[tokio::test]
async fn an_object_goes_and_may_be_gone() {
    let stage = Stage::new().await;
    stage.send("PUT", "/box/k", &[], b"hello").await.is(200, "");
    let etag = "\"5d41402abc4b2a76b9719d911017c592\"";
    for (sentence, key, headers, status, code) in [
        (
            "another than expected",
            "k",
            vec![("if-match", "\"0\"")],
            412,
            "PreconditionFailed",
        ),
        ("the expected one", "k", vec![("if-match", etag)], 204, ""),
        ("one that is gone", "k", vec![], 204, ""),
        (
            "one that is gone and expected",
            "k",
            vec![("if-match", etag)],
            404,
            "Missing",
        ),
    ] {
        let answer = stage
            .send("DELETE", &format!("/box/{key}"), &headers, b"")
            .await;
        assert_eq!(
            (answer.status, answer.code.as_str()),
            (status, code),
            "{sentence}"
        );
    }
}

/// A key that is the beginning of others, or looks like them, takes none of them along.
#[tokio::test]
async fn only_the_key_itself_goes() {
    let stage = Stage::new().await;
    let keys = ["a+b", "a b", "a%2Bb", "a", "a/", "a/b", "a//b", "a/../b"];
    for key in keys {
        let target = format!("/box/{}", wire::percent::encode_path(key));
        stage.send("PUT", &target, &[], b"x").await.is(200, "");
    }
    let body = "<Delete><Object><Key>a+b</Key></Object><Object><Key>a/</Key></Object></Delete>";
    let answer = stage.send("POST", "/box?delete", &[], body).await;
    assert_eq!(answer.all("Key"), ["a+b", "a/"]);
    let left = stage.send("GET", "/box?list-type=2", &[], b"").await;
    assert_eq!(
        left.all("Key"),
        ["a", "a b", "a%2Bb", "a/../b", "a//b", "a/b"]
    );
}

#[tokio::test]
async fn attack_47_each_key_is_deleted_or_denied_on_its_own() {
    let stage = Stage::new().await;
    for key in ["mine", "theirs", "changed"] {
        stage
            .send("PUT", &format!("/box/{key}"), &[], b"hello")
            .await
            .is(200, "");
    }
    let objects = "<Object><Key>mine</Key></Object><Object><Key>theirs</Key></Object><Object><Key>changed</Key><ETag>\"0\"</ETag></Object><Object><Key>none</Key><VersionId>null</VersionId></Object>";
    let send = async |quiet: bool| {
        let body = format!("<Delete>{objects}<Quiet>{quiet}</Quiet></Delete>");
        let mut asked = ask(call("POST", "/box?delete", &[], body.as_bytes()));
        asked.denied = vec![1];
        stage.answer(asked, None).await
    };
    let errors = "<Error><Key>theirs</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error><Error><Key>changed</Key><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message></Error>";
    let quiet = send(true).await;
    quiet.is(200, "");
    assert!(
        quiet
            .text()
            .ends_with(&format!("doc/2006-03-01/\">{errors}</DeleteResult>")),
        "{}",
        quiet.text()
    );
    let told = send(false).await;
    assert!(
        told.text().ends_with(&format!("<Deleted><Key>mine</Key></Deleted>{errors}<Deleted><Key>none</Key><VersionId>null</VersionId></Deleted></DeleteResult>")),
        "{}",
        told.text()
    );
    assert_eq!(
        stage
            .send("GET", "/box?list-type=2", &[], b"")
            .await
            .all("Key"),
        ["changed", "theirs"]
    );
}

/// What was decided over by its tags is what goes: what was written meanwhile stays.
#[tokio::test]
async fn attack_47_an_object_that_was_written_after_the_decision_stays() {
    use super::names;

    let stage = Stage::new().await;
    for key in ["same", "other", "gone"] {
        stage
            .send("PUT", &format!("/box/{key}"), &[], b"hello")
            .await
            .is(200, "");
    }
    let mut looked = Vec::new();
    for key in ["same", "other", "gone", "new"] {
        looked.push((names("box", key), stage.look("box", key).await));
    }
    // The same bytes, and so the same ETag, but not the same object.
    for key in ["other", "new"] {
        stage
            .send("PUT", &format!("/box/{key}"), &[], b"hello")
            .await
            .is(200, "");
    }
    stage
        .send("DELETE", "/box/gone", &[], b"")
        .await
        .is(204, "");
    let body = "<Delete><Object><Key>other</Key></Object><Object><Key>gone</Key></Object><Object><Key>new</Key></Object><Object><Key>same</Key><ETag>\"0\"</ETag></Object><Object><Key>same</Key></Object></Delete>";
    let mut asked = ask(call("POST", "/box?delete", &[], body.as_bytes()));
    asked.looked = looked.clone();
    let answer = stage.answer(asked, None).await;
    answer.is(200, "");
    assert_eq!(answer.all("Key"), ["other", "gone", "new", "same", "same"]);
    let codes = [
        "OperationAborted",
        "OperationAborted",
        "OperationAborted",
        "PreconditionFailed",
    ];
    assert_eq!(answer.all("Code"), codes);
    let mut one = ask(call("DELETE", "/box/other", &[], b""));
    one.looked = looked;
    stage.answer(one, None).await.is(0, "Changed");
    let left = stage.send("GET", "/box?list-type=2", &[], b"").await;
    assert_eq!(left.all("Key"), ["new", "other"]);
}
