//! A ledger as the first version of this program left it.
//!
//! The first schema is the engine's own first migration, and the rows are those of a ledger of today as far as the first
//! version could have written them: what waits without a nonce did not exist.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// The engine's first migration.
const SCHEMA: &str = include_str!("../../../../chain/src/ledger/schema/1.sql");
/// What marks a file as a ledger.
const APPLICATION_ID: i32 = 0x744d_6e73;

const ROWS: &str = "
INSERT INTO meta (one, chain_id, genesis_hash, created_ms)
  SELECT one, chain_id, genesis_hash, created_ms FROM today.meta;
INSERT INTO signers (address, next, updated_ms) SELECT address, next, updated_ms FROM today.signers;
INSERT INTO intents
    (id, key, signer, target, value, data_hash, data_bytes, gas, nonce, generation, state, created_ms, updated_ms)
  SELECT id, key, signer, target, value, data_hash, data_bytes, gas, nonce, generation, state, created_ms, updated_ms
  FROM today.intents WHERE state IN ('signed', 'sent', 'mined', 'finalized', 'reverted', 'displaced', 'refused');
INSERT INTO attempts (id, intent, generation, signer, nonce, hash, max_fee, tip, state, made_ms, raw)
  SELECT id, intent, generation, signer, nonce, hash, max_fee, tip, state, made_ms, raw FROM today.attempts;
INSERT INTO receipts (attempt, block_number, block_hash, gas_used, gas_price, created, success, seen_ms)
  SELECT attempt, block_number, block_hash, gas_used, gas_price, created, success, seen_ms FROM today.receipts;
";

/// Puts a ledger of the first schema in the place of this one, which nobody has open.
pub(super) fn rewrite(ledger: &Path) -> Result<(), String> {
    let words = |error: rusqlite::Error| error.to_string();
    let old = beside(ledger, ".schema-1");
    let made = Connection::open(&old).map_err(words)?;
    made.execute_batch(SCHEMA).map_err(words)?;
    made.pragma_update(None, "application_id", APPLICATION_ID).map_err(words)?;
    made.pragma_update(None, "user_version", 1).map_err(words)?;
    let today = ledger.to_str().ok_or("a path that is not UTF-8")?;
    made.execute("ATTACH DATABASE ?1 AS today", [today]).map_err(words)?;
    made.execute_batch(&format!("BEGIN;{ROWS}COMMIT;")).map_err(words)?;
    made.execute("DETACH DATABASE today", []).map_err(words)?;
    let open: i64 = made.query_row("SELECT count(*) FROM attempts", [], |row| row.get(0)).map_err(words)?;
    if open == 0 {
        return Err("nothing was signed yet".to_owned());
    }
    drop(made);
    for ending in ["-wal", "-shm"] {
        // gone already when the last one closed it in order
        let _ = std::fs::remove_file(beside(ledger, ending));
    }
    std::fs::rename(&old, ledger).map_err(|error| error.to_string())
}

fn beside(ledger: &Path, ending: &str) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
