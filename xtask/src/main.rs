//! The repository's own chores, run as `cargo xtask CHORE`. This file only picks the chore.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chore talks to the person at the terminal"
)]

mod bench;
mod bench_s3;
mod catalog;
mod fuzz;
mod sdks;
mod skips;
mod test;
mod tools;
mod walls;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test                     everything that CI runs; no step begins after one that failed
cargo xtask test --quick             format, walls and most tests: under two minutes where all is built
cargo xtask test --only STEP[,STEP]  only these steps
cargo xtask test --list              the steps, what each runs, and what is quick
cargo xtask fuzz [--seconds N] [TARGET]
                                     each target of fuzz/ for so long; unless told, they share five minutes
cargo xtask bench [FILTER]           our engines of policy and their peers, in ratios
cargo xtask bench s3 [quick | large] CPU per operation of S3 beside versitygw; large: memory over 5 GiB
cargo xtask walls                    which crate may import which, and which files need each other
cargo xtask catalog                  fetches AWS's tables and writes crates/catalog/data anew";

/// As in `podpass`: the command line itself is wrong.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test", "--list"] => test::list(),
        ["test", rest @ ..] => match test::Plan::read(rest) {
            Ok(plan) => test::run(&plan),
            Err(error) => usage(&error),
        },
        ["fuzz", rest @ ..] => match fuzz::Ask::read(rest) {
            Ok(ask) => fuzz::run(&ask),
            Err(error) => usage(&error),
        },
        ["bench"] => bench::run(None),
        ["bench", "s3"] => bench_s3::run(None),
        ["bench", "s3", mode @ ("quick" | "large")] => bench_s3::run(Some(mode)),
        ["bench", filter] if !filter.starts_with('-') => bench::run(Some(filter)),
        ["walls"] => walls::run(),
        ["catalog"] => catalog::run(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        other => usage(&format!(
            "`cargo xtask {}` is no chore of this repository",
            other.join(" ")
        )),
    }
}

fn usage(error: &str) -> ExitCode {
    eprintln!("{error}\n\n{HELP}");
    ExitCode::from(USAGE)
}
