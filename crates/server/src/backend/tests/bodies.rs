//! Bodies of every length, in and out.

use bytes::Bytes;

use super::{Stage, ask, call, upload};

fn bytes(length: usize) -> Bytes {
    (0..length)
        .map(|place| (place * 31 % 251) as u8)
        .collect::<Vec<_>>()
        .into()
}

#[tokio::test]
async fn every_length_comes_back_as_it_was() {
    let stage = Stage::new().await;
    let batch = 256 * 1024;
    for length in [
        0,
        1,
        16_384,
        16_385,
        batch - 1,
        batch,
        batch + 1,
        2 * batch,
        3 * batch + 7,
    ] {
        let whole = bytes(length);
        for pieces in [1, 7] {
            let size = length / pieces + 1;
            let cut = whole.chunks(size).map(Bytes::copy_from_slice).collect();
            let answer = stage
                .answer(
                    ask(call("PUT", "/box/k", &[], b"")),
                    Some(upload(cut, &[], None)),
                )
                .await;
            answer.is(200, "");
            let read = stage.send("GET", "/box/k", &[], b"").await;
            assert!(read.body == whole, "{length} in {pieces}");
            assert_eq!(
                read.header("content-length"),
                Some(length.to_string().as_str())
            );
        }
        if length > 2 {
            let range = format!("bytes=1-{}", length - 2);
            let read = stage.send("GET", "/box/k", &[("range", &range)], b"").await;
            assert!(read.body == whole.slice(1..length - 1), "{length}");
        }
    }
}

/// An object of parts is read across the files of its parts.
#[tokio::test]
async fn what_is_read_of_an_object_that_goes_meanwhile_is_that_object() {
    use http_body_util::BodyExt as _;

    let stage = Stage::new().await;
    let whole = bytes(2 * 1024 * 1024);
    stage.send("PUT", "/box/k", &[], &whole).await.is(200, "");
    let response = stage
        .backend
        .answer(ask(call("GET", "/box/k", &[], b"")), None)
        .await
        .unwrap();
    stage.send("DELETE", "/box/k", &[], b"").await.is(204, "");
    stage
        .send("PUT", "/box/k", &[], bytes(100))
        .await
        .is(200, "");
    let read = response.into_body().collect().await.unwrap().to_bytes();
    assert!(read == whole);
}
