//! What is cancelled: decided by what was mined.

use tminus_chain::{
    ledger::IntentState,
    outbox::{Cancellation, IntentKey, OutboxError, OutboxEvent, Until},
};

use crate::{
    bench::{Bench, pay},
    support::DEPLOYER,
};

fn key(n: u8) -> IntentKey {
    pay(n).key
}

#[tokio::test]
async fn what_waits_is_cancelled_at_once_and_a_new_hand_over_starts_anew() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    bench.node.lock().base_fee = bench.config.max_fee_per_gas;
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(0)], Until::Mined);
    let cancel = async {
        bench.told(|event| matches!(event, OutboxEvent::Held(..))).await;
        assert_eq!(outbox.cancel(&key(0)).await.unwrap(), Cancellation::Done);
        bench.node.lock().base_fee = 1;
    };
    let (done, ()) = tokio::join!(run, cancel);
    assert!(matches!(&done, Err(OutboxError::Cancelled(cancelled)) if *cancelled == key(0)), "{done:?}");
    assert!(bench.node.lock().sends.is_empty());
    assert_eq!(outbox.cancel(&key(0)).await.unwrap(), Cancellation::Over(IntentState::Cancelled));
    assert!(outbox.cancel(&key(9)).await.is_err());
    outbox.execute(vec![pay(0)], Until::Finalized).await.unwrap();
    assert_eq!(outbox.cancel(&key(0)).await.unwrap(), Cancellation::Over(IntentState::Finalized));
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(0, true)]);
}

#[tokio::test]
async fn what_is_out_is_replaced_by_nothing_legally_and_is_cancelled_once_that_is_final() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(0)], Until::Mined);
    let cancel = async {
        bench.until(|state| !state.pool.is_empty()).await;
        assert_eq!(outbox.cancel(&key(0)).await.unwrap(), Cancellation::Requested);
        bench.until(|state| state.pool[&(DEPLOYER, 0)].input.is_empty()).await;
        // it is raised as any other
        bench.told(|event| matches!(event, OutboxEvent::Bumped(..))).await;
        bench
            .until(|state| state.sends.len() >= 3 && state.sends.last().is_some_and(|(.., tx)| tx.input.is_empty()))
            .await;
        bench.node.mine(1);
        bench.node.mine(3);
        assert_eq!(outbox.known("").unwrap()[0].settled, None, "nobody can tell before it is final");
        bench.node.mine(2);
    };
    let (done, ()) = tokio::join!(run, cancel);
    assert!(matches!(&done, Err(OutboxError::Cancelled(cancelled)) if *cancelled == key(0)), "{done:?}");
    let known = outbox.known("").unwrap().remove(0);
    assert_eq!((known.state, known.settled), (IntentState::Cancelled, None));
    assert!(bench.node.lock().mined_with(&[0; 4]).is_empty());
    // anew, with a nonce of its own
    let run = outbox.execute(vec![pay(0)], Until::Mined);
    let mine = async {
        bench.until(|state| state.pool.contains_key(&(DEPLOYER, 1))).await;
        bench.node.mine(1);
    };
    let (done, ()) = tokio::join!(run, mine);
    done.unwrap();
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(1, true)]);
}

#[tokio::test]
async fn what_was_mined_in_spite_of_it_was_done() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(0)], Until::Finalized);
    let cancel = async {
        bench.until(|state| !state.pool.is_empty()).await;
        outbox.cancel(&key(0)).await.unwrap();
        bench.until(|state| state.sends.len() >= 2).await;
        let (sender, nonce, first) = bench.node.lock().sends[0].clone();
        bench.node.lock().pool.insert((sender, nonce), first);
        bench.node.mine(6);
    };
    let (done, ()) = tokio::join!(run, cancel);
    assert!(done.unwrap()[0].finalized);
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(0, true)]);
}
