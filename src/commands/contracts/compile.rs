//! `tminus contracts build | check`: from the sources to the artifacts.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tminus_contracts::{
    compile::{self, Build, CompileError},
    solc,
};

use crate::{
    commands::finish,
    exit::{Failure, Status},
};

/// Where the sources, the compiler and the artifacts are.
#[derive(Debug, Clone, Args)]
pub(super) struct Arguments {
    /// The compiler to use: a native solc, or a JavaScript file that runs as one under node.
    #[arg(long, env = "SOLC")]
    solc: Option<PathBuf>,
    /// The Solidity project.
    #[arg(long, default_value = "contracts/solidity")]
    project: PathBuf,
    /// The folder of the committed artifacts.
    #[arg(long, default_value = "contracts/artifacts")]
    artifacts: PathBuf,
}

impl Arguments {
    fn compile(&self) -> Result<Build, Failure> {
        let compiler = solc::find(&self.project, self.solc.as_deref()).map_err(Failure::input)?;
        compile::build(&self.project, &compiler).map_err(classify)
    }
}

/// `contracts build`.
pub(super) fn build(arguments: &Arguments, as_json: bool) -> Result<Status, Failure> {
    let build = arguments.compile()?;
    build.write(&arguments.artifacts).map_err(classify)?;
    let files = build.files().len();
    let words = format!("{files} files written to {}", arguments.artifacts.display());
    finish(as_json, Status::Done, json!({ "files": files }), words)
}

/// `contracts check`.
pub(super) fn check(arguments: &Arguments, as_json: bool) -> Result<Status, Failure> {
    let build = arguments.compile()?;
    let files = build.files().len();
    let differences = build.compare(&arguments.artifacts).map_err(classify)?;
    let lines: Vec<_> = differences.iter().map(ToString::to_string).collect();
    let (status, words) = if lines.is_empty() {
        (Status::Done, format!("{files} files as compiled"))
    } else {
        let words = format!("{}\nrun `tminus contracts build` and commit what it writes", lines.join("\n"));
        (Status::Mismatch, words)
    };
    finish(as_json, status, json!({ "files": files, "differences": lines }), words)
}

fn classify(error: CompileError) -> Failure {
    match error {
        CompileError::Io { .. } | CompileError::Solc(_) => Failure::failed(error),
        other => Failure::input(other),
    }
}
