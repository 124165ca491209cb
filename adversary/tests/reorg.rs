//! What reorganisations do, and endpoints that look at other forks or are behind.

mod support;

use alloy::{eips::BlockNumberOrTag, primitives::B256, providers::Provider, rpc::types::Filter};
use support::{count, id, provider, send, sender, world};
use tminus_adversary::{Draft, Fate, World, effects};

/// Three blocks with a transaction each; the hashes.
async fn three() -> (World, alloy::providers::RootProvider, Vec<B256>) {
    let (world, _, provider) = world();
    let mut hashes = Vec::new();
    for n in 0..3 {
        hashes.push(send(&provider, count(&format!("{n}"), n).sign()).await.unwrap());
        world.mine(1);
    }
    (world, provider, hashes)
}

fn counts(world: &World) -> Vec<u64> {
    (0..3).map(|n| world.effects(id(&format!("{n}")))).collect()
}

#[tokio::test]
async fn kept_transactions_are_in_other_blocks_of_the_same_height() {
    let (world, provider, hashes) = three().await;
    let before: Vec<_> = (0..=3).map(|height| world.hash_at(height)).collect();
    world.reorg(2, Fate::Kept);
    assert_eq!(world.height(), 4);
    assert_eq!(counts(&world), [1, 1, 1]);
    for (height, old) in before.iter().enumerate() {
        assert_eq!(world.hash_at(height as u64) == *old, height < 2, "block {height}");
    }
    let receipt = provider.get_transaction_receipt(hashes[2]).await.unwrap().unwrap();
    assert_eq!((receipt.block_number, receipt.block_hash), (Some(3), world.hash_at(3)));
    let gone = provider.get_block_by_hash(before[3].unwrap()).await.unwrap();
    assert!(gone.is_none());
}

#[tokio::test]
async fn dropped_transactions_are_nowhere() {
    let (world, provider, hashes) = three().await;
    world.reorg(2, Fate::Dropped);
    assert_eq!((counts(&world), world.nonce(sender())), (vec![1, 0, 0], 1));
    assert!(world.pooled().is_empty());
    assert!(provider.get_transaction_receipt(hashes[1]).await.unwrap().is_none());
    assert!(provider.get_transaction_by_hash(hashes[1]).await.unwrap().is_none());
    assert_eq!(provider.get_logs(&Filter::new().from_block(0)).await.unwrap().len(), 1);
    // the same bytes are taken again
    send(&provider, count("1", 1).sign()).await.unwrap();
    world.mine(1);
    assert_eq!(counts(&world), [1, 1, 0]);
}

#[tokio::test]
async fn returned_transactions_are_back_in_the_pool() {
    let (world, _, hashes) = three().await;
    world.reorg(3, Fate::Returned);
    assert_eq!((counts(&world), world.pooled()), (vec![0, 0, 0], hashes));
    world.mine(1);
    assert_eq!(counts(&world), [1, 1, 1]);
}

#[tokio::test]
async fn moved_transactions_are_a_block_later() {
    let (world, _, hashes) = three().await;
    world.reorg(3, Fate::Moved);
    assert_eq!(counts(&world), [1, 1, 1]);
    assert_eq!(hashes.iter().map(|hash| world.mined(*hash).unwrap().0).collect::<Vec<_>>(), [2, 3, 4]);
}

#[tokio::test]
async fn reverted_transactions_are_mined_without_effect() {
    let (world, provider, hashes) = three().await;
    world.reorg(2, Fate::Reverted);
    assert_eq!((counts(&world), world.nonce(sender())), (vec![1, 0, 0], 3));
    assert!(!world.mined(hashes[1]).unwrap().2 && !world.mined(hashes[2]).unwrap().2);
    send(&provider, count("1", 3).sign()).await.unwrap();
    world.mine(1);
    assert_eq!(counts(&world), [1, 1, 0], "the switch is off again");
    // the block that threw the switch back goes, and it is off all the same
    world.reorg(3, Fate::Reverted);
    world.reorg(2, Fate::Dropped);
    send(&provider, count("2", world.nonce(sender())).sign()).await.unwrap();
    world.mine(1);
    assert_eq!(counts(&world)[2], 1);
}

#[tokio::test]
async fn an_older_attempt_is_mined_in_the_place_of_the_newer() {
    let (world, _, provider) = world();
    let old = send(&provider, count("a", 0).sign()).await.unwrap();
    let raised = Draft { max_fee: 200_000_000_000, tip: 2_000_000_000, ..count("a", 0) };
    world.base_fee(Some(150_000_000_000));
    let new = send(&provider, raised.sign()).await.unwrap();
    world.mine(1);
    assert!(world.mined(new).is_some() && world.mined(old).is_none());
    world.reorg(1, Fate::OlderAttempt);
    assert!(world.mined(old).is_some() && world.mined(new).is_none());
    assert_eq!((world.effects(id("a")), world.nonce(sender())), (1, 1));
}

#[tokio::test]
async fn a_reorganisation_reaches_depth_64_and_deeper_than_finality() {
    let (world, _, provider) = world();
    send(&provider, count("a", 0).sign()).await.unwrap();
    world.mine(200);
    let (final_height, final_hash) = (world.finalized(), world.hash_at(world.finalized()));
    for depth in [1, 2, 4] {
        world.reorg(depth, Fate::Kept);
        assert_eq!(world.hash_at(final_height), final_hash);
    }
    world.reorg(64, Fate::Kept);
    assert_ne!(world.hash_at(final_height), final_hash, "what was final is not any more");
    world.reorg(usize::MAX, Fate::Dropped);
    assert_eq!(world.effects(id("a")), 0);
    assert!(world.height() > 200);
}

#[tokio::test]
async fn two_endpoints_look_at_two_forks() {
    let (world, _, hashes) = three().await;
    let fork = world.fork_at(1);
    let (a, b) = (world.node("a"), world.node("b"));
    b.follow(&fork);
    let (one, other) = (provider(&a), provider(&b));
    fork.mine(3);
    let block = async |p: &alloy::providers::RootProvider, height: u64| {
        p.get_block_by_number(height.into()).await.unwrap().unwrap().header.hash
    };
    assert_eq!(block(&one, 1).await, block(&other, 1).await);
    assert_ne!(block(&one, 2).await, block(&other, 2).await);
    assert!(one.get_transaction_receipt(hashes[2]).await.unwrap().is_some());
    assert!(other.get_transaction_receipt(hashes[2]).await.unwrap().is_none());
    assert_eq!(other.get_transaction_count(sender()).await.unwrap(), 1);
    // a send to either is on one record
    send(&other, count("1", 1).sign()).await.unwrap();
    fork.mine(1);
    assert_eq!((fork.effects(id("1")), world.sends().len()), (1, 4));
    b.follow(&world);
    assert_eq!(block(&other, 2).await, block(&one, 2).await);
}

#[tokio::test]
async fn a_lagging_endpoint_knows_nothing_of_the_last_blocks() {
    let (world, provider_a, hashes) = three().await;
    let late = world.node("late");
    let provider = provider(&late);
    late.lag(2);
    world.mine_empty(3);
    assert_eq!(provider.get_block_number().await.unwrap(), 4);
    assert_eq!(provider_a.get_block_number().await.unwrap(), 6);
    late.lag(5);
    assert_eq!(provider.get_transaction_count(sender()).await.unwrap(), 1);
    assert!(provider.get_transaction_receipt(hashes[2]).await.unwrap().is_none());
    assert!(provider.get_block_by_number(2.into()).await.unwrap().is_none());
    let finalized = provider.get_block_by_number(BlockNumberOrTag::Finalized).await.unwrap().unwrap();
    assert_eq!(finalized.header.number, 0);
    assert_eq!(provider.get_logs(&Filter::new().address(effects::EFFECTS).from_block(0)).await.unwrap().len(), 1);
    // but takes transactions
    send(&provider, count("x", 3).sign()).await.unwrap();
    world.mine(1);
    assert_eq!(world.effects(id("x")), 1);
}

#[tokio::test]
async fn the_final_block_is_what_the_depth_or_the_test_says() {
    let (world, _, provider) = world();
    world.mine(10);
    let finalized =
        async || provider.get_block_by_number(BlockNumberOrTag::Finalized).await.unwrap().unwrap().header.number;
    assert_eq!(finalized().await, 6);
    world.finalize_at(Some(2));
    assert_eq!(finalized().await, 2);
    world.finalize_at(None);
    assert_eq!(finalized().await, 6);
}
