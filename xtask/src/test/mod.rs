//! `cargo xtask test`: the steps of CI in their order, each with its duration, stopping at the first failure.
//!
//! A test that reads optional data and does not find it prints a line `SKIPPED: what (why)` and appends the same line to the
//! file that `PODPASS_SKIPPED` names, when that is set: libtest swallows what a passing test prints, and a skipped test that
//! nobody hears of counts as passed. One line a test. They are said again at the end, and taken off the number that passed.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use cargo_metadata::{Metadata, MetadataCommand};

use crate::tools::{Site, echo, run as done, said};
use crate::{bench, fuzz, sdks, walls};

const SKIPPED: &str = "PODPASS_SKIPPED";

/// Ours, and those that keep what they need out of our tree.
const WORKSPACES: [&str; 4] = ["Cargo.toml", "fuzz/Cargo.toml", bench::MANIFEST, "conformance/sdk/rust/Cargo.toml"];

/// One step: its name for `--only`, what it runs, and how.
pub(crate) struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(&Bench) -> Result<Counts, String>,
}

const STEPS: [Step; 10] = [
    Step { name: "fmt", what: "cargo fmt --all --check, in each workspace", run: fmt },
    Step { name: "walls", what: "cargo xtask walls", run: walls },
    Step { name: "clippy", what: "cargo clippy --workspace --all-targets -- -D warnings", run: clippy },
    Step { name: "deny", what: "cargo deny check bans licenses sources", run: deny },
    Step { name: "test", what: "cargo test --workspace", run: cargo_test },
    Step { name: "fuzz", what: "cargo xtask fuzz", run: fuzzed },
    Step { name: "benches", what: "cargo check of what `cargo xtask bench` runs", run: benches },
    Step { name: "conformance", what: "conformance/{run,readme}.py: real clients, and what README.md shows", run: conformance },
    Step { name: "sdks", what: "conformance/sdks.py: the Go, Java, JavaScript and Rust SDKs as pods", run: sdks },
    Step { name: "terraform", what: "conformance/terraform.py: the real Terraform, where it is installed", run: terraform },
];

/// What every step may use.
struct Bench {
    site: Site,
    metadata: Metadata,
    skipped: PathBuf,
}

#[derive(Clone, Copy)]
enum Outcome {
    Passed(Duration),
    Failed(Duration),
    NotRun,
}

/// What a step ran: tests as libtest counts them, and fuzz targets, which are no tests.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: usize,
    failed: usize,
    ignored: usize,
    fuzzed: usize,
}

pub(crate) fn all() -> Vec<&'static Step> {
    STEPS.iter().collect()
}

/// The steps of `--only fmt,walls`, in the order of CI whatever the order asked for.
pub(crate) fn named(names: &str) -> Result<Vec<&'static Step>, String> {
    let asked: BTreeSet<&str> = names.split(',').map(str::trim).collect();
    if let Some(unknown) = asked.iter().find(|name| STEPS.iter().all(|step| step.name != **name)) {
        let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(format!("`{unknown}` is no step; the steps are {}", known.join(", ")));
    }
    Ok(STEPS.iter().filter(|step| asked.contains(step.name)).collect())
}

pub(crate) fn list() -> ExitCode {
    for step in &STEPS {
        println!("{:<12} {}", step.name, step.what);
    }
    ExitCode::SUCCESS
}

pub(crate) fn run(steps: &[&Step]) -> ExitCode {
    let bench = match Bench::set() {
        Ok(bench) => bench,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut rows = Vec::new();
    let mut counts = Counts::default();
    let mut failed = false;
    for step in steps {
        if failed {
            rows.push((step.name, Outcome::NotRun));
            continue;
        }
        let start = Instant::now();
        let result = (step.run)(&bench);
        let took = start.elapsed();
        let outcome = match result {
            Ok(ran) => {
                counts.add(&ran);
                Outcome::Passed(took)
            }
            Err(error) => {
                eprintln!("{error}");
                failed = true;
                Outcome::Failed(took)
            }
        };
        println!("{}", row(step.name, outcome));
        rows.push((step.name, outcome));
    }
    let skipped = match heard(&bench.skipped) {
        Ok(lines) => lines,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    print!("{}", summary(&rows, &counts, &skipped));
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

impl Bench {
    fn set() -> Result<Self, String> {
        let metadata = MetadataCommand::new().exec().map_err(|error| error.to_string())?;
        let site = Site::of(&metadata);
        let skipped = site.target.join("skipped.txt");
        match fs::remove_file(&skipped) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(format!("cannot remove {}: {error}", skipped.display())),
            Ok(()) | Err(_) => Ok(Self { site, metadata, skipped }),
        }
    }
}

fn fmt(bench: &Bench) -> Result<Counts, String> {
    for workspace in WORKSPACES {
        done(&mut bench.site.cargo(&["fmt", "--all", "--check", "--manifest-path", workspace]))?;
    }
    Ok(Counts::default())
}

fn walls(bench: &Bench) -> Result<Counts, String> {
    let breaches = walls::breaches(&bench.metadata)?;
    if breaches.is_empty() { Ok(Counts::default()) } else { Err(breaches.join("\n")) }
}

fn clippy(bench: &Bench) -> Result<Counts, String> {
    done(&mut bench.site.cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    Ok(Counts::default())
}

fn deny(bench: &Bench) -> Result<Counts, String> {
    let cargo_deny = bench.site.cargo_deny()?;
    done(&mut bench.site.command(cargo_deny, &["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))?;
    Ok(Counts::default())
}

fn cargo_test(bench: &Bench) -> Result<Counts, String> {
    let mut command = bench.site.cargo(&["test", "--workspace"]);
    command.env(SKIPPED, &bench.skipped).stdout(Stdio::piped());
    let text = echo(&command);
    let mut child = command.spawn().map_err(|error| format!("cannot run `{text}`: {error}"))?;
    let mut counts = Counts::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.map_err(|error| format!("cannot read what `{text}` says: {error}"))?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            counts.add(&Counts::read(&line));
        }
    }
    let status = child.wait().map_err(|error| format!("cannot wait for `{text}`: {error}"))?;
    if !status.success() {
        return Err(format!("`{text}` failed: {status} ({} passed, {} failed)", counts.passed, counts.failed));
    }
    counts.passed = counts.passed.saturating_sub(heard(&bench.skipped)?.len());
    if counts.passed == 0 {
        return Err(format!("`{text}` ran no test"));
    }
    Ok(counts)
}

fn fuzzed(bench: &Bench) -> Result<Counts, String> {
    let fuzzed = fuzz::step(&bench.site, &fuzz::Ask::default())?;
    Ok(Counts { fuzzed, ..Counts::default() })
}

/// They must build; taking times is for a quiet machine.
fn benches(bench: &Bench) -> Result<Counts, String> {
    done(&mut bench::cargo(&bench.site, &["check", "--all-targets"]))?;
    Ok(Counts::default())
}

fn conformance(bench: &Bench) -> Result<Counts, String> {
    done(bench.site.conformance("run.py")?.env(SKIPPED, &bench.skipped))?;
    done(&mut bench.site.conformance("readme.py")?)?;
    Ok(Counts::default())
}

fn sdks(bench: &Bench) -> Result<Counts, String> {
    sdks::step(&bench.site, &bench.skipped)?;
    Ok(Counts::default())
}

/// Neither Terraform nor AWS's provider can be had from a registry of packages: a machine has them or not.
fn terraform(bench: &Bench) -> Result<Counts, String> {
    let plugins = std::env::var_os("PODPASS_TERRAFORM_PLUGINS").map_or_else(|| PathBuf::from("/opt/tf-plugins"), PathBuf::from);
    let missing = if said(Path::new("terraform"), &["version"]).is_none() {
        Some("it is not installed".to_owned())
    } else if !plugins.is_dir() {
        Some(format!("no plugins in {}; PODPASS_TERRAFORM_PLUGINS names their folder", plugins.display()))
    } else {
        None
    };
    if let Some(why) = missing {
        skip(&bench.skipped, &format!("SKIPPED: terraform ({why})"))?;
        return Ok(Counts::default());
    }
    done(bench.site.conformance("terraform.py")?.arg(plugins))?;
    Ok(Counts::default())
}

/// Says that something was not tested, here and at the end.
pub(crate) fn skip(file: &Path, line: &str) -> Result<(), String> {
    println!("{line}");
    let written = fs::OpenOptions::new().create(true).append(true).open(file).and_then(|mut file| writeln!(file, "{line}"));
    written.map_err(|error| format!("cannot write {}: {error}", file.display()))
}

impl Counts {
    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; ...`; any other line counts nothing.
    fn read(line: &str) -> Self {
        let mut counts = Self::default();
        let Some((_, tail)) = line.split_once("test result: ").and_then(|(_, tail)| tail.split_once(". ")) else {
            return counts;
        };
        for part in tail.split(';') {
            let mut words = part.split_whitespace();
            let (Some(Ok(number)), Some(word)) = (words.next().map(str::parse::<usize>), words.next()) else { continue };
            match word {
                "passed" => counts.passed = number,
                "failed" => counts.failed = number,
                "ignored" => counts.ignored = number,
                _ => {}
            }
        }
        counts
    }

    fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
        self.fuzzed += other.fuzzed;
    }
}

/// What the tests wrote into the file of skips: each line once.
fn heard(file: &Path) -> Result<BTreeSet<String>, String> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(format!("cannot read {}: {error}", file.display())),
    }
}

fn row(name: &str, outcome: Outcome) -> String {
    match outcome {
        Outcome::Passed(took) => format!("{name:<12} passed  {:>7.1} s", took.as_secs_f64()),
        Outcome::Failed(took) => format!("{name:<12} FAILED  {:>7.1} s", took.as_secs_f64()),
        Outcome::NotRun => format!("{name:<12} not run"),
    }
}

fn summary(rows: &[(&str, Outcome)], counts: &Counts, skipped: &BTreeSet<String>) -> String {
    let mut text = String::from("\n");
    let (mut passed, mut failed, mut not_run) = (0, 0, 0);
    for (name, outcome) in rows {
        text += &row(name, *outcome);
        text += "\n";
        match outcome {
            Outcome::Passed(_) => passed += 1,
            Outcome::Failed(_) => failed += 1,
            Outcome::NotRun => not_run += 1,
        }
    }
    for line in skipped {
        text += &format!("{line}\n");
    }
    if counts.passed > 0 {
        text += &format!(
            "tests: {} passed, {} failed, {} skipped, {} ignored\n",
            counts.passed,
            counts.failed,
            skipped.len(),
            counts.ignored
        );
    }
    if counts.fuzzed > 0 {
        text += &format!("fuzz targets: {} ran, none crashed\n", counts.fuzzed);
    }
    text += &format!("steps: {passed} passed, {failed} failed, {not_run} not run\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libtest_lines_are_counted_and_others_are_not() {
        let rows = [
            ("test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.01s", (12, 0, 3)),
            ("test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.01s", (5, 2, 0)),
            ("test the_result ... ok", (0, 0, 0)),
            ("running 12 tests", (0, 0, 0)),
        ];
        for (line, (passed, failed, ignored)) in rows {
            assert_eq!(Counts::read(line), Counts { passed, failed, ignored, fuzzed: 0 }, "{line}");
        }
    }

    #[test]
    fn steps_run_in_the_order_of_ci_and_unknown_ones_are_named() {
        let names = |steps: Vec<&Step>| steps.iter().map(|step| step.name).collect::<Vec<_>>();
        assert_eq!(names(named("test,fmt").unwrap_or_default()), ["fmt", "test"]);
        assert!(named("fmt,tests").is_err_and(|error| error.contains("`tests` is no step")));
        assert!(named("").is_err());
    }

    #[test]
    fn a_skipped_test_is_said_aloud_at_the_end() {
        let rows = [("fmt", Outcome::Passed(Duration::from_millis(1200))), ("test", Outcome::Passed(Duration::from_secs(61)))];
        let skipped = BTreeSet::from(["SKIPPED: wycheproof vectors (no shared data)".to_owned()]);
        let text = summary(&rows, &Counts { passed: 10, failed: 0, ignored: 0, fuzzed: 3 }, &skipped);
        assert_eq!(
            text,
            "\nfmt          passed      1.2 s\ntest         passed     61.0 s\nSKIPPED: wycheproof vectors (no shared data)\n\
             tests: 10 passed, 0 failed, 1 skipped, 0 ignored\nfuzz targets: 3 ran, none crashed\n\
             steps: 2 passed, 0 failed, 0 not run\n"
        );
    }

    #[test]
    fn steps_after_a_failure_are_reported_as_not_run() {
        let rows = [("fmt", Outcome::Failed(Duration::ZERO)), ("walls", Outcome::NotRun)];
        let text = summary(&rows, &Counts::default(), &BTreeSet::new());
        assert!(text.ends_with("steps: 0 passed, 1 failed, 1 not run\n"), "{text}");
    }
}
