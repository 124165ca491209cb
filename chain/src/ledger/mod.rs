//! The SQLite journal of the outbox: what was wanted, what was signed for it, what became of it.
//!
//! Opening is where it proves itself (`open`): a local disk, one process at a time, our file, a schema that is not newer than
//! this program, sound pages, commits that reach the disk before they return, and the chain it was made for. Anything else
//! is an error that says what to do; nothing is repaired or guessed. An older schema is copied aside before it is changed.
//!
//! One thread owns the only connection that writes (`writer`); reads go through a second, read-only connection and see what
//! is committed. No transaction is open while an endpoint or a signer is asked. Keys and passwords never come here.
//!
//! `schema` has the tables, `rows` what is in them, `tx` and its parts the only other SQL: `intents`, `attempts`, `nonces`,
//! `spending`, `notes`.

mod attempts;
#[cfg(feature = "bench")]
pub mod bench;
mod cancel;
mod error;
mod foreign;
mod intents;
mod nonces;
mod notes;
mod open;
mod place;
mod rows;
mod schema;
mod sound;
mod spending;
mod state;
mod tx;
pub mod view;
mod writer;

pub use error::LedgerError;
pub(crate) use foreign::ForeignRow;
pub(crate) use place::check as check_place;
pub(crate) use rows::{AttemptRow, IntentRow, NewAttempt, NewIntent, Payload, ReceiptRow, Reservation};
pub use state::{AttemptKind, AttemptState, IntentState};
pub(crate) use tx::Tx;

use std::{
    fs::File,
    path::Path,
    sync::{Mutex, PoisonError},
};

use alloy::primitives::B256;
use rusqlite::{Connection, TransactionBehavior};

use crate::clock;

/// What a journal is bound to for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pins {
    /// Chain id.
    pub chain_id: u64,
    /// Hash of block 0.
    pub genesis_hash: B256,
}

impl std::fmt::Display for Pins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "chain {} with genesis {}", self.chain_id, self.genesis_hash)
    }
}

/// An open journal.
#[derive(Debug)]
pub struct Ledger {
    // dropped in this order: the reader closes, the thread ends and its connection, as the last one, moves the log into the
    // file; only then another process gets in
    reader: Mutex<Connection>,
    writer: writer::Writer,
    opened_ms: i64,
    _lock: File,
}

impl Ledger {
    /// Opens the journal at `path`, or creates it, for the chain of `pins`.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing is changed in a file that is refused.
    pub fn open(path: &Path, pins: Pins) -> Result<Self, LedgerError> {
        open::open(path, pins)
    }

    /// Runs `work` in one immediate transaction of the writing thread and commits it to the disk; an error rolls everything
    /// back.
    pub(crate) async fn write<T, E>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<LedgerError> + Send + 'static,
    {
        self.writer.write(work).await
    }

    /// Runs `work` on one consistent state without changing anything.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        // a panic elsewhere ended its transaction when it was dropped; the connection is as good as before
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = reader.transaction_with_behavior(TransactionBehavior::Deferred)?;
        work(&Tx::new(transaction, clock::now_ms()))
    }

    /// An error once the journal has stopped taking writes: from then on nothing may be sent either.
    pub(crate) fn check_writable(&self) -> Result<(), LedgerError> {
        self.writer.seal().check()
    }

    /// How old something of `made_ms` is by now.
    pub(crate) fn age(&self, made_ms: i64) -> std::time::Duration {
        clock::age(made_ms, self.opened_ms, clock::now_ms())
    }
}

#[cfg(test)]
mod tests;
