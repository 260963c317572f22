//! `cargo xtask bench`: our engines and their peers over the same cases, and a table of what they
//! cost in ratios.
//!
//! No step of CI: a ratio is worth something on a quiet machine only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use cargo_metadata::MetadataCommand;
use serde_json::Value;

use crate::tools::Site;

pub(crate) const MANIFEST: &str = "benches/policy/Cargo.toml";
/// The first of these that was measured is what the others are compared with; they are ours.
const MEASURES: [&str; 2] = ["compiled", "interpreter"];

/// Nanoseconds by case, then by engine.
type Estimates = BTreeMap<String, BTreeMap<String, f64>>;

/// `filter` is criterion's: only what has it in its name.
pub(crate) fn run(filter: Option<&str>) -> ExitCode {
    match table(filter) {
        Ok(table) => {
            println!("{table}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Cargo in the workspace of the benchmarks, with its products apart from ours.
pub(crate) fn cargo(site: &Site, words: &[&str]) -> Command {
    let mut command = site.cargo(words);
    command
        .args(["--locked", "--manifest-path", MANIFEST, "--target-dir"])
        .arg(site.target.join("bench/build"));
    command
}

fn table(filter: Option<&str>) -> Result<String, String> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .map_err(|error| error.to_string())?;
    let site = Site::of(&metadata);
    let place = site.target.join("bench");
    let (estimates, skipped) = (place.join("estimates"), place.join("skipped.txt"));
    // What an earlier run left would be beside what this one skips.
    match fs::remove_dir_all(&estimates) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(format!("cannot remove {}: {error}", estimates.display()));
        }
        Ok(()) | Err(_) => {}
    }
    fs::create_dir_all(&estimates)
        .map_err(|error| format!("cannot make {}: {error}", estimates.display()))?;
    let mut bench = cargo(&site, &["bench"]);
    site.run(
        bench
            .arg("--")
            .args(filter)
            .env("CRITERION_HOME", &estimates)
            .env("PODPASS_BENCH_SKIPPED", &skipped),
    )?;
    let found = read(&estimates)?;
    let skipped = fs::read_to_string(&skipped)
        .map_err(|error| format!("cannot read {}: {error}", skipped.display()))?;
    Ok(format!(
        "\n{}{}",
        rows(&found),
        skipped
            .lines()
            .map(|line| format!("not measured: {line}\n"))
            .collect::<String>()
    ))
}

/// Criterion keeps `CASE/ENGINE/new/`, with the names as they were given in one file and the
/// figures in another.
fn read(estimates: &Path) -> Result<Estimates, String> {
    let mut found = Estimates::new();
    for case in folders(estimates)? {
        for engine in folders(&case)? {
            let (names, figures) = (
                json(&engine.join("new/benchmark.json"))?,
                json(&engine.join("new/estimates.json"))?,
            );
            let name = |field: &str| names.get(field).and_then(Value::as_str).map(str::to_owned);
            let median = figures
                .pointer("/median/point_estimate")
                .and_then(Value::as_f64);
            let (Some(case), Some(engine), Some(median)) =
                (name("group_id"), name("function_id"), median)
            else {
                return Err(format!(
                    "{} is not what criterion 0.8 writes",
                    engine.display()
                ));
            };
            found.entry(case).or_default().insert(engine, median);
        }
    }
    Ok(found)
}

fn rows(found: &Estimates) -> String {
    let engines: BTreeSet<&str> = found
        .values()
        .flat_map(BTreeMap::keys)
        .map(String::as_str)
        .collect();
    let Some(measure) = MEASURES
        .into_iter()
        .find(|measure| engines.contains(measure))
    else {
        return "nothing measured\n".to_owned();
    };
    let ours = MEASURES
        .into_iter()
        .filter(|engine| *engine != measure && engines.contains(engine));
    let others: Vec<&str> = ours
        .chain(
            engines
                .iter()
                .copied()
                .filter(|engine| !MEASURES.contains(engine)),
        )
        .collect();
    let mut text = format!("{:<34}{measure:>14}", "median time, then times as long");
    text.extend(others.iter().map(|engine| format!("{engine:>13}")));
    text += "\n";
    for (case, times) in found {
        let Some(own) = times.get(measure) else {
            continue;
        };
        text += &format!("{case:<34}{:>14}", duration(*own));
        text.extend(others.iter().map(|engine| match times.get(*engine) {
            Some(time) => format!("{:>13}", ratio(time / own)),
            None => format!("{:>13}", "-"),
        }));
        text += "\n";
    }
    text
}

fn duration(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{:.2} us", ns / 1e3),
        ns => format!("{:.2} ms", ns / 1e6),
    }
}

fn ratio(times: f64) -> String {
    if times < 10.0 {
        format!("{times:.2}")
    } else {
        format!("{times:.0}")
    }
}

fn folders(folder: &Path) -> Result<BTreeSet<PathBuf>, String> {
    let failed = |error: std::io::Error| format!("cannot list {}: {error}", folder.display());
    let entries = fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()).map_err(failed));
    let all: BTreeSet<_> = entries.collect::<Result<_, _>>()?;
    // `report` is criterion's own.
    Ok(all
        .into_iter()
        .filter(|path| path.is_dir() && !path.ends_with("report"))
        .collect())
}

fn json(file: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(file)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("cannot read {}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_our_time_and_the_ratios_of_the_others() {
        let times = |times: &[(&str, f64)]| {
            times
                .iter()
                .map(|(engine, time)| ((*engine).to_owned(), *time))
                .collect()
        };
        let mut found = Estimates::from([
            (
                "1 small".to_owned(),
                times(&[("aspen", 2500.0), ("cedar", 250.0), ("interpreter", 125.0)]),
            ),
            (
                "2 large".to_owned(),
                times(&[("cedar", 3000.0), ("interpreter", 1500.0)]),
            ),
        ]);
        let head = "median time, then times as long   ";
        assert_eq!(
            rows(&found),
            format!(
                "{head}   interpreter        aspen        cedar\n{:<34}        125 ns           20         2.00\n\
                 {:<34}       1.50 us            -         2.00\n",
                "1 small", "2 large"
            )
        );
        found
            .entry("1 small".to_owned())
            .or_default()
            .insert("compiled".to_owned(), 25.0);
        assert!(
            rows(&found).starts_with(&format!("{head}      compiled  interpreter")),
            "{}",
            rows(&found)
        );
        assert_eq!(rows(&Estimates::new()), "nothing measured\n");
    }
}
