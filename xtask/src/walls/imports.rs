//! The table below is the house: which crate may import which. The arrows between our crates are
//! measured against it.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, Metadata, Package};

pub(super) struct Room {
    pub(super) name: &'static str,
    pub(super) floor: u8,
    pub(super) pure: bool,
    /// The only workspace crates that it may import, for whatever purpose.
    pub(super) may: &'static [&'static str],
    pub(super) why: &'static str,
}

pub(super) const HOUSE: [Room; 10] = [
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
    Room {
        name: "token",
        floor: 2,
        pure: true,
        may: &[],
        why: "whoever verifies must not be able to ask the account for favours",
    },
    Room {
        name: "sigv4",
        floor: 2,
        pure: true,
        may: &["wire"],
        why: "it knows no account, so it cannot take a short cut",
    },
    Room {
        name: "catalog",
        floor: 3,
        pure: true,
        may: &["wire", "policy", "sigv4"],
        why: "it is AWS as data: it asks questions and decides none",
    },
    Room {
        name: "pod",
        floor: 3,
        pure: true,
        may: &["policy"],
        why: "Kubernetes types must not reach policies",
    },
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
        may: &[
            "wire",
            "policy",
            "token",
            "sigv4",
            "catalog",
            "pod",
            "authority",
        ],
        why: "it explains with the functions that decide, from a file as well as live",
    },
    Room {
        name: "server",
        floor: 5,
        pure: false,
        may: &[
            "wire",
            "policy",
            "token",
            "sigv4",
            "catalog",
            "pod",
            "authority",
        ],
        why: "who serves must not explain: the caller gets the terse answer only",
    },
    Room {
        name: "podpass",
        floor: 6,
        pure: false,
        may: &[
            "wire",
            "policy",
            "token",
            "sigv4",
            "catalog",
            "pod",
            "authority",
            "doctor",
            "server",
        ],
        why: "the shell on top: nothing may depend on it",
    },
];

/// Beside the floors: what tests share. Whoever links it into the product would link a client that
/// reads clock and environment, so only dev-dependencies may name it, of any crate on any floor; it
/// may name what signs a request, and nothing that decides.
pub(super) const TESTKIT: Room = Room {
    name: "testkit",
    floor: 0,
    pure: false,
    may: &["wire", "sigv4"],
    why: "it is for tests: what it brings must be in no product, and it must not judge what it tests",
};

/// Every room, on a floor or beside them.
pub(super) fn all() -> impl Iterator<Item = &'static Room> {
    HOUSE.iter().chain([&TESTKIT])
}

pub(super) fn room(name: &str) -> Option<&'static Room> {
    all().find(|room| room.name == name)
}

/// Our own crates; `road` and `xtask` are beside the house and carry nothing.
pub(super) fn residents(metadata: &Metadata) -> Vec<&Package> {
    let crates = metadata.workspace_root.join("crates");
    metadata
        .workspace_packages()
        .into_iter()
        .filter(|package| package.manifest_path.starts_with(&crates))
        .collect()
}

/// The table and `crates/` name the same crates.
pub(super) fn rooms(metadata: &Metadata) -> Vec<String> {
    let present: BTreeSet<&str> = residents(metadata)
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let table: BTreeSet<&str> = all().map(|room| room.name).collect();
    let unknown = present.difference(&table).map(|name| {
        format!("`{name}` is in crates/ but not in the import table\n  why: a crate without a row has no walls; give it a floor in xtask/src/walls/imports.rs")
    });
    let gone = table
        .difference(&present)
        .map(|name| format!("`{name}` has a row in the import table but no crate in crates/"));
    unknown.chain(gone).collect()
}

/// Arrows between our crates fall, and only where the table has them. Dev and build dependencies
/// are arrows too.
pub(super) fn arrows(metadata: &Metadata) -> Vec<String> {
    let mut found = Vec::new();
    for package in residents(metadata) {
        let Some(from) = room(&package.name) else {
            continue;
        };
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.path.is_some())
        {
            let to = dependency.name.as_str();
            // Whether it is a test that names it is asked of every package of the workspace, below.
            if to == TESTKIT.name && from.name != TESTKIT.name {
                continue;
            }
            let wrong = match room(to) {
                // It is on no floor: its arrows have the table only.
                Some(to) if from.name == TESTKIT.name && from.may.contains(&to.name) => None,
                None => Some("it is no crate of the house".to_owned()),
                Some(to) if to.floor > from.floor => Some(format!(
                    "that arrow rises from floor {} to floor {}",
                    from.floor, to.floor
                )),
                Some(to) if to.floor == from.floor => {
                    Some(format!("that arrow runs sideways on floor {}", from.floor))
                }
                Some(_) if !from.may.contains(&to) => {
                    Some(format!("it may import {} only", list(from.may)))
                }
                Some(_) if dependency.rename.is_some() => {
                    Some("under another name, which hides the arrow from readers".to_owned())
                }
                Some(_) => None,
            };
            if let Some(wrong) = wrong {
                found.push(format!(
                    "`{}` imports `{to}` ({}): {wrong}\n  why: {}",
                    from.name, dependency.kind, from.why
                ));
            }
        }
    }
    found
}

/// Nothing but tests names the test kit: neither a crate of the house nor what is beside it.
pub(super) fn linked(metadata: &Metadata) -> Vec<String> {
    let mut found = Vec::new();
    for package in metadata.workspace_packages() {
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.name == TESTKIT.name)
        {
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
    if names.is_empty() {
        "nothing of ours, so".to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use cargo_metadata::DependencyKind::{Build, Development, Normal};

    use super::super::fake::Fake;
    use super::*;

    #[test]
    fn the_table_itself_only_falls() {
        for from in &HOUSE {
            for to in from.may {
                assert!(
                    room(to).unwrap().floor < from.floor,
                    "{} -> {to}",
                    from.name
                );
                assert!(
                    !from.pure || room(to).unwrap().pure,
                    "{} is pure and may import {to}, a shell",
                    from.name
                );
            }
        }
    }

    #[test]
    fn a_house_as_the_table_has_it_passes() {
        assert_eq!(Fake::house().breaches(), Vec::<String>::new());
    }

    #[test]
    fn a_wrong_arrow_is_found_and_explained() {
        let rows = [
            (
                "an arrow that rises",
                "token",
                "authority",
                Normal,
                "rises from floor 2 to floor 4",
            ),
            (
                "an arrow that runs sideways",
                "doctor",
                "server",
                Normal,
                "runs sideways on floor 5",
            ),
            (
                "a crate that imports itself",
                "pod",
                "pod",
                Development,
                "runs sideways on floor 3",
            ),
            (
                "an arrow that falls but is not in the table",
                "pod",
                "wire",
                Normal,
                "may import policy only",
            ),
            (
                "a crate that may import none",
                "token",
                "wire",
                Normal,
                "may import nothing of ours",
            ),
            (
                "a test that reaches over the wall",
                "policy",
                "catalog",
                Development,
                "`policy` imports `catalog` (dev): that arrow rises",
            ),
            (
                "a build script that reaches over the wall",
                "policy",
                "wire",
                Build,
                "`policy` imports `wire` (build)",
            ),
            (
                "a chore inside the house",
                "server",
                "xtask",
                Normal,
                "`xtask` (normal): it is no crate of the house",
            ),
            (
                "a runtime in a pure crate",
                "authority",
                "tokio",
                Normal,
                "an async runtime: authority -> tokio",
            ),
            (
                "a test kit that judges what it tests",
                "testkit",
                "authority",
                Normal,
                "`testkit` imports `authority` (normal)",
            ),
            (
                "a client of Kubernetes in a pure crate",
                "pod",
                "kube-core",
                Normal,
                "a Kubernetes client: pod -> kube-core",
            ),
        ];
        for (name, from, to, kind, expected) in rows {
            let found = Fake::house().with(from, to, kind).breaches().join("\n");
            assert!(
                found.contains(expected) && found.contains(room(from).unwrap().why),
                "{name}: {found}"
            );
        }
    }

    #[test]
    fn the_test_kit_is_for_tests_of_any_floor_and_for_nothing_else() {
        for from in ["wire", "token", "server", "podpass"] {
            assert_eq!(
                Fake::house().with(from, "testkit", Development).breaches(),
                Vec::<String>::new(),
                "{from}"
            );
            for kind in [Normal, Build] {
                let found = Fake::house()
                    .with(from, "testkit", kind)
                    .breaches()
                    .join("\n");
                assert!(
                    found.contains("only a dev-dependency may") && found.contains(TESTKIT.why),
                    "{from}: {found}"
                );
            }
        }
        let mut beside = Fake::house().with("road", "testkit", Normal);
        beside.beside.push("road");
        assert!(
            beside
                .breaches()
                .join("\n")
                .contains("`road` imports `testkit` (normal)")
        );
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
        let mut fake = Fake::house();
        fake.crates.push("console");
        assert!(
            fake.breaches()
                .join("\n")
                .contains("`console` is in crates/ but not in the import table")
        );
        let mut fake = Fake::house();
        fake.crates.retain(|name| *name != "doctor");
        assert!(fake.breaches().join("\n").contains("`doctor` has a row"));
    }
}
