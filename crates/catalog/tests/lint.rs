//! Every rule against documents: `lint/CODE.KIND.json` has what the rule finds,
//! `lint/CODE.quiet.KIND.json` has what it must be silent about, and the `.txt` beside each is all
//! that is told. `LINT_BLESS=1` writes the texts anew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test reads files and says what it skips"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use catalog::aws::{Catalogue, all_managed_policies};
use catalog::lint::{Finding, RULES, Severity, lint, lint_within};
use policy::Kind;
use proptest::prelude::*;

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The files of a folder. There are some: over none, every check below would hold.
fn files(folder: &Path, ending: &str) -> Vec<(String, String)> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
    names.sort();
    assert!(
        !names.is_empty(),
        "{} has no file that ends with {ending}",
        folder.display()
    );
    names
        .into_iter()
        .map(|name| {
            (
                name.clone(),
                std::fs::read_to_string(folder.join(name)).unwrap(),
            )
        })
        .collect()
}

fn kind(name: &str) -> Kind {
    match name
        .trim_end_matches(".json")
        .rsplit(['.', '-'])
        .next()
        .unwrap()
    {
        "trust" => Kind::Trust,
        "resource" => Kind::Resource,
        "session" => Kind::Session,
        "identity" | "policy" => Kind::Identity,
        other => panic!("`{other}` in `{name}` is no kind of document"),
    }
}

fn rendered(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let Finding {
            begin,
            end,
            severity,
            code,
            path,
            message,
            fix,
        } = finding;
        let end = if end.line == begin.line {
            end.column.to_string()
        } else {
            format!("{}:{}", end.line, end.column)
        };
        writeln!(
            text,
            "{}:{}-{end} {severity} {code}: {message}\n  at: {path}",
            begin.line, begin.column
        )
        .unwrap();
        if let Some(fix) = fix {
            writeln!(text, "  fix: {fix}").unwrap();
        }
    }
    text
}

#[test]
fn goldens() {
    let catalogue = Catalogue::load();
    let bless = std::env::var_os("LINT_BLESS").is_some();
    let mut wrong = Vec::new();
    for (name, text) in files(&here("tests/lint"), ".json") {
        let found = rendered(&lint(&text, kind(&name), &catalogue));
        let golden = here("tests/lint").join(name.replace(".json", ".txt"));
        if bless {
            std::fs::write(&golden, &found).unwrap();
        } else if std::fs::read_to_string(&golden).unwrap_or_default() != found {
            wrong.push(format!("{name}:\n{found}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "not as its golden file says (LINT_BLESS=1 writes it anew):\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_rule_finds_and_is_silent() {
    let catalogue = Catalogue::load();
    let documents: Vec<(String, Vec<Finding>)> = files(&here("tests/lint"), ".json")
        .into_iter()
        .map(|(name, text)| {
            let findings = lint(&text, kind(&name), &catalogue);
            (name, findings)
        })
        .collect();
    for (name, findings) in &documents {
        let code = name.split('.').next().unwrap();
        assert!(
            RULES.iter().any(|rule| rule.code == code),
            "`{name}` names no rule"
        );
        assert_eq!(
            findings.iter().any(|finding| finding.code == code),
            !name.contains(".quiet."),
            "{name}"
        );
        for finding in findings {
            let rule = RULES
                .iter()
                .find(|rule| rule.code == finding.code)
                .expect(finding.code);
            assert_eq!(rule.severity, finding.severity, "{name}");
            assert!(finding.begin <= finding.end, "{name}");
            assert!(
                !finding.message.ends_with('.')
                    && !finding.fix.as_deref().unwrap_or("").ends_with('.'),
                "{name}"
            );
        }
    }
    for rule in RULES {
        let named = |quiet| {
            documents.iter().any(|(name, _)| {
                name.starts_with(&format!("{}.", rule.code)) && name.contains(".quiet.") == quiet
            })
        };
        assert!(named(false), "nothing shows what `{}` finds", rule.code);
        assert!(named(true), "nothing shows where `{}` is silent", rule.code);
    }
}

#[test]
fn the_page_has_a_row_for_every_rule() {
    let page = std::fs::read_to_string(here("../../docs/lint.md")).unwrap();
    let rows: Vec<(String, String)> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|row| {
            let mut cells = row.split('|').map(str::trim);
            let code = cells.next().unwrap().trim_end_matches('`').to_owned();
            (code, cells.next().unwrap().to_owned())
        })
        .collect();
    let rules: Vec<(String, String)> = RULES
        .iter()
        .map(|rule| (rule.code.to_owned(), rule.severity.to_string()))
        .collect();
    assert_eq!(rows, rules, "docs/lint.md and RULES differ");
}

#[test]
fn the_examples_are_sound() {
    let catalogue = Catalogue::load();
    for (name, text) in files(&here("../../examples"), ".json") {
        let grave: Vec<Finding> = lint(&text, kind(&name), &catalogue)
            .into_iter()
            .filter(|finding| finding.severity <= Severity::Security)
            .collect();
        assert!(grave.is_empty(), "{name}:\n{}", rendered(&grave));
    }
}

#[test]
fn the_controllers_policies_have_no_error() {
    let catalogue = Catalogue::load();
    let Some(folder) = testkit::data(
        "aws-load-balancer-controller",
        "lint of the AWS Load Balancer Controller's policies",
    ) else {
        return;
    };
    for (name, text) in files(&folder, ".json") {
        let findings = lint(&text, Kind::Identity, &catalogue);
        assert!(
            findings
                .iter()
                .all(|finding| finding.severity != Severity::Error),
            "{name}:\n{}",
            rendered(&findings)
        );
    }
}

/// AWS's own policies have their oddities, and how many is a golden file: a rule that raises false
/// alarms shows there.
#[test]
fn managed_policies_have_no_error() {
    let catalogue = Catalogue::load();
    let mut counts: BTreeMap<(Severity, &str), (usize, usize)> = BTreeMap::new();
    for policy in all_managed_policies() {
        let findings = lint(&policy.document, Kind::Identity, &catalogue);
        let grave: Vec<Finding> = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .cloned()
            .collect();
        // It is longer than anything that IAM takes from a customer, even to simulate it.
        if policy.name == "AWSSupportServiceRolePolicy" {
            let told = "IAM answers `Syntax errors in policy.`: the document is longer than 131072 characters";
            assert_eq!(
                grave
                    .iter()
                    .map(|finding| finding.message.as_str())
                    .collect::<Vec<_>>(),
                [told]
            );
        } else {
            assert!(grave.is_empty(), "{}:\n{}", policy.name, rendered(&grave));
        }
        let codes: BTreeSet<(Severity, &str)> = findings
            .iter()
            .map(|finding| (finding.severity, finding.code))
            .collect();
        for code in codes {
            let count = counts.entry(code).or_default();
            count.0 += findings
                .iter()
                .filter(|finding| finding.code == code.1)
                .count();
            count.1 += 1;
        }
    }
    let mut text = String::new();
    for ((severity, code), (findings, policies)) in counts {
        writeln!(text, "{severity} {code}: {findings} in {policies} policies").unwrap();
    }
    let golden = here("tests/lint/managed-policies.txt");
    if std::env::var_os("LINT_BLESS").is_some() {
        std::fs::write(&golden, &text).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&golden).unwrap_or_default(),
        text,
        "LINT_BLESS=1 writes it anew"
    );
}

#[test]
fn places_are_those_of_the_larger_file() {
    let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let found = lint_within(text, (7, 3), Kind::Identity, &Catalogue::load());
    assert_eq!(
        found
            .iter()
            .map(|finding| (finding.begin.line, finding.begin.column))
            .collect::<Vec<_>>(),
        [(7, 72)]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is done to a document, its lint ends without a panic and stays in the document.
    #[test]
    fn mutated_documents_never_panic(pick in any::<prop::sample::Index>(), cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, prop::sample::select(vec!["", "*", "\"", "[", "]", "{", "}", ":", ",", "${", "é", "null", "1", "\"Not", "[]"])), 1..4)) {
        static CATALOGUE: std::sync::LazyLock<Catalogue> = std::sync::LazyLock::new(Catalogue::load);
        let catalogue = &*CATALOGUE;
        let documents = files(&here("tests/lint"), ".json");
        let (name, text) = &documents[pick.index(documents.len())];
        let mut chars: Vec<char> = text.chars().collect();
        for (place, length, put) in cuts {
            let place = place.index(chars.len().max(1)).min(chars.len());
            let end = (place + length).min(chars.len());
            chars.splice(place..end, put.chars());
        }
        let text: String = chars.into_iter().collect();
        for finding in lint(&text, kind(name), catalogue) {
            prop_assert!(finding.begin <= finding.end);
        }
    }
}
