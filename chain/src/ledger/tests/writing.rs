//! The thread that writes: durability, order, panics, fences, a failing disk.

use std::time::Duration;

use super::*;

fn count(ledger: &Ledger) -> usize {
    ledger.read(|tx| tx.with_prefix("")).unwrap().len()
}

#[test]
fn every_commit_reaches_the_disk() {
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    write(&ledger, |tx| {
        let text = |name: &str| tx.one(&format!("PRAGMA {name}"), [], |row| Ok(row.get::<_, String>(0)?)).unwrap();
        let number = |name: &str| tx.one(&format!("PRAGMA {name}"), [], |row| Ok(row.get::<_, i64>(0)?)).unwrap();
        assert_eq!(text("journal_mode"), "wal");
        assert_eq!(number("synchronous"), 2);
        assert_eq!(number("foreign_keys"), 1);
        assert_eq!(number("trusted_schema"), 0);
        assert_eq!(number("cell_size_check"), 1);
        assert_eq!(number("application_id"), i64::from(schema::APPLICATION_ID));
        assert_eq!(number("user_version"), schema::VERSION);
        Ok(())
    })
    .unwrap();
    let changed = ledger.read(|tx| tx.queue(&wish("a")));
    assert!(matches!(changed, Err(LedgerError::Sqlite(_))), "a reader cannot write: {changed:?}");
}

#[test]
fn who_holds_it_is_named() {
    let (_folder, file) = folder();
    let _held = Ledger::open(&file, PINS).unwrap();
    let error = Ledger::open(&file, PINS).unwrap_err().to_string();
    assert!(error.contains(&format!("process {} on ", std::process::id())) && error.contains(" since "), "{error}");
}

#[test]
fn a_panic_rolls_back_and_the_thread_goes_on() {
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    let failed: Result<(), LedgerError> = write(&ledger, |tx| {
        tx.queue(&wish("a"))?;
        panic!("out of my depth");
    });
    let Err(LedgerError::Panicked(words)) = failed else { panic!("{failed:?}") };
    assert_eq!(words, "out of my depth");
    assert_eq!(count(&ledger), 0);
    put(&ledger, "b", 0).unwrap();
    assert_eq!(count(&ledger), 1);
}

#[test]
fn a_caller_that_goes_away_does_not_undo_its_change_and_closing_waits_for_it() {
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    now(async {
        let slow = ledger.write(move |tx| {
            wait.recv().unwrap();
            tx.queue(&wish("slow"))
        });
        assert!(futures::poll!(Box::pin(slow)).is_pending(), "handed over and dropped");
        go.send(()).unwrap();
    });
    drop(ledger);
    let ledger = Ledger::open(&file, PINS).unwrap();
    assert_eq!(count(&ledger), 1);
}

/// tokio moves a paused clock on to the next timer as soon as it thinks that nothing is going on.
#[tokio::test(start_paused = true)]
async fn a_paused_clock_stands_still_during_a_commit() {
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    let late = tokio::spawn(tokio::time::sleep(Duration::from_secs(3_600)));
    let start = tokio::time::Instant::now();
    for n in 0..20 {
        let slow = ledger.write::<_, LedgerError>(move |tx| {
            std::thread::sleep(Duration::from_millis(5));
            tx.queue(&wish(&format!("key/{n}")))
        });
        slow.await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
    assert!(!late.is_finished());
    late.await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(3_600));
}

#[test]
fn who_was_overtaken_can_write_nothing_more() {
    let (_folder, file) = folder();
    let sleeper = Ledger::open(&file, PINS).unwrap();
    put(&sleeper, "a", 0).unwrap();
    // the lock file is deleted under it, so the lock is no obstacle
    let mut lock = file.as_os_str().to_owned();
    lock.push(".lock");
    std::fs::remove_file(lock).unwrap();
    let second = Ledger::open(&file, PINS).unwrap();
    assert!(matches!(put(&sleeper, "b", 1), Err(LedgerError::Fenced(_))));
    put(&second, "c", 1).unwrap();
    assert!(matches!(put(&sleeper, "d", 2), Err(LedgerError::Fenced(_))));
    assert_eq!(count(&second), 2);
}

#[test]
fn a_full_disk_seals_the_journal_and_room_opens_it_again() {
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    put(&ledger, "a", 0).unwrap();
    write(&ledger, |tx| {
        let pages: i64 = tx.one("PRAGMA page_count", [], |row| Ok(row.get(0)?))?;
        tx.one(&format!("PRAGMA max_page_count = {}", pages + 1), [], |_| Ok(()))
    })
    .unwrap();
    let full = (1..200).find_map(|nonce| put(&ledger, &format!("key/{nonce}"), nonce).err()).unwrap();
    assert!(matches!(full, LedgerError::Sealed { .. }), "{full:?}");
    assert!(full.to_string().contains("free some space"), "{full}");
    let known = count(&ledger);
    assert!(matches!(put(&ledger, "other", 500), Err(LedgerError::Sealed { .. })));
    assert!(matches!(ledger.check_writable(), Err(LedgerError::Sealed { .. })));
    assert_eq!(count(&ledger), known, "what is there can be read");
    drop(ledger);
    let ledger = Ledger::open(&file, PINS).unwrap();
    assert_eq!(count(&ledger), known);
    put(&ledger, "other", 500).unwrap();
}

#[test]
fn a_journal_that_was_deleted_or_replaced_takes_no_commit() {
    for lost in ["", "-wal"] {
        let (_folder, file) = folder();
        let ledger = Ledger::open(&file, PINS).unwrap();
        put(&ledger, "a", 0).unwrap();
        let mut gone = file.as_os_str().to_owned();
        gone.push(lost);
        std::fs::remove_file(&gone).unwrap();
        let error = put(&ledger, "b", 1).unwrap_err();
        assert!(matches!(error, LedgerError::Sealed { .. }), "{error:?}");
        assert!(error.to_string().contains("was deleted or replaced"), "{error}");
        std::fs::write(&gone, b"something else").unwrap();
        assert!(matches!(put(&ledger, "c", 2), Err(LedgerError::Sealed { .. })));
    }
}

#[test]
fn a_reserved_nonce_goes_back_at_the_next_opening() {
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    let reserve = |key: &'static str, nonce| {
        write(&ledger, move |tx| tx.reserve(&tx.queue(&wish(key))?, &reservation(nonce))).unwrap()
    };
    let row = reserve("a", 4);
    assert_eq!(
        (row.state, row.nonce, row.spend, row.spend_day),
        (IntentState::Reserved, Some(4), U256::from(7), Some(3))
    );
    put(&ledger, "b", 5).unwrap();
    assert_eq!(ledger.read(|tx| tx.next_nonce(SIGNER, 4)).unwrap(), 6);
    drop(ledger);
    let ledger = Ledger::open(&file, PINS).unwrap();
    let row = ledger.read(|tx| tx.intent("a")).unwrap().unwrap();
    assert_eq!((row.state, row.nonce, row.generation), (IntentState::Queued, None, 1));
    assert_eq!(row.reason.as_deref(), Some("the process that was signing it ended"));
    assert_eq!((row.spend, row.spend_day), (U256::ZERO, None));
    assert_eq!(ledger.read(|tx| tx.next_nonce(SIGNER, 4)).unwrap(), 4, "the empty nonce is next");
    assert_eq!(ledger.read(|tx| tx.next_nonce(SIGNER, 5)).unwrap(), 6, "the chain has used it meanwhile");
    let row = put(&ledger, "a", 4).unwrap();
    assert_eq!((row.generation, row.reason), (1, None));
}

#[test]
fn the_log_is_kept_short_while_somebody_reads_now_and_then() {
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    let log = || std::fs::metadata(file.with_file_name("ledger.sqlite-wal")).unwrap().len();
    assert_eq!(log(), 0, "emptied at opening");
    let mut longest = 0;
    for round in 0..12 {
        write(&ledger, move |tx| {
            for n in 0..200 {
                let row = tx.queue(&NewIntent { key: format!("{round}/{n}/{}", "k".repeat(2_000)), ..wish("") })?;
                tx.event(row.id, &"w".repeat(1_000))?;
            }
            Ok(())
        })
        .unwrap();
        longest = longest.max(log());
        assert_eq!(count(&ledger), (round + 1) * 200);
    }
    assert!(longest < 8 << 20, "{longest} bytes");
    assert!(std::fs::metadata(&file).unwrap().len() > 6 << 20);
}

#[test]
fn a_closed_journal_is_one_file() {
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    put(&ledger, "a", 0).unwrap();
    let log = file.with_file_name("ledger.sqlite-wal");
    assert!(log.exists());
    drop(ledger);
    assert!(!log.exists());
    let moved = file.with_file_name("moved.sqlite");
    std::fs::rename(&file, &moved).unwrap();
    assert_eq!(count(&Ledger::open(&moved, PINS).unwrap()), 1);
}
