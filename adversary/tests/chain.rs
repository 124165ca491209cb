//! The chain as an honest endpoint shows it: hashes, roots and blooms that verify, states, calls, fees, logs.

mod support;

use alloy::{
    consensus::proofs::calculate_receipt_root,
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Bloom, BloomInput, U256},
    providers::Provider,
    rpc::types::{Filter, TransactionRequest},
};
use support::{count, draft, id, send, sender, world, world_of};
use tminus_adversary::{LogLimits, WorldConfig, effects};

#[tokio::test]
async fn hashes_roots_and_blooms_are_the_real_ones() {
    let (world, _, provider) = world();
    for n in 0..5 {
        send(&provider, count(&format!("{n}"), n).sign()).await.unwrap();
        if n % 2 == 1 {
            world.mine(1);
        }
    }
    world.mine(1);
    let mut parent = None;
    for height in 0..=world.height() {
        let block = provider.get_block_by_number(height.into()).full().await.unwrap().unwrap();
        assert_eq!(block.header.inner.hash_slow(), block.header.hash);
        assert_eq!(Some(block.header.hash), world.hash_at(height));
        if let Some(parent) = parent {
            assert_eq!(block.header.parent_hash, parent);
        }
        parent = Some(block.header.hash);
        let receipts = provider.get_block_receipts(BlockId::hash(block.header.hash)).await.unwrap().unwrap();
        assert_eq!(receipts.len(), block.transactions.len());
        let envelopes: Vec<_> =
            receipts.iter().map(|receipt| receipt.inner.clone().map_logs(|log| log.inner)).collect();
        let root = calculate_receipt_root(&envelopes);
        assert_eq!(root, block.header.receipts_root, "block {height}");
        let bloom = envelopes.iter().fold(Bloom::ZERO, |all, receipt| all | *receipt.logs_bloom());
        assert_eq!(bloom, block.header.logs_bloom);
        let txs: Vec<_> = block.transactions.txns().map(|tx| tx.inner.inner().clone()).collect();
        assert_eq!(alloy::consensus::proofs::calculate_transaction_root(&txs), block.header.transactions_root);
        for receipt in &receipts {
            let alone = provider.get_transaction_receipt(receipt.transaction_hash).await.unwrap().unwrap();
            assert_eq!(&alone, receipt);
            let log = &receipt.logs()[0];
            assert!(block.header.logs_bloom.contains_input(BloomInput::Raw(log.topics()[0].as_slice())));
        }
    }
    assert_eq!((0..5).map(|n| world.effects(id(&format!("{n}")))).sum::<u64>(), 5);
}

#[tokio::test]
async fn another_salt_is_another_genesis() {
    let (one, ..) = world();
    let (other, ..) = world_of(WorldConfig { salt: 1, ..WorldConfig::default() });
    let (same, ..) = world();
    assert_ne!(one.hash_at(0), other.hash_at(0));
    assert_eq!(one.hash_at(0), same.hash_at(0));
}

#[tokio::test]
async fn accounts_are_read_as_of_a_block() {
    let (world, _, provider) = world();
    let before = provider.get_balance(sender()).await.unwrap();
    let mut pay = draft(0);
    (pay.to, pay.value) = (Some(effects::EFFECTS.create(7)), U256::from(5));
    send(&provider, pay.sign()).await.unwrap();
    let count = |tag: BlockNumberOrTag| provider.get_transaction_count(sender()).block_id(tag.into());
    assert_eq!(count(BlockNumberOrTag::Latest).await.unwrap(), 0);
    assert_eq!(count(BlockNumberOrTag::Pending).await.unwrap(), 1);
    world.mine(1);
    assert_eq!(count(BlockNumberOrTag::Latest).await.unwrap(), 1);
    assert_eq!(count(BlockNumberOrTag::Finalized).await.unwrap(), 0);
    assert_eq!(count(BlockNumberOrTag::Number(0)).await.unwrap(), 0);
    assert_eq!(provider.get_balance(sender()).block_id(BlockId::number(0)).await.unwrap(), before);
    assert!(provider.get_balance(sender()).await.unwrap() < before);
    assert_eq!(provider.get_balance(effects::EFFECTS.create(7)).await.unwrap(), U256::from(5));
    assert!(!provider.get_code_at(effects::EFFECTS).await.unwrap().is_empty());
    world.mine_empty(4);
    assert_eq!(count(BlockNumberOrTag::Finalized).await.unwrap(), 1);
}

#[tokio::test]
async fn the_switch_makes_counting_revert_and_leaves_the_count() {
    let (world, _, provider) = world();
    let call = TransactionRequest::default().from(sender()).to(effects::EFFECTS).input(effects::call(id("x")).into());
    assert!(provider.estimate_gas(call.clone()).await.unwrap() > 21_000);
    world.switch(true);
    let error = provider.call(call.clone()).await.unwrap_err();
    assert_eq!(error.as_error_resp().unwrap().code, 3, "{error}");
    assert!(provider.estimate_gas(call.clone()).await.is_err());
    let hash = send(&provider, count("x", 0).sign()).await.unwrap();
    world.mine(1);
    assert!(!world.mined(hash).unwrap().2);
    assert_eq!(world.effects(id("x")), 0);
    world.switch(false);
    send(&provider, count("x", 1).sign()).await.unwrap();
    send(&provider, count("x", 2).sign()).await.unwrap();
    world.mine(1);
    assert_eq!(world.effects(id("x")), 2, "what happens twice is counted twice");
    provider.call(call).await.unwrap();
}

#[tokio::test]
async fn the_base_fee_follows_the_rule_or_the_test() {
    let (world, _, provider) = world();
    world.base_fee(Some(7));
    world.mine(2);
    let history = provider.get_fee_history(2, BlockNumberOrTag::Latest, &[20.0]).await.unwrap();
    assert_eq!(history.base_fee_per_gas, [7, 7, 7]);
    let (world, _, provider) = world_of(WorldConfig { base_fee_by_rule: true, ..WorldConfig::default() });
    world.mine(2);
    let history = provider.get_fee_history(3, BlockNumberOrTag::Latest, &[20.0]).await.unwrap();
    // an empty block lowers it by an eighth
    assert_eq!(history.base_fee_per_gas, [1_000_000_000, 875_000_000, 765_625_000, 669_921_875]);
}

#[tokio::test]
async fn logs_come_by_range_and_by_block_and_within_limits() {
    let (world, _, provider) = world();
    for n in 0..6 {
        send(&provider, count("x", n).sign()).await.unwrap();
        if n > 2 {
            world.mine(1);
        }
    }
    let all = Filter::new().address(effects::EFFECTS).from_block(0);
    let logs = provider.get_logs(&all).await.unwrap();
    assert_eq!(logs.len(), 6);
    assert_eq!(logs.iter().map(|log| log.log_index.unwrap()).collect::<Vec<_>>(), [0, 1, 2, 3, 0, 0]);
    let by_hash = Filter::new().at_block_hash(world.hash_at(1).unwrap()).event_signature(id("x"));
    assert_eq!(provider.get_logs(&by_hash).await.unwrap().len(), 4);
    assert!(provider.get_logs(&by_hash.event_signature(id("y"))).await.unwrap().is_empty());
    world.configure(|config| {
        config.logs = LogLimits {
            range: Some((2, "block range is limited to {} blocks".to_owned())),
            results: Some((3, "query returned more than {} results".to_owned())),
        };
    });
    let words = async |filter: Filter| provider.get_logs(&filter).await.unwrap_err().to_string();
    assert!(words(all).await.contains("block range is limited to 2 blocks"));
    let two = Filter::new().from_block(0).to_block(1);
    assert!(words(two).await.contains("query returned more than 3 results"));
    assert_eq!(provider.get_logs(&Filter::new().from_block(2).to_block(3)).await.unwrap().len(), 2);
}

#[tokio::test]
async fn only_a_development_chain_has_the_methods_of_one() {
    let (_, _, provider) = world();
    assert!(provider.client().request::<_, serde_json::Value>("anvil_nodeInfo", ()).await.is_err());
    let (world, _, provider) = world_of(WorldConfig { development: true, ..WorldConfig::default() });
    provider.client().request::<_, serde_json::Value>("anvil_nodeInfo", ()).await.unwrap();
    provider.client().request::<_, serde_json::Value>("anvil_mine", (U256::from(3),)).await.unwrap();
    assert_eq!(world.height(), 3);
}
