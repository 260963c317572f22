//! The modules of one crate: what each defines, imports and names, read from its files without a
//! compiler. Who depends on whom is left to `edges`.

use std::collections::BTreeMap;

use syn::{Item, ItemMod};

use super::names::{Import, Naming, names};

/// The sources of a crate by their path below `src/`.
pub(in super::super) type Sources = BTreeMap<String, String>;

/// What a module calls one of its names.
pub(super) enum Defined {
    /// An item that its own file defines.
    Here,
    /// A child module.
    Module(usize),
    /// Another name for what this path leads to.
    Import(Vec<String>),
}

pub(in super::super) struct Module {
    pub(in super::super) file: String,
    pub(super) parent: Option<usize>,
    pub(super) defined: BTreeMap<String, Vec<Defined>>,
    /// The paths of `use path::*`.
    pub(super) globs: Vec<Vec<String>>,
    /// Every path that its code names, in order.
    pub(super) namings: Vec<Naming>,
}

/// The modules below `root` (`lib.rs` or `main.rs`), the root first. Modules that only tests have
/// are left out.
///
/// # Errors
/// A file that is missing or that cannot be parsed, and whatever this reader does not follow:
/// nothing is passed over.
pub(in super::super) fn read(sources: &Sources, root: &str) -> Result<Vec<Module>, String> {
    let mut modules = Vec::new();
    read_file(sources, root, "", None, &mut modules)?;
    Ok(modules)
}

/// `folder` is where the children of the module in `file` lie, with a slash at its end unless it is
/// `src/` itself.
fn read_file(
    sources: &Sources,
    file: &str,
    folder: &str,
    parent: Option<usize>,
    modules: &mut Vec<Module>,
) -> Result<usize, String> {
    let text = sources
        .get(file)
        .ok_or_else(|| format!("{file} is missing"))?;
    let parsed = syn::parse_file(text)
        .map_err(|error| format!("{file}:{}: {error}", error.span().start().line))?;
    read_items(sources, file, folder, parent, &parsed.items, modules)
}

fn read_items(
    sources: &Sources,
    file: &str,
    folder: &str,
    parent: Option<usize>,
    items: &[Item],
    modules: &mut Vec<Module>,
) -> Result<usize, String> {
    let index = modules.len();
    let found = names(items).map_err(|error| format!("{file}:{error}"))?;
    let mut defined: BTreeMap<String, Vec<Defined>> = BTreeMap::new();
    for name in found.items {
        defined.entry(name).or_default().push(Defined::Here);
    }
    let mut globs = Vec::new();
    for import in found.imports {
        match import {
            Import::Name { name, path } => {
                defined.entry(name).or_default().push(Defined::Import(path))
            }
            Import::All(path) => globs.push(path),
        }
    }
    modules.push(Module {
        file: file.to_owned(),
        parent,
        defined,
        globs,
        namings: found.namings,
    });
    for child in found.modules {
        let name = child.ident.to_string();
        let read = read_child(sources, file, folder, index, child, modules)?;
        if let Some(module) = modules.get_mut(index) {
            module
                .defined
                .entry(name)
                .or_default()
                .push(Defined::Module(read));
        }
    }
    Ok(index)
}

fn read_child(
    sources: &Sources,
    file: &str,
    folder: &str,
    parent: usize,
    child: &ItemMod,
    modules: &mut Vec<Module>,
) -> Result<usize, String> {
    let inner = format!("{folder}{}/", child.ident);
    if let Some((_, items)) = &child.content {
        return read_items(sources, file, &inner, Some(parent), items, modules);
    }
    // `x.rs` or `x/mod.rs`: the compiler refuses both at once.
    let own = format!("{folder}{}.rs", child.ident);
    let child_file = if sources.contains_key(&own) {
        own
    } else {
        format!("{inner}mod.rs")
    };
    read_file(sources, &child_file, &inner, Some(parent), modules)
}
