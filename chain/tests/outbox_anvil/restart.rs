//! Anvil is killed and started again from the state it wrote last.
//!
//! `--state FILE --state-interval 1` writes the whole chain every second and at a proper end. After `SIGKILL` the chain is
//! that of the last second, and the blocks mined since are gone with their transactions. The first block stays the same only
//! with a `--timestamp`: a restarted anvil makes one of its own, writes both, and the next one takes either. While they
//! were not final, that is a reorganisation like any other. Where they were, the journal knows better than the chain, and
//! nothing is sent.

use std::{path::Path, time::Duration};

use alloy::{eips::BlockId, primitives::U256};
use serde_json::Value;
use tminus_chain::{
    dev::Dev,
    outbox::{OutboxError, Until},
};

use crate::{
    bench::{BLOCKS, Bench, ask, pays},
    support::{DEPLOYER, anvil},
};

const COUNT: u64 = 150;

/// The same first block at every start.
const TIMESTAMP: [&str; 2] = ["--timestamp", "1700000000"];

/// Waits until the file holds a whole state that `wanted` agrees with.
async fn written(file: &Path, wanted: impl Fn(u64) -> bool) {
    loop {
        let text = std::fs::read(file).unwrap_or_default();
        let state: Value = serde_json::from_slice(&text).unwrap_or_default();
        let height = state["best_block_number"].as_u64();
        if height.is_some_and(&wanted) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_it_comes_back_a_second_younger() {
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("state.json");
    let path = file.to_str().unwrap();
    // final after 64 blocks, longer than what a kill can take back
    let arguments = [
        &BLOCKS[..],
        &TIMESTAMP[..],
        &["--slots-in-an-epoch", "32", "--preserve-historical-states", "--state", path, "--state-interval", "1"],
    ]
    .concat();
    let mut bench = Bench::on(anvil::spawn(&arguments)).await;
    let outbox = bench.open().await.unwrap();
    let work = tokio::spawn(async move { outbox.execute_independent(pays(COUNT), Until::Finalized).await });
    let mut lost = 0;
    for _ in 0..3 {
        let height = bench.height().await;
        written(&file, |written| written > height).await;
        bench.blocks(5).await;
        let before = bench.height().await;
        bench.anvil.kill();
        bench.anvil.start_again();
        lost += before.saturating_sub(bench.height().await);
    }
    assert!(lost > 0, "no block was lost");
    let ended = work.await.unwrap();
    if let (Err(error), true) = (&ended, is_torn(&bench).await) {
        // another transaction in place of one that no block has would be its effect a second time
        assert!(error.to_string().contains("does not use nonce"), "{error}");
    } else {
        assert!(ended.unwrap().iter().all(|settled| settled.success && settled.finalized));
    }
    bench.each_once(COUNT).await;
}

/// Whether anvil wrote its accounts while it mined: their state is then a block ahead of the blocks, and more transactions
/// are counted than there are.
async fn is_torn(bench: &Bench) -> bool {
    let mut there = 0;
    for height in 0..=bench.height().await {
        let block = ask(&bench.rpc, "eth_getBlockByNumber", (U256::from(height), true)).await;
        let from = |tx: &&Value| tx["from"].as_str().and_then(|text| text.parse().ok()) == Some(DEPLOYER);
        there += block["transactions"].as_array().unwrap().iter().filter(from).count() as u64;
    }
    bench.rpc.nonce(DEPLOYER, BlockId::latest()).await.unwrap() > there
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_without_what_was_final_is_refused() {
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("state.json");
    let path = file.to_str().unwrap();
    let arguments = [&TIMESTAMP[..], &["--slots-in-an-epoch", "1", "--state", path, "--state-interval", "1"]].concat();
    let mut bench = Bench::on(anvil::spawn(&arguments)).await;
    bench.config.dev = Some(Dev::attach(&bench.rpc).await.unwrap());
    // how long an endpoint may be behind before the outbox gives up
    bench.config.bump_after = Duration::from_millis(50);
    let old = bench.height().await;
    written(&file, |height| height == old).await;
    let earlier = std::fs::read(&file).unwrap();
    let outbox = bench.open().await.unwrap();
    let done = outbox.execute_independent(pays(3), Until::Finalized).await.unwrap();
    drop(outbox);
    bench.anvil.kill();
    std::fs::write(&file, earlier).unwrap();
    bench.anvil.start_again();
    assert_eq!(bench.height().await, old);

    let refused = bench.open().await.unwrap_err();
    assert!(matches!(&refused, OutboxError::Halted(_)), "{refused:?}");
    let last = done.iter().map(|settled| settled.block_number).max().unwrap();
    let behind = format!("does not have block {last}, which was final before: it is behind, or another chain");
    assert!(refused.to_string().contains(&behind), "{refused}");

    // as long as before, and another one
    ask(&bench.rpc, "anvil_mine", (U256::from(last + 10),)).await;
    let refused = bench.open().await.unwrap_err().to_string();
    assert!(refused.contains("not the chain this journal was written on"), "{refused}");
    let sent = bench.rpc.nonce(DEPLOYER, BlockId::latest()).await.unwrap();
    assert_eq!(sent, 0, "nothing is sent to a chain that contradicts the journal");
}
