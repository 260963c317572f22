//! Which file names an item of which other file. A name that a module only passes on (`pub use`)
//! belongs to the file that defines it, so a table of contents such as `lib.rs` is nobody's
//! dependency unless it has items of its own.

use std::collections::{BTreeMap, HashSet};

use super::modules::{Defined, Module};

/// One file names items that another defines.
pub(super) struct Edge {
    pub(super) from: String,
    pub(super) to: String,
    /// Each item with the line that names it first.
    pub(super) items: BTreeMap<String, usize>,
}

/// Where a path leads.
#[derive(Default)]
struct Found<'a> {
    modules: Vec<usize>,
    /// The items of that name, each with the file that defines it.
    items: Vec<(&'a str, String)>,
    /// Whether the name is an import of something that the crate does not define.
    outside: bool,
}

impl Found<'_> {
    fn is_nothing(&self) -> bool {
        self.modules.is_empty() && self.items.is_empty()
    }
}

/// # Errors
/// A path of this crate (`crate::`, `self::`, `super::`) that leads nowhere: then this reader has
/// not understood the crate.
pub(super) fn edges(modules: &[Module]) -> Result<Vec<Edge>, String> {
    let mut found: BTreeMap<(&str, &str), BTreeMap<String, usize>> = BTreeMap::new();
    for (index, module) in modules.iter().enumerate() {
        for naming in &module.namings {
            let led = follow(modules, index, &naming.path, &mut HashSet::new());
            let ours = naming
                .path
                .first()
                .is_some_and(|first| matches!(first.as_str(), "crate" | "self" | "super"));
            if ours && led.is_nothing() && !led.outside {
                return Err(format!(
                    "{}:{}: `{}` leads nowhere",
                    module.file,
                    naming.line,
                    naming.path.join("::")
                ));
            }
            let whole = led
                .modules
                .iter()
                .filter_map(|of| modules.get(*of))
                .filter(|of| naming.all && has_items(of));
            let whole = whole.map(|of| (of.file.as_str(), "*".to_owned()));
            for (file, item) in led
                .items
                .into_iter()
                .chain(whole)
                .filter(|(file, _)| *file != module.file)
            {
                let first = found
                    .entry((&module.file, file))
                    .or_default()
                    .entry(item)
                    .or_insert(naming.line);
                *first = naming.line.min(*first);
            }
        }
    }
    let edge = |((from, to), items): ((&str, &str), _)| Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        items,
    };
    Ok(found.into_iter().map(edge).collect())
}

fn has_items(module: &Module) -> bool {
    module
        .defined
        .values()
        .flatten()
        .any(|defined| matches!(defined, Defined::Here))
}

/// `seen` are the names that are being looked up already: imports may lead to each other.
fn follow<'a>(
    modules: &'a [Module],
    from: usize,
    path: &[String],
    seen: &mut HashSet<(usize, String)>,
) -> Found<'a> {
    let mut led = Found {
        modules: vec![from],
        ..Found::default()
    };
    for (depth, name) in path.iter().enumerate() {
        let start = depth == 0;
        let next = match name.as_str() {
            "crate" if start => Found {
                modules: vec![0],
                ..Found::default()
            },
            "self" if start => continue,
            "super" => {
                let above = led
                    .modules
                    .iter()
                    .filter_map(|of| modules.get(*of)?.parent)
                    .collect();
                Found {
                    modules: above,
                    ..Found::default()
                }
            }
            name => {
                let mut next = Found::default();
                for module in &led.modules {
                    look_up(modules, *module, name, seen, &mut next);
                }
                next
            }
        };
        // Beyond an item: a variant, a constant or a function of a type, which is with the
        // type.
        if next.is_nothing() && !next.outside && !start && !led.items.is_empty() {
            return Found {
                modules: Vec::new(),
                ..led
            };
        }
        led = next;
        if led.is_nothing() {
            return led;
        }
    }
    led
}

fn look_up<'a>(
    modules: &'a [Module],
    of: usize,
    name: &str,
    seen: &mut HashSet<(usize, String)>,
    into: &mut Found<'a>,
) {
    let Some(module) = modules.get(of) else {
        return;
    };
    if !seen.insert((of, name.to_owned())) {
        return;
    }
    let defined = module
        .defined
        .get(name)
        .map(Vec::as_slice)
        .unwrap_or_default();
    for defined in defined {
        match defined {
            Defined::Here => into.items.push((&module.file, name.to_owned())),
            Defined::Module(child) => into.modules.push(*child),
            Defined::Import(path) => {
                let led = follow(modules, of, path, seen);
                into.outside |= led.outside || led.is_nothing();
                into.modules.extend(led.modules);
                into.items.extend(led.items);
            }
        }
    }
    if defined.is_empty() {
        for glob in &module.globs {
            for module in follow(modules, of, glob, seen).modules {
                look_up(modules, module, name, seen, into);
            }
        }
    }
    seen.remove(&(of, name.to_owned()));
}
