//! `completion SHELL`.

use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::exit::Exit;

pub(crate) fn run(shell: clap_complete::Shell) -> Exit {
    clap_complete::generate(
        shell,
        &mut Cli::command(),
        "podpass",
        &mut std::io::stdout(),
    );
    Exit::OK
}
