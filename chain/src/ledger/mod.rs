//! The SQLite journal of the outbox: what was signed, what became of it.
//!
//! Opening is where it proves itself: one process at a time (a lock file the kernel frees when the process dies), the file is
//! ours, its schema is not newer than this program, its pages are sound, each commit reaches the disk before it returns
//! (WAL with `synchronous=FULL`, both read back), and it belongs to this chain (chain id and genesis hash are pinned at
//! creation). Anything else is an error that says what to do; nothing is repaired or guessed.
//!
//! All access goes through one connection behind a mutex. A commit takes well under a millisecond and no lock is ever held
//! over a request to an endpoint, so a thread of its own would buy nothing. Keys and passwords never come here.

mod rows;
mod schema;
mod state;

pub(crate) use rows::{AttemptRow, IntentRow, NewAttempt, NewIntent, Payload, ReceiptRow, Tx};
pub(crate) use state::AttemptState;
pub use state::IntentState;

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use alloy::primitives::B256;
use rusqlite::{Connection, TransactionBehavior, params};

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another process works with it.
    #[error("{} is in use by another process; only one may send for a network at a time", .0.display())]
    InUse(PathBuf),
    /// A file of something else.
    #[error("{} is not a tminus ledger (SQLite application id {found:#x}, expected {expected:#x})", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its application id.
        found: i32,
        /// Ours.
        expected: i32,
    },
    /// Written by a later version of this program.
    #[error("{} has schema {found}, this program knows {known}: it was written by a newer tminus; use that one", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// It remembers another chain.
    #[error("{} belongs to {pinned}, but the endpoint is {seen}; use the ledger of this chain, or another folder", .path.display())]
    OtherChain {
        /// The file.
        path: PathBuf,
        /// What is written in it.
        pinned: String,
        /// What the endpoint says.
        seen: String,
    },
    /// SQLite did not take a setting that durability rests on.
    #[error("the journal cannot promise durability: {setting} is {found}, expected {expected}")]
    NotDurable {
        /// The pragma.
        setting: &'static str,
        /// What it reads back.
        found: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// Its pages or rows are not sound.
    #[error("{} is damaged: {what}; move it aside and run again, the chain tells what was done", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// A row that this program cannot have written.
    #[error("the journal holds {0}")]
    BadRow(String),
    /// A file operation.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: std::io::Error,
    },
    /// SQLite.
    #[error("journal: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Bringing the schema up to date.
    #[error("journal schema: {0}")]
    Migration(#[from] rusqlite_migration::Error),
}

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
    connection: Mutex<Connection>,
    _lock: File,
}

impl Ledger {
    /// Opens the journal at `path`, or creates it, for the chain of `pins`.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing is changed in a file that is refused.
    pub fn open(path: &Path, pins: Pins) -> Result<Self, LedgerError> {
        let lock = lock(path)?;
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.set_transaction_behavior(TransactionBehavior::Immediate);
        connection.set_prepared_statement_cache_capacity(64);
        recognise(&connection, path)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        check_pages(&connection, path)?;
        make_durable(&connection)?;
        connection.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
        schema::MIGRATIONS.to_latest(&mut connection)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        pin(&connection, path, pins)?;
        Ok(Self { connection: Mutex::new(connection), _lock: lock })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // a panic elsewhere rolled its transaction back when it was dropped; the connection is as good as before
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in one immediate transaction and commits it to the disk; an error rolls everything back.
    pub(crate) fn write<T, E: From<LedgerError>>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut connection = self.connection();
        let transaction = connection.transaction().map_err(LedgerError::from)?;
        let tx = Tx::new(transaction, now_ms());
        let value = work(&tx)?;
        tx.commit()?;
        Ok(value)
    }

    /// Runs `work` on one consistent state without changing anything.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let mut connection = self.connection();
        let tx = Tx::new(connection.transaction_with_behavior(TransactionBehavior::Deferred)?, now_ms());
        work(&tx)
    }
}

/// Milliseconds since 1970 by the wall clock.
pub(crate) fn now_ms() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// Takes the lock file beside the journal; the kernel frees it with the process.
fn lock(path: &Path) -> Result<File, LedgerError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| LedgerError::Io { path, source }
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(io(folder))?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock_path = PathBuf::from(name);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path).map_err(io(&lock_path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LedgerError::InUse(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(LedgerError::Io { path: lock_path, source }),
    }
}

/// Refuses a file that is not ours or that a newer program wrote, before anything is changed in it.
fn recognise(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let damaged = |what: rusqlite::Error| LedgerError::Damaged { path: path.to_owned(), what: what.to_string() };
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(damaged)?;
    let found: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(damaged)?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(damaged)?;
    let fresh = tables == 0 && version == 0 && found == 0;
    if !fresh && found != schema::APPLICATION_ID {
        return Err(LedgerError::Foreign { path: path.to_owned(), found, expected: schema::APPLICATION_ID });
    }
    if version > schema::VERSION {
        return Err(LedgerError::Newer { path: path.to_owned(), found: version, known: schema::VERSION });
    }
    Ok(())
}

fn check_pages(connection: &Connection, path: &Path) -> Result<(), LedgerError> {
    let verdict: String = connection
        .pragma_query_value(None, "quick_check", |row| row.get(0))
        .map_err(|what| LedgerError::Damaged { path: path.to_owned(), what: what.to_string() })?;
    if verdict == "ok" { Ok(()) } else { Err(LedgerError::Damaged { path: path.to_owned(), what: verdict }) }
}

/// WAL with an fsync for each commit, read back: a build of SQLite may have other ideas.
fn make_durable(connection: &Connection) -> Result<(), LedgerError> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(LedgerError::NotDurable { setting: "journal_mode", found: mode, expected: "wal" });
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    let level: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if level != 2 {
        return Err(LedgerError::NotDurable { setting: "synchronous", found: level.to_string(), expected: "2 (FULL)" });
    }
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    Ok(())
}

fn pin(connection: &Connection, path: &Path, pins: Pins) -> Result<(), LedgerError> {
    let chain_id = i64::try_from(pins.chain_id)
        .map_err(|_| LedgerError::BadRow(format!("no room for chain id {}", pins.chain_id)))?;
    connection.execute(
        "INSERT INTO meta (one, chain_id, genesis_hash, created_ms) VALUES (1, ?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![chain_id, pins.genesis_hash.as_slice(), now_ms()],
    )?;
    let (id, hash): (i64, Vec<u8>) =
        connection.query_row("SELECT chain_id, genesis_hash FROM meta", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let pinned =
        Pins { chain_id: id.unsigned_abs(), genesis_hash: B256::try_from(hash.as_slice()).unwrap_or_default() };
    if pinned == pins {
        return Ok(());
    }
    Err(LedgerError::OtherChain { path: path.to_owned(), pinned: pinned.to_string(), seen: pins.to_string() })
}

#[cfg(test)]
mod tests;
