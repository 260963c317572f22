//! What the steps need and how it gets there: everything lands under the target directory, so nothing outside the clone
//! changes. The exceptions are Debian's packages, `g++` for one, installed only where they are missing and only for root.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::Metadata;

const CARGO_DENY: &str = "0.20.2";
const CARGO_FUZZ: &str = "0.13.2";
/// botocore is what both of the others stand on; each alone would take any.
const PYTHON_CLIENTS: [&str; 3] = ["boto3==1.44.5", "botocore==1.44.8", "awscli==1.46.3"];

/// Where we are: the clone, and where its products go (`CARGO_TARGET_DIR` is honoured).
pub(crate) struct Site {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Site {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self { root: metadata.workspace_root.clone().into(), target: metadata.target_directory.clone().into() }
    }

    /// A command in the root of the clone that can ask nobody anything.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.root).stdin(Stdio::null());
        command
    }

    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        self.command("cargo", args)
    }

    /// About three minutes, once.
    pub(crate) fn cargo_deny(&self) -> Result<PathBuf, String> {
        self.cargo_tool("cargo-deny", CARGO_DENY)
    }

    /// About half a minute, once. What it builds links libFuzzer, which is C++.
    pub(crate) fn cargo_fuzz(&self) -> Result<PathBuf, String> {
        self.debian(&["g++"], "fuzzing needs a C++ compiler", || said(Path::new("c++"), &["--version"]).is_some())?;
        self.cargo_tool("cargo-fuzz", CARGO_FUZZ)
    }

    /// The tool to call: ours, or the machine's when it is the same version; else ours is built.
    fn cargo_tool(&self, name: &str, version: &str) -> Result<PathBuf, String> {
        let tools = self.target.join("tools");
        let ours = tools.join("bin").join(name);
        let wanted = format!("{name} {version}");
        for candidate in [ours.clone(), PathBuf::from(name)] {
            if said(&candidate, &["--version"]).is_some_and(|version| version.trim() == wanted) {
                return Ok(candidate);
            }
        }
        let build = tools.join("build");
        let mut install = self.cargo(&["install", name, "--version", version, "--locked", "--root"]);
        run(install.arg(&tools).arg("--target-dir").arg(&build))?;
        // Only the binary is wanted; what it was built from is ten times the size.
        fs::remove_dir_all(&build).map_err(|error| format!("cannot remove {}: {error}", build.display()))?;
        Ok(ours)
    }

    /// A Python with the real clients in it.
    pub(crate) fn python(&self) -> Result<PathBuf, String> {
        self.python_with("venv", &PYTHON_CLIENTS, &[])
    }

    /// A script of conformance/ in that Python, over the debug binary, which is built for it.
    pub(crate) fn conformance(&self, script: &str) -> Result<Command, String> {
        run(&mut self.cargo(&["build", "-p", "podpass"]))?;
        let mut command = self.command(self.python()?, &[]);
        command.arg(Path::new("conformance").join(script)).env("PODPASS_BIN", self.target.join("debug/podpass"));
        Ok(command)
    }

    /// A Python of its own, in this folder below the target directory, with these packages.
    pub(crate) fn python_with(&self, folder: &str, packages: &[&str], options: &[&str]) -> Result<PathBuf, String> {
        let venv = self.target.join(folder);
        let python = venv.join("bin/python");
        let receipt = venv.join("podpass-clients.txt");
        let wanted = packages.join("\n");
        // The receipt is written last, so a half-made environment is made again, and so is one whose Python has gone.
        if fs::read_to_string(&receipt).is_ok_and(|found| found == wanted) && said(&python, &["-c", ""]).is_some() {
            return Ok(python);
        }
        self.python_venv()?;
        run(self.command("python3", &["-m", "venv", "--clear"]).arg(&venv))?;
        let mut pip = self.command(&python, &["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        run(pip.args(options).args(packages))?;
        fs::write(&receipt, wanted).map_err(|error| format!("cannot write {}: {error}", receipt.display()))?;
        Ok(python)
    }

    /// Debian ships `python3` without what `python3 -m venv` needs.
    fn python_venv(&self) -> Result<(), String> {
        let probe = || said(Path::new("python3"), &["-c", "import ensurepip, venv"]).is_some();
        self.debian(&["python3-venv"], "this needs python3 with its venv module", probe)
    }

    /// What only the machine can have: there already, or installed where that asks nobody, or named with its cure.
    pub(crate) fn debian(&self, packages: &[&str], need: &str, is_there: impl Fn() -> bool) -> Result<(), String> {
        if is_there() {
            return Ok(());
        }
        let cure = format!("{need}; type: sudo apt-get install -y {}", packages.join(" "));
        if !is_root() || said(Path::new("apt-get"), &["--version"]).is_none() {
            return Err(cure);
        }
        for (words, packages) in [(&["update", "-q"][..], &[][..]), (&["install", "-q", "-y", "--no-install-recommends"], packages)]
        {
            run(self.command("apt-get", words).args(packages).env("DEBIAN_FRONTEND", "noninteractive"))
                .map_err(|error| format!("{error}\n{cure}"))?;
        }
        if is_there() { Ok(()) } else { Err(cure) }
    }
}

/// Runs it to its end, with its output where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let text = echo(command);
    let status = command.status().map_err(|error| format!("cannot run `{text}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{text}` failed: {status}")) }
}

/// Runs it to its end and gives what it wrote to stdout.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    let text = echo(command);
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| format!("cannot run `{text}`: {error}"))?;
    if output.status.success() { Ok(output.stdout) } else { Err(format!("`{text}` failed: {}", output.status)) }
}

/// Shows the command as a person would type it.
pub(crate) fn echo(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let text = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
    eprintln!("+ {text}");
    text
}

/// What a program says on stdout; `None` when it is not there or fails.
pub(crate) fn said(program: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
