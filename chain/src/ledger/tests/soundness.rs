//! Changed bytes are found at opening, where something depends on them.

use super::*;

fn filled() -> (tempfile::TempDir, PathBuf) {
    let (folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    for nonce in 0..40 {
        let row = put(&ledger, &format!("key/{nonce}"), nonce).unwrap();
        walk(&ledger, &row, &[IntentState::Sent]).unwrap();
    }
    drop(ledger);
    (folder, file)
}

fn change(file: &Path, sql: &str) {
    let connection = by_hand(file);
    connection.execute_batch("DROP TRIGGER attempts_do_not_change").unwrap();
    assert_eq!(connection.execute(sql, []).unwrap(), 1, "{sql}");
}

#[test]
fn bytes_that_are_not_what_their_row_says_are_found() {
    for sql in [
        "UPDATE attempts SET raw = CAST(substr(raw, 1, length(raw) - 1) || x'55' AS BLOB) WHERE id = 7",
        "UPDATE attempts SET hash = zeroblob(32) WHERE id = 7",
        "UPDATE attempts SET tip = CAST(zeroblob(15) || x'01' AS BLOB) WHERE id = 7",
        "UPDATE attempts SET max_fee = zeroblob(16) WHERE id = 7",
        "UPDATE attempts SET nonce = 999 WHERE id = 7",
        "UPDATE intents SET nonce = 999 WHERE id = 7",
        "UPDATE intents SET target = zeroblob(20) WHERE id = 7",
        "UPDATE intents SET value = zeroblob(32) WHERE id = 7",
        "UPDATE intents SET data_hash = zeroblob(32) WHERE id = 7",
    ] {
        let (_folder, file) = filled();
        change(&file, sql);
        let error = Ledger::open(&file, PINS).unwrap_err();
        assert!(matches!(error, LedgerError::Damaged { .. }), "{sql}: {error:?}");
        assert!(error.to_string().contains("key/6 is not the one its row tells of"), "{error}");
    }
}

#[test]
fn a_key_that_only_its_index_or_only_its_table_has_is_found() {
    let (_folder, file) = filled();
    let whole = std::fs::read(&file).unwrap();
    let places: Vec<_> =
        whole.windows(6).enumerate().filter(|(_, bytes)| bytes == b"key/39").map(|(at, _)| at).collect();
    assert!(places.len() >= 2, "in the table and in the index of keys");
    for at in places {
        let mut changed = whole.clone();
        changed[at] ^= 0x20;
        std::fs::write(&file, changed).unwrap();
        let error = Ledger::open(&file, PINS).unwrap_err();
        assert!(matches!(error, LedgerError::Damaged { .. }), "byte {at}: {error:?}");
    }
    std::fs::write(&file, whole).unwrap();
    Ledger::open(&file, PINS).unwrap();
}

/// SQLite's own check does not see it where an index is empty: the first question that needs it does.
#[test]
fn an_inner_page_in_place_of_a_leaf_is_told_with_what_to_do() {
    let (_folder, file) = filled();
    let root: i64 = by_hand(&file)
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'foreign_txs_of_signer'", [], |row| row.get(0))
        .unwrap();
    let mut changed = std::fs::read(&file).unwrap();
    changed[(usize::try_from(root).unwrap() - 1) * 4_096] ^= 8;
    std::fs::write(&file, changed).unwrap();
    let looked = Ledger::open(&file, PINS).and_then(|ledger| {
        let sql = "SELECT count(*) FROM foreign_txs INDEXED BY foreign_txs_of_signer";
        ledger.read(|tx| tx.one(sql, [], |row| Ok(row.get::<_, i64>(0)?)))
    });
    let error = looked.unwrap_err().to_string();
    assert!(error.contains("malformed") && error.contains("move the ledger aside"), "{error}");
}
