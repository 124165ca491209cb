//! `tminus contracts build | check | abi`: the committed artifacts, the sources they come from, and their ABIs for others.
//!
//! - `compile`: build and check, which need the compiler
//! - `abi`: needs nothing but this program

mod abi;
mod compile;

use clap::{Args, Subcommand};

use crate::exit::{Failure, Status};

/// Arguments of `tminus contracts`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Compile and write the artifacts.
    Build(compile::Arguments),
    /// Compile and fail on any difference with the artifacts.
    Check(compile::Arguments),
    /// Export the ABIs of the committed contracts for explorers and SDKs, one file a contract.
    Abi(abi::Arguments),
}

/// Runs it.
pub(crate) fn run(arguments: Arguments, as_json: bool) -> Result<Status, Failure> {
    match arguments.action {
        Action::Build(arguments) => compile::build(&arguments, as_json),
        Action::Check(arguments) => compile::check(&arguments, as_json),
        Action::Abi(arguments) => abi::run(&arguments, as_json),
    }
}
