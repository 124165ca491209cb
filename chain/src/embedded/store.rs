//! The chain on disk: one SQLite file with what is needed to make the same blocks again.
//!
//! A row for each block (its environment and hash), one for each transaction (raw bytes and sender, so that opening recovers
//! no signatures), one for each change from outside, in order. State, receipts and logs are not stored: they follow.
//!
//! Journal mode is WAL and `synchronous` NORMAL. A block is committed in one SQLite transaction before anybody hears of it,
//! and a commit is in the operating system's hands when it returns: killing the process at any instant loses nothing that
//! was answered. A power failure may lose the last blocks (never tear one), which suits a development chain: syncing each
//! block would cost more than executing it.
//!
//! One process at a time: an operating-system lock on `<file>.lock`, which goes away with the process however it ends. The
//! lock is not taken on the store itself, because closing any handle of that file would drop SQLite's own locks.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

use alloy::{
    consensus::TxEnvelope,
    consensus::transaction::Recovered,
    eips::eip2718::{Decodable2718, Encodable2718},
    primitives::{Address, B256, Bytes, U256},
};
use rusqlite::{Connection, OpenFlags, params};
use rusqlite_migration::{M, Migrations};

use super::{block::Block, config::EmbeddedConfig, error::EmbeddedError, pool::Pooled};

const SCHEMA: &str = "
    CREATE TABLE chain (only INTEGER PRIMARY KEY CHECK (only = 1), config TEXT NOT NULL) STRICT;
    CREATE TABLE blocks (
        number INTEGER PRIMARY KEY, hash BLOB NOT NULL, timestamp INTEGER NOT NULL, base_fee INTEGER NOT NULL,
        gas_limit INTEGER NOT NULL, prevrandao BLOB NOT NULL, transactions INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE transactions (
        position INTEGER PRIMARY KEY, block INTEGER NOT NULL, sender BLOB NOT NULL, signed INTEGER NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT;
    CREATE TABLE changes (position INTEGER PRIMARY KEY, after_block INTEGER NOT NULL, change TEXT NOT NULL) STRICT;
";

/// Something done to the chain from outside its rules.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Change {
    /// `anvil_setBalance`
    Balance(Address, U256),
    /// `anvil_setNonce`
    Nonce(Address, u64),
    /// `anvil_setCode`
    Code(Address, Bytes),
    /// `anvil_setStorageAt`
    Slot(Address, U256, U256),
    /// `evm_setNextBlockTimestamp`
    NextTimestamp(u64),
    /// `evm_increaseTime`: seconds the next block is later than it would be.
    Later(u64),
}

/// A block to be made again.
#[derive(Debug)]
pub(super) struct StoredBlock {
    pub(super) number: u64,
    pub(super) hash: B256,
    pub(super) timestamp: u64,
    pub(super) transactions: Vec<Pooled>,
    /// Changes made before it, after its parent.
    pub(super) changes: Vec<Change>,
}

/// An open store.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    file: PathBuf,
    /// Held as long as the connection is open; fields drop in this order.
    _lock: File,
}

impl Store {
    /// Opens or creates the store of a chain with this configuration.
    pub(super) fn open(file: &Path, config: &EmbeddedConfig) -> Result<Self, EmbeddedError> {
        let lock = lock(file)?;
        let failed = |source| EmbeddedError::Store { file: file.to_owned(), source };
        let mut connection = Connection::open(file).map_err(failed)?;
        let configure = |connection: &Connection| {
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            connection.pragma_update(None, "wal_autocheckpoint", 8_000)
        };
        configure(&connection).map_err(failed)?;
        Migrations::new(vec![M::up(SCHEMA)])
            .to_latest(&mut connection)
            .map_err(|source| EmbeddedError::Schema { file: file.to_owned(), source })?;
        let store = Self { connection, file: file.to_owned(), _lock: lock };
        store.agree(config)?;
        Ok(store)
    }

    /// Stores the configuration of a new chain, compares that of an old one.
    fn agree(&self, config: &EmbeddedConfig) -> Result<(), EmbeddedError> {
        let failed = |source| self.failed(source);
        let text = serde_json::to_string(config).map_err(|error| self.damaged(0, error.to_string()))?;
        self.connection
            .execute("INSERT INTO chain (only, config) VALUES (1, ?1) ON CONFLICT DO NOTHING", [&text])
            .map_err(failed)?;
        let stored: String =
            self.connection.query_row("SELECT config FROM chain", [], |row| row.get(0)).map_err(failed)?;
        match serde_json::from_str::<EmbeddedConfig>(&stored) {
            Ok(found) if found == *config => Ok(()),
            _ => Err(EmbeddedError::OtherConfig { file: self.file.clone(), stored }),
        }
    }

    /// Stores a block, whole or not at all.
    pub(super) fn append(&mut self, block: &Block) -> rusqlite::Result<()> {
        let header = &block.header;
        let transaction = self.connection.transaction()?;
        transaction
            .prepare_cached(
                "INSERT INTO blocks (number, hash, timestamp, base_fee, gas_limit, prevrandao, transactions)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                integer(header.number)?,
                block.hash.as_slice(),
                integer(header.timestamp)?,
                integer(header.base_fee_per_gas.unwrap_or_default())?,
                integer(header.gas_limit)?,
                header.mix_hash.as_slice(),
                integer(block.transactions.len() as u64)?,
            ])?;
        for mined in &block.transactions {
            let mut bytes = Vec::new();
            mined.transaction.inner().encode_2718(&mut bytes);
            transaction
                .prepare_cached("INSERT INTO transactions (block, sender, signed, bytes) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![
                    integer(header.number)?,
                    mined.transaction.signer().as_slice(),
                    !mined.impersonated,
                    bytes
                ])?;
        }
        transaction.commit()
    }

    /// Stores a change made after block `height`.
    pub(super) fn change(&mut self, height: u64, change: &Change) -> rusqlite::Result<()> {
        let text = serde_json::to_string(change).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
        self.connection
            .prepare_cached("INSERT INTO changes (after_block, change) VALUES (?1, ?2)")?
            .execute(params![integer(height)?, text])?;
        Ok(())
    }

    /// Number of the last block stored; 0 when none is.
    pub(super) fn height(&self) -> Result<u64, EmbeddedError> {
        let count = self.connection.query_row("SELECT coalesce(max(number), 0) FROM blocks", [], |row| row.get(0));
        count.map(i64::unsigned_abs).map_err(|source| self.failed(source))
    }

    /// Hands every block after the first one, which is not stored, over in order, and at last the changes made after the last one.
    pub(super) fn replay(
        &self,
        first: u64,
        mut block: impl FnMut(StoredBlock) -> Result<(), EmbeddedError>,
    ) -> Result<Vec<Change>, EmbeddedError> {
        let failed = |source| self.failed(source);
        let mut changes = self.changes()?.into_iter().peekable();
        let mut changes_until = |height: u64| {
            let mut due = Vec::new();
            while let Some((_, change)) = changes.next_if(|(after, _)| *after <= height) {
                due.push(change);
            }
            due
        };
        let mut blocks = self
            .connection
            .prepare("SELECT number, hash, timestamp, transactions FROM blocks ORDER BY number")
            .map_err(failed)?;
        let mut transactions = self
            .connection
            .prepare("SELECT block, sender, signed, bytes FROM transactions ORDER BY position")
            .map_err(failed)?;
        let mut transactions = transactions.query([]).map_err(failed)?;
        let mut rows = blocks.query([]).map_err(failed)?;
        let mut height = first;
        while let Some(row) = rows.next().map_err(failed)? {
            let read = || -> rusqlite::Result<_> {
                let (number, timestamp, count): (i64, i64, i64) = (row.get(0)?, row.get(2)?, row.get(3)?);
                Ok((number.unsigned_abs(), row.get::<_, [u8; 32]>(1)?, timestamp.unsigned_abs(), count))
            };
            let (number, hash, timestamp, count) = read().map_err(failed)?;
            if number != height + 1 {
                return Err(self.damaged(height + 1, format!("missing; the next block stored is {number}")));
            }
            let mut stored = StoredBlock {
                number,
                hash: hash.into(),
                timestamp,
                transactions: Vec::new(),
                changes: changes_until(height),
            };
            for _ in 0..count {
                let row = transactions.next().map_err(failed)?;
                let row = row.ok_or_else(|| self.damaged(number, "a transaction is missing".to_owned()))?;
                stored.transactions.push(self.transaction(number, row)?);
            }
            height = number;
            block(stored)?;
        }
        Ok(changes_until(u64::MAX))
    }

    fn transaction(&self, number: u64, row: &rusqlite::Row<'_>) -> Result<Pooled, EmbeddedError> {
        let read = || -> rusqlite::Result<(i64, [u8; 20], bool, Vec<u8>)> {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        };
        let (block, sender, signed, bytes) = read().map_err(|source| self.failed(source))?;
        if block.unsigned_abs() != number {
            return Err(self.damaged(number, format!("a transaction of block {block} stands in its place")));
        }
        let envelope =
            TxEnvelope::decode_2718_exact(&bytes).map_err(|error| self.damaged(number, error.to_string()))?;
        Ok(Pooled::new(Recovered::new_unchecked(envelope, Address::from(sender)), !signed))
    }

    fn changes(&self) -> Result<Vec<(u64, Change)>, EmbeddedError> {
        let read = || -> rusqlite::Result<Vec<(i64, String)>> {
            let mut rows = self.connection.prepare("SELECT after_block, change FROM changes ORDER BY position")?;
            rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let parse = |(after, text): (i64, String)| {
            let after = after.unsigned_abs();
            let change = serde_json::from_str(&text).map_err(|error| self.damaged(after, error.to_string()))?;
            Ok((after, change))
        };
        read().map_err(|source| self.failed(source))?.into_iter().map(parse).collect()
    }

    pub(super) fn damaged(&self, block: u64, reason: String) -> EmbeddedError {
        EmbeddedError::Damaged { file: self.file.clone(), block, reason }
    }

    pub(super) fn diverged(&self, block: u64, stored: B256, found: B256) -> EmbeddedError {
        EmbeddedError::Diverged { file: self.file.clone(), block, stored, found }
    }

    fn failed(&self, source: rusqlite::Error) -> EmbeddedError {
        EmbeddedError::Store { file: self.file.clone(), source }
    }
}

/// The configuration that the chain stored at `file` was created with. Nothing is created.
pub(super) fn configuration(file: &Path) -> Result<EmbeddedConfig, EmbeddedError> {
    file.metadata().map_err(|source| EmbeddedError::Io { file: file.to_owned(), source })?;
    let _lock = lock(file)?;
    let failed = |source| EmbeddedError::Store { file: file.to_owned(), source };
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
    let stored: String = connection.query_row("SELECT config FROM chain", [], |row| row.get(0)).map_err(failed)?;
    serde_json::from_str(&stored).map_err(|error| EmbeddedError::Damaged {
        file: file.to_owned(),
        block: 0,
        reason: error.to_string(),
    })
}

/// SQLite's integers are signed.
fn integer(value: u64) -> rusqlite::Result<i64> {
    i64::try_from(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn lock(file: &Path) -> Result<File, EmbeddedError> {
    let mut path = file.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let io = |source| EmbeddedError::Io { file: path.clone(), source };
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(io)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(EmbeddedError::Locked { file: file.to_owned() }),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}
