//! Words in, exit codes out. No rule lives here.

mod cli;
mod command;
mod control;
mod data_dir;
mod demo;
mod endpoint;
mod exit;
mod http;
mod log;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{AccountCommand, Cli, Command, IssuerCommand, KeysCommand};
use exit::{Exit, say};

fn main() -> ExitCode {
    // Before anything speaks TLS: the one provider that is compiled in.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // clap's own exit code for a mistake is 2 as well, but it would print what was typed as it
        // is.
        Err(error) if error.use_stderr() => {
            misused(error).to_string().trim_end().lines().for_each(say);
            return Exit::USAGE.into();
        }
        Err(help) => {
            drop(help.print());
            return Exit::OK.into();
        }
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return Exit::unreachable(format!("no runtime: {error}")).report(),
    };
    runtime
        .block_on(run(cli.command))
        .unwrap_or_else(|exit| exit)
        .report()
}

/// The error over the words as they can be shown: it repeats what was typed, which somebody may
/// have pasted.
fn misused(error: clap::Error) -> clap::Error {
    let typed =
        std::env::args_os().map(|word| wire::visible(&word.to_string_lossy(), 1_024).into_owned());
    Cli::try_parse_from(typed)
        .err()
        .filter(clap::Error::use_stderr)
        .unwrap_or(error)
}

async fn run(command: Command) -> Result<Exit, Exit> {
    match command {
        Command::Demo => demo::run().await,
        Command::Up(args) => command::up::run(args).await,
        Command::Env(args) => command::env::run(args).await,
        Command::Account(AccountCommand::Create(args)) => command::account::create(args).await,
        Command::Account(AccountCommand::List(args)) => command::account::list(args).await,
        Command::Keys(KeysCommand::Rotate(args)) => command::keys::rotate(args).await,
        Command::Token(args) => command::token::run(args).await,
        Command::Issuer(IssuerCommand::Push(args)) => command::issuer_push::run(args).await,
        Command::Run(args) => command::run::run(args).await,
        Command::Creds(args) => command::creds::run(args).await,
        Command::Why(args) => command::why::run(args).await,
        Command::Simulate(args) => command::simulate::run(&args),
        Command::Migrate(args) => command::migrate::run(&args),
        Command::Completion { shell } => Ok(command::completion::run(shell)),
        Command::Version { json } => Ok(command::version::run(json)),
    }
}
