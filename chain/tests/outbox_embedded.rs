//! The outbox on the embedded chain: deploy, call, drop in the middle, open again, finality.

mod support;

use alloy::{
    eips::BlockId,
    primitives::{Bytes, U256},
};
use support::{DEPLOYER, Events, config, counter, intent};
use tminus_chain::{
    dev::Dev,
    embedded::{EmbeddedChain, EmbeddedConfig},
    gas::Fork,
    outbox::{Outbox, OutboxConfig, OutboxEvent, Until},
    rpc::Rpc,
    signer::Signers,
};

fn chain_config() -> EmbeddedConfig {
    EmbeddedConfig {
        chain_id: 31337,
        first_block: 0,
        genesis_timestamp: 1_524_000_000,
        block_time: 12,
        fork: Fork::Osaka,
        block_gas_limit: 60_000_000,
        base_fee: 1_000_000_000,
        finality_depth: 64,
        funded: vec![(DEPLOYER, U256::from(10u128.pow(24)))],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_in_the_middle_it_goes_on_and_everything_is_final_once() {
    let folder = tempfile::tempdir().unwrap();
    let events = Events::default();
    let open = || async {
        let chain = EmbeddedChain::open(&folder.path().join("chain"), chain_config()).unwrap();
        let rpc = Rpc::over(chain.client(), "embedded").await.unwrap();
        let config = OutboxConfig { dev: Some(Dev::attach(&rpc).await.unwrap()), ..config() };
        let signers = Signers::dev(rpc.chain_id(), 1).unwrap();
        let file = folder.path().join("ledger.sqlite");
        (Outbox::open(rpc, &file, signers, config, events.sink()).await.unwrap(), chain)
    };
    let deploy = || intent("deploy", None, counter());
    let (outbox, chain) = open().await;
    assert_eq!(outbox.gas_rules().fork, Fork::Osaka);
    let contract = outbox.execute(vec![deploy()], Until::Mined).await.unwrap()[0].created.unwrap();
    let calls: Vec<_> = (0..100).map(|n| intent(&format!("call/{n}"), Some(contract), Bytes::new())).collect();
    let some_mined = async {
        while events.all().iter().filter(|event| matches!(event, OutboxEvent::Mined(_))).count() < 40 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        done = outbox.execute_independent(calls.clone(), Until::Finalized) => panic!("too quick: {done:?}"),
        () = some_mined => {}
    }
    drop((outbox, chain));

    // a request that was under way may hold the chain's file for a moment
    let (outbox, chain) = open().await;
    outbox.execute(vec![deploy()], Until::Mined).await.unwrap();
    let done = outbox.execute_independent(calls, Until::Finalized).await.unwrap();
    assert_eq!(done.len(), 100);
    outbox.finalize().await.unwrap();
    assert_eq!(outbox.summary().unwrap().finalized, 101);
    assert_eq!(outbox.rpc().nonce(DEPLOYER, BlockId::latest()).await.unwrap(), 101);
    let slot = outbox.rpc().provider();
    let count = alloy::providers::Provider::get_storage_at(slot, contract, U256::ZERO).await.unwrap();
    assert_eq!(count, U256::from(100));
    drop(chain);
}
