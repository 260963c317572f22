//! What `--quick` runs, and what it leaves out of the tests: the few that take most of the time. It
//! says so each time.

/// The steps of `--quick`.
pub(super) const STEPS: [&str; 3] = ["fmt", "walls", "test"];

/// Tests whose names contain the word are left out, for the reason beside it.
const LEFT_OUT: [(&str, &str); 5] = [
    ("crash::", "the real server is killed 200 times"),
    (
        "a_deny_never_widens_and_an_allow_never_narrows",
        "5,000 generated questions, three times each",
    ),
    (
        "the_questions_end_in_many_ways",
        "counts what the generated questions end in",
    ),
    (
        "a_hundred_thousand_forgeries_and_none_holds",
        "as many forged tokens",
    ),
    (
        "nothing_is_lost_uncounted_and_what_decided_stays",
        "records of the largest decisions, shortened",
    ),
];

/// For libtest: leave these out.
pub(super) fn arguments() -> Vec<&'static str> {
    let skips = LEFT_OUT.iter().flat_map(|(word, _)| ["--skip", word]);
    ["--"].into_iter().chain(skips).collect()
}

/// What is not run: the other ones of all steps, and the tests, a line each.
pub(super) fn left_out(all: impl Iterator<Item = &'static str>) -> String {
    let steps: Vec<&str> = all.filter(|step| !STEPS.contains(step)).collect();
    let tests = LEFT_OUT
        .iter()
        .map(|(word, why)| format!("left out: the test {word} ({why})\n"));
    std::iter::once(format!("left out: the steps {}\n", steps.join(", ")))
        .chain(tests)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    fn names(folder: &Path, word: &str) -> bool {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .any(|path| {
                if path.is_dir() {
                    return names(&path, word);
                }
                let module = word
                    .strip_suffix("::")
                    .is_some_and(|module| path.file_stem().is_some_and(|stem| stem == module));
                let source = path.extension().is_some_and(|extension| extension == "rs");
                module
                    || source
                        && fs::read_to_string(&path)
                            .unwrap()
                            .contains(&format!("fn {word}("))
            })
    }

    /// A row that names no test would say that something is left out which is not there.
    #[test]
    fn what_is_left_out_is_there() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
        for (word, _) in LEFT_OUT {
            assert!(names(&crates, word), "no test's name has `{word}`");
        }
    }
}
