//! The day's spending is the sum of its parts, whatever becomes of them.

use proptest::prelude::*;

use super::*;

fn spent(ledger: &Ledger, day: i64) -> u64 {
    ledger.read(|tx| tx.spent(SIGNER, day, None)).unwrap().to()
}

fn reserve(ledger: &Ledger, key: &str, nonce: u64, spend: u64, day: i64) -> IntentRow {
    let key = key.to_owned();
    write(ledger, move |tx| {
        let what = Reservation { nonce, gas: 1, spend: U256::from(spend), spend_day: Some(day) };
        tx.reserve(&tx.queue(&wish(&key))?, &what)
    })
    .unwrap()
}

fn signed(ledger: &Ledger, key: &str, nonce: u64, spend: u64, day: i64) -> IntentRow {
    let row = reserve(ledger, key, nonce, spend, day);
    walk(ledger, &row, &[IntentState::Signed]).unwrap();
    row
}

fn end(ledger: &Ledger, row: &IntentRow, state: IntentState, cost: u64) {
    walk(ledger, row, &[IntentState::Mined]).unwrap();
    let row = row.clone();
    write(ledger, move |tx| tx.set_final(&row, state, U256::from(cost))).unwrap();
}

#[test]
fn what_may_be_spent_counts_until_it_is_known_what_was() {
    use IntentState::{Displaced, Finalized, Refused, Reverted, Sent};
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    let a = signed(&ledger, "a", 0, 100, 1);
    let b = signed(&ledger, "b", 1, 10, 1);
    let c = reserve(&ledger, "c", 2, 1, 2);
    assert_eq!((spent(&ledger, 0), spent(&ledger, 1), spent(&ledger, 2)), (0, 110, 1));
    let id = a.id;
    let without = |day| ledger.read(|tx| tx.spent(SIGNER, day, Some(id))).unwrap();
    assert_eq!((without(1), without(2)), (U256::from(10), U256::from(1)));
    write(&ledger, move |tx| tx.set_spend(id, U256::from(200))).unwrap();
    assert_eq!(spent(&ledger, 1), 210);
    end(&ledger, &a, Finalized, 150);
    assert_eq!(spent(&ledger, 1), 160);
    write(&ledger, move |tx| tx.give_back(&c, "no")).unwrap();
    assert_eq!(spent(&ledger, 2), 0);
    end(&ledger, &b, Reverted, 7);
    assert_eq!(spent(&ledger, 1), 157);
    // what the first generation cost is gone for good, on the day it was
    signed(&ledger, "b", 2, 20, 3);
    assert_eq!((spent(&ledger, 1), spent(&ledger, 3)), (157, 20));
    for (key, nonce, states) in [("d", 3, &[Sent, Displaced][..]), ("e", 4, &[Refused][..])] {
        let row = signed(&ledger, key, nonce, 50, 3);
        assert_eq!(spent(&ledger, 3), 70);
        walk(&ledger, &row, states).unwrap();
        assert_eq!(spent(&ledger, 3), 20);
    }
    drop(ledger);
    assert_eq!(spent(&Ledger::open(&file, PINS).unwrap(), 1), 157);
}

#[test]
fn a_sum_past_any_amount_is_an_error_and_not_a_small_one() {
    let (_folder, file) = folder();
    let ledger = Ledger::open(&file, PINS).unwrap();
    reserve(&ledger, "a", 0, 1, 1);
    let past = write(&ledger, |tx| {
        let what = Reservation { nonce: 1, gas: 1, spend: U256::MAX, spend_day: Some(1) };
        tx.reserve(&tx.queue(&wish("b"))?, &what)
    });
    assert!(matches!(past, Err(LedgerError::BadRow(_))), "{past:?}");
    assert_eq!(spent(&ledger, 1), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn totals_are_the_sums_of_what_is_stored(steps in proptest::collection::vec((0u8..5, 0u64..1_000, 0i64..3), 1..30)) {
        let (_folder, file) = folder();
        let ledger = Ledger::open(&file, PINS).unwrap();
        for (nonce, (what, spend, day)) in steps.iter().enumerate() {
            let row = reserve(&ledger, &format!("key/{nonce}"), nonce as u64, *spend, *day);
            if *what > 0 {
                walk(&ledger, &row, &[IntentState::Signed]).unwrap();
            }
            match what {
                2 => end(&ledger, &row, IntentState::Finalized, spend / 2),
                3 => walk(&ledger, &row, &[IntentState::Refused]).unwrap(),
                4 => write(&ledger, move |tx| tx.set_spend(row.id, U256::from(1_234))).unwrap(),
                _ => {}
            }
        }
        let rows = ledger.read(|tx| tx.with_prefix("")).unwrap();
        for day in 0..3 {
            let parts: u64 = rows.iter().filter(|row| row.spend_day == Some(day)).map(|row| row.spend.to::<u64>()).sum();
            prop_assert_eq!(spent(&ledger, day), parts);
        }
    }
}
