//! Priorities and deadlines, and what the journal has of what waits.

use tminus_chain::{
    ledger::IntentState,
    outbox::{Intent, OutboxError, OutboxEvent, Priority, Until},
};

use crate::{
    bench::{Bench, pay, pays},
    support::DEPLOYER,
};

#[tokio::test]
async fn in_one_call_the_higher_priority_goes_first_and_else_the_order_is_kept() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    let ranked = [Priority::Low, Priority::Normal, Priority::Urgent, Priority::Normal, Priority::High];
    let intents: Vec<Intent> = (0..5).map(|n| pay(n).with_priority(ranked[usize::from(n)])).collect();
    outbox.execute_independent(intents, Until::Mined).await.unwrap();
    for (nonce, n) in [(0, 2), (1, 4), (2, 1), (3, 3), (4, 0)] {
        assert_eq!(bench.node.lock().mined_with(&[n; 4]), [(nonce, true)]);
    }
}

#[tokio::test]
async fn a_higher_priority_of_another_call_gets_the_next_room() {
    let mut bench = Bench::new().await;
    bench.config.in_flight = 1;
    let outbox = bench.open().await.unwrap();
    let low = outbox.execute_independent(pays(4), Until::Mined);
    let high = async {
        bench.until(|state| state.pool.contains_key(&(DEPLOYER, 0))).await;
        let urgent = (10..12).map(|n| pay(n).with_priority(Priority::Urgent)).collect();
        outbox.execute_independent(urgent, Until::Mined).await
    };
    let mine = async {
        // the urgent ones are known to wait before there is room
        bench.until(|state| state.pool.contains_key(&(DEPLOYER, 0))).await;
        while outbox.known("pay/11").unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        for nonce in 0..6 {
            bench.until(|state| state.pool.contains_key(&(DEPLOYER, nonce))).await;
            bench.node.mine(1);
        }
    };
    let (low, high, ()) = tokio::join!(low, high, mine);
    assert_eq!((low.unwrap().len(), high.unwrap().len()), (4, 2));
    let state = bench.node.lock();
    for (nonce, n) in [(0, 0), (1, 10), (2, 11), (3, 1), (4, 2), (5, 3)] {
        assert_eq!(state.mined_with(&[n; 4]), [(nonce, true)], "pay/{n}");
    }
}

#[tokio::test]
async fn after_its_deadline_nothing_is_signed_for_the_first_time() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    let now = 1_700_000_000;
    outbox.execute(vec![pay(0).with_deadline(now + 12)], Until::Mined).await.unwrap();
    let late = outbox.execute(vec![pay(1).with_deadline(now)], Until::Mined).await;
    assert!(matches!(&late, Err(OutboxError::Expired { key, .. }) if key.as_str() == "pay/1"), "{late:?}");
    assert_eq!(outbox.known("pay/1").unwrap()[0].state, IntentState::Expired);
    assert_eq!(bench.node.lock().sends.len(), 1);
    // another deadline is another chance
    outbox.execute(vec![pay(1).with_deadline(now + 1_000)], Until::Finalized).await.unwrap();
}

#[tokio::test]
async fn what_is_out_when_its_deadline_passes_is_seen_to_its_end() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(0).with_deadline(1_700_000_100)], Until::Mined);
    let chain = async {
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.lock().later = 1_000;
        bench.told(|event| matches!(event, OutboxEvent::Bumped(..))).await;
        bench.node.mine(1);
    };
    let (done, ()) = tokio::join!(run, chain);
    done.unwrap();
}

#[tokio::test]
async fn what_is_handed_over_is_journaled_before_anything_is_sent_and_what_was_left_says_why() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    bench.node.lock().hang.push("eth_call");
    tokio::select! {
        done = outbox.execute(pays(3), Until::Mined) => panic!("{done:?}"),
        () = bench.node.hung() => {}
    }
    let states = || outbox.known("").unwrap().iter().map(|known| known.state).collect::<Vec<_>>();
    assert_eq!(states(), [IntentState::Queued; 3]);
    assert_eq!(outbox.summary().unwrap().waiting, 3);
    bench.node.lock().call_reverts = Some(Default::default());
    assert!(matches!(outbox.execute(pays(3), Until::Mined).await, Err(OutboxError::WouldRevert { .. })));
    assert_eq!(states(), [IntentState::Queued; 3]);
    let journal = rusqlite::Connection::open(bench.file()).unwrap();
    let reason: String =
        journal.query_row("SELECT reason FROM intents WHERE key = 'pay/2'", [], |row| row.get(0)).unwrap();
    assert!(reason.contains("pay/0 would revert") && reason.contains("again"), "{reason}");
}
