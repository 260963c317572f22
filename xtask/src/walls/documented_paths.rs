//! The tables of ARCHITECTURE.md against the tree: what a row names in backticks is there. A path
//! is a path from the root, goes on from the path before it in its row, or begins with a crate
//! (`server/api/sts`); a word is a name that the sources define.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::sources::without_comments;

const PAGE: &str = "ARCHITECTURE.md";
/// Folders that hold nothing of ours.
const LEFT_OUT: [&str; 3] = [".git", "target", "node_modules"];
/// What a person types is no path.
const COMMANDS: [&str; 2] = ["cargo ", "podpass "];

/// Every file by its path from the root; with its code if it is Rust.
pub(super) type Files = BTreeMap<String, String>;

pub(super) fn architecture(root: &Path) -> Result<Vec<String>, String> {
    let page = fs::read_to_string(root.join(PAGE))
        .map_err(|error| format!("cannot read {PAGE}: {error}"))?;
    check(&page, &files(root)?)
}

/// The whole tree.
pub(super) fn files(root: &Path) -> Result<Files, String> {
    let mut files = Files::new();
    read(root, root, &mut files)?;
    Ok(files)
}

fn read(root: &Path, folder: &Path, files: &mut Files) -> Result<(), String> {
    let failed =
        |path: &Path, error: std::io::Error| format!("cannot read {}: {error}", path.display());
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        let last = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if path.is_dir() {
            if !LEFT_OUT.contains(&last.as_str()) {
                read(root, &path, files)?;
            }
            continue;
        }
        let code = if last.ends_with(".rs") {
            without_comments(&fs::read_to_string(&path).map_err(|error| failed(&path, error))?)
        } else {
            String::new()
        };
        files.insert(
            path.strip_prefix(root)
                .unwrap_or(&path)
                .display()
                .to_string(),
            code,
        );
    }
    Ok(())
}

fn check(page: &str, files: &Files) -> Result<Vec<String>, String> {
    let rows = page
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with('|'));
    let (mut found, mut named) = (Vec::new(), 0);
    for (number, row) in rows {
        let mut before = None;
        for text in row.split('`').skip(1).step_by(2) {
            named += 1;
            if !is_there(files, text, &mut before) {
                found.push(format!(
                    "{PAGE}:{} names `{text}`, which is not there\n  why: whoever looks for a place must find it",
                    number + 1
                ));
            }
        }
    }
    if named == 0 {
        Err(format!("{PAGE} has no table that names anything"))
    } else {
        Ok(found)
    }
}

/// `before` is the path that the row named last.
fn is_there(files: &Files, text: &str, before: &mut Option<String>) -> bool {
    if COMMANDS.iter().any(|command| text.starts_with(command)) {
        return true;
    }
    if text.contains("::") || !text.contains(['/', '.']) {
        return is_defined(files, text);
    }
    let found = candidates(text, before.as_deref())
        .into_iter()
        .find(|path| exists(files, path));
    if found.is_some() {
        *before = found;
        return true;
    }
    false
}

/// Where a path may be meant, the likeliest first.
fn candidates(text: &str, before: Option<&str>) -> Vec<String> {
    let mut all = vec![text.to_owned()];
    // The folder of the path before, or that path if it is a folder; then the folders above it.
    let above = before.unwrap_or_default();
    all.extend(
        above
            .match_indices('/')
            .rev()
            .filter_map(|(at, _)| Some(format!("{}/{text}", above.get(..at)?))),
    );
    if let Some((first, rest)) = text.split_once('/') {
        let short = format!("crates/{first}/src/{rest}");
        all.extend([format!("{short}.rs"), short]);
    }
    all
}

/// Whether there is a file or a folder; `*` is any one name.
fn exists(files: &Files, path: &str) -> bool {
    let wanted: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    files.keys().any(|file| {
        let parts: Vec<&str> = file.split('/').collect();
        // What ends with a slash is a folder.
        let long_enough = parts.len() >= wanted.len() + usize::from(path.ends_with('/'));
        long_enough
            && wanted
                .iter()
                .zip(&parts)
                .all(|(wanted, part)| *wanted == "*" || wanted == part)
    })
}

/// Whether a name such as `authority::trust::admit`, `World::fold` or `Permit` is one of ours:
/// every module before the last word has a file, and the last word is a file or is defined below
/// them.
fn is_defined(files: &Files, text: &str) -> bool {
    let text = text.split_once('(').map_or(text, |(name, _)| name);
    let mut words: Vec<&str> = text.split("::").collect();
    let mut place = "crates/".to_owned();
    if let Some(first) = words
        .first()
        .filter(|first| exists(files, &format!("crates/{first}/src/lib.rs")))
    {
        place = format!("crates/{first}/src/");
        words.remove(0);
    }
    for word in words {
        let module = format!("{place}{word}");
        if exists(files, &format!("{module}/")) {
            place = format!("{module}/");
        } else if files.contains_key(&format!("{module}.rs")) {
            place = format!("{module}.rs");
        } else if !below(files, &place).any(|code| defines(code, word)) {
            return false;
        }
    }
    true
}

/// The code of a file, or of a folder and the file beside it.
fn below<'a>(files: &'a Files, place: &'a str) -> impl Iterator<Item = &'a str> {
    let beside = format!("{}.rs", place.trim_end_matches('/'));
    let within = move |file: &str| {
        file == place || file == beside || place.ends_with('/') && file.starts_with(place)
    };
    files
        .iter()
        .filter(move |(file, _)| within(file))
        .map(|(_, code)| code.as_str())
}

fn defines(code: &str, name: &str) -> bool {
    const KEYWORDS: [&str; 8] = [
        "fn", "struct", "enum", "trait", "type", "const", "static", "mod",
    ];
    let word = |c: char| c.is_alphanumeric() || c == '_';
    KEYWORDS.iter().any(|keyword| {
        let wanted = format!("{keyword} {name}");
        code.match_indices(&wanted).any(|(at, _)| {
            let before = code.get(..at).is_some_and(|before| !before.ends_with(word));
            before
                && code
                    .get(at + wanted.len()..)
                    .is_some_and(|after| !after.starts_with(word))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Files {
        let rows = [
            ("crates/authority/src/lib.rs", "pub mod trust;"),
            (
                "crates/authority/src/trust.rs",
                "pub(crate) fn judge() {}\npub fn admit() {}",
            ),
            (
                "crates/authority/src/world/mod.rs",
                "pub struct World; impl World { pub fn fold(&self) {} }",
            ),
            ("crates/authority/src/world/entity.rs", ""),
            ("crates/server/src/lib.rs", ""),
            ("crates/server/src/api/sts.rs", "fn administer() {}"),
            ("crates/server/src/keys/mod.rs", ""),
            ("docs/lint.md", ""),
            ("road/chain/why.txt", ""),
        ];
        rows.iter()
            .map(|(name, code)| ((*name).to_owned(), (*code).to_owned()))
            .collect()
    }

    fn found(row: &str) -> Vec<String> {
        check(
            &format!("# Page\n\n| to change | start at |\n|---|---|\n| x | {row} |\n"),
            &files(),
        )
        .unwrap()
    }

    #[test]
    fn what_is_there_is_found_however_it_is_written() {
        for (name, row) in [
            (
                "a path from the root",
                "`crates/authority/src/trust.rs`, `docs/lint.md`",
            ),
            ("a folder", "`crates/authority/src/world/`"),
            (
                "a path that goes on from the one before",
                "`crates/authority/src/trust.rs`, `world/`, `entity.rs`, `lib.rs`",
            ),
            (
                "a file or folder of a crate",
                "`server/api/sts`, `server/keys`",
            ),
            ("any name in the middle", "the goldens in `road/*/why.txt`"),
            (
                "a function of a module",
                "`authority::trust::admit` -> `authority::world`",
            ),
            ("a method, a type", "`World::fold` -> `World`, `fold`"),
            ("a call", "`authority::admit(record)`"),
            ("a command", "`cargo xtask nothing`, `podpass nothing`"),
        ] {
            assert_eq!(found(row), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn what_is_gone_is_told_with_its_line() {
        for (name, row, expected) in [
            (
                "a file",
                "`crates/authority/src/grant.rs`",
                "crates/authority/src/grant.rs",
            ),
            (
                "a file that is no folder",
                "`crates/authority/src/trust.rs/`",
                "crates/authority/src/trust.rs/",
            ),
            (
                "a path that goes on",
                "`crates/authority/src/trust.rs`, `loaded.rs`",
                "loaded.rs",
            ),
            ("a file of a crate", "`server/api/iam`", "server/api/iam"),
            ("an unknown crate", "`gate/api/sts`", "gate/api/sts"),
            ("a glob", "`road/*/how.txt`", "road/*/how.txt"),
            (
                "a function",
                "`authority::trust::dismiss`",
                "authority::trust::dismiss",
            ),
            (
                "a function of another file",
                "`authority::trust::fold`",
                "authority::trust::fold",
            ),
            (
                "a module",
                "`authority::grant::admit`",
                "authority::grant::admit",
            ),
            ("a part of a longer name", "`adm`, `fold`", "adm"),
        ] {
            let told = found(row);
            assert!(
                told.len() == 1
                    && told[0].starts_with(&format!("ARCHITECTURE.md:5 names `{expected}`,")),
                "{name}: {told:?}"
            );
        }
    }

    #[test]
    fn a_page_without_tables_is_an_error_and_never_a_pass() {
        assert!(check("`gone.rs` in prose\n", &files()).is_err());
    }
}
