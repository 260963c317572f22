//! Exit codes, stable: 0 ok, 1 denied, not found or refused by the server, 2 usage, 3 no server
//! answers.

use std::process::ExitCode;

/// How the program ends, and the one line that it says.
#[derive(Debug)]
pub(crate) struct Exit {
    code: u8,
    line: Option<String>,
}

impl Exit {
    pub(crate) const OK: Self = Self {
        code: 0,
        line: None,
    };
    pub(crate) const USAGE: Self = Self {
        code: 2,
        line: None,
    };

    /// Not found, denied, or a check that failed.
    pub(crate) fn finding(line: impl Into<String>) -> Self {
        Self {
            code: 1,
            line: Some(line.into()),
        }
    }

    /// What was given cannot be used.
    pub(crate) fn usage(line: impl Into<String>) -> Self {
        Self {
            code: 2,
            line: Some(line.into()),
        }
    }

    /// Something is not there to be asked.
    pub(crate) fn unreachable(line: impl Into<String>) -> Self {
        Self {
            code: 3,
            line: Some(line.into()),
        }
    }

    /// The status of a command that was run.
    pub(crate) fn status(code: u8) -> Self {
        Self { code, line: None }
    }

    /// Another status with a line.
    pub(crate) fn status_with(code: u8, line: String) -> Self {
        Self {
            code,
            line: Some(line),
        }
    }

    /// Says the line and gives the code.
    pub(crate) fn report(self) -> ExitCode {
        if let Some(line) = &self.line {
            say(&format!("podpass: {line}"));
        }
        self.into()
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code)
    }
}

/// Longest line for people. What a stranger wrote is cut shorter where it is put into a line.
const LONGEST_LINE: usize = 8_192;

/// A line for people, on stderr. It may repeat what a stranger wrote, and stays one line all the
/// same.
pub(crate) fn say(line: &str) {
    use std::io::Write as _;
    // A closed stderr is nobody to tell.
    drop(writeln!(
        std::io::stderr(),
        "{}",
        wire::visible(line, LONGEST_LINE)
    ));
}

/// A line of data for people, on stdout, like [`say`].
pub(crate) fn print_line(line: &str) {
    print(&format!("{}\n", wire::visible(line, LONGEST_LINE)));
}

/// JSON on stdout: what a terminal would obey is escaped within it.
pub(crate) fn print_json(json: &str) {
    print(&format!("{}\n", wire::visible_json(json)));
}

/// Data on stdout, to the letter: for what programs read, and for lines that are made visible
/// already.
pub(crate) fn print(text: &str) {
    use std::io::Write as _;
    // A closed pipe ends what the reader wants, not the command.
    drop(std::io::stdout().write_all(text.as_bytes()));
}
