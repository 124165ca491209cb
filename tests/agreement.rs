//! The embedded chain agrees with anvil.
//!
//! What was rehearsed is only worth something if the chain in the process does what others do. A whole rehearsal is made
//! again on anvil, block by block: every receipt's status, gas, price and logs, every block's fee and gas, and in the end
//! every nonce, code, balance and slot have to be the same. So have they for a list of transactions that no genesis sends.
//! What legitimately differs is listed, with its reason, in `support/replay.rs` and `support/state.rs`.

mod support;

use alloy::{
    eips::BlockNumberOrTag,
    primitives::{Address, B256, Bytes, U256},
};
use serde_json::{Value, json};
use support::{
    node::Anvil,
    oddities,
    program::{all_held, tminus},
    replay::{self, replay},
    state,
};
use tminus_chain::{
    embedded::{AccountState, EmbeddedChain, EmbeddedConfig},
    gas::Fork,
    rpc::Rpc,
    signer::Signers,
};

async fn anvil_beside(embedded: &Rpc) -> Anvil {
    let genesis = embedded.block(BlockNumberOrTag::Number(0)).await.unwrap();
    let arguments = replay::arguments(genesis.timestamp);
    Anvil::spawn(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await
}

async fn same_state(accounts: &[AccountState], anvil: &Rpc) -> state::Tally {
    let (found, tally) = state::differences(accounts, anvil).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_comes_out_the_same_on_the_embedded_chain_and_on_anvil() {
    let folder = tempfile::tempdir().unwrap();
    let document = tminus(folder.path(), &["rehearse", "--json", "--recipients", "1000"]).ended(0).document();
    all_held(&document, 1_000);

    let chain = EmbeddedChain::reopen(&folder.path().join(".tminus/rehearsal/chain.sqlite")).unwrap();
    assert_eq!(chain.state_digest().to_string(), document["state_digest"]);
    let embedded = Rpc::over(chain.client(), "embedded").await.unwrap();
    let anvil = anvil_beside(&embedded).await;

    let blocks = replay(&embedded, &anvil.rpc).await;
    let accounts = chain.accounts();
    let state = same_state(&accounts, &anvil.rpc).await;
    eprintln!("{blocks:?} {state:?}");
    assert_eq!(blocks.blocks, document["last_block"]);
    // 86 steps of the genesis, 77 releases, at least one batch, and the revocation by the bank
    assert!(blocks.receipts > 86 + 77 && blocks.impersonated == 1 && blocks.failed == 0, "{blocks:?}");
    assert!(blocks.logs > 1_000 + 47 && state.slots > 1_000 && state.contracts == 12 + 47, "{blocks:?} {state:?}");

    a_difference_is_noticed(&accounts, &anvil.rpc).await;
}

/// Changes one thing after the other on anvil: each has to be found.
async fn a_difference_is_noticed(accounts: &[AccountState], anvil: &Rpc) {
    let token = accounts.iter().max_by_key(|account| account.storage.len()).unwrap();
    let (used, _) = token.storage[0];
    let (one, nobody) = (U256::from(1), Address::with_last_byte(0xaa));
    let changes: [(&'static str, Value, String); 6] = [
        ("anvil_setStorageAt", json!([token.address, used, B256::from(one)]), format!("slot {used:#x}")),
        ("anvil_setStorageAt", json!([token.address, U256::MAX, B256::from(one)]), "anvil's dump".to_owned()),
        ("anvil_setBalance", json!([accounts[0].address, one]), format!("ether of {}", accounts[0].address)),
        ("anvil_setNonce", json!([accounts[1].address, U256::from(99)]), format!("nonce of {}", accounts[1].address)),
        ("anvil_setCode", json!([accounts[2].address, "0x00"]), format!("code of {}", accounts[2].address)),
        ("anvil_setBalance", json!([nobody, one]), format!("only anvil has {nobody}")),
    ];
    for (method, parameters, words) in changes {
        let (before, _) = state::differences(accounts, anvil).await;
        assert!(!before.iter().any(|difference| difference.contains(&words)) || words == "anvil's dump");
        state::alter(anvil, method, parameters).await;
        let (after, _) = state::differences(accounts, anvil).await;
        assert!(after != before && after.iter().any(|difference| difference.contains(&words)), "{method}: {after:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_genesis_never_sends_comes_out_the_same_too() {
    let ether = U256::from(10_000) * U256::from(10u64.pow(18));
    let chain = EmbeddedChain::in_memory(EmbeddedConfig {
        chain_id: 31_337,
        first_block: 0,
        genesis_timestamp: 1_700_000_000,
        block_time: 12,
        fork: Fork::Osaka,
        block_gas_limit: 60_000_000,
        base_fee: 1_000_000_000,
        finality_depth: 0,
        funded: Signers::dev(31_337, 2).unwrap().addresses().into_iter().map(|account| (account, ether)).collect(),
    })
    .unwrap();
    let embedded = Rpc::over(chain.client(), "embedded").await.unwrap();
    let send = async |raw: &Bytes| -> B256 { embedded.request("eth_sendRawTransaction", (raw,)).await.unwrap() };
    let succeeded = async |hash: B256| {
        let receipt: Value = embedded.request("eth_getTransactionReceipt", (hash,)).await.unwrap();
        receipt["status"] == "0x1"
    };

    let (alone, together) = oddities::all();
    for oddity in &alone {
        assert_eq!(succeeded(send(&oddity.raw).await).await, oddity.succeeds, "{}", oddity.name);
    }
    let _: Value = embedded.request("evm_setAutomine", (false,)).await.unwrap();
    let mut hashes = Vec::new();
    for oddity in &together {
        hashes.push(send(&oddity.raw).await);
    }
    let _: Value = embedded.request("evm_mine", ()).await.unwrap();
    for (oddity, hash) in together.iter().zip(hashes) {
        assert_eq!(succeeded(hash).await, oddity.succeeds, "{}", oddity.name);
    }
    // two empty blocks: one with the higher base fee that the full one leaves behind, one with less again
    let _: Value = embedded.request("anvil_mine", (2,)).await.unwrap();
    let height = embedded.block(BlockNumberOrTag::Latest).await.unwrap().number;
    let fee = async |number: u64| embedded.block(BlockNumberOrTag::Number(number)).await.unwrap().base_fee;
    assert!(fee(height - 1).await > fee(height - 2).await && fee(height).await < fee(height - 1).await);

    let anvil = anvil_beside(&embedded).await;
    let blocks = replay(&embedded, &anvil.rpc).await;
    let state = same_state(&chain.accounts(), &anvil.rpc).await;
    eprintln!("{blocks:?} {state:?}");
    assert_eq!(blocks.blocks, alone.len() as u64 + 3);
    assert_eq!(blocks.receipts, (alone.len() + together.len()) as u64);
    let failures = alone.iter().chain(&together).filter(|oddity| !oddity.succeeds).count();
    assert_eq!((blocks.failed, blocks.impersonated), (failures as u64, 0));
}
