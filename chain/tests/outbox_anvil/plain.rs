//! Nothing special happens.

use crate::support::{DEPLOYER, Events, anvil, config, counter, intent};
use alloy::primitives::Bytes;
use tminus_chain::{
    dev::Dev,
    gas::Fork,
    outbox::{Outbox, OutboxConfig, OutboxError, Until},
    rpc::Rpc,
    signer::Signers,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deploys_calls_reopens_and_finalizes() {
    let anvil = anvil::spawn(&[]);
    let rpc = Rpc::connect(&anvil.url).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.sqlite");
    let signers = Signers::dev(rpc.chain_id(), 2).unwrap();
    let config = OutboxConfig { dev: Some(Dev::attach(&rpc).await.unwrap()), ..config() };
    let events = Events::default();
    let open = || Outbox::open(rpc.clone(), &file, signers.clone(), config.clone(), events.sink());

    let outbox = open().await.unwrap();
    assert_eq!(outbox.gas_rules().fork, Fork::Osaka);
    let deploy = intent("deploy", None, counter());
    let done = outbox.execute(vec![deploy.clone()], Until::Mined).await.unwrap();
    let counter = done[0].created.unwrap();
    assert_eq!(counter, DEPLOYER.create(0));

    let calls: Vec<_> = (0..50).map(|n| intent(&format!("call/{n}"), Some(counter), Bytes::new())).collect();
    let first = outbox.execute_independent(calls.clone(), Until::Mined).await.unwrap();
    assert!(first.iter().all(|settled| settled.success && !settled.finalized));
    let refused = outbox.execute(vec![intent("bad", Some(counter), Bytes::from_static(&[1]))], Until::Mined).await;
    assert!(matches!(refused, Err(OutboxError::WouldRevert { .. })), "{refused:?}");
    assert!(matches!(open().await, Err(OutboxError::Local(text)) if text.contains("another process")));
    drop(outbox);

    let outbox = open().await.unwrap();
    let again = outbox.execute_independent(calls, Until::Finalized).await.unwrap();
    assert!(again.iter().zip(&first).all(|(again, first)| again.finalized && again.tx_hash == first.tx_hash));
    outbox.finalize().await.unwrap();
    assert_eq!(outbox.summary().unwrap().finalized, 51);
    assert_eq!(rpc.nonce(DEPLOYER, alloy::eips::BlockId::latest()).await.unwrap(), 51);
}
