//! The steps of CI, and how each is run.

use std::path::{Path, PathBuf};

use super::quick;
use super::step::{Bench, Step};
use super::summary::Counts;
use crate::skips::{self, skip};
use crate::tools::output_of;
use crate::{bench, fuzz, sdks, walls};

/// Ours, and those that keep what they need out of our tree.
const WORKSPACES: [&str; 4] = [
    "Cargo.toml",
    "fuzz/Cargo.toml",
    bench::MANIFEST,
    "conformance/sdk/rust/Cargo.toml",
];

/// Seconds, and what fails most often: nothing else begins before they have passed.
const FIRST: &[&str] = &["fmt", "walls"];
/// The tests and the real clients run the same binary, `target/debug/podpass`, each built with
/// features of its own: it must not be replaced under those that run it.
const TESTED: &[&str] = &["fmt", "walls", "test"];

pub(super) const STEPS: [Step; 11] = [
    Step {
        name: "fmt",
        what: "cargo fmt --all --check, in each workspace",
        after: &[],
        run: fmt,
    },
    Step {
        name: "walls",
        what: "cargo xtask walls",
        after: &[],
        run: walls,
    },
    Step {
        name: "clippy",
        what: "cargo clippy --workspace --all-targets -- -D warnings",
        after: FIRST,
        run: clippy,
    },
    Step {
        name: "deny",
        what: "cargo deny check bans licenses sources",
        after: FIRST,
        run: deny,
    },
    Step {
        name: "test",
        what: "cargo test --workspace",
        after: FIRST,
        run: test,
    },
    Step {
        name: "fuzz",
        what: "cargo xtask fuzz: five minutes at most for all targets",
        after: FIRST,
        run: fuzzed,
    },
    Step {
        name: "benches",
        what: "cargo check of what `cargo xtask bench` runs",
        after: FIRST,
        run: benches,
    },
    Step {
        name: "sdks",
        what: "conformance/sdks.py: the Go, Java, JavaScript and Rust SDKs as pods",
        after: TESTED,
        run: sdks,
    },
    Step {
        name: "conformance",
        what: "conformance/{run,readme}.py: real clients, and what README.md shows",
        after: TESTED,
        run: conformance,
    },
    Step {
        name: "s3",
        what: "conformance/s3/run.py: the clients of S3, as pods and as the operator",
        after: TESTED,
        run: s3,
    },
    Step {
        name: "terraform",
        what: "conformance/terraform{,_s3}.py: the real Terraform, where it is installed",
        after: TESTED,
        run: terraform,
    },
];

fn fmt(bench: &Bench) -> Result<Counts, String> {
    for workspace in WORKSPACES {
        bench.site.run(&mut bench.site.cargo(&[
            "fmt",
            "--all",
            "--check",
            "--manifest-path",
            workspace,
        ]))?;
    }
    Ok(Counts::default())
}

fn walls(bench: &Bench) -> Result<Counts, String> {
    let breaches = walls::breaches(&bench.metadata)?;
    if breaches.is_empty() {
        Ok(Counts::default())
    } else {
        Err(breaches.join("\n"))
    }
}

fn clippy(bench: &Bench) -> Result<Counts, String> {
    bench.site.run(&mut bench.site.cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    Ok(Counts::default())
}

fn deny(bench: &Bench) -> Result<Counts, String> {
    let cargo_deny = bench.site.cargo_deny()?;
    let words = [
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ];
    bench
        .site
        .run(&mut bench.site.command(cargo_deny, &words))?;
    Ok(Counts::default())
}

fn test(bench: &Bench) -> Result<Counts, String> {
    let mut command = bench.site.cargo(&["test", "--workspace"]);
    command.env(skips::VARIABLE, &bench.skipped);
    if bench.quick {
        command.args(quick::arguments());
    }
    let mut counts = Counts::default();
    let result = bench
        .site
        .watch(&mut command, |line| counts.add(&Counts::read(line)));
    result.map_err(|error| {
        format!(
            "{error} ({} passed, {} failed)",
            counts.passed, counts.failed
        )
    })?;
    counts.passed = counts
        .passed
        .saturating_sub(skips::read(&bench.skipped)?.len());
    if counts.passed == 0 {
        return Err("`cargo test` ran no test".to_owned());
    }
    Ok(counts)
}

fn fuzzed(bench: &Bench) -> Result<Counts, String> {
    let fuzzed = fuzz::step(&bench.site, &fuzz::Ask::default())?;
    Ok(Counts {
        fuzzed,
        ..Counts::default()
    })
}

/// They must build; taking times is for a quiet machine.
fn benches(bench: &Bench) -> Result<Counts, String> {
    bench
        .site
        .run(&mut bench::cargo(&bench.site, &["check", "--all-targets"]))?;
    Ok(Counts::default())
}

fn conformance(bench: &Bench) -> Result<Counts, String> {
    bench.site.run(
        bench
            .site
            .conformance("run.py")?
            .env(skips::VARIABLE, &bench.skipped),
    )?;
    bench.site.run(&mut bench.site.conformance("readme.py")?)?;
    Ok(Counts::default())
}

/// aws-cli and boto3 are needed; what cannot be installed beside them is told, and the others run.
fn s3(bench: &Bench) -> Result<Counts, String> {
    let others = match bench.site.s3_clients() {
        Ok(folder) => Some(folder),
        Err(error) => {
            let why = error.replace('\n', "; ");
            let line = format!("SKIPPED: rclone, s3cmd, s5cmd, s3fs, pandas, pyarrow ({why})");
            skip(&bench.site, &bench.skipped, &line)?;
            None
        }
    };
    bench
        .site
        .run(bench.site.conformance("s3/run.py")?.args(others))?;
    Ok(Counts::default())
}

fn sdks(bench: &Bench) -> Result<Counts, String> {
    sdks::step(&bench.site, &bench.skipped)?;
    Ok(Counts::default())
}

/// Neither Terraform nor AWS's provider can be had from a registry of packages: a machine has them
/// or not.
fn terraform(bench: &Bench) -> Result<Counts, String> {
    let plugins = std::env::var_os("PODPASS_TERRAFORM_PLUGINS")
        .map_or_else(|| PathBuf::from("/opt/tf-plugins"), PathBuf::from);
    let missing = if output_of(Path::new("terraform"), &["version"]).is_none() {
        Some("it is not installed".to_owned())
    } else if !plugins.is_dir() {
        Some(format!(
            "no plugins in {}; PODPASS_TERRAFORM_PLUGINS names their folder",
            plugins.display()
        ))
    } else {
        None
    };
    if let Some(why) = missing {
        skip(
            &bench.site,
            &bench.skipped,
            &format!("SKIPPED: terraform ({why})"),
        )?;
        return Ok(Counts::default());
    }
    for script in ["terraform.py", "terraform_s3.py"] {
        bench
            .site
            .run(bench.site.conformance(script)?.arg(&plugins))?;
    }
    Ok(Counts::default())
}
