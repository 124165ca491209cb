//! `tminus contracts abi`: the ABIs that are in this program, to stdout or as files.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use serde_json::json;
use tminus_chain::files::write_atomically;
use tminus_contracts::{
    abi::{self, Format, INDEX_FILE},
    artifact::{self, Artifact},
};

use crate::{
    commands::finish,
    exit::{Failure, Status},
};

/// Arguments of `tminus contracts abi`.
#[derive(Debug, Clone, Args)]
pub(super) struct Arguments {
    /// The contracts; all of them when none is named.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The folder to write to, one file a contract; without it the ABI of the one contract named goes to stdout.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to write: bare arrays, or TypeScript constants as viem, wagmi and abitype take them, with an index of all.
    #[arg(long, value_enum, default_value_t = As::Json)]
    format: As,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum As {
    Json,
    #[value(name = "typescript")]
    TypeScript,
}

impl From<As> for Format {
    fn from(value: As) -> Self {
        match value {
            As::Json => Self::Json,
            As::TypeScript => Self::TypeScript,
        }
    }
}

/// Runs it.
pub(super) fn run(arguments: &Arguments, as_json: bool) -> Result<Status, Failure> {
    let chosen = choose(&arguments.names)?;
    let format = arguments.format.into();
    match (&arguments.out, chosen.values().next()) {
        (Some(folder), _) => export(&chosen, format, folder, as_json),
        (None, Some(only)) if chosen.len() == 1 => print(only, format, as_json),
        _ => Err(Failure::Input(format!("name one contract to print, or give --out DIR for files. {}", known()))),
    }
}

/// The contracts of these names, or all; each once.
fn choose(names: &[String]) -> Result<BTreeMap<&'static str, &'static Artifact>, Failure> {
    let all = artifact::all().iter().map(|(name, artifact)| (*name, artifact));
    if let Some(unknown) = names.iter().find(|name| artifact::get(name).is_none()) {
        return Err(Failure::Input(format!("there is no contract {unknown}. {}", known())));
    }
    Ok(all.filter(|(name, _)| names.is_empty() || names.iter().any(|wanted| wanted == name)).collect())
}

fn known() -> String {
    let names: Vec<_> = artifact::all().keys().copied().collect();
    format!("Known are {}", names.join(", "))
}

fn print(artifact: &Artifact, format: Format, as_json: bool) -> Result<Status, Failure> {
    let text = format.write(artifact);
    let body = match format {
        Format::Json => json!({ "contract": artifact.name, "abi": artifact.abi_entries }),
        Format::TypeScript => json!({ "contract": artifact.name, "typescript": text }),
    };
    finish(as_json, Status::Done, body, text.trim_end())
}

/// Every file is there whole or not at all, the index last.
fn export(chosen: &BTreeMap<&str, &Artifact>, format: Format, folder: &Path, as_json: bool) -> Result<Status, Failure> {
    let mut files: Vec<_> = chosen.iter().map(|(name, artifact)| (format.file(name), format.write(artifact))).collect();
    if format == Format::TypeScript {
        files.push((INDEX_FILE.to_owned(), abi::index(chosen.keys().copied())));
    }
    for (file, text) in &files {
        write_atomically(&folder.join(file), text.as_bytes()).map_err(Failure::failed)?;
    }
    let names: Vec<_> = files.into_iter().map(|(file, _)| file).collect();
    let words = format!("{} files written to {}", names.len(), folder.display());
    finish(as_json, Status::Done, json!({ "folder": folder, "files": names }), words)
}
