//! Opening a journal: every check before the first change, in this order.
//!
//! 1. Its folder is on a local disk, and the lock file beside it is ours (the kernel frees it when the process dies).
//! 2. The file is a ledger of a schema this program knows, and its pages are sound (`sound`).
//! 3. Commits reach the disk: WAL with `synchronous=FULL`, both read back; a build of SQLite may have other ideas.
//! 4. A ledger of an older schema that holds anything is copied beside itself (`VACUUM INTO`) before it is migrated.
//! 5. It belongs to this chain, and what may still be sent is what its rows say. Only now the fence goes up by one, in our name: whoever had it open before can write no more.
//! 6. A nonce that was reserved and for which nothing is on record goes back: nothing was sent for it.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant, SystemTime},
};

use alloy::primitives::B256;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use super::{
    Ledger, LedgerError, Pins, Tx, place, schema, sound,
    writer::{Writer, checkpoint},
};
use crate::{clock, crash};

/// For how long the lock is tried: a look at who holds it takes it for an instant.
const LOCK_PATIENCE: Duration = Duration::from_millis(200);

pub(super) fn open(path: &Path, pins: Pins) -> Result<Ledger, LedgerError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(io(folder))?;
    }
    place::check(path)?;
    let lock = lock(path)?;
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    connection.set_prepared_statement_cache_capacity(64);
    let version = recognise(&connection, path)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    sound::check_pages(&connection, path)?;
    make_durable(&connection)?;
    if version > 0 && version < schema::VERSION {
        check_pins(&connection, path, pins)?;
        back_up(&connection, path, version)?;
    }
    connection.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
    connection.pragma_update(None, "foreign_keys", false)?;
    schema::migrations().to_latest(&mut connection)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    pin(&connection, path, pins)?;
    let opened_ms = clock::now_ms();
    let tx = Tx::new(connection.transaction_with_behavior(TransactionBehavior::Deferred)?, opened_ms);
    sound::check_bytes(&tx, path)?;
    drop(tx);
    let fence = raise_fence(&connection, opened_ms)?;
    let tx = Tx::new(connection.transaction()?, opened_ms);
    tx.give_back_all("the process that was signing it ended")?;
    tx.commit()?;
    // the thread that writes does this between changes
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    checkpoint(&connection)?;
    let reader = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    reader.busy_timeout(Duration::from_secs(5))?;
    reader.pragma_update(None, "query_only", true)?;
    reader.set_prepared_statement_cache_capacity(64);
    let writer = Writer::start(connection, path, fence)?;
    Ok(Ledger { writer, reader: Mutex::new(reader), opened_ms, _lock: lock })
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> LedgerError {
    let path = path.to_owned();
    move |source| LedgerError::Io { path, source }
}

/// Takes the lock file beside the journal; the kernel frees it with the process.
fn lock(path: &Path) -> Result<File, LedgerError> {
    let lock_path = beside(path, ".lock");
    let open = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
    let file = open.map_err(io(&lock_path))?;
    let until = Instant::now() + LOCK_PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            Err(TryLockError::WouldBlock) => {
                return Err(LedgerError::InUse { path: path.to_owned(), owner: owner(path) });
            }
            Err(TryLockError::Error(source)) => return Err(LedgerError::Io { path: lock_path, source }),
        }
    }
}

/// `path` with more at the end of its name.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    PathBuf::from(name)
}

/// Who opened the journal last, in its own words.
fn owner(path: &Path) -> Option<String> {
    let reader = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    reader.query_row("SELECT owner FROM meta", [], |row| row.get(0)).ok()?
}

/// Refuses a file that is not ours or that a newer program wrote, before anything is changed in it; its schema version.
pub(super) fn recognise(connection: &Connection, path: &Path) -> Result<i64, LedgerError> {
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
    Ok(version)
}

/// WAL with an fsync for each commit, read back.
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

/// A sound copy beside the journal, under a name that tells schema and time; it has that name only once it is whole and on
/// the disk. A ledger without intents is not copied.
fn back_up(connection: &Connection, path: &Path, version: i64) -> Result<(), LedgerError> {
    let empty: bool = connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM intents)", [], |row| row.get(0))?;
    if empty {
        return Ok(());
    }
    let copy = beside(path, &format!(".schema-{version}.{}.backup", clock::now_ms()));
    let partial = beside(&copy, ".partial");
    let name = partial.to_str().ok_or_else(|| {
        let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, "the path has to be UTF-8");
        LedgerError::Io { path: partial.clone(), source }
    })?;
    if partial.exists() {
        std::fs::remove_file(&partial).map_err(io(&partial))?;
    }
    connection.execute("VACUUM INTO ?1", [name])?;
    crash::point("during_backup");
    File::open(&partial).and_then(|file| file.sync_all()).map_err(io(&partial))?;
    std::fs::rename(&partial, &copy).map_err(io(&copy))?;
    let folder = copy.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io(folder))
}

fn pin(connection: &Connection, path: &Path, pins: Pins) -> Result<(), LedgerError> {
    let chain_id = i64::try_from(pins.chain_id)
        .map_err(|_| LedgerError::BadRow(format!("no room for chain id {}", pins.chain_id)))?;
    connection.execute(
        "INSERT INTO meta (one, chain_id, genesis_hash, created_ms) VALUES (1, ?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![chain_id, pins.genesis_hash.as_slice(), clock::now_ms()],
    )?;
    check_pins(connection, path, pins)
}

fn check_pins(connection: &Connection, path: &Path, pins: Pins) -> Result<(), LedgerError> {
    let (id, hash): (i64, Vec<u8>) =
        connection.query_row("SELECT chain_id, genesis_hash FROM meta", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let pinned =
        Pins { chain_id: id.unsigned_abs(), genesis_hash: B256::try_from(hash.as_slice()).unwrap_or_default() };
    if pinned == pins {
        return Ok(());
    }
    Err(LedgerError::OtherChain { path: path.to_owned(), pinned: pinned.to_string(), seen: pins.to_string() })
}

/// Makes the journal ours; what was opened before under a lower number can write no more.
fn raise_fence(connection: &Connection, now_ms: i64) -> Result<i64, LedgerError> {
    let system = |name: &str| {
        let text = std::fs::read_to_string(format!("/proc/sys/kernel/{name}")).unwrap_or_default();
        if text.trim().is_empty() { "unknown".to_owned() } else { text.trim().to_owned() }
    };
    let since = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now_ms).unwrap_or(0));
    let owner = format!(
        "process {} on {} since {} (boot {})",
        std::process::id(),
        system("hostname"),
        httpdate::fmt_http_date(since),
        system("random/boot_id")
    );
    let raised = "UPDATE meta SET fence = fence + 1, owner = ?1 RETURNING fence";
    Ok(connection.query_row(raised, [owner], |row| row.get(0))?)
}
