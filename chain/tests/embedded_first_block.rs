//! A chain whose first block has another number than 0 is the same in everything else.

#[path = "support/anvil.rs"]
#[allow(unreachable_pub, reason = "shared by test binaries")]
mod anvil;
mod embedded_common;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, U256, address},
    providers::Provider,
    rpc::types::Filter,
};
use embedded_common::*;
use serde_json::{Value, json};
use tminus_chain::{
    embedded::{EmbeddedChain, EmbeddedConfig, EmbeddedError},
    rpc::Rpc,
};

const FIRST: u64 = 5_534_098;
const CLOCK: Address = address!("00000000000000000000000000000000000c10c0");
/// Returns the number of the block, and the hash of the one before it.
const CODE: &str = "0x435f52600143034060205260405ff3";

fn late() -> EmbeddedConfig {
    EmbeddedConfig { first_block: FIRST, ..config() }
}

/// Some history: five blocks, the third of which deploys a contract and the fourth writes to it.
async fn history(net: &Net) -> Address {
    net.ask::<_, Value>("anvil_setCode", (CLOCK, CODE)).await;
    net.ask::<_, Value>("anvil_mine", ("0x2",)).await;
    let contract = net.deploy(&key(1), 0).await;
    net.mined(&sign(&key(1), store(1, contract, 1, 2))).await;
    net.ask::<_, Value>("anvil_mine", ("0x1",)).await;
    contract
}

async fn number(net: &Net, tag: BlockNumberOrTag) -> Option<u64> {
    net.provider.get_block_by_number(tag).await.unwrap().map(|block| block.number())
}

#[tokio::test]
async fn blocks_are_numbered_from_the_first_and_there_is_none_before() {
    let net = Net::with(late());
    assert_eq!(number(&net, BlockNumberOrTag::Latest).await, Some(FIRST));
    // four blocks behind the latest, but never before the first
    assert_eq!(number(&net, BlockNumberOrTag::Finalized).await, Some(FIRST));
    let contract = history(&net).await;
    assert_eq!(number(&net, BlockNumberOrTag::Latest).await, Some(FIRST + 5));
    assert_eq!(number(&net, BlockNumberOrTag::Safe).await, Some(FIRST + 3));
    assert_eq!(number(&net, BlockNumberOrTag::Finalized).await, Some(FIRST + 1));
    assert_eq!(number(&net, BlockNumberOrTag::Earliest).await, Some(FIRST));
    for nothing in [0, 1, FIRST - 1, FIRST + 6] {
        assert_eq!(number(&net, nothing.into()).await, None, "{nothing}");
        net.refused("eth_getBalance", (contract, U256::from(nothing))).await;
    }
    let first = net.provider.get_block_by_number(FIRST.into()).await.unwrap().unwrap();
    assert_eq!((first.header.parent_hash, first.header.timestamp), (B256::ZERO, GENESIS_TIME));
    assert_eq!(net.provider.get_block_by_hash(first.header.hash).await.unwrap().unwrap(), first);
    let second = net.provider.get_block_by_number((FIRST + 1).into()).await.unwrap().unwrap();
    assert_eq!(second.header.parent_hash, first.header.hash);
}

#[tokio::test]
async fn contracts_see_the_number_and_history_is_at_its_blocks() {
    let net = Net::with(late());
    let contract = history(&net).await;
    for block in FIRST..=FIRST + 5 {
        let answer: String = net.ask("eth_call", (json!({ "to": CLOCK }), U256::from(block))).await;
        assert_eq!(answer[2..66].parse::<B256>().unwrap(), B256::from(U256::from(block)));
        let before: B256 = answer[66..].parse().unwrap();
        let parent = net.provider.get_block_by_number((block - 1).into()).await.unwrap();
        assert_eq!(before, parent.map(|parent| parent.header.hash).unwrap_or_default());
        let code = net.provider.get_code_at(contract).block_id(BlockId::number(block)).await.unwrap();
        assert_eq!(code.is_empty(), block < FIRST + 3, "{block}");
    }
    let logs = async |filter: Filter| net.provider.get_logs(&filter).await.unwrap().len();
    assert_eq!(logs(Filter::new().from_block(0)).await, 1);
    assert_eq!(logs(Filter::new().from_block(0).to_block(FIRST)).await, 0);
    assert_eq!(logs(Filter::new().from_block(0).to_block(1)).await, 0);
    assert_eq!(logs(Filter::new().from_block(FIRST + 4).to_block(FIRST + 4)).await, 1);
    let fees = net.provider.get_fee_history(1_000, BlockNumberOrTag::Latest, &[]).await.unwrap();
    assert_eq!((fees.oldest_block, fees.base_fee_per_gas.len()), (FIRST, 7));

    let rpc = Rpc::over(net.chain.client(), "late").await.unwrap();
    let before = async |time| rpc.last_block_before(time).await.unwrap().map(|block| block.number);
    assert_eq!(before(GENESIS_TIME).await, None);
    assert_eq!(before(GENESIS_TIME + 1).await, Some(FIRST));
    assert_eq!(before(GENESIS_TIME + 2 * BLOCK_TIME + 1).await, Some(FIRST + 2));
    assert_eq!(before(u64::MAX).await, Some(FIRST + 5));
}

#[tokio::test]
async fn it_is_stored_and_opens_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chain.sqlite");
    let open = |seen: &mut Vec<(u64, u64)>| {
        EmbeddedChain::open_with(&file, late(), |replayed| seen.push((replayed.done, replayed.total)))
    };
    let mut seen = Vec::new();
    drop(open(&mut seen).unwrap());
    // nothing but the first block, which is not stored
    let net = Net::over(open(&mut seen).unwrap());
    assert_eq!((number(&net, BlockNumberOrTag::Latest).await, seen.len()), (Some(FIRST), 0));
    history(&net).await;
    let (latest, digest) =
        (net.provider.get_block_by_number(BlockNumberOrTag::Latest).await.unwrap(), net.chain.state_digest());
    drop(net);
    let net = Net::over(open(&mut seen).unwrap());
    assert_eq!(seen, [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]);
    assert_eq!(net.provider.get_block_by_number(BlockNumberOrTag::Latest).await.unwrap(), latest);
    assert_eq!(net.chain.state_digest(), digest);
    drop(net);
    let other = EmbeddedChain::open(&file, config()).unwrap_err();
    assert!(matches!(other, EmbeddedError::OtherConfig { .. }), "{other}");
    drop(EmbeddedChain::reopen(&file).unwrap());
    assert!(EmbeddedChain::in_memory(EmbeddedConfig { first_block: u64::MAX, ..config() }).is_err());
}

#[tokio::test]
async fn the_first_block_is_known_and_final() {
    let anvil = anvil::spawn(&["--number", "5534098"]);
    let (net, zero) = (Net::with(late()), Net::memory());
    for rpc in [Rpc::connect(&anvil.url).await.unwrap(), Rpc::over(net.chain.client(), "late").await.unwrap()] {
        assert_eq!((rpc.first_block().await.unwrap().number, rpc.first_number().await.unwrap()), (FIRST, FIRST));
        for tag in [BlockNumberOrTag::Finalized, BlockNumberOrTag::Safe, BlockNumberOrTag::Latest] {
            assert_eq!(rpc.block(tag).await.unwrap().number, FIRST, "{} {tag}", rpc.label());
        }
        assert!(rpc.block(BlockNumberOrTag::Number(0)).await.is_err());
    }
    let rpc = Rpc::over(zero.chain.client(), "from zero").await.unwrap();
    assert_eq!(rpc.first_block().await.unwrap(), rpc.block(BlockNumberOrTag::Number(0)).await.unwrap());
}
