//! The command line of tminus: arguments in, tables or JSON out, exit codes. What it does lives in the crates beneath.

mod commands;
mod exit;
mod narrative;
mod rehearse;
mod report;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

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
    /// See what the transaction engine did, does and will do: its journal, one intent, why it waits.
    Tx(commands::tx::Arguments),
    /// Look at everything a run depends on: endpoints, chain, keys, balances, disk, ledger, clock. Sends nothing.
    Doctor(commands::doctor::Arguments),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// What never logs, whatever `TMINUS_LOG` says.
const SECRETIVE: [&str; 9] = [
    "alloy_transport_http=off",
    "alloy_transport_ws=off",
    "alloy_pubsub=off",
    "alloy_rpc_client=off",
    "reqwest=off",
    "hyper=off",
    "hyper_util=off",
    "tungstenite=off",
    "tokio_tungstenite=off",
];

/// Help and version are answers; everything else is bad usage, said as the caller wants to be told.
fn usage(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    if error.use_stderr() && wants_json {
        // clap says "error: " as well
        let words = error.to_string();
        let failure = exit::Failure::input(words.trim_start_matches("error: ").trim_end());
        commands::report_failure(&failure, true);
        return ExitCode::from(failure.code());
    }
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .with_env_var("TMINUS_LOG")
        .from_env_lossy();
    // their spans hold whole URLs, and a URL may hold a secret
    let filter = SECRETIVE.iter().filter_map(|quiet| quiet.parse().ok()).fold(filter, EnvFilter::add_directive);
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let result = match cli.command {
        Command::Contracts(arguments) => commands::contracts::run(arguments, cli.json),
        Command::Rehearse(arguments) => on_runtime(commands::rehearse::run(arguments, cli.json)),
        Command::Distro(arguments) => on_runtime(commands::distro::run(arguments, cli.json)),
        Command::Genesis(arguments) => on_runtime(commands::genesis::run(arguments, cli.json)),
        Command::Tx(arguments) => on_runtime(commands::tx::run(arguments, cli.json)),
        Command::Doctor(arguments) => on_runtime(commands::doctor::run(arguments, cli.json)),
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
