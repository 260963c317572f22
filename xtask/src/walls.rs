//! `cargo xtask walls`: which crate may import which. The table below is the house; everything here measures the workspace
//! against it: arrows between our crates, what the pure crates pull in from outside, and the two rules no manifest can say.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

struct Room {
    name: &'static str,
    floor: u8,
    pure: bool,
    /// The only workspace crates that it may import, for whatever purpose.
    may: &'static [&'static str],
    why: &'static str,
}

const HOUSE: [Room; 10] = [
    Room {
        name: "wire",
        floor: 1,
        pure: true,
        may: &[],
        why: "one parse serves signer, catalogue and backend; it knows bytes and words only",
    },
    Room {
        name: "policy",
        floor: 2,
        pure: true,
        may: &[],
        why: "evaluation must not know HTTP, Kubernetes, tokens or who stores it",
    },
    Room { name: "token", floor: 2, pure: true, may: &[], why: "whoever verifies must not be able to ask the account for favours" },
    Room { name: "sigv4", floor: 2, pure: true, may: &["wire"], why: "it knows no account, so it cannot take a short cut" },
    Room {
        name: "catalog",
        floor: 3,
        pure: true,
        may: &["wire", "policy", "sigv4"],
        why: "it is AWS as data: it asks questions and decides none",
    },
    Room { name: "pod", floor: 3, pure: true, may: &["policy"], why: "Kubernetes types must not reach policies" },
    Room {
        name: "authority",
        floor: 4,
        pure: true,
        may: &["wire", "policy", "token", "sigv4", "catalog"],
        why: "IAM and STS are functions over a value, whoever stores or serves it",
    },
    Room {
        name: "doctor",
        floor: 5,
        pure: true,
        may: &["wire", "policy", "token", "sigv4", "catalog", "pod", "authority"],
        why: "it explains with the functions that decide, from a file as well as live",
    },
    Room {
        name: "server",
        floor: 5,
        pure: false,
        may: &["wire", "policy", "token", "sigv4", "catalog", "pod", "authority"],
        why: "who serves must not explain: the caller gets the terse answer only",
    },
    Room {
        name: "podpass",
        floor: 6,
        pure: false,
        may: &["wire", "policy", "token", "sigv4", "catalog", "pod", "authority", "doctor", "server"],
        why: "the shell on top: nothing may stand on it",
    },
];

/// Beside the floors: what tests share. Whoever links it into the product would link a client that reads clock and environment,
/// so only dev-dependencies may name it, of any crate on any floor; it may name what signs a request, and nothing that decides.
const TESTKIT: Room = Room {
    name: "testkit",
    floor: 0,
    pure: false,
    may: &["wire", "sigv4"],
    why: "it is for tests: what it brings must be in no product, and it must not judge what it tests",
};

/// What must not be in a pure crate's tree, and what it is. A crate that pulls one of these pulls a world with it.
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
    ("a Kubernetes client", &["kube", "kube-core", "kube-client", "kube-runtime", "kube-derive"]),
];

/// The only file that may contain one of `READINGS`.
const CLOCK: &str = "crates/server/src/clock.rs";
/// The one written-down exception: RSA's blinding and ECDSA's nonces are drawn inside the signing call, where no caller
/// could see or choose them.
const SIGNING: (&str, &str) = ("crates/token/src/sign.rs", "SystemRandom");
/// Time and chance, as they are written in Rust.
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

pub(crate) fn run() -> ExitCode {
    let metadata = MetadataCommand::new().exec().map_err(|error| error.to_string());
    match metadata.and_then(|metadata| breaches(&metadata)) {
        Ok(found) if found.is_empty() => {
            println!("the walls stand: {} crates", HOUSE.len() + 1);
            ExitCode::SUCCESS
        }
        Ok(found) => {
            eprintln!("{}", found.join("\n"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Every breach of every wall, each a text that says which arrow is wrong and why the wall is there.
pub(crate) fn breaches(metadata: &Metadata) -> Result<Vec<String>, String> {
    let mut found = rooms(metadata);
    found.extend(arrows(metadata));
    found.extend(linked(metadata));
    found.extend(outside(metadata)?);
    found.extend(sources(metadata.workspace_root.as_std_path())?);
    Ok(found)
}

fn room(name: &str) -> Option<&'static Room> {
    HOUSE.iter().chain([&TESTKIT]).find(|room| room.name == name)
}

/// Our own crates; `road` and `xtask` stand beside the house and carry nothing.
fn residents(metadata: &Metadata) -> Vec<&Package> {
    let crates = metadata.workspace_root.join("crates");
    metadata.workspace_packages().into_iter().filter(|package| package.manifest_path.starts_with(&crates)).collect()
}

/// The table and `crates/` name the same crates.
fn rooms(metadata: &Metadata) -> Vec<String> {
    let present: BTreeSet<&str> = residents(metadata).iter().map(|package| package.name.as_str()).collect();
    let table: BTreeSet<&str> = HOUSE.iter().chain([&TESTKIT]).map(|room| room.name).collect();
    let unknown = present.difference(&table).map(|name| {
        format!("`{name}` stands in crates/ but not in the import table\n  why: a crate without a row has no walls; give it a floor in xtask/src/walls.rs")
    });
    let gone = table.difference(&present).map(|name| format!("`{name}` has a row in the import table but no crate in crates/"));
    unknown.chain(gone).collect()
}

/// Arrows between our crates fall, and only where the table has them. Dev and build dependencies are arrows too.
fn arrows(metadata: &Metadata) -> Vec<String> {
    let mut found = Vec::new();
    for package in residents(metadata) {
        let Some(from) = room(&package.name) else { continue };
        for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
            let to = dependency.name.as_str();
            // Whether it is a test that names it is asked of every package of the workspace, below.
            if to == TESTKIT.name && from.name != TESTKIT.name {
                continue;
            }
            let wrong = match room(to) {
                // It stands on no floor: its arrows have the table only.
                Some(to) if from.name == TESTKIT.name && from.may.contains(&to.name) => None,
                None => Some("it is no crate of the house".to_owned()),
                Some(to) if to.floor > from.floor => {
                    Some(format!("that arrow rises from floor {} to floor {}", from.floor, to.floor))
                }
                Some(to) if to.floor == from.floor => Some(format!("that arrow runs sideways on floor {}", from.floor)),
                Some(_) if !from.may.contains(&to) => Some(format!("it may import {} only", list(from.may))),
                Some(_) if dependency.rename.is_some() => Some("under another name, which hides the arrow from readers".to_owned()),
                Some(_) => None,
            };
            if let Some(wrong) = wrong {
                found.push(format!("`{}` imports `{to}` ({}): {wrong}\n  why: {}", from.name, dependency.kind, from.why));
            }
        }
    }
    found
}

/// Nothing but tests names the test kit: neither a crate of the house nor what stands beside it.
fn linked(metadata: &Metadata) -> Vec<String> {
    let mut found = Vec::new();
    for package in metadata.workspace_packages() {
        for dependency in package.dependencies.iter().filter(|dependency| dependency.name == TESTKIT.name) {
            if dependency.kind != DependencyKind::Development {
                found.push(format!(
                    "`{}` imports `{}` ({}): only a dev-dependency may\n  why: {}",
                    package.name, TESTKIT.name, dependency.kind, TESTKIT.why
                ));
            }
        }
    }
    found
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "nothing of ours, so".to_owned() } else { names.join(", ") }
}

/// No pure crate has a world in its normal dependency closure. Features are those that the whole workspace turns on, for
/// every platform: stricter than any single build.
fn outside(metadata: &Metadata) -> Result<Vec<String>, String> {
    let resolve = metadata.resolve.as_ref().ok_or("cargo metadata came without resolved dependencies")?;
    let nodes: HashMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let names: HashMap<&PackageId, &str> = metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let mut found = Vec::new();
    for package in residents(metadata) {
        let Some(from) = room(&package.name).filter(|room| room.pure) else { continue };
        let mut seen = HashSet::from([&package.id]);
        let mut queue = VecDeque::from([(&package.id, from.name.to_owned())]);
        while let Some((id, road)) = queue.pop_front() {
            let node = nodes.get(id).ok_or_else(|| format!("cargo metadata does not resolve {id}"))?;
            let normal = node.deps.iter().filter(|dep| dep.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
            for dep in normal {
                if !seen.insert(&dep.pkg) {
                    continue;
                }
                let name = names.get(&dep.pkg).ok_or_else(|| format!("cargo metadata does not describe {}", dep.pkg))?;
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
fn sources(root: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for room in &HOUSE {
        let mut files = Vec::new();
        rust_files(&root.join("crates").join(room.name).join("src"), &mut files)?;
        for file in files {
            let text = fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
            let text = without_comments(&text);
            let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
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

fn rust_files(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("cannot list {}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            rust_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

/// Without the lines that are comments only: prose may speak of what code may not do.
fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn readings(code: &str) -> impl Iterator<Item = &'static str> {
    READINGS.into_iter().filter(move |reading| code.contains(reading))
}

/// The names that code takes out of the crate `policy`: `policy::NAME`, `policy::{NAME, NAME}`; `policy` itself when it is
/// imported whole, under its own or another name, since after that the names can no longer be seen.
fn taken_from_policy(code: &str) -> BTreeSet<String> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut taken = BTreeSet::new();
    for (at, found) in code.match_indices("policy") {
        let (Some(before), Some(after)) = (code.get(..at), code.get(at + found.len()..)) else { continue };
        // Part of a longer word, or a module of `pod`'s own (`crate::policy`).
        let inner = before.strip_suffix("::").is_some_and(|path| path.ends_with(word));
        if before.ends_with(word) || after.starts_with(word) || inner {
            continue;
        }
        let (before, after) = (before.trim_end(), after.trim_start());
        let Some(names) = after.strip_prefix("::").map(str::trim_start) else {
            let imported = ["use", "extern crate"].iter().any(|keyword| before.ends_with(keyword)) || after.starts_with("as ");
            if imported {
                taken.insert("policy".to_owned());
            }
            continue;
        };
        // In a group, every item's first segment; else the one segment.
        let group = names.strip_prefix('{').and_then(|group| group.split_once('}')).map(|(group, _)| group);
        for item in group.unwrap_or(names).split(',') {
            let name: String = item.trim().chars().take_while(|c| word(*c) || *c == '*').collect();
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
    use serde_json::{Value, json};

    use super::*;

    /// A made-up workspace: the house as the table has it, then changed. Whoever is not in `crates` comes from outside.
    struct Fake {
        crates: Vec<&'static str>,
        /// Of the workspace, but no crate of the house.
        beside: Vec<&'static str>,
        arrows: Vec<(&'static str, &'static str, DependencyKind)>,
    }

    impl Fake {
        fn house() -> Self {
            let rooms = || HOUSE.iter().chain([&TESTKIT]);
            let arrows = rooms().flat_map(|room| room.may.iter().map(|to| (room.name, *to, Normal))).collect();
            Self { crates: rooms().map(|room| room.name).collect(), beside: Vec::new(), arrows }
        }

        fn with(mut self, from: &'static str, to: &'static str, kind: DependencyKind) -> Self {
            self.arrows.push((from, to, kind));
            self
        }

        fn metadata(&self) -> Metadata {
            let mut names: BTreeSet<&str> = self.crates.iter().copied().collect();
            names.extend(self.arrows.iter().flat_map(|(from, to, _)| [*from, *to]));
            let kind = |kind: DependencyKind| if kind == Normal { Value::Null } else { json!(kind.to_string()) };
            let from = |name: &str| self.arrows.iter().filter(move |(from, ..)| *from == name).copied().collect::<Vec<_>>();
            let packages: Vec<Value> = names
                .iter()
                .map(|name| {
                    let dependencies: Vec<Value> = from(name)
                        .into_iter()
                        .map(|(_, to, of)| {
                            let path = (self.crates.contains(&to) || to == "xtask").then(|| format!("/house/crates/{to}"));
                            json!({ "name": to, "source": null, "req": "*", "kind": kind(of), "optional": false, "uses_default_features": true,
                                "features": [], "target": null, "rename": null, "registry": null, "path": path })
                        })
                        .collect();
                    let folder = if self.beside.contains(name) { "/house" } else { "/house/crates" };
                    json!({ "name": name, "version": "0.1.0", "id": name, "source": null, "dependencies": dependencies, "targets": [],
                        "features": {}, "manifest_path": format!("{folder}/{name}/Cargo.toml") })
                })
                .collect();
            let nodes: Vec<Value> = names
                .iter()
                .map(|name| {
                    let deps: Vec<Value> = from(name)
                        .into_iter()
                        .map(|(_, to, of)| json!({ "name": to, "pkg": to, "dep_kinds": [{ "kind": kind(of), "target": null }] }))
                        .collect();
                    json!({ "id": name, "deps": deps, "dependencies": [], "features": [] })
                })
                .collect();
            let members = [self.crates.as_slice(), &self.beside].concat();
            serde_json::from_value(json!({
                "packages": packages, "workspace_members": members, "resolve": { "nodes": nodes, "root": null },
                "workspace_root": "/house", "target_directory": "/house/target", "version": 1
            }))
            .unwrap()
        }

        fn breaches(&self) -> Vec<String> {
            let metadata = self.metadata();
            [rooms(&metadata), arrows(&metadata), linked(&metadata), outside(&metadata).unwrap()].concat()
        }
    }

    #[test]
    fn the_table_itself_only_falls() {
        for from in &HOUSE {
            for to in from.may {
                assert!(room(to).unwrap().floor < from.floor, "{} -> {to}", from.name);
                assert!(!from.pure || room(to).unwrap().pure, "{} is pure and may import {to}, a shell", from.name);
            }
        }
    }

    #[test]
    fn a_house_as_the_table_has_it_stands() {
        assert_eq!(Fake::house().breaches(), Vec::<String>::new());
    }

    #[test]
    fn a_wrong_arrow_is_found_and_explained() {
        let rows = [
            ("an arrow that rises", "token", "authority", Normal, "rises from floor 2 to floor 4"),
            ("an arrow that runs sideways", "doctor", "server", Normal, "runs sideways on floor 5"),
            ("a crate that imports itself", "pod", "pod", Development, "runs sideways on floor 3"),
            ("an arrow that falls but is not in the table", "pod", "wire", Normal, "may import policy only"),
            ("a crate that may import none", "token", "wire", Normal, "may import nothing of ours"),
            (
                "a test that reaches over the wall",
                "policy",
                "catalog",
                Development,
                "`policy` imports `catalog` (dev): that arrow rises",
            ),
            ("a build script that reaches over the wall", "policy", "wire", Build, "`policy` imports `wire` (build)"),
            ("a chore inside the house", "server", "xtask", Normal, "`xtask` (normal): it is no crate of the house"),
            ("a runtime in a pure crate", "authority", "tokio", Normal, "an async runtime: authority -> tokio"),
            ("a test kit that judges what it tests", "testkit", "authority", Normal, "`testkit` imports `authority` (normal)"),
            ("a client of Kubernetes in a pure crate", "pod", "kube-core", Normal, "a Kubernetes client: pod -> kube-core"),
        ];
        for (name, from, to, kind, expected) in rows {
            let found = Fake::house().with(from, to, kind).breaches().join("\n");
            assert!(found.contains(expected) && found.contains(room(from).unwrap().why), "{name}: {found}");
        }
    }

    #[test]
    fn the_test_kit_is_for_tests_of_any_floor_and_for_nothing_else() {
        for from in ["wire", "token", "server", "podpass"] {
            assert_eq!(Fake::house().with(from, "testkit", Development).breaches(), Vec::<String>::new(), "{from}");
            for kind in [Normal, Build] {
                let found = Fake::house().with(from, "testkit", kind).breaches().join("\n");
                assert!(found.contains("only a dev-dependency may") && found.contains(TESTKIT.why), "{from}: {found}");
            }
        }
        let mut beside = Fake::house().with("road", "testkit", Normal);
        beside.beside.push("road");
        assert!(beside.breaches().join("\n").contains("`road` imports `testkit` (normal)"));
    }

    #[test]
    fn a_world_deep_in_the_tree_is_found_with_the_way_to_it() {
        let fake = Fake::house().with("catalog", "s3-types", Normal).with("s3-types", "hyper", Normal);
        let found = fake.breaches().join("\n");
        assert!(found.contains("an HTTP stack: catalog -> s3-types -> hyper"), "{found}");
        assert!(found.contains("`authority` is pure"), "whoever stands on it has it too: {found}");
        assert!(!found.contains("`server` is pure") && !found.contains("`wire` is pure"), "{found}");
    }

    #[test]
    fn what_only_tests_and_build_scripts_pull_is_not_in_the_product() {
        let fake =
            Fake::house().with("wire", "proptest", Development).with("proptest", "tokio", Normal).with("wire", "ureq", Build);
        assert_eq!(fake.breaches(), Vec::<String>::new());
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
        let mut fake = Fake::house();
        fake.crates.push("console");
        assert!(fake.breaches().join("\n").contains("`console` stands in crates/ but not in the import table"));
        let mut fake = Fake::house();
        fake.crates.retain(|name| *name != "doctor");
        assert!(fake.breaches().join("\n").contains("`doctor` has a row"));
    }

    #[test]
    fn unresolved_metadata_is_an_error_and_never_a_pass() {
        let mut metadata = Fake::house().metadata();
        metadata.resolve.as_mut().unwrap().nodes.retain(|node| node.id.repr != "wire");
        assert!(outside(&metadata).is_err());
        metadata.resolve = None;
        assert!(outside(&metadata).is_err());
    }

    #[test]
    fn readings_of_time_and_chance_are_seen_in_code_and_not_in_comments() {
        let rows = [
            ("a call", "let t = std::time::SystemTime::now();", 1),
            ("a function taken as a value", "map(Instant::now)", 1),
            ("the time that passed", "mark.elapsed()", 1),
            ("entropy", "aws_lc_rs::rand::fill(&mut bytes)", 1),
            ("prose", "    /// never `SystemTime::now`", 0),
            ("an argument", "fn verify(now: i64)", 0),
        ];
        for (name, code, expected) in rows {
            assert_eq!(readings(&without_comments(code)).count(), expected, "{name}");
        }
    }

    #[test]
    fn every_name_that_is_taken_from_the_law_is_seen() {
        let rows: [(&str, &str, &[&str]); 11] = [
            ("one name", "use policy::Arn;", &["Arn"]),
            ("a group over lines", "use policy::{\n    AccountId,\n    Document as Law,\n};", &["AccountId", "Document"]),
            ("a path in an expression", "let arn = policy::Arn::parse(text)?;", &["Arn"]),
            ("a path from the root", "::policy::evaluate(x)", &["evaluate"]),
            ("everything", "use policy::*;", &["*"]),
            ("a module", "use policy::{self, document::Statement};", &["self", "document"]),
            ("the crate itself", "use policy;", &["policy"]),
            ("the crate under another name", "use policy as alias;", &["policy"]),
            ("the crate the old way", "extern crate policy;", &["policy"]),
            ("a module of pod's own", "use crate::policy::Mode;", &[]),
            ("a longer word", "let image_policy = pull_policy::Always; policy_name::x()", &[]),
        ];
        for (name, code, expected) in rows {
            assert_eq!(taken_from_policy(code), expected.iter().map(|word| (*word).to_owned()).collect(), "{name}");
        }
    }
}
