//! Which journal is read.
//!
//! `--journal` names a file, `--network` a folder under that of journals (`--state`). With neither, the one journal there is
//! in that folder is meant; where there are several, the command asks which. (`--ledger` is the device, in every command.)

use std::path::{Path, PathBuf};

use clap::Args;
use tminus_chain::ledger::{
    LedgerError,
    view::{Detail, View, ViewError},
};

use super::near::near;
use crate::{exit::Failure, narrative::terminal::harmless};

/// The name of a journal in its folder.
const FILE: &str = "ledger.sqlite";

/// The journal.
#[derive(Debug, Clone, Args)]
pub(super) struct Of {
    /// The network whose journal it is: the name of its folder among them. Not needed where there is only one.
    #[arg(long, value_name = "NAME")]
    pub(super) network: Option<String>,
    /// The journal itself.
    #[arg(long, value_name = "FILE", conflicts_with = "network")]
    pub(super) journal: Option<PathBuf>,
    /// The folder of journals.
    #[arg(long, value_name = "FOLDER", default_value = ".tminus")]
    pub(super) state: PathBuf,
}

impl Of {
    /// The file meant.
    pub(super) fn path(&self) -> Result<PathBuf, Failure> {
        match (&self.journal, &self.network) {
            (Some(journal), _) => Ok(journal.clone()),
            (None, Some(network)) => {
                let path = self.state.join(network).join(FILE);
                if path.exists() { Ok(path) } else { Err(self.no_such(network)) }
            }
            (None, None) => {
                let mut names = self.names();
                match (names.pop(), names.is_empty()) {
                    (Some(only), true) => Ok(self.state.join(only).join(FILE)),
                    (Some(last), false) => {
                        names.push(last);
                        Err(Failure::Input(format!(
                            "there are {} journals under {}: give --network with one of {}",
                            names.len(),
                            self.state.display(),
                            names.join(", ")
                        )))
                    }
                    (None, _) => Err(Failure::Input(format!(
                        "there is no journal under {}: give --journal, or --state with the folder of journals",
                        self.state.display()
                    ))),
                }
            }
        }
    }

    /// Opens it for reading.
    pub(super) fn open(&self) -> Result<View, Failure> {
        View::open(&self.path()?).map_err(classify_view)
    }

    fn no_such(&self, network: &str) -> Failure {
        let names = self.names();
        let there =
            if names.is_empty() { "there is none".to_owned() } else { format!("there are {}", names.join(", ")) };
        Failure::Input(format!("--network: there is no journal of {network} under {}; {there}", self.state.display()))
    }

    /// The networks that have a journal, in order.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        collect(&self.state, "", &mut names);
        names.sort_unstable();
        names
    }
}

/// Networks lie in folders, and a rehearsal in a folder of its own in between.
fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().join(FILE).is_file() {
            names.push(name);
        } else if prefix.is_empty() {
            collect(&entry.path(), &format!("{name}/"), names);
        }
    }
}

/// The intent `key`, or why there is none, with keys like it.
pub(super) fn find(view: &View, key: &str) -> Result<Detail, Failure> {
    if let Some(detail) = view.intent(key).map_err(classify_view)? {
        return Ok(detail);
    }
    let keys = view.keys().map_err(classify_view)?;
    let near = near(key, &keys);
    let hint = match (near.as_slice(), keys.len()) {
        (_, 0) => "it holds no intent at all".to_owned(),
        ([], some) => format!("none of its {some} keys is like it; `tminus tx list` shows them"),
        (near, _) => format!("is it {}?", near.join(" or ")),
    };
    let words = format!("{} knows no intent {key:?}; {hint}", view.path().display());
    Err(Failure::Input(harmless(&words)))
}

/// A file that is none of ours is bad input; a damaged one is a failure.
pub(super) fn classify_view(error: ViewError) -> Failure {
    match error {
        ViewError::Ledger(LedgerError::Foreign { .. } | LedgerError::Newer { .. }) => Failure::input(error),
        ViewError::NotOne { .. }
        | ViewError::Missing(_)
        | ViewError::Empty(_)
        | ViewError::Older { .. }
        | ViewError::Unreadable { .. } => Failure::input(error),
        ViewError::Ledger(_) => Failure::failed(error),
    }
}
