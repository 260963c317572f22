//! `cargo xtask bench s3`: benches/s3 over a release build of ours, beside versitygw.
//!
//! No step of CI: CPU times are worth something on a quiet machine only.

use std::fs;
use std::process::ExitCode;

use cargo_metadata::MetadataCommand;

use crate::tools::Site;

/// `mode` is the script's own: `quick` or `large`.
pub(crate) fn run(mode: Option<&str>) -> ExitCode {
    match measure(mode) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(mode: Option<&str>) -> Result<(), String> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .map_err(|error| error.to_string())?;
    let site = Site::of(&metadata);
    // Both keep their data here, on one disk.
    let place = site.target.join("bench");
    fs::create_dir_all(&place)
        .map_err(|error| format!("cannot make {}: {error}", place.display()))?;
    site.run(&mut site.cargo(&["build", "--release", "--locked", "-p", "podpass"]))?;
    let mut command = site.command(site.python()?, &["benches/s3/bench.py"]);
    command
        .args(mode)
        .env("PODPASS_BIN", site.target.join("release/podpass"))
        .env("PODPASS_BENCH_DIR", &place);
    match site.versitygw() {
        Ok(program) => {
            command.env("VERSITYGW", program);
        }
        Err(error) => site.say(&format!("SKIPPED: versitygw ({error})")),
    }
    site.run(&mut command)
}
