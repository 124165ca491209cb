//! What is said before anything is signed, and what a key means.

use alloy::primitives::{Bytes, U256};
use tminus_chain::ledger::IntentState;
use tminus_chain::outbox::{Intent, OutboxError, Until};

use crate::bench::{Bench, TARGET, pay};

#[tokio::test]
async fn what_cannot_be_is_said_before_anything_is_written() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    let nonce = Intent { expect_nonce: Some(5), ..pay(0) };
    let error = outbox.execute(vec![nonce], Until::Mined).await;
    assert!(matches!(&error, Err(OutboxError::Local(text)) if text.contains("nonce 5")), "{error:?}");
    let stranger = Intent { from: TARGET, ..pay(0) };
    let error = outbox.execute(vec![stranger], Until::Mined).await;
    assert!(matches!(&error, Err(OutboxError::Local(text)) if text.contains("no key")), "{error:?}");
    let huge = Intent { data: vec![1; 200_000].into(), ..pay(0) };
    let error = outbox.execute(vec![huge], Until::Mined).await;
    assert!(matches!(&error, Err(OutboxError::Local(text)) if text.contains("bytes")), "{error:?}");
    let twice = vec![pay(0), Intent { data: Bytes::new(), ..pay(0) }];
    assert!(matches!(outbox.execute(twice, Until::Mined).await, Err(OutboxError::Conflict(_))));
    bench.node.lock().balance = U256::from(10u64.pow(9));
    let error = outbox.execute(vec![pay(0)], Until::Mined).await;
    assert!(matches!(&error, Err(OutboxError::Halted(text)) if text.contains("may cost")), "{error:?}");
    // what was handed over and could not be sent waits in the journal, without a nonce
    let known = outbox.known("").unwrap();
    assert_eq!(known.iter().map(|known| known.state).collect::<Vec<_>>(), [IntentState::Held]);
    assert!(bench.node.lock().sends.is_empty());
}

#[tokio::test]
async fn a_key_means_one_thing() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    outbox.execute(vec![pay(0), pay(0)], Until::Mined).await.unwrap();
    let other = Intent { data: Bytes::from_static(&[9]), ..pay(0) };
    assert!(matches!(outbox.execute(vec![other], Until::Mined).await, Err(OutboxError::Conflict(_))));
    assert_eq!(bench.node.lock().sends.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tasks_with_one_outbox_do_everything_once() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    let task = |from: u8| {
        let outbox = outbox.clone();
        tokio::spawn(
            async move { outbox.execute_independent((from..from + 30).map(pay).collect(), Until::Finalized).await },
        )
    };
    let (left, right) = tokio::join!(task(0), task(15));
    assert_eq!((left.unwrap().unwrap().len(), right.unwrap().unwrap().len()), (30, 30));
    for n in 0..45 {
        assert_eq!(bench.node.lock().mined_with(&[n; 4]).len(), 1, "{n}");
        assert_eq!(bench.payloads(n.into()), 1, "{n}");
    }
}

#[tokio::test]
async fn an_estimate_above_the_cap_is_an_error_before_anything_is_signed() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    let cap = outbox.gas_rules().transaction_cap;
    bench.node.lock().estimate = cap + 1;
    let error = outbox.execute(vec![pay(0)], Until::Mined).await;
    assert!(matches!(&error, Err(OutboxError::Local(text)) if text.contains("at most")), "{error:?}");
    assert!(outbox.known("").unwrap().iter().all(|known| known.state == IntentState::Queued));
    assert!(bench.node.lock().sends.is_empty());
    // the margin is what may be cut
    bench.node.lock().estimate = cap;
    outbox.execute(vec![pay(0)], Until::Mined).await.unwrap();
}
