//! The AWS SDKs of conformance/sdk: builds each program below the target directory and lets
//! conformance/sdks.py run them.
//!
//! A toolchain that this machine lacks and that cannot be installed here is reported as
//! `SKIPPED: sdk NAME (why)`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::skips::skip;
use crate::tools::{Site, output_of};

/// The words of a program that was built.
type Program = Vec<String>;
/// Builds an SDK's program into this folder.
type Build = fn(&Site, &Path) -> Result<Program, Obstacle>;

/// What prevents a build.
enum Obstacle {
    /// A tool is missing; the text is its cure.
    Tool(String),
    /// The build itself failed.
    Build(String),
}

/// Each SDK: its name, and how its program is built.
const SDKS: [(&str, Build); 4] = [("go", go), ("java", java), ("js", js), ("rust", rust)];

/// Builds and runs them all; the file of skips lists those that have no toolchain here.
pub(crate) fn step(site: &Site, skipped: &Path) -> Result<(), String> {
    let mut programs = Map::new();
    for (name, build) in SDKS {
        match build(site, &site.target.join("sdks").join(name)) {
            Ok(program) => {
                programs.insert(name.to_owned(), json!(program));
            }
            Err(Obstacle::Tool(cure)) => skip(
                site,
                skipped,
                &format!("SKIPPED: sdk {name} ({})", cure.replace('\n', "; ")),
            )?,
            Err(Obstacle::Build(error)) => return Err(error),
        }
    }
    site.run(
        site.conformance("sdks.py")?
            .arg(Value::Object(programs).to_string()),
    )
}

fn go(site: &Site, out: &Path) -> Result<Program, Obstacle> {
    newer(
        site,
        &["golang-go"],
        "the Go SDK needs Go 1.24 or newer",
        (1, 24),
        &["go", "version"],
    )?;
    let mut command = site.command("go", &["build", "-o"]);
    command
        .env("GOPATH", out.join("path"))
        .env("GOMODCACHE", out.join("modules"))
        .env("GOCACHE", out.join("cache"));
    // Without the flag modules are written read-only, and `cargo clean` fails over them.
    command
        .env("GOFLAGS", "-modcacherw -buildvcs=false")
        .env("GOTOOLCHAIN", "local")
        .env("GOWORK", "off");
    let judge = out.join("judge");
    site.run(command.arg(&judge).arg(".").current_dir(source(site, "go")))
        .map_err(Obstacle::Build)?;
    Ok(vec![text(&judge)])
}

fn java(site: &Site, out: &Path) -> Result<Program, Obstacle> {
    let packages = ["default-jdk-headless", "maven"];
    newer(
        site,
        &packages,
        "the Java SDK's program needs a JDK 17 or newer",
        (17, 0),
        &["javac", "-version"],
    )?;
    newer(
        site,
        &packages,
        "the Java SDK needs Maven 3.8 or newer",
        (3, 8),
        &["mvn", "--version"],
    )?;
    let (repository, products) = (out.join("repository"), out.join("out"));
    let settings = [
        format!("-Dmaven.repo.local={}", text(&repository)),
        format!("-Dout={}", text(&products)),
    ];
    let mut command = site.command("mvn", &["--batch-mode", "--quiet", "compile"]);
    site.run(command.args(settings).current_dir(source(site, "java")))
        .map_err(Obstacle::Build)?;
    let classes = format!(
        "{}:{}",
        text(&products.join("classes")),
        text(&products.join("lib/*"))
    );
    Ok(["java", "-cp", &classes, "Judge"]
        .map(str::to_owned)
        .to_vec())
}

fn js(site: &Site, out: &Path) -> Result<Program, Obstacle> {
    let packages = ["nodejs", "npm"];
    newer(
        site,
        &packages,
        "the JavaScript SDK needs Node.js 20 or newer",
        (20, 0),
        &["node", "--version"],
    )?;
    newer(
        site,
        &packages,
        "the JavaScript SDK needs npm 9 or newer",
        (9, 0),
        &["npm", "--version"],
    )?;
    // npm puts what it installs beside the lock file, so that goes where it may.
    fs::create_dir_all(out)
        .map_err(|error| Obstacle::Build(format!("cannot make {}: {error}", out.display())))?;
    for name in [".npmrc", "package.json", "package-lock.json", "judge.mjs"] {
        let (from, to) = (source(site, "js").join(name), out.join(name));
        fs::copy(&from, &to)
            .map_err(|error| Obstacle::Build(format!("cannot copy {}: {error}", from.display())))?;
    }
    let mut command = site.command(
        "npm",
        &["ci", "--prefer-offline", "--no-progress", "--cache"],
    );
    site.run(command.arg(out.join("cache")).current_dir(out))
        .map_err(Obstacle::Build)?;
    Ok(vec!["node".to_owned(), text(&out.join("judge.mjs"))])
}

fn rust(site: &Site, out: &Path) -> Result<Program, Obstacle> {
    let words = [
        "build",
        "--quiet",
        "--locked",
        "--manifest-path",
        "conformance/sdk/rust/Cargo.toml",
        "--target-dir",
    ];
    site.run(site.cargo(&words).arg(out))
        .map_err(Obstacle::Build)?;
    Ok(vec![text(&out.join("debug/podpass-conformance-rust"))])
}

/// The tool in this version at least: there already, or from Debian where it may be installed.
fn newer(
    site: &Site,
    packages: &[&str],
    need: &str,
    least: (u32, u32),
    probe: &[&str],
) -> Result<(), Obstacle> {
    let enough = || {
        let (program, args) = probe.split_first()?;
        Some(version(&output_of(Path::new(program), args)?)? >= least)
    };
    site.debian(packages, need, || enough().unwrap_or(false))
        .map_err(Obstacle::Tool)
}

/// The first `MAJOR.MINOR` in what a tool says of itself.
fn version(text: &str) -> Option<(u32, u32)> {
    let start = text
        .split(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .find(|word| word.contains('.'))?;
    let mut parts = start.split('.').map(str::parse::<u32>);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

fn source(site: &Site, name: &str) -> PathBuf {
    site.root.join("conformance/sdk").join(name)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_each_tool_says_them() {
        for (text, found) in [
            ("go version go1.26.8 linux/amd64\n", Some((1, 26))),
            ("v20.20.2\n", Some((20, 20))),
            ("javac 17.0.15\n", Some((17, 0))),
            (
                "\u{1b}[1mApache Maven 3.8.7\u{1b}[m\nMaven home: /usr/share/maven\nJava version: 17.0.15\n",
                Some((3, 8)),
            ),
            ("9.2.0\n", Some((9, 2))),
            ("command not found\n", None),
        ] {
            assert_eq!(version(text), found, "{text}");
        }
    }
}
