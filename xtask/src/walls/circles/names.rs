//! The names of one module's items: what they define, what they import, and every path that they
//! name. Paths are found in code, in the tokens of macro calls and in attributes (serde's strings
//! name functions); code that only tests have is not looked at.
//!
//! A call of a method names nothing that can be told without types, so `x.f()` is no dependency
//! here.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Attribute, ImplItem, Item, ItemMacro, ItemMod, ItemUse, Local, Macro, Meta, Path, UseTree,
};

/// A path as it is written, and where.
pub(super) struct Naming {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
    /// `use path::*`: all that is there.
    pub(super) all: bool,
}

pub(super) enum Import {
    Name { name: String, path: Vec<String> },
    All(Vec<String>),
}

#[derive(Default)]
pub(super) struct Names<'a> {
    pub(super) items: Vec<String>,
    pub(super) modules: Vec<&'a ItemMod>,
    pub(super) imports: Vec<Import>,
    pub(super) namings: Vec<Naming>,
}

/// # Errors
/// What this reader does not follow: `#[path]`, macros that other files can use.
pub(super) fn names(items: &[Item]) -> Result<Names<'_>, String> {
    let mut found = Names::default();
    for item in items
        .iter()
        .filter(|item| !only_for_tests(item_attributes(item)))
    {
        match item {
            Item::Mod(module)
                if module
                    .attrs
                    .iter()
                    .any(|attribute| attribute.path().is_ident("path")) =>
            {
                return Err(format!(
                    "{}: `#[path]` is not followed",
                    line(&module.ident)
                ));
            }
            Item::Mod(module) => found.modules.push(module),
            Item::Macro(made) if made.ident.is_some() && !is_own(made, items) => {
                let at = made.mac.path.get_ident().map_or(0, line);
                return Err(format!(
                    "{at}: `macro_rules!` is not followed: who uses it could not be told"
                ));
            }
            other => {
                found.items.extend(defined_by(other));
                found.visit_item(other);
            }
        }
    }
    Ok(found)
}

/// Whether a macro is its file's own: neither exported nor imported under its name, and without a
/// module below it that could use it. What it names then is in this file, as do its uses.
fn is_own(made: &ItemMacro, items: &[Item]) -> bool {
    let exported = made
        .attrs
        .iter()
        .any(|attribute| attribute.path().is_ident("macro_export"));
    let reaches_further = |item: &Item| match item {
        Item::Mod(module) => !only_for_tests(&module.attrs),
        Item::Use(import) => made
            .ident
            .as_ref()
            .is_some_and(|name| names_it(&import.tree, name)),
        _ => false,
    };
    !exported && !items.iter().any(reaches_further)
}

fn names_it(tree: &UseTree, name: &proc_macro2::Ident) -> bool {
    match tree {
        UseTree::Path(path) => path.ident == *name || names_it(&path.tree, name),
        UseTree::Name(it) => it.ident == *name,
        UseTree::Rename(it) => it.ident == *name,
        UseTree::Glob(_) => false,
        UseTree::Group(group) => group.items.iter().any(|tree| names_it(tree, name)),
    }
}

fn line(ident: &proc_macro2::Ident) -> usize {
    ident.span().start().line
}

fn defined_by(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

pub(in super::super) fn item_attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

pub(in super::super) fn impl_item_attributes(item: &ImplItem) -> &[Attribute] {
    match item {
        ImplItem::Const(item) => &item.attrs,
        ImplItem::Fn(item) => &item.attrs,
        ImplItem::Type(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether the attributes leave this out of every build but that of the tests.
pub(in super::super) fn only_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<Meta>()
                .is_ok_and(|condition| !may_hold(&condition))
    })
}

/// Whether a condition of `cfg` may hold outside tests. All conditions but `test` may.
fn may_hold(condition: &Meta) -> bool {
    let parts = |list: &syn::MetaList| {
        let parts = syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated;
        list.parse_args_with(parts)
            .map(|parts| parts.into_iter().collect::<Vec<_>>())
            .unwrap_or_default()
    };
    match condition {
        Meta::Path(path) => !path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => parts(list).iter().all(may_hold),
        Meta::List(list) if list.path.is_ident("any") => parts(list).iter().any(may_hold),
        Meta::List(_) | Meta::NameValue(_) => true,
    }
}

impl Names<'_> {
    fn name(&mut self, path: &Path) {
        // `::name` begins outside the crate.
        let Some(first) = path
            .segments
            .first()
            .filter(|_| path.leading_colon.is_none())
        else {
            return;
        };
        let line = line(&first.ident);
        let path = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        self.namings.push(Naming {
            path,
            line,
            all: false,
        });
    }

    fn import(&mut self, before: &[String], tree: &UseTree) {
        let with = |ident: &proc_macro2::Ident| {
            // `use path::{self}` is the path itself.
            let last = (ident != "self" || before.is_empty()).then(|| ident.to_string());
            before.iter().cloned().chain(last).collect::<Vec<_>>()
        };
        let (at, name, path) = match tree {
            UseTree::Path(tree) => return self.import(&with(&tree.ident), &tree.tree),
            UseTree::Group(group) => {
                return group
                    .items
                    .iter()
                    .for_each(|tree| self.import(before, tree));
            }
            UseTree::Glob(glob) => {
                let line = glob
                    .star_token
                    .spans
                    .first()
                    .map_or(0, |span| span.start().line);
                self.namings.push(Naming {
                    path: before.to_vec(),
                    line,
                    all: true,
                });
                return self.imports.push(Import::All(before.to_vec()));
            }
            UseTree::Name(tree) => (&tree.ident, None, with(&tree.ident)),
            UseTree::Rename(tree) => (
                &tree.ident,
                Some(tree.rename.to_string()),
                with(&tree.ident),
            ),
        };
        self.namings.push(Naming {
            path: path.clone(),
            line: line(at),
            all: false,
        });
        if let Some(name) = name.or_else(|| path.last().cloned()) {
            self.imports.push(Import::Name { name, path });
        }
    }

    /// The paths among tokens that have no grammar known here.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Option<(Vec<String>, usize)> = None;
        // What is right before: `.` makes a field or method of a word, `::` goes on with the
        // path.
        let (mut dots, mut colons) = (0, 0);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    match path.as_mut().filter(|_| colons == 2) {
                        Some((path, _)) => path.push(ident.to_string()),
                        None => {
                            self.end(path.take());
                            let outside = colons == 2 || dots == 1;
                            path = (!outside).then(|| (vec![ident.to_string()], line(&ident)));
                        }
                    }
                    (dots, colons) = (0, 0);
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Punct(mark) => {
                    self.end(path.take());
                    (dots, colons) = (if mark.as_char() == '.' { dots + 1 } else { 0 }, 0);
                }
                TokenTree::Group(group) => {
                    self.end(path.take());
                    self.tokens(group.stream());
                    (dots, colons) = (0, 0);
                }
                TokenTree::Literal(_) => {
                    self.end(path.take());
                    (dots, colons) = (0, 0);
                }
            }
        }
        self.end(path);
    }

    fn end(&mut self, path: Option<(Vec<String>, usize)>) {
        self.namings.extend(path.map(|(path, line)| Naming {
            path,
            line,
            all: false,
        }));
    }

    /// `#[serde(with = "module")]` and its like name code in a string.
    fn strings(&mut self, tokens: TokenStream) {
        for token in tokens {
            if let TokenTree::Literal(literal) = token
                && let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string())
                && let Ok(path) = text.parse::<Path>()
            {
                let line = literal.span().start().line;
                let path = path
                    .segments
                    .iter()
                    .map(|segment| segment.ident.to_string())
                    .collect();
                self.namings.push(Naming {
                    path,
                    line,
                    all: false,
                });
            }
        }
    }
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !only_for_tests(item_attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if !only_for_tests(impl_item_attributes(item)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if !only_for_tests(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.import(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        self.name(path);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.name(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            if list.path.is_ident("serde") {
                self.strings(list.tokens.clone());
            }
            self.tokens(list.tokens.clone());
        }
    }
}
