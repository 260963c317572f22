//! What is told when the steps have ended: a row each, what was skipped or left out, the counts and
//! the time.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

#[derive(Debug)]
pub(super) enum Outcome {
    Passed(Duration, Counts),
    Failed(Duration),
    NotRun,
}

/// What a step ran: tests as libtest counts them, and fuzz targets, which are no tests.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) ignored: usize,
    pub(super) left_out: usize,
    pub(super) fuzzed: usize,
}

/// All of it.
pub(super) struct Report {
    pub(super) rows: Vec<(&'static str, Outcome)>,
    pub(super) skipped: BTreeSet<String>,
    pub(super) left_out: String,
    pub(super) took: Duration,
    /// What the steps may take together, where there is a word on that.
    pub(super) budget: Option<Duration>,
}

impl Counts {
    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; ...`; any other line counts nothing.
    pub(super) fn read(line: &str) -> Self {
        let mut counts = Self::default();
        let Some((_, tail)) = line
            .split_once("test result: ")
            .and_then(|(_, tail)| tail.split_once(". "))
        else {
            return counts;
        };
        for part in tail.split(';') {
            let mut words = part.split_whitespace();
            let (Some(Ok(number)), Some(word)) =
                (words.next().map(str::parse::<usize>), words.next())
            else {
                continue;
            };
            match word {
                "passed" => counts.passed = number,
                "failed" => counts.failed = number,
                "ignored" => counts.ignored = number,
                "filtered" => counts.left_out = number,
                _ => {}
            }
        }
        counts
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
        self.left_out += other.left_out;
        self.fuzzed += other.fuzzed;
    }
}

impl Report {
    pub(super) fn failed(&self) -> bool {
        self.rows
            .iter()
            .any(|(_, outcome)| matches!(outcome, Outcome::Failed(_)))
    }
}

pub(super) fn row(name: &str, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Passed(took, _) => format!("{name:<12} passed  {:>7.1} s", took.as_secs_f64()),
        Outcome::Failed(took) => format!("{name:<12} FAILED  {:>7.1} s", took.as_secs_f64()),
        Outcome::NotRun => format!("{name:<12} not run"),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        let (mut passed, mut failed, mut not_run) = (0, 0, 0);
        let mut counts = Counts::default();
        for (name, outcome) in &self.rows {
            writeln!(f, "{}", row(name, outcome))?;
            match outcome {
                Outcome::Passed(_, ran) => {
                    passed += 1;
                    counts.add(ran);
                }
                Outcome::Failed(_) => failed += 1,
                Outcome::NotRun => not_run += 1,
            }
        }
        for line in &self.skipped {
            writeln!(f, "{line}")?;
        }
        write!(f, "{}", self.left_out)?;
        if counts.passed > 0 {
            let Counts {
                passed,
                failed,
                ignored,
                left_out,
                ..
            } = counts;
            let skipped = self.skipped.len();
            write!(
                f,
                "tests: {passed} passed, {failed} failed, {skipped} skipped, {ignored} ignored"
            )?;
            if left_out > 0 {
                write!(f, ", {left_out} left out")?;
            }
            writeln!(f)?;
        }
        if counts.fuzzed > 0 {
            writeln!(f, "fuzz targets: {} ran, none crashed", counts.fuzzed)?;
        }
        writeln!(
            f,
            "steps: {passed} passed, {failed} failed, {not_run} not run"
        )?;
        let took = self.took.as_secs_f64();
        match self.budget.map(|budget| (budget, budget.as_secs())) {
            None => writeln!(f, "time: {took:.1} s"),
            Some((budget, most)) if self.took <= budget => {
                writeln!(f, "time: {took:.1} s, within the budget of {most} s")
            }
            Some((_, most)) => writeln!(
                f,
                "time: {took:.1} s, OVER THE BUDGET of {most} s for what was built before"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(milliseconds: u64, counts: Counts) -> Outcome {
        Outcome::Passed(Duration::from_millis(milliseconds), counts)
    }

    fn report(rows: Vec<(&'static str, Outcome)>, took: u64, budget: Option<u64>) -> Report {
        let (skipped, left_out) = (BTreeSet::new(), String::new());
        Report {
            rows,
            skipped,
            left_out,
            took: Duration::from_secs(took),
            budget: budget.map(Duration::from_secs),
        }
    }

    #[test]
    fn libtest_lines_are_counted_and_others_are_not() {
        let rows = [
            (
                "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.01s",
                (12, 0, 3, 0),
            ),
            (
                "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.01s",
                (5, 2, 0, 1),
            ),
            ("test the_result ... ok", (0, 0, 0, 0)),
            ("running 12 tests", (0, 0, 0, 0)),
        ];
        for (line, (passed, failed, ignored, left_out)) in rows {
            assert_eq!(
                Counts::read(line),
                Counts {
                    passed,
                    failed,
                    ignored,
                    left_out,
                    fuzzed: 0
                },
                "{line}"
            );
        }
    }

    #[test]
    fn a_skipped_test_is_reported_at_the_end() {
        let tests = Counts {
            passed: 10,
            left_out: 2,
            ..Counts::default()
        };
        let fuzzed = Counts {
            fuzzed: 3,
            ..Counts::default()
        };
        let mut report = report(
            vec![
                ("fmt", passed(1_200, Counts::default())),
                ("test", passed(61_000, tests)),
                ("fuzz", passed(0, fuzzed)),
            ],
            62,
            None,
        );
        report.skipped =
            BTreeSet::from(["SKIPPED: wycheproof vectors (no shared data)".to_owned()]);
        report.left_out = "left out: crash:: (it takes long)\n".to_owned();
        assert_eq!(
            report.to_string(),
            "\nfmt          passed      1.2 s\ntest         passed     61.0 s\nfuzz         passed      0.0 s\n\
             SKIPPED: wycheproof vectors (no shared data)\nleft out: crash:: (it takes long)\n\
             tests: 10 passed, 0 failed, 1 skipped, 0 ignored, 2 left out\nfuzz targets: 3 ran, none crashed\n\
             steps: 3 passed, 0 failed, 0 not run\ntime: 62.0 s\n"
        );
    }

    #[test]
    fn steps_after_a_failure_are_reported_as_not_run() {
        let report = report(
            vec![
                ("fmt", Outcome::Failed(Duration::ZERO)),
                ("walls", Outcome::NotRun),
            ],
            1,
            None,
        );
        assert!(
            report.failed()
                && report
                    .to_string()
                    .contains("steps: 0 passed, 1 failed, 1 not run\n"),
            "{report}"
        );
    }

    #[test]
    fn over_the_budget_is_told_and_is_no_failure() {
        let within = report(vec![("fmt", passed(1, Counts::default()))], 60, Some(60));
        let over = report(vec![("fmt", passed(1, Counts::default()))], 61, Some(60));
        assert!(
            within
                .to_string()
                .ends_with("time: 60.0 s, within the budget of 60 s\n"),
            "{within}"
        );
        assert!(
            over.to_string()
                .contains("time: 61.0 s, OVER THE BUDGET of 60 s")
                && !over.failed(),
            "{over}"
        );
    }
}
