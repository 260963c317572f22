//! docs/threats.md against the tree: a test that a row names in backticks as `file.rs::name` is
//! there. An attack counts as stopped by its test, so a row whose test has gone says too much.

use std::path::Path;

use super::documented_paths::{Files, files};

const PAGE: &str = "docs/threats.md";

pub(super) fn threats(root: &Path) -> Result<Vec<String>, String> {
    let files = files(root)?;
    let page = std::fs::read_to_string(root.join(PAGE))
        .map_err(|error| format!("cannot read {PAGE}: {error}"))?;
    let (named, found) = check(&page, &files);
    if named == 0 {
        return Err(format!("{PAGE} has no table that names a file"));
    }
    Ok(found)
}

/// How many files the rows name, and what of them is not there.
fn check(page: &str, files: &Files) -> (usize, Vec<String>) {
    let (mut named, mut found) = (0, Vec::new());
    let rows = page.lines().enumerate();
    for (number, row) in rows.filter(|(_, row)| row.starts_with('|')) {
        for text in row.split('`').skip(1).step_by(2) {
            let (file, test) = text.split_once("::").unwrap_or((text, ""));
            if !file.ends_with(".rs") {
                continue;
            }
            named += 1;
            if !files
                .iter()
                .any(|(path, code)| is_meant(path, file) && has(code, test))
            {
                found.push(format!(
                    "{PAGE}:{} names `{text}`, which is not there\n  why: an attack without its test is not counted as stopped",
                    number + 1
                ));
            }
        }
    }
    (named, found)
}

/// A row names a file by the end of its path, without `src`.
fn is_meant(path: &str, file: &str) -> bool {
    format!("/{}", path.replace("/src/", "/")).ends_with(&format!("/{file}"))
        || format!("/{path}").ends_with(&format!("/{file}"))
}

/// Whether a file has a test whose name begins like this; `tests` are those of its module.
fn has(code: &str, test: &str) -> bool {
    match test {
        "" => true,
        "tests" => code.contains("#[test]"),
        name => code.contains(&format!("fn {}", name.trim_end_matches('*'))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_has_gone_is_named() {
        let rows = [
            (
                "crates/token/src/verify.rs",
                "#[test] fn attack_07_nbf() {}",
            ),
            ("crates/server/tests/it/sts.rs", "fn attack_32_secrets() {}"),
        ];
        let files = rows
            .map(|(path, code)| (path.to_owned(), code.to_owned()))
            .into();
        let page = |row: &str| check(&format!("| 1 | {row} |"), &files);
        for row in [
            "`token/verify.rs`; `attack_07`",
            "`verify.rs::attack_07`, `verify.rs::tests`",
            "`server/tests/it/sts.rs::attack_32`, `sts.rs::attack_*`",
        ] {
            assert!(page(row).0 > 0 && page(row).1.is_empty(), "{row}");
        }
        for row in [
            "`gone.rs`",
            "`verify.rs::attack_08`",
            "`sts.rs::tests`",
            "`s.rs`",
        ] {
            assert_eq!(page(row).1.len(), 1, "{row}");
        }
        assert_eq!(page("`Caller::new`, road `chain`").0, 0);
    }
}
