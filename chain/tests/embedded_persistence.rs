//! A stored chain comes out the same, whatever interrupted it, and one process at a time has it.

mod embedded_common;

use std::path::Path;

use alloy::{
    primitives::{Address, B256, U256, address},
    providers::Provider,
};
use embedded_common::*;
use serde_json::{Value, json};
use tminus_chain::embedded::{EmbeddedChain, EmbeddedError};

const NOBODY: Address = address!("00000000000000000000000000000000000b0b00");

async fn block_hashes(net: &Net) -> Vec<B256> {
    let mut hashes = Vec::new();
    for number in 0..=net.height().await {
        hashes.push(net.provider.get_block_by_number(number.into()).await.unwrap().unwrap().header.hash);
    }
    hashes
}

/// A history with everything that is stored: transfers, contracts, reverts, several transactions in a block, impersonation,
/// changes from outside, time.
async fn busy(net: &Net) {
    let contract = net.deploy(&key(1), 0).await;
    net.mined(&sign(&key(1), store(1, contract, 1, 2))).await;
    net.ask::<_, Value>("anvil_setBalance", (NOBODY, "0xde0b6b3a7640000")).await;
    net.ask::<_, Value>("anvil_setStorageAt", (contract, "0x9", B256::with_last_byte(4))).await;
    net.ask::<_, Value>("evm_setNextBlockTimestamp", (GENESIS_TIME + 1_000,)).await;
    net.ask::<_, Value>("anvil_impersonateAccount", (NOBODY,)).await;
    let request = json!({ "from": NOBODY, "to": contract, "data": store_data(3, 4), "gas": "0x30d40" });
    net.ask::<_, B256>("eth_sendTransaction", (request,)).await;
    net.ask::<_, Value>("anvil_setCode", (NOBODY, "0x00")).await;
    net.ask::<_, Value>("anvil_setNonce", (NOBODY, "0x20")).await;
    net.ask::<_, Value>("evm_setAutomine", (false,)).await;
    net.send(&sign(&key(1), store(2, contract, 5, 6))).await;
    net.send(&sign(&key(2), transfer(0, NOBODY, 77))).await;
    net.send(&sign(&key(1), store(3, contract, 5, 0))).await;
    net.ask::<_, Value>("evm_mine", ()).await;
    net.ask::<_, Value>("evm_setAutomine", (true,)).await;
    net.ask::<_, Value>("anvil_mine", ("0x3", "0x64")).await;
    let mut reverting = store(4, contract, 0, 0);
    reverting.input = [7].into();
    net.mined(&sign(&key(1), reverting)).await;
    net.ask::<_, Value>("evm_increaseTime", (500,)).await;
    net.ask::<_, Value>("anvil_setBalance", (Address::ZERO, "0x5")).await;
}

#[tokio::test]
async fn a_reopened_chain_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deep/er/chain.sqlite");
    let (hashes, digest) = {
        let net = Net::at(&file);
        busy(&net).await;
        (block_hashes(&net).await, net.chain.state_digest())
    };
    assert_eq!(hashes.len(), 9);
    let mut seen = Vec::new();
    let chain =
        EmbeddedChain::open_with(&file, config(), |replayed| seen.push((replayed.done, replayed.total))).unwrap();
    assert_eq!(seen, (1..=8).map(|done| (done, 8)).collect::<Vec<_>>());
    let net = Net::over(chain);
    assert_eq!(block_hashes(&net).await, hashes);
    assert_eq!(net.chain.state_digest(), digest);
    assert_eq!(net.provider.get_balance(Address::ZERO).await.unwrap(), U256::from(5));
    assert_eq!(net.provider.get_transaction_count(NOBODY).await.unwrap(), 0x20);
    // the time moved before closing still counts
    let before = net.provider.get_block_by_number(8.into()).await.unwrap().unwrap();
    let receipt = net.mined(&sign(&key(1), transfer(5, NOBODY, 1))).await;
    let after = net.provider.get_block_by_hash(receipt.block_hash.unwrap()).await.unwrap().unwrap();
    assert_eq!(after.header.timestamp, before.header.timestamp + BLOCK_TIME + 500);
}

#[tokio::test]
async fn the_same_transactions_give_the_same_chain_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (stored, memory) = (Net::at(&folder.path().join("chain.sqlite")), Net::memory());
    busy(&stored).await;
    busy(&memory).await;
    assert_eq!(block_hashes(&stored).await, block_hashes(&memory).await);
    assert_eq!(stored.chain.state_digest(), memory.chain.state_digest());
}

#[tokio::test]
async fn a_copy_taken_at_any_moment_opens_with_all_that_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chain.sqlite");
    let net = Net::at(&file);
    let contract = net.deploy(&key(1), 0).await;
    let mut answered = Vec::new();
    // what a killed process leaves is what the operating system has been given: the files as they are now
    let copy = |number: u64| {
        let copy = folder.path().join(format!("copy{number}.sqlite"));
        for suffix in ["", "-wal"] {
            let name = |path: &Path| format!("{}{suffix}", path.display());
            std::fs::copy(name(&file), name(&copy)).unwrap();
        }
        copy
    };
    for nonce in 1..=30u64 {
        let hash = net.send(&sign(&key(1), store(nonce, contract, nonce, nonce))).await;
        answered.push(hash);
        if nonce % 6 != 0 {
            continue;
        }
        let copy = copy(nonce);
        let reopened = Net::at(&copy);
        assert_eq!(reopened.height().await, nonce + 1);
        for hash in &answered {
            assert!(reopened.provider.get_transaction_receipt(*hash).await.unwrap().unwrap().status());
        }
    }
    let hashes = block_hashes(&net).await;
    // a write cut short anywhere in the log: a shorter chain, never another one, never an error
    let wal = std::fs::read(format!("{}-wal", copy(99).display())).unwrap();
    for (i, length) in (0..wal.len()).step_by(wal.len() / 25).enumerate() {
        let cut = copy(1_000 + i as u64);
        std::fs::write(format!("{}-wal", cut.display()), &wal[..length]).unwrap();
        let reopened = Net::at(&cut);
        let found = block_hashes(&reopened).await;
        assert_eq!(found, hashes[..found.len()], "cut at {length}");
    }
}

#[tokio::test]
async fn one_process_at_a_time_until_the_last_handle_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chain.sqlite");
    let chain = EmbeddedChain::open(&file, config()).unwrap();
    assert!(matches!(EmbeddedChain::open(&file, config()), Err(EmbeddedError::Locked { .. })));
    let clone = chain.clone();
    drop(chain);
    assert!(matches!(EmbeddedChain::open(&file, config()), Err(EmbeddedError::Locked { .. })));
    drop(clone);
    EmbeddedChain::open(&file, config()).unwrap();
}

#[tokio::test]
async fn another_configuration_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chain.sqlite");
    drop(EmbeddedChain::open(&file, config()).unwrap());
    let mut other = config();
    other.block_time += 1;
    assert!(matches!(EmbeddedChain::open(&file, other), Err(EmbeddedError::OtherConfig { .. })));
}

#[tokio::test]
async fn a_damaged_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let damaged = |name: &str, sql: &'static str| {
        let file = folder.path().join(name);
        async move {
            let net = Net::at(&file);
            net.mined(&sign(&key(1), transfer(0, NOBODY, 5))).await;
            net.mined(&sign(&key(1), transfer(1, NOBODY, 5))).await;
            drop(net);
            rusqlite::Connection::open(&file).unwrap().execute(sql, []).unwrap();
            EmbeddedChain::open(&file, config()).unwrap_err()
        }
    };
    let error = damaged("hash", "UPDATE blocks SET hash = zeroblob(32) WHERE number = 2").await;
    assert!(matches!(error, EmbeddedError::Diverged { block: 2, .. }), "{error}");
    let error = damaged("time", "UPDATE blocks SET timestamp = timestamp + 1 WHERE number = 1").await;
    assert!(matches!(error, EmbeddedError::Diverged { block: 1, .. }), "{error}");
    let error = damaged("gap", "DELETE FROM blocks WHERE number = 1").await;
    assert!(matches!(error, EmbeddedError::Damaged { block: 1, .. }), "{error}");
    let error = damaged("missing", "DELETE FROM transactions WHERE block = 2").await;
    assert!(matches!(error, EmbeddedError::Damaged { block: 2, .. }), "{error}");
    let error = damaged("bytes", "UPDATE transactions SET bytes = zeroblob(9) WHERE block = 1").await;
    assert!(matches!(error, EmbeddedError::Damaged { block: 1, .. }), "{error}");
    let error = damaged("sender", "UPDATE transactions SET sender = zeroblob(20) WHERE block = 2").await;
    assert!(matches!(error, EmbeddedError::Damaged { block: 2, .. }), "{error}");
    let garbage = folder.path().join("garbage");
    std::fs::write(&garbage, [0x42; 9_000]).unwrap();
    assert!(matches!(EmbeddedChain::open(&garbage, config()), Err(EmbeddedError::Store { .. })));
}

#[test]
fn a_configuration_that_makes_no_sense_is_refused() {
    let field = |change: fn(&mut tminus_chain::embedded::EmbeddedConfig)| {
        let mut config = config();
        change(&mut config);
        match EmbeddedChain::in_memory(config) {
            Err(EmbeddedError::Config { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(field(|config| config.chain_id = 1), "chain_id");
    assert_eq!(field(|config| config.block_time = 0), "block_time");
    assert_eq!(field(|config| config.block_gas_limit = 20_999), "block_gas_limit");
    assert_eq!(field(|config| config.funded.push(config.funded[0])), "funded");
}
