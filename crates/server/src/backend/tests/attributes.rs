//! GetObjectAttributes, and tags: those that are answered and those that were decided over.

use super::reads::{CRC64, DATE, hello};
use super::{ask, call, names};
use crate::backend::Looked;

#[tokio::test]
async fn attributes_that_were_asked_for() {
    let stage = hello().await;
    let asked = "ETag,Checksum,ObjectParts,StorageClass,ObjectSize";
    let answer = stage
        .send(
            "GET",
            "/box/hello?attributes",
            &[("x-amz-object-attributes", asked)],
            b"",
        )
        .await;
    answer.is(200, "");
    for (element, value) in [
        ("ETag", Some("5d41402abc4b2a76b9719d911017c592")),
        ("ChecksumCRC64NVME", Some(CRC64)),
        ("ChecksumType", Some("FULL_OBJECT")),
        ("ObjectSize", Some("5")),
        ("StorageClass", Some("STANDARD")),
        ("ObjectParts", None),
    ] {
        assert_eq!(answer.one(element).as_deref(), value, "{element}");
    }
    assert_eq!(answer.header("last-modified"), Some(DATE));
    let size = stage
        .send(
            "GET",
            "/box/hello?attributes",
            &[("x-amz-object-attributes", "ObjectSize")],
            b"",
        )
        .await;
    assert_eq!(
        (size.one("ObjectSize").as_deref(), size.one("ETag")),
        (Some("5"), None)
    );
}

#[tokio::test]
async fn tags_are_read_replaced_and_removed() {
    let stage = hello().await;
    let tags = async || {
        let answer = stage.send("GET", "/box/hello?tagging", &[], b"").await;
        answer.is(200, "");
        answer
            .all("Key")
            .into_iter()
            .zip(answer.all("Value"))
            .collect::<Vec<_>>()
    };
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(tags().await, [pair("k", "v"), pair("l", "w")]);
    let body = "<Tagging><TagSet><Tag><Key>a+b</Key><Value/></Tag></TagSet></Tagging>";
    stage
        .send("PUT", "/box/hello?tagging", &[], body)
        .await
        .is(200, "");
    assert_eq!(tags().await, [pair("a+b", "")]);
    stage
        .send("DELETE", "/box/hello?tagging", &[], b"")
        .await
        .is(204, "");
    assert_eq!(tags().await, []);
    for (method, body) in [("GET", ""), ("PUT", body), ("DELETE", "")] {
        stage
            .send(method, "/box/none?tagging", &[], body)
            .await
            .is(404, "Missing");
    }
}

/// What policies were asked about is what is served, whatever is written meanwhile.
#[tokio::test]
async fn attack_47_the_object_decided_over_is_the_one_served() {
    let stage = hello().await;
    let looked = stage.look("box", "hello").await;
    assert_eq!(looked.as_ref().unwrap().tags().len(), 2);
    stage
        .send(
            "PUT",
            "/box/hello",
            &[("x-amz-tagging", "secret=1")],
            b"secret",
        )
        .await
        .is(200, "");
    let asked = |method: &str, target: &str, body: &str| {
        let mut asked = ask(call(method, target, &[], body.as_bytes()));
        asked.looked = vec![(names("box", "hello"), looked.clone())];
        asked
    };
    let read = stage.answer(asked("GET", "/box/hello", ""), None).await;
    assert_eq!((read.status, read.text()), (200, "hello"));
    let tags = stage
        .answer(asked("GET", "/box/hello?tagging", ""), None)
        .await;
    assert_eq!(tags.all("Key"), ["k", "l"]);
    let body = "<Tagging><TagSet/></Tagging>";
    stage
        .answer(asked("PUT", "/box/hello?tagging", body), None)
        .await
        .is(0, "Changed");
    stage
        .answer(asked("DELETE", "/box/hello", ""), None)
        .await
        .is(0, "Changed");
    let mut copy = ask(call(
        "PUT",
        "/box/copy",
        &[("x-amz-copy-source", "box/hello")],
        b"",
    ));
    copy.looked = vec![(names("box", "hello"), looked.clone())];
    stage.answer(copy, None).await.is(200, "");
    assert_eq!(
        stage.send("GET", "/box/copy", &[], b"").await.text(),
        "hello"
    );
    assert_eq!(
        stage.send("GET", "/box/hello", &[], b"").await.text(),
        "secret"
    );
    let mut gone = ask(call("GET", "/box/hello", &[], b""));
    gone.looked = vec![(names("box", "hello"), None)];
    stage.answer(gone, None).await.is(404, "Missing");
}

/// A caller that was allowed to tag by the tags that an object had is asked about again when it has
/// others by now: they may be the ones that forbid it.
#[tokio::test]
async fn attack_46_tags_that_were_decided_by_are_those_that_are_replaced() {
    let stage = hello().await;
    let looked = stage.look("box", "hello").await;
    let asked = |method: &str, body: &str, looked: &[Option<Looked>]| {
        let mut asked = ask(call(method, "/box/hello?tagging", &[], body.as_bytes()));
        let looked = looked.iter().cloned();
        asked.looked = looked.map(|it| (names("box", "hello"), it)).collect();
        asked
    };
    let locked = "<Tagging><TagSet><Tag><Key>locked</Key><Value>1</Value></Tag></TagSet></Tagging>";
    stage
        .answer(asked("PUT", locked, &[]), None)
        .await
        .is(200, "");
    let body = "<Tagging><TagSet/></Tagging>";
    let looked = [looked];
    for (method, body) in [("PUT", body), ("DELETE", "")] {
        stage
            .answer(asked(method, body, &looked), None)
            .await
            .is(0, "Changed");
    }
    let tags = stage.answer(asked("GET", "", &[]), None).await;
    assert_eq!(tags.all("Key"), ["locked"]);
    let now = [stage.look("box", "hello").await];
    stage
        .answer(asked("PUT", body, &now), None)
        .await
        .is(200, "");
}
