//! `tminus contracts build | check`: the committed artifacts and the sources they come from.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use tminus_contracts::{
    compile::{self, CompileError},
    solc,
};

use super::{document, say};
use crate::exit::{Failure, Status};

/// Arguments of `tminus contracts`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
    /// The compiler to use: a native solc, or a JavaScript file that runs as one under node.
    #[arg(long, env = "SOLC", global = true)]
    solc: Option<PathBuf>,
    /// The Solidity project.
    #[arg(long, default_value = "contracts/solidity", global = true)]
    project: PathBuf,
    /// The folder of the committed artifacts.
    #[arg(long, default_value = "contracts/artifacts", global = true)]
    artifacts: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Compile and write the artifacts.
    Build,
    /// Compile and fail on any difference with the artifacts.
    Check,
}

/// Runs it.
pub(crate) fn run(arguments: Arguments, as_json: bool) -> Result<Status, Failure> {
    let compiler = solc::find(&arguments.project, arguments.solc.as_deref()).map_err(Failure::input)?;
    let build = compile::build(&arguments.project, &compiler).map_err(classify)?;
    let contracts = build.files().len();
    let (status, body, words) = match arguments.action {
        Action::Build => {
            build.write(&arguments.artifacts).map_err(classify)?;
            let words = format!("{contracts} files written to {}", arguments.artifacts.display());
            (Status::Done, json!({ "files": contracts }), words)
        }
        Action::Check => {
            let differences = build.compare(&arguments.artifacts).map_err(classify)?;
            let lines: Vec<_> = differences.iter().map(ToString::to_string).collect();
            if lines.is_empty() {
                (
                    Status::Done,
                    json!({ "files": contracts, "differences": [] }),
                    format!("{contracts} files as compiled"),
                )
            } else {
                let words = format!("{}\nrun `tminus contracts build` and commit what it writes", lines.join("\n"));
                (Status::Mismatch, json!({ "files": contracts, "differences": lines }), words)
            }
        }
    };
    if as_json {
        document(status, body);
    } else {
        say(words);
    }
    Ok(status)
}

fn classify(error: CompileError) -> Failure {
    match error {
        CompileError::Io { .. } | CompileError::Solc(_) => Failure::failed(error),
        other => Failure::input(other),
    }
}
