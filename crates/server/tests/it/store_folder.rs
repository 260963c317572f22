//! What is in the store's folder: objects, and files that are still being written.

use std::path::Path;

use crate::stage::Stage;

pub(crate) fn stored(stage: &Stage, bucket: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(stage.server.data_dir().join("s3").join(bucket))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

pub(crate) fn leftovers(root: &Path) -> usize {
    std::fs::read_dir(root)
        .unwrap()
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with(".tmp.")
        })
        .count()
}

/// Waits until the store has so many bodies on their way.
pub(crate) async fn arriving(stage: &Stage, bodies: usize) {
    for _ in 0..1_500 {
        if leftovers(&stage.server.data_dir().join("s3")) == bodies {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("never {bodies} bodies on their way");
}

/// Files of the store beside the buckets, uploads' records among them.
pub(crate) fn beside(stage: &Stage) -> Vec<String> {
    let root = stage.server.data_dir().join("s3");
    let mut names = Vec::new();
    for folder in [root.join(".podpass-uploads"), root] {
        let entries = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .map(Result::unwrap);
        names.extend(
            entries
                .filter(|entry| entry.file_type().unwrap().is_file())
                .map(|entry| entry.file_name().to_string_lossy().into_owned()),
        );
    }
    names.sort();
    names
}
