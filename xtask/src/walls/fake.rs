//! A made-up workspace for the tests: the house as the table has it, then changed.

use std::collections::BTreeSet;

use cargo_metadata::DependencyKind::{self, Normal};
use cargo_metadata::Metadata;
use serde_json::{Value, json};

use super::imports::{all, arrows, linked, rooms};
use super::purity::outside;

/// A made-up workspace: the house as the table has it, then changed. Whoever is not in `crates`
/// comes from outside.
pub(super) struct Fake {
    pub(super) crates: Vec<&'static str>,
    /// Of the workspace, but no crate of the house.
    pub(super) beside: Vec<&'static str>,
    arrows: Vec<(&'static str, &'static str, DependencyKind)>,
}

impl Fake {
    pub(super) fn house() -> Self {
        let arrows = all()
            .flat_map(|room| room.may.iter().map(|to| (room.name, *to, Normal)))
            .collect();
        Self {
            crates: all().map(|room| room.name).collect(),
            beside: Vec::new(),
            arrows,
        }
    }

    pub(super) fn with(
        mut self,
        from: &'static str,
        to: &'static str,
        kind: DependencyKind,
    ) -> Self {
        self.arrows.push((from, to, kind));
        self
    }

    pub(super) fn metadata(&self) -> Metadata {
        let mut names: BTreeSet<&str> = self.crates.iter().copied().collect();
        names.extend(self.arrows.iter().flat_map(|(from, to, _)| [*from, *to]));
        let kind = |kind: DependencyKind| {
            if kind == Normal {
                Value::Null
            } else {
                json!(kind.to_string())
            }
        };
        let from = |name: &str| {
            self.arrows
                .iter()
                .filter(move |(from, ..)| *from == name)
                .copied()
                .collect::<Vec<_>>()
        };
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

    pub(super) fn breaches(&self) -> Vec<String> {
        let metadata = self.metadata();
        [
            rooms(&metadata),
            arrows(&metadata),
            linked(&metadata),
            outside(&metadata).unwrap(),
        ]
        .concat()
    }
}
