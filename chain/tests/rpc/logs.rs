//! Logs: all of them, or an error.

use alloy::{
    primitives::B256,
    rpc::types::{Filter, Log},
};
use serde_json::{Value, json};
use tminus_adversary::{Fate, Fault, LogLimits, Node, Rule, World, WorldConfig, effects};
use tminus_chain::rpc::{Options, Rpc, RpcError};

use super::{effect, word, world};

fn filter() -> Filter {
    Filter::new().address(effects::EFFECTS)
}

fn ids(logs: &[Log]) -> Vec<B256> {
    logs.iter().map(|log| log.topics()[0]).collect()
}

fn words(ids: impl IntoIterator<Item = u64>) -> Vec<B256> {
    ids.into_iter().map(word).collect()
}

async fn over(node: &Node) -> Rpc {
    Rpc::over(node.client(), "a").await.unwrap()
}

/// Fifty blocks, with effects in every third.
fn busy() -> World {
    let world = world();
    for block in 1..=50u64 {
        if block % 3 == 0 { effect(&world, &[block * 10, block * 10 + 1]) } else { world.mine_empty(1) }
    }
    world
}

fn of_blocks(blocks: impl IntoIterator<Item = u64>) -> Vec<B256> {
    words(blocks.into_iter().filter(|block| block % 3 == 0).flat_map(|block| [block * 10, block * 10 + 1]))
}

fn not_proven(answer: Result<Vec<Log>, RpcError>, words: &str) {
    let error = answer.unwrap_err();
    assert!(matches!(&error, RpcError::NoAnswer { .. }) && error.to_string().contains(words), "{error}");
}

#[tokio::test(start_paused = true)]
async fn all_logs_come_in_order_final_or_not() {
    let world = busy();
    let rpc = over(&world.node("a")).await;
    assert_eq!(ids(&rpc.logs(&filter(), 0, 50).await.unwrap()), of_blocks(1..=50));
    assert_eq!(ids(&rpc.logs(&filter(), 7, 24).await.unwrap()), of_blocks(7..=24));
    assert_eq!(ids(&rpc.logs(&filter(), 48, 50).await.unwrap()), of_blocks(48..=50), "above the final block");
    assert_eq!(ids(&rpc.logs(&filter().event_signature(word(301)), 0, 50).await.unwrap()), words([301]));
    assert!(rpc.logs(&filter().event_signature(word(7)), 0, 50).await.unwrap().is_empty());
    not_proven(rpc.logs(&filter(), 40, 51).await, "no block 51");
    let two = Rpc::over_many(
        vec![(world.node("a").client(), "a".to_owned()), (world.node("b").client(), "b".to_owned())],
        Options::default(),
    );
    assert_eq!(ids(&two.await.unwrap().logs(&filter(), 0, 50).await.unwrap()), of_blocks(1..=50));
}

#[tokio::test(start_paused = true)]
async fn limits_of_blocks_and_of_logs_are_found_out() {
    for (range, results) in [(Some(7), None), (None, Some(5)), (Some(1), Some(2))] {
        let limit = |limit: u64| (limit, "query exceeds the limit of {}".to_owned());
        let logs = LogLimits { range: range.map(limit), results: results.map(|n: u64| (n as usize, limit(n).1)) };
        let world = busy();
        world.configure(|config: &mut WorldConfig| config.logs = logs);
        let node = world.node("a");
        let rpc = over(&node).await;
        assert_eq!(ids(&rpc.logs(&filter(), 0, 50).await.unwrap()), of_blocks(1..=50), "{range:?} {results:?}");
    }
    // not even one block
    let world = busy();
    world.configure(|config| config.logs.results = Some((1, "too many".to_owned())));
    assert!(matches!(over(&world.node("a")).await.logs(&filter(), 0, 50).await, Err(RpcError::Refused { .. })));
}

#[tokio::test(start_paused = true)]
async fn logs_that_are_left_out_or_made_up_are_an_error() {
    let world = busy();
    let node = world.node("a");
    let rpc = over(&node).await;
    let honest: Vec<Value> = rpc.request("eth_getLogs", (filter().from_block(1).to_block(46),)).await.unwrap();
    let answer = async |logs: Vec<Value>, words: &str| {
        node.script(Rule::on("eth_getLogs", Fault::Result(json!(logs))));
        not_proven(rpc.logs(&filter(), 1, 46).await, words);
        node.calm();
    };
    answer(Vec::new(), "left out").await;
    for drop in [0, 13, honest.len() - 1] {
        let mut logs = honest.clone();
        logs.remove(drop);
        answer(logs, "left out").await;
    }
    let changed = async |change: fn(&mut Value), words: &str| {
        let mut logs = honest.clone();
        change(&mut logs[4]);
        answer(logs, words).await;
    };
    changed(|log| log["topics"][0] = json!(word(1)), "made up").await;
    changed(|log| log["data"] = json!("0x01"), "made up").await;
    changed(|log| log["removed"] = json!(true), "made up").await;
    // one more than there are, of a block that nobody has, and of one that holds nothing
    let added = async |hash: B256, words: &str| {
        let mut logs = honest.clone();
        logs.push(honest[4].clone());
        logs.last_mut().unwrap()["blockHash"] = json!(hash);
        answer(logs, words).await;
    };
    added(word(1), "not on the chain").await;
    added(world.hash_at(10).unwrap(), "its bloom excludes").await;
    assert_eq!(rpc.logs(&filter(), 1, 46).await.unwrap().len(), honest.len());
}

#[tokio::test(start_paused = true)]
async fn receipts_and_headers_have_to_be_those_of_the_chain() {
    let world = busy();
    let node = world.node("a");
    let rpc = over(&node).await;
    let receipts: Vec<Value> = rpc.request("eth_getBlockReceipts", ("0x1e",)).await.unwrap();
    let logs: Vec<Value> = rpc.request("eth_getLogs", (filter().from_block(30).to_block(30),)).await.unwrap();
    // both tell the same lie: one log less
    let (mut fewer, one) = (receipts.clone(), vec![logs[0].clone()]);
    fewer[1]["logs"] = json!([]);
    node.script(Rule::on("eth_getLogs", Fault::Result(json!(one))));
    node.script(Rule::on("eth_getBlockReceipts", Fault::Result(json!(fewer))));
    not_proven(rpc.logs(&filter(), 30, 30).await, "not those of its header");
    node.calm();
    // a header that says that there is nothing
    let mut block: Value = rpc.request("eth_getBlockByNumber", ("0x1e", false)).await.unwrap();
    block["logsBloom"] = json!(alloy::primitives::Bloom::ZERO);
    node.script(Rule::on("eth_getLogs", Fault::Result(json!([]))));
    node.script(Rule::on("eth_getBlockByNumber", Fault::Result(block)).after(1));
    not_proven(rpc.logs(&filter(), 30, 30).await, "does not have the hash");
    node.calm();
    // without the method for all receipts of a block
    node.script(Rule::on("eth_getBlockReceipts", Fault::Text(-32601, "method not found".to_owned())));
    assert_eq!(ids(&rpc.logs(&filter(), 30, 30).await.unwrap()), words([300, 301]));
}

#[tokio::test(start_paused = true)]
async fn a_reorganisation_meanwhile_is_an_error_and_afterwards_is_not() {
    let world = busy();
    let node = world.node("a");
    let rpc = over(&node).await;
    // the answer at the height of the reorganisation is that of before
    let stale: Vec<Value> =
        rpc.request("eth_getLogs", (filter().at_block_hash(world.hash_at(48).unwrap()),)).await.unwrap();
    world.reorg(3, Fate::Dropped);
    assert_eq!(ids(&rpc.logs(&filter(), 40, 50).await.unwrap()), of_blocks(40..=47));
    effect(&world, &[7]);
    node.script(Rule::on("eth_getLogs", Fault::Result(json!(stale))));
    not_proven(rpc.logs(&filter(), world.height(), world.height()).await, "left out or made up");
}
