//! What a rehearsal was asked to be: written before anything happens, compared at every later start.
//!
//! A resumed rehearsal must be the same rehearsal. Other parameters over an existing one are bad input, and the way out is
//! `--fresh`, said in the error.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tminus_chain::files::write_atomically;

use crate::exit::Failure;

/// The parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameters {
    /// The profile, by name or path.
    pub(crate) profile: String,
    /// keccak256 of the profile's text.
    pub(crate) profile_hash: alloy::primitives::B256,
    /// Recipients in the synthetic list, accounts of the synthetic file; 0 with a faucet.
    pub(crate) recipients: u64,
    /// Seed of the synthetic list.
    pub(crate) seed: u64,
    /// Where it plays: `embedded`, or the redacted URL.
    pub(crate) chain: String,
}

const FILE: &str = "parameters.json";

impl Parameters {
    /// Takes up the rehearsal in `folder`, or begins it.
    ///
    /// # Errors
    /// Bad input when another rehearsal is there; a folder that cannot be written.
    pub(crate) fn take_up(&self, folder: &Path) -> Result<(), Failure> {
        let path = folder.join(FILE);
        match read(&path)?.as_ref().map(|before| before.difference(self)) {
            Some(Some((what, then, now))) => Err(Failure::Input(format!(
                "{}: the rehearsal there has {what} {then}, this one asks for {now}; run it as it was, or start over with \
                 --fresh",
                folder.display()
            ))),
            Some(None) => Ok(()),
            None => {
                let text = serde_json::to_string_pretty(self).map_err(Failure::failed)?;
                write_atomically(&path, text.as_bytes()).map_err(Failure::failed)
            }
        }
    }

    fn difference(&self, other: &Self) -> Option<(&'static str, String, String)> {
        let pairs = [
            ("profile", self.profile.clone(), other.profile.clone()),
            ("profile content", self.profile_hash.to_string(), other.profile_hash.to_string()),
            ("recipients", self.recipients.to_string(), other.recipients.to_string()),
            ("seed", self.seed.to_string(), other.seed.to_string()),
            ("chain", self.chain.clone(), other.chain.clone()),
        ];
        pairs.into_iter().find(|(_, a, b)| a != b)
    }
}

fn read(path: &Path) -> Result<Option<Parameters>, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::Failed(format!("{}: {error}", path.display()))),
    };
    let parameters = serde_json::from_str(&text)
        .map_err(|error| Failure::Input(format!("{}: {error}; start over with --fresh", path.display())))?;
    Ok(Some(parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> Parameters {
        Parameters {
            profile: "livepeer-2018".to_owned(),
            profile_hash: alloy::primitives::B256::ZERO,
            recipients: 10,
            seed: 1,
            chain: "embedded".to_owned(),
        }
    }

    #[test]
    fn the_same_is_taken_up_another_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        parameters().take_up(folder.path()).unwrap();
        parameters().take_up(folder.path()).unwrap();
        let other = Parameters { recipients: 11, ..parameters() };
        let error = other.take_up(folder.path()).unwrap_err().to_string();
        assert!(error.contains("recipients 10") && error.contains("11") && error.contains("--fresh"), "{error}");
    }

    #[test]
    fn an_unreadable_file_is_bad_input_not_a_new_start() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "{}").unwrap();
        assert_eq!(parameters().take_up(folder.path()).unwrap_err().code(), 2);
    }
}
