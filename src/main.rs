//! The command line of tminus: arguments in, tables or JSON out, exit codes. What it does lives in the crates beneath.

mod commands;
mod exit;
mod narrative;
mod rehearse;
mod report;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Takes an EVM protocol from source to a live network: compile, rehearse, launch, distribute, audit.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    /// Print one JSON document on stdout; progress goes to stderr.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compile the contracts, or check that the committed artifacts are what the sources compile to.
    Contracts(commands::contracts::Arguments),
    /// Rehearse the whole launch: genesis, airdrop, hand-over, vesting, audit. Run again to resume.
    Rehearse(commands::rehearse::Arguments),
    /// Commit to a recipient list, pay it, audit it.
    Distro(commands::distro::Arguments),
    /// Plan, carry out and audit the launch of a network profile.
    Genesis(commands::genesis::Arguments),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("TMINUS_LOG"))
        .with_writer(std::io::stderr)
        .init();
    let result = match cli.command {
        Command::Contracts(arguments) => commands::contracts::run(arguments, cli.json),
        Command::Rehearse(arguments) => on_runtime(commands::rehearse::run(arguments, cli.json)),
        Command::Distro(arguments) => on_runtime(commands::distro::run(arguments, cli.json)),
        Command::Genesis(arguments) => on_runtime(commands::genesis::run(arguments, cli.json)),
        Command::Completions { shell } => commands::completions(shell),
    };
    match result {
        Ok(status) => ExitCode::from(status.code()),
        Err(failure) => {
            commands::report_failure(&failure, cli.json);
            ExitCode::from(failure.code())
        }
    }
}

/// Runs a command that waits for endpoints.
fn on_runtime(
    command: impl Future<Output = Result<exit::Status, exit::Failure>>,
) -> Result<exit::Status, exit::Failure> {
    tokio::runtime::Runtime::new().map_err(exit::Failure::failed)?.block_on(command)
}
