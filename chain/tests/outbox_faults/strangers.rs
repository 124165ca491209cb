//! Nonces of ours that this journal knows nothing of, and journals that know another chain.

use std::time::Duration;

use tminus_chain::outbox::{Outbox, OutboxError, Until};

use crate::{
    bench::{Bench, pay, pays},
    support::{DEPLOYER, fake::FakeNode},
};

#[tokio::test]
async fn a_nonce_that_a_stranger_took_is_given_up_at_finality_only() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(0)], Until::Mined);
    let chain = async {
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.lock().mine_foreign(DEPLOYER);
        let before = bench.node.lock().sends.len();
        bench.node.mine(2);
        // not final yet: whatever is asked meanwhile, no other nonce is used
        assert!(bench.node.lock().sends[..before].iter().all(|(_, nonce, _)| *nonce == 0));
        assert_eq!(bench.payloads(1), 0);
        bench.node.mine(2);
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.mine(1);
    };
    let (done, ()) = tokio::join!(run, chain);
    assert!(done.unwrap()[0].success);
    assert!(bench.warned("does not know"));
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(1, true)]);
    assert_eq!((bench.payloads(0), bench.payloads(1)), (1, 1));
}

#[tokio::test]
async fn a_lost_journal_waits_for_what_it_does_not_know() {
    let mut bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    tokio::select! {
        _ = outbox.execute_independent(pays(2), Until::Mined) => panic!("nothing was mined"),
        () = bench.until(|state| state.pool.len() == 2) => {}
    }
    drop(outbox);
    bench.folder = tempfile::tempdir().unwrap();
    bench.witness();
    bench.config.bump_after = Duration::from_millis(5);
    let halted = bench.open().await;
    assert!(matches!(&halted, Err(OutboxError::Halted(text)) if text.contains("2 pending")), "{halted:?}");
    bench.node.mine(1);
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    assert!(bench.warned("2 transactions that this journal does not know"));
    let done = outbox.execute(vec![pay(7)], Until::Finalized).await.unwrap();
    assert!(done[0].success);
    assert_eq!(bench.node.lock().mined_with(&[7; 4]), [(2, true)]);
}

#[tokio::test]
async fn an_older_journal_goes_on_from_the_chains_nonce() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    outbox.execute(pays(1), Until::Finalized).await.unwrap();
    drop(outbox);
    let backup = tempfile::tempdir().unwrap();
    std::fs::copy(bench.file(), backup.path().join("ledger.sqlite")).unwrap();
    let outbox = bench.open().await.unwrap();
    outbox.execute(pays(3), Until::Finalized).await.unwrap();
    drop(outbox);
    bench.folder = backup;
    bench.witness();
    let outbox = bench.open().await.unwrap();
    outbox.execute(vec![pay(9)], Until::Finalized).await.unwrap();
    assert_eq!(bench.node.lock().mined_with(&[9; 4]), [(3, true)]);
}

#[tokio::test]
async fn the_journal_of_another_chain_is_refused() {
    let mut bench = Bench::new().await;
    drop(bench.open().await.unwrap());
    let refused = |outcome: Result<Outbox, OutboxError>| match outcome {
        Err(OutboxError::Local(text)) => assert!(text.contains("belongs to chain 31337"), "{text}"),
        other => panic!("{other:?}"),
    };
    bench.node = FakeNode::with_salt(77);
    refused(bench.open().await);
    bench.node = FakeNode::new();
    bench.node.lock().chain_id = 1337;
    refused(bench.open().await);
}
