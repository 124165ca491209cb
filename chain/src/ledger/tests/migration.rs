//! A ledger that the first schema's program wrote, and what becomes of it.

use std::collections::BTreeMap;

use rusqlite::types::Value;

use super::*;

/// Written by the program of schema 1: intents in each of its states, some with several transactions or generations.
const OLD: &[u8] = include_bytes!("../../../tests/fixtures/ledger-schema-1.sqlite");

type Rows = BTreeMap<String, Vec<BTreeMap<String, Value>>>;

/// Every row of every table, by column name.
fn rows(file: &Path) -> Rows {
    let connection = Connection::open(file).unwrap();
    let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let read = |table: &String| {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let read = |row: &rusqlite::Row<'_>| {
            names.iter().enumerate().map(|(at, name)| Ok((name.clone(), row.get(at)?))).collect()
        };
        statement.query_map([], read).unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    };
    tables.iter().map(|table| (table.clone(), read(table))).collect()
}

fn old() -> (tempfile::TempDir, PathBuf) {
    let (folder, file) = folder();
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, OLD).unwrap();
    (folder, file)
}

fn backups(file: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.to_str().unwrap().contains("backup")).collect()
}

#[test]
fn every_row_of_the_first_schema_is_kept() {
    let (_folder, file) = old();
    let before = rows(&file);
    assert_eq!((before["intents"].len(), before["attempts"].len()), (14, 23));
    let ledger = Ledger::open(&file, PINS).unwrap();
    let after = rows(&file);
    for (table, old_rows) in &before {
        let new_rows = &after[table];
        assert_eq!(old_rows.len(), new_rows.len(), "{table}");
        for (old, new) in old_rows.iter().zip(new_rows) {
            for (column, value) in old {
                assert_eq!(new.get(column), Some(value), "{table}.{column}");
            }
        }
    }
    // it works on: what is in flight is found, the next nonce is known, nothing is owed to foreign keys
    let (pending, mined) = ledger.read(|tx| Ok((tx.pending()?, tx.mined()?))).unwrap();
    assert_eq!(pending.iter().map(|row| row.nonce().unwrap()).collect::<Vec<_>>(), [7, 9, 10, 11, 12, 13]);
    assert_eq!(mined.len(), 2);
    let signer = pending[0].signer;
    assert_eq!(ledger.read(|tx| tx.own_next(signer)).unwrap(), 15);
    assert_eq!(ledger.read(|tx| tx.next_nonce(signer, 7)).unwrap(), 14, "the refused one is free");
    let broken: i64 =
        by_hand(&file).query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
    assert_eq!(broken, 0);
    let stored = ledger.read(|tx| tx.attempts(pending[1].id, 1)).unwrap();
    assert!(stored.iter().all(|attempt| attempt.kind == AttemptKind::Call) && stored.len() == 2);
}

#[test]
fn the_old_ledger_is_copied_aside_first_and_only_once() {
    let (_folder, file) = old();
    let before = rows(&file);
    drop(Ledger::open(&file, PINS).unwrap());
    let [copy] = &backups(&file)[..] else { panic!("one copy") };
    assert!(copy.to_str().unwrap().contains("ledger.sqlite.schema-1."), "{}", copy.display());
    assert_eq!(rows(copy), before);
    drop(Ledger::open(&file, PINS).unwrap());
    assert_eq!(backups(&file).len(), 1);
    // the copy is a ledger itself
    let again = file.with_file_name("again.sqlite");
    std::fs::copy(copy, &again).unwrap();
    Ledger::open(&again, PINS).unwrap();
}

#[test]
fn a_ledger_of_another_chain_is_neither_copied_nor_changed() {
    let (_folder, file) = old();
    let other = Pins { chain_id: 5, ..PINS };
    assert!(matches!(Ledger::open(&file, other), Err(LedgerError::OtherChain { .. })));
    assert!(backups(&file).is_empty());
    let version: i64 = by_hand(&file).pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 1);
}

#[test]
fn the_guards_of_the_first_schema_hold_after_the_migration() {
    let (_folder, file) = old();
    drop(Ledger::open(&file, PINS).unwrap());
    let connection = by_hand(&file);
    for sql in [
        "UPDATE intents SET updated_ms = 0 WHERE state = 'finalized'",
        "DELETE FROM intents WHERE state = 'refused'",
        "DELETE FROM attempts",
        "UPDATE attempts SET raw = x'00'",
        "UPDATE intents SET nonce = 9 WHERE state = 'signed'",
    ] {
        assert!(connection.execute(sql, []).is_err(), "{sql}");
    }
}
