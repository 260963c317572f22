//! What the pure crates pull in from outside, and the two rules that only their sources can tell.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::fs;
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, PackageId};

use super::imports::{HOUSE, residents, room};
use super::sources::{rust_files, without_comments};

/// What must not be in a pure crate's tree, and what it is. A crate that pulls one of these pulls a
/// world with it.
const OUTSIDE: [(&str, &[&str]); 3] = [
    (
        "an async runtime",
        &[
            "tokio",
            "tokio-util",
            "async-std",
            "async-executor",
            "async-global-executor",
            "async-io",
            "smol",
            "futures-executor",
            "mio",
            "actix-rt",
            "glommio",
            "monoio",
            "compio",
        ],
    ),
    (
        "an HTTP stack",
        &[
            "http",
            "http-body",
            "http-body-util",
            "httparse",
            "hyper",
            "hyper-util",
            "h2",
            "h3",
            "quinn",
            "reqwest",
            "ureq",
            "isahc",
            "attohttpc",
            "curl",
            "axum",
            "axum-core",
            "actix-web",
            "warp",
            "rocket",
            "poem",
            "tonic",
            "tower",
            "tower-service",
        ],
    ),
    (
        "a Kubernetes client",
        &[
            "kube",
            "kube-core",
            "kube-client",
            "kube-runtime",
            "kube-derive",
        ],
    ),
];

/// The only file that may contain one of `READINGS`.
const CLOCK: &str = "crates/server/src/clock.rs";
/// The one written-down exception: RSA's blinding and ECDSA's nonces are drawn inside the signing
/// call, where no caller could see or choose them.
const SIGNING: (&str, &str) = ("crates/token/src/sign.rs", "SystemRandom");
/// Time and entropy, as they are written in Rust.
const READINGS: [&str; 10] = [
    "SystemTime::now",
    "Instant::now",
    "DateTime::now",
    "now_utc",
    "now_local",
    ".elapsed()",
    "rand::fill",
    "SystemRandom",
    "getrandom::",
    "OsRng",
];

/// All that `pod` may name of `policy`.
const POD_MAY_NAME: [&str; 2] = ["Arn", "AccountId"];

/// No pure crate has a world in its normal dependency closure. Features are those that the whole
/// workspace turns on, for every platform: stricter than any single build.
pub(super) fn outside(metadata: &Metadata) -> Result<Vec<String>, String> {
    let resolve = metadata
        .resolve
        .as_ref()
        .ok_or("cargo metadata came without resolved dependencies")?;
    let nodes: HashMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let names: HashMap<&PackageId, &str> = metadata
        .packages
        .iter()
        .map(|package| (&package.id, package.name.as_str()))
        .collect();
    let mut found = Vec::new();
    for package in residents(metadata) {
        let Some(from) = room(&package.name).filter(|room| room.pure) else {
            continue;
        };
        let mut seen = HashSet::from([&package.id]);
        let mut queue = VecDeque::from([(&package.id, from.name.to_owned())]);
        while let Some((id, road)) = queue.pop_front() {
            let node = nodes
                .get(id)
                .ok_or_else(|| format!("cargo metadata does not resolve {id}"))?;
            let normal = node.deps.iter().filter(|dep| {
                dep.dep_kinds
                    .iter()
                    .any(|kind| kind.kind == DependencyKind::Normal)
            });
            for dep in normal {
                if !seen.insert(&dep.pkg) {
                    continue;
                }
                let name = names
                    .get(&dep.pkg)
                    .ok_or_else(|| format!("cargo metadata does not describe {}", dep.pkg))?;
                let road = format!("{road} -> {name}");
                match OUTSIDE.iter().find(|(_, crates)| crates.contains(name)) {
                    Some((what, _)) => found.push(format!(
                        "`{}` is pure, but its tree holds {what}: {road}\n  why: a pure crate takes values and gives values; {}",
                        from.name, from.why
                    )),
                    None => queue.push_back((&dep.pkg, road)),
                }
            }
        }
    }
    Ok(found)
}

/// The rules that only the sources can tell.
pub(super) fn sources(root: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for room in &HOUSE {
        let mut files = Vec::new();
        rust_files(&root.join("crates").join(room.name).join("src"), &mut files)?;
        for file in files {
            let text = fs::read_to_string(&file)
                .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
            let text = without_comments(&text);
            let name = file
                .strip_prefix(root)
                .unwrap_or(&file)
                .display()
                .to_string();
            if name != CLOCK {
                found.extend(readings(&text).filter(|reading| (name.as_str(), *reading) != SIGNING).map(|reading| {
                    format!("{name} says `{reading}`\n  why: {CLOCK} is the only file that reads time and entropy; all others are given them")
                }));
            }
            if room.name == "pod" {
                found.extend(taken_from_policy(&text).into_iter().filter(|word| !POD_MAY_NAME.contains(&word.as_str())).map(
                    |word| {
                        format!("{name} takes `{word}` from `policy`; it may take `Arn` and `AccountId` only\n  why: {}", room.why)
                    },
                ));
            }
        }
    }
    Ok(found)
}

fn readings(code: &str) -> impl Iterator<Item = &'static str> {
    READINGS
        .into_iter()
        .filter(move |reading| code.contains(reading))
}

/// The names that code takes out of the crate `policy`: `policy::NAME`, `policy::{NAME, NAME}`;
/// `policy` itself when it is imported whole, under its own or another name, since after that the
/// names can no longer be seen.
fn taken_from_policy(code: &str) -> BTreeSet<String> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut taken = BTreeSet::new();
    for (at, found) in code.match_indices("policy") {
        let (Some(before), Some(after)) = (code.get(..at), code.get(at + found.len()..)) else {
            continue;
        };
        // Part of a longer word, or a module of `pod`'s own (`crate::policy`).
        let inner = before
            .strip_suffix("::")
            .is_some_and(|path| path.ends_with(word));
        if before.ends_with(word) || after.starts_with(word) || inner {
            continue;
        }
        let (before, after) = (before.trim_end(), after.trim_start());
        let Some(names) = after.strip_prefix("::").map(str::trim_start) else {
            let imported = ["use", "extern crate"]
                .iter()
                .any(|keyword| before.ends_with(keyword))
                || after.starts_with("as ");
            if imported {
                taken.insert("policy".to_owned());
            }
            continue;
        };
        // In a group, every item's first segment; else the one segment.
        let group = names
            .strip_prefix('{')
            .and_then(|group| group.split_once('}'))
            .map(|(group, _)| group);
        for item in group.unwrap_or(names).split(',') {
            let name: String = item
                .trim()
                .chars()
                .take_while(|c| word(*c) || *c == '*')
                .collect();
            if !name.is_empty() {
                taken.insert(name);
            }
            if group.is_none() {
                break;
            }
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use cargo_metadata::DependencyKind::{Build, Development, Normal};

    use super::super::fake::Fake;
    use super::*;

    #[test]
    fn a_world_deep_in_the_tree_is_found_with_the_way_to_it() {
        let fake = Fake::house()
            .with("catalog", "s3-types", Normal)
            .with("s3-types", "hyper", Normal);
        let found = fake.breaches().join("\n");
        assert!(
            found.contains("an HTTP stack: catalog -> s3-types -> hyper"),
            "{found}"
        );
        assert!(
            found.contains("`authority` is pure"),
            "whoever depends on it has it too: {found}"
        );
        assert!(
            !found.contains("`server` is pure") && !found.contains("`wire` is pure"),
            "{found}"
        );
    }

    #[test]
    fn what_only_tests_and_build_scripts_pull_is_not_in_the_product() {
        let fake = Fake::house()
            .with("wire", "proptest", Development)
            .with("proptest", "tokio", Normal)
            .with("wire", "ureq", Build);
        assert_eq!(fake.breaches(), Vec::<String>::new());
    }

    #[test]
    fn unresolved_metadata_is_an_error_and_never_a_pass() {
        let mut metadata = Fake::house().metadata();
        metadata
            .resolve
            .as_mut()
            .unwrap()
            .nodes
            .retain(|node| node.id.repr != "wire");
        assert!(outside(&metadata).is_err());
        metadata.resolve = None;
        assert!(outside(&metadata).is_err());
    }

    #[test]
    fn readings_of_time_and_entropy_are_seen_in_code_and_not_in_comments() {
        let rows = [
            ("a call", "let t = std::time::SystemTime::now();", 1),
            ("a function taken as a value", "map(Instant::now)", 1),
            ("the time that passed", "mark.elapsed()", 1),
            ("entropy", "aws_lc_rs::rand::fill(&mut bytes)", 1),
            ("prose", "    /// never `SystemTime::now`", 0),
            ("an argument", "fn verify(now: i64)", 0),
        ];
        for (name, code, expected) in rows {
            assert_eq!(
                readings(&without_comments(code)).count(),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn every_name_that_is_taken_from_policy_is_seen() {
        let rows: [(&str, &str, &[&str]); 11] = [
            ("one name", "use policy::Arn;", &["Arn"]),
            (
                "a group over lines",
                "use policy::{\n    AccountId,\n    Document as Renamed,\n};",
                &["AccountId", "Document"],
            ),
            (
                "a path in an expression",
                "let arn = policy::Arn::parse(text)?;",
                &["Arn"],
            ),
            (
                "a path from the root",
                "::policy::evaluate(x)",
                &["evaluate"],
            ),
            ("everything", "use policy::*;", &["*"]),
            (
                "a module",
                "use policy::{self, document::Statement};",
                &["self", "document"],
            ),
            ("the crate itself", "use policy;", &["policy"]),
            (
                "the crate under another name",
                "use policy as alias;",
                &["policy"],
            ),
            ("the crate the old way", "extern crate policy;", &["policy"]),
            ("a module of pod's own", "use crate::policy::Mode;", &[]),
            (
                "a longer word",
                "let image_policy = pull_policy::Always; policy_name::x()",
                &[],
            ),
        ];
        for (name, code, expected) in rows {
            assert_eq!(
                taken_from_policy(code),
                expected.iter().map(|word| (*word).to_owned()).collect(),
                "{name}"
            );
        }
    }
}
