//! Circles between the files of a crate: files that can only be read and changed together. A file
//! depends on another when its code, tests apart, names an item that the other defines; `mod x;`
//! alone is no dependency.

mod edges;
mod modules;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use edges::Edge;
pub(super) use modules::{Sources, read as read_modules};
pub(super) use names::{impl_item_attributes, item_attributes, only_for_tests};

use super::sources::rust_files;

/// Every circle of the crate whose sources lie in `folder`, each a text with the names that close
/// it.
pub(super) fn circles(root: &Path, folder: &str) -> Result<Vec<String>, String> {
    between(&read_sources(root, folder)?, folder)
}

/// The sources of a crate that lie in `folder`.
pub(super) fn read_sources(root: &Path, folder: &str) -> Result<Sources, String> {
    let src = root.join(folder);
    let mut files = Vec::new();
    rust_files(&src, &mut files)?;
    let mut sources = Sources::new();
    for file in files {
        let text = fs::read_to_string(&file)
            .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let name = file
            .strip_prefix(&src)
            .unwrap_or(&file)
            .display()
            .to_string();
        sources.insert(name, text);
    }
    Ok(sources)
}

fn between(sources: &Sources, folder: &str) -> Result<Vec<String>, String> {
    let roots: Vec<&str> = ["lib.rs", "main.rs"]
        .into_iter()
        .filter(|root| sources.contains_key(*root))
        .collect();
    if roots.is_empty() {
        return Err(format!("{folder} has neither lib.rs nor main.rs"));
    }
    let mut found = Vec::new();
    for root in roots {
        let edges = modules::read(sources, root).and_then(|modules| edges::edges(&modules));
        let edges = edges.map_err(|error| format!("{folder}/{error}"))?;
        found.extend(
            components(&edges)
                .iter()
                .map(|files| told(folder, files, &edges)),
        );
    }
    Ok(found)
}

/// The sets of files that reach each other.
fn components(edges: &[Edge]) -> Vec<BTreeSet<&str>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for edge in edges {
        next.entry(&edge.from).or_default().insert(&edge.to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = next
        .keys()
        .map(|file| (*file, reach(&next, file)))
        .collect();
    let mut found = BTreeSet::new();
    for (file, far) in &reached {
        let back = |other: &&&str| reached.get(**other).is_some_and(|far| far.contains(file));
        let circle: BTreeSet<&str> = far.iter().filter(back).copied().collect();
        if !circle.is_empty() {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

fn reach<'a>(next: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &'a str) -> BTreeSet<&'a str> {
    let mut far = BTreeSet::new();
    let mut queue = vec![from];
    while let Some(file) = queue.pop() {
        queue.extend(
            next.get(file)
                .into_iter()
                .flatten()
                .copied()
                .filter(|file| far.insert(*file)),
        );
    }
    far
}

fn told(folder: &str, files: &BTreeSet<&str>, edges: &[Edge]) -> String {
    let mut text = format!("a circle of {} files in {folder}:", files.len());
    for edge in edges
        .iter()
        .filter(|edge| files.contains(edge.from.as_str()) && files.contains(edge.to.as_str()))
    {
        let items: Vec<String> = edge
            .items
            .iter()
            .map(|(item, line)| format!("`{item}` (line {line})"))
            .collect();
        text += &format!(
            "\n  {} names {} of {}",
            edge.from,
            items.join(", "),
            edge.to
        );
    }
    text + "\n  why: what two files share belongs in a third below both, or they are one file"
}

#[cfg(test)]
mod tests;
