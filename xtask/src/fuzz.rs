//! `cargo xtask fuzz`: every target of `fuzz/` for some seconds, from its committed seeds and from
//! what earlier runs found.
//!
//! Corpus, artifacts and builds are kept below the target directory. A target that crashes does not
//! keep the others from running.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use cargo_metadata::MetadataCommand;

use crate::tools::Site;

/// What all targets share where nobody says how long: five minutes, however many there are.
const SHARED: u32 = 300;
/// What one takes of it: at least enough to go through its seeds, at most what a run that nobody
/// waits for needs.
const SHARE: std::ops::RangeInclusive<u32> = 5..=30;

/// What to fuzz, and for how long.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Each target's; its share without them.
    seconds: Option<u32>,
    /// All targets without one.
    target: Option<String>,
}

fn share(targets: usize) -> u32 {
    let targets = u32::try_from(targets).unwrap_or(u32::MAX).max(1);
    (SHARED / targets).clamp(*SHARE.start(), *SHARE.end())
}

impl Ask {
    /// `[--seconds N] [TARGET]`
    pub(crate) fn read(words: &[&str]) -> Result<Self, String> {
        let mut ask = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--seconds" => {
                    let number = words.next().copied().unwrap_or_default();
                    // libFuzzer takes 0 for "without end".
                    let number = number.parse().ok().filter(|seconds| *seconds > 0);
                    ask.seconds = Some(number.ok_or("`--seconds` takes a number from 1")?);
                }
                target if ask.target.is_none() && !target.starts_with('-') => {
                    ask.target = Some(target.to_owned())
                }
                other => return Err(format!("`{other}` is not what `cargo xtask fuzz` takes")),
            }
        }
        Ok(ask)
    }
}

pub(crate) fn run(ask: &Ask) -> ExitCode {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .map_err(|error| error.to_string());
    match metadata.and_then(|metadata| step(&Site::of(&metadata), ask)) {
        Ok(targets) => {
            println!("fuzz targets: {targets} ran, none crashed");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the targets one after the other and counts them.
pub(crate) fn step(site: &Site, ask: &Ask) -> Result<usize, String> {
    let targets = targets(site, ask.target.as_deref())?;
    // cargo-fuzz cannot be told to leave the lockfile as it is, so it is asked before.
    let locked = MetadataCommand::new()
        .manifest_path(site.root.join("fuzz/Cargo.toml"))
        .other_options(vec!["--locked".to_owned()])
        .exec();
    locked.map_err(|error| format!("fuzz/Cargo.lock does not fit: {error}"))?;
    let cargo_fuzz = site.cargo_fuzz()?;
    let seconds = ask.seconds.unwrap_or_else(|| share(targets.len()));
    let failures: Vec<String> = targets
        .iter()
        .filter_map(|target| fuzz(site, &cargo_fuzz, target, seconds).err())
        .collect();
    if failures.is_empty() {
        Ok(targets.len())
    } else {
        Err(failures.join("\n"))
    }
}

/// Every file of `fuzz_targets/` has a folder of seeds: a target that starts from nothing finds
/// nothing in half a minute.
fn targets(site: &Site, only: Option<&str>) -> Result<Vec<String>, String> {
    let files = listed(&site.root.join("fuzz/fuzz_targets"))?;
    let names: Vec<String> = files
        .iter()
        .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
        .collect();
    if let Some(bare) = names
        .iter()
        .find(|name| !site.root.join("fuzz/seeds").join(name).is_dir())
    {
        return Err(format!(
            "the fuzz target `{bare}` has no seeds in fuzz/seeds/{bare}"
        ));
    }
    match only {
        None => Ok(names),
        Some(only) if names.iter().any(|name| name == only) => Ok(vec![only.to_owned()]),
        Some(only) => Err(format!(
            "`{only}` is no fuzz target; the targets are {}",
            names.join(", ")
        )),
    }
}

fn fuzz(site: &Site, cargo_fuzz: &Path, target: &str, seconds: u32) -> Result<(), String> {
    let place = site.target.join("fuzz");
    let (corpus, artifacts) = (
        place.join("corpus").join(target),
        place.join("artifacts").join(target),
    );
    for folder in [&corpus, &artifacts] {
        fs::create_dir_all(folder)
            .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    }
    let known = listed(&artifacts)?;
    // cargo-fuzz's flags for coverage are unstable ones; the pinned compiler has them, behind this
    // variable.
    let cargo_fuzz = |words: &[&str]| {
        let mut command = site.command(
            cargo_fuzz,
            &[
                "fuzz",
                "run",
                "--fuzz-dir",
                "fuzz",
                "--sanitizer",
                "none",
                "--target-dir",
            ],
        );
        command
            .env("RUSTC_BOOTSTRAP", "1")
            .arg(place.join("build"))
            .arg(target)
            .args(words);
        command
    };
    let mut command = cargo_fuzz(&[]);
    command
        .arg(&corpus)
        .arg(format!("fuzz/seeds/{target}"))
        .arg("--")
        .arg(format!("-max_total_time={seconds}"));
    // The last word on where artifacts go is ours: cargo-fuzz would put them beside the sources. A
    // slash makes it a folder.
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.args([
        "-timeout=10",
        "-rss_limit_mb=4096",
        "-dict=fuzz/policy.dict",
        "-verbosity=0",
        "-print_final_stats=1",
    ]);
    site.run(&mut command).map_err(|error| {
        let new: Vec<PathBuf> = listed(&artifacts).unwrap_or_default().difference(&known).cloned().collect();
        let Some(artifact) = new.first() else { return format!("the fuzz target `{target}` did not run: {error}") };
        let artifact = artifact.display().to_string();
        format!(
            "the fuzz target `{target}` failed; its input is {artifact}\n  again: {}\n  when it is mended, the input goes to fuzz/seeds/{target}/",
            typed(&cargo_fuzz(&[&artifact]))
        )
    })
}

/// A command with its environment, as a person would type it in the root of the clone.
fn typed(command: &Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| {
        Some(format!(
            "{}={}",
            name.to_string_lossy(),
            value?.to_string_lossy()
        ))
    });
    let words = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned());
    variables.chain(words).collect::<Vec<_>>().join(" ")
}

fn listed(folder: &Path) -> Result<BTreeSet<PathBuf>, String> {
    let failed = |error: std::io::Error| format!("cannot list {}: {error}", folder.display());
    fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()).map_err(failed))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read() {
        let ask = |seconds, target: Option<&str>| Ask {
            seconds,
            target: target.map(str::to_owned),
        };
        for (words, expected) in [
            (&[][..], ask(None, None)),
            (&["policy_glob"], ask(None, Some("policy_glob"))),
            (&["--seconds", "5"], ask(Some(5), None)),
            (
                &["policy_glob", "--seconds", "5"],
                ask(Some(5), Some("policy_glob")),
            ),
        ] {
            assert_eq!(Ask::read(words).unwrap(), expected, "{words:?}");
        }
        for words in [
            &["--seconds"][..],
            &["--seconds", "0"],
            &["--seconds", "x"],
            &["a", "b"],
            &["--fast"],
        ] {
            assert!(Ask::read(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn targets_share_five_minutes() {
        for (targets, seconds) in [(1, 30), (10, 30), (12, 25), (60, 5), (200, 5)] {
            assert_eq!(share(targets), seconds, "{targets}");
        }
    }
}
