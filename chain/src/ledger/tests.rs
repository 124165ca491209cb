use std::path::PathBuf;

use alloy::{
    consensus::{SignableTransaction, TxEip1559},
    eips::eip2718::Encodable2718,
    primitives::{Address, Signature, TxKind, U256, keccak256},
};

use super::*;

mod migration;
mod soundness;
mod spending;
mod writing;

const PINS: Pins = Pins { chain_id: 31337, genesis_hash: B256::repeat_byte(7) };
const SIGNER: Address = Address::repeat_byte(1);
const DATA: [u8; 4] = [1, 2, 3, 4];

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deep/er/ledger.sqlite");
    (folder, file)
}

fn payload(value: U256) -> Payload {
    Payload { target: Some(Address::repeat_byte(2)), value, data_hash: keccak256(DATA), data_bytes: 4 }
}

/// Waits for the thread that writes.
fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn write<T: Send + 'static>(
    ledger: &Ledger,
    work: impl FnOnce(&Tx<'_>) -> Result<T, LedgerError> + Send + 'static,
) -> Result<T, LedgerError> {
    now(ledger.write(work))
}

fn wish(key: &str) -> NewIntent {
    NewIntent { key: key.to_owned(), signer: SIGNER, payload: payload(U256::MAX), priority: 0, deadline: None }
}

fn reservation(nonce: u64) -> Reservation {
    Reservation { nonce, gas: 21_000, spend: U256::from(7), spend_day: Some(3) }
}

/// A transaction as the rows of [`put`] tell of it; who signed it does not matter here.
fn bytes(key: &str, nonce: u64, generation: u32) -> (B256, Vec<u8>) {
    let Payload { target, value, .. } = payload(U256::MAX);
    let signature = Signature::new(U256::from_be_bytes(keccak256(key).0), U256::from(generation), false);
    let body = TxEip1559 {
        chain_id: PINS.chain_id,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: u128::MAX,
        to: TxKind::Call(target.unwrap()),
        value,
        input: DATA.into(),
        ..TxEip1559::default()
    };
    let signed = body.into_signed(signature);
    (*signed.hash(), signed.encoded_2718())
}

/// Queues, reserves and signs at once.
fn put(ledger: &Ledger, key: &str, nonce: u64) -> Result<IntentRow, LedgerError> {
    let key = key.to_owned();
    write(ledger, move |tx| {
        let row = tx.reserve(&tx.queue(&wish(&key))?, &reservation(nonce))?;
        let (hash, raw) = bytes(&key, nonce, row.generation);
        tx.put_attempt(&NewAttempt {
            intent: row.id,
            generation: row.generation,
            signer: SIGNER,
            nonce,
            hash,
            max_fee: u128::MAX,
            tip: 0,
            raw: &raw,
            kind: AttemptKind::Call,
        })?;
        tx.set_state(&row, IntentState::Signed)?;
        tx.intent_by_id(row.id)
    })
}

/// Another connection, as a stranger with the sqlite3 shell has it.
fn by_hand(file: &Path) -> Connection {
    let connection = Connection::open(file).unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    connection
}

fn receipt(success: bool) -> ReceiptRow {
    ReceiptRow {
        block_number: 9,
        block_hash: B256::repeat_byte(9),
        gas_used: 21_000,
        gas_price: u128::MAX,
        created: Some(Address::repeat_byte(4)),
        success,
    }
}

fn walk(ledger: &Ledger, row: &IntentRow, states: &[IntentState]) -> Result<(), LedgerError> {
    states.iter().try_for_each(|state| {
        let (row, state) = (row.clone(), *state);
        write(ledger, move |tx| tx.set_state(&row, state))
    })
}

#[test]
fn what_is_written_reads_back_after_reopening() {
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    let row = put(&ledger, "a", 5).unwrap();
    let attempt = ledger.read(|tx| tx.attempts(row.id, 1)).unwrap().remove(0);
    let (intent, id) = (row.clone(), attempt.id);
    write(&ledger, move |tx| tx.put_receipt(&intent, id, &receipt(true))).unwrap();
    drop(ledger);
    let ledger = Ledger::open(&file, PINS).unwrap();
    let again = ledger.read(|tx| tx.intent("a")).unwrap().unwrap();
    assert_eq!(again, row);
    assert_eq!(again.payload, payload(U256::MAX));
    assert_eq!(ledger.read(|tx| tx.attempts(row.id, 1)).unwrap(), std::slice::from_ref(&attempt));
    assert_eq!((attempt.max_fee, attempt.tip, attempt.nonce), (u128::MAX, 0, 5));
    assert_eq!(ledger.read(|tx| tx.receipt(row.id, 1)).unwrap(), Some((attempt.hash, receipt(true))));
    assert_eq!(ledger.read(|tx| tx.raw(attempt.id)).unwrap().to_vec(), bytes("a", 5, 1).1);
    assert_eq!(ledger.read(|tx| tx.own_next(SIGNER)).unwrap(), 6);
}

#[test]
fn a_second_one_on_the_same_file_is_refused_until_the_first_is_gone() {
    let (_folder, file) = folder();
    let first = Ledger::open(&file, PINS).unwrap();
    assert!(matches!(Ledger::open(&file, PINS), Err(LedgerError::InUse { .. })));
    drop(first);
    Ledger::open(&file, PINS).unwrap();
}

/// Run by the test below in a process of its own.
#[test]
fn second_process() {
    let Some(file) = std::env::var_os("TMINUS_TEST_LEDGER") else { return };
    match Ledger::open(Path::new(&file), PINS) {
        Err(LedgerError::InUse { .. }) => {}
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_second_process_is_refused() {
    let (_folder, file) = folder();
    let held = Ledger::open(&file, PINS).unwrap();
    let child = |file: &Path| {
        std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "ledger::tests::second_process"])
            .env("TMINUS_TEST_LEDGER", file)
            .output()
            .unwrap()
    };
    let output = child(&file);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    drop(held);
    assert!(!child(&file).status.success(), "without a holder the other process gets in");
}

#[test]
fn a_newer_schema_another_program_and_another_chain_are_refused_unchanged() {
    let (_folder, file) = folder();
    drop(Ledger::open(&file, PINS).unwrap());
    let other = Pins { chain_id: 1, ..PINS };
    assert!(matches!(Ledger::open(&file, other), Err(LedgerError::OtherChain { .. })));
    let other = Pins { genesis_hash: B256::ZERO, ..PINS };
    assert!(matches!(Ledger::open(&file, other), Err(LedgerError::OtherChain { .. })));

    let set = |pragma: &str| Connection::open(&file).unwrap().execute_batch(pragma).unwrap();
    set(&format!("PRAGMA user_version = {}", schema::VERSION + 1));
    let error = Ledger::open(&file, PINS).unwrap_err();
    assert!(matches!(error, LedgerError::Newer { .. }));
    assert!(error.to_string().contains("newer tminus"), "{error}");
    set(&format!("PRAGMA user_version = {}; PRAGMA application_id = 5", schema::VERSION));
    assert!(matches!(Ledger::open(&file, PINS), Err(LedgerError::Foreign { found: 5, .. })));

    let plain = file.with_file_name("other.sqlite");
    Connection::open(&plain).unwrap().execute_batch("CREATE TABLE notes (text)").unwrap();
    assert!(matches!(Ledger::open(&plain, PINS), Err(LedgerError::Foreign { .. })));
    let text = file.with_file_name("notes.txt");
    std::fs::write(&text, "a".repeat(5_000)).unwrap();
    assert!(matches!(Ledger::open(&text, PINS), Err(LedgerError::Damaged { .. })));
}

#[test]
fn damaged_pages_are_found_at_opening() {
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    for nonce in 0..200 {
        put(&ledger, &format!("key/{nonce}"), nonce).unwrap();
    }
    drop(ledger);
    let mut bytes = std::fs::read(&file).unwrap();
    let pages = bytes.len() / 4096;
    assert!(pages > 10);
    for page in pages / 2..pages {
        bytes[page * 4096..page * 4096 + 64].fill(0xff);
    }
    std::fs::write(&file, bytes).unwrap();
    assert!(matches!(Ledger::open(&file, PINS), Err(LedgerError::Damaged { .. })));
}

#[test]
fn finalized_is_never_left_not_even_by_hand() {
    use IntentState::{Finalized, Mined, Sent};
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    let row = put(&ledger, "a", 0).unwrap();
    walk(&ledger, &row, &[Sent, Mined, Finalized]).unwrap();
    for state in IntentState::ALL {
        assert!(matches!(walk(&ledger, &row, &[state]), Err(LedgerError::BadRow(_))), "{state:?}");
    }
    let connection = by_hand(&file);
    for sql in [
        "UPDATE intents SET state = 'sent'",
        "UPDATE intents SET nonce = 7",
        "DELETE FROM intents",
        "DELETE FROM attempts",
        "UPDATE attempts SET raw = x'00'",
        "UPDATE attempts SET nonce = 1",
        "INSERT INTO attempts SELECT 9, 77, 1, signer, 0, x'00', max_fee, tip, state, 0, raw, kind FROM attempts",
        "UPDATE attempts SET kind = 'cancel'",
        "UPDATE events SET what = 'nothing'",
        "DELETE FROM events",
        "DELETE FROM meta",
        "UPDATE meta SET chain_id = 1",
        "UPDATE meta SET fence = fence - 1",
        "UPDATE meta SET fence = fence",
    ] {
        assert!(connection.execute(sql, []).is_err(), "{sql}");
    }
    let another = |key: &str, value: &str, nonce: &str, gas: u64, state: &str| {
        connection.execute(
            &format!(
                "INSERT INTO intents (id, key, signer, target, value, data_hash, data_bytes, gas, nonce, generation, state,
                 created_ms, updated_ms) SELECT 9, '{key}', signer, target, {value}, data_hash, data_bytes, {gas}, {nonce}, 1,
                 '{state}', 0, 0 FROM intents"
            ),
            [],
        )
    };
    for (key, value, nonce, gas, state) in [
        ("b", "value", "9", 1, "done"),
        ("b", "x'00'", "9", 1, "sent"),
        ("a", "value", "9", 1, "sent"),
        ("b", "value", "0", 1, "sent"),
        ("b", "value", "NULL", 1, "sent"),
        ("b", "value", "9", 0, "sent"),
        ("b", "value", "9", 1, "queued"),
    ] {
        assert!(another(key, value, nonce, gas, state).is_err(), "{key} {value} {nonce} {gas} {state}");
    }
    another("b", "value", "9", 1, "sent").unwrap();
}

#[test]
fn only_what_can_take_no_effect_any_more_starts_again() {
    use IntentState::{Displaced, Mined, Refused, Reverted, Sent, Signed};
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    let paths: [&[IntentState]; 6] = [&[], &[Sent], &[Mined], &[Mined, Reverted], &[Sent, Displaced], &[Refused]];
    for (n, path) in paths.into_iter().enumerate() {
        let (key, nonce) = (format!("key/{n}"), n as u64);
        let row = put(&ledger, &key, nonce).unwrap();
        walk(&ledger, &row, path).unwrap();
        let again = put(&ledger, &key, nonce + 100);
        let last = path.last().copied().unwrap_or(Signed);
        assert_eq!(again.is_ok(), last.may_restart(), "{last:?}");
        if let Ok(again) = again {
            assert_eq!((again.id, again.generation, again.state), (row.id, 2, Signed));
            assert!(walk(&ledger, &row, &[Sent]).is_err(), "the old generation is over");
        }
    }
}

#[test]
fn nonces_go_up_and_only_what_was_refused_is_free_again() {
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    let next = |floor| ledger.read(|tx| tx.next_nonce(SIGNER, floor)).unwrap();
    assert_eq!((next(0), next(7)), (0, 7));
    let rows: Vec<_> = (0..4).map(|nonce| put(&ledger, &format!("key/{nonce}"), nonce).unwrap()).collect();
    assert_eq!((next(0), next(3), next(9)), (4, 4, 9));
    for row in &rows[1..3] {
        let attempt = ledger.read(|tx| tx.attempts(row.id, 1)).unwrap().remove(0);
        write(&ledger, move |tx| tx.set_attempt(attempt.id, AttemptState::Refused)).unwrap();
        assert_eq!(next(0), if row.nonce == Some(1) { 4 } else { 1 }, "not free while the intent stands");
        walk(&ledger, row, &[IntentState::Refused]).unwrap();
    }
    assert_eq!((next(0), next(2), next(3)), (1, 2, 4));
    put(&ledger, "other", 1).unwrap();
    assert_eq!(next(0), 2);
    put(&ledger, "key/1", 2).unwrap();
    assert_eq!(next(0), 4);
    assert!(put(&ledger, "key/9", 2).is_err(), "one standing intent a nonce");
}

#[test]
fn an_error_rolls_the_whole_window_back() {
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    let failed: Result<(), LedgerError> = write(&ledger, |tx| {
        tx.reserve(&tx.queue(&wish("a"))?, &reservation(0))?;
        Err(LedgerError::BadRow("stop".to_owned()))
    });
    assert!(failed.is_err());
    assert_eq!(ledger.read(|tx| tx.intent("a")).unwrap(), None);
    assert_eq!(ledger.read(|tx| tx.own_next(SIGNER)).unwrap(), 0);
}

#[test]
fn prefixes_are_taken_literally() {
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    for (nonce, key) in ["a/1", "a/2", "ab/1", "A/1", "a%/1", "a_/1"].into_iter().enumerate() {
        put(&ledger, key, nonce as u64).unwrap();
    }
    let keys = |prefix: &str| -> Vec<String> {
        ledger.read(|tx| tx.with_prefix(prefix)).unwrap().into_iter().map(|row| row.key).collect()
    };
    assert_eq!(keys("a/"), ["a/1", "a/2"]);
    assert_eq!(keys("a%"), ["a%/1"]);
    assert_eq!(keys("a_"), ["a_/1"]);
    assert_eq!(keys("").len(), 6);
}
