//! Blocks that come, go and become final.

use std::time::Duration;

use alloy::primitives::Bytes;
use tminus_chain::outbox::{OutboxError, OutboxEvent, Until};

use crate::bench::{Bench, pay, pays};

#[tokio::test]
async fn a_reorganised_block_takes_its_receipt_along_and_the_same_bytes_go_out_again() {
    for kept in [true, false] {
        let mut bench = Bench::new().await;
        bench.automine().await;
        let outbox = bench.open().await.unwrap();
        let first = outbox.execute(pays(3), Until::Mined).await.unwrap();
        bench.node.lock().reorg(2, kept);
        bench.node.mine(1);
        let again = outbox.execute(pays(3), Until::Finalized).await.unwrap();
        for (first, again) in first.iter().zip(&again) {
            assert_eq!(first.tx_hash, again.tx_hash);
            assert!(again.finalized);
        }
        assert_ne!(first[2].block_hash, again[2].block_hash);
        assert!(bench.warned("reorganised away"));
        for n in 0..3 {
            assert_eq!(bench.payloads(n.into()), 1);
            assert_eq!(bench.node.lock().mined_with(&[n; 4]), [(n.into(), true)]);
        }
    }
}

#[tokio::test]
async fn a_reorganisation_while_nobody_looks_is_found_at_opening() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    outbox.execute(pays(2), Until::Mined).await.unwrap();
    drop(outbox);
    bench.node.lock().reorg(1, false);
    let outbox = bench.open().await.unwrap();
    assert!(bench.warned("reorganised away"));
    outbox.finalize().await.unwrap();
    assert_eq!(outbox.summary().unwrap().finalized, 2);
    assert_eq!(bench.node.lock().mined_with(&[1; 4]), [(1, true)]);
}

#[tokio::test]
async fn a_revert_counts_once_it_is_final_and_may_be_tried_again_then() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    bench.node.lock().mined_reverts.push_back(true);
    let outbox = bench.open().await.unwrap();
    let failed = outbox.execute(pays(2), Until::Mined).await;
    let Err(OutboxError::Reverted(settled)) = failed else { panic!("{failed:?}") };
    assert!(settled.finalized && !settled.success);
    assert!(bench.node.lock().mined_with(&[1; 4]).is_empty(), "the second was not sent");
    let known = outbox.known("pay/").unwrap();
    assert!(known[0].settled.as_ref().is_some_and(|settled| !settled.success));

    bench.node.lock().call_reverts = Some(Bytes::new());
    assert!(matches!(outbox.execute(pays(2), Until::Mined).await, Err(OutboxError::WouldRevert { .. })));
    bench.node.lock().call_reverts = None;
    outbox.execute(pays(2), Until::Finalized).await.unwrap();
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(0, false), (1, true)]);
}

#[tokio::test]
async fn a_revert_that_is_reorganised_into_a_success_is_one() {
    let bench = Bench::new().await;
    bench.node.lock().mined_reverts.push_back(true);
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(0)], Until::Mined);
    let chain = async {
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.mine(1);
        bench.told(|event| matches!(event, OutboxEvent::Mined(settled) if !settled.success)).await;
        bench.node.lock().reorg(1, true);
        bench.node.mine(6);
    };
    let (done, ()) = tokio::join!(run, chain);
    assert!(done.unwrap()[0].success);
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(0, true)]);
}

#[tokio::test]
async fn a_chain_that_contradicts_what_was_final_stops_everything() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    outbox.execute(vec![pay(0)], Until::Finalized).await.unwrap();
    let depth = bench.node.lock().blocks.len() - 1;
    bench.node.lock().reorg(depth, false);
    let error = outbox.execute(vec![pay(0)], Until::Mined).await;
    assert!(matches!(&error, Err(OutboxError::Local(text)) if text.contains("not the chain")), "{error:?}");
    drop(outbox);
    assert!(matches!(bench.open().await, Err(OutboxError::Local(text)) if text.contains("not the chain")));
}

#[tokio::test]
async fn a_block_that_goes_while_its_successor_is_in_flight_is_missed() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(pays(2), Until::Mined);
    let chain = async {
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.mine(1);
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.lock().reorg(1, false);
        bench.until(|state| state.pool.len() == 2).await;
        bench.node.mine(1);
    };
    let (done, ()) = tokio::join!(run, chain);
    assert!(done.unwrap().iter().all(|settled| settled.success));
    assert!(bench.warned("reorganised away"));
    assert_eq!((bench.payloads(0), bench.payloads(1)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn finality_that_stands_still_is_told_and_ends_the_waiting_after_an_hour() {
    for whole in [false, true] {
        let mut bench = Bench::new().await;
        (bench.config.bump_after, bench.config.poll) = (Duration::from_secs(30), Duration::from_secs(12));
        bench.node.lock().automine = true;
        bench.node.mine(10);
        let outbox = bench.open().await.unwrap();
        outbox.execute(vec![pay(0)], Until::Mined).await.unwrap();
        let start = tokio::time::Instant::now();
        let wait = async {
            if whole { outbox.finalize().await } else { outbox.execute(vec![pay(0)], Until::Finalized).await.map(drop) }
        };
        let chain = async {
            // moves twice within the hour, without reaching the block
            for _ in 0..2 {
                tokio::time::sleep(Duration::from_secs(45 * 60)).await;
                let told =
                    |event: &OutboxEvent| matches!(event, OutboxEvent::Waiting(text) if text.contains("stays at"));
                assert!(bench.events.all().iter().any(told));
                bench.node.mine(1);
            }
        };
        let (done, ()) = tokio::join!(wait, chain);
        assert!(matches!(&done, Err(OutboxError::Halted(text)) if text.contains("stays at")), "{done:?}");
        assert!(start.elapsed() >= Duration::from_secs((45 * 2 + 60) * 60));
    }
}
