//! The folder that an import writes: the list, the record, the rejects.
//!
//! The list is what `distro plan` reads: `address,amount`, ascending by address, whole tokens. It has no comment, so that
//! the same recipients give the same bytes whatever files they came in. Without amounts the header is `address` alone.

use std::{
    io::{self, Write},
    path::Path,
};

use alloy::primitives::{Address, U256};
use tminus_chain::units::format_amount;

use super::{
    fault::ImportError,
    folder::{Draft, Draw, FileFacts},
    input::gather_into,
    options::{ImportOptions, Meaning, Unit},
    record::{FORMAT, ImportRecord, tool},
};
use crate::{
    recipients::{Entry, MAX_TOTAL},
    sample::write_rows,
};

/// The list's name in the folder.
pub const LIST_FILE: &str = "recipients.csv";
/// The record's name in the folder.
pub const RECORD_FILE: &str = "import.json";
/// The rejects' name in the folder.
pub const REJECTS_FILE: &str = "rejects.csv";

/// Imports files into a folder that is not there yet. When it fails, it is not there either.
///
/// # Errors
/// [`ImportError`]
pub fn import(options: &ImportOptions, out: &Path) -> Result<ImportRecord, ImportError> {
    let draft = Draft::begin(out).map_err(ImportError::Output)?;
    let mut rejects = draft.file(REJECTS_FILE).map_err(ImportError::Output)?;
    let gathered = gather_into(options, &mut rejects)?;
    let total = gathered.rows.iter().fold(U256::ZERO, |sum, row| sum + U256::from(row.amount));
    if options.meaning == Meaning::Amounts && total > U256::from(MAX_TOTAL) {
        return Err(ImportError::Total(total));
    }
    let entries = gathered.rows.iter().map(|row| Entry { address: row.address, amount: row.amount });
    let write = || {
        let list = match options.unit {
            Unit::None => write_accounts(draft.file(LIST_FILE)?, entries.map(|entry| entry.address))?,
            _ => write_list(draft.file(LIST_FILE)?, entries, options.decimals)?,
        };
        let record = ImportRecord {
            format: FORMAT,
            tool: tool(),
            recipients: gathered.rows.len() as u64,
            reading: gathered.reading,
            total,
            total_tokens: format_amount(total, options.decimals),
            list,
            rejects: rejects.finish()?,
        };
        write_json(draft.file(RECORD_FILE)?, &record)?;
        draft.publish()?;
        Ok(record)
    };
    write().map_err(ImportError::Output)
}

/// Writes accounts with amounts as `distro plan` reads them.
pub(crate) fn write_list(
    mut to: Draw,
    entries: impl IntoIterator<Item = Entry>,
    decimals: u8,
) -> io::Result<FileFacts> {
    write_rows(entries, decimals, &mut to)?;
    to.finish()
}

fn write_accounts(mut to: Draw, accounts: impl IntoIterator<Item = Address>) -> io::Result<FileFacts> {
    to.write_all(b"address\n")?;
    let mut text = [0; 42];
    for address in accounts {
        writeln!(to, "{}", address.to_checksum_raw(&mut text, None))?;
    }
    to.finish()
}

/// Writes a record.
pub(crate) fn write_json(mut to: Draw, record: &impl serde::Serialize) -> io::Result<FileFacts> {
    serde_json::to_writer_pretty(&mut to, record)?;
    to.write_all(b"\n")?;
    to.finish()
}
