//! The checker on small made-up crates.

use super::*;

/// A crate: its files' paths and texts.
type Files = &'static [(&'static str, &'static str)];

fn sources(files: &[(&str, &str)]) -> Sources {
    files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

/// The files of each circle.
fn found(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let sources = sources(files);
    let modules = modules::read(&sources, "lib.rs").unwrap();
    let edges = edges::edges(&modules).unwrap();
    components(&edges)
        .iter()
        .map(|circle| circle.iter().map(|file| (*file).to_owned()).collect())
        .collect()
}

#[test]
fn circles_are_found_however_the_names_are_written() {
    const AB: &str = "mod a; mod b;";
    let rows: [(&str, Files, &[&str]); 19] = [
        (
            "by `crate`",
            &[
                ("lib.rs", AB),
                ("a.rs", "use crate::b::B; pub struct A(B);"),
                ("b.rs", "use crate::a::A; pub struct B(Box<A>);"),
            ],
            &["a.rs", "b.rs"],
        ),
        (
            "by `super`",
            &[
                ("lib.rs", AB),
                ("a.rs", "pub fn f() { super::b::g() }"),
                ("b.rs", "pub fn g() { super::a::f() }"),
            ],
            &["a.rs", "b.rs"],
        ),
        (
            "a parent that names its child, which names the parent's own item",
            &[
                ("lib.rs", "mod a;"),
                ("a/mod.rs", "mod b; pub struct Shared; pub use b::B;"),
                ("a/b.rs", "use super::Shared; pub struct B(Shared);"),
            ],
            &["a/b.rs", "a/mod.rs"],
        ),
        (
            "a child's folder beside its file, by `self`",
            &[
                ("lib.rs", "mod a;"),
                ("a.rs", "mod b; pub struct A; fn f() { self::b::g() }"),
                ("a/b.rs", "pub fn g(_: super::A) {}"),
            ],
            &["a.rs", "a/b.rs"],
        ),
        (
            "by a re-export, which is its definition's file",
            &[
                ("lib.rs", "mod a; mod b; pub use a::A;"),
                ("a.rs", "use crate::b::B; pub struct A(B);"),
                ("b.rs", "use crate::A; pub struct B(Box<A>);"),
            ],
            &["a.rs", "b.rs"],
        ),
        (
            "by a re-export under another name, through two files",
            &[
                ("lib.rs", "mod a; mod b; pub use a::Again;"),
                ("a/mod.rs", "mod c; pub use c::C as Again;"),
                ("a/c.rs", "pub struct C(crate::b::B);"),
                ("b.rs", "pub struct B(Box<crate::Again>);"),
            ],
            &["a/c.rs", "b.rs"],
        ),
        (
            "by a variant of an enum",
            &[
                ("lib.rs", AB),
                ("a.rs", "pub enum E { One } fn f() { crate::b::g() }"),
                ("b.rs", "pub fn g() -> bool { matches(crate::a::E::One) }"),
            ],
            &["a.rs", "b.rs"],
        ),
        (
            "by all of a module",
            &[
                ("lib.rs", AB),
                ("a.rs", "use crate::b::*; pub fn f() {}"),
                ("b.rs", "pub fn g() { crate::a::f() }"),
            ],
            &["a.rs", "b.rs"],
        ),
        (
            "by all of a module that passes the name on",
            &[
                ("lib.rs", "mod a; mod b; mod all;"),
                ("all.rs", "pub use crate::b::B;"),
                ("a.rs", "use crate::all::*; pub fn f(_: B) {}"),
                ("b.rs", "pub struct B; fn g() { crate::a::f(B) }"),
            ],
            &["a.rs", "b.rs"],
        ),
        (
            "by all variants of an enum",
            &[
                ("lib.rs", AB),
                ("a.rs", "pub enum E { One } use crate::b::g;"),
                ("b.rs", "pub fn g() { use crate::a::E::*; One; }"),
            ],
            &["a.rs", "b.rs"],
        ),
        (
            "by the name of a module that is imported",
            &[
                ("lib.rs", AB),
                ("a.rs", "use crate::b; pub fn f() { b::g() }"),
                ("b.rs", "use super::a; pub fn g() { a::f() }"),
            ],
            &["a.rs", "b.rs"],
        ),
        (
            "in a macro that is its file's own",
            &[
                ("lib.rs", AB),
                (
                    "a.rs",
                    "macro_rules! m { () => { crate::b::g() } }\npub fn f() { m!() }",
                ),
                ("b.rs", "pub fn g() { crate::a::f() }"),
            ],
            &["a.rs", "b.rs"],
        ),
        (
            "in the tokens of a macro",
            &[
                ("lib.rs", AB),
                ("a.rs", "pub const N: u8 = 1; use crate::b::g;"),
                ("b.rs", "pub fn g() { assert!(x.n() == crate::a::N) }"),
            ],
            &["a.rs", "b.rs"],
        ),
        (
            "in serde's strings",
            &[
                ("lib.rs", AB),
                ("a.rs", "pub fn read() {} use crate::b::S;"),
                (
                    "b.rs",
                    "pub struct S { #[serde(deserialize_with = \"crate::a::read\")] n: u8 }",
                ),
            ],
            &["a.rs", "b.rs"],
        ),
        (
            "inside a module inside a file",
            &[
                ("lib.rs", AB),
                (
                    "a.rs",
                    "pub mod deep { pub use super::super::b::B; pub fn f() {} }",
                ),
                ("b.rs", "pub struct B; fn g() { crate::a::deep::f() }"),
            ],
            &["a.rs", "b.rs"],
        ),
        (
            "by three files",
            &[
                ("lib.rs", "mod a; mod b; mod c;"),
                ("a.rs", "pub struct A(crate::b::B);"),
                ("b.rs", "pub struct B(crate::c::C);"),
                ("c.rs", "pub struct C(Box<crate::a::A>);"),
            ],
            &["a.rs", "b.rs", "c.rs"],
        ),
        (
            "in a field's type and a function's bounds",
            &[
                ("lib.rs", AB),
                (
                    "a.rs",
                    "pub trait T {} pub struct A { b: Vec<crate::b::B> }",
                ),
                ("b.rs", "pub struct B; fn f<X: crate::a::T>(_: X) {}"),
            ],
            &["a.rs", "b.rs"],
        ),
        (
            "with a crate root that has an item of its own",
            &[
                ("lib.rs", "mod a; pub const N: u8 = a::M;"),
                ("a.rs", "pub const M: u8 = 1; pub const K: u8 = crate::N;"),
            ],
            &["a.rs", "lib.rs"],
        ),
        (
            "outside tests, in a build that a feature turns on",
            &[
                ("lib.rs", AB),
                (
                    "a.rs",
                    "#[cfg(any(test, feature = \"x\"))] use crate::b::B; pub struct A;",
                ),
                ("b.rs", "pub struct B(crate::a::A);"),
            ],
            &["a.rs", "b.rs"],
        ),
    ];
    for (name, files, expected) in rows {
        assert_eq!(
            found(files),
            [expected
                .iter()
                .map(|file| (*file).to_owned())
                .collect::<Vec<_>>()],
            "{name}"
        );
    }
}

#[test]
fn what_closes_no_circle_is_none() {
    let rows: [(&str, Files); 8] = [
        (
            "a test's import",
            &[
                ("lib.rs", "mod a; mod b;"),
                (
                    "a.rs",
                    "pub struct A; #[cfg(test)] mod tests { use crate::b::B; use super::*; }",
                ),
                ("b.rs", "pub struct B(crate::a::A);"),
            ],
        ),
        (
            "a test's file",
            &[
                ("lib.rs", "mod a; #[cfg(test)] mod tests;"),
                (
                    "a.rs",
                    "#[cfg(all(test, unix))] use crate::tests::t; pub struct A;",
                ),
                ("tests.rs", "use crate::a::A; pub fn t() {}"),
            ],
        ),
        (
            "a module that is only declared",
            &[
                ("lib.rs", "mod a; pub const N: u8 = 1;"),
                ("a.rs", "use crate::N;"),
            ],
        ),
        (
            "children that share a file below both",
            &[
                ("lib.rs", "mod a;"),
                ("a/mod.rs", "mod b; mod c; pub use b::B; pub use c::Shared;"),
                ("a/b.rs", "use super::Shared; pub struct B(Shared);"),
                ("a/c.rs", "pub struct Shared;"),
            ],
        ),
        (
            "a sibling's name that only the parent passes on",
            &[
                ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
                ("a.rs", "pub struct A;"),
                ("b.rs", "use crate::A; pub struct B(A);"),
            ],
        ),
        (
            "another crate that is called like a module",
            &[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "use ::b::X; pub struct A;"),
                ("b.rs", "pub struct X(crate::a::A);"),
            ],
        ),
        (
            "a method or field that is called like a function",
            &[
                ("lib.rs", "mod a; mod b;"),
                (
                    "a.rs",
                    "pub fn f() { assert!(x.g()) } mod all { pub use crate::b::*; }",
                ),
                ("b.rs", "pub use std::mem::swap; "),
            ],
        ),
        (
            "words in comments and texts",
            &[
                ("lib.rs", "mod a; mod b;"),
                (
                    "a.rs",
                    "/// See [`crate::b::B`].\npub fn f() -> &'static str { \"crate::b::B\" }",
                ),
                ("b.rs", "pub struct B; use crate::a::f;"),
            ],
        ),
    ];
    for (name, files) in rows {
        assert_eq!(found(files), Vec::<Vec<String>>::new(), "{name}");
    }
}

#[test]
fn a_circle_is_told_with_the_names_that_close_it() {
    let files = [
        ("lib.rs", "mod a;\nmod b;"),
        ("a.rs", "\nuse crate::b::B;\npub struct A(B);"),
        ("b.rs", "pub struct B(Box<crate::a::A>);"),
    ];
    let told = between(&sources(&files), "crates/made-up/src").unwrap();
    assert_eq!(told.len(), 1);
    let told = told.join("");
    for expected in [
        "a circle of 2 files in crates/made-up/src:",
        "a.rs names `B` (line 2) of b.rs",
        "b.rs names `A` (line 1) of a.rs",
    ] {
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn what_is_not_understood_is_an_error_and_never_a_pass() {
    let rows: [(&str, Files, &str); 8] = [
        (
            "a file that is not there",
            &[("lib.rs", "mod a;")],
            "x/a/mod.rs is missing",
        ),
        (
            "no Rust",
            &[("lib.rs", "mod a;"), ("a.rs", "fn f( {")],
            "x/a.rs:1: ",
        ),
        (
            "a file of another place",
            &[("lib.rs", "#[path = \"b.rs\"]\nmod a;"), ("b.rs", "")],
            "x/lib.rs:2: `#[path]` is not followed",
        ),
        (
            "a macro for the modules below",
            &[
                ("lib.rs", "macro_rules! m { () => {} }\nmod a;"),
                ("a.rs", "m!();"),
            ],
            "`macro_rules!` is not followed",
        ),
        (
            "a macro for the whole crate",
            &[
                ("lib.rs", "mod a;"),
                ("a.rs", "macro_rules! m { () => {} }\npub(crate) use m;"),
            ],
            "`macro_rules!` is not followed",
        ),
        (
            "a macro for everybody",
            &[("lib.rs", "#[macro_export]\nmacro_rules! m { () => {} }")],
            "`macro_rules!` is not followed",
        ),
        (
            "a path that leads nowhere",
            &[("lib.rs", "mod a;"), ("a.rs", "\nuse crate::gone::G;")],
            "x/a.rs:2: `crate::gone::G` leads nowhere",
        ),
        (
            "no crate",
            &[("a.rs", "")],
            "x has neither lib.rs nor main.rs",
        ),
    ];
    for (name, files, expected) in rows {
        let error = between(&sources(files), "x").unwrap_err();
        assert!(error.contains(expected), "{name}: {error}");
    }
}
