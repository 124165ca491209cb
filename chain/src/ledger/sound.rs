//! Whether what is in the file can be relied on, looked at before anything is changed.
//!
//! SQLite keeps no checksums of its pages, so its own check finds a broken structure and nothing else. Therefore indexes are
//! compared with their tables (a key that is not found would be done twice), for a long ledger only those of `intents`; and
//! each transaction that may still be sent is taken apart: its bytes have the hash that is looked for, and say the same as
//! the rows beside them. What is final is compared with the chain by its block.
//!
//! What it does not find: a changed byte in what nothing is compared with, such as gas used or an event's words.

use std::path::Path;

use alloy::{
    consensus::{Transaction, TxEnvelope},
    eips::eip2718::Decodable2718,
    primitives::keccak256,
};
use rusqlite::Connection;

use super::{AttemptKind, AttemptRow, IntentRow, LedgerError, Tx};

/// Bytes up to which every index is compared with its table: less than half a second.
const SHORT: u64 = 32 << 20;

/// Checks the pages, and indexes as far as time allows.
pub(super) fn check_pages(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let damaged = |what: String| LedgerError::Damaged { path: path.to_owned(), what };
    let ask = |pragma: &str| -> Result<(), LedgerError> {
        let verdict: Result<String, _> = connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0));
        match verdict {
            Ok(verdict) if verdict == "ok" => Ok(()),
            Ok(verdict) => Err(damaged(verdict)),
            Err(error) => Err(damaged(error.to_string())),
        }
    };
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    if bytes <= SHORT {
        return ask("integrity_check(1)");
    }
    ask("quick_check(1)")?;
    ask("integrity_check(intents)")
}

/// Checks each signed transaction that may still be sent against its rows.
pub(super) fn check_bytes(tx: &Tx<'_>, path: &Path) -> Result<(), LedgerError> {
    for intent in tx.pending()?.into_iter().chain(tx.mined()?) {
        for attempt in tx.attempts(intent.id, intent.generation)? {
            if !says_the_same(&intent, &attempt, &tx.raw(attempt.id)?) {
                let what = format!("a transaction of {} is not the one its row tells of", intent.key);
                return Err(LedgerError::Damaged { path: path.to_owned(), what });
            }
        }
    }
    Ok(())
}

fn says_the_same(intent: &IntentRow, attempt: &AttemptRow, raw: &[u8]) -> bool {
    let Ok(decoded) = TxEnvelope::decode_2718_exact(raw) else { return false };
    let payload = &intent.payload;
    keccak256(raw) == attempt.hash
        && decoded.nonce() == attempt.nonce
        && intent.nonce == Some(attempt.nonce)
        && decoded.max_fee_per_gas() == attempt.max_fee
        && decoded.max_priority_fee_per_gas() == Some(attempt.tip)
        && (attempt.kind == AttemptKind::Cancel
            || (decoded.to() == payload.target
                && decoded.value() == payload.value
                && keccak256(decoded.input()) == payload.data_hash))
}
