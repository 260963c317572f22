//! What is in the store: its keys as it lists them, and its files.

use std::path::Path;

use crate::stage::{Credentials, Draft, Stage};

/// The keys of a bucket.
pub(crate) async fn stored(stage: &Stage, bucket: &str, by: &Credentials) -> Vec<String> {
    let list = stage
        .send(&Draft::s3(
            "GET",
            &format!("/{bucket}?list-type=2"),
            b"",
            by,
        ))
        .await;
    assert_eq!(list.status, 200, "{}", list.text);
    let keys = list.text.split("<Key>").skip(1);
    keys.map(|rest| rest.split("</Key>").next().unwrap().to_owned())
        .collect()
}

/// The files beside the index: what is stored, and what is on its way.
pub(crate) fn blobs(stage: &Stage) -> usize {
    fn files(folder: &Path) -> usize {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries
            .flatten()
            .map(|entry| match entry.file_type() {
                Ok(kind) if kind.is_dir() => files(&entry.path()),
                _ => 1,
            })
            .sum()
    }
    files(&stage.server.data_dir().join("s3/blobs"))
}

/// Waits until the store has so many files: what is removed goes shortly after the answer.
pub(crate) async fn settled(stage: &Stage, expected: usize) {
    for _ in 0..1_500 {
        if blobs(stage) == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{} files, not {expected}", blobs(stage));
}
