//! What another ledger did with the same key: recognised by payload and mark, taken over, never done twice.

use std::time::Duration;

use alloy::primitives::Bytes;
use tminus_chain::{
    ledger::IntentState,
    outbox::{IntentKey, OutboxError, OutboxEvent, Until},
};

use crate::{
    bench::{Bench, TARGET, pay, pays},
    support::{DEPLOYER, fake::OnSend, intent},
};

/// From now on another ledger, which is empty or a copy.
fn other_ledger(bench: &mut Bench, copy: Option<tempfile::TempDir>) {
    bench.folder = copy.unwrap_or_else(|| tempfile::tempdir().unwrap());
    bench.witness();
}

fn backup(bench: &Bench) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(bench.file(), folder.path().join("ledger.sqlite")).unwrap();
    folder
}

/// One payment is out when the process that sent it ends.
async fn sent_and_left(bench: &Bench) {
    let outbox = bench.open().await.unwrap();
    tokio::select! {
        _ = outbox.execute(pays(1), Until::Mined) => panic!("nothing was mined"),
        () = bench.until(|state| !state.pool.is_empty()) => {}
    }
    drop(outbox);
}

#[tokio::test]
async fn a_lost_ledger_finds_what_was_done_and_sends_only_the_rest() {
    for independent in [true, false] {
        let mut bench = Bench::new().await;
        bench.automine().await;
        let outbox = bench.open().await.unwrap();
        let first = outbox.execute_independent(pays(5), Until::Finalized).await.unwrap();
        drop(outbox);
        other_ledger(&mut bench, None);
        let outbox = bench.open().await.unwrap();
        let again = if independent {
            outbox.execute_independent(pays(7), Until::Finalized).await.unwrap()
        } else {
            outbox.execute(pays(7), Until::Finalized).await.unwrap()
        };
        assert_eq!(bench.node.lock().sends.len(), 7, "two were new");
        for (first, again) in first.iter().zip(&again) {
            assert_eq!((first.tx_hash, first.block_hash), (again.tx_hash, again.block_hash));
        }
        for n in 0..7 {
            assert_eq!(bench.node.lock().mined_with(&[n; 4]), [(n.into(), true)]);
        }
        assert!(bench.warned("taken over and not sent again"));
    }
}

#[tokio::test]
async fn an_old_backup_finds_what_was_done_since() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    outbox.execute(pays(2), Until::Finalized).await.unwrap();
    drop(outbox);
    let old = backup(&bench);
    let outbox = bench.open().await.unwrap();
    outbox.execute_independent(pays(9), Until::Finalized).await.unwrap();
    drop(outbox);
    other_ledger(&mut bench, Some(old));
    let outbox = bench.open().await.unwrap();
    outbox.execute_independent(pays(12), Until::Finalized).await.unwrap();
    assert_eq!(bench.node.lock().sends.len(), 12);
    for n in 0..12 {
        assert_eq!(bench.node.lock().mined_with(&[n; 4]), [(n.into(), true)]);
    }
}

#[tokio::test]
async fn a_replacement_that_the_backup_does_not_know_is_its_intents_all_the_same() {
    let mut bench = Bench::new().await;
    sent_and_left(&bench).await;
    let old = backup(&bench);
    let outbox = bench.open().await.unwrap();
    tokio::select! {
        _ = outbox.execute(pays(1), Until::Mined) => panic!("nothing was mined"),
        () = bench.told(|event| matches!(event, OutboxEvent::Bumped(..))) => {}
    }
    drop(outbox);
    other_ledger(&mut bench, Some(old));
    bench.node.mine(1);
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    let done = outbox.execute(pays(1), Until::Finalized).await.unwrap();
    assert_ne!(done[0].tx_hash, bench.node.lock().sends[0].2.hash, "it was the replacement");
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(0, true)]);
    assert_eq!(bench.payloads(1), 0);
}

#[tokio::test]
async fn what_a_backup_does_not_know_to_be_cancelled_stays_cancelled() {
    let mut bench = Bench::new().await;
    sent_and_left(&bench).await;
    let old = backup(&bench);
    let outbox = bench.open().await.unwrap();
    outbox.cancel(&pay(0).key).await.unwrap();
    drop(outbox);
    other_ledger(&mut bench, Some(old));
    bench.node.mine(1);
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    let done = outbox.execute(pays(1), Until::Finalized).await;
    assert!(matches!(&done, Err(OutboxError::Cancelled(_))), "{done:?}");
    assert!(bench.node.lock().mined_with(&[0; 4]).is_empty());
    assert_eq!(bench.payloads(1), 0);
}

#[tokio::test]
async fn the_same_payment_under_another_key_is_another_payment() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let twin = |key: &str| intent(key, Some(TARGET), Bytes::from(vec![1; 4]));
    let outbox = bench.open().await.unwrap();
    outbox.execute(vec![twin("march")], Until::Finalized).await.unwrap();
    drop(outbox);
    other_ledger(&mut bench, None);
    let outbox = bench.open().await.unwrap();
    outbox.execute(vec![twin("april")], Until::Finalized).await.unwrap();
    assert_eq!(bench.node.lock().mined_with(&[1; 4]), [(0, true), (1, true)]);
    outbox.execute(vec![twin("march")], Until::Finalized).await.unwrap();
    assert_eq!(bench.node.lock().mined_with(&[1; 4]).len(), 2);
}

#[tokio::test]
async fn a_final_revert_is_not_taken_over_because_it_did_nothing() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    bench.node.lock().mined_reverts.push_back(true);
    let outbox = bench.open().await.unwrap();
    assert!(matches!(outbox.execute(pays(1), Until::Mined).await, Err(OutboxError::Reverted(_))));
    drop(outbox);
    other_ledger(&mut bench, None);
    let outbox = bench.open().await.unwrap();
    outbox.execute(pays(1), Until::Finalized).await.unwrap();
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(0, false), (1, true)]);
}

#[tokio::test]
async fn a_long_history_is_followed_only_as_long_as_it_is_ours() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    // 300 of ours, which is more than a new journal looks at first
    let outbox = bench.open().await.unwrap();
    let many: Vec<_> =
        (0..300u32).map(|n| intent(&format!("pay/{n}"), Some(TARGET), n.to_be_bytes().to_vec().into())).collect();
    outbox.execute_independent(many.clone(), Until::Finalized).await.unwrap();
    drop(outbox);
    other_ledger(&mut bench, None);
    let outbox = bench.open().await.unwrap();
    outbox.execute_independent(many, Until::Finalized).await.unwrap();
    assert_eq!(bench.node.lock().sends.len(), 300);
}

#[tokio::test]
async fn a_stranger_is_told_in_words_while_we_run() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(0)], Until::Mined);
    let chain = async {
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.lock().mine_foreign(DEPLOYER);
        bench.told(|event| matches!(event, OutboxEvent::Warning(text) if text.contains("0xdeadbeef") && text.contains("used elsewhere"))).await;
        bench.node.mine(4);
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.mine(1);
    };
    let (done, ()) = tokio::join!(run, chain);
    assert!(done.unwrap()[0].success);
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(1, true)]);
}

#[tokio::test]
async fn two_ledgers_of_one_key_with_the_same_work_do_it_once() {
    let mut bench = Bench::new().await;
    bench.node.lock().automine = true;
    let one = bench.open().await.unwrap();
    let first = bench.folder;
    bench.folder = tempfile::tempdir().unwrap();
    bench.node.lock().witness = None;
    let other = bench.open().await.unwrap();
    bench.node.lock().finality_depth = 1;
    let mut backwards = pays(20);
    backwards.reverse();
    let (one, other) = tokio::join!(one.execute(pays(20), Until::Mined), other.execute(backwards, Until::Mined));
    drop(first);
    for n in 0..20 {
        assert_eq!(bench.node.lock().mined_with(&[n; 4]).len(), 1, "pay/{n}: {one:?} {other:?}");
    }
}

#[tokio::test]
async fn a_count_without_transactions_is_not_believed() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    bench.config.bump_after = Duration::from_millis(20);
    let outbox = bench.open().await.unwrap();
    bench.node.lock().lying_nonce = 3;
    let lied = outbox.execute(pays(1), Until::Mined).await;
    assert!(lied.is_err(), "{lied:?}");
    assert!(bench.node.lock().sends.is_empty());
    bench.node.lock().lying_nonce = 0;
    outbox.execute(pays(1), Until::Mined).await.unwrap();
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(0, true)]);
}

#[tokio::test]
async fn what_is_in_flight_and_was_done_by_somebody_else_is_cancelled() {
    let mut bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    // another ledger does pay/0 at nonce 0
    let first = std::mem::replace(&mut bench.folder, tempfile::tempdir().unwrap());
    bench.node.lock().witness = None;
    let other = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(7), pay(0)], Until::Mined);
    let chain = async {
        bench.until(|state| state.pool.contains_key(&(DEPLOYER, 0))).await;
        bench.node.lock().pool.clear();
        bench.node.lock().on_send.extend([OnSend::Honest]);
        let work = other.execute(vec![pay(0)], Until::Mined);
        let mine = async {
            bench.until(|state| state.pool.get(&(DEPLOYER, 0)).is_some_and(|tx| tx.input[..] == [0; 4])).await;
            bench.node.mine(6);
        };
        let _ = tokio::join!(work, mine);
        bench.node.lock().automine = true;
        bench.node.mine(6);
    };
    let (done, ()) = tokio::join!(run, chain);
    assert!(done.is_ok(), "{done:?}");
    drop(first);
    assert_eq!(bench.node.lock().mined_with(&[0; 4]).len(), 1);
    assert_eq!(bench.node.lock().mined_with(&[7; 4]).len(), 1);
    let known = outbox.known("pay/0").unwrap().remove(0);
    assert_eq!((known.key, known.state), (IntentKey::new("pay/0"), IntentState::Mined));
}
