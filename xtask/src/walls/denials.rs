//! The shell makes no denial: `server` may hold one, log it and answer with it, but not make it.
//! Whoever refuses is `authority`, so that every refusal has its record and its scenario.

use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{ExprStruct, ImplItem, Item, Macro, UseRename};

use super::circles::{
    Sources, impl_item_attributes, item_attributes, only_for_tests, read_modules, read_sources,
};

const FOLDER: &str = "crates/server/src";
const DENIAL: &str = "Denial";

/// Every place where the server makes a denial.
pub(super) fn denials(root: &Path) -> Result<Vec<String>, String> {
    made(&read_sources(root, FOLDER)?)
}

fn made(sources: &Sources) -> Result<Vec<String>, String> {
    let told = |error: String| format!("{FOLDER}/{error}");
    let modules = read_modules(sources, "lib.rs").map_err(told)?;
    // Only what the product has: files that tests alone have are no modules here.
    let files: BTreeSet<&str> = modules.iter().map(|module| module.file.as_str()).collect();
    let mut found = Vec::new();
    for file in files {
        let text = sources
            .get(file)
            .ok_or_else(|| told(format!("{file} is missing")))?;
        let parsed = syn::parse_file(text).map_err(|error| told(format!("{file}: {error}")))?;
        let mut making = Making::default();
        making.visit_file(&parsed);
        let told = |line: usize| {
            format!(
                "{FOLDER}/{file}:{line} makes a `{DENIAL}`\n  why: the shell decides nothing; authority refuses"
            )
        };
        found.extend(making.lines.into_iter().map(told));
    }
    Ok(found)
}

/// The lines that make one: `Denial::function`, `Denial { .. }`; or that give it another name,
/// under which it could not be seen.
#[derive(Default)]
struct Making {
    lines: BTreeSet<usize>,
}

impl Making {
    fn take(&mut self, ident: &Ident) {
        if ident == DENIAL {
            self.lines.insert(ident.span().start().line);
        }
    }

    /// In a macro's tokens: the name before `::` or before braces.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut before: Option<Ident> = None;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => before = Some(ident),
                TokenTree::Punct(mark) => {
                    if let Some(ident) = before.take().filter(|_| mark.as_char() == ':') {
                        self.take(&ident);
                    }
                }
                TokenTree::Group(group) => {
                    let braces = group.delimiter() == proc_macro2::Delimiter::Brace;
                    if let Some(ident) = before.take().filter(|_| braces) {
                        self.take(&ident);
                    }
                    self.tokens(group.stream());
                }
                TokenTree::Literal(_) => before = None,
            }
        }
    }
}

impl<'ast> Visit<'ast> for Making {
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

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let behind = path.segments.iter().rev().skip(1);
        behind.take(1).for_each(|segment| self.take(&segment.ident));
        visit::visit_path(self, path);
    }

    fn visit_expr_struct(&mut self, made: &'ast ExprStruct) {
        if let Some(last) = made.path.segments.last() {
            self.take(&last.ident);
        }
        visit::visit_expr_struct(self, made);
    }

    fn visit_use_rename(&mut self, renamed: &'ast UseRename) {
        self.take(&renamed.ident);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let sources = [
            ("lib.rs", "mod api; #[cfg(test)] mod tests;"),
            ("api.rs", text),
            ("tests.rs", "fn t() { Denial::new() }"),
        ];
        made(
            &sources
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .into(),
        )
        .unwrap()
    }

    #[test]
    fn whoever_makes_one_is_found() {
        for (name, text) in [
            ("a call", "fn f() -> Denial {\nDenial::new(1) }"),
            (
                "a call by its whole path",
                "fn f() {\nauthority::denial::Denial::new(1); }",
            ),
            (
                "any other function of it",
                "fn f() {\nDenial::internal(); }",
            ),
            ("a function as a value", "fn f() {\nx.map(Denial::from); }"),
            ("a literal", "fn f() {\nDenial { fault: 1 } }"),
            (
                "a changed copy",
                "fn f(d: Denial) -> Denial {\nDenial { fault: 1, ..d } }",
            ),
            ("in a macro", "fn f() { assert!(\nDenial::new(1)) }"),
            (
                "a literal in a macro",
                "fn f() { vec![\nDenial { fault: 1 }] }",
            ),
            ("under another name", "use\nauthority::Denial as Refused;"),
            ("in a method", "impl X { fn f() {\nDenial::new(1) } }"),
        ] {
            assert_eq!(found(text).len(), 1, "{name}");
            assert!(
                found(text)[0].starts_with("crates/server/src/api.rs:2 makes a `Denial`"),
                "{name}: {:?}",
                found(text)
            );
        }
    }

    #[test]
    fn whoever_only_holds_one_is_not() {
        for (name, text) in [
            (
                "a type",
                "use authority::Denial; fn f(d: &Denial) -> Result<(), Box<Denial>> { Err(d.clone()) }",
            ),
            (
                "a function of authority's",
                "fn f() { authority::refusal::unsigned(x) }",
            ),
            (
                "a pattern",
                "fn f(d: Denial) { let Denial { fault, .. } = d; }",
            ),
            (
                "a test",
                "#[cfg(test)] mod tests { fn f() { Denial::new(1) } }",
            ),
            (
                "a longer name",
                "fn f() { DenialLog::new(); LastDenial { x: 1 }; }",
            ),
            ("a comment", "/// [`Denial::new`]\nfn f() {}"),
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{name}");
        }
    }
}
