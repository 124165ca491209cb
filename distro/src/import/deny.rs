//! The deny list: accounts that get nothing, whatever the files say.
//!
//! One address a line; a `#` begins a comment, and empty lines separate. A line that cannot be read refuses the whole
//! import: the account it was meant to name would be paid. An account may be named more than once.

use std::{collections::HashMap, fs, path::Path};

use alloy::primitives::Address;

use super::{
    fault::{Fault, ImportError, Reject, Why},
    folder::sha256_of,
    record::DenyFacts,
};
use crate::recipients::row;

/// All deny lists.
#[derive(Debug, Default)]
pub(super) struct Deny {
    /// The list and the line that named an account first.
    accounts: HashMap<Address, (usize, u64)>,
    files: Vec<String>,
    pub(super) facts: Vec<DenyFacts>,
}

impl Deny {
    pub(super) fn read(files: &[impl AsRef<Path>]) -> Result<Self, ImportError> {
        let mut deny = Self::default();
        for file in files {
            deny.add(file.as_ref())?;
        }
        Ok(deny)
    }

    fn add(&mut self, file: &Path) -> Result<(), ImportError> {
        let name = file.display().to_string();
        let bytes = fs::read(file).map_err(|source| ImportError::Io { file: name.clone(), source })?;
        let index = self.files.len();
        let before = self.accounts.len();
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let mut rejects = Vec::new();
        for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
            let line = line.split(|byte| *byte == b'#').next().unwrap_or_default().trim_ascii();
            if line.is_empty() {
                continue;
            }
            match row::any_address(line) {
                Ok(address) => {
                    self.accounts.entry(address).or_insert((index, number));
                }
                Err(kind) => rejects.push(Reject {
                    file: name.clone(),
                    place: format!("line {number}"),
                    column: "address".to_owned(),
                    why: Why::Unreadable,
                    fault: Fault::Row(kind),
                }),
            }
        }
        if !rejects.is_empty() {
            let total = rejects.len() as u64;
            rejects.truncate(super::SHOWN_REJECTS);
            return Err(ImportError::Refused { shown: rejects, total });
        }
        self.facts.push(DenyFacts {
            file: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sha256: sha256_of(&bytes),
            accounts: (self.accounts.len() - before) as u64,
        });
        self.files.push(name);
        Ok(())
    }

    /// What an account is denied by.
    pub(super) fn find(&self, address: Address) -> Option<Fault> {
        let (file, line) = self.accounts.get(&address)?;
        Some(Fault::Denied { address, file: self.files[*file].clone(), line: *line })
    }
}
