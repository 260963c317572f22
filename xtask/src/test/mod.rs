//! `cargo xtask test`: the steps of CI, two beside each other where they can be, each with its
//! duration; none begins after one that failed.

mod budget;
mod quick;
mod schedule;
mod step;
mod steps;
mod summary;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use cargo_metadata::MetadataCommand;

use crate::skips;
use crate::tools::Site;
use budget::{BUDGET, QUICK_BUDGET};
use step::{Bench, Step};
use steps::STEPS;
use summary::{Outcome, Report};

/// Steps that run beside each other. Half of them wait for a linker, a client or a timer half of
/// the time, but each can use two cores: more at once would make none of them end sooner.
const BESIDE: usize = 2;

/// What to run.
pub(crate) struct Plan {
    steps: Vec<&'static Step>,
    budget: Option<Duration>,
    quick: bool,
}

impl Plan {
    /// `[--quick | --only STEP[,STEP] [STEP ...]]`
    pub(crate) fn read(words: &[&str]) -> Result<Self, String> {
        match words {
            [] => Ok(Self {
                steps: STEPS.iter().collect(),
                budget: Some(BUDGET),
                quick: false,
            }),
            ["--quick"] => Ok(Self {
                steps: named(&quick::STEPS)?,
                budget: Some(QUICK_BUDGET),
                quick: true,
            }),
            ["--only", names @ ..] if !names.is_empty() => {
                let names: Vec<&str> = names
                    .iter()
                    .flat_map(|names| names.split(','))
                    .map(str::trim)
                    .collect();
                Ok(Self {
                    steps: named(&names)?,
                    budget: None,
                    quick: false,
                })
            }
            other => Err(format!(
                "`{}` is not what `cargo xtask test` takes",
                other.join(" ")
            )),
        }
    }
}

/// These steps, in the order of CI whatever the order asked for.
fn named(names: &[&str]) -> Result<Vec<&'static Step>, String> {
    if let Some(unknown) = names
        .iter()
        .find(|name| STEPS.iter().all(|step| step.name != **name))
    {
        let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(format!(
            "`{unknown}` is no step; the steps are {}",
            known.join(", ")
        ));
    }
    Ok(STEPS
        .iter()
        .filter(|step| names.contains(&step.name))
        .collect())
}

pub(crate) fn list() -> ExitCode {
    for step in &STEPS {
        let quick = if quick::STEPS.contains(&step.name) {
            "quick"
        } else {
            ""
        };
        println!("{:<12} {quick:<6} {}", step.name, step.what);
    }
    print!(
        "\nof `--quick`:\n{}",
        quick::left_out(STEPS.iter().map(|step| step.name))
    );
    ExitCode::SUCCESS
}

pub(crate) fn run(plan: &Plan) -> ExitCode {
    match report(plan) {
        Ok(report) => {
            print!("{report}");
            if report.failed() {
                ExitCode::FAILURE
            } else {
                ExitCode::SUCCESS
            }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn report(plan: &Plan) -> Result<Report, String> {
    let begin = Instant::now();
    let metadata = MetadataCommand::new()
        .exec()
        .map_err(|error| error.to_string())?;
    let site = Site::of(&metadata);
    let skips = site.target.join("skipped");
    match fs::remove_dir_all(&skips) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(format!("cannot remove {}: {error}", skips.display()));
        }
        Ok(()) | Err(_) => fs::create_dir_all(&skips)
            .map_err(|error| format!("cannot make {}: {error}", skips.display()))?,
    }
    let beside = available_parallelism().map_or(1, usize::from).min(BESIDE);
    let alone = beside == 1 || plan.steps.len() == 1;
    let file = |step: &Step| skips.join(step.name);
    let outcomes = schedule::run(&plan.steps, beside, |step| {
        let site = if alone {
            site.clone()
        } else {
            site.named(step.name)
        };
        let bench = Bench {
            site,
            metadata: metadata.clone(),
            skipped: file(step),
            quick: plan.quick,
        };
        let start = Instant::now();
        let result = (step.run)(&bench);
        let took = start.elapsed();
        let outcome = match result {
            Ok(counts) => Outcome::Passed(took, counts),
            Err(error) => {
                error.lines().for_each(|line| bench.site.say(line));
                Outcome::Failed(took)
            }
        };
        println!("{}", summary::row(step.name, &outcome));
        outcome
    });
    let mut skipped = BTreeSet::new();
    for step in &plan.steps {
        skipped.extend(skips::read(&file(step))?);
    }
    let rows = plan
        .steps
        .iter()
        .map(|step| step.name)
        .zip(outcomes)
        .collect();
    let left_out = if plan.quick {
        quick::left_out(STEPS.iter().map(|step| step.name))
    } else {
        String::new()
    };
    Ok(Report {
        rows,
        skipped,
        left_out,
        took: begin.elapsed(),
        budget: plan.budget,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_run_in_the_order_of_ci_and_unknown_ones_are_named() {
        let names = |words: &[&str]| {
            Plan::read(words)
                .unwrap()
                .steps
                .iter()
                .map(|step| step.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&["--only", "test,fmt"]), ["fmt", "test"]);
        assert_eq!(
            names(&["--only", "test", "deny,fmt"]),
            ["fmt", "deny", "test"]
        );
        assert_eq!(names(&["--quick"]), quick::STEPS);
        assert_eq!(names(&[]).len(), STEPS.len());
        for (words, expected) in [
            (&["--only", "fmt,tests"][..], "`tests` is no step"),
            (&["--only"], "`--only` is not what"),
            (&["--quick", "fmt"], "`--quick fmt` is not what"),
        ] {
            assert!(
                Plan::read(words)
                    .err()
                    .is_some_and(|error| error.contains(expected)),
                "{words:?}"
            );
        }
    }

    #[test]
    fn what_must_pass_before_a_step_is_before_it() {
        for (place, step) in STEPS.iter().enumerate() {
            for name in step.after {
                assert!(
                    STEPS[..place].iter().any(|before| before.name == *name),
                    "{} waits for {name}",
                    step.name
                );
            }
        }
    }
}
